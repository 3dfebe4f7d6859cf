//! When each call is due, at most once.

use crate::model::CallId;
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

/// Calls by the time at which something is to be done about them.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_time: BTreeSet<(Instant, CallId)>,
    by_call: HashMap<CallId, Instant>,
}

impl Deadlines {
    /// A call is due then, and no longer when it was before.
    pub(super) fn set(&mut self, call: CallId, at: Instant) {
        self.cancel(call);
        self.by_time.insert((at, call));
        self.by_call.insert(call, at);
    }

    /// It is due no more.
    pub(super) fn cancel(&mut self, call: CallId) {
        if let Some(at) = self.by_call.remove(&call) {
            self.by_time.remove(&(at, call));
        }
    }

    /// When the first is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the first that is due by now.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<CallId> {
        let (at, call) = self.by_time.first().copied()?;
        if at > now {
            return None;
        }
        self.cancel(call);
        Some(call)
    }
}
