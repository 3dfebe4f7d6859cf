//! The scheduler: what is told of levels, lanes and calls, and the next call to start.

mod sent;
mod tell;

use super::ahead;
use super::lanes::{Lane, LaneSettings, Lanes};
use super::level::{Level, Path, Portioned};
use super::levels::{Levels, Way};
use super::shares::Shares;
use super::turns::{self, Turn};
use crate::model::{CallId, Cps, Limits, ProjectId, SwitchName, TrunkId};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Levels that nobody uses any more are looked for this often.
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// What is fair is computed again this long after the last time at the earliest,
const SETTLE_EVERY: Duration = Duration::from_millis(20);
/// and so much later for every lane,
const SETTLE_EVERY_LANE: Duration = Duration::from_micros(20);
/// but this much later at the latest.
const SETTLE_ANYWAY: Duration = Duration::from_millis(500);

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Running {
    way: Way,
    /// When it was started, until it is known to be on its way.
    started: Option<Instant>,
    answered: bool,
    second_legs: u32,
}

/// The scheduler.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Scheduler {
    levels: Levels,
    trunk_switch: HashMap<TrunkId, SwitchName>,
    lanes: Lanes,
    running: HashMap<CallId, Running>,
    starts: u64,
    hold_until: Instant,
    paused: bool,
    /// Whether anything happened since nobody could start that may have changed that.
    changed: bool,
    wakeup: Option<Instant>,
    tidy_at: Instant,
    shares: Shares,
    /// Whether anything happened that changes what is fair.
    unsettled: bool,
    settle_at: Instant,
    /// When it was asked last.
    seen: Instant,
}

impl Scheduler {
    /// A scheduler with the engine's own limits, that starts nothing before `hold_until`.
    pub fn new(engine: Limits, hold_until: Instant) -> Self {
        let mut scheduler = Self {
            levels: Levels::new(),
            trunk_switch: HashMap::new(),
            lanes: Lanes::default(),
            running: HashMap::new(),
            starts: 0,
            hold_until,
            paused: false,
            changed: true,
            wakeup: None,
            tidy_at: hold_until,
            shares: Shares::default(),
            unsettled: true,
            settle_at: hold_until,
            seen: hold_until,
        };
        scheduler.set_engine(engine);
        scheduler
    }

    /// Sets the engine's limits.
    pub fn set_engine(&mut self, limits: Limits) {
        self.unsettle();
        self.levels[Levels::ENGINE].set(limits, None);
    }

    /// Sets a switch's limits, and its cap on originates not yet answered or refused. A new switch is up.
    pub fn set_switch(&mut self, name: SwitchName, limits: Limits, max_unanswered: u32) {
        self.unsettle();
        let gauge = self.levels.gauge(Level::Switch(name));
        gauge.set(limits, Some(max_unanswered));
    }

    /// Says whether a switch is there.
    pub fn set_switch_up(&mut self, name: &SwitchName, up: bool) {
        self.unsettle();
        if let Some(gauge) = self.levels.find(&Level::Switch(name.clone())) {
            gauge.closed = !up;
        }
    }

    /// Keeps a switch to a lower rate than its own for the time being.
    pub fn slow_switch(&mut self, name: &SwitchName, cps: Option<Cps>) {
        self.unsettle();
        if let Some(gauge) = self.levels.find(&Level::Switch(name.clone())) {
            gauge.slow_to(cps);
        }
    }

    /// Says what may pass a trunk for the time being: nothing, no more than a rate, or all that its limits allow.
    pub fn trust_trunk(&mut self, trunk: TrunkId, open: bool, cps: Option<Cps>) {
        self.unsettle();
        if let Some(gauge) = self.levels.find(&Level::Trunk(trunk)) {
            gauge.distrusted = !open;
            gauge.slow_to(cps);
        }
    }

    /// How many calls a level started in the last second.
    pub fn starts_last_second(&mut self, level: &Level, now: Instant) -> u32 {
        self.levels
            .find(level)
            .map_or(0, |gauge| gauge.limiter.last_second(now))
    }

    /// Sets a trunk's switch and limits, and whether it may be used.
    pub fn set_trunk(&mut self, trunk: TrunkId, switch: SwitchName, limits: Limits, enabled: bool) {
        self.unsettle();
        let gauge = self.levels.gauge(Level::Trunk(trunk));
        gauge.set(limits, None);
        gauge.closed = !enabled;
        if self.trunk_switch.insert(trunk, switch.clone()) != Some(switch) {
            self.relink(trunk);
        }
    }

    /// Forgets a trunk; lanes that lead there wait.
    pub fn remove_trunk(&mut self, trunk: TrunkId) {
        if let Some(gauge) = self.levels.find(&Level::Trunk(trunk)) {
            gauge.known = false;
        }
        self.trunk_switch.remove(&trunk);
        self.relink(trunk);
    }

    /// Sets a project's limits.
    pub fn set_project(&mut self, project: ProjectId, limits: Limits) {
        self.unsettle();
        self.levels.gauge(Level::Project(project)).set(limits, None);
    }

