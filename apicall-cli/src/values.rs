//! Words of the command line that are more than one of our nouns: a thing or none, detection on or off, a point in time.
//!
//! Deliberately absent: the tree they stand in, which is `cli`.

use crate::cli::HoursArgs;
use crate::error::Error;
use crate::output;
use apicall_core::model::{
    AmdKey, AmdSettings, CallingHours, HoursZone, Invalid, Limits, NumberCap, NumberCaps, Timestamp,
    TrunkName,
};
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

/// What becomes of hours by such changes; `None` when none is named.
pub(crate) fn hours(
    args: &HoursArgs,
    now: Option<CallingHours>,
) -> Result<Option<Option<CallingHours>>, Error> {
    if args.hours.is_empty() && args.hours_zone.is_none() && args.holidays.is_empty() {
        return Ok(None);
    }
    if args.hours.iter().any(|window| matches!(window, Change::Nothing)) {
        return match (args.hours.len(), args.hours_zone, args.holidays.len()) {
            (1, None, 0) => Ok(Some(None)),
            _ => Err(Error::Usage(
                "--hours none stands alone: it clears hours, zone and holidays".to_owned(),
            )),
        };
    }
    let given: Vec<_> = args.hours.iter().filter_map(|window| window.value()).collect();
    let windows = match (&now, given.is_empty()) {
        (Some(now), true) => now.windows().to_vec(),
        (None, true) => {
            return Err(Error::Usage(
                "there are no hours yet; give --hours, as in --hours \"mon-fri 08:00-20:00\"".to_owned(),
            ));
        }
        (_, false) => given,
    };
    let before = now.as_ref().map_or(HoursZone::Project, CallingHours::zone);
    let holidays = match (&now, args.holidays.is_empty()) {
        (Some(now), true) => now.holidays().to_vec(),
        _ => args.holidays.iter().filter_map(|day| day.value()).collect(),
    };
    CallingHours::new(args.hours_zone.unwrap_or(before), windows, holidays)
        .map(|hours| Some(Some(hours)))
        .map_err(|error| Error::Usage(format!("--hours: {error}")))
}

/// What caps become; `None` when none is named.
pub(crate) fn number_caps(args: &[Change<NumberCap>]) -> Result<Option<NumberCaps>, Error> {
    if args.is_empty() {
        return Ok(None);
    }
    let caps: Vec<_> = args.iter().filter_map(|cap| cap.value()).collect();
    if !caps.is_empty() && caps.len() < args.len() {
        return Err(Error::Usage("--number-caps none stands alone".to_owned()));
    }
    NumberCaps::new(caps)
        .map(Some)
        .map_err(|error| Error::Usage(format!("--number-caps: {error}")))
}

/// One of several trunks: its name, and where something is said of it, its priority and weight.
#[derive(Debug, Clone)]
pub(crate) struct NamedTrunk {
    pub name: TrunkName,
    pub priority: Option<u32>,
    pub weight: Option<u32>,
}

impl FromStr for NamedTrunk {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            let remedy = "write name, name:priority or name:priority:weight, as in carrier:1:30";
            Invalid::new("trunk", text, remedy)
        };
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default().parse()?;
        let mut number = || {
            parts
                .next()
                .map(|part| part.parse().map_err(|_| wrong()))
                .transpose()
        };
        let (priority, weight) = (number()?, number()?);
        match parts.next() {
            Some(_) => Err(wrong()),
            None => Ok(Self {
                name,
                priority,
                weight,
            }),
        }
    }
}

/// Several things on one line.
pub(crate) fn list(items: &[impl ToString]) -> String {
    let texts: Vec<_> = items.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// Hours on one line.
pub(crate) fn show_hours(hours: Option<&CallingHours>) -> String {
    let Some(hours) = hours else { return String::new() };
    let windows: Vec<_> = hours.windows().iter().map(ToString::to_string).collect();
    let whose = match hours.zone() {
        HoursZone::Project => "",
        HoursZone::Callee => " (callee's clock)",
    };
    let holidays = match hours.holidays().len() {
        0 => String::new(),
        count => format!(" without {}", output::counted(count as u64, "holiday")),
    };
    format!("{}{whose}{holidays}", windows.join("; "))
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

/// Another value for a parameter of detection, `KEY=VALUE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Set {
    pub(crate) key: AmdKey,
    pub(crate) value: u32,
}

/// Values to try for one, `KEY=A,B,C`.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    pub(crate) key: AmdKey,
    pub(crate) values: Vec<u32>,
}

impl FromStr for Try {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, values) = text
            .split_once('=')
            .ok_or("write it as in greeting_ms=1200,1500")?;
        let key: AmdKey = key.trim().parse().map_err(|error: Invalid| error.to_string())?;
        let number = |value: &str| {
            value
                .trim()
                .parse()
                .map_err(|_| format!("`{value}` is no whole number"))
        };
        let values = values.split(',').map(number).collect::<Result<Vec<u32>, _>>()?;
        // One that does not fit is refused before any file is read.
        for value in &values {
            let fits = AmdSettings::default().with(key, *value);
            fits.map_err(|error| error.to_string())?;
        }
        Ok(Self { key, values })
    }
}

impl FromStr for Set {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let Try { key, values } = text.parse()?;
        match values.as_slice() {
            [value] => Ok(Self { key, value: *value }),
            _ => Err(format!("give one value; --try {text} tries several")),
        }
    }
}
