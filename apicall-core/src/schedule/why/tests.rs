//! Traces, rule by rule.

mod agreement;

use super::*;
use crate::model::{
    CallState, CallerIds, CampaignState, ContactState, Country, DncOrigin, NumberCaps, Outcome,
};
use crate::schedule::{Level, caller_id};
use crate::store::tests as made;
use CallRule as Of;
use RuleVerdict::{NotApplicable, Passes, Refused, Waits};
use serde_json::json;

/// A Friday morning in Bogotá.
const FRIDAY: &str = "2026-11-20T10:00:00-05:00";

fn at(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(time.as_millisecond())
}

fn way(trunk: i64, usable: Usable) -> Way {
    Way {
        of: ProjectTrunk::only(trunk.try_into().unwrap()),
        name: format!("trunk{trunk}"),
        switch: None,
        usable,
        trouble: None,
        tried_at: None,
    }
}

/// A contact of a running campaign that nothing keeps from being called.
fn clear() -> Facts {
    let project = Project {
        hours: serde_json::from_value(json!({ "windows": ["mon-fri 08:00-20:00"] })).unwrap(),
        number_caps: "3/24h"
            .parse()
            .map(|cap| NumberCaps::new(vec![cap]).unwrap())
            .unwrap(),
        ..made::project(1.try_into().unwrap())
    };
    let number: PhoneNumber = "+573001112233".parse().unwrap();
    Facts {
        campaign: Some(Campaign {
            state: CampaignState::Running,
            ..made::campaign(7.try_into().unwrap(), project.id, "list")
        }),
        contact: Some(Contact {
            id: 9.try_into().unwrap(),
            campaign: 7.try_into().unwrap(),
            number: number.clone(),
            variables: crate::model::Variables::default(),
            state: ContactState::Pending,
            attempts: 0,
            next_attempt_at: None,
            last_outcome: None,
            held_by: None,
        }),
        asked: "300 111 2233".to_owned(),
        known_at: at(FRIDAY),
        live: vec![],
        listed: vec![],
        past: vec![],
        caller_ids: vec![],
        day: caller_id::today(&project, at(FRIDAY)).day,
        ways: Ways {
            all: vec![way(1, Usable::Fully)],
            fault: None,
        },
        limits: vec![],
        fault: None,
        number,
        project,
    }
}

fn contact(facts: &mut Facts) -> &mut Contact {
    facts.contact.as_mut().unwrap()
}

fn list(facts: &mut Facts) -> &mut Campaign {
    facts.campaign.as_mut().unwrap()
}

fn past(when: &str) -> PastCall {
    PastCall {
        at: at(when),
        open: false,
        answered: false,
    }
}

fn one_caller_id(used: u32) -> (Option<CallerIds>, Vec<CallerIdFacts>) {
    let ids = json!({ "numbers": ["5551"], "policy": "fixed", "daily_cap": 2 });
    let facts = CallerIdFacts {
        used_today: used,
        ..CallerIdFacts::default()
    };
    (Some(serde_json::from_value(ids).unwrap()), vec![facts])
}

fn load(level: Level, live: u32, channels: u32) -> Load {
    Load {
        level,
        live,
        unanswered: 0,
        waiting: 0,
        starts_last_second: 0,
        cps: None,
        channels: Some(channels.try_into().unwrap()),
    }
}

#[test]
fn every_rule_is_told_in_the_order_in_which_it_is_applied() {
    let trace = trace(&clear(), at(FRIDAY));
    let told: Vec<_> = trace.rules.iter().map(|rule| (rule.rule, rule.verdict)).collect();
    let expected = [
        (Of::Number, Passes),
        (Of::Engine, Passes),
        (Of::Campaign, Passes),
        (Of::Trunk, Passes),
        (Of::Contact, Passes),
        (Of::Retry, Passes),
        (Of::DoNotCall, Passes),
        (Of::ScheduledStart, NotApplicable),
        (Of::ScheduledEnd, NotApplicable),
        (Of::CallingHours, Passes),
        (Of::NumberCap, Passes),
        (Of::CallerId, Passes),
        (Of::Limits, Passes),
    ];
    assert_eq!(told, expected);
    assert_eq!(told.len(), CallRule::ALL.len());
    assert_eq!(
        (trace.verdict, trace.next_eligible_at),
        (Passes, Some(at(FRIDAY)))
    );
    assert_eq!(
        (trace.because.len(), trace.answer.as_str()),
        (0, "it may be called")
    );
    assert_eq!(trace.rules[0].input, "`300 111 2233` in CO is +573001112233");
    assert_eq!(
        trace.rules[9].input,
        "the project's mon-fri 08:00-20:00 by the project's clock, America/Bogota (Fri 10:00)"
    );
}

type Case = (
    &'static str,
    fn(&mut Facts),
    Of,
    RuleVerdict,
    Option<&'static str>,
    Result<&'static str, ()>,
);

