//! What becomes of a campaign: its contacts, called in a time that is only counted, by the code that calls them in earnest.
//!
//! The scheduler is the one that dials, and so are the rules, the retries and the choice of caller IDs. What is played here is
//! the rest of the world: contacts that are fetched when their turn is near, callees that behave by a model, and a clock that
//! goes from one moment at which something happens to the next.
//!
//! Deliberately absent: other campaigns and single calls, transfers, which are channels too, breakers, second tries by another
//! trunk, and switches that are overloaded.

mod callees;
mod course;
mod numbers;
mod people;
#[cfg(test)]
mod tests;

pub use callees::learn;

use super::eligible::{self, Asked};
use super::retry::{self, Next};
use super::{Lane, LaneSettings, Level, Scheduler, caps};
use crate::model::{
    AnsweredBy, Brake, CalendarDay, CallCap, CallId, CalleeModel, CallerIdFacts, Campaign, Forecast, Hold,
    Limits, Outcome, PastCall, PhoneNumber, Project, ProjectTrunk, RetryKey, SwitchName, Timestamp, Waits,
};
use callees::{Chance, Drawn};
use course::Course;
use numbers::Numbers;
use people::People;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::{Duration, Instant};

/// Contacts are fetched this often, and so many at once, as the dialer does.
const FEED_EVERY: Duration = Duration::from_millis(50);
const FETCH_MOST: usize = 250;
/// A campaign's weight is divided among its trunks in so many parts.
const PARTS: u32 = 100;
/// It is not looked further ahead.
const HORIZON: Duration = Duration::from_secs(400 * 86_400);

/// A way out, and what limits it.
#[derive(Debug, Clone)]
pub struct Exit {
    /// The trunk.
    pub trunk: ProjectTrunk,
    /// Its limits.
    pub limits: Limits,
    /// The switch that it leads out of.
    pub switch: SwitchName,
    /// That one's limits.
    pub switch_limits: Limits,
    /// Its originates not yet answered or refused, at most.
    pub max_unanswered: u32,
}

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The project.
    pub project: Project,
    /// Its campaign.
    pub campaign: Campaign,
    /// The engine's limits.
    pub engine: Limits,
    /// The trunks by which calls leave.
    pub exits: Vec<Exit>,
    /// What was counted of the project's caller IDs, in their order.
    pub caller_ids: Vec<CallerIdFacts>,
    /// The day whose uses they tell.
    pub day: CalendarDay,
    /// How callees behave.
    pub model: CalleeModel,
    /// What chance is drawn from.
    pub seed: u64,
    /// When the campaign begins.
    pub begins: Timestamp,
}

/// Something that is to happen in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Answered,
    Ended,
}

/// A call on its way.
#[derive(Debug, Clone, Copy)]
struct Live {
    person: u32,
    began: Duration,
    drawn: Drawn,
}

/// A campaign in a time that is only counted.
#[derive(Debug)]
pub struct Simulation {
    setup: Setup,
    caps: Vec<CallCap>,
    /// The instant that stands for the beginning.
    base: Instant,
    /// How far it has come.
    now: Duration,
    scheduler: Scheduler,
    lanes: Vec<Lane>,
    people: People,
    numbers: Numbers,
    chance: Chance,
    calls: u64,
    /// Calls that wait for their turn.
    waiting: HashMap<CallId, u32>,
    live: HashMap<CallId, Live>,
    events: BinaryHeap<Reverse<(Duration, CallId, Happens)>>,
    feed_at: Duration,
    /// Whether the last look for contacts fetched some, or came too early.
    feeds: bool,
    course: Course,
}

impl Simulation {
    /// One without contacts; `base` is any instant.
    pub fn new(setup: Setup, base: Instant) -> Self {
        let mut scheduler = Scheduler::new(setup.engine, base);
        let campaign = &setup.campaign;
        scheduler.set_project(setup.project.id, setup.project.limits);
        for exit in &setup.exits {
            scheduler.set_switch(exit.switch.clone(), exit.switch_limits, exit.max_unanswered);
            scheduler.set_trunk(exit.trunk.trunk, exit.switch.clone(), exit.limits, true);
        }
        let all: u32 = setup.exits.iter().map(|exit| exit.trunk.weight).sum();
        let lanes: Vec<_> = setup
            .exits
            .iter()
            .map(|exit| Lane::Campaign(campaign.id, exit.trunk.trunk))
            .collect();
        for (exit, lane) in setup.exits.iter().zip(&lanes) {
            let settings = LaneSettings {
                project: setup.project.id,
                trunk: exit.trunk.trunk,
                limits: campaign.limits,
                weight: (campaign.weight * PARTS * exit.trunk.weight / all.max(1)).max(1),
            };
            scheduler.open_lane(*lane, settings);
        }
        Self {
            caps: setup.project.number_caps.all(),
            base,
            now: Duration::ZERO,
            scheduler,
            lanes,
            people: People::default(),
            numbers: Numbers::new(&setup),
            chance: Chance::of(setup.seed),
            calls: 0,
            waiting: HashMap::new(),
            live: HashMap::new(),
            events: BinaryHeap::new(),
            feed_at: Duration::ZERO,
            feeds: false,
            course: Course::default(),
            setup,
        }
    }

