//! Words of the command line that are more than one of our nouns: a thing or none, detection on or off, a point in time.
//!
//! Deliberately absent: the tree they stand in, which is `cli`.

use apicall_core::model::{AmdSettings, Invalid, Limits, Timestamp};
use std::str::FromStr;

/// A new value, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<T> {
    /// This.
    To(T),
    /// The word `none`.
    Nothing,
}

impl<T> Change<T> {
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::To(value) => Some(value),
            Self::Nothing => None,
        }
    }
}

impl<T: FromStr> FromStr for Change<T> {
    type Err = T::Err;
    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            "none" => Ok(Self::Nothing),
            value => value.parse().map(Self::To),
        }
    }
}

/// What becomes of limits by such changes; `None` when none is named.
pub(crate) fn limits(args: &super::cli::LimitArgs, now: Limits) -> Option<Limits> {
    let touched = args.cps.is_some() || args.channels.is_some();
    touched.then(|| Limits {
        cps: args.cps.map_or(now.cps, Change::value),
        channels: args.channels.map_or(now.channels, Change::value),
    })
}

/// Detection on or off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amd(pub Option<AmdSettings>);

impl FromStr for Amd {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "true" | "on" => Ok(Self(Some(AmdSettings::default()))),
            "false" | "off" => Ok(Self(None)),
            numbers => numbers.parse().map(|settings| Self(Some(settings))),
        }
    }
}

/// A point in time, as RFC 3339 writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(pub Timestamp);

impl FromStr for At {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let time: Result<jiff::Timestamp, _> = text.parse();
        time.map(|time| Self(Timestamp::from_millis(time.as_millisecond())))
            .map_err(|_| {
                Invalid::new(
                    "time",
                    text,
                    "write date, time and offset, as in 2026-11-21T08:00:00-05:00",
                )
            })
    }
}

/// The documented option of a feature that does not exist yet: off is true already, on would be a lie.
pub(crate) fn no_smart_cid(text: &str) -> Result<bool, String> {
    match text {
        "false" => Ok(false),
        _ => Err("the engine has no rotating caller IDs yet; leave it out or give false".to_owned()),
    }
}
