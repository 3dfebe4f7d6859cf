//! Sessions that a real FreeSWITCH was recorded in, played again: the client says what it said then, when it said it,
//! and what the emulator answers and tells is held against what FreeSWITCH answered and told.

use super::{Bench, CLIENT};
use crate::emulator::{Callees, Rule, Shares, Sounds, Whom};
use crate::wire::esl::{Decoder, Event, Message};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Recordings that are played whole.
const PLAYED: [&str; 31] = [
    "api_blocks_connection",
    "auth_wrong_password",
    "command_before_auth",
    "crlf_client",
    "dtmf_rfc2833_from_callee",
    "early_media_ignored_or_not",
    "error_replies",
    "event_all_one_call",
    "event_all_one_call_json",
    "execute_on_answer_sched_hangup",
    "exit_before_job_finishes",
    "filter",
    "originate_404_not_found",
    "originate_480_unavailable",
    "originate_486_busy",
    "originate_503_unavailable",
    "originate_603_decline",
    "originate_answer_remote_bye_json",
    "originate_answer_remote_bye_plain",
    "originate_answer_remote_bye_xml",
    "originate_answer_uuid_kill",
    "originate_duplicate_uuid",
    "originate_gateway_down",
    "originate_invalid_gateway",
    "originate_kill_while_ringing",
    "originate_max_sessions",
    "originate_no_answer_timeout",
    "originate_while_paused",
    "partial_command_stalls_events",
    "play_and_get_digits",
    "sendmsg_playback",
];
/// Those in which a client also does what the emulator cannot; from there on they are not played.
const PLAYED_IN_PART: [(&str, &str); 1] = [("record", "api uuid_record")];

/// The one that was made in the lab, whose FreeSWITCH is configured in its own way.
const OF_THE_LAB: &str = "unicast_and_park_again";

fn file(name: &str, part: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/freeswitch-1.10.12");
    std::fs::read(root.join(format!("{name}.{part}")))
        .unwrap_or_else(|error| panic!("{name}.{part}: {error}"))
}

pub(super) fn recorded(name: &str) -> Vec<Message> {
    let mut decoder = Decoder::default();
    decoder.feed(&file(name, "server.raw"));
    std::iter::from_fn(|| decoder.poll())
        .map(|message| message.item.unwrap())
        .collect()
}

/// What the client wrote, and when.
fn said(name: &str) -> Vec<(Duration, Vec<u8>)> {
    let bytes = file(name, "client.raw");
    let timeline = String::from_utf8(file(name, "timeline.tsv")).unwrap();
    let mut said = Vec::new();
    for line in timeline.lines() {
        let fields: Vec<_> = line.split('\t').collect();
        if let [ms, "C", offset, length] = fields[..] {
            let (offset, length): (usize, usize) = (offset.parse().unwrap(), length.parse().unwrap());
            let at = Duration::from_millis(ms.parse().unwrap());
            said.push((at, bytes[offset..offset + length].to_vec()));
        }
    }
    said
}

/// The far end of the recordings, by the number's beginning (their README).
fn far_end() -> Callees {
    let rung = |more: serde_json::Value| {
        let mut callee = json!({ "ring_ms": 290, "delay_ms": 20 });
        callee
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        callee
    };
    let refuses = |status: u32| json!({ "delay_ms": 220, "response": format!("sip:{status}") });
    let rule = |start: &str, callee: serde_json::Value| Rule {
        whom: Whom::StartsWith(start.to_owned()),
        shares: Shares::one(serde_json::from_value(callee).unwrap()),
    };
    Callees::new(vec![
        rule("5730", json!({ "ring_ms": 2, "says": "machine" })),
        rule("5550", json!({ "delay_ms": 20, "early_media_ms": 2000 })),
        rule("5551", rung(json!({}))),
        rule("5552", refuses(486)),
        rule("5553", refuses(480)),
        rule("5554", refuses(404)),
        rule("5555", refuses(603)),
        rule("5556", refuses(503)),
        rule("5557", rung(json!({ "response": "no_answer" }))),
        rule(
            "5558",
            rung(json!({ "do": [{ "after_ms": 1000, "hang_up": true }] })),
        ),
        rule(
            "5559",
            rung(json!({ "do": [{ "after_ms": 2000, "press": "1" }] })),
        ),
    ])
}

