//! What is in the way, obstacle by obstacle.

use super::*;
use crate::model::{CallerIds, CampaignState, Cps, NumberCaps};
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
        due: None,
        is_listed: false,
        past: vec![],
    };
    Plan {
        in_calls: 0,
        mean_call: None,
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
        trunk_limits: vec![],
        engine_limits: Limits::default(),
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
        "passed over: 8000",
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
        Error,
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
        "do not open before",
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
        "of 4 contacts looked at, on a do-not-call list: 1",
    ),
    (|p| list(p, 4), Error, About::DoNotCall, "list: 4"),
    (
        |p| call(p, 3),
        Warning,
        About::NumberCap,
        "at a cap on the calls to a number: 3",
    ),
    (|p| call(p, 4), Error, About::NumberCap, "number: 4"),
    (
        |p| {
            p.project.hours =
                serde_json::from_value(json!({ "zone": "callee", "windows": ["daily 00:00-24:00"] }))
                    .unwrap();
            p.sample[0].number = "+8821612345678".parse().unwrap();
        },
        Warning,
        About::CallingHours,
        "what time it is there: 1",
    ),
    (
        |p| p.project.caller_id = None,
        Warning,
        About::CallerId,
        "what the trunk shows",
    ),
    (
        |p| show(p, 100, "wait"),
        Error,
        About::CallerId,
        "of its 2 caller IDs none",
    ),
    (
        |p| show(p, 100, "caller_id"),
        Warning,
        About::CallerId,
        "of its 2 caller IDs none",
    ),
    (
        |p| show(p, 40, "wait"),
        Warning,
        About::CallerId,
        "120 times more",
    ),
    (
        |p| {
            cps(p, 10);
            let limits = Limits {
                cps: Some(Cps::whole(4).unwrap()),
                channels: None,
            };
            p.trunk_limits = vec![(1.try_into().unwrap(), limits)];
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

/// A Monday in Mexico City before eight; in São Paulo it is past ten.
const EARLY: &str = "2026-11-23T07:30:00-06:00";

/// Hours by the callee's clock, and an end two hours later.
fn by_callee() -> Plan {
    let mut plan = good();
    plan.project.hours =
        serde_json::from_value(json!({ "zone": "callee", "windows": ["mon-fri 09:00-20:00"] })).unwrap();
    plan.campaign.ends_at = Some(at("2026-11-23T08:30:00-06:00"));
    for (place, one) in plan.sample.iter_mut().enumerate() {
        one.number = format!("+52551234567{place}").parse().unwrap();
    }
    cps(&mut plan, 1_000);
    plan
}

fn one(plan: &Plan, moment: &str) -> Obstacle {
    let found = look(plan, at(moment));
    let [one] = &found.obstacles[..] else {
        panic!("{:?}", found.obstacles)
    };
    one.clone()
}

#[test]
fn hours_that_open_for_nobody_before_the_end_are_an_error() {
    let plan = by_callee();
    let told = one(&plan, EARLY);
    assert_eq!((told.severity, told.what), (Error, About::CallingHours));
    assert!(
        told.says.contains("open only after the scheduled end: 4"),
        "{told:?}"
    );
    assert!(told.remedy.contains("ends_at"), "{told:?}");
    assert_eq!(look(&plan, at(EARLY)).first_calls_done_at, None);

    let mut some = by_callee();
    some.sample[0].number = "+5511987654321".parse().unwrap();
    let told = one(&some, EARLY);
    assert_eq!((told.severity, told.what), (Warning, About::CallingHours));
    assert!(told.says.ends_with(": 3"), "{told:?}");

    let mut later = by_callee();
    later.campaign.ends_at = None;
    let told = one(&later, EARLY);
    assert_eq!((told.severity, told.what), (Warning, About::CallingHours));
    assert!(told.says.contains("before 2026-11-23T15:00"), "{told:?}");
}

#[test]
fn caps_and_retries_that_outlast_the_campaign_are_told() {
    let mut plan = good();
    plan.campaign.ends_at = Some(at("2026-11-20T13:00:00-05:00"));
    call(&mut plan, 4);
    let found = look(&plan, at(FRIDAY)).obstacles;
    assert!(
        found
            .iter()
            .all(|one| (one.severity, one.what) == (Error, About::NumberCap)),
        "{found:?}"
    );
    let remedies: Vec<_> = found.iter().map(|one| one.remedy.as_str()).collect();
    assert!(
        remedies[0].starts_with("wait until 2026-11-21T14:00"),
        "{remedies:?}"
    );
    assert!(remedies[1].contains("ends_at"), "{remedies:?}");

    let mut plan = good();
    plan.campaign.ends_at = Some(at("2026-11-20T13:00:00-05:00"));
    plan.sample[0].due = Some(at("2026-11-20T14:00:00-05:00"));
    let told = one(&plan, FRIDAY);
    assert_eq!((told.severity, told.what), (Warning, About::Schedule));
}

#[test]
fn nobody_is_called_also_when_each_has_a_reason_of_its_own() {
    let mut plan = by_callee();
    list(&mut plan, 1);
    let found = look(&plan, at(EARLY));
    let worst = &found.obstacles[0];
    assert_eq!((worst.severity, worst.what), (Error, About::Contacts));
    assert_eq!((found.obstacles.len(), found.first_calls_done_at), (3, None));
}

#[test]
fn the_fewest_channels_decide_how_long_it_takes() {
    let mut plan = good();
    cps(&mut plan, 10);
    plan.campaign.limits.channels = Some(60.try_into().unwrap());
    let trunk = Limits {
        cps: None,
        channels: Some(30.try_into().unwrap()),
    };
    plan.trunk_limits = vec![(1.try_into().unwrap(), trunk)];
    let done_at = |plan: &Plan| look(plan, at(FRIDAY)).first_calls_done_at;
    assert_eq!(
        done_at(&plan),
        Some(at("2026-11-20T10:12:00-05:00")),
        "by its rate"
    );
    // Thirty channels of which each makes two calls a minute are one call a second.
    plan.mean_call = Some(Duration::from_secs(30));
    assert_eq!(done_at(&plan), Some(at("2026-11-20T12:00:00-05:00")));
    plan.campaign.ends_at = Some(at("2026-11-20T11:00:00-05:00"));
    let told = one(&plan, FRIDAY);
    assert_eq!((told.severity, told.what), (Warning, About::Duration));
    assert!(told.remedy.starts_with("add channels"), "{told:?}");
}

#[test]
fn a_remedy_fits_what_it_is_given_for() {
    let remedy = |change: fn(&mut Plan)| {
        let mut plan = good();
        change(&mut plan);
        one(&plan, FRIDAY).remedy
    };
    assert!(remedy(|plan| list(plan, 1)).starts_with("none is needed"));
    assert!(remedy(|plan| list(plan, 4)).starts_with("import"));
    assert!(remedy(|plan| (plan.pending, plan.in_calls, plan.sample) = (0, 3, vec![])).starts_with("wait"));
    // A zone that is none is told once, and not as if the numbers were to blame.
    assert!(remedy(|plan| plan.project.timezone = "Mars/Olympus".into()).contains("IANA"));
    // The scheduled start comes before that is found.
    let early = remedy(|plan| {
        plan.project.timezone = "Mars/Olympus".into();
        plan.campaign.starts_at = Some(at("2026-11-22T10:00:00-05:00"));
    });
    assert!(early.contains("IANA"), "{early}");
    let resting = remedy(|plan| {
        show(plan, 0, "wait");
        let ids = json!({ "numbers": ["5551", "5552"], "policy": "fixed",
                          "rest": "5% of 20 for 24h" });
        plan.project.caller_ids = serde_json::from_value(ids).unwrap();
        for known in &mut plan.caller_ids {
            known.rests_until = Some(at("2026-11-21T10:00:00-05:00"));
        }
    });
    assert!(!resting.contains("cap"), "{resting}");
}
