//! Recordings through the tracker, and the tasks against a peer that speaks from a script.

mod detect;
mod lease;
mod legs;
mod peers;
mod troubles;
mod visitors;

use super::outcome::{Signs, decide};
use super::tracker::{Told, Tracker};
use crate::model::{CallId, Cause, Outcome};
use crate::switch::Sign;
use crate::wire::esl::{Decoder, Event, Message};
use std::path::Path;
use std::time::{Duration, Instant};

/// The messages of a recording of FreeSWITCH.
fn recorded(name: &str) -> Vec<Message> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/freeswitch-1.10.12");
    let bytes = std::fs::read(root.join(format!("{name}.server.raw"))).unwrap();
    let mut decoder = Decoder::default();
    decoder.feed(&bytes);
    std::iter::from_fn(|| decoder.poll())
        .map(|message| message.item.unwrap())
        .collect()
}

fn events(name: &str) -> Vec<Event> {
    let event = |message| match message {
        Message::Event(event) => Some(event),
        _ => None,
    };
    recorded(name).into_iter().filter_map(event).collect()
}

/// The same event of another call. Recorded jobs have ids of their own; ours have the call's.
fn renamed(event: &Event, from: &[(&str, CallId)]) -> Event {
    let rename = |value: &str| {
        let call = from.iter().find(|(id, _)| *id == value);
        call.map_or_else(|| value.to_owned(), |(_, call)| call.to_string())
    };
    let named = event
        .headers()
        .iter()
        .fold(Event::default(), |named, (name, value)| {
            named.with(name, &rename(value)).unwrap()
        });
    named.with_body(event.body().unwrap_or_default())
}

/// The calls of a recording: each with its channel and its job, as the recorded client named them.
fn originated(name: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/freeswitch-1.10.12");
    let text = std::fs::read_to_string(root.join(format!("{name}.client.raw"))).unwrap();
    let blocks = text
        .split("\n\n")
        .filter(|block| block.starts_with("bgapi originate"));
    let between = |block: &str, before: &str| {
        let rest = block.split_once(before)?.1;
        Some(rest.split([',', '}', '\n', ':']).next()?.to_owned())
    };
    let ids = |block: &str| {
        let job = between(block, "Job-UUID: ").unwrap_or_default();
        let channel = between(block, "origination_uuid=").unwrap_or_else(|| format!("none of {job}"));
        (channel, job)
    };
    blocks.map(ids).collect()
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]
fn beginning() -> Instant {
    Instant::now()
}

/// Feeds a recording to a tracker that follows all its calls; the signs of each, in the calls' order.
fn signs_of(name: &str) -> Vec<Vec<Sign>> {
    let mut tracker = Tracker::default();
    let calls: Vec<_> = originated(name)
        .into_iter()
        .map(|ids| (ids, CallId::draw()))
        .collect();
    let mut names = vec![];
    for ((channel, job), call) in &calls {
        tracker.originated(*call);
        names.extend([(channel.as_str(), *call), (job.as_str(), *call)]);
    }
    let now = beginning();
    for event in events(name) {
        tracker.event(&renamed(&event, &names), now);
    }
    tracker.expire(now + Duration::from_secs(60));
    let told = tracker.told();
    let of = |call: CallId| {
        let sign = |told: &Told| match told {
            Told::Sign(of, sign) if *of == call => Some(sign.clone()),
            _ => None,
        };
        told.iter().filter_map(sign).collect()
    };
    calls.iter().map(|(_, call)| of(*call)).collect()
}

fn end_of(signs: &[Sign], what: &str) -> (Outcome, Cause) {
    let ends = signs
        .iter()
        .filter(|sign| matches!(sign, Sign::Ended { .. }))
        .count();
    assert_eq!(ends, 1, "{what} ends once: {signs:?}");
    match signs.last() {
        Some(Sign::Ended { outcome, cause }) => (*outcome, cause.clone()),
        other => panic!("{what}: {other:?} follows the end"),
    }
}

