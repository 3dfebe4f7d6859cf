//! How often a number may be called, whatever campaigns it is in.

use super::text::{serde_as_text, text_enum};
use super::{Invalid, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Most caps of a project.
const CAPS: usize = 20;
/// Longest window.
const LONGEST_S: u32 = 366 * 86_400;

text_enum! {
    /// Caps that somebody else prescribes, by name. What each means is [`CapPolicy::caps`], and from where, [`CapPolicy::source`].
    CapPolicy as "policy" {
        /// Debt collection in the United States.
        UsRegulationF = "us_regulation_f",
        /// Telephone solicitation in Florida.
        UsFlorida = "us_florida",
        /// Telephone solicitation in France.
        Fr2022 = "fr_2022_1313",
        /// Collection and commercial messages in Colombia.
        CoLey2300 = "co_ley_2300",
    }
}

impl CapPolicy {
    /// Its caps.
    pub fn caps(self) -> Vec<CallCap> {
        let cap = |most, counts, days: u32| CallCap {
            most,
            counts,
            window_s: days * 86_400,
        };
        match self {
            Self::UsRegulationF => vec![cap(7, Counts::Calls, 7), cap(1, Counts::Answered, 7)],
            Self::UsFlorida => vec![cap(3, Counts::Calls, 1)],
            Self::Fr2022 => vec![cap(4, Counts::Calls, 30)],
            Self::CoLey2300 => vec![cap(1, Counts::Answered, 1)],
        }
    }

    /// Where it is written.
    pub const fn source(self) -> &'static str {
        match self {
            Self::UsRegulationF => {
                "12 CFR 1006.14(b)(2): 7 calls in 7 days, and none for 7 days after a conversation"
            }
            Self::UsFlorida => "Fla. Stat. 501.616(6)(b): 3 calls in 24 hours",
            Self::Fr2022 => "Décret 2022-1313, Code de la consommation D223-9: 4 calls in 30 days",
            Self::CoLey2300 => "Ley 2300 de 2023, art. 3: once a day when the person was reached",
        }
    }
}

text_enum! {
    /// Which calls a cap counts.
    Counts as "kind of calls" {
        /// All that left.
        Calls = "calls",
        /// Those that were answered, unless by a machine.
        Answered = "answered",
    }
}

/// At most so many calls to a number in any window of this length: `3/24h`, or of answered ones, `1 answered/7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallCap {
    most: u32,
    counts: Counts,
    window_s: u32,
}

impl CallCap {
    /// How many.
    pub const fn most(self) -> u32 {
        self.most
    }

    /// Of which.
    pub const fn counts(self) -> Counts {
        self.counts
    }

    /// In any window of this length.
    pub const fn window(self) -> Duration {
        Duration::from_secs(self.window_s as u64)
    }
}

impl FromStr for CallCap {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let read = || {
            let (most, window) = text.trim().split_once('/')?;
            let (most, counts) = match most.trim().split_once(' ') {
                Some((most, "answered")) => (most, Counts::Answered),
                Some(_) => return None,
                None => (most.trim(), Counts::Calls),
            };
            let window = window.trim();
            let (number, unit) = window.split_at_checked(window.len().checked_sub(1)?)?;
            let seconds = match unit {
                "h" => 3_600,
                "d" => 86_400,
                _ => return None,
            };
            let plain = |text: &str| {
                text.bytes()
                    .all(|b| b.is_ascii_digit())
                    .then(|| text.parse::<u32>().ok())
                    .flatten()
            };
            let (most, window_s) = (plain(most)?, plain(number)?.checked_mul(seconds)?);
            let fits = (1..=1_000).contains(&most) && (1..=LONGEST_S).contains(&window_s);
            fits.then_some(Self {
                most,
                counts,
                window_s,
            })
        };
        read().ok_or_else(|| {
            let names: Vec<_> = CapPolicy::ALL.iter().map(|policy| policy.as_str()).collect();
            let remedy = format!(
                "write how many in how long, as in 3/24h, 7/7d or 1 answered/7d, or name one of {}",
                names.join(", ")
            );
            Invalid::new("cap", text, remedy)
        })
    }
}

impl fmt::Display for CallCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = if self.counts == Counts::Answered {
            " answered"
        } else {
            ""
        };
        match self.window_s {
            seconds if seconds % 86_400 == 0 && seconds > 86_400 => {
                write!(f, "{}{counts}/{}d", self.most, seconds / 86_400)
            }
            seconds => write!(f, "{}{counts}/{}h", self.most, seconds / 3_600),
        }
    }
}

