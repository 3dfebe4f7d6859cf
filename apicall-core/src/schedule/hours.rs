//! Whether people may be called at a moment, and from when on they may be.
//!
//! Hours are read by the clock on the wall of every zone in question: a window that clocks pass twice, when they are put
//! back, is open twice; one that they skip is not open that day. A holiday is a date of that zone: nobody is called on it,
//! and no window begins on it, so that the end of a night's window is closed on both sides of its midnight.
//!
//! Deliberately absent: who asks, and what keeps calls back beside the time of day.

use crate::model::{CallingHours, Timestamp, Window};
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, ToSpan};

/// How far ahead an opening is looked for: a year, with its holidays, has every date but one.
const DAYS_AHEAD: i32 = 400;

/// Hours, and the zones that they are read in. All zones have to be within them; without a zone nobody may be called.
#[derive(Debug, Clone, Copy)]
pub struct HoursIn<'a> {
    /// The hours.
    pub hours: &'a CallingHours,
    /// Where.
    pub zones: &'a [TimeZone],
}

/// Whether a moment is within all of these.
pub fn is_open(rules: &[HoursIn<'_>], at: Timestamp) -> bool {
    rules.iter().all(|rule| {
        let here = |zone: &TimeZone| civil(at, zone).is_some_and(|now| is_within(rule.hours, now));
        !rule.zones.is_empty() && rule.zones.iter().all(here)
    })
}

/// The first moment from `from` on that is within all of these; `None` when there is none within 400 days.
pub fn opens_at(rules: &[HoursIn<'_>], from: Timestamp) -> Option<Timestamp> {
    if is_open(rules, from) {
        return Some(from);
    }
    if rules.iter().any(|rule| rule.zones.is_empty()) {
        return None;
    }
    let mut first: Option<Timestamp> = None;
    for day in -1..DAYS_AHEAD {
        let edges = rules.iter().flat_map(|rule| edges_of_day(*rule, from, day));
        let opens = edges.filter(|at| *at > from && is_open(rules, *at)).min();
        first = match (first, opens) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        // The same day lies up to 26 hours apart around the world.
        if first.is_some_and(|first| first < day_begins(from, day - 1)) {
            return first;
        }
    }
    first
}

fn day_begins(from: Timestamp, day: i32) -> Timestamp {
    Timestamp::from_millis(from.millis().saturating_add(i64::from(day) * 86_400_000))
}

/// When hours may open on the day of `from` or so many days later: where windows begin, at midnight after a holiday, and
/// where clocks are changed.
fn edges_of_day(rule: HoursIn<'_>, from: Timestamp, day: i32) -> impl Iterator<Item = Timestamp> {
    rule.zones.iter().flat_map(move |zone| {
        let date = civil(from, zone).and_then(|now| now.date().checked_add(Span::new().days(day)).ok());
        let starts = rule.hours.windows().iter().map(|window| window.from_minute());
        let on_the_wall = starts.chain([0]).filter_map(move |minute| {
            let midnight = date?.at(0, 0, 0, 0);
            midnight.checked_add(i32::from(minute).minutes()).ok()
        });
        let begins = on_the_wall.flat_map(|time| instants(time, zone));
        let midnight = date.and_then(|date| date.at(0, 0, 0, 0).to_zoned(zone.clone()).ok());
        let changes = midnight.into_iter().flat_map(|midnight| {
            let until = midnight.timestamp().checked_add(36.hours()).ok();
            let next = zone.following(midnight.timestamp()).next();
            next.map(|change| change.timestamp())
                .filter(|at| until.is_some_and(|until| *at < until))
        });
        let changes = changes.map(|at| Timestamp::from_millis(at.as_millisecond()));
        begins.chain(changes).collect::<Vec<_>>()
    })
}

/// When a clock on the wall shows a time: once, twice, or never.
fn instants(time: DateTime, zone: &TimeZone) -> Vec<Timestamp> {
    let offsets = match zone.to_ambiguous_zoned(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![offset],
        AmbiguousOffset::Fold { before, after } => vec![before, after],
        AmbiguousOffset::Gap { .. } => vec![],
    };
    let at = offsets
        .into_iter()
        .filter_map(|offset| offset.to_timestamp(time).ok());
    at.map(|at| Timestamp::from_millis(at.as_millisecond())).collect()
}

/// What the clock on the wall shows.
pub fn civil(at: Timestamp, zone: &TimeZone) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(zone.to_datetime(at))
}

fn is_within(hours: &CallingHours, now: DateTime) -> bool {
    let (today, minute) = (now.date(), i32::from(now.hour()) * 60 + i32::from(now.minute()));
    if hours.is_holiday(today) {
        return false;
    }
    let begins = |window: &Window, date: Date| window.begins_on(date.weekday()) && !hours.is_holiday(date);
    hours.windows().iter().any(|window| {
        let (from, to) = (i32::from(window.from_minute()), i32::from(window.to_minute()));
        if window.crosses_midnight() {
            let tonight = minute >= from && begins(window, today);
            let since_yesterday = minute < to && today.yesterday().is_ok_and(|before| begins(window, before));
            tonight || since_yesterday
        } else {
            (from..to).contains(&minute) && begins(window, today)
        }
    })
}

#[cfg(test)]
mod tests;
