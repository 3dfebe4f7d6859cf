//! The scheduler in simulated time, judged by a model that knows nothing of it: the plain list of all starts, and what
//! was open when.

use super::*;
use crate::schedule::{LaneSettings, Level, Path, Scheduler};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Most calls fetched at once, so that a world without limits takes no time without limit.
const AT_ONCE: usize = 8;

#[derive(Debug, Clone)]
pub(super) struct Campaign {
    pub limits: Limits,
    pub weight: u32,
    pub trunk: usize,
    pub project: usize,
}

/// What is simulated: limits at every level, and campaigns that always have somebody to call.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub engine: Limits,
    pub switches: Vec<Limits>,
    pub max_unanswered: u32,
    /// Each with its switch.
    pub trunks: Vec<(usize, Limits)>,
    pub projects: Vec<Limits>,
    pub campaigns: Vec<Campaign>,
    /// Calls last between these, in milliseconds.
    pub call_ms: std::ops::Range<u64>,
    /// Wake-ups come this late at most, in microseconds.
    pub late_us: u64,
    /// How many of a hundred calls dial a second leg.
    pub second_legs: u32,
    /// Whether campaigns, trunks, switches and projects come and go.
    pub restless: bool,
    pub seed: u64,
    pub seconds: u64,
}

/// A start, with all the levels it passed.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub at: Duration,
    pub campaign: usize,
    pub second_leg: bool,
    pub levels: Vec<Level>,
}

pub(super) fn open_world() -> World {
    World {
        engine: Limits::default(),
        switches: vec![Limits::default()],
        max_unanswered: 1_000_000,
        trunks: vec![(0, Limits::default())],
        projects: vec![Limits::default()],
        campaigns: vec![campaign_of(None, 10)],
        call_ms: 50..100,
        late_us: 2_000,
        second_legs: 0,
        restless: false,
        seed: 7,
        seconds: 30,
    }
}

pub(super) fn campaign_of(cps: Option<f64>, weight: u32) -> Campaign {
    Campaign {
        limits: limits(cps, None),
        weight,
        trunk: 0,
        project: 0,
    }
}

impl World {
    pub(super) fn limits(&self, level: &Level) -> Limits {
        let number = |id: i64| usize::try_from(id).unwrap() - 1;
        match level {
            Level::Engine => self.engine,
            Level::Switch(name) => self.switches[name.to_string()[3..].parse::<usize>().unwrap() - 1],
            Level::Trunk(id) => self.trunks[number(id.get())].1,
            Level::Project(id) => self.projects[number(id.get())],
            Level::Campaign(id) => self.campaigns[number(id.get())].limits,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Answered,
    SecondLeg,
    SecondLegEnded,
    Ended,
}

struct Simulation<'w> {
    world: &'w World,
    epoch: Instant,
    now: Instant,
    random: StdRng,
    scheduler: Scheduler,
    /// What is not there at the moment.
    away: BTreeSet<Level>,
    /// The switch of each trunk.
    switch_of: Vec<usize>,
    owner_of: BTreeMap<CallId, usize>,
    running: BTreeMap<CallId, Vec<Level>>,
    /// Channels and unanswered originates.
    used: BTreeMap<Level, (u32, u32)>,
    to_come: BinaryHeap<Reverse<(Instant, Happens, CallId)>>,
    starts: Vec<Start>,
}

/// Lets a world go its way; every start, checked against all that must hold when it happens.
pub(super) fn simulate(world: &World) -> Vec<Start> {
    let epoch = Instant::now();
    let mut simulation = Simulation {
        world,
        epoch,
        now: epoch,
        random: StdRng::seed_from_u64(world.seed),
        scheduler: Scheduler::new(world.engine, epoch),
        away: BTreeSet::new(),
        switch_of: world.trunks.iter().map(|(switch, _)| *switch).collect(),
        owner_of: BTreeMap::new(),
        running: BTreeMap::new(),
        used: BTreeMap::new(),
        to_come: BinaryHeap::new(),
        starts: vec![],
    };
    simulation.set_up();
    let end = epoch + Duration::from_secs(world.seconds);
    let mut unrest = epoch;
    while simulation.now < end {
        if world.restless && simulation.now >= unrest {
            simulation.upset();
            unrest = simulation.now + Duration::from_millis(simulation.random.random_range(1..400));
        }
        simulation.step(end.min(if world.restless { unrest } else { end }));
    }
    check_rates(world, &simulation.starts);
    simulation.starts
}

impl Simulation<'_> {
    fn set_up(&mut self) {
        for (id, limits) in self.world.switches.iter().enumerate() {
            self.scheduler
                .set_switch(switch(id), *limits, self.world.max_unanswered);
        }
        for id in 0..self.world.trunks.len() {
            self.set_trunk(id, true);
        }
        for (id, limits) in self.world.projects.iter().enumerate() {
            self.scheduler.set_project(project(id), *limits);
        }
        for id in 0..self.world.campaigns.len() {
            self.open(id);
        }
    }

