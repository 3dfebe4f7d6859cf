//! Retries, each rule against its words.

use super::*;
use crate::schedule::zones;
use crate::store::tests::ended_call;

fn at(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(time.as_millisecond())
}

fn policy(text: &str) -> RetryPolicy {
    serde_json::from_str(text).unwrap()
}

#[test]
fn retries_follow_the_policy() {
    let policy = RetryPolicy::default();
    let now = Timestamp::from_millis(1_000_000);
    let next = |attempt, outcome, by| after(&policy, attempt, outcome, by, now);
    assert_eq!(
        next(1, Outcome::Busy, None),
        Next::RetryAt(Timestamp::from_millis(1_300_000))
    );
    assert_eq!(next(3, Outcome::Busy, None), Next::Done);
    assert_eq!(next(1, Outcome::InvalidNumber, None), Next::Done);
    assert_eq!(next(1, Outcome::Cancelled, None), Next::Done);
    assert_eq!(next(1, Outcome::Answered, Some(AnsweredBy::Human)), Next::Done);
    let machine = next(1, Outcome::Answered, Some(AnsweredBy::Machine));
    assert_eq!(machine, Next::RetryAt(Timestamp::from_millis(4_600_000)));
}

#[test]
fn each_further_wait_is_longer_up_to_the_longest() {
    let policy = policy(
        r#"{"max_attempts":20,"delay_s":{"busy":60,"no_answer":900},"backoff":{"busy":3},"longest_s":1000}"#,
    );
    let waits = |attempt, outcome| match after(&policy, attempt, outcome, None, at("2026-11-20T12:00:00Z")) {
        Next::RetryAt(due) => due.since(at("2026-11-20T12:00:00Z")).as_secs(),
        Next::Done => 0,
    };
    assert_eq!(
        [1, 2, 3, 4, 19].map(|attempt| waits(attempt, Outcome::Busy)),
        [60, 180, 540, 1_000, 1_000]
    );
    assert_eq!(
        [1, 5].map(|attempt| waits(attempt, Outcome::NoAnswer)),
        [900, 900]
    );
    for wrong in [
        r#"{"max_attempts":3,"delay_s":{"busy":60},"backoff":{"busy":11}}"#,
        r#"{"max_attempts":3,"delay_s":{"busy":60},"backoff":{"no_answer":2}}"#,
        r#"{"max_attempts":3,"delay_s":{"busy":60},"longest_s":0}"#,
        r#"{"max_attempts":3,"delay_s":{"busy":60},"other_hour":["lost"]}"#,
    ] {
        assert!(serde_json::from_str::<RetryPolicy>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn another_hour_is_another_one_wherever_the_callee_may_be() {
    let policy = policy(r#"{"max_attempts":9,"delay_s":{"no_answer":86400},"other_hour":["no_answer"]}"#);
    let next = |dialed: &str, ended: &str, zone: &[&str]| {
        let zones: Vec<_> = zone.iter().map(|name| zones::named(name).unwrap()).collect();
        let call = Call {
            dialed_at: Some(at(dialed)),
            ..ended_call(Outcome::NoAnswer)
        };
        match after(&policy, 1, Outcome::NoAnswer, None, at(ended)) {
            Next::RetryAt(due) => in_its_hour(&policy, &call, due, &zones).to_string(),
            Next::Done => panic!("it is tried again"),
        }
    };
    let bogota = ["America/Bogota"];
    assert_eq!(
        next("2026-11-20T09:10:00-05:00", "2026-11-20T09:11:00-05:00", &bogota),
        "2026-11-21T15:00:00.000Z"
    );
    assert_eq!(
        next("2026-11-20T09:50:00-05:00", "2026-11-20T10:05:00-05:00", &bogota),
        "2026-11-21T15:05:00.000Z"
    );
    assert_eq!(
        next(
            "2026-11-20T09:10:00+05:45",
            "2026-11-20T09:11:00+05:45",
            &["Asia/Kathmandu"]
        ),
        "2026-11-21T04:15:00.000Z"
    );
    // The hour between one and two comes twice in New York that night.
    assert_eq!(
        next(
            "2026-10-31T01:10:00-04:00",
            "2026-10-31T01:11:00-04:00",
            &["America/New_York"]
        ),
        "2026-11-01T07:00:00.000Z"
    );
    assert_eq!(
        next(
            "2026-11-20T09:10:00Z",
            "2026-11-20T09:11:00Z",
            &["UTC", "Asia/Kolkata"]
        ),
        "2026-11-21T10:00:00.000Z"
    );
}
