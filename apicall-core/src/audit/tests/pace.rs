//! Rates and caps.

use super::*;
use crate::model::CampaignId;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What is found of calls in the order of their starts.
fn found(history: &History, twice: Vec<(Timestamp, Timestamp)>, calls: &[Attempt]) -> Findings {
    let (mut pace, mut findings) = (
        Pace::new(history, twice, Gone::default()),
        Findings::new(usize::MAX),
    );
    for call in calls {
        pace.handle(call, &mut findings);
    }
    findings
}

/// The rule, the level and the call of every violation.
fn marks(findings: &Findings) -> BTreeSet<(Rule, String, CallId)> {
    let mark = |found: &Violation| (found.rule, found.whose.clone(), *found.calls.last().unwrap());
    findings.kept().map(mark).collect()
}

/// The same, by looking at every call beside every other.
fn by_force(levels: &[(Scope, Rules)], calls: &[Attempt]) -> BTreeSet<(Rule, String, CallId)> {
    let mut marks = BTreeSet::new();
    for (scope, rules) in levels {
        let passes = |call: &Attempt| match scope {
            Scope::Campaign(id) => call.campaign == Some(*id),
            Scope::Project(id) => call.project == *id,
            Scope::Trunk(id) => call.trunk == Some(*id),
            Scope::Switch(_, name) => call.switch.as_ref() == Some(name),
            Scope::Engine(_) | Scope::Engines => true,
        };
        let own: Vec<_> = calls.iter().filter(|call| passes(call)).collect();
        for (place, last) in own.iter().enumerate() {
            let now = last.dialed_at.unwrap();
            if let Some(cps) = rules.limits.cps {
                let within = |call: &&&Attempt| now.since(call.dialed_at.unwrap()) < cps.window();
                if own[..=place].iter().filter(within).count() > cps.starts_per_window() {
                    marks.insert((Rule::Rate, scope.to_string(), last.id));
                }
            }
            if let Some(cap) = rules.limits.channels.filter(|_| !last.taken_over) {
                let live = |call: &&&Attempt| !call.taken_over && call.ended_at.is_none_or(|end| end > now);
                // A call that ends as it starts has had its channel.
                let others = own[..place].iter().filter(live).count();
                if others + 1 > cap.get() as usize {
                    marks.insert((Rule::Channels, scope.to_string(), last.id));
                }
            }
        }
    }
    marks
}

prop_compose! {
    fn a_call()(gap in 0_i64..700, length in proptest::option::weighted(0.95, 1_i64..4_000), campaign in 1_i64..3,
                trunk in 1_i64..3, taken_over in proptest::bool::weighted(0.05)) -> (i64, Attempt) {
        let mut call = call(0, length);
        call.campaign = Some(campaign.try_into().unwrap());
        call.trunk = Some(trunk.try_into().unwrap());
        call.taken_over = taken_over;
        (gap, call)
    }
}

fn a_limit() -> impl Strategy<Value = Rules> {
    let cps = prop_oneof![
        Just(None),
        (1_u32..6).prop_map(|n| Some(f64::from(n))),
        Just(Some(0.4))
    ];
    (cps, proptest::option::of(1_u32..6)).prop_map(|(cps, channels)| limits(cps, channels))
}

fn moved(call: &Attempt, by: i64) -> Attempt {
    let later = |time: Option<Timestamp>| time.map(|time| Timestamp::from_millis(time.millis() + by));
    Attempt {
        created_at: later(Some(call.created_at)).unwrap(),
        dialed_at: later(call.dialed_at),
        answered_at: later(call.answered_at),
        ended_at: later(call.ended_at),
        ..call.clone()
    }
}

proptest! {
    #[test]
    fn what_is_found_is_what_brute_force_finds(
        drawn in proptest::collection::vec(a_call(), 1..80),
        all in proptest::collection::vec(a_limit(), 7),
    ) {
        let scopes = [
            Scope::Engine(String::new()), Scope::Engines, Scope::Switch(String::new(), "pbx1".parse().unwrap()),
            Scope::Trunk(1.try_into().unwrap()), Scope::Trunk(2.try_into().unwrap()),
            Scope::Project(1.try_into().unwrap()), Scope::Campaign(1.try_into().unwrap()),
        ];
        let mut levels: Vec<_> = scopes.into_iter().zip(all).collect();
        levels.push((Scope::Campaign(2.try_into().unwrap()), Rules::default()));
        let mut now = 0;
        let calls: Vec<_> = drawn.iter().map(|(gap, call)| { now += gap; moved(call, now) }).collect();
        let history = rules(levels.iter().map(|(scope, rules)| (0, scope.clone(), rules.clone())));
        let findings = found(&history, Vec::new(), &calls);
        prop_assert_eq!(marks(&findings), by_force(&levels, &calls));
        prop_assert_eq!(findings.tally(Rule::Rate).judged, calls.len() as u64);
    }
}

/// Everything else without limits.
fn only(changes: Vec<(i64, Scope, Rules)>) -> History {
    let free = [
        Scope::Engine(String::new()),
        Scope::Switch(String::new(), "pbx1".parse().unwrap()),
        Scope::Trunk(1.try_into().unwrap()),
        Scope::Project(1.try_into().unwrap()),
        Scope::Campaign(1.try_into().unwrap()),
    ];
    let told = |scope: &Scope| changes.iter().any(|(_, other, _)| other == scope);
    let free: Vec<_> = free.into_iter().filter(|scope| !told(scope)).collect();
    let free = free.into_iter().map(|scope| (0, scope, Rules::default()));
    rules(free.chain(changes))
}

