//! The rules about time, each against its words.

use super::*;
use crate::store::tests as made;

fn at(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(time.as_millisecond())
}

fn tenant(hours: &str) -> Project {
    Project {
        hours: serde_json::from_str(hours).unwrap(),
        ..made::project(1.try_into().unwrap())
    }
}

fn list() -> Campaign {
    made::campaign(1.try_into().unwrap(), 1.try_into().unwrap(), "one")
}

fn held(reason: Hold, until: &str) -> Option<Waits> {
    waits(reason, Some(at(until)))
}

#[test]
fn a_schedule_comes_before_the_hours_and_ends_for_good() {
    let office = tenant(r#"{"windows":["mon-fri 08:00-20:00"]}"#);
    let list = Campaign {
        starts_at: Some(at("2026-11-20T10:00:00-05:00")),
        ends_at: Some(at("2026-11-24T12:00:00-05:00")),
        ..list()
    };
    for (now, expected) in [
        (
            "2026-11-19T09:00:00-05:00",
            held(Hold::ScheduledStart, "2026-11-20T10:00:00-05:00"),
        ),
        ("2026-11-20T10:00:00-05:00", None),
        (
            "2026-11-20T20:00:00-05:00",
            held(Hold::CallingHours, "2026-11-23T08:00:00-05:00"),
        ),
        ("2026-11-24T11:59:59-05:00", None),
        ("2026-11-24T12:00:00-05:00", waits(Hold::ScheduledEnd, None)),
    ] {
        assert_eq!(campaign(&office, &list, at(now)), expected, "{now}");
    }
}

#[test]
fn a_campaign_narrows_the_hours_of_its_project() {
    let office = tenant(r#"{"windows":["mon-fri 08:00-20:00"]}"#);
    let mornings = Campaign {
        hours: serde_json::from_str(r#"{"windows":["daily 06:00-10:00"]}"#).unwrap(),
        ..list()
    };
    let friday = "2026-11-20T10:00:00-05:00";
    assert_eq!(
        campaign(&office, &mornings, at(friday)),
        held(Hold::CallingHours, "2026-11-23T08:00:00-05:00")
    );
    assert_eq!(
        campaign(&office, &mornings, at("2026-11-20T09:59:00-05:00")),
        None
    );
    assert_eq!(
        campaign(&tenant("null"), &list(), at(friday)),
        None,
        "without hours there is no rule"
    );
}

#[test]
fn hours_where_the_callee_is_are_a_matter_of_the_number() {
    let there = tenant(r#"{"zone":"callee","windows":["daily 08:00-20:00"]}"#);
    let now = at("2026-07-01T14:00:00Z");
    assert_eq!(
        campaign(&there, &list(), now),
        None,
        "it depends on who is called"
    );
    let held_of = |text: &str| number(&there, None, &text.parse().unwrap(), now);
    assert_eq!(held_of("+12125550100"), None);
    assert_eq!(
        held_of("+12135550100"),
        held(Hold::CallingHours, "2026-07-01T15:00:00Z")
    );
    assert_eq!(
        held_of("+5215512345678"),
        held(Hold::CallingHours, "2026-07-01T15:00:00Z")
    );
    assert_eq!(held_of("+8821612345678"), waits(Hold::UnknownZone, None));
    let nowhere = Project {
        timezone: "Nowhere".into(),
        ..tenant(r#"{"windows":["daily 00:00-24:00"]}"#)
    };
    assert_eq!(campaign(&nowhere, &list(), now), waits(Hold::UnknownZone, None));
}
