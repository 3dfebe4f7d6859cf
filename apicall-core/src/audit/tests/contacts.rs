//! Contacts and their calls.

use super::*;
use crate::model::{ContactState, RetryKey, RetryPolicy, Standing};
use crate::schedule::retry::{self, Next};
use proptest::prelude::*;

const OUTCOMES: [Outcome; 5] = [
    Outcome::Busy,
    Outcome::NoAnswer,
    Outcome::Lost,
    Outcome::InvalidNumber,
    Outcome::Answered,
];

fn policy(most: u32) -> RetryPolicy {
    let delays = [
        (RetryKey::Busy, 10),
        (RetryKey::NoAnswer, 0),
        (RetryKey::Lost, 60),
    ];
    RetryPolicy::new(most, delays.into()).unwrap()
}

fn history(most: u32) -> History {
    let own = Rules {
        retry: Some(policy(most)),
        ..Rules::default()
    };
    rules([(0, Scope::Project(1.try_into().unwrap()), own)])
}

/// What a dialer makes of a contact whose calls end so, one after the other, as long as the policy has another.
fn played(most: u32, outcomes: &[(Outcome, i64, i64)]) -> (Standing, Vec<Attempt>) {
    let (mut calls, mut due) = (Vec::new(), Some(at(0)));
    for (outcome, late, length) in outcomes {
        let Some(from) = due else { break };
        let from = from.millis() - START + late;
        let made = Attempt {
            attempt: u32::try_from(calls.len()).unwrap() + 1,
            outcome: Some(*outcome),
            ..call(from, Some(from + length))
        };
        due = match retry::after(
            &policy(most),
            made.attempt,
            *outcome,
            made.answered_by,
            made.ended_at.unwrap(),
        ) {
            Next::RetryAt(at) => Some(at),
            Next::Done => None,
        };
        calls.push(made);
    }
    let standing = Standing {
        contact: 1.try_into().unwrap(),
        campaign: 1.try_into().unwrap(),
        state: if due.is_some() {
            ContactState::Pending
        } else {
            ContactState::Done
        },
        attempts: u32::try_from(calls.len()).unwrap(),
        next_attempt_at: due.filter(|_| !calls.is_empty()),
        last_outcome: calls.last().and_then(|call| call.outcome),
        held_by: None,
    };
    (standing, calls)
}

fn broken(standing: &Standing, calls: &[Attempt], history: &History) -> Vec<Rule> {
    let mut findings = Findings::new(99);
    contact::check(standing, &mut calls.to_vec(), history, false, &mut findings);
    findings.kept().map(|found| found.rule).collect()
}

prop_compose! {
    fn a_life()(most in 1_u32..6, ends in proptest::collection::vec((0_usize..5, 0_i64..5_000, 1_i64..90_000), 0..7))
        -> (u32, Vec<(Outcome, i64, i64)>) {
        (most, ends.into_iter().map(|(n, late, length)| (OUTCOMES[n], late, length)).collect())
    }
}

proptest! {
    #[test]
    fn what_a_dialer_does_is_clean((most, ends) in a_life()) {
        let (standing, calls) = played(most, &ends);
        prop_assert_eq!(broken(&standing, &calls, &history(most)), vec![]);
    }

    /// Whatever is changed in such a life is found.
    #[test]
    fn what_is_planted_is_found((most, ends) in a_life(), what in 0_usize..6, which in 0_usize..9) {
        let (mut standing, mut calls) = played(most, &ends);
        prop_assume!(!calls.is_empty());
        let which = which % calls.len();
        let expected = match what {
            0 => { standing.attempts += 1; Rule::Attempts }
            1 => { standing.last_outcome = Some(Outcome::Cancelled); Rule::Standing }
            2 => { standing.state = ContactState::Claimed; Rule::Standing }
            3 => { calls.push(calls[which].clone()); Rule::OneCall }
            4 => {
                let standing_call = Attempt { attempt: standing.attempts + 1, ..call(9_000_000, None) };
                calls.push(standing_call);
                Rule::Attempts
            }
            _ => {
                let end = calls[which].ended_at.unwrap();
                let inside = Attempt { created_at: Timestamp::from_millis(end.millis() - 1), id: CallId::draw(), ..calls[which].clone() };
                calls.insert(which + 1, inside);
                Rule::OneCall
            }
        };
        let found = broken(&standing, &calls, &history(most));
        prop_assert!(found.contains(&expected), "{:?} of {:?}", expected, found);
    }
}

#[test]
fn a_retry_that_comes_early_or_never_should_have_is_found() {
    let (standing, mut calls) = played(3, &[(Outcome::Busy, 0, 1_000), (Outcome::Busy, 0, 1_000)]);
    calls[1].created_at = at(10_999);
    assert_eq!(
        broken(&standing, &calls, &history(3)),
        [Rule::Attempts],
        "one millisecond early"
    );
    calls[1].created_at = at(11_000);
    assert_eq!(broken(&standing, &calls, &history(3)), []);
    calls[0].outcome = Some(Outcome::InvalidNumber);
    assert_eq!(
        broken(&standing, &calls, &history(3)),
        [Rule::Attempts],
        "after a final outcome"
    );
    let (standing, calls) = played(3, &[(Outcome::Busy, 0, 1_000); 3]);
    let found = broken(&standing, &calls, &history(2));
    assert_eq!(found, [Rule::Attempts], "more than the policy allows");
}

