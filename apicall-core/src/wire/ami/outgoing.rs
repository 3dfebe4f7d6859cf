//! What a manager's server says: the banner, responses, events.
//!
//! Header names are written in code. Values may come from anywhere: what would end the line early becomes a space, as
//! a server has nobody to refuse it to.

use crate::wire::line::leaves_line;
use std::fmt::{Display, Write};

/// The greeting of a connection.
pub fn banner(version: &str) -> Vec<u8> {
    format!("Asterisk Call Manager/{version}\r\n").into_bytes()
}

/// One message of a server, header by header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    text: String,
}

impl Outgoing {
    /// A response: `Success`, `Error`, `Goodbye`.
    pub fn response(kind: &'static str) -> Self {
        let mut outgoing = Self::default();
        outgoing.header("Response", kind);
        outgoing
    }

    /// Starts over with an event, in the same memory.
    pub fn begin_event(&mut self, name: &'static str) {
        self.text.clear();
        self.header("Event", name);
    }

    /// Adds a header.
    pub fn header(&mut self, name: &'static str, value: &str) {
        self.prefixed("", name, value);
    }

    /// Adds a header whose name is made of two parts, as in `DestChannel`.
    pub fn prefixed(&mut self, prefix: &'static str, name: &'static str, value: &str) {
        for part in [prefix, name, ": "] {
            self.text.push_str(part);
        }
        if value.contains(leaves_line) {
            self.text
                .extend(value.chars().map(|c| if leaves_line(c) { ' ' } else { c }));
        } else {
            self.text.push_str(value);
        }
        self.text.push_str("\r\n");
    }

    /// Adds a header with a number, or what else is shown without line ends.
    pub fn number(&mut self, name: &'static str, value: impl Display) {
        write!(self.text, "{name}: {value}\r\n").expect("a string takes all that is written");
    }

    /// Its headers as text, without the empty line: what filters look at.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Appends its bytes.
    pub fn encode_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.text.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
}
