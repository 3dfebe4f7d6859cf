//! What is in the way, obstacle by obstacle.

use super::*;
use crate::model::{CallerIds, CampaignState, NumberCaps};
use crate::schedule::exits::Usable;
use crate::schedule::why::Way;
use crate::store::tests as made;
use ObstacleKind as About;
use Severity::{Error, Warning};
use serde_json::json;

/// A Friday morning in Bogotá.
const FRIDAY: &str = "2026-11-20T10:00:00-05:00";

fn at(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(time.as_millisecond())
}

fn way(trunk: i64) -> Way {
    Way {
        of: ProjectTrunk::only(trunk.try_into().unwrap()),
        name: format!("trunk{trunk}"),
        switch: None,
        usable: Usable::Fully,
        trouble: None,
        tried_at: None,
    }
}

fn broken(trunk: i64) -> Way {
    Way {
        usable: Usable::Not,
        trouble: Some("its switch is down: gone".to_owned()),
        ..way(trunk)
    }
}

fn hours(windows: &str) -> Option<crate::model::CallingHours> {
    serde_json::from_value(json!({ "windows": [windows] })).unwrap()
}

/// A campaign that nothing is wrong with: 7,200 contacts at one a second take two hours.
fn good() -> Plan {
    let project = Project {
        hours: hours("mon-fri 08:00-20:00"),
        number_caps: NumberCaps::new(vec!["1/24h".parse().unwrap()]).unwrap(),
        caller_id: Some("5551".parse().unwrap()),
        ..made::project(1.try_into().unwrap())
    };
    let mut campaign = Campaign {
        state: CampaignState::Created,
        ..made::campaign(7.try_into().unwrap(), project.id, "list")
    };
    campaign.limits.cps = Some(Cps::whole(1).unwrap());
    let sampled = |n: u64| Sampled {
        number: format!("+5730{n:08}").parse().unwrap(),
        is_listed: false,
        past: vec![],
    };
    Plan {
        day: caller_id::today(&project, at(FRIDAY)).day,
        project,
        campaign,
        contacts: 8_000,
        pending: 7_200,
        sample: (0..4).map(sampled).collect(),
        caller_ids: vec![],
        ways: Ways {
            all: vec![way(1)],
            fault: None,
        },
        trunk_cps: vec![],
        engine_cps: None,
        missing: vec![],
        fault: None,
    }
}

fn cps(plan: &mut Plan, rate: u32) {
    plan.campaign.limits.cps = Some(Cps::whole(rate).unwrap());
}

fn list(plan: &mut Plan, count: usize) {
    plan.sample
        .iter_mut()
        .take(count)
        .for_each(|one| one.is_listed = true);
}

fn call(plan: &mut Plan, count: usize) {
    let past = PastCall {
        at: at("2026-11-20T09:00:00-05:00"),
        open: false,
        answered: false,
    };
    plan.sample
        .iter_mut()
        .take(count)
        .for_each(|one| one.past = vec![past]);
}

fn show(plan: &mut Plan, used: u32, when_none: &str) {
    let ids =
        json!({ "numbers": ["5551", "5552"], "policy": "fixed", "daily_cap": 100, "when_none": when_none });
    plan.project.caller_ids = serde_json::from_value::<Option<CallerIds>>(ids).unwrap();
    let facts = CallerIdFacts {
        used_today: used,
        ..CallerIdFacts::default()
    };
    plan.caller_ids = vec![facts.clone(), facts];
}

