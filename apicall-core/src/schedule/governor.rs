//! How fast a switch can be dialed without drowning it: one governor a switch.
//!
//! A PBX that gets more calls than it can set up takes longer and longer to react, then loses hang-ups, and in the end does
//! not come back. So what counts is how quick it reacts to what it is asked, callees apart. Three reports in a row that are far
//! beyond the usual are overload: the rate falls to what the switch really took, less a part, and less what it takes to work
//! off what waits. A switch that has worked that off in no time was held up, not overloaded, and is dialed as before.
//! Once an overloaded one reacts as usual again, the rate grows along a cubic: fast at first, slowly near the rate at
//! which it was overloaded, then faster and faster, until it is as high as anybody wants it
//! (`docs/decisions/0004-overload.md`).
//!
//! Deliberately absent: clocks, callees' behaviour (a long ring is no overload), and limits of configuration, which all
//! hold beside it.

use crate::model::{Cps, Reactions};
use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

/// The rate falls to this part of what the switch took.
const CUT: f64 = 0.7;
/// What waits at the switch is to be worked off within this.
const WORK_OFF: Duration = Duration::from_secs(4);
/// Reactions are slow from here, or from so many times the usual.
const SLOW: Duration = Duration::from_millis(400);
const SLOW_TIMES: u32 = 4;
/// Nothing slower than this is usual.
const USUAL_MOST: Duration = Duration::from_millis(500);
/// So many reports in a row make an overload: one alone may be a hiccup of either machine.
const REPORTS: u32 = 3;
/// A switch that is as quick as ever so soon after its rate was cut was held up, not overloaded: what waits at an overloaded one
/// takes longer to be worked off.
const BRIEF: Duration = Duration::from_millis(400);
/// After so long the rate is again where the switch was overloaded.
const BACK_AFTER: Duration = Duration::from_secs(5);
/// What the switch took is counted over this.
const WINDOW: Duration = Duration::from_secs(1);
/// At least so much is dialed, to see whether the switch can do more.
const LEAST: f64 = 1.0;
/// Without a report for so long, so many legs make one.
const SILENT: Duration = Duration::from_millis(500);
const LEGS: usize = 4;
/// Cuts for what is missing, not slow, are no closer than this.
const APART: Duration = Duration::from_secs(2);

/// What a switch was seen to lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A hang-up that it did not confirm.
    Hangup,
    /// An originate that came to no end.
    End,
}

/// Why a switch is dialed more slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It reacts slowly: now, and usually.
    Slow(Duration, Duration),
    /// It lost something.
    Missing(Missing),
}

/// A switch that is dialed more slowly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slowed {
    /// The rate it is dialed at, at most.
    pub cps: Cps,
    /// The same as a part of what it would be, in percent.
    pub percent: u8,
    /// Why.
    pub why: Why,
}

/// Decides how fast one switch is dialed.
#[derive(Debug)]
pub struct Governor {
    /// The rate without it, in starts a second.
    ceiling: f64,
    usual: Option<Duration>,
    /// How long answered calls waited to be handed over, since the last report.
    legs: Vec<Duration>,
    reported_at: Option<Instant>,
    slow_reports: u32,
    /// Originates that were acknowledged lately.
    took: VecDeque<(Instant, u32)>,
    cut: Option<Cut>,
}

/// A rate that was cut.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// What the switch took when it was overloaded.
    knee: f64,
    /// The rate until the switch reacts as usual again.
    low: f64,
    /// Since when it does.
    well_since: Option<Instant>,
    at: Instant,
    latency: Duration,
    why: Why,
}

impl Governor {
    /// A governor that lets through what configuration does.
    pub fn new(ceiling: f64) -> Self {
        Self {
            ceiling,
            usual: None,
            legs: Vec::new(),
            reported_at: None,
            slow_reports: 0,
            took: VecDeque::new(),
            cut: None,
        }
    }

    /// Takes in how quick the switch was. `starts` is what was dialed in the last second.
    pub fn reacted(&mut self, report: Reactions, starts: u32, now: Instant) {
        self.took.push_back((now, report.originates));
        while self
            .took
            .front()
            .is_some_and(|(at, _)| now.saturating_duration_since(*at) >= WINDOW)
        {
            self.took.pop_front();
        }
        self.reported_at = Some(now);
        let seen = report.typical.max(median(&mut self.legs));
        let latency = seen.unwrap_or_default().max(report.waiting);
        let usual = self.usual.or(seen).unwrap_or_default().min(USUAL_MOST);
        let slow = SLOW.max(usual * SLOW_TIMES);
        if latency <= slow {
            self.slow_reports = 0;
            if let Some(seen) = seen {
                self.usual = Some(drift(usual, seen));
            }
            if latency <= slow / 2 {
                self.well(now);
            }
            return;
        }
        self.slow_reports += 1;
        if self.slow_reports >= REPORTS {
            self.overloaded(latency, Why::Slow(latency, usual), starts, now);
        }
    }