    fn set_trunk(&mut self, id: usize, enabled: bool) {
        let (_, limits) = self.world.trunks[id];
        self.scheduler
            .set_trunk(trunk(id), switch(self.switch_of[id]), limits, enabled);
    }

    fn open(&mut self, id: usize) {
        let of = &self.world.campaigns[id];
        let settings = LaneSettings {
            project: project(of.project),
            trunk: trunk(of.trunk),
            limits: of.limits,
            weight: of.weight,
        };
        self.scheduler.open_lane(lane(id), settings);
    }

    fn levels(&self, id: usize) -> Vec<Level> {
        let of = &self.world.campaigns[id];
        vec![
            Level::Engine,
            Level::Switch(switch(self.switch_of[of.trunk])),
            Level::Trunk(trunk(of.trunk)),
            Level::Project(project(of.project)),
            Level::Campaign(campaign(id)),
        ]
    }

    fn is_away(&self, id: usize) -> bool {
        self.levels(id).iter().any(|level| self.away.contains(level))
    }

    /// Something is taken away, comes back or moves.
    fn upset(&mut self) {
        let (trunks, campaigns) = (self.world.trunks.len(), self.world.campaigns.len());
        match self.random.random_range(0..6) {
            0 | 1 => {
                let id = self.random.random_range(0..campaigns);
                if self.turn_up(Level::Campaign(campaign(id))) {
                    self.open(id);
                } else {
                    self.scheduler.close_lane(lane(id));
                }
            }
            2 => {
                let id = self.random.random_range(0..trunks);
                match (
                    self.turn_up(Level::Trunk(trunk(id))),
                    self.random.random_range(0..2),
                ) {
                    (true, _) => self.set_trunk(id, true),
                    (false, 0) => self.set_trunk(id, false),
                    (false, _) => self.scheduler.remove_trunk(trunk(id)),
                }
            }
            3 => {
                let id = self.random.random_range(0..self.world.switches.len());
                let up = self.turn_up(Level::Switch(switch(id)));
                self.scheduler.set_switch_up(&switch(id), up);
            }
            4 => {
                let id = self.random.random_range(0..self.world.projects.len());
                if self.turn_up(Level::Project(project(id))) {
                    self.scheduler.set_project(project(id), self.world.projects[id]);
                } else {
                    self.scheduler.remove_project(project(id));
                }
            }
            _ => {
                let id = self.random.random_range(0..trunks);
                self.switch_of[id] = self.random.random_range(0..self.world.switches.len());
                self.away.remove(&Level::Trunk(trunk(id)));
                self.set_trunk(id, true);
            }
        }
    }

    /// Takes a level away, or brings it back; whether it is there now.
    fn turn_up(&mut self, level: Level) -> bool {
        let back = self.away.remove(&level);
        if !back {
            self.away.insert(level);
        }
        back
    }

    fn step(&mut self, until: Instant) {
        self.fetch();
        while let Some(Reverse((at, what, call))) = self.to_come.peek().copied() {
            if at > self.now {
                break;
            }
            self.to_come.pop();
            self.happens(call, what);
        }
        while let Some(call) = self.scheduler.start(self.now) {
            self.started(call);
        }
        if self.random.random_range(0..8) == 0 {
            let mut fresh = self.scheduler.clone();
            fresh.look_again();
            assert_eq!(fresh.start(self.now), None, "a start was missed");
            self.check_load();
        }
        let next = self.to_come.peek().map(|next| next.0.0);
        let wake = [self.scheduler.next_wakeup(), next].into_iter().flatten().min();
        let late = Duration::from_micros(self.random.random_range(0..=self.world.late_us));
        self.now = wake.unwrap_or(until).min(until).max(self.now) + late + Duration::from_micros(1);
    }

