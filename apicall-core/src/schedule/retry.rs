//! What becomes of a contact after a call.

use crate::model::{AnsweredBy, Call, Outcome, RetryKey, RetryPolicy, Timestamp};
use jiff::tz::TimeZone;
use jiff::{RoundMode, ToSpan, Unit, ZonedRound};
use std::time::Duration;

/// What comes next for a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another call, not before this time.
    RetryAt(Timestamp),
    /// Nothing.
    Done,
}

/// Decides by the policy, after the `attempts`-th call ended so. A person reached, or a call we gave up, is final.
pub fn after(
    policy: &RetryPolicy,
    attempts: u32,
    outcome: Outcome,
    answered_by: Option<AnsweredBy>,
    ended_at: Timestamp,
) -> Next {
    if attempts >= policy.max_attempts() {
        return Next::Done;
    }
    let delay_s = RetryKey::of(outcome, answered_by).and_then(|key| policy.wait_s(key, attempts));
    delay_s.map_or(Next::Done, |delay_s| {
        Next::RetryAt(ended_at.plus(Duration::from_secs(delay_s.into())))
    })
}

/// When a retry that is due may be made where the policy wants another hour of the day than that of the call. `zones` are
/// those that the callee may be in.
pub fn in_its_hour(policy: &RetryPolicy, call: &Call, due: Timestamp, zones: &[TimeZone]) -> Timestamp {
    let key = call
        .outcome
        .and_then(|outcome| RetryKey::of(outcome, call.answered_by));
    in_hour_of(policy, key, call.dialed_at, due, zones)
}

/// The same of a call of which only that is known.
pub fn in_hour_of(
    policy: &RetryPolicy,
    key: Option<RetryKey>,
    dialed_at: Option<Timestamp>,
    due: Timestamp,
    zones: &[TimeZone],
) -> Timestamp {
    match dialed_at.filter(|_| key.is_some_and(|key| policy.is_other_hour(key))) {
        Some(dialed_at) => in_another_hour(due, dialed_at, zones),
        None => due,
    }
}

/// The first moment from `due` on that is not in the hour of the day in which was dialed, in any of the zones.
fn in_another_hour(due: Timestamp, dialed_at: Timestamp, zones: &[TimeZone]) -> Timestamp {
    let mut at = due;
    // Where clocks are put back an hour comes twice; zones that lie half an hour apart take turns.
    for _ in 0..4 {
        let same = zones
            .iter()
            .filter(|zone| hour(at, zone) == hour(dialed_at, zone));
        match same.filter_map(|zone| next_hour(at, zone)).max() {
            Some(later) => at = later,
            None => break,
        }
    }
    at
}

fn hour(at: Timestamp, zone: &TimeZone) -> Option<i8> {
    let at = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(zone.to_datetime(at).hour())
}

fn next_hour(at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let at = jiff::Timestamp::from_millisecond(at.millis())
        .ok()?
        .to_zoned(zone.clone());
    let begun = at
        .round(ZonedRound::new().smallest(Unit::Hour).mode(RoundMode::Trunc))
        .ok()?;
    let next = begun.timestamp().checked_add(1.hour()).ok()?;
    Some(Timestamp::from_millis(next.as_millisecond()))
}

#[cfg(test)]
mod tests;
