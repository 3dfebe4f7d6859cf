//! The number that is shown: each policy by its words, and all of them against a model that keeps its own books.

use super::*;
use crate::store::tests::project;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use serde_json::json;
use std::time::Duration;

fn ids(value: serde_json::Value) -> CallerIds {
    serde_json::from_value(value).unwrap()
}

fn of(policy: &str, numbers: &[&str]) -> CallerIds {
    ids(json!({ "policy": policy, "numbers": numbers }))
}

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(at.as_millisecond())
}

fn callee(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

fn used(used_today: u32, turn: u64) -> CallerIdFacts {
    CallerIdFacts {
        used_today,
        turn,
        ..CallerIdFacts::default()
    }
}

fn rated(tried: u32, answered: u32) -> CallerIdFacts {
    CallerIdFacts {
        tried,
        answered,
        ..CallerIdFacts::default()
    }
}

const NOON: &str = "2026-11-21T12:00:00-05:00";

fn now() -> (Timestamp, Today) {
    let project = project(1.try_into().unwrap());
    (at(NOON), today(&project, at(NOON)))
}

fn pick(ids: &CallerIds, facts: &[CallerIdFacts], number: &str, random: u64) -> Choice {
    let (now, today) = now();
    choose(ids, facts, &callee(number), now, today, random)
}

#[test]
fn a_day_is_the_projects_and_ends_at_its_midnight() {
    let mut project = project(1.try_into().unwrap());
    let late = at("2026-11-21T23:59:59-05:00");
    let expected = Today {
        day: CalendarDay(20_261_121),
        ends: at("2026-11-22T00:00:00-05:00"),
    };
    assert_eq!(today(&project, late), expected);
    assert_eq!(today(&project, expected.ends).day, CalendarDay(20_261_122));
    // Havana puts its clocks forward at midnight: that day begins at one.
    project.timezone = "America/Havana".into();
    let before = today(&project, at("2026-03-07T12:00:00-05:00"));
    assert_eq!(before.ends, at("2026-03-08T01:00:00-04:00"));
}

#[test]
fn each_policy_keeps_to_its_words() {
    let three = ["+573001", "+573102", "+573203"];
    let facts = [used(3, 7), used(1, 9), used(1, 8)];
    let anybody = "+525512345678";
    for (policy, place, by) in [
        ("fixed", 0, ChosenBy::First),
        ("round_robin", 0, ChosenBy::Turn),
        ("least_used", 2, ChosenBy::LeastUsed),
        ("local_presence", 2, ChosenBy::NoneLocal),
    ] {
        let chosen = pick(&of(policy, &three), &facts, anybody, 99);
        assert_eq!(chosen, Choice::Number(place, by), "{policy}");
    }
}

#[test]
fn local_is_the_longest_beginning_beyond_the_country_code() {
    let numbers = [
        "+5712345",
        "+573009999",
        "573001112",
        "+12135550000",
        "3001112233",
    ];
    let ids = of("local_presence", &numbers);
    let facts = vec![CallerIdFacts::default(); 5];
    for (number, expected) in [
        ("+573001112233", Choice::Number(2, ChosenBy::Local)),
        ("+573009998877", Choice::Number(1, ChosenBy::Local)),
        ("+573201234567", Choice::Number(1, ChosenBy::Local)),
        ("+12139999999", Choice::Number(3, ChosenBy::Local)),
        // The country alone is no neighbourhood, and another country with the same first digit none at all.
        ("+574444444444", Choice::Number(0, ChosenBy::NoneLocal)),
        ("+525512345678", Choice::Number(0, ChosenBy::NoneLocal)),
        ("+19995550000", Choice::Number(0, ChosenBy::NoneLocal)),
    ] {
        assert_eq!(pick(&ids, &facts, number, 0), expected, "{number}");
    }
    // When the nearest is used up the next nearest is shown.
    let capped = serde_json::to_value(&ids).unwrap();
    let capped = self::ids(merge(capped, json!({ "daily_cap": 5 })));
    let mut facts = facts;
    facts[2].used_today = 5;
    assert_eq!(
        pick(&capped, &facts, "+573001112233", 0),
        Choice::Number(1, ChosenBy::Local)
    );
}

#[test]
fn what_is_learned_is_the_rate_and_some_are_drawn() {
    let ids = of("learned", &["11", "22", "33"]);
    let facts = [rated(100, 30), rated(100, 45), rated(0, 0)];
    let chosen = |facts: &[CallerIdFacts], random| pick(&ids, facts, "+573001112233", random);
    assert_eq!(chosen(&facts, 99), Choice::Number(2, ChosenBy::BestAnswered));
    let known = [rated(100, 30), rated(100, 45), rated(10, 1)];
    assert_eq!(chosen(&known, 99), Choice::Number(1, ChosenBy::BestAnswered));
    assert_eq!(chosen(&known, 209), Choice::Number(2, ChosenBy::Explored));
    assert_eq!(chosen(&known, 10), Choice::Number(1, ChosenBy::BestAnswered));
}

#[test]
fn a_number_whose_rate_falls_rests_and_is_known_anew() {
    let ids = ids(json!({ "numbers": ["11"], "policy": "fixed", "rest": "10% of 50 for 24h" }));
    let (now, today) = now();
    assert_eq!(judge(&ids, &rated(49, 0), now), rated(49, 0), "too few to tell");
    assert_eq!(judge(&ids, &rated(50, 5), now), rated(50, 5), "just enough");
    let rests = judge(&ids, &rated(50, 4), now);
    let until = now.plus(Duration::from_secs(86_400));
    assert_eq!((rests.tried, rests.rests_until), (0, Some(until)));
    assert_eq!(busy_until(&ids, &rests, now, today), Some(until));
    assert_eq!(judge(&ids, &rests, until).rests_until, None);
    assert_eq!(
        judge(&ids, &rated(500, 200), now),
        rated(250, 100),
        "old calls fade"
    );
}

#[test]
fn when_none_is_free_calls_wait_or_show_the_projects_own() {
    let value =
        json!({ "numbers": ["11", "22"], "policy": "fixed", "daily_cap": 2, "rest": "10% of 50 for 2h" });
    let (now, today) = now();
    let until = now.plus(Duration::from_secs(7_200));
    let resting = CallerIdFacts {
        rests_until: Some(until),
        ..used(1, 1)
    };
    let facts = [used(2, 2), resting];
    let waits = pick(&ids(value.clone()), &facts, "+573001112233", 0);
    assert_eq!(waits, Choice::Wait(until));
    let both = [
        used(2, 2),
        CallerIdFacts {
            used_today: 2,
            ..facts[1].clone()
        },
    ];
    assert_eq!(
        pick(&ids(value.clone()), &both, "+573001112233", 0),
        Choice::Wait(today.ends)
    );
    let own = ids(merge(value, json!({ "when_none": "caller_id" })));
    assert_eq!(pick(&own, &facts, "+573001112233", 0), Choice::Own);
}

/// Days of calls: no number is over its cap or used while it rests, nobody waits while one is free, turns are taken, and
/// what is learned is used.
#[test]
fn whatever_happens_the_books_of_a_model_agree() {
    for seed in 0..150 {
        let mut random = StdRng::seed_from_u64(seed);
        let policy = CallerIdPolicy::ALL[random.random_range(0..CallerIdPolicy::ALL.len())];
        let count = random.random_range(1..6);
        let cap: u32 = random.random_range(5..60);
        let numbers: Vec<_> = (0..count).map(|n| format!("+5730{n}55")).collect();
        let ids = ids(json!({
            "numbers": numbers, "policy": policy.as_str(), "daily_cap": cap, "rest": "30% of 10 for 5h",
        }));
        let mut project = project(1.try_into().unwrap());
        project.timezone = ["America/Bogota", "Asia/Kathmandu", "Europe/Madrid"][seed as usize % 3].into();
        let rate = random.random_range(0.1..0.9);
        let mut facts = vec![CallerIdFacts::default(); count];
        let (mut now, mut day, mut last) = (at("2026-03-27T08:00:00Z"), None, 0);
        for call in 1..=800_u64 {
            now = now.plus(Duration::from_secs(random.random_range(0..600)));
            let today = today(&project, now);
            if day.replace(today.day) != Some(today.day) {
                facts.iter_mut().for_each(|facts| facts.used_today = 0);
            }
            facts = facts.iter().map(|facts| judge(&ids, facts, now)).collect();
            let number = format!("+57300{:07}", random.random_range(0..10_000_000));
            let free = |facts: &CallerIdFacts| {
                facts.used_today < cap && facts.rests_until.is_none_or(|until| until <= now)
            };
            match choose(&ids, &facts, &callee(&number), now, today, random.next_u64()) {
                Choice::Number(place, _) => {
                    assert!(free(&facts[place]), "seed {seed}: {place} was not free");
                    if policy == CallerIdPolicy::RoundRobin && facts.iter().all(free) {
                        let oldest = facts.iter().map(|facts| facts.turn).min();
                        assert_eq!(Some(facts[place].turn), oldest, "seed {seed}: not its turn");
                    }
                    let used = &mut facts[place];
                    (used.used_today, used.turn) = (used.used_today + 1, call);
                    used.tried += 1;
                    used.answered += u32::from(random.random_bool(rate));
                    last = call;
                }
                Choice::Wait(until) => {
                    assert!(!facts.iter().any(free), "seed {seed}: one was free");
                    assert!(until > now && until <= today.ends.max(now.plus(Duration::from_secs(5 * 3_600))));
                    now = until;
                }
                Choice::Own => panic!("seed {seed}: that was not asked for"),
            }
        }
        assert!(last > 700, "seed {seed}: who waits until then can call then");
    }
}

fn merge(mut value: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    let (value_map, more) = (value.as_object_mut().unwrap(), more.as_object().unwrap().clone());
    value_map.extend(more);
    value
}
