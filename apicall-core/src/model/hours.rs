//! When people may be called: windows of the week, holidays, and whose clock they are read by.
//!
//! Deliberately absent: whether a moment is within them, which is `schedule::hours`.

use super::Invalid;
use super::text::{serde_as_text, text_enum};
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Most windows, and most holidays.
const WINDOWS: usize = 50;
const HOLIDAYS: usize = 1_000;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// The days of a week, as they are written.
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

text_enum! {
    /// By whose clock hours are read.
    HoursZone as "zone of calling hours" {
        /// The project's time zone.
        Project = "project",
        /// Where the number called may be; every place it may be in has to be within the hours.
        Callee = "callee",
    }
}

/// When people may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Form", into = "Form")]
pub struct CallingHours {
    zone: HoursZone,
    windows: Vec<Window>,
    holidays: Vec<Holiday>,
}

impl CallingHours {
    /// 1 to 50 windows, up to 1,000 holidays.
    pub fn new(zone: HoursZone, windows: Vec<Window>, holidays: Vec<Holiday>) -> Result<Self, Invalid> {
        if !(1..=WINDOWS).contains(&windows.len()) {
            return Err(Invalid::new(
                "list of windows",
                format!("{} windows", windows.len()),
                "give 1 to 50, as in mon-fri 08:00-20:00; clear the hours where there are none to keep",
            ));
        }
        if holidays.len() > HOLIDAYS {
            let remedy = "give at most 1000; one that comes every year is written once, as in 12-25";
            return Err(Invalid::new(
                "list of holidays",
                format!("{} holidays", holidays.len()),
                remedy,
            ));
        }
        Ok(Self {
            zone,
            windows,
            holidays,
        })
    }

    /// By whose clock they are read.
    pub const fn zone(&self) -> HoursZone {
        self.zone
    }

    /// The windows; together they are the hours.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether nobody is called on a day, and no window begins on it.
    pub fn is_holiday(&self, date: Date) -> bool {
        self.holidays.iter().any(|holiday| holiday.is_on(date))
    }

    /// The days off.
    pub fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default = "of_the_project")]
    zone: HoursZone,
    windows: Vec<Window>,
    #[serde(default)]
    holidays: Vec<Holiday>,
}

const fn of_the_project() -> HoursZone {
    HoursZone::Project
}

impl TryFrom<Form> for CallingHours {
    type Error = Invalid;
    fn try_from(form: Form) -> Result<Self, Invalid> {
        Self::new(form.zone, form.windows, form.holidays)
    }
}

impl From<CallingHours> for Form {
    fn from(hours: CallingHours) -> Self {
        Self {
            zone: hours.zone,
            windows: hours.windows,
            holidays: hours.holidays,
        }
    }
}

/// A window: from a minute to another on certain days, as in `mon-fri 08:00-20:00`. One that ends before it begins ends on
/// the day after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    days: Days,
    from: u16,
    to: u16,
}

impl Window {
    /// Whether it begins on such a day.
    pub fn begins_on(self, day: Weekday) -> bool {
        self.days.has(day)
    }

    /// The minute of the day in which it begins.
    pub const fn from_minute(self) -> u16 {
        self.from
    }

    /// The minute of the day before which it ends: of the same day, or of the next when it is no later than its beginning.
    pub const fn to_minute(self) -> u16 {
        self.to
    }

    /// Whether it goes on after midnight.
    pub const fn crosses_midnight(self) -> bool {
        self.to < self.from
    }
}

impl FromStr for Window {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "window",
                text,
                "write days and minutes, as in mon-fri 08:00-20:00, sat,sun 10:00-14:00, daily 00:00-24:00 or fri 22:00-02:00",
            )
        };
        let (days, minutes) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let (from, to) = minutes.trim().split_once('-').ok_or_else(wrong)?;
        let from = minute(from).filter(|from| *from < DAY).ok_or_else(wrong)?;
        let to = minute(to).ok_or_else(wrong)?;
        let days = days.parse().map_err(|()| wrong())?;
        if from == to {
            let remedy = "let it end after it begins; a whole day is 00:00-24:00";
            return Err(Invalid::new("window", text, remedy));
        }
        Ok(Self { days, from, to })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { days, from, to } = self;
        let (h, m) = (from / 60, from % 60);
        write!(f, "{days} {h:02}:{m:02}-{:02}:{:02}", to / 60, to % 60)
    }
}

serde_as_text!(Window);

/// `08:00`; `24:00` is the end of a day.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (hours, minutes): (u16, u16) = (two(hours) && two(minutes))
        .then(|| Some((hours.parse().ok()?, minutes.parse().ok()?)))
        .flatten()?;
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY).then_some(minute)
}

/// Days of the week, a bit each from Monday on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Days(u8);