/// A call that its trunk failed, and the one that came next: by which trunk, in whose place, and when.
fn by_another(trunk: i64, instead_of: Option<i64>, ms: i64) -> (Standing, Vec<Attempt>) {
    let (mut standing, mut calls) = played(4, &[(Outcome::Busy, 0, 1_000); 2]);
    calls[0].outcome = Some(Outcome::Congestion);
    calls[1] = Attempt {
        attempt: 2,
        outcome: Some(Outcome::Answered),
        trunk: Some(trunk.try_into().unwrap()),
        instead_of: instead_of.map(|id| id.try_into().unwrap()),
        ..call(ms, Some(ms + 1_000))
    };
    standing.state = ContactState::Done;
    standing.next_attempt_at = None;
    standing.last_outcome = Some(Outcome::Answered);
    (standing, calls)
}

fn with_trunks(most: u32, trunks: &[i64]) -> History {
    let own = Rules {
        retry: Some(policy(most)),
        trunks: Some(trunks.iter().map(|id| (*id).try_into().unwrap()).collect()),
        ..Rules::default()
    };
    rules([(0, Scope::Project(1.try_into().unwrap()), own)])
}

#[test]
fn another_trunk_may_carry_the_next_call_at_once_and_once() {
    let two = with_trunks(4, &[1, 2]);
    for (trunk, instead_of, ms, expected) in [
        (2, Some(1), 1_000, vec![]),
        (3, Some(1), 1_000, vec![Rule::Attempts]),
        (1, Some(1), 1_000, vec![Rule::Attempts]),
        (2, Some(2), 1_000, vec![Rule::Attempts]),
        (2, None, 1_000, vec![Rule::Attempts]),
        // It did not come to pass, and the contact was due like others.
        (1, None, 5_999, vec![Rule::Attempts]),
        (1, None, 6_000, vec![]),
    ] {
        let (standing, calls) = by_another(trunk, instead_of, ms);
        let found = broken(&standing, &calls, &two);
        assert_eq!(found, expected, "by {trunk} instead of {instead_of:?} at {ms}");
    }
    let (standing, mut calls) = by_another(2, Some(1), 1_000);
    for (history, why) in [
        (with_trunks(4, &[1]), "it has no other"),
        (with_trunks(1, &[1, 2]), "the policy allows one call"),
        (history(4), "nobody wrote its trunks down"),
    ] {
        assert_eq!(broken(&standing, &calls, &history), [Rule::Attempts], "{why}");
    }
    calls[0].outcome = Some(Outcome::InvalidNumber);
    let found = broken(&standing, &calls, &two);
    assert_eq!(found, [Rule::Attempts], "that speaks of the callee");
    calls[0].outcome = Some(Outcome::Congestion);
    calls[0].instead_of = Some(3.try_into().unwrap());
    assert_eq!(broken(&standing, &calls, &two), [Rule::Attempts], "once more");
}

#[test]
fn a_contact_may_wait_for_another_trunk() {
    let (mut standing, mut calls) = played(4, &[(Outcome::Busy, 0, 1_000)]);
    calls[0].outcome = Some(Outcome::Congestion);
    standing.last_outcome = Some(Outcome::Congestion);
    for (due, trunks, expected) in [
        (6_000, &[1, 2][..], vec![]),
        (5_999, &[1, 2], vec![Rule::Standing]),
        (6_000, &[1], vec![Rule::Standing]),
    ] {
        standing.next_attempt_at = Some(at(due));
        let found = broken(&standing, &calls, &with_trunks(4, trunks));
        assert_eq!(found, expected, "due at {due}, with {trunks:?}");
    }
}

#[test]
fn a_policy_counts_while_it_is_in_force() {
    let (standing, calls) = played(3, &[(Outcome::Busy, 0, 1_000); 3]);
    let project = Scope::Project(1.try_into().unwrap());
    let of = |most| Rules {
        retry: Some(policy(most)),
        ..Rules::default()
    };
    let later = rules([(0, project.clone(), of(3)), (60_000, project.clone(), of(1))]);
    assert_eq!(broken(&standing, &calls, &later), []);
    let unknown = rules([(900_000, project, of(1))]);
    let mut findings = Findings::new(9);
    contact::check(&standing, &mut calls.clone(), &unknown, false, &mut findings);
    assert_eq!(findings.violations(), 0);
    assert_eq!(findings.tally(Rule::Attempts).unjudged.values().sum::<u64>(), 2);
    assert_eq!(findings.tally(Rule::Standing).unjudged.values().sum::<u64>(), 1);
}

#[test]
fn calls_that_were_removed_are_missed_only_where_none_should_be() {
    let (standing, mut calls) = played(3, &[(Outcome::Busy, 0, 1_000); 3]);
    calls.remove(0);
    assert_eq!(broken(&standing, &calls, &history(3)), [Rule::Attempts]);
    let mut findings = Findings::new(9);
    contact::check(&standing, &mut calls.clone(), &history(3), true, &mut findings);
    assert_eq!(findings.violations(), 0);
    calls.remove(0);
    calls.remove(0);
    contact::check(&standing, &mut calls, &history(3), true, &mut findings);
    assert_eq!(findings.violations(), 0);
}
