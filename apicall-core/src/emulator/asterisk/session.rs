//! A manager's session: who it is, what it wants to hear, and what it has not been sent yet.

use super::classes::Classes;
use crate::wire::ami::{Block, Decoder, Outgoing};
use regex::Regex;

/// A connection of a manager.
#[derive(Debug)]
pub(super) struct Session {
    pub decoder: Decoder,
    pub challenge: Option<String>,
    /// Logged in.
    pub known: bool,
    /// Refused, and about to be closed; nothing more is read.
    pub closing: bool,
    /// What it is told then.
    pub refused: Option<Outgoing>,
    /// Half open: nothing is heard of it, and nothing comes to it.
    muted: bool,
    pub mask: Classes,
    /// What its user may hear, and do.
    pub read: Classes,
    pub write: Classes,
    pub filters: Filters,
    /// What is to be sent.
    pub out: Vec<u8>,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::default(),
            challenge: None,
            known: false,
            closing: false,
            refused: None,
            muted: false,
            mask: Classes::ALL,
            read: Classes::NONE,
            write: Classes::NONE,
            filters: Filters::default(),
            out: Vec::new(),
        }
    }

    pub(super) fn send(&mut self, outgoing: &Outgoing) {
        if !self.muted {
            outgoing.encode_to(&mut self.out);
        }
    }

    /// Says what was written before.
    pub(super) fn send_bytes(&mut self, bytes: &[u8]) {
        if !self.muted {
            self.out.extend_from_slice(bytes);
        }
    }

    /// From now on it is half open.
    pub(super) fn mute(&mut self) {
        self.muted = true;
        self.closing = true;
        self.out.clear();
    }

    /// A response to an action, with its id.
    pub(super) fn respond(&mut self, kind: &'static str, action: &Block, message: &str) {
        let mut outgoing = response(kind, action);
        if !message.is_empty() {
            outgoing.header("Message", message);
        }
        self.send(&outgoing);
    }

    /// Whether it is there for events of a class.
    pub(super) fn listens(&self, class: Classes) -> bool {
        self.known && self.read.meets(class) && self.mask.meets(class)
    }

    pub(super) fn hears(&self, class: Classes, event: &Outgoing) -> bool {
        self.listens(class) && self.filters.pass(event.text())
    }

    /// Whether its user may do what needs one of these classes; what needs none everybody may.
    pub(super) fn may(&self, class: Classes) -> bool {
        class == Classes::NONE || self.write.meets(class)
    }
}

/// The beginning of a response.
pub(super) fn response(kind: &'static str, action: &Block) -> Outgoing {
    let mut outgoing = Outgoing::response(kind);
    if let Some(id) = action.find("ActionID") {
        outgoing.header("ActionID", id);
    }
    outgoing
}

/// Filters of a session. An event has to pass one of `wanted`, if there are any, and none of `unwanted`.
#[derive(Debug, Default)]
pub(super) struct Filters {
    wanted: Vec<Regex>,
    unwanted: Vec<Regex>,
}

impl Filters {
    /// Adds one, as the `Filter` action does; the words with which Asterisk refuses it.
    pub(super) fn add(&mut self, text: &str) -> Result<(), &'static str> {
        let (list, pattern) = match text.strip_prefix('!') {
            Some(pattern) => (&mut self.unwanted, pattern),
            None => (&mut self.wanted, text),
        };
        if pattern.is_empty() {
            return Err("Filter was formatted incorrectly.  Check the syntax of the filter given.");
        }
        let regex = Regex::new(pattern);
        list.push(regex.map_err(|_| "Filter did not compile.  Check the syntax of the filter given.")?);
        Ok(())
    }

    fn pass(&self, text: &str) -> bool {
        let hit = |list: &[Regex]| list.iter().any(|regex| regex.is_match(text));
        (self.wanted.is_empty() || hit(&self.wanted)) && !hit(&self.unwanted)
    }
}
