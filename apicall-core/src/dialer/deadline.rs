//! What a live call waits for, and until when. One table, so that nothing can wait for ever.

use crate::model::{CallId, Project};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The one thing a live call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Its turn to be dialed.
    Slot,
    /// An answer or a refusal.
    Answer,
    /// Its leg, after the answer.
    Leg,
    /// The end of its flow.
    Flow,
    /// The switch's word that it is gone, after we asked for a hang-up.
    Gone,
    /// The last word of its flow, after the call is gone.
    LastWord,
    /// A switch that is away: whether it still has the call.
    Switch,
}

impl Due {
    /// How long it may take.
    pub(super) fn limit(self, project: Option<&Project>) -> Duration {
        let ring = project.map_or(Duration::from_secs(120), Project::ring_timeout);
        let talk = project.map_or(Duration::from_secs(14_400), Project::max_call);
        match self {
            Self::Slot => Duration::from_secs(600),
            // The switch keeps the ring timeout itself; this is for one that does not.
            Self::Answer => ring + Duration::from_secs(15),
            Self::Leg | Self::Gone => Duration::from_secs(10),
            Self::Flow => talk,
            Self::LastWord => Duration::from_secs(5),
            // After this no call can be alive on any switch, whatever it says later.
            Self::Switch => ring + talk + Duration::from_secs(60),
        }
    }
}

/// All deadlines, earliest first.
#[derive(Debug, Default)]
pub(super) struct Deadlines(BTreeSet<(Instant, CallId)>);

impl Deadlines {
    /// Sets a call's deadline, in place of the one it had.
    pub(super) fn set(&mut self, call: CallId, before: Option<Instant>, at: Instant) {
        self.clear(call, before);
        self.0.insert((at, call));
    }

    /// Takes a call's deadline away.
    pub(super) fn clear(&mut self, call: CallId, at: Option<Instant>) {
        if let Some(at) = at {
            self.0.remove(&(at, call));
        }
    }

    /// The earliest.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes a call whose deadline has passed.
    pub(super) fn pop(&mut self, now: Instant) -> Option<CallId> {
        let (at, call) = *self.0.first()?;
        (at <= now).then(|| {
            self.0.pop_first();
            call
        })
    }
}