    fn fetch(&mut self) {
        for id in 0..self.world.campaigns.len() {
            let lane = lane(id);
            let wanted = self.scheduler.wanted(lane, self.now);
            if self.is_away(id) {
                assert_eq!(wanted, 0, "nothing is fetched for what cannot start");
            }
            if self.away.contains(&Level::Campaign(campaign(id))) {
                continue;
            }
            let waiting = self.scheduler.waiting(lane);
            for _ in waiting..(waiting + wanted.min(AT_ONCE)).max(1) {
                let call = CallId::draw();
                self.owner_of.insert(call, id);
                self.scheduler.offer(lane, call);
            }
        }
    }

    fn happens(&mut self, call: CallId, what: Happens) {
        let mut levels = self.running[&call].clone();
        let (live, unanswered) = match what {
            Happens::Answered => (0, -1),
            Happens::SecondLeg => (1, 0),
            Happens::SecondLegEnded | Happens::Ended => (-1, 0),
        };
        self.use_more(&levels, live, unanswered);
        match what {
            Happens::Answered => self.scheduler.answered(call),
            Happens::SecondLeg => {
                self.scheduler.extra_leg_started(call, self.now);
                levels.retain(|level| !matches!(level, Level::Campaign(_)));
                self.starts.push(Start {
                    at: self.now - self.epoch,
                    campaign: self.owner_of[&call],
                    second_leg: true,
                    levels,
                });
            }
            Happens::SecondLegEnded => self.scheduler.extra_leg_ended(call),
            Happens::Ended => {
                self.running.remove(&call);
                self.scheduler.ended(call);
            }
        }
    }

    fn use_more(&mut self, levels: &[Level], live: i32, unanswered: i32) {
        for level in levels {
            let used = self.used.entry(level.clone()).or_default();
            used.0 = used.0.checked_add_signed(live).unwrap();
            used.1 = used.1.checked_add_signed(unanswered).unwrap();
        }
    }

    fn started(&mut self, call: CallId) {
        let id = self.owner_of[&call];
        assert!(!self.is_away(id), "{:?} is away and {id} dials", self.away);
        let levels = self.levels(id);
        self.starts.push(Start {
            at: self.now - self.epoch,
            campaign: id,
            second_leg: false,
            levels: levels.clone(),
        });
        let total = Duration::from_millis(self.random.random_range(self.world.call_ms.clone()));
        let second_leg = self.random.random_range(0..100) < self.world.second_legs;
        let life = [
            (0.3, Happens::Answered),
            (0.5, Happens::SecondLeg),
            (0.8, Happens::SecondLegEnded),
            (1.0, Happens::Ended),
        ];
        for (part, what) in life {
            if second_leg || matches!(what, Happens::Answered | Happens::Ended) {
                self.to_come
                    .push(Reverse((self.now + total.mul_f64(part), what, call)));
            }
        }
        self.use_more(&levels, 1, 1);
        for level in &levels {
            let cap = self.world.limits(level).channels.map_or(u32::MAX, Channels::get);
            let (live, unanswered) = self.used[level];
            assert!(live <= cap, "{live} channels of {cap} at {level:?}");
            assert!(!matches!(level, Level::Switch(_)) || unanswered <= self.world.max_unanswered);
        }
        self.running.insert(call, levels);
    }

    fn check_load(&self) {
        for load in self.scheduler.load(self.now) {
            let used = self.used.get(&load.level).copied().unwrap_or_default();
            assert_eq!((load.live, load.unanswered), used, "{:?}", load.level);
        }
    }
}

/// In no window that ends with a start that had to wait for its turn are more than the rate allows, second legs
/// included, counted on whole milliseconds with both ends.
fn check_rates(world: &World, starts: &[Start]) {
    let levels: BTreeSet<_> = starts
        .iter()
        .flat_map(|start| start.levels.iter().cloned())
        .collect();
    for level in levels {
        let Some(cps) = world.limits(&level).cps else {
            continue;
        };
        let here: Vec<_> = starts
            .iter()
            .filter(|start| start.levels.contains(&level))
            .collect();
        let mut from = 0;
        for (at, start) in here.iter().enumerate() {
            while here[from].at.as_millis() + cps.window().as_millis() < start.at.as_millis() {
                from += 1;
            }
            let most = at - from + 1;
            assert!(
                start.second_leg || most <= cps.starts_per_window(),
                "{most} starts in a window of {cps} at {level:?}, {:?}",
                start.at
            );
        }
    }
}

/// The levels of a call of the first campaign.
pub(super) fn path() -> Path {
    Path {
        project: project(0),
        trunk: Some(trunk(0)),
        switch: switch(0),
        campaign: Some(campaign(0)),
    }
}
