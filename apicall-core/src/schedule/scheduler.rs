//! Lanes of waiting calls, and whose turn it is.
//!
//! Shares are kept by stride scheduling: each start moves a lane's *pass* on by an amount inverse to its weight, and the
//! lane with the lowest pass that may start goes first. A lane that could not start, or had nothing to, is brought
//! forward to the others when it does, so that nobody saves up turns.

use super::level::{Gauge, Level, Load};
use crate::model::{CallId, CampaignId, Limits, ProjectId, SwitchName, TrunkId};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Instant;

/// How far a lane of weight 1 moves with each start.
const STRIDE: u64 = 1 << 20;
/// A lane keeps this much of a second waiting, shared among all lanes, and a little of its own: enough that it never
/// runs dry between two claims, little enough that few calls are in doubt after a crash.
const AHEAD_SHARED: f64 = 0.4;
const AHEAD_OWN: f64 = 0.1;
/// The rate that fetching ahead assumes where no level has one.
const ASSUMED_CPS: f64 = 100.0;

/// A queue of calls that wait for their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// A campaign's.
    Campaign(CampaignId),
    /// Single calls of a project through a trunk.
    Manual(ProjectId, TrunkId),
}

/// Where a lane leads, and its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSettings {
    /// The project its calls are for.
    pub project: ProjectId,
    /// The trunk they leave by.
    pub trunk: TrunkId,
    /// The campaign's own limits; of no use for single calls.
    pub limits: Limits,
    /// Its share against other lanes, from 1.
    pub weight: u32,
}

/// The levels of a call that was not started here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The project.
    pub project: ProjectId,
    /// The trunk.
    pub trunk: TrunkId,
    /// The switch.
    pub switch: SwitchName,
    /// The campaign, for a campaign's call.
    pub campaign: Option<CampaignId>,
}

impl Path {
    fn levels(&self) -> Vec<Level> {
        let mut levels = vec![
            Level::Engine,
            Level::Switch(self.switch.clone()),
            Level::Trunk(self.trunk),
            Level::Project(self.project),
        ];
        levels.extend(self.campaign.map(Level::Campaign));
        levels
    }
}

#[derive(Debug)]
struct Queue {
    settings: LaneSettings,
    waiting: VecDeque<CallId>,
    pass: u64,
}

#[derive(Debug)]
struct Running {
    levels: Vec<Level>,
    answered: bool,
    second_legs: u32,
}

/// The scheduler.
#[derive(Debug)]
pub struct Scheduler {
    gauges: HashMap<Level, Gauge>,
    trunk_switch: HashMap<TrunkId, SwitchName>,
    lanes: HashMap<Lane, Queue>,
    /// Lanes with waiting calls, by pass.
    turns: BTreeSet<(u64, Lane)>,
    running: HashMap<CallId, Running>,
    pass: u64,
    hold_until: Instant,
    paused: bool,
    wakeup: Option<Instant>,
}

impl Scheduler {
    /// A scheduler with the engine's own limits, that starts nothing before `hold_until`.
    pub fn new(engine: Limits, hold_until: Instant) -> Self {
        let mut scheduler = Self {
            gauges: HashMap::new(),
            trunk_switch: HashMap::new(),
            lanes: HashMap::new(),
            turns: BTreeSet::new(),
            running: HashMap::new(),
            pass: 0,
            hold_until,
            paused: false,
            wakeup: None,
        };
        scheduler.set_engine(engine);
        scheduler
    }

    /// Sets the engine's limits.
    pub fn set_engine(&mut self, limits: Limits) {
        self.gauge(Level::Engine).set(limits, None);
    }

    /// Sets a switch's limits, and its cap on originates not yet answered or refused. A new switch is up.
    pub fn set_switch(&mut self, name: SwitchName, limits: Limits, max_unanswered: u32) {
        self.gauge(Level::Switch(name)).set(limits, Some(max_unanswered));
    }

