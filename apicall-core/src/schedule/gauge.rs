//! One level: how much it allows, and how much of it is used.

use super::level::Portioned;
use super::limiter::Limiter;
use super::quickest::Quickest;
use crate::model::{Channels, Cps, Limits};
use std::time::Instant;

/// What a full cap lets through is a little more than it did: it may become more.
const GROWTH: f64 = 1.1;

/// Limits and their use.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Gauge {
    pub limiter: Limiter,
    /// Of a switch: how soon a start is on its way.
    pub quickest: Quickest,
    /// The configured rate.
    pub cps: Option<Cps>,
    /// This engine's portion of it, when several share it.
    portion: Option<Cps>,
    /// A lower one for the time being.
    slowed_to: Option<Cps>,
    pub channels: Option<Channels>,
    max_unanswered: Option<u32>,
    /// Whether anybody has told what it is: nothing starts through a level that only others speak of.
    pub known: bool,
    /// Closed by hand or by a fault: a disabled trunk, a switch that is down.
    pub closed: bool,
    /// Closed because its calls fail.
    pub distrusted: bool,
    /// Closed because other engines have all of a limit that spans engines.
    barred: bool,
    pub live: u32,
    pub unanswered: u32,
    /// Lanes that lead through it.
    pub lanes: u32,
    /// The weights of campaigns' lanes that lead through it, summed.
    pub weight: u64,
}

impl Gauge {
    pub(super) fn set(&mut self, limits: Limits, max_unanswered: Option<u32>) {
        self.cps = limits.cps;
        self.keep_rate();
        self.channels = limits.channels;
        self.max_unanswered = max_unanswered;
        self.known = true;
    }

    /// Keeps it to a lower rate than its own for the time being.
    pub(super) fn slow_to(&mut self, cps: Option<Cps>) {
        self.slowed_to = cps;
        self.keep_rate();
    }

    /// Holds it to this engine's portion of its limits.
    pub(super) fn set_portion(&mut self, portion: Portioned) {
        self.portion = portion.cps.and_then(|(cps, part)| {
            // One that is not divided is somebody's as a whole; any other is a whole number.
            let whole = cps.starts_per_window() <= part as usize;
            let rate = if whole { Ok(cps) } else { Cps::whole(part) };
            rate.ok().or(self.portion)
        });
        self.keep_rate();
        if let Some(part) = portion.channels {
            self.channels = Channels::try_from(part).ok().or(self.channels);
        }
        self.barred = portion.cps.is_some_and(|(_, part)| part == 0) || portion.channels == Some(0);
    }

    /// The lowest of its rates is the one that counts.
    fn keep_rate(&mut self) {
        let rates = [self.cps, self.portion, self.slowed_to];
        self.limiter.set(rates.into_iter().flatten().min());
    }

    /// Whether one may start through it at all, now or later.
    pub(super) fn is_open(&self) -> bool {
        self.known && !self.closed && !self.distrusted && !self.barred
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

    /// What it lets through; `None` when nothing limits it.
    pub(super) fn capacity(&self, now: Instant) -> Option<Capacity> {
        let rate = self.limiter.cps().map(|cps| Capacity {
            starts: cps.per_second(),
            by_rate: true,
        });
        let turnover = self.is_nearly_full().then(|| Capacity {
            starts: f64::from(self.limiter.last_second(now)) * GROWTH + 1.0,
            by_rate: false,
        });
        match (rate, turnover) {
            (Some(rate), Some(turnover)) if turnover.starts < rate.starts => Some(turnover),
            (None, turnover) => turnover,
            (rate, _) => rate,
        }
    }

    /// Whether it is its cap that holds calls back: a channel that becomes free is used at once.
    fn is_nearly_full(&self) -> bool {
        let caps = [
            (self.channels.map(Channels::get), self.live),
            (self.max_unanswered, self.unanswered),
        ];
        caps.iter()
            .any(|(cap, used)| cap.is_some_and(|cap| cap - cap / 8 <= *used))
    }

    /// Whether it can be forgotten: nobody uses it, and no window of the past can matter.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        !self.known && self.live == 0 && self.lanes == 0 && self.limiter.is_forgotten(now)
    }
}

/// How much a level lets through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// In starts a second.
    pub starts: f64,
    /// Whether that is its rate, or else what its channels allow.
    pub by_rate: bool,
}
