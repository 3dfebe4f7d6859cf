//! Keeps switches from being drowned: what is seen of one goes to its governor, and the rate this decides to the scheduler.

use super::owner::Owner;
use crate::model::{Reactions, SwitchName};
use crate::schedule::{Governor, Level, Missing, Slowed};
use std::time::{Duration, Instant};

/// A rate that grows again is set this often.
const EVERY: Duration = Duration::from_millis(200);
/// The rate that is assumed where neither switch nor engine has one.
const HIGHEST: f64 = 10_000.0;

/// A switch's governor, and what it decided last.
#[derive(Debug)]
pub(super) struct Governed {
    governor: Governor,
    pub slowed: Option<Slowed>,
    /// The rate of the last line in the log.
    logged: f64,
}

impl Governed {
    /// One for a switch whose rates, its own and the engine's, are these.
    pub(super) fn new(rates: impl Iterator<Item = f64>) -> Self {
        let ceiling = rates.fold(HIGHEST, f64::min);
        Self {
            governor: Governor::new(ceiling),
            slowed: None,
            logged: ceiling,
        }
    }
}

impl Owner {
    /// Takes in how quick a switch is.
    pub(super) fn reacted(&mut self, switch: &SwitchName, seen: Reactions, now: Instant) {
        self.tell_governor(switch, now, |governor, starts| {
            governor.reacted(seen, starts, now)
        });
    }

    /// Takes in how long a switch took from an answer to handing the call over.
    pub(super) fn handed_over(&mut self, switch: &SwitchName, took: Duration, now: Instant) {
        self.tell_governor(switch, now, |governor, starts| {
            governor.handed_over(took, starts, now);
        });
    }

    /// Takes in that a switch lost something.
    pub(super) fn missed(&mut self, switch: &SwitchName, what: Missing, now: Instant) {
        self.tell_governor(switch, now, |governor, starts| governor.missed(what, starts, now));
    }

    fn tell_governor(&mut self, switch: &SwitchName, now: Instant, tell: impl FnOnce(&mut Governor, u32)) {
        if let Some(governed) = self.governed.get_mut(switch) {
            let starts = self
                .scheduler
                .starts_last_second(&Level::Switch(switch.clone()), now);
            tell(&mut governed.governor, starts);
            self.govern_at = Some(now);
        }
    }

    /// Sets the rates that the governors decide.
    pub(super) fn govern(&mut self, now: Instant) {
        if self.govern_at.is_none_or(|at| at > now) {
            return;
        }
        self.govern_at = None;
        for (name, governed) in &mut self.governed {
            let slowed = governed.governor.slowed(now);
            if slowed.map(|slowed| slowed.cps) != governed.slowed.map(|slowed| slowed.cps) {
                self.scheduler.slow_switch(name, slowed.map(|slowed| slowed.cps));
            }
            governed.log(name, slowed);
            governed.slowed = slowed;
            if slowed.is_some() {
                self.govern_at = Some(now + EVERY);
            }
        }
    }
}

impl Governed {
    /// A line when it begins, when the rate has halved or doubled since the last, and when it is over.
    fn log(&mut self, switch: &SwitchName, slowed: Option<Slowed>) {
        match (self.slowed, slowed) {
            (None, None) => {}
            (Some(_), None) => tracing::info!(%switch, "dialing at the full rate again"),
            (before, Some(slowed)) => {
                let rate = slowed.cps.per_second();
                if before.is_some() && rate > self.logged / 2.0 && rate < self.logged * 2.0 {
                    return;
                }
                self.logged = rate;
                tracing::warn!(
                    %switch, cps = %slowed.cps, percent = slowed.percent, why = %slowed.why,
                    "dialing slowly, so that the switch is not overloaded"
                );
            }
        }
    }
}