/// A cap, or a policy with several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberCap {
    /// Somebody else's.
    Policy(CapPolicy),
    /// One's own.
    Own(CallCap),
}

impl FromStr for NumberCap {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.trim().parse() {
            Ok(policy) => Ok(Self::Policy(policy)),
            Err(_) => text.parse().map(Self::Own),
        }
    }
}

impl fmt::Display for NumberCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(policy) => policy.fmt(f),
            Self::Own(cap) => cap.fmt(f),
        }
    }
}

serde_as_text!(NumberCap);

/// All caps of a project; each has to be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<NumberCap>", into = "Vec<NumberCap>")]
pub struct NumberCaps(Vec<NumberCap>);

impl NumberCaps {
    /// At most 20 of them.
    pub fn new(caps: Vec<NumberCap>) -> Result<Self, Invalid> {
        if caps.len() > CAPS {
            return Err(Invalid::new(
                "list of caps",
                format!("{} caps", caps.len()),
                "give at most 20",
            ));
        }
        Ok(Self(caps))
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As they were given.
    pub fn given(&self) -> &[NumberCap] {
        &self.0
    }

    /// Every single one.
    pub fn all(&self) -> Vec<CallCap> {
        let caps = self.0.iter().flat_map(|cap| match cap {
            NumberCap::Policy(policy) => policy.caps(),
            NumberCap::Own(cap) => vec![*cap],
        });
        caps.collect()
    }

    /// The longest window.
    pub fn reach(&self) -> Option<Duration> {
        self.all().into_iter().map(CallCap::window).max()
    }
}

impl TryFrom<Vec<NumberCap>> for NumberCaps {
    type Error = Invalid;
    fn try_from(caps: Vec<NumberCap>) -> Result<Self, Invalid> {
        Self::new(caps)
    }
}

impl From<NumberCaps> for Vec<NumberCap> {
    fn from(caps: NumberCaps) -> Self {
        caps.0
    }
}

/// An earlier call to a number, as far as caps go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastCall {
    /// When it left; of one that has not left yet, when it was made.
    pub at: Timestamp,
    /// Whether it has not ended.
    pub open: bool,
    /// Whether it was answered, unless by a machine.
    pub answered: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_read_and_written() {
        for (text, canonical) in [
            ("3/24h", "3/24h"),
            ("3/1d", "3/24h"),
            (" 7 / 7d", "7/7d"),
            ("1 answered/168h", "1 answered/7d"),
            ("us_regulation_f", "us_regulation_f"),
        ] {
            let cap: NumberCap = text.parse().unwrap();
            assert_eq!(cap.to_string(), canonical);
            assert_eq!(canonical.parse::<NumberCap>().unwrap(), cap);
        }
        for text in [
            "",
            "3",
            "0/24h",
            "3/0h",
            "3/24",
            "3/24m",
            "1001/1h",
            "3/367d",
            "3 missed/1d",
            "-3/1d",
            "3/+1d",
            "us",
            "3/é",
        ] {
            let refusal = text.parse::<NumberCap>().unwrap_err().to_string();
            assert!(
                refusal.contains("3/24h") && refusal.contains("us_florida"),
                "{refusal}"
            );
        }
        assert!(
            serde_json::from_str::<NumberCaps>(&format!("[{}\"3/24h\"]", "\"3/24h\",".repeat(20))).is_err()
        );
    }

    #[test]
    fn the_page_lists_every_policy() {
        let page = include_str!("../../../docs/calling-rules.md");
        for policy in CapPolicy::ALL {
            let caps: Vec<_> = policy.caps().iter().map(|cap| format!("`{cap}`")).collect();
            let row = format!("| `{policy}` | {} | {} |", caps.join(", "), policy.source());
            assert!(page.contains(&row), "docs/calling-rules.md lacks: {row}");
        }
    }

    #[test]
    fn every_policy_names_its_source_and_has_caps() {
        for policy in CapPolicy::ALL {
            assert!(
                !policy.caps().is_empty() && policy.source().contains(char::is_numeric),
                "{policy}"
            );
            for cap in policy.caps() {
                assert_eq!(cap.to_string().parse::<CallCap>().unwrap(), cap);
            }
        }
    }
}
