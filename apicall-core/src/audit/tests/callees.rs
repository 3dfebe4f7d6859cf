//! Who was called, and when: hours, lists, caps on the calls to a number.

use super::*;
use crate::model::{CampaignId, Listing, PhoneNumber};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

const NUMBER: &str = "+573001234567";
const DAY: i64 = 86_400_000;

fn number(n: i64) -> PhoneNumber {
    format!("+57300{n:07}").parse().unwrap()
}

fn of_project(doc: &str) -> Rules {
    serde_json::from_str(doc).unwrap()
}

fn project() -> Scope {
    Scope::Project(1.try_into().unwrap())
}

fn campaign() -> Scope {
    Scope::Campaign(1.try_into().unwrap())
}

/// What the hours say of a start.
fn hours(start: &Attempt, history: &History) -> Findings {
    let mut findings = Findings::new(9);
    callee::check_hours(start, history, &mut findings);
    findings
}

/// START is 22:13:20 on a Tuesday in UTC, 17:13:20 in Bogotá.
#[test]
fn a_start_outside_the_hours_in_force_is_found() {
    let open = r#"{"timezone":"America/Bogota","hours":{"zone":"callee","windows":["tue 08:00-17:14"],"holidays":[]}}"#;
    let history = rules([
        (0, project(), of_project(open)),
        (0, campaign(), Rules::default()),
    ]);
    for (ms, found) in [(0, 0), (39_999, 0), (40_000, 1), (DAY, 1), (7 * DAY, 0)] {
        let findings = hours(&call(ms, None), &history);
        assert_eq!(
            (findings.tally(Rule::Hours).judged, findings.violations()),
            (1, found),
            "{ms}"
        );
    }
    // One hour later there: the number tells.
    let elsewhere = Attempt {
        number: Some("+5491123456789".parse().unwrap()),
        ..call(0, None)
    };
    assert_eq!(hours(&elsewhere, &history).violations(), 1);
    let single = Attempt {
        campaign: None,
        contact: None,
        origin: Origin::Manual,
        ..call(40_000, None)
    };
    assert_eq!(hours(&single, &history).violations(), 1);
    let visitor = Attempt {
        origin: Origin::Dialplan,
        ..call(40_000, None)
    };
    assert_eq!(
        hours(&visitor, &history).tally(Rule::Hours).judged,
        0,
        "who calls us may"
    );
}