    /// Adds a contact that waits: when it is due, how often it was called, and the project's calls to its number.
    pub fn add(&mut self, number: &PhoneNumber, due: Option<Timestamp>, attempts: u32, past: Vec<PastCall>) {
        let due = due.map_or(Duration::ZERO, |due| due.since(self.setup.begins));
        let past = caps::as_ended(&past, self.setup.begins);
        self.people.add(number, due, attempts, past);
    }

    /// Adds one that a list keeps from being called.
    pub fn add_listed(&mut self) {
        self.course.contacts += 1;
        self.course.never(Hold::DoNotCall);
    }

    /// Lets time pass until nothing is left to happen.
    pub fn run(mut self) -> Forecast {
        self.course.contacts += self.people.count();
        loop {
            self.happen();
            let held = self.held();
            match held {
                None => {
                    self.feed();
                    self.start();
                }
                Some(waits) => self.give_back(waits.reason),
            }
            let brake = self.brake(held);
            let Some(next) = self.next(held).filter(|next| *next <= HORIZON) else {
                return self.foretell(held);
            };
            self.course.pass(brake, next.saturating_sub(self.now));
            self.now = self.now.max(next);
        }
    }

    /// What all of the campaign waits for.
    fn held(&mut self) -> Option<Waits> {
        let at = self.at();
        let held = eligible::campaign(&self.setup.project, &self.setup.campaign, at);
        held.or_else(|| self.numbers.wait(&self.setup, at))
    }

    fn at(&self) -> Timestamp {
        self.setup.begins.plus(self.now)
    }

    fn instant(&self) -> Instant {
        self.base + self.now
    }

    /// Carries out what has come due.
    fn happen(&mut self) {
        while let Some(Reverse((at, call, what))) = self.events.peek().copied()
            && at <= self.now
        {
            self.events.pop();
            let Some(live) = self.live.get(&call).copied() else {
                continue;
            };
            match what {
                Happens::Answered => {
                    self.scheduler.answered(call);
                    let ends = (at + live.drawn.talks, call, Happens::Ended);
                    self.events.push(Reverse(ends));
                }
                Happens::Ended => {
                    self.live.remove(&call);
                    self.scheduler.ended(call);
                    self.ended(live);
                }
            }
        }
    }

    /// What becomes of the contact of a call that has ended.
    fn ended(&mut self, live: Live) {
        let Drawn {
            outcome, answered_by, ..
        } = live.drawn;
        let at = self.at();
        let is_human = outcome == Outcome::Answered && answered_by != Some(AnsweredBy::Machine);
        self.course.ended(outcome, is_human, at);
        let dialed_at = self.setup.begins.plus(live.began);
        self.numbers.ended(live.person, outcome, is_human);
        let person = live.person;
        if !self.caps.is_empty() {
            let call = PastCall {
                at: dialed_at,
                open: false,
                answered: is_human,
            };
            self.people.called(person, call);
        }
        let policy = &self.setup.project.retry;
        let attempts = self.people.attempts(person);
        if let Next::RetryAt(due) = retry::after(policy, attempts, outcome, answered_by, at) {
            let key = RetryKey::of(outcome, answered_by);
            let number = self.people.number(person);
            let zones = eligible::zones_of(Some(&self.setup.project), &number);
            let due = retry::in_hour_of(policy, key, Some(dialed_at), due, &zones);
            self.people
                .wait(person, due.since(self.setup.begins), Hold::Retry);
        }
    }

    /// Fetches contacts for lanes that would run dry.
    fn feed(&mut self) {
        self.feeds = self.now < self.feed_at;
        if self.feeds {
            return;
        }
        self.feed_at = self.now + FEED_EVERY;
        for lane in self.lanes.clone() {
            let wanted = self.scheduler.wanted(lane, self.instant()).min(FETCH_MOST);
            for _ in 0..wanted {
                let Some(person) = self.people.due(self.now) else {
                    return;
                };
                self.feeds = true;
                if self.admits(person) {
                    self.offer(lane, person);
                }
            }
        }
    }

    /// Whether the rules let a contact be called now; one that they do not waits.
    fn admits(&mut self, person: u32) -> bool {
        let (at, number) = (self.at(), self.people.number(person));
        let asked = Asked {
            project: &self.setup.project,
            campaign: Some(&self.setup.campaign),
            number: &number,
            caps: &self.caps,
            past: self.people.past(person),
        };
        let waits = eligible::admit(&asked, at).or_else(|| self.numbers.wait(&self.setup, at));
        match waits {
            None => true,
            Some(Waits { reason, until: None }) => {
                self.course.never(reason);
                false
            }
            Some(Waits {
                reason,
                until: Some(until),
            }) => {
                self.course.held(reason);
                self.people.wait(person, until.since(self.setup.begins), reason);
                false
            }
        }
    }

