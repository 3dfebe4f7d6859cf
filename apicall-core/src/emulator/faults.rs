//! What can go wrong with a switch, on demand.

use crate::model::{Cps, Invalid};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A fault. Its text form is its name, with a time or a share behind `=` where it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// `cut`: all connections of clients are reset.
    Cut,
    /// `close`: they end, as the PBX ends them.
    Close,
    /// `half-open`: those there are stay open, and nothing more comes of what is sent on them. New ones are sound.
    HalfOpen,
    /// `stall=TIME`: nothing is said to clients for so long, then all of it.
    Stall(Duration),
    /// Something happens to events on their way.
    Events(EventFault),
    /// `garbage`: something that is no message comes between two.
    Garbage,
    /// `turn-away`: who logs in anew is not on the list of those who may.
    TurnAway,
    /// `leg-slow=TIME`: whatever is said to who drives a leg is so much later.
    LegSlow(Duration),
    /// `leg-never`: answered calls cannot be driven.
    LegNever,
    /// `crash=TIME`: all connections end, all calls are gone, and nobody listens for so long.
    Crash(Duration),
    /// `stop=TIME`: no new calls and logins; when the last call is over, clients are told and their connections end,
    /// and nobody listens for so long.
    Stop(Duration),
    /// `strength=CPS`: so many calls a second are as much as it can do. With more it becomes slow, then loses hang-ups, and
    /// in the end collapses for good, until a `crash` starts it again.
    Strength(Cps),
    /// `mend`: the end of all faults that last.
    Mend,
}

/// What may happen to events on their way, from now on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EventFault {
    /// `late=TIME`: they come so much later than responses.
    Late(Duration),
    /// `double=SHARE`: so many are told twice.
    Double(f64),
    /// `shuffle=SHARE`: so many are overtaken by those behind them, for up to 0.3 s.
    Shuffle(f64),
}

impl FromStr for Fault {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, value) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(v)));
        let time = || value.and_then(duration);
        let share = || value.and_then(share);
        let events = |fault: Option<EventFault>| fault.map(Self::Events);
        let found = match name {
            "cut" if value.is_none() => Some(Self::Cut),
            "close" if value.is_none() => Some(Self::Close),
            "half-open" if value.is_none() => Some(Self::HalfOpen),
            "stall" => time().map(Self::Stall),
            "late" => events(time().map(EventFault::Late)),
            "double" => events(share().map(EventFault::Double)),
            "shuffle" => events(share().map(EventFault::Shuffle)),
            "garbage" if value.is_none() => Some(Self::Garbage),
            "turn-away" if value.is_none() => Some(Self::TurnAway),
            "leg-slow" => time().map(Self::LegSlow),
            "leg-never" if value.is_none() => Some(Self::LegNever),
            "crash" => time().map(Self::Crash),
            "stop" => time().map(Self::Stop),
            "strength" => value.and_then(|cps| cps.parse().ok()).map(Self::Strength),
            "mend" if value.is_none() => Some(Self::Mend),
            _ => None,
        };
        found.ok_or_else(|| {
            Invalid::new(
                "fault",
                text,
                "use cut, close, half-open, stall=5s, late=500ms, double=10%, shuffle=10%, garbage, turn-away, \
                 leg-slow=2s, leg-never, crash=5s, stop=5s, strength=50, or mend; a time is at most 60m",
            )
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = Duration::as_millis;
        match self {
            Self::Cut => f.write_str("cut"),
            Self::Close => f.write_str("close"),
            Self::HalfOpen => f.write_str("half-open"),
            Self::Stall(time) => write!(f, "stall={}ms", ms(time)),
            Self::Events(EventFault::Late(time)) => write!(f, "late={}ms", ms(time)),
            Self::Events(EventFault::Double(share)) => write!(f, "double={}%", share * 100.0),
            Self::Events(EventFault::Shuffle(share)) => write!(f, "shuffle={}%", share * 100.0),
            Self::Garbage => f.write_str("garbage"),
            Self::TurnAway => f.write_str("turn-away"),
            Self::LegSlow(time) => write!(f, "leg-slow={}ms", ms(time)),
            Self::LegNever => f.write_str("leg-never"),
            Self::Crash(time) => write!(f, "crash={}ms", ms(time)),
            Self::Stop(time) => write!(f, "stop={}ms", ms(time)),
            Self::Strength(cps) => write!(f, "strength={cps}"),
            Self::Mend => f.write_str("mend"),
        }
    }
}

/// A fault with its time after the start: `crash=5s@10s`; without one, at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planned {
    /// What.
    pub fault: Fault,
    /// How long after the start.
    pub after: Duration,
}

impl FromStr for Planned {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (fault, after) = match text.split_once('@') {
            Some((fault, after)) => {
                let remedy = "write the time after the start behind `@`, as in cut@10s or crash=5s@1m; it is at most 60m";
                let after = duration(after).ok_or_else(|| Invalid::new("fault", text, remedy))?;
                (fault, after)
            }
            None => (text, Duration::ZERO),
        };
        Ok(Self {
            fault: fault.parse()?,
            after,
        })
    }
}

/// `500ms`, `5s`, `2m`: at most an hour.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let ms = count.checked_mul(match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    })?;
    (ms <= 3_600_000).then(|| Duration::from_millis(ms))
}

/// `10%`
fn share(text: &str) -> Option<f64> {
    let percent: f64 = text.strip_suffix('%')?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    #[test]
    fn faults_have_a_text_form() {
        let seconds = Duration::from_secs;
        for (text, fault) in [
            ("cut", Fault::Cut),
            ("half-open", Fault::HalfOpen),
            ("stall=5000ms", Fault::Stall(seconds(5))),
            ("double=25%", Fault::Events(EventFault::Double(0.25))),
            ("strength=0.5", Fault::Strength(Cps::try_from(0.5).unwrap())),
            ("crash=60000ms", Fault::Crash(seconds(60))),
            ("leg-never", Fault::LegNever),
            ("turn-away", Fault::TurnAway),
        ] {
            assert_eq!(text.parse::<Fault>().unwrap(), fault);
            assert_eq!(fault.to_string(), text);
        }
        assert_eq!("crash=1m".parse::<Fault>().unwrap(), Fault::Crash(seconds(60)));
        let planned: Planned = "stop=2s@10s".parse().unwrap();
        assert_eq!(
            (planned.fault, planned.after),
            (Fault::Stop(seconds(2)), seconds(10))
        );
    }

    #[test]
    fn what_is_no_fault_says_what_would_be() {
        for wrong in [
            "",
            "explode",
            "cut=5s",
            "stall",
            "stall=5",
            "stall=2h",
            "double=101%",
            "late=-1s",
        ] {
            let error = wrong.parse::<Planned>().unwrap_err().to_string();
            assert!(error.contains("use cut, close, half-open"), "{error}");
        }
        let error = "cut@soon".parse::<Planned>().unwrap_err().to_string();
        assert!(error.contains("behind `@`"), "{error}");
    }
}
