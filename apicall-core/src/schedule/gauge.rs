//! One level: how much it allows, and how much of it is used.

use super::limiter::Limiter;
use crate::model::{Channels, Limits};
use std::time::Instant;

/// So many of a level's last starts can be made up for by a lane that was held up meanwhile.
const MADE_UP: usize = 8;
/// A lane that all of so many last starts of a level went past is overdue.
const OVERDUE: usize = 3;

/// Limits and their use.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Gauge {
    pub limiter: Limiter,
    pub channels: Option<Channels>,
    max_unanswered: Option<u32>,
    /// Whether anybody has told what it is: nothing starts through a level that only others speak of.
    pub known: bool,
    /// Closed by hand or by a fault: a disabled trunk, a switch that is down.
    pub closed: bool,
    pub live: u32,
    pub unanswered: u32,
    /// Lanes that lead through it.
    pub lanes: u32,
    /// The weights of campaigns' lanes that lead through it, summed.
    pub weight: u64,
    pub turns: Turns,
}

impl Gauge {
    pub(super) fn set(&mut self, limits: Limits, max_unanswered: Option<u32>) {
        self.limiter.set(limits.cps);
        self.channels = limits.channels;
        self.max_unanswered = max_unanswered;
        self.known = true;
    }

    /// Whether one may start through it at all, now or later.
    pub(super) fn is_open(&self) -> bool {
        self.known && !self.closed
    }

    /// Whether another channel fits.
    pub(super) fn has_room(&self) -> bool {
        self.is_open() && self.room() > 0
    }

    /// How many more calls fit.
    pub(super) fn room(&self) -> u32 {
        let channels = self.channels.map_or(u32::MAX, Channels::get);
        let unanswered = self.max_unanswered.unwrap_or(u32::MAX);
        let free = channels.saturating_sub(self.live);
        free.min(unanswered.saturating_sub(self.unanswered))
    }

    /// Whether it can be forgotten: nobody uses it, and no window of the past can matter.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        !self.known && self.live == 0 && self.lanes == 0 && self.limiter.is_forgotten(now)
    }
}

/// How far the lanes of a level have come, in turns divided by weight.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Turns {
    /// As far as the last that started.
    reached: u64,
    /// The same after each of the last starts, around in a ring.
    before: [u64; MADE_UP],
    oldest: usize,
    /// The hindmost of the lanes that might start now; kept only while a turn is decided.
    pub hindmost: u64,
    /// Whether the next slot is somebody's who can take it in a moment; kept only while a turn is decided.
    pub reserved: bool,
}

impl Turns {
    /// Where somebody begins who did not wait so far.
    pub(super) fn reached(&self) -> u64 {
        self.reached
    }

    /// As far back as somebody counts who was held up.
    pub(super) fn floor(&self) -> u64 {
        self.before[self.oldest]
    }

    /// Whether a lane that comes from here was passed over by the last few starts.
    pub(super) fn is_overdue(&self, from: u64) -> bool {
        from < self.before[(self.oldest + MADE_UP - OVERDUE) % MADE_UP]
    }

    /// Counts a start from here.
    pub(super) fn start(&mut self, from: u64) {
        self.reached = self.reached.max(from);
        self.before[self.oldest] = self.reached;
        self.oldest = (self.oldest + 1) % MADE_UP;
    }
}