type Case = (fn(&mut Plan), Severity, ObstacleKind, &'static str);

const CASES: [Case; 24] = [
    (
        |p| p.fault = Some("the store is away".into()),
        Error,
        About::Engine,
        "the store is away",
    ),
    (
        |p| (p.contacts, p.pending, p.sample) = (0, 0, vec![]),
        Error,
        About::Contacts,
        "no contacts",
    ),
    (
        |p| (p.pending, p.sample) = (0, vec![]),
        Error,
        About::Contacts,
        "none of its 8000",
    ),
    (
        |p| p.ways.fault = Some("no trunk".into()),
        Error,
        About::Trunk,
        "no trunk",
    ),
    (
        |p| p.ways.all = vec![broken(1)],
        Error,
        About::Trunk,
        "trunk1: its switch is down",
    ),
    (
        |p| p.ways.all.push(broken(2)),
        Warning,
        About::Trunk,
        "trunk2: its switch is down",
    ),
    (
        |p| p.missing = vec!["promo".parse().unwrap()],
        Warning,
        About::Audio,
        "promo",
    ),
    (
        |p| p.campaign.ends_at = Some(at(FRIDAY)),
        Error,
        About::Schedule,
        "has passed",
    ),
    (
        |p| p.campaign.starts_at = Some(at("2026-11-22T10:00:00-05:00")),
        Warning,
        About::Schedule,
        "2026-11-23T13:00",
    ),
    (
        |p| p.project.hours = hours("mon-fri 12:00-20:00"),
        Warning,
        About::CallingHours,
        "2026-11-20T17:00",
    ),
    (
        |p| {
            p.project.hours = hours("mon 08:00-20:00");
            p.campaign.hours = hours("tue 08:00-20:00");
        },
        Error,
        About::CallingHours,
        "never open",
    ),
    (
        |p| {
            p.project.hours = hours("mon 08:00-20:00");
            p.campaign.ends_at = Some(at("2026-11-22T10:00:00-05:00"));
            cps(p, 10_000);
        },
        Error,
        About::CallingHours,
        "do not open between",
    ),
    (
        |p| p.project.timezone = "Mars/Olympus".into(),
        Error,
        About::CallingHours,
        "Mars/Olympus",
    ),
    (
        |p| list(p, 1),
        Warning,
        About::DoNotCall,
        "first 4 contacts that wait, 1 are on",
    ),
    (|p| list(p, 4), Error, About::DoNotCall, "4 are on"),
    (|p| call(p, 3), Warning, About::NumberCap, "3 are at a cap"),
    (|p| call(p, 4), Error, About::NumberCap, "4 are at a cap"),
    (
        |p| {
            p.project.hours =
                serde_json::from_value(json!({ "zone": "callee", "windows": ["daily 00:00-24:00"] }))
                    .unwrap();
            p.sample[0].number = "+8821612345678".parse().unwrap();
        },
        Warning,
        About::CallingHours,
        "1 are of a number",
    ),
    (
        |p| p.project.caller_id = None,
        Warning,
        About::CallerId,
        "what the trunk shows",
    ),
    (|p| show(p, 100, "wait"), Error, About::CallerId, "none of its 2"),
    (
        |p| show(p, 100, "caller_id"),
        Warning,
        About::CallerId,
        "none of its 2",
    ),
    (
        |p| show(p, 40, "wait"),
        Warning,
        About::CallerId,
        "120 more times",
    ),
    (
        |p| {
            cps(p, 10);
            p.trunk_cps = vec![(1.try_into().unwrap(), Cps::whole(4).unwrap())];
        },
        Warning,
        About::Rate,
        "its trunks is 4/s",
    ),
    (
        |p| p.campaign.ends_at = Some(at("2026-11-20T11:59:59-05:00")),
        Warning,
        About::Duration,
        "2026-11-20T17:00:00",
    ),
];

#[test]
fn each_obstacle_is_named_with_its_severity_and_a_remedy() {
    let nothing = look(&good(), at(FRIDAY));
    assert_eq!(nothing.obstacles, []);
    assert_eq!(nothing.first_calls_done_at, Some(at("2026-11-20T12:00:00-05:00")));
    for (place, (change, severity, what, words)) in CASES.into_iter().enumerate() {
        let mut plan = good();
        change(&mut plan);
        let found = look(&plan, at(FRIDAY)).obstacles;
        let same = found
            .iter()
            .find(|one| (one.severity, one.what) == (severity, what));
        let Some(one) = same else {
            panic!("case {place}: no {severity} about {what} in {found:?}");
        };
        assert!(
            one.says.contains(words) && !one.remedy.is_empty(),
            "case {place}: {one:?}"
        );
    }
}

#[test]
fn the_worst_comes_first_and_hours_stretch_a_campaign() {
    let mut plan = good();
    plan.project.caller_id = None;
    plan.pending = 0;
    let found = look(&plan, at(FRIDAY)).obstacles;
    assert_eq!(
        found.iter().map(|one| one.severity).collect::<Vec<_>>(),
        [Error, Warning]
    );
    // Eleven hours: ten on Friday, one on Monday.
    let long = Plan {
        pending: 11 * 3_600,
        ..good()
    };
    let done_at = look(&long, at(FRIDAY)).first_calls_done_at;
    assert_eq!(done_at, Some(at("2026-11-23T09:00:00-05:00")));
    let mut unlimited = good();
    unlimited.campaign.limits.cps = None;
    assert_eq!(look(&unlimited, at(FRIDAY)).first_calls_done_at, None);
}
