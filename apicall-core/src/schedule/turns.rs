//! Whose turn it is.
//!
//! Every lane has a rate that is fair (`shares`), and a schedule: the times at which its starts are due at that rate. Of
//! the lanes that may start now the one goes that is due first. So whoever was held up, because the slots of two
//! levels did not come together, is the first to get the next that do.
//!
//! What keeps the others from taking all such slots before: nobody starts long before it is due where that would
//! take a slot from others. Slots then wait for whom they are meant, and a limiter bears that: its time line stays as it is
//! for a while. A slot that is nearly lost is anybody's.

use super::lanes::{Lanes, Queue};
use super::levels::{Levels, Way};
use super::shares::Pace;
use std::time::{Duration, Instant};

/// So many lanes are looked at sooner than a thread is woken for nothing.
const FEW: usize = 64;

/// A lane starts so much before it is due, or one interval of its bottleneck: else slots would stay unused between two who
/// are due.
pub(super) const EARLY: Duration = Duration::from_millis(100);
/// A slot is anybody's when so much of the time has passed that it may be late.
const NEARLY_LOST: f64 = 0.9;

/// Who may start now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The lane at this place.
    Of(usize),
    /// Nobody; by time alone somebody might at this time.
    Nobody(Option<Instant>),
}

/// Decides.
pub(super) fn decide(lanes: &Lanes, levels: &Levels, hold_until: Instant, now: Instant) -> Turn {
    let engine = &levels[Levels::ENGINE];
    if !engine.has_room() {
        return Turn::Nobody(None);
    }
    let opens = engine
        .limiter
        .ready_at()
        .map_or(hold_until, |at| at.max(hold_until));
    // To know when somebody can start takes a look at every lane; while they are many, the engine's own time will do.
    if opens > now && lanes.all().len() > FEW {
        return Turn::Nobody(Some(opens));
    }
    let mut first: Option<((Instant, u64), usize)> = None;
    let mut wakeup: Option<Instant> = None;
    for (place, queue) in lanes.all().iter().enumerate() {
        let Some(way) = queue.way.filter(|_| !queue.is_empty()) else {
            continue;
        };
        let rank = (queue.pace.due, queue.last_start);
        if first.is_some_and(|(best, _)| best <= rank) {
            continue;
        }
        match may_start_at(queue, levels, way, opens) {
            Some(at) if at <= now => first = Some((rank, place)),
            Some(at) => wakeup = Some(wakeup.map_or(at, |set| set.min(at))),
            None => {}
        }
    }
    first.map_or(Turn::Nobody(wakeup), |(_, place)| Turn::Of(place))
}

/// When a lane may start; `None` when no time alone will let it.
fn may_start_at(queue: &Queue, levels: &Levels, way: Way, opens: Instant) -> Option<Instant> {
    let mut at = allowed_at(&queue.pace, levels).map_or(opens, |at| at.max(opens));
    for place in way.all() {
        let gauge = &levels[place];
        if !gauge.has_room() {
            return None;
        }
        if let Some(ready) = gauge.limiter.ready_at() {
            at = at.max(ready);
        }
    }
    Some(at)
}

/// When a lane may start for the sake of others; `None` when it takes nothing from them.
fn allowed_at(pace: &Pace, levels: &Levels) -> Option<Instant> {
    let place = pace.bottleneck.filter(|_| pace.contested)?;
    let limiter = &levels[place].limiter;
    let early = limiter.cps().map_or(EARLY, |cps| cps.interval().max(EARLY));
    let soon = pace.due.checked_sub(early).unwrap_or(pace.due);
    let lost = limiter
        .slot()
        .map(|slot| slot + limiter.tolerance().mul_f64(NEARLY_LOST));
    Some(lost.map_or(soon, |lost| soon.min(lost)))
}