    /// Forgets a project; lanes of it wait.
    pub fn remove_project(&mut self, project: ProjectId) {
        if let Some(gauge) = self.levels.find(&Level::Project(project)) {
            gauge.known = false;
        }
    }

    /// Holds a level to this engine's portion of its limits, until they are set again.
    pub fn set_portion(&mut self, level: &Level, portion: Portioned) {
        self.changed = true;
        if let Some(gauge) = self.levels.find(level) {
            gauge.set_portion(portion);
        }
    }

    /// The channels in use at a level.
    pub fn live(&self, level: &Level) -> u32 {
        self.levels.live(level)
    }

    /// Opens a lane, or changes its settings; who waits in it stays.
    pub fn open_lane(&mut self, lane: Lane, settings: LaneSettings) {
        self.unsettle();
        if let Lane::Campaign(campaign, _) = lane {
            let gauge = self.levels.gauge(Level::Campaign(campaign));
            gauge.set(settings.limits, None);
        }
        self.unlink(lane);
        self.lanes.open(lane, settings, self.seen);
        self.link(lane);
    }

    /// Closes a lane; those that waited.
    pub fn close_lane(&mut self, lane: Lane) -> Vec<CallId> {
        let waiting = self.lanes.withdraw(lane);
        self.unlink(lane);
        self.lanes.close(lane);
        if let Lane::Campaign(campaign, _) = lane
            && self.lanes.of(campaign).next().is_none()
            && let Some(gauge) = self.levels.find(&Level::Campaign(campaign))
        {
            gauge.known = false;
        }
        waiting
    }

    /// Holds or lets go everything.
    pub fn set_paused(&mut self, paused: bool) {
        self.changed |= self.paused != paused;
        self.paused = paused;
    }

    /// Adds a call that waits for its turn. The lane is open.
    pub fn offer(&mut self, lane: Lane, call: CallId) {
        let Some(queue) = self.lanes.find_mut(lane) else {
            return;
        };
        if queue.is_empty() {
            queue.pace.due = queue.pace.due.max(self.seen);
            self.changed = true;
            self.unsettled = true;
        }
        self.lanes.offer(lane, call);
    }

    /// Takes all waiting calls out of a lane.
    pub fn withdraw(&mut self, lane: Lane) -> Vec<CallId> {
        self.lanes.withdraw(lane)
    }

    /// Takes one waiting call out; says whether it waited.
    pub fn withdraw_call(&mut self, call: CallId) -> bool {
        self.lanes.withdraw_call(call)
    }

    /// How many more calls to fetch so that the lane does not run dry; 0 while nothing could start anyway.
    pub fn wanted(&self, lane: Lane, now: Instant) -> usize {
        let queue = self.lanes.find(lane).filter(|_| !self.paused);
        queue.map_or(0, |queue| ahead::wanted(queue, &self.levels, now))
    }

    /// The call to be originated now. It counts as started in every level of its way. Ask until there is none.
    pub fn start(&mut self, now: Instant) -> Option<CallId> {
        if self.paused {
            self.wakeup = None;
            return None;
        }
        self.seen = now;
        self.settle(now);
        if !self.changed && self.wakeup.is_none_or(|at| now < at) {
            return None;
        }
        if now >= self.tidy_at {
            self.levels.tidy(now);
            self.tidy_at = now + TIDY_EVERY;
        }
        let turn = turns::decide(&self.lanes, &self.levels, self.hold_until, now);
        match turn {
            Turn::Of(place) => {
                self.changed = true;
                Some(self.start_from(place, now))
            }
            Turn::Nobody(until) => {
                self.changed = false;
                let settle_at = Some(self.settle_at).filter(|_| self.unsettled);
                self.wakeup = until.map(|until| settle_at.map_or(until, |at| until.min(at)));
                None
            }
        }
    }

    /// When a start might become possible by time alone. Valid after [`start`](Self::start) had none.
    pub fn next_wakeup(&self) -> Option<Instant> {
        self.wakeup
    }

    /// Counts a call that was started by an earlier run, or by the switch itself.
    pub fn adopt(&mut self, call: CallId, path: &Path, answered: bool) {
        let way = self.levels.way(path);
        self.run(call, way, None);
        if answered {
            self.answered(call);
        }
    }

    /// A call was answered.
    pub fn answered(&mut self, call: CallId) {
        let Some(running) = self.running.get_mut(&call) else {
            return;
        };
        if !std::mem::replace(&mut running.answered, true) {
            for place in running.way.all() {
                let gauge = &mut self.levels[place];
                self.changed |= !gauge.has_room();
                gauge.unanswered -= 1;
            }
        }
    }

    /// A call is over. Unknown ones are ignored.
    pub fn ended(&mut self, call: CallId) {
        self.answered(call);
        if let Some(running) = self.running.remove(&call) {
            self.free(running.way, 1 + running.second_legs);
        }
    }