    /// Says whether a switch is there.
    pub fn set_switch_up(&mut self, name: &SwitchName, up: bool) {
        self.gauge(Level::Switch(name.clone())).closed = !up;
    }

    /// Sets a trunk's switch and limits, and whether it may be used.
    pub fn set_trunk(&mut self, trunk: TrunkId, switch: SwitchName, limits: Limits, enabled: bool) {
        self.trunk_switch.insert(trunk, switch);
        let gauge = self.gauge(Level::Trunk(trunk));
        gauge.set(limits, None);
        gauge.closed = !enabled;
    }

    /// Forgets a trunk; lanes that lead there wait.
    pub fn remove_trunk(&mut self, trunk: TrunkId) {
        self.trunk_switch.remove(&trunk);
        self.close_gauge(Level::Trunk(trunk));
    }

    /// Sets a project's limits.
    pub fn set_project(&mut self, project: ProjectId, limits: Limits) {
        let gauge = self.gauge(Level::Project(project));
        gauge.set(limits, None);
        gauge.closed = false;
    }

    /// Forgets a project; lanes of it wait.
    pub fn remove_project(&mut self, project: ProjectId) {
        self.close_gauge(Level::Project(project));
    }

    /// Opens a lane, or changes its settings.
    pub fn open_lane(&mut self, lane: Lane, settings: LaneSettings) {
        if let Lane::Campaign(campaign) = lane {
            self.gauge(Level::Campaign(campaign)).set(settings.limits, None);
        }
        let waiting = self.withdraw(lane);
        let pass = self.lanes.get(&lane).map_or(self.pass, |queue| queue.pass);
        let queue = Queue {
            settings,
            waiting: VecDeque::new(),
            pass,
        };
        self.lanes.insert(lane, queue);
        for call in waiting {
            self.offer(lane, call);
        }
    }

    /// Closes a lane; those that waited.
    pub fn close_lane(&mut self, lane: Lane) -> Vec<CallId> {
        let waiting = self.withdraw(lane);
        self.lanes.remove(&lane);
        if let Lane::Campaign(campaign) = lane {
            self.tidy(&Level::Campaign(campaign));
        }
        waiting
    }

    /// Holds or lets go everything.
    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Adds a call that waits for its turn. The lane is open.
    pub fn offer(&mut self, lane: Lane, call: CallId) {
        let pass = self.pass;
        let Some(queue) = self.lanes.get_mut(&lane) else {
            return;
        };
        if queue.waiting.is_empty() {
            queue.pass = queue.pass.max(pass);
            self.turns.insert((queue.pass, lane));
        }
        queue.waiting.push_back(call);
        for level in self.levels(lane) {
            self.gauge(level).waiting += 1;
        }
    }

    /// Takes all waiting calls out of a lane.
    pub fn withdraw(&mut self, lane: Lane) -> Vec<CallId> {
        let Some(queue) = self.lanes.get_mut(&lane) else {
            return Vec::new();
        };
        let calls: Vec<_> = queue.waiting.drain(..).collect();
        self.turns.remove(&(queue.pass, lane));
        self.count_waiting_less(lane, calls.len());
        calls
    }

    /// Takes one waiting call out; says whether it waited.
    pub fn withdraw_call(&mut self, call: CallId) -> bool {
        let found = self.turns.iter().find_map(|(_, lane)| {
            let position = self.lanes[lane]
                .waiting
                .iter()
                .position(|waiting| *waiting == call)?;
            Some((*lane, position))
        });
        let Some((lane, position)) = found else {
            return false;
        };
        let queue = self.lanes.get_mut(&lane).expect("a lane with a turn is open");
        queue.waiting.remove(position);
        if queue.waiting.is_empty() {
            self.turns.remove(&(queue.pass, lane));
        }
        self.count_waiting_less(lane, 1);
        true
    }

    /// How many calls wait in a lane.
    pub fn waiting(&self, lane: Lane) -> usize {
        self.lanes.get(&lane).map_or(0, |queue| queue.waiting.len())
    }

