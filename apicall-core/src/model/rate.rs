//! Rates and caps: how fast, and how many at once.

use super::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// Calls per second: a whole number from 1 to 10,000, or a fraction of at least 0.001 below 1.
///
/// Both kinds can be kept exactly: `N` means at most N starts in any sliding second, `0.25` one start every four
/// seconds. A rate such as 2.5 has no such meaning and is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Cps {
    milli: u32,
}

impl Cps {
    /// A whole number of calls per second.
    pub fn whole(per_second: u32) -> Result<Self, Invalid> {
        Self::try_from(f64::from(per_second))
    }

    /// How many starts fit into one [`window`](Self::window).
    pub fn starts_per_window(self) -> usize {
        (self.milli / 1000).max(1) as usize
    }

    /// The length of the sliding window: one second, or 1/N seconds for a rate below one.
    pub fn window(self) -> Duration {
        if self.milli >= 1000 {
            Duration::from_secs(1)
        } else {
            self.interval()
        }
    }

    /// The even distance between two starts.
    pub fn interval(self) -> Duration {
        Duration::from_nanos(1_000_000_000_000 / u64::from(self.milli))
    }

    /// The rate as a number.
    pub fn per_second(self) -> f64 {
        f64::from(self.milli) / 1000.0
    }
}

impl TryFrom<f64> for Cps {
    type Error = Invalid;
    fn try_from(rate: f64) -> Result<Self, Invalid> {
        let milli = (rate * 1000.0).round();
        let whole = (1.0..=10_000.0).contains(&rate) && rate.fract() == 0.0;
        let fraction = (1.0..1000.0).contains(&milli);
        if whole || fraction {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be 1 to 10,000,000"
            )]
            Ok(Self { milli: milli as u32 })
        } else {
            Err(Invalid::new(
                "cps",
                rate,
                "use a whole number from 1 to 10000, or a fraction from 0.001 below 1",
            ))
        }
    }
}

impl From<Cps> for f64 {
    fn from(cps: Cps) -> f64 {
        cps.per_second()
    }
}

impl FromStr for Cps {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rate: f64 = text
            .parse()
            .map_err(|_| Invalid::new("cps", text, "use a number such as 5 or 0.5"))?;
        Self::try_from(rate)
    }
}

impl fmt::Display for Cps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.per_second().fmt(f)
    }
}

/// A cap on simultaneous channels, from 1 to 100,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Channels(NonZeroU32);

impl Channels {
    /// The number of channels.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl TryFrom<u32> for Channels {
    type Error = Invalid;
    fn try_from(count: u32) -> Result<Self, Invalid> {
        match NonZeroU32::new(count) {
            Some(some) if count <= 100_000 => Ok(Self(some)),
            _ => Err(Invalid::new(
                "channel cap",
                count,
                "use a whole number from 1 to 100000; to stop dialing, pause",
            )),
        }
    }
}

impl From<Channels> for u32 {
    fn from(channels: Channels) -> u32 {
        channels.get()
    }
}

impl FromStr for Channels {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let count: u32 = text
            .parse()
            .map_err(|_| Invalid::new("channel cap", text, "use a whole number from 1"))?;
        Self::try_from(count)
    }
}

impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// What one level (engine, switch, trunk, project, campaign) allows; `None` is no limit of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Most originates a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cps: Option<Cps>,
    /// Most simultaneous calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
}
