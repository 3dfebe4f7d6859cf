//! Whether a trunk can be trusted with calls: one that fails is let alone, then tried with a few, then taken back slowly.
//!
//! | state | starts | until |
//! |---|---|---|
//! | closed | as its limits allow | half of the last calls, at least ten within a minute, failed, or were slow to reach anybody: then open |
//! | open | none | 30 s have passed, twice as long each further time, 10 min at most: then half open |
//! | half open | one in 5 s, three at once | three were good: then closed, with a ramp; one failed: then open again |
//! | closed, with a ramp | 1 a second, twice as many every 10 s | a minute has passed without opening |
//!
//! A call fails that ends with an outcome that speaks of the trunk (`exits::speaks_of_trunk`). One is slow that rings or is answered
//! later than 15 s after its start; none is both.
//!
//! Deliberately absent: clocks, whose calls these are.

use crate::model::{Cps, Outcome};
use crate::schedule::exits::speaks_of_trunk;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Calls of so long ago are not looked at.
const WINDOW: Duration = Duration::from_secs(60);
/// So many at most tell how the trunk is now.
const MOST: usize = 200;
/// So many calls tell something.
const ENOUGH: usize = 10;
/// From this post-dial delay on a call was slow.
const SLOW: Duration = Duration::from_secs(15);
/// How long it is open at first, and at most.
const OPEN: Duration = Duration::from_secs(30);
const OPEN_MOST: Duration = Duration::from_secs(600);
/// Probes that have to be good, which is also how many are out at once.
const PROBES: u32 = 3;
/// One probe in so long, as a rate.
const PROBE_CPS: f64 = 0.2;
/// The steps of the ramp: so many, each twice as fast as the one before.
const STEP: Duration = Duration::from_secs(10);
const STEPS: u32 = 6;

/// What a call told of its trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It reached somebody's telephone or network.
    Good,
    /// It did, but late.
    Slow,
    /// The trunk, or what is behind it, could not carry it.
    Failed,
}

/// What a call's end tells of its trunk, by how long it took to ring; `None` when nothing.
pub fn sign(outcome: Outcome, post_dial_delay: Option<Duration>) -> Option<Sign> {
    match outcome {
        Outcome::Cancelled | Outcome::Lost => None,
        outcome if speaks_of_trunk(outcome) => Some(Sign::Failed),
        _ if post_dial_delay.is_some_and(|delay| delay > SLOW) => Some(Sign::Slow),
        _ => Some(Sign::Good),
    }
}

/// How many calls may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// None.
    None,
    /// So many a second.
    AtMost(Cps),
    /// As the trunk's own limits say.
    All,
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The trunk is used; since when with a ramp, if it still is.
    Closed(Option<Instant>),
    /// It is let alone until then.
    Open(Instant),
    /// It is tried: so many probes are out, so many were good.
    HalfOpen(u32, u32),
}

/// A trunk's breaker.
#[derive(Debug, Clone)]
pub struct Breaker {
    state: State,
    seen: VecDeque<(Instant, Sign)>,
    /// How often it opened since it was last well.
    opened: u32,
    why: String,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: State::Closed(None),
            seen: VecDeque::new(),
            opened: 0,
            why: String::new(),
        }
    }
}

impl Breaker {
    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Why it opened last; empty when it never did.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Time passes; whether it came to another state.
    pub fn tick(&mut self, now: Instant) -> bool {
        let before = self.state;
        match self.state {
            State::Open(until) if now >= until => self.state = State::HalfOpen(0, 0),
            State::Closed(Some(since)) if now >= since + STEP * STEPS => {
                self.state = State::Closed(None);
                self.opened = 0;
            }
            _ => {}
        }
        before != self.state
    }

    /// How many calls may start.
    pub fn allowed(&self, now: Instant) -> Allowed {
        match self.state {
            State::Open(_) => Allowed::None,
            State::HalfOpen(out, good) if out + good >= PROBES => Allowed::None,
            State::HalfOpen(..) => rate(PROBE_CPS),
            State::Closed(None) => Allowed::All,
            State::Closed(Some(since)) => {
                let step = now.saturating_duration_since(since).as_secs() / STEP.as_secs();
                rate(f64::from(1_u32 << step.min(STEPS.into())))
            }
        }
    }

    /// When what it allows changes by time alone.
    pub fn next(&self, now: Instant) -> Option<Instant> {
        match self.state {
            State::Open(until) => Some(until),
            State::HalfOpen(..) | State::Closed(None) => None,
            State::Closed(Some(since)) => {
                let steps = now.saturating_duration_since(since).as_secs() / STEP.as_secs();
                let next = u32::try_from(steps).unwrap_or(STEPS).saturating_add(1);
                Some(since + STEP * next.min(STEPS))
            }
        }
    }

    /// A call leaves by the trunk.
    pub fn started(&mut self) {
        if let State::HalfOpen(out, _) = &mut self.state {
            *out += 1;
        }
    }

    /// A call that left by the trunk has ended; `None` when it tells nothing. Calls that left before it opened tell nothing of a
    /// probe: a failure of one of them counts as one, and does no harm.
    pub fn ended(&mut self, sign: Option<Sign>, now: Instant) {
        self.tick(now);
        match self.state {
            State::Open(_) => {}
            State::HalfOpen(out, good) => self.probed(out, good, sign, now),
            State::Closed(_) => {
                let Some(sign) = sign else { return };
                self.seen.push_back((now, sign));
                self.look(now);
            }
        }
    }

    fn probed(&mut self, out: u32, good: u32, sign: Option<Sign>, now: Instant) {
        self.state = match sign {
            Some(Sign::Good) if good + 1 >= PROBES => {
                self.seen.clear();
                State::Closed(Some(now))
            }
            Some(Sign::Good) => State::HalfOpen(out.saturating_sub(1), good + 1),
            None => State::HalfOpen(out.saturating_sub(1), good),
            Some(Sign::Slow) => return self.open("a probe was slow to reach anybody".to_owned(), now),
            Some(Sign::Failed) => return self.open("a probe failed".to_owned(), now),
        };
    }

    /// Opens when too much of what was seen lately was bad.
    fn look(&mut self, now: Instant) {
        let is_old = |(at, _): &(Instant, Sign)| now.saturating_duration_since(*at) > WINDOW;
        while self.seen.len() > MOST || self.seen.front().is_some_and(is_old) {
            self.seen.pop_front();
        }
        let count = |which: Sign| self.seen.iter().filter(|(_, sign)| *sign == which).count();
        let (failed, slow, all) = (count(Sign::Failed), count(Sign::Slow), self.seen.len());
        if all >= ENOUGH && (failed + slow) * 2 >= all {
            let why =
                format!("of the last {all} calls, {failed} failed and {slow} were slow to reach anybody");
            self.open(why, now);
        }
    }

    fn open(&mut self, why: String, now: Instant) {
        let length = OPEN * (1_u32 << self.opened.min(8));
        self.opened += 1;
        self.state = State::Open(now + length.min(OPEN_MOST));
        self.why = why;
        self.seen.clear();
    }
}

fn rate(cps: f64) -> Allowed {
    Cps::try_from(cps).map_or(Allowed::All, Allowed::AtMost)
}

#[cfg(test)]
mod tests;