    /// How many more calls to fetch so that the lane does not run dry; 0 while nothing could start anyway.
    pub fn wanted(&self, lane: Lane) -> usize {
        let Some(queue) = self.lanes.get(&lane) else {
            return 0;
        };
        if self.paused {
            return 0;
        }
        if !self.trunk_switch.contains_key(&queue.settings.trunk) {
            return 0;
        }
        let (mut cps, mut free) = (f64::INFINITY, u32::MAX);
        for level in self.levels(lane) {
            let Some(gauge) = self.gauges.get(&level) else {
                return 0;
            };
            if gauge.closed {
                return 0;
            }
            cps = cps.min(gauge.limiter.cps().map_or(f64::INFINITY, |cps| cps.per_second()));
            free = free.min(gauge.free());
        }
        let cps = if cps.is_finite() { cps } else { ASSUMED_CPS };
        #[allow(clippy::cast_precision_loss, reason = "a count of lanes")]
        let seconds = AHEAD_SHARED / self.lanes.len() as f64 + AHEAD_OWN;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 5,001"
        )]
        let ahead = (cps * seconds).ceil() as usize + 1;
        ahead.min(free as usize).saturating_sub(queue.waiting.len())
    }

    /// The call to be originated now. It counts as started in every level of its path. Ask until there is none.
    pub fn start(&mut self, now: Instant) -> Option<CallId> {
        self.wakeup = None;
        if self.paused {
            return None;
        }
        if let Some(at) = self.closed_until(now) {
            self.wakeup = Some(at);
            return None;
        }
        let mut chosen = None;
        let mut wakeup: Option<Instant> = None;
        for (pass, lane) in &self.turns {
            match self.lane_ready_at(*lane) {
                Some(at) if at <= now => {
                    chosen = Some((*pass, *lane));
                    break;
                }
                Some(at) => wakeup = Some(wakeup.map_or(at, |set| set.min(at))),
                None => {}
            }
        }
        self.wakeup = wakeup;
        let (pass, lane) = chosen?;
        Some(self.start_from(lane, pass, now))
    }

    /// When a start might become possible by time alone. Valid after [`start`](Self::start) had none.
    pub fn next_wakeup(&self) -> Option<Instant> {
        self.wakeup
    }

    /// Counts a call that was started by an earlier run.
    pub fn adopt(&mut self, call: CallId, path: &Path, answered: bool) {
        self.run(call, path.levels());
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
            for level in running.levels.clone() {
                self.gauge(level).unanswered -= 1;
            }
        }
    }

    /// A call is over. Unknown ones are ignored.
    pub fn ended(&mut self, call: CallId) {
        self.answered(call);
        let Some(running) = self.running.remove(&call) else {
            return;
        };
        for level in running.levels {
            self.gauge(level.clone()).live -= 1 + running.second_legs;
            self.tidy(&level);
        }
    }

    /// A call dials a second leg, which is a channel too. It passes no limiter: somebody waits on the line.
    pub fn extra_leg_started(&mut self, call: CallId) {
        let Some(running) = self.running.get_mut(&call) else {
            return;
        };
        running.second_legs += 1;
        for level in running.levels.clone() {
            self.gauge(level).live += 1;
        }
    }

    /// That leg is over.
    pub fn extra_leg_ended(&mut self, call: CallId) {
        let Some(running) = self.running.get_mut(&call) else {
            return;
        };
        if running.second_legs > 0 {
            running.second_legs -= 1;
            for level in running.levels.clone() {
                self.gauge(level).live -= 1;
            }
        }
    }

    /// Counts a start of an earlier run in the limiters. Told oldest first.
    pub fn past_start(&mut self, at: Instant, path: &Path) {
        for level in path.levels() {
            self.gauge(level).limiter.start(at);
        }
    }

    /// How every level is used, in order.
    pub fn load(&self, now: Instant) -> Vec<Load> {
        let mut all: Vec<_> = self
            .gauges
            .iter()
            .map(|(level, gauge)| gauge.load(level.clone(), now))
            .collect();
        all.sort_by(|a, b| a.level.cmp(&b.level));
        all
    }

    /// Until when nothing at all can start.
    fn closed_until(&self, now: Instant) -> Option<Instant> {
        let engine = self.gauges[&Level::Engine].limiter.ready_at();
        let until = engine.map_or(self.hold_until, |at| at.max(self.hold_until));
        (until > now).then_some(until)
    }

    /// When a lane may start by its limiters; `None` when no time alone will let it.
    fn lane_ready_at(&self, lane: Lane) -> Option<Instant> {
        self.trunk_switch.get(&self.lanes.get(&lane)?.settings.trunk)?;
        let mut at = self.hold_until;
        for level in self.levels(lane) {
            let gauge = self.gauges.get(&level)?;
            if !gauge.has_room() {
                return None;
            }
            at = gauge.limiter.ready_at().map_or(at, |ready| ready.max(at));
        }
        Some(at)
    }

    fn start_from(&mut self, lane: Lane, pass: u64, now: Instant) -> CallId {
        self.turns.remove(&(pass, lane));
        let queue = self.lanes.get_mut(&lane).expect("a lane with a turn is open");
        let call = queue
            .waiting
            .pop_front()
            .expect("a lane with a turn has waiting calls");
        let stride = STRIDE / u64::from(queue.settings.weight.max(1));
        self.pass = self.pass.max(pass);
        queue.pass = pass.max(self.pass.saturating_sub(stride)) + stride;
        if !queue.waiting.is_empty() {
            self.turns.insert((queue.pass, lane));
        }
        self.count_waiting_less(lane, 1);
        let levels = self.levels(lane);
        for level in &levels {
            self.gauge(level.clone()).limiter.start(now);
        }
        self.run(call, levels);
        call
    }

    fn run(&mut self, call: CallId, levels: Vec<Level>) {
        for level in &levels {
            let gauge = self.gauge(level.clone());
            gauge.live += 1;
            gauge.unanswered += 1;
        }
        let running = Running {
            levels,
            answered: false,
            second_legs: 0,
        };
        self.running.insert(call, running);
    }

    /// The levels of a lane; without a switch when its trunk is gone.
    fn levels(&self, lane: Lane) -> Vec<Level> {
        let Some(queue) = self.lanes.get(&lane) else {
            return Vec::new();
        };
        let LaneSettings { project, trunk, .. } = queue.settings;
        let mut levels = vec![Level::Engine, Level::Project(project), Level::Trunk(trunk)];
        levels.extend(self.trunk_switch.get(&trunk).cloned().map(Level::Switch));
        if let Lane::Campaign(campaign) = lane {
            levels.push(Level::Campaign(campaign));
        }
        levels
    }

    fn count_waiting_less(&mut self, lane: Lane, calls: usize) {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        for level in self.levels(lane) {
            let gauge = self.gauge(level);
            gauge.waiting = gauge.waiting.saturating_sub(calls);
        }
    }

    fn gauge(&mut self, level: Level) -> &mut Gauge {
        self.gauges.entry(level).or_default()
    }

    fn close_gauge(&mut self, level: Level) {
        self.gauge(level.clone()).closed = true;
        self.tidy(&level);
    }

    /// Forgets a level that nobody uses and nothing limits any more.
    fn tidy(&mut self, level: &Level) {
        let lane_open = match level {
            Level::Campaign(campaign) => self.lanes.contains_key(&Lane::Campaign(*campaign)),
            Level::Trunk(_) | Level::Project(_) => !self.gauges.get(level).is_some_and(|gauge| gauge.closed),
            Level::Engine | Level::Switch(_) => true,
        };
        let disabled_trunk = matches!(level, Level::Trunk(trunk) if self.trunk_switch.contains_key(trunk));
        if !lane_open && !disabled_trunk && self.gauges.get(level).is_some_and(Gauge::is_idle) {
            self.gauges.remove(level);
        }
    }
}
