//! Recordings through the tracker, and the tasks against peers that speak from a script.

mod peers;
mod troubles;

use super::outcome::{Signs, decide};
use super::tracker::Tracker;
use super::{DialTemplate, token};
use crate::model::{CallId, Cause, Outcome};
use crate::switch::{Sign, WayOut};
use crate::wire::ami::{Decoder, Message};
use std::path::Path;
use std::time::{Duration, Instant};

const VERSIONS: [&str; 2] = ["asterisk-16", "asterisk-22"];

fn recording(version: &str, name: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let bytes = std::fs::read(root.join(version).join(format!("{name}.server.raw"))).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Feeds a recording whose call has this id to a tracker; the signs it told.
#[allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]
fn signs_of(recording: &str, recorded_id: &str) -> Vec<Sign> {
    let call = CallId::draw();
    let mut tracker = Tracker::default();
    tracker.originated(call, None);
    let mut decoder = Decoder::default();
    let line = |end: &str| (format!("{recorded_id}{end}"), format!("{call}{end}"));
    let (from, to) = line("\r\n");
    decoder.feed(recording.replace(&from, &to).as_bytes());
    let now = Instant::now();
    while let Some(message) = decoder.poll() {
        if let Ok(Message::Event(event)) = message.item {
            tracker.event(&event, now);
        }
    }
    tracker.expire(now + Duration::from_secs(60));
    let told = tracker.told();
    assert!(
        told.iter().all(|(told, _)| *told == call),
        "only our call is told of"
    );
    told.into_iter().map(|(_, sign)| sign).collect()
}

fn outcome_of(signs: &[Sign], what: &str) -> (Outcome, Cause) {
    let ends: Vec<_> = signs
        .iter()
        .filter_map(|sign| match sign {
            Sign::Ended { outcome, cause } => Some((*outcome, cause.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(ends.len(), 1, "{what} ends once: {signs:?}");
    assert!(
        matches!(signs.last(), Some(Sign::Ended { .. })),
        "{what}: nothing follows the end"
    );
    ends[0].clone()
}

#[test]
fn every_recorded_ending_has_its_outcome() {
    use Outcome::{Answered, Busy, Congestion, Failed, InvalidNumber, NoAnswer, Rejected, Unreachable};
    let rows = [
        ("404", InvalidNumber),
        ("480", Unreachable),
        ("486", Busy),
        ("503", Congestion),
        ("603", Rejected),
        ("agi_close", Answered),
        ("agi_hangup", Answered),
        ("ami_hangup_by_uniqueid", Answered),
        ("answer_3s_ring", Answered),
        ("bad_channel_empty", Failed),
        ("bye_cause31", Answered),
        ("callee_hangs_up", Answered),
        ("cancel_ringing", NoAnswer),
        ("early_media_answer", Answered),
        ("endpoint_no_aor", Failed),
        ("local_bad_exten", Failed),
        ("local_busy", Busy),
        ("local_busyapp", Busy),
        ("local_congapp", Congestion),
        ("local_exten", Answered),
        ("local_ringthenhang", Rejected),
        ("no_timeout_header", NoAnswer),
        ("noanswer_timeout", NoAnswer),
        ("noring_timeout", Unreachable),
        ("redirect302", Rejected),
        ("swallowed_60s", Unreachable),
        ("swallowed_timeout", Unreachable),
        ("unknown_endpoint", Failed),
        ("unknown_tech", Failed),
        ("unreachable", Unreachable),
        ("unreachable_60s", Unreachable),
        ("zero_second", Answered),
    ];
    let mut seen = 0;
    for version in VERSIONS {
        for (name, expected) in rows {
            let Some(text) = recording(version, &format!("out_{name}")) else {
                let only_22 = ["local_busyapp", "local_congapp", "local_ringthenhang"].contains(&name);
                assert!(
                    version == "asterisk-16" && only_22,
                    "no recording {version} {name}"
                );
                continue;
            };
            let signs = signs_of(&text, &format!("apicall-{name}"));
            let (outcome, cause) = outcome_of(&signs, name);
            assert_eq!(outcome, expected, "{version} {name}: {cause:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, rows.len() * 2 - 3);
}

#[test]
fn every_sip_status_has_its_outcome() {
    use Outcome::{Busy, Congestion, Failed, InvalidNumber, Rejected, Unreachable};
    let expected = |sip: u16| match sip {
        404 | 410 | 484 | 485 | 604 => InvalidNumber,
        486 | 600 => Busy,
        503 | 513 => Congestion,
        401 | 403 | 603 => Rejected,
        408 | 420 | 480 | 483 | 500 | 502 | 504 => Unreachable,
        _ => Failed,
    };
    for version in VERSIONS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/transcripts")
            .join(version);
        let text = recording(version, "sip_codes").unwrap();
        let table = std::fs::read_to_string(root.join("sip_codes.table.tsv")).unwrap();
        let codes: Vec<u16> = table
            .lines()
            .skip(1)
            .map(|row| row.split('\t').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(codes.len(), 34);
        for sip in codes {
            let signs = signs_of(&text, &format!("code-{sip}"));
            let (outcome, cause) = outcome_of(&signs, &sip.to_string());
            assert_eq!(outcome, expected(sip), "{version} {sip}: {cause:?}");
            if version == "asterisk-22" {
                assert_eq!(cause.sip, Some(sip));
            }
        }
    }
}

#[test]
fn what_happens_to_a_call_is_told_in_order() {
    let text = recording("asterisk-22", "out_answer_3s_ring").unwrap();
    let signs = signs_of(&text, "apicall-answer_3s_ring");
    assert!(matches!(
        &signs[..],
        [
            Sign::Sent,
            Sign::Ringing,
            Sign::Answered,
            Sign::Ended {
                outcome: Outcome::Answered,
                ..
            }
        ]
    ));
    let text = recording("asterisk-22", "out_early_media_answer").unwrap();
    assert_eq!(
        signs_of(&text, "apicall-early_media_answer")[..3],
        [Sign::Sent, Sign::Ringing, Sign::Answered]
    );
}

/// `OriginateResponse` is not told in the order of the channel's own events (16.28: before `DialEnd` as often as not).
#[test]
fn a_response_that_comes_first_does_not_hide_the_ringing() {
    let text = recording("asterisk-22", "out_answer_3s_ring").unwrap();
    let mut blocks: Vec<_> = text.split("\r\n\r\n").collect();
    let place = |blocks: &[&str], name: &str| {
        let begins = format!("Event: {name}\r\n");
        blocks
            .iter()
            .position(|block| block.starts_with(&begins))
            .unwrap()
    };
    let response = blocks.remove(place(&blocks, "OriginateResponse"));
    blocks.insert(place(&blocks, "DialState"), response);
    let signs = signs_of(&blocks.join("\r\n\r\n"), "apicall-answer_3s_ring");
    assert_eq!(
        signs[..3],
        [Sign::Sent, Sign::Ringing, Sign::Answered],
        "{signs:?}"
    );
    let (outcome, _) = outcome_of(&signs, "reordered");
    assert_eq!(outcome, Outcome::Answered);
}

#[test]
fn a_transfer_is_not_the_calls_own_end() {
    for version in VERSIONS {
        for name in ["agi_dial_busy", "agi_dial_answer_b_hangs_up", "agi_dial_noanswer"] {
            let signs = signs_of(&recording(version, name).unwrap(), &format!("apicall-{name}"));
            let (outcome, _) = outcome_of(&signs, name);
            assert_eq!(outcome, Outcome::Answered, "{version} {name}");
        }
    }
}

/// A spool call's channel has an id of Asterisk's own; the account code tells whose it is.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]
fn spool_calls_are_known_by_their_account() {
    for version in VERSIONS {
        let call = CallId::draw();
        let text = recording(version, "spool_answer")
            .unwrap()
            .replace("acc42", &call.to_string());
        let (mut tracker, mut decoder, now) = (Tracker::default(), Decoder::default(), Instant::now());
        tracker.originated(call, Some(now + Duration::from_secs(30)));
        decoder.feed(text.as_bytes());
        while let Some(message) = decoder.poll() {
            if let Ok(Message::Event(event)) = message.item {
                tracker.event(&event, now);
            }
        }
        let signs: Vec<_> = tracker.told().into_iter().map(|(_, sign)| sign).collect();
        assert_eq!(signs[..2], [Sign::Ringing, Sign::Answered]);
        assert_eq!(outcome_of(&signs, "spool").0, Outcome::Answered);
    }
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]
fn a_spool_call_without_any_word_fails_in_the_end() {
    let (mut tracker, now, call) = (Tracker::default(), Instant::now(), CallId::draw());
    tracker.originated(call, Some(now + Duration::from_secs(30)));
    tracker.expire(now + Duration::from_secs(29));
    assert!(tracker.told().is_empty());
    assert_eq!(tracker.next_due(), Some(now + Duration::from_secs(30)));
    tracker.expire(now + Duration::from_secs(30));
    assert!(matches!(
        &tracker.told()[..],
        [(
            _,
            Sign::Ended {
                outcome: Outcome::Failed,
                ..
            }
        )]
    ));
}

#[test]
fn the_raw_reasons_are_kept() {
    let signs = Signs {
        dial_status: Some("BUSY".into()),
        reason: Some(0),
        q850: Some(17),
        sip: Some(486),
        hung_up: true,
        ..Signs::default()
    };
    let cause = Cause {
        q850: Some(17),
        sip: Some(486),
        text: Some("DialEnd BUSY, OriginateResponse reason 0".into()),
    };
    assert_eq!(decide(&signs), (Outcome::Busy, cause));
}

#[test]
fn tokens_hold_for_one_call_and_key() {
    let (call, other) = (CallId::draw(), CallId::draw());
    let token = token::of(b"key", call);
    assert_eq!(token::verify(b"key", &format!("call/{call}/{token}")), Some(call));
    assert_eq!(token::verify(b"key", &format!("call/{other}/{token}")), None);
    assert_eq!(token::verify(b"other", &format!("call/{call}/{token}")), None);
    assert_eq!(token::verify(b"key", &format!("call/{call}/")), None);
}

#[test]
fn a_dial_template_makes_channels() {
    let way = WayOut {
        trunk: "carrier".parse().unwrap(),
        prefix: "9".into(),
    };
    let number = "+573001234567".parse().unwrap();
    for (template, channel) in [
        ("PJSIP/{number}@{trunk}", "PJSIP/9573001234567@carrier"),
        ("SIP/{trunk}/{number}", "SIP/carrier/9573001234567"),
    ] {
        let template: DialTemplate = template.parse().unwrap();
        assert_eq!(template.channel(&number, &way).unwrap(), channel);
        for prefix in ["9,", "1&PJSIP/2", "a", "9\n", "${X}", " "] {
            let way = WayOut {
                prefix: prefix.into(),
                ..way.clone()
            };
            assert!(template.channel(&number, &way).is_err(), "{prefix:?}");
        }
    }
    for bad in [
        "PJSIP/{trunk}",
        "{number}",
        "PJSIP/{number},x",
        "PJSIP/{number}\r\nX: y",
    ] {
        assert!(bad.parse::<DialTemplate>().is_err(), "{bad}");
    }
}
