//! Single outcomes.

use super::*;

fn seen(row: &Attempt, record: &Call, ends: u64) -> Vec<String> {
    let mut findings = Findings::new(9);
    outcome::check(row, record, ends, Gone::default(), &mut findings);
    findings.kept().map(|found| found.seen.clone()).collect()
}

#[test]
fn a_call_that_ended_once_or_not_yet_is_sound() {
    let (over, live) = (call(0, Some(9)), call(0, None));
    assert!(seen(&over, &record(&over), 1).is_empty());
    assert!(seen(&live, &record(&live), 0).is_empty());
}

#[test]
fn every_way_to_end_otherwise_is_found() {
    let (over, live) = (call(0, Some(9)), call(0, None));
    assert!(seen(&over, &record(&over), 2)[0].contains("2 ends in its timeline"));
    assert!(seen(&over, &record(&over), 0)[0].contains("0 ends in its timeline"));
    assert!(seen(&live, &record(&live), 1)[0].contains("1 ends in its timeline"));
    let other = Call {
        outcome: Some(Outcome::Busy),
        ..record(&over)
    };
    assert!(seen(&over, &other, 1)[0].contains("differ in outcome"));
    let undecided = Attempt {
        outcome: None,
        ..over.clone()
    };
    assert!(seen(&undecided, &record(&undecided), 1)[0].contains("outcome none"));
    let unended = Attempt {
        ended_at: None,
        ..over.clone()
    };
    assert!(seen(&unended, &record(&unended), 1)[0].contains("no end"));
    let backwards = Call {
        ringing_at: Some(at(10)),
        ..record(&over)
    };
    assert_eq!(seen(&over, &backwards, 1), ["ringing_at is after answered_at"]);
}
