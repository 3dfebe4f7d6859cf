//! Hang-ups that came before their channel: they are repeated until the call is over.

use crate::model::CallId;
use std::time::{Duration, Instant};

/// Between two of them, and how many there are.
const AGAIN: Duration = Duration::from_millis(500);
const TRIES: u8 = 20;

/// Calls to be hung up again: when, which, and how often that was tried.
#[derive(Debug, Default)]
pub(super) struct Hangups(Vec<(Instant, CallId, u8)>);

impl Hangups {
    /// The switch has no such channel: not yet.
    pub(super) fn too_early(&mut self, call: CallId, now: Instant) {
        if !self.0.iter().any(|(_, waiting, _)| *waiting == call) {
            self.0.push((now + AGAIN, call, 1));
        }
    }

    /// Takes the calls to be hung up now, of those that are not over.
    pub(super) fn due(&mut self, now: Instant, lives: impl Fn(CallId) -> bool) -> Vec<CallId> {
        let due: Vec<_> = self.0.extract_if(.., |(at, ..)| *at <= now).collect();
        let again = due.into_iter().filter(|(_, call, _)| lives(*call));
        let again: Vec<_> = again.collect();
        let more = again.iter().filter(|(.., tries)| *tries < TRIES);
        self.0
            .extend(more.map(|(_, call, tries)| (now + AGAIN, *call, tries + 1)));
        again.into_iter().map(|(_, call, _)| call).collect()
    }

    /// When the next is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.iter().map(|(at, ..)| *at).min()
    }
}
