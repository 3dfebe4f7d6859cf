//! What is fair: the rate each lane may claim.
//!
//! Weighted max-min fairness, computed by filling up: the rates of all lanes that have something to start grow by their
//! weights until a level is full; the lanes on it stay where they are, the others grow on. A level is full when its rate
//! is used up, or the turnover of its channels: as many starts a second as its cap holds calls of the length they have
//! there.
//!
//! Deliberately absent: who starts when (`turns`).

use super::lanes::{Lanes, Queue};
use super::levels::{Levels, Place, Way};
use super::turns::EARLY;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// The least rate a lane has, whatever is left for it.
const LEAST: f64 = 0.001;
/// What each unit of weight counts for where nothing limits it, in starts a second.
const UNLIMITED: f64 = 1_000.0;
/// Lanes of a level that all are later than this were promised too much; what more they are late is forgiven.
const ALL_LATE: Duration = Duration::from_secs(1);
/// A lane makes up for so long, or for so many starts, whichever is more.
const MADE_UP: Duration = Duration::from_secs(3);
const MADE_UP_STARTS: u32 = 3;

/// A lane's schedule, at its fair rate.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Pace {
    /// When its next start is due.
    pub due: Instant,
    /// The distance of its starts.
    pub stride: Duration,
    /// The level that is full and makes it no more.
    pub bottleneck: Option<Place>,
    /// Whether that level is full for others too, and by its rate: only then may a lane take what is another's.
    pub contested: bool,
}

impl Pace {
    /// The pace of a lane that had no turn yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            due: now,
            stride: Duration::ZERO,
            bottleneck: None,
            contested: false,
        }
    }

    fn set(&mut self, rate: f64, bottleneck: Option<Place>, contested: bool) {
        self.stride = Duration::from_secs_f64(1.0 / rate.max(LEAST));
        self.bottleneck = bottleneck;
        self.contested = contested;
    }
}

/// Computes fair rates, again and again in the same memory.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Shares {
    levels: Vec<Filling>,
    next_full: BinaryHeap<Reverse<(u64, Place)>>,
}

/// A level that fills up.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
struct Filling {
    /// Starts a second that nobody has yet.
    rest: f64,
    /// The weight of the lanes that still grow.
    growing: f64,
    /// All lanes that lead through it.
    lanes: Vec<usize>,
    by_rate: bool,
    /// How late the least late of the lanes is that are held back here.
    least_late: Option<Duration>,
}

impl Filling {
    /// How far all that grow here can grow, as something to compare.
    fn full_at(&self) -> u64 {
        (self.rest / self.growing).max(0.0).to_bits()
    }
}

impl Shares {
    /// Gives every lane that has something to start its fair rate.
    pub(super) fn fill_up(&mut self, lanes: &mut Lanes, levels: &Levels, now: Instant) {
        self.begin(lanes, levels, now);
        while let Some(Reverse((was_full_at, place))) = self.next_full.pop() {
            let filling = &self.levels[place as usize];
            if filling.growing < 0.5 {
                continue;
            }
            // Those who were held back elsewhere since then leave more to the others here.
            let full_at = filling.full_at();
            if full_at > was_full_at {
                self.next_full.push(Reverse((full_at, place)));
            } else {
                self.hold_back(lanes, place, f64::from_bits(full_at));
            }
        }
        self.settle(lanes, levels, now);
    }

    fn begin(&mut self, lanes: &mut Lanes, levels: &Levels, now: Instant) {
        self.levels.resize_with(levels.count(), Filling::default);
        for filling in &mut self.levels {
            filling.growing = 0.0;
            filling.least_late = None;
            filling.lanes.clear();
        }
        for (number, queue) in lanes.all_mut().iter_mut().enumerate() {
            if is_active(queue, levels) {
                let weight = queue.weight();
                queue.pace.set(weight * UNLIMITED, None, false);
                for place in places(queue) {
                    self.levels[place as usize].growing += weight;
                    self.levels[place as usize].lanes.push(number);
                }
            }
        }
        for (place, filling) in (0..).zip(&mut self.levels) {
            if let Some(capacity) = levels[place].capacity(now).filter(|_| filling.growing > 0.5) {
                (filling.rest, filling.by_rate) = (capacity.starts, capacity.by_rate);
                self.next_full.push(Reverse((filling.full_at(), place)));
            }
        }
    }

    /// The lanes that still grow where a level is full stay as they are.
    fn hold_back(&mut self, lanes: &mut Lanes, full: Place, grown: f64) {
        let here = std::mem::take(&mut self.levels[full as usize].lanes);
        let contested = here.len() > 1 && self.levels[full as usize].by_rate;
        for number in &here {
            let queue = &mut lanes.all_mut()[*number];
            if queue.pace.bottleneck.is_none() {
                let rate = grown * queue.weight();
                queue.pace.set(rate, Some(full), contested);
                for place in places(queue) {
                    self.levels[place as usize].rest -= rate;
                    self.levels[place as usize].growing -= queue.weight();
                }
            }
        }
        self.levels[full as usize].lanes = here;
    }

    /// Forgives what all lanes of a bottleneck are late, and what one is later than it may make up.
    fn settle(&mut self, lanes: &mut Lanes, levels: &Levels, now: Instant) {
        let mut free = None;
        for queue in lanes.all().iter().filter(|queue| is_active(queue, levels)) {
            let least = self.least_late(queue.pace.bottleneck, &mut free);
            let late = now.saturating_duration_since(queue.pace.due);
            *least = Some(least.map_or(late, |least| least.min(late)));
        }
        for queue in lanes
            .all_mut()
            .iter_mut()
            .filter(|queue| is_active(queue, levels))
        {
            let least = self
                .least_late(queue.pace.bottleneck, &mut free)
                .unwrap_or_default();
            let pace = &mut queue.pace;
            let made_up = MADE_UP.max(pace.stride * MADE_UP_STARTS);
            let earliest = now.checked_sub(made_up).unwrap_or(now);
            let forgiven = least.saturating_sub(ALL_LATE);
            // Who is as early as it may be has to be told from who is not.
            let latest = now + (2 * pace.stride).max(2 * EARLY);
            pace.due = (pace.due + forgiven).clamp(earliest, latest);
        }
    }

    fn least_late<'a>(
        &'a mut self,
        of: Option<Place>,
        free: &'a mut Option<Duration>,
    ) -> &'a mut Option<Duration> {
        match of {
            Some(place) => &mut self.levels[place as usize].least_late,
            None => free,
        }
    }
}

/// Whether a lane has something to start, and no level of its way is closed.
fn is_active(queue: &Queue, levels: &Levels) -> bool {
    !queue.is_empty() && queue.way.is_some() && places(queue).all(|place| levels[place].is_open())
}

/// The levels of a lane.
fn places(queue: &Queue) -> impl Iterator<Item = Place> + use<> {
    queue.way.into_iter().flat_map(Way::all)
}