/// What changes, the rule that says so, what it says and until when, and when the number is next eligible.
const CASES: [Case; 20] = [
    (
        "no store",
        |f| f.fault = Some("its store is away".into()),
        Of::Engine,
        Waits,
        None,
        Ok(FRIDAY),
    ),
    (
        "paused",
        |f| list(f).state = CampaignState::Paused,
        Of::Campaign,
        Waits,
        None,
        Ok(FRIDAY),
    ),
    (
        "no trunk",
        |f| f.ways.fault = Some("none".into()),
        Of::Trunk,
        Waits,
        None,
        Ok(FRIDAY),
    ),
    (
        "down",
        |f| f.ways.all = vec![way(1, Usable::Not)],
        Of::Trunk,
        Waits,
        None,
        Ok(FRIDAY),
    ),
    (
        "breaker",
        |f| {
            let w = &mut f.ways.all[0];
            w.usable = Usable::Not;
            w.tried_at = Some(at("2026-11-20T10:00:30-05:00"));
        },
        Of::Trunk,
        Waits,
        Some("2026-11-20T10:00:30-05:00"),
        Ok("2026-11-20T10:00:30-05:00"),
    ),
    (
        "another trunk",
        |f| f.ways.all = vec![way(1, Usable::Not), way(2, Usable::Fully)],
        Of::Trunk,
        Passes,
        None,
        Ok(FRIDAY),
    ),
    (
        "no contact",
        |f| f.contact = None,
        Of::Contact,
        Refused,
        None,
        Err(()),
    ),
    (
        "in a call",
        |f| contact(f).state = ContactState::Claimed,
        Of::Contact,
        Waits,
        None,
        Ok(FRIDAY),
    ),
    (
        "done",
        |f| {
            contact(f).state = ContactState::Done;
            contact(f).last_outcome = Some(Outcome::Answered);
        },
        Of::Contact,
        Refused,
        None,
        Err(()),
    ),
    (
        "a retry",
        |f| contact(f).next_attempt_at = Some(at("2026-11-20T21:00:00-05:00")),
        Of::Retry,
        Waits,
        Some("2026-11-20T21:00:00-05:00"),
        Ok("2026-11-23T08:00:00-05:00"),
    ),
    (
        "listed",
        |f| f.listed = vec![entry()],
        Of::DoNotCall,
        Refused,
        None,
        Err(()),
    ),
    (
        "early",
        |f| list(f).starts_at = Some(at("2026-11-22T12:00:00-05:00")),
        Of::ScheduledStart,
        Waits,
        Some("2026-11-22T12:00:00-05:00"),
        Ok("2026-11-23T08:00:00-05:00"),
    ),
    (
        "over",
        |f| list(f).ends_at = Some(at(FRIDAY)),
        Of::ScheduledEnd,
        Refused,
        None,
        Err(()),
    ),
    (
        "over before it opens",
        |f| {
            list(f).ends_at = Some(at("2026-11-22T12:00:00-05:00"));
            contact(f).next_attempt_at = Some(at("2026-11-21T09:00:00-05:00"));
        },
        Of::Retry,
        Waits,
        Some("2026-11-21T09:00:00-05:00"),
        Err(()),
    ),
    (
        "a holiday",
        |f| {
            f.project.hours =
                serde_json::from_value(json!({ "windows": ["mon-fri 08:00-20:00"], "holidays": ["11-20"] }))
                    .unwrap()
        },
        Of::CallingHours,
        Waits,
        Some("2026-11-23T08:00:00-05:00"),
        Ok("2026-11-23T08:00:00-05:00"),
    ),
    (
        "no clock",
        |f| f.project.timezone = "Mars/Olympus".into(),
        Of::CallingHours,
        Refused,
        None,
        Err(()),
    ),
    (
        "capped",
        |f| f.past = ["2026-11-19T11:00:00-05:00"; 3].map(past).into(),
        Of::NumberCap,
        Waits,
        Some("2026-11-20T11:00:00-05:00"),
        Ok("2026-11-20T11:00:00-05:00"),
    ),
    (
        "a call goes on",
        |f| {
            f.past = vec![
                past(FRIDAY),
                past(FRIDAY),
                PastCall {
                    open: true,
                    ..past(FRIDAY)
                },
            ]
        },
        Of::NumberCap,
        Waits,
        Some("2026-11-20T10:05:00-05:00"),
        Ok("2026-11-23T08:00:00-05:00"),
    ),
    (
        "used up",
        |f| (f.project.caller_ids, f.caller_ids) = one_caller_id(2),
        Of::CallerId,
        Waits,
        Some("2026-11-21T00:00:00-05:00"),
        Ok("2026-11-23T08:00:00-05:00"),
    ),
    (
        "no channel",
        |f| f.limits = vec![load(Level::Engine, 5, 5)],
        Of::Limits,
        Waits,
        None,
        Ok(FRIDAY),
    ),
];

