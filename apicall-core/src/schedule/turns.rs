//! Whose turn it is.
//!
//! At each level that lanes share, every lane has a *tag*: the turns it had there, divided by its weight. A lane's
//! *lead* at a level is how far its tag is ahead of the hindmost of those that could start now, and what counts is its
//! greatest lead: at the level that really holds it back it is served as its weight says, at all others less than
//! that. So the lane with the smallest greatest lead goes, and weights are kept among those who share a bottleneck,
//! wherever it is: what comes out is weighted max-min fairness.
//!
//! A lane that needs slots of two full levels at once would seldom find both: at each of them others are quicker. Once it
//! is overdue at all of them, the slot it can have in a moment is kept for it.
//!
//! Nobody saves up turns. A lane that had nothing to start begins where the others are; one that was held up makes up
//! for no more than the last few starts of a level, just enough that two slots which do not coincide cost it nothing.

use super::lanes::{Lanes, Queue};
use super::levels::{Levels, Place, Way};
use std::time::{Duration, Instant};

/// A slot is kept no longer than this for a lane that is overdue; a limiter's time line bears as much.
const KEPT: Duration = Duration::from_millis(100);
/// So many lanes are looked at sooner than a thread is woken for nothing.
const FEW: usize = 64;
/// How far a lane of weight 1 moves with each start.
const STRIDE: u64 = 1 << 20;

/// Who may start now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The lane at this place.
    Of(usize),
    /// Nobody; by time alone somebody might at this time.
    Nobody(Option<Instant>),
}

/// Room to write in while a turn is decided.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Scratch {
    ready: Vec<usize>,
    overdue: Vec<(usize, Instant)>,
}

/// Decides.
pub(super) fn decide(
    lanes: &Lanes,
    levels: &mut Levels,
    hold_until: Instant,
    scratch: &mut Scratch,
    now: Instant,
) -> Turn {
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
    let Scratch { ready, overdue } = scratch;
    ready.clear();
    overdue.clear();
    let mut wakeup: Option<Instant> = None;
    for (place, queue) in lanes.all().iter().enumerate() {
        let Some(way) = queue.way.filter(|_| !queue.is_empty()) else {
            continue;
        };
        match ready_at(levels, way, opens) {
            Some(at) if at <= now => ready.push(place),
            Some(at) => {
                wakeup = Some(wakeup.map_or(at, |set| set.min(at)));
                if at <= now + KEPT && is_overdue(queue, levels, now) {
                    overdue.push((place, at));
                }
            }
            None => {}
        }
    }
    if !ready.is_empty() && !overdue.is_empty() {
        keep_slots(lanes, levels, ready, overdue, now);
    }
    match ready[..] {
        [] => Turn::Nobody(wakeup),
        [only] => Turn::Of(only),
        _ => Turn::Of(hindmost(lanes, levels, ready)),
    }
}

/// When a lane may start by its limiters; `None` when no time alone will let it.
fn ready_at(levels: &Levels, way: Way, opens: Instant) -> Option<Instant> {
    let mut at = opens;
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

/// Whether a lane waits for nothing but slots that others took again and again.
fn is_overdue(queue: &Queue, levels: &Levels, now: Instant) -> bool {
    let own_slots = queue
        .way
        .iter()
        .flat_map(Way::all)
        .filter(|place| levels[*place].lanes == 1);
    let mut blocked_itself = own_slots.filter_map(|place| levels[place].limiter.ready_at());
    let mut contested = shared(queue).filter(|(_, place)| {
        let gauge = &levels[*place];
        gauge.lanes > 1 && gauge.limiter.cps().is_some()
    });
    contested.all(|(position, place)| levels[place].turns.is_overdue(queue.tags[position]))
        && !blocked_itself.any(|at| at > now)
}

/// Leaves out whoever would take a slot that an overdue lane can have before the next one comes.
fn keep_slots(
    lanes: &Lanes,
    levels: &mut Levels,
    ready: &mut Vec<usize>,
    overdue: &[(usize, Instant)],
    now: Instant,
) {
    let claims = || {
        overdue.iter().flat_map(|(place, at)| {
            let places = shared(&lanes.all()[*place]);
            places.map(move |(_, place)| (place, *at))
        })
    };
    for (place, at) in claims() {
        let gauge = &mut levels[place];
        let next = gauge.limiter.cps().map(|cps| now + cps.interval());
        gauge.turns.reserved |= next.is_some_and(|next| at < next);
    }
    ready.retain(|place| {
        let queue = &lanes.all()[*place];
        is_overdue(queue, levels, now) || !shared(queue).any(|(_, place)| levels[place].turns.reserved)
    });
    for (place, _) in claims() {
        levels[place].turns.reserved = false;
    }
}

/// The one with the smallest greatest lead; of two, the one whose last start is longer ago.
fn hindmost(lanes: &Lanes, levels: &mut Levels, ready: &[usize]) -> usize {
    let queues = || ready.iter().map(|place| &lanes.all()[*place]);
    for queue in queues() {
        for (_, place) in shared(queue) {
            levels[place].turns.hindmost = u64::MAX;
        }
    }
    for queue in queues() {
        for (position, place) in shared(queue) {
            let turns = &mut levels[place].turns;
            turns.hindmost = turns.hindmost.min(queue.tags[position].max(turns.floor()));
        }
    }
    let lead = |queue: &Queue| {
        let leads = shared(queue).map(|(position, place)| {
            let turns = &levels[place].turns;
            queue.tags[position].max(turns.floor()) - turns.hindmost
        });
        leads.max().unwrap_or(0)
    };
    let first = ready.iter().copied().min_by_key(|place| {
        let queue = &lanes.all()[*place];
        (lead(queue), queue.last_start, queue.lane)
    });
    first.expect("somebody is ready")
}

/// Moves a lane on by the turn it has now.
pub(super) fn advance(queue: &mut Queue, levels: &mut Levels) {
    let stride = STRIDE / u64::from(queue.settings.weight.max(1));
    let Some(way) = queue.way else { return };
    for (position, place) in way.shared() {
        let turns = &mut levels[place].turns;
        let from = queue.tags[position].max(turns.floor());
        turns.start(from);
        queue.tags[position] = from + stride;
    }
}

/// Lets a lane that had nothing to start begin where the others are.
pub(super) fn join(queue: &mut Queue, levels: &Levels) {
    let Some(way) = queue.way else { return };
    for (position, place) in way.shared() {
        queue.tags[position] = queue.tags[position].max(levels[place].turns.reached());
    }
}

/// The same at the levels that are new on a lane's way.
pub(super) fn change_way(queue: &mut Queue, before: Option<Way>, levels: &Levels) {
    let Some(way) = queue.way else { return };
    for (position, place) in way.shared() {
        let known = before.is_some_and(|before| before.shared().any(|same| same == (position, place)));
        if !known {
            queue.tags[position] = levels[place].turns.reached();
        }
    }
}

/// The shared levels of a lane, each with its position.
fn shared(queue: &Queue) -> impl Iterator<Item = (usize, Place)> {
    queue.way.iter().flat_map(Way::shared)
}
