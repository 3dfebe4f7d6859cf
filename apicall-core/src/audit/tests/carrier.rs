//! What a carrier got.

use super::*;

const NUMBER: &str = "573001234567";

fn found(all: bool, calls: &[Attempt], invites: &[i64]) -> Findings {
    let (mut carrier, mut findings) = (Carrier::new(all, Gone::default()), Findings::new(9));
    let mut calls = calls.iter().peekable();
    for ms in invites {
        while let Some(call) = calls.next_if(|call| Carrier::reaches(at(*ms), call.dialed_at.unwrap())) {
            carrier.handle_call(call, NUMBER.to_owned(), &mut findings);
        }
        carrier.handle_invite(Invite {
            at: at(*ms),
            number: NUMBER.to_owned(),
        });
    }
    carrier.finish(&mut findings);
    findings
}

#[test]
fn one_invite_a_call_is_clean() {
    let calls = [
        call(0, Some(3_000)),
        call(20_000, Some(21_000)),
        call(60_000, None),
    ];
    let findings = found(true, &calls, &[40, 20_500, 60_001]);
    assert_eq!(
        (findings.violations(), findings.tally(Rule::Carrier).judged),
        (0, 3)
    );
}

#[test]
fn one_more_or_one_from_nowhere_is_found() {
    let calls = [call(0, Some(3_000)), call(20_000, Some(21_000))];
    for invites in [
        &[40, 41, 20_500][..],
        &[40, 12_000, 20_500],
        &[40, 20_500, 90_000],
    ] {
        let findings = found(true, &calls, invites);
        assert_eq!(findings.violations(), 1, "{invites:?}");
        assert_eq!(findings.kept().next().unwrap().whose, format!("number {NUMBER}"));
    }
}

#[test]
fn an_answer_without_an_invite_is_found() {
    let calls = [
        call(0, Some(3_000)),
        call(20_000, Some(21_000)),
        call(60_000, Some(61_000)),
    ];
    assert_eq!(found(true, &calls, &[40, 60_100]).violations(), 1);
    let findings = found(false, &calls, &[40, 60_100]);
    assert_eq!(findings.violations(), 0, "another carrier may have got it");
    let refused = Attempt {
        answered_at: None,
        ..calls[1].clone()
    };
    assert_eq!(
        found(
            true,
            &[calls[0].clone(), refused, calls[2].clone()],
            &[40, 60_100]
        )
        .violations(),
        0
    );
}

#[test]
fn second_legs_and_calls_of_a_crash_explain_what_nothing_else_does() {
    let mut findings = Findings::new(9);
    let mut carrier = Carrier::new(true, Gone::default());
    for ms in [0, 100_000, 200_000] {
        carrier.handle_invite(Invite {
            at: at(ms),
            number: NUMBER.to_owned(),
        });
    }
    carrier.handle_second_leg(at(99_000), NUMBER, &mut findings);
    let crashed = Attempt {
        dialed_at: None,
        ..call(199_000, Some(230_000))
    };
    carrier.handle_undialed(&crashed, NUMBER, &mut findings);
    carrier.handle_undialed(&crashed, NUMBER, &mut findings);
    carrier.finish(&mut findings);
    let left: Vec<_> = findings.kept().map(|found| found.at).collect();
    assert_eq!(left, [at(0)]);
}

#[test]
fn an_invite_before_a_crash_is_not_taken_for_the_retry_soon_after() {
    let (mut carrier, mut findings) = (Carrier::new(true, Gone::default()), Findings::new(9));
    let crashed = Attempt {
        dialed_at: None,
        ..call(0, Some(2_000))
    };
    let mut retried = [call(4_900, Some(6_400)), call(9_700, Some(10_700))]
        .into_iter()
        .peekable();
    for invite in [100, 4_940, 9_750] {
        while let Some(call) = retried.next_if(|call| Carrier::reaches(at(invite), call.dialed_at.unwrap())) {
            carrier.handle_call(&call, NUMBER.to_owned(), &mut findings);
        }
        carrier.handle_invite(Invite {
            at: at(invite),
            number: NUMBER.to_owned(),
        });
    }
    carrier.handle_undialed(&crashed, NUMBER, &mut findings);
    carrier.finish(&mut findings);
    assert_eq!(
        (findings.violations(), findings.tally(Rule::Carrier).judged),
        (0, 3)
    );
}

#[test]
fn lines_are_read_as_the_lab_prints_them_and_in_two_other_ways() {
    for line in [
        "2023-11-14 22:13:20.123456\t1700000000.123456 573001234567 5551234",
        "2023-11-14\t22:13:20.123456\t1700000000.123456 573001234567",
        "1700000000.1234,+573001234567,5551234",
        "2023-11-14T22:13:20.123Z 573001234567",
    ] {
        let invite: Invite = line.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!((invite.at, invite.number.as_str()), (at(123), NUMBER), "{line}");
    }
    for line in [
        "yesterday 573001234567",
        "1700000000.1",
        "1700000000 x",
        "573001234567 5551234",
    ] {
        assert!(line.parse::<Invite>().is_err(), "{line}");
    }
}