fn trunk() -> Scope {
    Scope::Trunk(1.try_into().unwrap())
}

/// So many calls, evenly, from a time on.
fn even(from: i64, gap: i64, count: i64, length: i64) -> Vec<Attempt> {
    (0..count)
        .map(|n| call(from + n * gap, Some(from + n * gap + length)))
        .collect()
}

#[test]
fn a_window_is_half_open_and_a_record_that_keeps_it_is_clean() {
    let history = only(vec![(0, trunk(), limits(Some(2.0), None))]);
    assert_eq!(found(&history, vec![], &even(0, 500, 20, 10)).violations(), 0);
    let findings = found(&history, vec![], &even(0, 499, 20, 10));
    assert_eq!(findings.violations(), 18);
    let first = findings.kept().next().unwrap();
    assert_eq!(
        (first.rule, first.whose.as_str(), first.at),
        (Rule::Rate, "trunk 1", at(998))
    );
    assert_eq!(first.seen, "3 starts in 998 ms");
    assert_eq!(first.limit, "2/s: 2 starts in 1000 ms");
}

#[test]
fn a_limit_counts_from_when_it_was_set() {
    let history = only(vec![
        (0, trunk(), limits(Some(10.0), Some(10))),
        (60_000, trunk(), limits(Some(2.0), Some(1))),
    ]);
    let mut calls = even(50_000, 100, 100, 90);
    assert_eq!(found(&history, vec![], &calls).violations(), 0, "before it");
    calls = even(59_000, 100, 50, 90);
    assert_eq!(
        found(&history, vec![], &calls).violations(),
        0,
        "both hold for a while"
    );
    calls = even(66_000, 100, 30, 90);
    assert_eq!(
        found(&history, vec![], &calls).tally(Rule::Rate).violations,
        28,
        "after it"
    );
    calls = even(66_000, 500, 30, 600);
    assert_eq!(
        found(&history, vec![], &calls).tally(Rule::Channels).violations,
        29
    );
}

#[test]
fn a_cap_that_is_lowered_ends_no_call() {
    let history = only(vec![
        (0, trunk(), limits(None, Some(10))),
        (10_000, trunk(), limits(None, Some(2))),
    ]);
    let mut calls = even(0, 10, 10, 60_000);
    assert_eq!(found(&history, vec![], &calls).violations(), 0);
    calls.push(call(30_000, Some(30_001)));
    assert_eq!(
        found(&history, vec![], &calls).tally(Rule::Channels).violations,
        1
    );
}

#[test]
fn what_cannot_be_judged_is_told_and_no_violation() {
    let history = only(vec![(0, trunk(), limits(Some(1.0), Some(1)))]);
    let early = even(-20_000, 100, 10, 1_000);
    let findings = found(&history, vec![], &early);
    assert_eq!(findings.violations(), 0);
    assert_eq!(findings.tally(Rule::Rate).unjudged.values().sum::<u64>(), 10);
    let twice = vec![(at(0), at(5_000))];
    let findings = found(&history, twice, &even(1_000, 100, 10, 1_000));
    assert_eq!(findings.violations(), 0);
    assert_eq!(findings.tally(Rule::Channels).unjudged.values().sum::<u64>(), 10);
}

/// The record of all engines is one, and yet each has limits of its own.
#[test]
fn engines_are_told_apart_and_taken_together() {
    let history = rules([
        (0, Scope::Engine("a".into()), limits(Some(2.0), None)),
        (0, Scope::Engine("b".into()), limits(Some(2.0), None)),
        (
            0,
            Scope::Switch("a".into(), "pbx1".parse().unwrap()),
            limits(None, None),
        ),
        (
            0,
            Scope::Switch("b".into(), "pbx1".parse().unwrap()),
            limits(None, None),
        ),
        (0, trunk(), limits(Some(3.0), None)),
        (0, Scope::Project(1.try_into().unwrap()), Rules::default()),
        (0, Scope::Campaign(1.try_into().unwrap()), Rules::default()),
    ]);
    let by = |engine: &str, ms| Attempt {
        engine: engine.into(),
        ..call(ms, Some(ms + 1))
    };
    let calls = [by("a", 0), by("b", 1), by("a", 2), by("b", 3)];
    let findings = found(&history, vec![], &calls);
    let whose: Vec<_> = findings.kept().map(|found| found.whose.as_str()).collect();
    assert_eq!(
        whose,
        ["trunk 1"],
        "each engine keeps its own, and both together not the trunk's"
    );
    let calls = [by("a", 0), by("b", 1), by("a", 2), by("a", 3)];
    let findings = found(&history, vec![], &calls);
    let whose: BTreeSet<_> = findings.kept().map(|found| found.whose.as_str()).collect();
    assert_eq!(whose, ["engine a", "trunk 1"].into());
}

#[test]
fn what_is_remembered_does_not_grow() {
    let history = only(vec![(0, trunk(), limits(Some(10.0), Some(100)))]);
    let mut pace = Pace::new(&history, Vec::new(), Gone::default());
    let mut findings = Findings::new(9);
    for n in 0..20_000 {
        let campaign: CampaignId = 1.try_into().unwrap();
        let start = Attempt {
            campaign: Some(campaign),
            ..call(n * 100, Some(n * 100 + 900))
        };
        pace.handle(&start, &mut findings);
        assert!(pace.remembered() < 200, "{}", pace.remembered());
    }
    assert_eq!(findings.violations(), 0);
}