#[test]
fn hours_count_from_their_change_on_and_a_campaign_narrows_them() {
    let at_night =
        of_project(r#"{"hours":{"zone":"project","windows":["daily 01:00-02:00"],"holidays":[]}}"#);
    let own = of_project(r#"{"timezone":"America/Bogota"}"#);
    let all = rules([
        (0, project(), own.clone()),
        (0, campaign(), Rules::default()),
        (60_000, campaign(), at_night),
    ]);
    for (ms, found) in [(0, 0), (60_000, 0), (64_999, 0), (65_001, 1)] {
        assert_eq!(hours(&call(ms, None), &all).violations(), found, "{ms}");
    }
    let schedule = Rules {
        starts_at: Some(at(10_000)),
        ends_at: Some(at(20_000)),
        ..Rules::default()
    };
    let scheduled = rules([(0, project(), own), (0, campaign(), schedule)]);
    for (ms, found) in [(9_999, 1), (10_000, 0), (19_999, 0), (20_000, 1)] {
        assert_eq!(hours(&call(ms, None), &scheduled).violations(), found, "{ms}");
    }
    let unknown = hours(&call(0, None), &rules([]));
    assert_eq!(
        (unknown.violations(), unknown.tally(Rule::Hours).unjudged.len()),
        (0, 1)
    );
    let of_another = Attempt {
        campaign: Some(CampaignId::try_from(2).unwrap()),
        ..call(0, None)
    };
    assert_eq!(hours(&of_another, &all).tally(Rule::Hours).unjudged.len(), 1);
}

#[test]
fn a_start_to_a_listed_number_is_found() {
    let listing = |project: Option<i64>, from: i64, to: Option<i64>| Listing {
        number: NUMBER.parse().unwrap(),
        project: project.map(|id| id.try_into().unwrap()),
        added_at: at(from),
        removed_at: to.map(at),
    };
    for (listing, found) in [
        (listing(None, 0, None), 1),
        (listing(Some(1), 0, None), 1),
        (listing(Some(2), 0, None), 0),
        // A call on its way when the number is listed may leave for five seconds.
        (listing(None, 95_000, None), 0),
        (listing(None, 94_999, None), 1),
        (listing(None, 200_000, None), 0),
        (listing(None, 0, Some(50_000)), 0),
        (listing(None, 0, Some(105_000)), 0),
        (listing(None, 0, Some(105_001)), 1),
        (
            Listing {
                number: number(1),
                ..listing(None, 0, None)
            },
            0,
        ),
    ] {
        let mut findings = Findings::new(9);
        callee::check_lists(
            &call(100_000, None),
            std::slice::from_ref(&listing),
            &mut findings,
        );
        assert_eq!(
            (findings.tally(Rule::DoNotCall).judged, findings.violations()),
            (1, found),
            "{listing:?}"
        );
    }
}

#[test]
fn a_start_from_a_number_that_is_not_the_projects_is_found() {
    let (old, new) = ("+573001110001", "+573001110002");
    let owns = |numbers: &str| of_project(&format!(r#"{{"caller_ids":{numbers}}}"#));
    let history = rules([
        (0, project(), Rules::default()),
        (100_000, project(), owns(r#"["+573001110001"]"#)),
        (200_000, project(), owns(r#"["+573001110002","5551234"]"#)),
        (300_000, project(), owns("[]")),
    ]);
    for (shown, ms, judged, found) in [
        (None, 150_000, 0, 0),
        (Some(old), 50_000, 0, 0),
        (Some(old), 104_999, 0, 0),
        (Some(old), 150_000, 1, 0),
        (Some(new), 150_000, 1, 1),
        // Both the old and the new count around a change.
        (Some(new), 195_000, 1, 0),
        (Some(old), 204_999, 1, 0),
        (Some(old), 205_001, 1, 1),
        (Some("5551234"), 250_000, 1, 0),
        (Some(new), 304_999, 1, 0),
        (Some(new), 305_001, 1, 1),
    ] {
        let start = call(ms, None);
        let record = Call {
            caller_id: shown.map(|number| number.parse().unwrap()),
            ..record(&start)
        };
        let mut findings = Findings::new(9);
        callee::check_caller_id(&start, &record, &history, &mut findings);
        let tally = findings.tally(Rule::CallerId);
        assert_eq!(
            (tally.judged, tally.violations),
            (judged, found),
            "{shown:?} at {ms}"
        );
        let unjudged = u64::from(shown.is_some()) - judged;
        assert_eq!(
            tally.unjudged.values().sum::<u64>(),
            unjudged,
            "{shown:?} at {ms}"
        );
    }
}

/// What the caps say of all these, which come in the order of time.
fn capped(starts: &[Attempt], history: &History, gone: Gone) -> Findings {
    let mut findings = Findings::new(99);
    for part in 0..3 {
        let mut caps = NumberCaps::new(history, Share { part, of: 3 }, gone);
        starts.iter().for_each(|start| caps.handle(start, &mut findings));
    }
    findings
}

fn caps(text: &str) -> History {
    rules([(0, project(), of_project(&format!(r#"{{"number_caps":{text}}}"#)))])
}

#[test]
fn a_call_over_a_cap_is_found() {
    let twice = caps(r#"["2/1h"]"#);
    let starts = |all: &[i64]| all.iter().map(|ms| call(*ms, Some(ms + 1))).collect::<Vec<_>>();
    let hour = 3_600_000;
    for (all, found) in [
        (starts(&[0, 1_000, hour, hour + 1_000]), 0),
        (starts(&[0, 1_000, hour - 1]), 1),
        (starts(&[0, 0, 0]), 1),
    ] {
        assert_eq!(
            capped(&all, &twice, Gone::default()).violations(),
            found,
            "{all:?}"
        );
    }
    let mut others = starts(&[0, 1_000, 2_000, 3_000]);
    others[1].project = 2.try_into().unwrap();
    others[2].number = Some(number(9));
    others[3].origin = Origin::Dialplan;
    assert_eq!(capped(&others, &twice, Gone::default()).violations(), 0);
    assert_eq!(
        capped(&others[1..2], &twice, Gone::default())
            .tally(Rule::NumberCaps)
            .unjudged
            .len(),
        1
    );
    let once = caps(r#"["1 answered/1h"]"#);
    let mut reached = starts(&[0, 1_000]);
    assert_eq!(capped(&reached, &once, Gone::default()).violations(), 1);
    reached[0].answered_by = Some(AnsweredBy::Machine);
    assert_eq!(capped(&reached, &once, Gone::default()).violations(), 0);
    reached[0].answered_at = None;
    assert_eq!(capped(&reached, &once, Gone::default()).violations(), 0);
}

#[test]
fn a_window_that_reaches_back_to_what_is_gone_is_not_judged() {
    let thrice = caps(r#"["3/1h"]"#);
    let gone = Gone {
        calls: Some(at(10_000)),
        timelines: None,
    };
    let starts: Vec<_> = [20_000, 3_610_000, 3_610_001].map(|ms| call(ms, None)).into();
    let findings = capped(&starts, &thrice, gone);
    let tally = findings.tally(Rule::NumberCaps);
    assert_eq!(
        (
            tally.judged,
            tally.unjudged.values().sum::<u64>(),
            tally.violations
        ),
        (1, 2, 0)
    );
}

/// Whoever asks the scheduler's rule before each call is found clean; one call more is found, and no more is remembered than
/// windows hold.
#[test]
fn what_a_dialer_does_keeps_every_cap() {
    for seed in 0..100 {
        let mut random = StdRng::seed_from_u64(seed);
        let most = random.random_range(1..4);
        let history = caps(&format!(r#"["{most}/1h", "1 answered/2h"]"#));
        let all = of_project(&format!(r#"{{"number_caps":["{most}/1h","1 answered/2h"]}}"#))
            .number_caps
            .all();
        let (mut now, mut starts) = (0, Vec::<Attempt>::new());
        for _ in 0..200 {
            now += random.random_range(0..900_000);
            let to = number(random.random_range(0..3));
            let before = starts.iter().filter(|start| start.number.as_ref() == Some(&to));
            let past: Vec<_> = before
                .map(|start| crate::model::PastCall {
                    at: start.dialed_at.unwrap(),
                    open: false,
                    answered: start.answered_at.is_some(),
                })
                .collect();
            if crate::schedule::caps::wait(&all, &past, at(now)).is_none() {
                let answered = random.random_bool(0.3).then_some(at(now));
                starts.push(Attempt {
                    number: Some(to),
                    answered_at: answered,
                    ..call(now, Some(now + 1))
                });
            }
        }
        assert_eq!(
            capped(&starts, &history, Gone::default()).violations(),
            0,
            "seed {seed}"
        );
        let last = starts.last().unwrap().clone();
        let extra = (0..4).map(|_| Attempt {
            id: CallId::draw(),
            ..last.clone()
        });
        let more: Vec<_> = starts.iter().cloned().chain(extra).collect();
        assert!(
            capped(&more, &history, Gone::default()).violations() > 0,
            "seed {seed}"
        );
        let mut machine = NumberCaps::new(&history, Share { part: 0, of: 1 }, Gone::default());
        for start in &starts {
            machine.handle(start, &mut Findings::new(9));
        }
        let end = last.dialed_at.unwrap();
        let within = |start: &&Attempt| end.since(start.dialed_at.unwrap()) <= Duration::from_secs(7_200);
        assert!(
            machine.remembered() <= starts.iter().filter(within).count(),
            "seed {seed}"
        );
    }
}

#[test]
fn what_needs_what_is_gone_is_not_judged() {
    let gone = Gone {
        calls: Some(at(0)),
        timelines: Some(at(50_000)),
    };
    let history = rules([(0, project(), Rules::default())]);
    let mut findings = Findings::new(9);
    let mut pace = Pace::new(&history, Vec::new(), gone);
    for ms in [500_000, 1_000_000, 1_000_001] {
        let start = Attempt {
            campaign: None,
            contact: None,
            trunk: None,
            switch: None,
            ..call(ms, Some(ms + 1))
        };
        pace.handle(&start, &mut findings);
    }
    assert_eq!(findings.tally(Rule::Rate).unjudged.get(gone::REMOVED), Some(&2));
    // A timeline that went with its time says nothing; one that should be there, or ends twice, says it.
    for (end, ends, judged, found) in [(50_000, 0, 0, 0), (50_001, 0, 1, 1), (50_000, 2, 1, 1)] {
        let (row, mut findings) = (call(40_000, Some(end)), Findings::new(9));
        outcome::check(&row, &record(&row), ends, gone, &mut findings);
        let tally = findings.tally(Rule::OneOutcome);
        assert_eq!((tally.judged, tally.violations), (judged, found), "{end}, {ends}");
    }
    let mut carrier = Carrier::new(true, gone);
    for ms in [54_000, 56_000] {
        carrier.handle_invite(Invite {
            at: at(ms),
            number: "1".to_owned(),
        });
    }
    let mut findings = Findings::new(9);
    carrier.finish(&mut findings);
    assert_eq!(
        findings.violations(),
        1,
        "the later one has nothing to do with what is gone"
    );
}