    /// A call dials a second leg, which is a channel too, and a start at every level but the campaign, whose rate is
    /// about its contacts. It waits for no limiter, as somebody waits on the line; calls that wait make room for it.
    pub fn extra_leg_started(&mut self, call: CallId, now: Instant) {
        let Some(running) = self.running.get_mut(&call) else {
            return;
        };
        running.second_legs += 1;
        for place in running.way.all() {
            self.levels[place].live += 1;
        }
        for place in running.way.shared() {
            self.levels[place].limiter.start(now);
        }
    }

    /// That leg is over.
    pub fn extra_leg_ended(&mut self, call: CallId) {
        let Some(running) = self.running.get_mut(&call) else {
            return;
        };
        if running.second_legs > 0 {
            running.second_legs -= 1;
            let way = running.way;
            self.free(way, 1);
        }
    }

    /// Counts a start of an earlier run in the limiters. Told oldest first.
    pub fn past_start(&mut self, at: Instant, path: &Path) {
        for place in self.levels.way(path).all() {
            self.levels[place].limiter.start(at);
        }
    }

    #[cfg(test)]
    pub(super) fn known_levels(&self) -> usize {
        self.levels.iter().count()
    }

    /// Forgets that nobody could start.
    #[cfg(test)]
    pub(super) fn look_again(&mut self) {
        self.changed = true;
    }

    /// Somebody may start now who could not, and what is fair may be something else.
    fn unsettle(&mut self) {
        self.changed = true;
        self.unsettled = true;
    }

    /// Computes what is fair when that may have changed, but not all the time.
    fn settle(&mut self, now: Instant) {
        if (self.unsettled && now >= self.settle_at) || now >= self.settle_at + SETTLE_ANYWAY {
            self.shares.fill_up(&mut self.lanes, &self.levels, now);
            self.unsettled = false;
            self.changed = true;
            let lanes = u32::try_from(self.lanes.all().len()).unwrap_or(u32::MAX);
            self.settle_at = now + SETTLE_EVERY + SETTLE_EVERY_LANE * lanes;
        }
    }

    fn start_from(&mut self, place: usize, now: Instant) -> CallId {
        let call = self
            .lanes
            .take(place)
            .expect("a lane with a turn has waiting calls");
        self.starts += 1;
        let queue = &mut self.lanes.all_mut()[place];
        queue.last_start = self.starts;
        queue.pace.due += queue.pace.stride;
        self.unsettled |= queue.is_empty();
        let way = queue.way.expect("a lane with a turn has a way");
        for place in way.all() {
            self.levels[place].limiter.start(now);
        }
        self.run(call, way, Some(now));
        call
    }

    fn run(&mut self, call: CallId, way: Way, started: Option<Instant>) {
        for place in way.all() {
            let gauge = &mut self.levels[place];
            gauge.live += 1;
            gauge.unanswered += 1;
        }
        let running = Running {
            way,
            started,
            answered: false,
            second_legs: 0,
        };
        self.running.insert(call, running);
    }

    fn free(&mut self, way: Way, channels: u32) {
        for place in way.all() {
            let gauge = &mut self.levels[place];
            self.changed |= !gauge.has_room();
            gauge.live -= channels;
        }
    }

    /// Leads a lane through its levels.
    fn link(&mut self, lane: Lane) {
        let Some(queue) = self.lanes.find_mut(lane) else {
            return;
        };
        let LaneSettings {
            project,
            trunk,
            weight,
            ..
        } = queue.settings;
        let campaign = match lane {
            Lane::Campaign(campaign, _) => Some(campaign),
            Lane::Manual(..) => None,
        };
        queue.way = self.trunk_switch.get(&trunk).map(|switch| {
            self.levels.way(&Path {
                project,
                trunk: Some(trunk),
                switch: switch.clone(),
                campaign,
            })
        });
        for place in queue.way.into_iter().flat_map(Way::all) {
            self.levels[place].lanes += 1;
            self.levels[place].weight += u64::from(campaign.map_or(0, |_| weight));
        }
    }

    /// Takes a lane off its levels.
    fn unlink(&mut self, lane: Lane) {
        let Some(queue) = self.lanes.find_mut(lane) else {
            return;
        };
        let weight = match lane {
            Lane::Campaign(..) => queue.settings.weight,
            Lane::Manual(..) => 0,
        };
        let way = queue.way.take();
        for place in way.into_iter().flat_map(Way::all) {
            self.levels[place].lanes -= 1;
            self.levels[place].weight -= u64::from(weight);
        }
    }

    /// A trunk leads to another switch, or nowhere.
    fn relink(&mut self, trunk: TrunkId) {
        self.unsettle();
        let moved = self
            .lanes
            .all()
            .iter()
            .filter(|queue| queue.settings.trunk == trunk);
        let moved: Vec<_> = moved.map(|queue| queue.lane).collect();
        for lane in moved {
            self.unlink(lane);
            self.link(lane);
        }
    }
}