fn entry() -> DncEntry {
    DncEntry {
        id: 1,
        number: "+573001112233".parse().unwrap(),
        project: None,
        origin: DncOrigin::OptOut,
        reason: "asked for it".to_owned(),
        call: None,
        added_at: at(FRIDAY),
    }
}

#[test]
fn what_keeps_a_number_from_being_called_is_named_with_its_end() {
    for (name, change, rule, verdict, until, next) in CASES {
        let mut facts = clear();
        change(&mut facts);
        let trace = trace(&facts, at(FRIDAY));
        let told = trace.rules.iter().find(|told| told.rule == rule).unwrap();
        assert_eq!(
            (told.verdict, told.until),
            (verdict, until.map(at)),
            "{name}: {told:?}"
        );
        assert_eq!(
            trace.next_eligible_at,
            next.ok().map(at),
            "{name}: {}",
            trace.answer
        );
        let together = match (next, verdict) {
            (Err(()), _) => Refused,
            (Ok(_), verdict) => verdict,
        };
        assert_eq!(trace.verdict, together, "{name}: {}", trace.answer);
        let others = trace.rules.iter().filter(|told| told.rule != rule);
        for other in others {
            assert!(
                matches!(other.verdict, Passes | NotApplicable),
                "{name}: {other:?}"
            );
        }
        let silent = verdict == Passes;
        assert_eq!(trace.because.is_empty(), silent, "{name}");
        // The answer names the rule, and the one that comes after it when that is what ends all.
        let named = trace
            .because
            .iter()
            .all(|rule| trace.answer.contains(rule.as_str()));
        assert!(named, "{name}: {}", trace.answer);
    }
}

#[test]
fn a_single_call_has_neither_campaign_nor_contact() {
    let facts = Facts {
        campaign: None,
        contact: None,
        live: vec![Call {
            state: CallState::Ringing,
            ..made::ended_call(Outcome::Busy)
        }],
        ..clear()
    };
    let trace = trace(&facts, at(FRIDAY));
    assert_eq!((trace.verdict, trace.campaign), (Passes, None));
    for rule in [Of::Campaign, Of::Contact, Of::Retry] {
        let told = trace.rules.iter().find(|told| told.rule == rule).unwrap();
        assert_eq!(told.verdict, NotApplicable);
    }
    let contact = &trace.rules[4].input;
    assert!(
        contact.starts_with("a single call; call ") && contact.ends_with(" is ringing"),
        "{contact}"
    );
}

#[test]
fn clocks_and_lists_are_told_in_words() {
    let mut facts = clear();
    facts.project.country = "US".parse::<Country>().unwrap();
    facts.number = "+18505550100".parse().unwrap();
    facts.project.hours =
        serde_json::from_value(json!({ "zone": "callee", "windows": ["mon-fri 08:00-20:00"] })).unwrap();
    facts.listed = vec![entry()];
    let trace = trace(&facts, at("2026-11-20T08:30:00-05:00"));
    assert_eq!(
        trace.rules[6].input,
        "on the list of all projects since 2026-11-20 10:00:00 -05:00 by opt_out, asked for it"
    );
    let hours = &trace.rules[9];
    assert_eq!(
        (hours.verdict, hours.until),
        (Waits, Some(at("2026-11-20T09:00:00-05:00")))
    );
    for words in [
        "all have to be within",
        "America/Chicago (Fri 07:30)",
        "America/New_York (Fri 08:30)",
    ] {
        assert!(hours.input.contains(words), "{}", hours.input);
    }
}

#[test]
fn a_call_that_goes_on_now_is_not_taken_to_go_on_at_a_moment_to_come() {
    let mut facts = clear();
    facts.project.hours = None;
    let open = PastCall {
        open: true,
        ..past(FRIDAY)
    };
    facts.past = vec![past(FRIDAY), past(FRIDAY), open];
    facts.limits = vec![load(Level::Engine, 5, 5)];
    contact(&mut facts).state = ContactState::Claimed;
    facts.live = vec![Call {
        state: CallState::Up,
        ..made::ended_call(Outcome::Busy)
    }];
    let ahead = trace(&facts, at("2026-11-21T09:00:00-05:00"));
    let said = |rule: Of| ahead.rules.iter().find(|told| told.rule == rule).unwrap();
    // It counts as one that was made now: not for as long as it goes on.
    let cap = said(Of::NumberCap);
    assert_eq!(
        (cap.verdict, cap.until),
        (Waits, Some(at("2026-11-21T10:00:00-05:00")))
    );
    assert_eq!(said(Of::Limits).verdict, Passes);
    let contact = said(Of::Contact);
    assert_eq!(contact.verdict, Waits);
    for words in [" is up now", "decided by how that call ends"] {
        assert!(contact.input.contains(words), "{}", contact.input);
    }
}