#[test]
fn every_recorded_ending_has_its_outcome() {
    use Outcome::{Answered, Busy, Congestion, Failed, InvalidNumber, NoAnswer, Rejected, Unreachable};
    type Row = (&'static str, Outcome, Option<u16>, Option<u16>, &'static str);
    let rows: &[Row] = &[
        (
            "originate_404_not_found",
            InvalidNumber,
            Some(1),
            Some(404),
            "UNALLOCATED_NUMBER, recv_refuse",
        ),
        (
            "originate_480_unavailable",
            Unreachable,
            Some(18),
            Some(480),
            "NO_USER_RESPONSE, recv_refuse",
        ),
        (
            "originate_486_busy",
            Busy,
            Some(17),
            Some(486),
            "USER_BUSY, recv_refuse",
        ),
        (
            "originate_503_unavailable",
            Congestion,
            Some(41),
            Some(503),
            "NORMAL_TEMPORARY_FAILURE, recv_refuse",
        ),
        (
            "originate_603_decline",
            Rejected,
            Some(21),
            Some(603),
            "CALL_REJECTED, recv_refuse",
        ),
        (
            "originate_gateway_refused_icmp",
            Congestion,
            Some(41),
            Some(503),
            "NORMAL_TEMPORARY_FAILURE, recv_refuse",
        ),
        (
            "originate_no_answer_timeout",
            NoAnswer,
            Some(19),
            None,
            "NO_ANSWER, send_cancel",
        ),
        (
            "originate_kill_while_ringing",
            NoAnswer,
            Some(16),
            None,
            "ORIGINATOR_CANCEL, send_cancel",
        ),
        (
            "originate_answer_remote_bye_plain",
            Answered,
            Some(16),
            Some(200),
            "NORMAL_CLEARING, recv_bye",
        ),
        (
            "originate_answer_remote_bye_json",
            Answered,
            Some(16),
            Some(200),
            "NORMAL_CLEARING, recv_bye",
        ),
        (
            "originate_answer_remote_bye_xml",
            Answered,
            Some(16),
            Some(200),
            "NORMAL_CLEARING, recv_bye",
        ),
        (
            "originate_answer_uuid_kill",
            Answered,
            Some(16),
            None,
            "NORMAL_CLEARING, send_bye",
        ),
        (
            "execute_on_answer_sched_hangup",
            Answered,
            Some(16),
            None,
            "ALLOTTED_TIMEOUT, send_bye",
        ),
        ("loopback_originate", Answered, Some(16), None, "NORMAL_CLEARING"),
        // Without a word of a channel, or none that ends it.
        (
            "originate_while_paused",
            Congestion,
            None,
            None,
            "originate -ERR DESTINATION_OUT_OF_ORDER",
        ),
        (
            "originate_gateway_down",
            Failed,
            None,
            None,
            "originate -ERR GATEWAY_DOWN",
        ),
        (
            "originate_invalid_gateway",
            Failed,
            None,
            None,
            "originate -ERR INVALID_GATEWAY",
        ),
    ];
    for (name, outcome, q850, sip, text) in rows {
        let all = signs_of(name);
        let expected = Cause {
            q850: *q850,
            sip: *sip,
            text: Some((*text).to_owned()),
        };
        assert_eq!(end_of(&all[0], name), (*outcome, expected), "{name}");
    }
}