/// Plays a recording, up to that word of its client.
fn play(name: &str, until: Option<&str>) -> Bench {
    let mut bench = Bench::new(|config| {
        config.callees = far_end();
        if name == OF_THE_LAB {
            config.password = "apicall-lab".to_owned().into();
        }
        let ms = Duration::from_millis;
        config.sounds = Sounds::new([("short500ms", ms(500)), ("voice3s", ms(3_000))], None);
        config.gateways_down = vec!["gw_down".to_owned()];
        config.gateways_missing = vec!["gw_nope".to_owned()];
    });
    // The recorded clock stood at this part of its second when the call was placed.
    bench.pass_ms(if name == "originate_no_answer_timeout" {
        720
    } else {
        200
    });
    let began = bench.now;
    for (at, bytes) in said(name) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if until.is_some_and(|until| text.contains(until)) {
            break;
        }
        bench.pass((began + at).saturating_duration_since(bench.now));
        bench.say_as(CLIENT, &bytes);
    }
    bench.pass(Duration::from_secs(5));
    bench
}

/// What of an event does not vary from call to call: all its headers' names in order, and the values that tell.
fn essence(event: &Event) -> Vec<String> {
    const TELLING: [&str; 19] = [
        "Event-Name",
        "Event-Calling-File",
        "Event-Calling-Function",
        "Event-Calling-Line-Number",
        "Channel-State",
        "Channel-Call-State",
        "Channel-State-Number",
        "Answer-State",
        "Hangup-Cause",
        "Application",
        "Application-Data",
        "Application-Response",
        "DTMF-Digit",
        "Job-Command",
        "Playback-Status",
        "Caller-Caller-ID-Number",
        "variable_sip_hangup_disposition",
        "variable_sip_term_status",
        "variable_hangup_cause_q850",
    ];
    let shown = |(name, value): (&str, &str)| {
        if TELLING.contains(&name) {
            format!("{name}: {value}")
        } else {
            name.to_owned()
        }
    };
    let mut essence: Vec<_> = event.headers().iter().map(shown).collect();
    if event.name() == "BACKGROUND_JOB" {
        // What the machine is called.
        let body = event.body().unwrap_or_default();
        essence.push(body.replace("emulated", "vm"));
    }
    essence
}

/// Whose event: each channel's and each job's are told in one order, whatever happens to the others.
fn stories(messages: &[&Message]) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut stories: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for message in messages {
        let Message::Event(event) = message else { continue };
        if ["API", "HEARTBEAT", "RE_SCHEDULE"].contains(&event.name()) {
            continue;
        }
        let id = event
            .find("Unique-ID")
            .or_else(|| event.find("Job-UUID"))
            .unwrap_or_default();
        let story = essence(event);
        stories.entry(id.to_owned()).or_default().push(story);
    }
    stories
}

/// Replies and notices in their order, without what the machine is called and what it drew.
fn replies(messages: &[&Message]) -> Vec<String> {
    let shown = |message: &&&Message| match message {
        Message::Reply(frame) => Some(frame.text().to_owned()),
        Message::Response(text) => Some(format!("> {text}")),
        Message::Disconnect(frame) => Some(frame.body.clone()),
        Message::AuthRequest => Some("?".to_owned()),
        _ => None,
    };
    let drawn = |text: String| match text.split_once("Job-UUID: ") {
        Some((before, _)) => format!("{before}Job-UUID"),
        None => text,
    };
    let replies = messages.iter().filter_map(|message| shown(&message)).map(drawn);
    replies
        .map(|text| {
            if text == "> vm" || text == "> emulated" {
                "> (hostname)".to_owned()
            } else {
                text
            }
        })
        .map(|text| {
            // Long outputs: what they are is what counts.
            let first: Vec<_> = text
                .split([' ', ':', '"', '='])
                .filter(|word| !word.is_empty())
                .take(2)
                .collect();
            if text.len() > 300 { first.join(" ") } else { text }
        })
        .collect()
}