impl Days {
    const ALL: Self = Self(0x7f);

    fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

impl FromStr for Days {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "daily" {
            return Ok(Self::ALL);
        }
        let place = |name: &str| NAMES.iter().position(|known| *known == name).ok_or(());
        let mut days = 0;
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (place(first)?, place(last)?);
            let length = (last + 7 - first) % 7;
            days |= (0..=length).fold(0, |days, n| days | 1 << ((first + n) % 7));
        }
        Ok(Self(days))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("daily");
        }
        let (mut day, mut first) = (0, true);
        while day < 7 {
            let run = (day..7).take_while(|day| self.0 & (1 << day) != 0).count();
            if run > 0 {
                f.write_str(if first { "" } else { "," })?;
                f.write_str(NAMES[day])?;
                if run > 1 {
                    write!(f, "-{}", NAMES[day + run - 1])?;
                }
                first = false;
            }
            day += run.max(1);
        }
        Ok(())
    }
}

/// A day off: `2026-04-03`, or `12-25` for every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holiday {
    /// Once.
    On(Date),
    /// Every year: month and day.
    Yearly(i8, i8),
}

impl Holiday {
    fn is_on(self, date: Date) -> bool {
        match self {
            Self::On(day) => day == date,
            Self::Yearly(month, day) => (date.month(), date.day()) == (month, day),
        }
    }
}

impl FromStr for Holiday {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let trimmed = text.trim();
        let every_year = || {
            let (month, day) = trimmed.split_once('-')?;
            let (month, day) = (month.parse().ok()?, day.parse().ok()?);
            // Of a leap year: 02-29 is a day of some years.
            Date::new(2024, month, day).ok()?;
            Some(Self::Yearly(month, day))
        };
        let shape = |length: usize| {
            trimmed.len() == length && trimmed.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        };
        let read = match (shape(10), shape(5)) {
            (true, _) => trimmed.parse().ok().map(Self::On),
            (_, true) => every_year(),
            _ => None,
        };
        read.ok_or_else(|| {
            let remedy = "write a date, as in 2026-04-03, or one of every year, as in 12-25";
            Invalid::new("holiday", text, remedy)
        })
    }
}

impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(date) => write!(f, "{date}"),
            Self::Yearly(month, day) => write!(f, "{month:02}-{day:02}"),
        }
    }
}

serde_as_text!(Holiday);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_and_written() {
        for (text, canonical) in [
            ("mon-fri 08:00-20:00", "mon-fri 08:00-20:00"),
            ("  sat  10:00 - 14:00 ", "sat 10:00-14:00"),
            ("sun,mon,tue,thu 00:00-24:00", "mon-tue,thu,sun 00:00-24:00"),
            ("mon-sun 22:00-02:00", "daily 22:00-02:00"),
            ("sat-mon 09:30-09:31", "mon,sat-sun 09:30-09:31"),
            ("daily 20:00-00:00", "daily 20:00-00:00"),
        ] {
            let window: Window = text.parse().unwrap();
            assert_eq!(window.to_string(), canonical);
            assert_eq!(canonical.parse::<Window>().unwrap(), window);
        }
        for text in [
            "",
            "mon",
            "mon 8:00-20:00",
            "mon 08:00-24:01",
            "mon 24:00-08:00",
            "mon 08:60-09:00",
            "mon 08:00-08:00",
            "monday 08:00-20:00",
            "mon- 08:00-20:00",
            "mon 08:00",
            "mon +8:00-20:00",
        ] {
            let refusal = text.parse::<Window>().unwrap_err().to_string();
            assert!(refusal.contains("00:00-24:00"), "{refusal}");
        }
    }

    #[test]
    fn holidays_are_read_and_written() {
        for text in ["2026-04-03", "12-25", "02-29"] {
            assert_eq!(text.parse::<Holiday>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026-02-29",
            "13-01",
            "02-30",
            "12/25",
            "2026-4-3",
            "+2-25",
            "1-1",
        ] {
            assert!(text.parse::<Holiday>().is_err(), "{text}");
        }
    }

    #[test]
    fn hours_cross_a_wire() {
        let text = r#"{"windows":["mon-fri 08:00-20:00"]}"#;
        let hours: CallingHours = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json::to_string(&hours).unwrap(),
            r#"{"zone":"project","windows":["mon-fri 08:00-20:00"],"holidays":[]}"#
        );
        for wrong in [
            r#"{"windows":[]}"#,
            r#"{"windows":["x"]}"#,
            r#"{}"#,
            r#"{"windows":["daily 08:00-20:00"],"zone":"theirs"}"#,
            r#"{"windows":["daily 08:00-20:00"],"days":1}"#,
        ] {
            assert!(serde_json::from_str::<CallingHours>(wrong).is_err(), "{wrong}");
        }
    }
}