    /// Takes in how long the switch took from an answer to handing the call over.
    pub fn handed_over(&mut self, took: Duration, starts: u32, now: Instant) {
        self.legs.push(took);
        // A switch that is dialed without commands makes no reports.
        let silent = self
            .reported_at
            .is_none_or(|at| now.saturating_duration_since(at) >= SILENT);
        if silent && self.legs.len() >= LEGS {
            self.reacted(Reactions::default(), starts, now);
        }
    }

    /// Takes in that the switch lost something.
    pub fn missed(&mut self, what: Missing, starts: u32, now: Instant) {
        let lately = |cut: Cut| now.saturating_duration_since(cut.at) < APART;
        if !self.cut.is_some_and(lately) {
            let rate = self.rate(now).min(f64::from(starts).max(LEAST));
            self.set_cut(rate, rate * CUT, Duration::ZERO, Why::Missing(what), now);
        }
    }

    /// How the switch is to be slowed down now; `None` when it is not.
    pub fn slowed(&mut self, now: Instant) -> Option<Slowed> {
        let rate = self.rate(now);
        if rate >= self.ceiling {
            self.cut = None;
        }
        let cut = self.cut?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a hundred"
        )]
        Some(Slowed {
            cps: whole(rate),
            percent: (rate / self.ceiling * 100.0).round() as u8,
            why: cut.why,
        })
    }

    /// Slow again and again: what waits has to be worked off first.
    fn overloaded(&mut self, latency: Duration, why: Why, starts: u32, now: Instant) {
        let took = f64::from(self.took.iter().map(|(_, count)| count).sum::<u32>());
        let took = if took > 0.0 { took } else { f64::from(starts) * CUT };
        let least = self.least();
        let backlog = latency.as_secs_f64() / WORK_OFF.as_secs_f64();
        match self.cut.as_mut().filter(|cut| cut.well_since.is_none()) {
            None => {
                let knee = self.rate(now).min(took);
                self.set_cut(knee, knee * (CUT - backlog), latency, why, now);
            }
            Some(cut) => {
                // Not even that was little enough.
                if latency > cut.latency && now.saturating_duration_since(cut.at) >= cut.latency + WINDOW {
                    cut.knee *= CUT;
                    cut.at = now;
                    cut.latency = latency;
                }
                cut.why = why;
                cut.low = (cut.knee * (CUT - backlog)).max(least);
            }
        }
    }

    fn set_cut(&mut self, knee: f64, low: f64, latency: Duration, why: Why, now: Instant) {
        let least = self.least();
        self.cut = Some(Cut {
            knee: knee.max(least),
            low: low.max(least),
            well_since: None,
            at: now,
            latency,
            why,
        });
    }

    /// The switch reacts as usual.
    fn well(&mut self, now: Instant) {
        let least = self.least();
        let held_up = |cut: &Cut| {
            let brief = now.saturating_duration_since(cut.at) < BRIEF;
            brief && cut.well_since.is_none() && matches!(cut.why, Why::Slow(..))
        };
        self.cut = self.cut.filter(|cut| !held_up(cut));
        if let Some(cut) = self.cut.as_mut().filter(|cut| cut.well_since.is_none()) {
            cut.well_since = Some(now);
            cut.low = (cut.knee * CUT).max(least);
        }
    }

    /// The highest rate now.
    fn rate(&self, now: Instant) -> f64 {
        let Some(cut) = self.cut else {
            return self.ceiling;
        };
        let Some(since) = cut.well_since else {
            return cut.low;
        };
        let ago = now.saturating_duration_since(since).as_secs_f64();
        let missing = 1.0 - ago / BACK_AFTER.as_secs_f64();
        let spread = (cut.knee - cut.low).max(self.least());
        (cut.knee - spread * missing.powi(3)).clamp(cut.low, self.ceiling.max(cut.low))
    }

    fn least(&self) -> f64 {
        LEAST.min(self.ceiling)
    }
}

/// The median of what was gathered, which is then forgotten.
fn median(gathered: &mut Vec<Duration>) -> Option<Duration> {
    gathered.sort_unstable();
    let median = gathered.get(gathered.len() / 2).copied();
    gathered.clear();
    median
}

/// The usual time: soon shorter, slowly longer.
fn drift(usual: Duration, seen: Duration) -> Duration {
    if seen < usual {
        usual - (usual - seen) / 4
    } else {
        usual + (seen - usual) / 512
    }
}

/// The nearest rate that is one.
fn whole(rate: f64) -> Cps {
    let rate = if rate >= 1.0 {
        rate.floor()
    } else {
        rate.max(0.001)
    };
    Cps::try_from(rate.min(10_000.0)).expect("a whole number, or a fraction below one")
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(now, usual) => write!(
                f,
                "it takes {:.1} s to react, usually {:.3} s",
                now.as_secs_f64(),
                usual.as_secs_f64()
            ),
            Self::Missing(Missing::Hangup) => f.write_str("it did not confirm a hang-up"),
            Self::Missing(Missing::End) => f.write_str("it told no end of a call that was not answered"),
        }
    }
}
