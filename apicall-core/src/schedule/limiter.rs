//! One rate, kept exactly.
//!
//! Two rules, both must allow a start. The *window*: the last N starts are remembered, and the next may come only when
//! the N-th last is more than one window ago; this alone makes a rate exact over any sliding second. The *even
//! schedule*: slots one interval apart on an absolute time line, so that neither bursts nor drift arise. Slots taken
//! late keep the time line (else every late wake-up of a busy machine would cost rate), but are made up no faster than
//! two in an interval; one taken later than a hiccup explains begins a new line, and what was missed stays missed.
//!
//! A start counts from its grant. One that came to the far end later than others do counts from that much later: else those of a
//! second later would be one too many there.
//!
//! A start that waits for nobody, a transfer's second leg, is counted by both rules: whoever waits makes room for it.

use crate::model::Cps;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Slots are this much wider than the rate asks for: 99.6 % of it, so that the window rule, which is exact, is met
/// with room for wake-ups that come late.
const SLACK: f64 = 1.004;
/// The window is this much longer than it need be. A record keeps milliseconds, rounded down, and one start may reach its
/// switch a little later than another; the rule is to hold in records and at the switch too, with either end included.
const MARGIN: Duration = Duration::from_millis(2);
/// How late a slot may be taken without moving those after it: one interval, so that a slot that waited for a slot of
/// another level costs no rate; and this for high rates, a hiccup of a busy machine.
const TOLERANCE: Duration = Duration::from_millis(250);
/// A start does not count from later than this after its grant: what is late by more is not a start's way but a switch that stands still.
const MOST_LATE: Duration = Duration::from_millis(100);
/// Starts are remembered for this long at least, for statistics and for a rate that is set later.
const SECOND: Duration = Duration::from_secs(1);
/// The window of the slowest rate there is.
const LONGEST_WINDOW: Duration = Duration::from_secs(1_000);

/// A limiter, or a mere counter when it has no rate.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Limiter {
    cps: Option<Cps>,
    recent: VecDeque<Instant>,
    next_slot: Option<Instant>,
    ready_at: Option<Instant>,
}

impl Limiter {
    /// Changes the rate; what was started counts on.
    pub(super) fn set(&mut self, cps: Option<Cps>) {
        if self.cps != cps {
            self.cps = cps;
            self.next_slot = self.recent.back().and_then(|last| Some(*last + self.interval()?));
            self.ready_at = self.find_ready();
        }
    }

    /// The rate.
    pub(super) fn cps(&self) -> Option<Cps> {
        self.cps
    }

    /// The earliest time of the next start; `None` is at once.
    pub(super) fn ready_at(&self) -> Option<Instant> {
        self.ready_at
    }

    /// The slot that is next by the even schedule; `None` before the first start.
    pub(super) fn slot(&self) -> Option<Instant> {
        self.next_slot
    }

    /// How late a slot may be taken without moving those after it.
    pub(super) fn tolerance(&self) -> Duration {
        self.interval()
            .map_or(TOLERANCE, |interval| interval.max(TOLERANCE))
    }

    /// Counts a start.
    pub(super) fn start(&mut self, now: Instant) {
        self.recent.push_back(now);
        self.forget(now);
        if let (Some(cps), Some(interval)) = (self.cps, self.interval()) {
            let tolerance = self.tolerance();
            let slot = self
                .next_slot
                .filter(|slot| now.saturating_duration_since(*slot) <= tolerance);
            // Many second legs at once take many slots; after one window the window rule alone has to do with them.
            let latest = now + interval.max(cps.window());
            self.next_slot = Some((slot.unwrap_or(now) + interval).min(latest));
        }
        self.ready_at = self.find_ready();
    }

    /// A start came this much later to the far end than one does at best.
    pub(super) fn came_late(&mut self, started: Instant, late: Duration) {
        let late = late.min(MOST_LATE);
        let Ok(place) = self.recent.binary_search(&started) else {
            return;
        };
        if late.is_zero() {
            return;
        }
        let counts_from = started + late;
        self.recent.remove(place);
        let place = self.recent.partition_point(|at| *at <= counts_from);
        self.recent.insert(place, counts_from);
        self.ready_at = self.find_ready();
    }

    /// How many starts lie in the last second.
    pub(super) fn last_second(&self, now: Instant) -> u32 {
        let before = self
            .recent
            .partition_point(|at| now.saturating_duration_since(*at) >= SECOND);
        u32::try_from(self.recent.len() - before).unwrap_or(u32::MAX)
    }

    /// Whether nothing of the past can matter any more, whatever rate is set.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        let last = self.recent.back();
        last.is_none_or(|last| now.saturating_duration_since(*last) > LONGEST_WINDOW + 2 * MARGIN)
    }

    fn find_ready(&self) -> Option<Instant> {
        let cps = self.cps?;
        let full_since = self.recent.len().checked_sub(cps.starts_per_window());
        let window = full_since.map(|oldest| self.recent[oldest] + cps.window() + MARGIN);
        window.max(self.next_slot).max(self.spaced_from())
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.cps?.interval().mul_f64(SLACK))
    }

    /// Half an interval after the last start: late slots are made up, not fired off.
    fn spaced_from(&self) -> Option<Instant> {
        Some(*self.recent.back()? + self.interval()? / 2)
    }

    /// Forgets what no rate can ask for: of starts older than a second only the last matters, to a rate below one.
    fn forget(&mut self, now: Instant) {
        while self.recent.len() > 1
            && self
                .recent
                .front()
                .is_some_and(|at| now.saturating_duration_since(*at) > SECOND + 2 * MARGIN)
        {
            self.recent.pop_front();
        }
    }
}
