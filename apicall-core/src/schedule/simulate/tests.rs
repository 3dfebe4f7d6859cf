//! Campaigns of whom it can be reckoned by hand what becomes of them.
#![allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]

use super::*;
use crate::model::{Brake, CallingHours, Cps, Ending, NumberCaps, RetryPolicy};
use crate::schedule::caller_id;
use crate::store::tests as made;
use serde_json::json;

/// A Friday morning in Bogotá.
const FRIDAY: &str = "2026-11-20T10:00:00-05:00";

fn at(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(time.as_millisecond())
}

fn ending(outcome: Outcome, share: u32, rings_ms: u32) -> Ending {
    Ending {
        outcome,
        answered_by: None,
        share,
        rings_ms: vec![rings_ms],
        talks_ms: vec![],
    }
}

/// Everybody answers at once, and talks for so long.
fn talkers(talks_ms: u32) -> CalleeModel {
    let talks_ms = vec![talks_ms];
    let answered = ending(Outcome::Answered, 1, 0);
    CalleeModel::new(vec![Ending { talks_ms, ..answered }]).unwrap()
}

fn always(outcome: Outcome) -> CalleeModel {
    CalleeModel::new(vec![ending(outcome, 1, 1_000)]).unwrap()
}

/// A campaign of ten calls a second without hours.
fn setup(model: CalleeModel) -> Setup {
    let project = Project {
        hours: None,
        ..made::project(1.try_into().unwrap())
    };
    let mut campaign = made::campaign(7.try_into().unwrap(), project.id, "list");
    campaign.limits.cps = Some(Cps::whole(10).unwrap());
    Setup {
        day: caller_id::today(&project, at(FRIDAY)).day,
        campaign,
        engine: Limits::default(),
        exits: vec![Exit {
            trunk: ProjectTrunk::only(1.try_into().unwrap()),
            limits: Limits::default(),
            switch: "pbx".parse().unwrap(),
            switch_limits: Limits::default(),
            max_unanswered: 1_000,
        }],
        caller_ids: vec![],
        model,
        seed: 1,
        begins: at(FRIDAY),
        project,
    }
}

fn retry(form: serde_json::Value) -> RetryPolicy {
    serde_json::from_value(form).unwrap()
}

fn foretell(setup: Setup, contacts: u64) -> Forecast {
    let mut simulation = Simulation::new(setup, Instant::now());
    for n in 0..contacts {
        let number = format!("+5730{n:08}").parse().unwrap();
        simulation.add(&number, None, 0, vec![]);
    }
    simulation.run()
}

fn lasts(forecast: &Forecast) -> Duration {
    forecast.ends_at.since(forecast.begins_at)
}

#[test]
fn the_rate_decides_when_nothing_else_does() {
    let told = foretell(setup(talkers(5_000)), 1_000);
    assert_eq!(
        (told.contacts, told.attempts, told.reached),
        (1_000, 1_000, 1_000)
    );
    assert!(told.finishes);
    let lasts = lasts(&told).as_secs_f64();
    assert!((104.0..108.0).contains(&lasts), "{lasts}");
    assert!((9..=10).contains(&told.peak_cps), "{}", told.peak_cps);
    assert!((49..=51).contains(&told.peak_channels), "{}", told.peak_channels);
    assert!(told.waited_s[&Brake::Rate] >= 98, "{:?}", told.waited_s);
}

#[test]
fn channels_decide_when_there_are_few() {
    let mut few = setup(talkers(10_000));
    few.campaign.limits.channels = Some(5.try_into().unwrap());
    let told = foretell(few, 100);
    let lasts = lasts(&told).as_secs_f64();
    assert!((200.0..206.0).contains(&lasts), "{lasts}");
    assert_eq!(told.peak_channels, 5);
    assert!(told.waited_s[&Brake::Channels] > 150, "{:?}", told.waited_s);
}

#[test]
fn whoever_is_not_reached_is_tried_again_by_the_policy() {
    let mut again = setup(always(Outcome::Busy));
    again.project.retry = retry(json!({ "max_attempts": 3, "delay_s": { "busy": 600 } }));
    let told = foretell(again, 10);
    assert_eq!((told.attempts, told.reached), (30, 0));
    assert_eq!(told.by_outcome, [(Outcome::Busy, 30)].into());
    let lasts = lasts(&told).as_secs();
    assert!((1_200..1_210).contains(&lasts), "{lasts}");
    assert!(told.waited_s[&Brake::Retry] > 1_180, "{:?}", told.waited_s);
}