#[test]
fn what_cannot_be_dialed_is_told_by_its_job() {
    use Outcome::{Busy, Congestion, Failed, Unreachable};
    let all = signs_of("originate_bad_syntax");
    // Two more were answered, under ids that FreeSWITCH drew.
    let ended = all.iter().filter(|signs| !signs.is_empty());
    let found: Vec<_> = ended.map(|signs| end_of(signs, "bad syntax")).collect();
    let found: Vec<_> = found
        .iter()
        .map(|(outcome, cause)| (*outcome, cause.text.as_deref().unwrap()))
        .collect();
    assert!(
        found[0].0 == Failed && found[0].1.starts_with("originate -USAGE: <call url>"),
        "{found:?}"
    );
    for row in [
        (Congestion, "originate -ERR DESTINATION_OUT_OF_ORDER"),
        (Failed, "originate -ERR CHAN_NOT_IMPLEMENTED"),
        (Unreachable, "originate -ERR SUBSCRIBER_ABSENT"),
        (Busy, "originate -ERR USER_BUSY"),
        (Unreachable, "originate -ERR NO_ROUTE_DESTINATION"),
    ] {
        assert!(found.contains(&row), "{row:?} in {found:?}");
    }
}

#[test]
fn the_call_beyond_the_session_limit_is_congestion_and_the_others_go_on() {
    let all = signs_of("originate_max_sessions");
    let ends: Vec<_> = all.iter().map(|signs| end_of(signs, "max sessions").0).collect();
    assert_eq!(
        ends,
        [
            Outcome::Answered,
            Outcome::Answered,
            Outcome::Answered,
            Outcome::Congestion
        ]
    );
}

#[test]
fn an_originate_with_a_uuid_in_use_does_not_end_the_call_that_has_it() {
    let ids = originated("originate_duplicate_uuid");
    assert_eq!(ids[0].0, ids[1].0, "the recording uses one uuid twice");
    let call = CallId::draw();
    let names = [(ids[0].0.as_str(), call), (&ids[0].1, call), (&ids[1].1, call)];
    let mut tracker = Tracker::default();
    tracker.originated(call);
    for event in events("originate_duplicate_uuid") {
        tracker.event(&renamed(&event, &names), beginning());
    }
    let told = tracker.told();
    let ends: Vec<_> = told
        .iter()
        .filter(|told| matches!(told, Told::Sign(_, Sign::Ended { .. })))
        .collect();
    let [Told::Sign(_, Sign::Ended { outcome, cause })] = ends[..] else {
        panic!("{told:?}")
    };
    assert_eq!(
        (*outcome, cause.text.as_deref()),
        (Outcome::Answered, Some("NORMAL_CLEARING, send_bye"))
    );
}

#[test]
fn a_call_rings_is_answered_waits_to_be_driven_and_ends() {
    let ids = originated("event_all_one_call");
    let call = CallId::draw();
    let names = [(ids[0].0.as_str(), call), (&ids[0].1, call)];
    let mut tracker = Tracker::default();
    tracker.originated(call);
    for event in events("event_all_one_call") {
        tracker.event(&renamed(&event, &names), beginning());
    }
    let told = tracker.told();
    let Told::Sign(_, Sign::Ended { .. }) = told[3] else {
        panic!("{told:?}")
    };
    let before = [
        Told::Sign(call, Sign::Ringing),
        Told::Sign(call, Sign::Answered),
        Told::Ready(call),
    ];
    assert_eq!(told[..3], before);
    assert_eq!(told.len(), 4);
}

#[test]
fn early_media_counts_as_ringing_and_not_as_an_answer() {
    for signs in signs_of("early_media_ignored_or_not") {
        assert_eq!(signs[..2], [Sign::Ringing, Sign::Answered]);
        assert_eq!(end_of(&signs, "early media").0, Outcome::Answered);
    }
}

#[test]
fn job_and_hang_up_come_in_either_order() {
    let name = "originate_486_busy";
    let ids = originated(name);
    for job_first in [true, false] {
        let call = CallId::draw();
        let names = [(ids[0].0.as_str(), call), (&ids[0].1, call)];
        let mut all = events(name);
        all.sort_by_key(|event| (event.name() == "BACKGROUND_JOB") != job_first);
        let mut tracker = Tracker::default();
        tracker.originated(call);
        let now = beginning();
        for event in all {
            tracker.event(&renamed(&event, &names), now);
        }
        tracker.expire(now + Duration::from_secs(60));
        let told = tracker.told();
        let [Told::Sign(_, Sign::Ended { outcome, cause })] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!((*outcome, cause.sip), (Outcome::Busy, Some(486)));
    }
}

