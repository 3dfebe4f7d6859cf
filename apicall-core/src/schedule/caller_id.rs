//! Which of a project's numbers a callee sees.
//!
//! | policy | of the numbers that are free |
//! |---|---|
//! | `fixed` | the first |
//! | `round_robin` | the one whose last use is longest ago |
//! | `least_used` | the one that was used least today |
//! | `local_presence` | the one that begins like the callee's for longest, beyond the country code; else the least used |
//! | `learned` | the one whose calls are answered most; in some of 100 calls any |
//!
//! A number is free unless it was used as often as it may be today, or rests. When none is, calls wait, or the project's own
//! caller ID is shown, as the project says.
//!
//! Deliberately absent: where the facts come from.

use super::zones;
use crate::model::{
    CalendarDay, CallerIdFacts, CallerIdPolicy, CallerIds, ChosenBy, PhoneNumber, Project, Timestamp,
    WhenNone,
};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use std::cmp::Reverse;

/// From so many calls on, older ones count half of what they did.
const OF_LATE: u32 = 500;

/// A day of a project's, by its time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    /// Which.
    pub day: CalendarDay,
    /// When the next begins.
    pub ends: Timestamp,
}

/// What a call is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The number at this place of the list, and why.
    Number(usize, ChosenBy),
    /// The project's own caller ID.
    Own,
    /// Nothing: the call waits until then.
    Wait(Timestamp),
}

/// The day of a project's calendar; that of UTC where its zone is none.
pub fn today(project: &Project, now: Timestamp) -> Today {
    let zone = zones::named(&project.timezone).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or_default();
    let date = at.to_zoned(zone.clone()).date();
    let begins = |date: jiff::civil::Date| date.to_zoned(zone.clone()).ok();
    let ends = date.checked_add(1.day()).ok().and_then(begins);
    let number = |part: i16| u32::try_from(part).unwrap_or(0);
    let day = number(date.year()) * 10_000 + number(date.month().into()) * 100 + number(date.day().into());
    Today {
        day: CalendarDay(day),
        ends: ends.map_or(now, |ends| {
            Timestamp::from_millis(ends.timestamp().as_millisecond())
        }),
    }
}

/// What is known of a number from now on: it begins to rest when too few of its calls were answered, and is then known anew;
/// old calls count ever less.
pub fn judge(ids: &CallerIds, facts: &CallerIdFacts, now: Timestamp) -> CallerIdFacts {
    let mut judged = facts.clone();
    judged.rests_until = facts.rests_until.filter(|until| *until > now);
    if judged.rests_until.is_none()
        && let Some(rule) = ids.rest()
        && facts.tried >= rule.calls()
        && u64::from(facts.answered) * 100 < u64::from(rule.below_percent()) * u64::from(facts.tried)
    {
        judged.rests_until = Some(now.plus(rule.length()));
        (judged.tried, judged.answered) = (0, 0);
    } else if facts.tried >= OF_LATE {
        (judged.tried, judged.answered) = (facts.tried / 2, facts.answered / 2);
    }
    judged
}

/// When a number is free; `None` is now.
pub fn busy_until(ids: &CallerIds, facts: &CallerIdFacts, now: Timestamp, today: Today) -> Option<Timestamp> {
    let used_up = ids.daily_cap().is_some_and(|cap| facts.used_today >= cap);
    let rests = facts
        .rests_until
        .filter(|until| *until > now && ids.rest().is_some());
    rests.max(used_up.then_some(today.ends))
}

/// When the first of the numbers is free; `None` is now.
pub fn all_busy_until(
    ids: &CallerIds,
    facts: &[CallerIdFacts],
    now: Timestamp,
    today: Today,
) -> Option<Timestamp> {
    let each = facts.iter().map(|facts| busy_until(ids, facts, now, today));
    // `None`, which is now, comes before any time.
    each.min().flatten()
}

/// The number that a callee sees. `facts` are of the numbers, in their order; `random` is any number.
pub fn choose(
    ids: &CallerIds,
    facts: &[CallerIdFacts],
    callee: &PhoneNumber,
    now: Timestamp,
    today: Today,
    random: u64,
) -> Choice {
    let places = 0..ids.numbers().len().min(facts.len());
    let free: Vec<usize> = places
        .filter(|place| busy_until(ids, &facts[*place], now, today).is_none())
        .collect();
    let least_used = |places: &[usize]| least(places, |place| (facts[place].used_today, facts[place].turn));
    let chosen = match ids.policy() {
        CallerIdPolicy::Fixed => free.first().map(|place| (*place, ChosenBy::First)),
        CallerIdPolicy::RoundRobin => {
            least(&free, |place| facts[place].turn).map(|place| (place, ChosenBy::Turn))
        }
        CallerIdPolicy::LeastUsed => least_used(&free).map(|place| (place, ChosenBy::LeastUsed)),
        CallerIdPolicy::LocalPresence => {
            let local = most_local(ids, &free, callee);
            let chosen = least_used(&local).map(|place| (place, ChosenBy::Local));
            chosen.or_else(|| least_used(&free).map(|place| (place, ChosenBy::NoneLocal)))
        }
        CallerIdPolicy::Learned => learned(ids, facts, &free, random),
    };
    match chosen {
        Some((place, by)) => Choice::Number(place, by),
        None if ids.when_none() == WhenNone::OwnCallerId => Choice::Own,
        None => Choice::Wait(all_busy_until(ids, facts, now, today).unwrap_or(now)),
    }
}

/// The place with the least key; the first of several.
fn least<K: Ord>(places: &[usize], key: impl Fn(usize) -> K) -> Option<usize> {
    places.iter().copied().min_by_key(|place| key(*place))
}

/// Those that begin like the callee's number for longest, if they do so beyond the country code.
fn most_local(ids: &CallerIds, free: &[usize], callee: &PhoneNumber) -> Vec<usize> {
    let shared = |place: usize| {
        let own = ids.numbers()[place].as_str();
        shared(own.strip_prefix('+').unwrap_or(own), callee.digits())
    };
    let longest = free.iter().map(|place| shared(*place)).max().unwrap_or(0);
    if longest <= country_code(callee) {
        return Vec::new();
    }
    let longest = free.iter().copied().filter(|place| shared(*place) == longest);
    longest.collect()
}

fn shared(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// How many digits of a number are its country code: by ITU-T E.164's list of assigned codes, which are 1, 7, some of two
/// digits, and three digits for everybody else.
fn country_code(number: &PhoneNumber) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
        "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
        "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    let digits = number.digits();
    match digits.as_bytes()[0] {
        b'1' | b'7' => 1,
        _ if TWO.contains(&&digits[..2]) => 2,
        _ => 3,
    }
}

/// The best of them, or any. A number that is new is taken for one of which every other call is answered.
fn learned(
    ids: &CallerIds,
    facts: &[CallerIdFacts],
    free: &[usize],
    random: u64,
) -> Option<(usize, ChosenBy)> {
    if free.is_empty() {
        return None;
    }
    if random % 100 < u64::from(ids.explore_percent()) {
        let drawn = usize::try_from(random / 100 % free.len() as u64).unwrap_or(0);
        return Some((free[drawn], ChosenBy::Explored));
    }
    // Rates in millionths: no two that differ by less are worth telling apart.
    let rate =
        |facts: &CallerIdFacts| (u64::from(facts.answered) + 1) * 1_000_000 / (u64::from(facts.tried) + 2);
    let best = least(free, |place| {
        (Reverse(rate(&facts[place])), facts[place].used_today)
    });
    best.map(|place| (place, ChosenBy::BestAnswered))
}

#[cfg(test)]
mod tests;