#[test]
fn hours_stretch_it_and_the_scheduled_end_cuts_it() {
    let hours: CallingHours = serde_json::from_value(json!({ "windows": ["mon-fri 08:00-10:01"] })).unwrap();
    let mut short = setup(talkers(1_000));
    short.project.hours = Some(hours);
    // A minute is left today; the rest of the list is for Monday.
    let told = foretell(short.clone(), 1_000);
    assert!(told.ends_at > at("2026-11-23T08:00:38-05:00"), "{}", told.ends_at);
    assert!(told.ends_at < at("2026-11-23T08:00:45-05:00"), "{}", told.ends_at);
    let closed = told.waited_s[&Brake::CallingHours];
    assert!((251_930..=251_950).contains(&closed), "{closed}");
    short.campaign.ends_at = Some(at("2026-11-21T00:00:00-05:00"));
    let told = foretell(short, 1_000);
    assert!(!told.finishes);
    assert_eq!(told.attempts + told.not_called[&Hold::ScheduledEnd], 1_000);
    assert!((590..=610).contains(&told.attempts), "{}", told.attempts);
}

#[test]
fn caps_and_lists_are_kept() {
    let mut capped = setup(always(Outcome::NoAnswer));
    capped.project.number_caps = NumberCaps::new(vec!["1/24h".parse().unwrap()]).unwrap();
    capped.project.retry = retry(json!({ "max_attempts": 2, "delay_s": { "no_answer": 60 } }));
    let mut simulation = Simulation::new(capped, Instant::now());
    simulation.add(&"+573001112233".parse().unwrap(), None, 0, vec![]);
    simulation.add_listed();
    let told = simulation.run();
    assert_eq!((told.contacts, told.attempts), (2, 2));
    assert_eq!(told.not_called, [(Hold::DoNotCall, 1)].into());
    assert_eq!(told.held, [(Hold::NumberCap, 1)].into());
    assert!(lasts(&told) >= Duration::from_secs(86_400), "{:?}", lasts(&told));
}

#[test]
fn caller_ids_that_are_used_up_hold_it_until_the_next_day() {
    let mut shown = setup(talkers(1_000));
    let ids = json!({ "numbers": ["5551", "5552"], "policy": "round_robin", "daily_cap": 5 });
    shown.project.caller_ids = serde_json::from_value(ids).unwrap();
    shown.caller_ids = vec![CallerIdFacts::default(); 2];
    let told = foretell(shown, 15);
    assert_eq!(told.attempts, 15);
    assert!(told.ends_at > at("2026-11-21T00:00:00-05:00"), "{}", told.ends_at);
    assert!(told.waited_s[&Brake::CallerId] > 50_000, "{:?}", told.waited_s);
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let model = CalleeModel::new(vec![
        Ending {
            talks_ms: vec![10_000, 20_000, 60_000],
            ..ending(Outcome::Answered, 30, 5_000)
        },
        ending(Outcome::NoAnswer, 50, 30_000),
        ending(Outcome::Busy, 20, 900),
    ]);
    let mut mixed = setup(model.unwrap());
    mixed.project.retry = RetryPolicy::default();
    let told = foretell(mixed.clone(), 500);
    assert_eq!(told, foretell(mixed.clone(), 500));
    let share = told.by_outcome[&Outcome::Busy] * 100 / told.attempts;
    assert!((15..=25).contains(&share), "{share} %");
    mixed.seed = 2;
    assert_ne!(told, foretell(mixed, 500));
}

#[test]
fn callees_are_learned_from_calls() {
    let mut call = made::ended_call(Outcome::Answered);
    call.dialed_at = Some(at(FRIDAY));
    call.answered_at = Some(at("2026-11-20T10:00:04-05:00"));
    call.ended_at = Some(at("2026-11-20T10:00:34-05:00"));
    call.answered_by = Some(AnsweredBy::Human);
    let learned = learn([&call, &call]).unwrap();
    let [only] = learned.endings() else {
        panic!("{learned:?}")
    };
    assert_eq!(
        (only.outcome, only.answered_by, only.share),
        (Outcome::Answered, Some(AnsweredBy::Human), 2)
    );
    assert_eq!(
        (&only.rings_ms[..], &only.talks_ms[..]),
        (&[4_000, 4_000][..], &[30_000, 30_000][..])
    );
    assert_eq!(learn([]), None);
}