    fn offer(&mut self, lane: Lane, person: u32) {
        self.calls += 1;
        let call = nth_call(self.calls);
        self.waiting.insert(call, person);
        self.scheduler.offer(lane, call);
    }

    /// Starts what may start now.
    fn start(&mut self) {
        while let Some(call) = self.scheduler.start(self.instant()) {
            let Some(person) = self.waiting.remove(&call) else {
                continue;
            };
            if !self.admits(person) {
                self.scheduler.ended(call);
                continue;
            }
            let drawn = self.chance.call(&self.setup.model);
            let (at, number) = (self.at(), self.people.number(person));
            self.numbers
                .show(&self.setup, person, &number, at, self.chance.draw());
            self.people.attempt(person);
            let live = Live {
                person,
                began: self.now,
                drawn,
            };
            self.live.insert(call, live);
            let what = match drawn.outcome {
                Outcome::Answered => Happens::Answered,
                _ => Happens::Ended,
            };
            self.events.push(Reverse((self.now + drawn.rings, call, what)));
            let own = Level::Campaign(self.setup.campaign.id);
            let in_a_second = self.scheduler.starts_last_second(&own, self.instant());
            self.course.started(self.live.len(), in_a_second);
        }
    }

    /// Takes back those that wait for their turn, as all of the campaign has to wait.
    fn give_back(&mut self, reason: Hold) {
        for lane in self.lanes.clone() {
            for call in self.scheduler.withdraw(lane) {
                if let Some(person) = self.waiting.remove(&call) {
                    self.people.wait(person, self.now, reason);
                }
            }
        }
    }

    /// What is waited for until the next moment.
    fn brake(&self, held: Option<Waits>) -> Brake {
        if let Some(waits) = held {
            return waits.reason.into();
        }
        if !self.waiting.is_empty() || self.people.is_due(self.now) {
            return match self.is_full() {
                true => Brake::Channels,
                false => Brake::Rate,
            };
        }
        self.people
            .next()
            .map_or(Brake::LastCalls, |(_, hold)| hold.into())
    }

    /// Whether no channel is free at one of the levels.
    fn is_full(&self) -> bool {
        let setup = &self.setup;
        let full = |level: Level, limits: Limits| {
            limits
                .channels
                .is_some_and(|channels| self.scheduler.live(&level) >= channels.get())
        };
        full(Level::Engine, setup.engine)
            || full(Level::Project(setup.project.id), setup.project.limits)
            || full(Level::Campaign(setup.campaign.id), setup.campaign.limits)
            || setup.exits.iter().all(|exit| {
                full(Level::Trunk(exit.trunk.trunk), exit.limits)
                    || full(Level::Switch(exit.switch.clone()), exit.switch_limits)
            })
    }

    /// The next moment at which something may happen.
    fn next(&self, held: Option<Waits>) -> Option<Duration> {
        let happens = self.events.peek().map(|Reverse((at, ..))| *at);
        let opens = match held {
            Some(waits) => {
                let until = waits.until.filter(|_| !self.people.is_empty());
                until.map(|until| until.since(self.setup.begins))
            }
            None => {
                let turn = self.scheduler.next_wakeup().filter(|_| !self.waiting.is_empty());
                let turn = turn.map(|at| at.saturating_duration_since(self.base));
                let feed = match self.people.is_due(self.now) {
                    true => self.feeds.then_some(self.feed_at),
                    false => self.people.next().map(|(due, _)| due),
                };
                turn.into_iter().chain(feed).min()
            }
        };
        let next = happens.into_iter().chain(opens).min();
        // Time goes on: whoever may start at this very moment has started.
        next.map(|next| next.max(self.now + Duration::from_nanos(1)))
    }

    fn foretell(mut self, held: Option<Waits>) -> Forecast {
        let left = self.people.left() + self.waiting.len() as u64;
        if let Some(reason) = held.map(|waits| waits.reason).filter(|_| left > 0) {
            self.course.never_so_many(reason, left);
        }
        let stopped = matches!(
            held,
            Some(Waits {
                reason: Hold::ScheduledEnd,
                ..
            })
        );
        let last = self.course.last_end(self.setup.begins);
        let ends_at = match self.setup.campaign.ends_at {
            Some(end) if stopped => last.max(end),
            _ => last,
        };
        self.course.forecast(&self.setup, ends_at, left == 0)
    }
}

/// A call's id by its number.
fn nth_call(number: u64) -> CallId {
    let id = format!("00000000-0000-7000-8000-{number:012x}");
    id.parse().expect("a UUID of version 7")
}