#[test]
fn a_refusal_waits_a_moment_for_the_word_of_a_channel() {
    let ids = originated("originate_while_paused");
    let call = CallId::draw();
    let mut tracker = Tracker::default();
    tracker.originated(call);
    let now = beginning();
    for event in events("originate_while_paused") {
        tracker.event(&renamed(&event, &[(&ids[0].1, call)]), now);
    }
    assert_eq!(tracker.told(), []);
    let due = tracker.next_due().unwrap();
    assert!(due > now && due < now + Duration::from_secs(2));
    tracker.expire(due);
    assert_eq!(tracker.told().len(), 1);
    assert_eq!((tracker.next_due(), tracker.follows(call)), (None, false));
}

#[test]
fn a_call_of_an_earlier_run_is_caught_up_with() {
    let (ringing, talking, ended) = (CallId::draw(), CallId::draw(), CallId::draw());
    let mut tracker = Tracker::default();
    tracker.begin_list();
    let ends = |call: CallId| {
        let event = Event::new("CHANNEL_HANGUP_COMPLETE")
            .unwrap()
            .with("Unique-ID", &call.to_string());
        event.unwrap().with("Hangup-Cause", "USER_BUSY").unwrap()
    };
    // Its end overtakes the list, which comes over the other connection.
    tracker.event(&ends(ended), beginning());
    for (call, state) in [(ringing, "RINGING"), (talking, "ACTIVE"), (ended, "RINGING")] {
        tracker.list(&call.to_string(), state);
    }
    tracker.list("no uuid", "ACTIVE");
    let mut live = tracker.end_list();
    live.sort();
    assert_eq!(live, [ringing, talking]);
    tracker.adopt(talking);
    assert_eq!(
        tracker.told(),
        [Told::Sign(talking, Sign::Answered), Told::Ready(talking)]
    );
    tracker.event(&ends(ringing), beginning());
    tracker.adopt(ringing);
    let told = tracker.told();
    assert!(
        matches!(told[..], [Told::Sign(call, Sign::Ended { outcome: Outcome::Busy, .. })] if call == ringing)
    );
}

#[test]
fn an_unwanted_call_is_hung_up_as_soon_as_it_has_a_channel() {
    let call = CallId::draw();
    let mut tracker = Tracker::default();
    tracker.originated(call);
    tracker.unwanted(call);
    let park = Event::new("CHANNEL_PARK")
        .unwrap()
        .with("Unique-ID", &call.to_string())
        .unwrap();
    tracker.event(&park, beginning());
    let told = tracker.told();
    assert!(
        told.contains(&Told::HangUp(call)) && !told.contains(&Told::Ready(call)),
        "{told:?}"
    );
}

#[test]
fn statuses_of_the_far_end_have_the_outcomes_they_have_on_asterisk() {
    use Outcome::{Busy, Congestion, Failed, InvalidNumber, NoAnswer, Rejected, Unreachable};
    let rows = [
        (401, Rejected),
        (403, Rejected),
        (408, Unreachable),
        (410, InvalidNumber),
        (480, NoAnswer),
        (484, InvalidNumber),
        (488, Failed),
        (500, Unreachable),
        (502, Unreachable),
        (513, Congestion),
        (600, Busy),
        (604, InvalidNumber),
    ];
    for (status, outcome) in rows {
        let signs = Signs {
            rang: true,
            hung_up: true,
            cause: Some("INCOMPATIBLE_DESTINATION".to_owned()),
            sip: Some(status),
            ..Signs::default()
        };
        assert_eq!(decide(&signs).0, outcome, "{status}");
    }
}