fn compare(name: &str, until: Option<&str>) -> Vec<String> {
    let bench = play(name, until);
    let real = recorded(name);
    let real: Vec<_> = real.iter().collect();
    let ours: Vec<_> = bench.told().collect();
    let mut wrong = Vec::new();
    let (told, expected) = (replies(&ours), replies(&real));
    let known = |text: &&String| !text.starts_with("> -ERR sofia") && !text.starts_with("> \nName");
    let (told, mut expected): (Vec<_>, Vec<_>) = (
        told.iter().filter(known).collect(),
        expected.iter().filter(known).collect(),
    );
    if until.is_some() {
        expected.truncate(told.len());
    }
    if told != expected {
        wrong.push(format!("{name}: replies {told:?}, recorded {expected:?}"));
    }
    let (told, expected) = (stories(&ours), stories(&real));
    for (id, expected) in &expected {
        let none = Vec::new();
        // What neither named it drew.
        let told = told.get(id).unwrap_or(&none);
        let drawn = told.is_empty() && !expected.is_empty() && expected[0][0].contains("BACKGROUND_JOB");
        if drawn {
            continue;
        }
        for (place, recorded) in expected.iter().enumerate() {
            if until.is_some() && place >= told.len() {
                break;
            }
            let ours = told.get(place);
            if ours != Some(recorded) {
                let ours = ours.cloned().unwrap_or_default();
                let missing: Vec<_> = recorded.iter().filter(|line| !ours.contains(line)).collect();
                let extra: Vec<_> = ours.iter().filter(|line| !recorded.contains(line)).collect();
                let first = recorded
                    .iter()
                    .zip(&ours)
                    .find(|(recorded, ours)| recorded != ours);
                wrong.push(format!(
                    "{name}, {id}, event {place} {}: missing {missing:?}, more {extra:?}, first {first:?}",
                    recorded[0]
                ));
                break;
            }
        }
        if until.is_none() && told.len() > expected.len() {
            let more: Vec<_> = told[expected.len()..].iter().map(|story| &story[0]).collect();
            wrong.push(format!("{name}, {id}: more than was recorded: {more:?}"));
        }
    }
    wrong
}

#[test]
fn recorded_sessions_go_as_they_went() {
    let mut wrong: Vec<_> = PLAYED.iter().flat_map(|name| compare(name, None)).collect();
    wrong.extend(
        PLAYED_IN_PART
            .iter()
            .flat_map(|(name, until)| compare(name, Some(until))),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What tells where a channel is and what runs on it, of each event between its first parking and its end.
fn whereabouts(messages: &[&Message]) -> Vec<Vec<String>> {
    const PARTS: [&str; 6] = [
        "Event-Name",
        "Channel-State",
        "Caller-",
        "Application",
        "Playback-Status",
        "Answer-State",
    ];
    const TOLD: [&str; 5] = [
        "Caller-Logical-Direction",
        "Caller-Dialplan",
        "Caller-Destination-Number",
        "Caller-RDNIS",
        "Caller-Profile-Index",
    ];
    let of_channel = messages.iter().filter_map(|message| match message {
        Message::Event(event) if event.find("Unique-ID").is_some() => Some(event),
        _ => None,
    });
    let between = of_channel
        .skip_while(|event| event.name() != "CHANNEL_PARK")
        .take_while(|event| event.name() != "CHANNEL_HANGUP")
        .filter(|event| event.name() != "PRIVATE_COMMAND");
    let essence = |event: &Event| {
        let named = event.headers().iter().zip(essence(event));
        let kept = named.filter(|((name, _), _)| PARTS.iter().any(|part| name.starts_with(part)));
        kept.map(|((name, value), essence)| {
            if TOLD.contains(&name) {
                format!("{name}: {value}")
            } else {
                essence
            }
        })
        .collect()
    };
    between.map(essence).collect()
}

#[test]
fn a_channel_is_parked_again_as_it_was_recorded() {
    let mut bench = play(OF_THE_LAB, None);
    let ours: Vec<_> = bench.told().collect();
    let real = recorded(OF_THE_LAB);
    assert_eq!(whereabouts(&ours), whereabouts(&real.iter().collect::<Vec<_>>()));
    // An announcement, for as long as it was listened to.
    let frames = std::mem::take(&mut bench.sounds).len();
    assert!((105..=112).contains(&frames), "{frames} frames in 2.2 s");
}
