//! Gathers how quick a switch replies, for reports ten times a second while it is asked anything.

use crate::model::Reactions;
use std::time::{Duration, Instant};

/// Between two reports.
const EVERY: Duration = Duration::from_millis(100);

/// What was seen since the last report.
#[derive(Debug)]
pub(super) struct Pulse {
    replies: Vec<Duration>,
    originates: u32,
    report_at: Instant,
}

impl Pulse {
    /// Nothing yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            replies: Vec::new(),
            originates: 0,
            report_at: now + EVERY,
        }
    }

    /// A reply came.
    pub(super) fn replied(&mut self, took: Duration) {
        self.replies.push(took);
    }

    /// An originate was acknowledged.
    pub(super) fn originated(&mut self) {
        self.originates += 1;
    }

    /// When to report; `None` while there is nothing to tell. `oldest` is when the oldest command was sent that has no reply.
    pub(super) fn next_due(&self, oldest: Option<Instant>) -> Option<Instant> {
        (!self.replies.is_empty() || oldest.is_some()).then_some(self.report_at)
    }

    /// The report, when it is due.
    pub(super) fn report(&mut self, oldest: Option<Instant>, now: Instant) -> Option<Reactions> {
        self.next_due(oldest).filter(|due| *due <= now)?;
        self.report_at = now + EVERY;
        self.replies.sort_unstable();
        let reactions = Reactions {
            originates: std::mem::take(&mut self.originates),
            typical: self.replies.get(self.replies.len() / 2).copied(),
            waiting: oldest.map_or(Duration::ZERO, |sent| now.saturating_duration_since(sent)),
        };
        self.replies.clear();
        Some(reactions)
    }
}

#[cfg(test)]
mod tests;
