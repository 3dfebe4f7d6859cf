//! How much later than it could be a start comes to the far end.
//!
//! A switch takes its time for every call, which moves all of them alike and no rate. What it takes longer for one than for
//! another moves that one towards those after it.

use std::time::{Duration, Instant};

/// For how long a quick start is remembered, at least.
const MEMORY: Duration = Duration::from_secs(2);

/// The shortest way of late.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Quickest {
    /// Since when, and the shortest since then.
    since: Option<(Instant, Duration)>,
    /// The shortest of the time before.
    before: Option<Duration>,
}

impl Quickest {
    /// A start took this long; how much of that is more than it need be.
    pub(super) fn lateness(&mut self, took: Duration, now: Instant) -> Duration {
        match &mut self.since {
            Some((since, shortest)) if now.saturating_duration_since(*since) < MEMORY => {
                *shortest = took.min(*shortest);
            }
            since => {
                self.before = since.map(|(_, shortest)| shortest);
                *since = Some((now, took));
            }
        }
        let shortest = self.since.map(|(_, shortest)| shortest);
        let quickest = shortest.into_iter().chain(self.before).min();
        took.saturating_sub(quickest.unwrap_or(took))
    }
}
