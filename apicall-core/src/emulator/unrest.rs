//! What may happen to events on their way.

use super::faults::EventFault;
use rand::{Rng, RngExt};
use std::time::Duration;

/// The longest that an event is overtaken.
const OVERTAKEN_MS: u64 = 300;

/// The faults of events that last.
#[derive(Debug, Default)]
pub(super) struct Unrest {
    late: Duration,
    double: f64,
    shuffle: f64,
}

impl Unrest {
    pub(super) fn any(&self) -> bool {
        !self.late.is_zero() || self.double > 0.0 || self.shuffle > 0.0
    }

    pub(super) fn begin(&mut self, fault: EventFault) {
        match fault {
            EventFault::Late(time) => self.late = time,
            EventFault::Double(share) => self.double = share,
            EventFault::Shuffle(share) => self.shuffle = share,
        }
    }

    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// How long an event is on its way, and how often it comes.
    pub(super) fn fate(&self, draw: &mut impl Rng) -> (Duration, u8) {
        let overtaken = draw.random_bool(self.shuffle);
        let more = if overtaken {
            draw.random_range(1..OVERTAKEN_MS)
        } else {
            0
        };
        let times = if draw.random_bool(self.double) { 2 } else { 1 };
        (self.late + Duration::from_millis(more), times)
    }
}
