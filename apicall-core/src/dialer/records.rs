//! What the dialer writes: it never waits for the store, and loses nothing when the store is full or away.

use crate::model::{Call, CallId, Moment, Timestamp, Waits};
use crate::store::{ContactFate, Journal, NewDnc, Reply, Room};
use std::collections::VecDeque;

/// Something that must be written, sooner or later.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// The record as it is now.
    Save(Call, Vec<Moment>),
    /// The record of an ended call, and what becomes of its contact.
    Finish(Call, Vec<Moment>, Option<ContactFate>),
    /// Calls that never left and are to be forgotten.
    Release(Vec<CallId>),
    /// Calls that may not leave at this time.
    Hold(Vec<(CallId, Waits)>, Timestamp),
    /// A number that is not to be called any more, since a time.
    List(NewDnc, Timestamp),
}

/// The journal, and what it had no room for. Its length is bounded by the live calls: while anything waits here,
/// nothing new is dialed.
#[derive(Debug)]
pub(super) struct Records {
    journal: Journal,
    waiting: VecDeque<Entry>,
}

impl Records {
    pub(super) fn new(journal: Journal) -> Self {
        Self {
            journal,
            waiting: VecDeque::new(),
        }
    }

    /// The journal itself, for what may be refused.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Hands an entry over; `None` when it has to wait.
    pub(super) fn write(&mut self, entry: Entry) -> Option<Reply<()>> {
        if self.waiting.is_empty()
            && let Some(room) = self.journal.room()
        {
            return Some(submit(room, entry));
        }
        self.waiting.push_back(entry);
        None
    }

    /// Hands over what waits, as far as there is room.
    pub(super) fn retry(&mut self) -> Vec<Reply<()>> {
        let mut replies = Vec::new();
        while !self.waiting.is_empty()
            && let Some(room) = self.journal.room()
        {
            let entry = self.waiting.pop_front();
            replies.extend(entry.map(|entry| submit(room, entry)));
        }
        replies
    }

    /// Whether everything has been handed over.
    pub(super) fn is_clear(&self) -> bool {
        self.waiting.is_empty()
    }
}

fn submit(room: Room<'_>, entry: Entry) -> Reply<()> {
    match entry {
        Entry::Save(call, moments) => room.save(call, moments),
        Entry::Finish(call, moments, fate) => room.finish(call, moments, fate),
        Entry::Release(calls) => room.release(calls),
        Entry::Hold(calls, now) => room.hold(calls, now),
        Entry::List(entry, at) => room.list(entry, at),
    }
}
