//! How many calls to fetch before their turn: enough that a lane never runs dry between two claims, few enough that few
//! calls are in doubt after a crash.
//!
//! A lane's need is its share of what the narrowest level of its way lets through, or what it really starts when others
//! leave it more, for half a second. What cannot start for want of a channel is not fetched, but for one call a lane, so
//! that a channel which becomes free is used at once.

use super::lanes::{Lane, Queue};
use super::levels::Levels;
use std::time::Instant;

/// A need is fetched for so many seconds.
const AHEAD: f64 = 0.5;
/// A lane that gets more than its share is fetched this much more than it starts, so that it can grow.
const GROWTH: f64 = 1.25;
/// Fetching is worth its transaction when this part of a need is missing.
const WORTH: usize = 4;
/// The rate that is assumed where a level has none, and the most where none has one.
const ASSUMED_CPS: f64 = 100.0;
const ASSUMED_MOST: f64 = 1_000.0;

/// How many more calls a lane needs.
pub(super) fn wanted(queue: &Queue, levels: &Levels, now: Instant) -> usize {
    let Some(way) = queue.way else { return 0 };
    let weight = f64::from(queue.settings.weight.max(1));
    let (mut most, mut share, mut room) = (f64::INFINITY, f64::INFINITY, u32::MAX);
    for gauge in way.all().map(|place| &levels[place]) {
        if !gauge.is_open() {
            return 0;
        }
        room = room.min(gauge.room());
        let cps = gauge.limiter.cps().map(|cps| cps.per_second());
        #[allow(clippy::cast_precision_loss, reason = "weights are small numbers")]
        let part = weight / (gauge.weight as f64).max(weight);
        most = most.min(cps.unwrap_or(f64::INFINITY));
        share = share.min(cps.unwrap_or(ASSUMED_CPS) * part);
    }
    let started = match queue.lane {
        Lane::Campaign(..) => way
            .all()
            .last()
            .map_or(0, |own| levels[own].limiter.last_second(now)),
        Lane::Manual(..) => 0,
    };
    let share = (share * AHEAD).min(f64::from(room));
    let own = f64::from(started) * GROWTH * AHEAD;
    let most = if most.is_finite() { most } else { ASSUMED_MOST };
    let need = share.max(own).min(most * AHEAD).ceil();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most half of the highest rate"
    )]
    let need = need as usize + 1;
    let missing = need.saturating_sub(queue.len());
    if missing < need / WORTH { 0 } else { missing }
}
