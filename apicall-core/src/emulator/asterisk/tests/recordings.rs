//! Sessions that a real Asterisk was recorded in, played again: the client says what it said then, and what the
//! emulator answers and tells is held against what Asterisk answered and told.

use super::super::config::Version;
use super::{Bench, Inbound};
use crate::emulator::{Callees, Rule, Shares, Sounds, Whom};
use crate::model::Callee;
use crate::wire::agi::{Decoder as AgiDecoder, Reply};
use crate::wire::ami::{Block, Decoder, Message};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

fn file(version: Version, name: &str) -> Option<Vec<u8>> {
    let directory = match version {
        Version::V16 => "asterisk-16",
        Version::V22 => "asterisk-22",
    };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    std::fs::read(root.join(directory).join(name)).ok()
}

fn messages(bytes: &[u8]) -> Vec<Message> {
    let mut decoder = Decoder::default();
    decoder.feed(bytes);
    std::iter::from_fn(|| decoder.poll())
        .filter_map(|message| message.item.ok())
        .collect()
}

fn replies(bytes: &[u8]) -> Vec<Inbound> {
    let mut decoder = AgiDecoder::default();
    decoder.feed(bytes);
    std::iter::from_fn(|| decoder.poll())
        .filter_map(|message| message.item.ok())
        .collect()
}

/// Every recording that is played, and how its callee behaved. `second` is who a transfer reached.
fn played() -> Vec<(&'static str, Value, Value)> {
    let none = || json!({});
    let rung = || json!({ "ring_ms": 5 });
    let press = |keys: &str| json!({ "do": [{ "after_ms": 1500, "press": keys }] });
    let leaves = |ms: u32| json!({ "ring_ms": 5, "do": [{ "after_ms": ms, "hang_up": true }] });
    let refuses = |status: u32| json!({ "response": format!("sip:{status}") });
    vec![
        ("out_404", refuses(404), none()),
        ("out_480", refuses(480), none()),
        ("out_486", refuses(486), none()),
        ("out_503", refuses(503), none()),
        ("out_603", refuses(603), none()),
        (
            "out_noanswer_timeout",
            json!({ "ring_ms": 5, "response": "no_answer" }),
            none(),
        ),
        ("out_noring_timeout", json!({ "response": "no_answer" }), none()),
        (
            "out_swallowed_timeout",
            json!({ "response": "swallowed" }),
            none(),
        ),
        ("out_swallowed_60s", json!({ "response": "swallowed" }), none()),
        ("out_unknown_tech", none(), none()),
        ("out_answer_3s_ring", json!({ "ring_ms": 3000 }), none()),
        (
            "out_early_media_answer",
            json!({ "early_media_ms": 1000 }),
            none(),
        ),
        ("out_callee_hangs_up", leaves(2000), none()),
        ("out_agi_hangup", rung(), none()),
        ("out_agi_close", rung(), none()),
        ("agi_amd_human", json!({ "says": "human" }), none()),
        (
            "agi_amd_machine",
            json!({ "ring_ms": 5, "says": "machine" }),
            none(),
        ),
        ("agi_amd_no_rtp", rung(), none()),
        ("agi_amd_callee_hangs_up", leaves(2000), none()),
        ("agi_get_data", press("1234#"), none()),
        ("agi_get_data_max", press("1234#"), none()),
        ("agi_stream_dtmf", press("1234#"), none()),
        ("agi_wait_digit", press("1"), none()),
        ("agi_wait_digit_hangup", leaves(2000), none()),
        ("agi_record_dtmf", press("1#"), none()),
        ("agi_hangup_then_commands", rung(), none()),
        ("agi_idle_hangup", leaves(500), none()),
        ("agi_exec_playback", rung(), none()),
        ("agi_dial_busy", rung(), refuses(486)),
        ("agi_dial_404", rung(), refuses(404)),
        ("agi_dial_congestion", rung(), refuses(503)),
        (
            "agi_dial_noanswer",
            rung(),
            json!({ "ring_ms": 5, "response": "no_answer" }),
        ),
        ("agi_dial_answer_b_hangs_up", rung(), leaves(2000)),
        ("agi_dial_answer_a_hangs_up", leaves(5050), rung()),
        ("agi_dial_limit", rung(), rung()),
    ]
}

struct Played {
    told: Vec<Block>,
    heard: Vec<Inbound>,
}

/// Commands that nobody's flow uses, and which the emulator does not know.
fn known(command: &str) -> bool {
    !["DATABASE", "EXEC DumpChan"]
        .iter()
        .any(|unknown| command.starts_with(unknown))
}

fn play(version: Version, name: &str, first: &Value, second: &Value) -> Option<Played> {
    let client = file(version, &format!("{name}.client.raw"))?;
    let commands = file(version, &format!("{name}.agi1.server.raw")).unwrap_or_default();
    let commands = String::from_utf8(commands).unwrap();
    let mut commands = commands.lines().filter(|line| known(line));
    let text = String::from_utf8(client).unwrap();
    let recorded = messages(&file(version, &format!("{name}.server.raw"))?);
    // The carrier of the recordings rang, or did not, as its scenario went.
    let rang = recorded.iter().any(|message| match message {
        Message::Event(event) => event.name() == "DialState" && event.find("Uniqueid").is_none(),
        _ => false,
    });
    let mut callee: Callee = serde_json::from_value(first.clone()).unwrap();
    callee.ring_ms = if rang && callee.early_media_ms == 0 {
        callee.ring_ms.max(5)
    } else {
        0
    };
    let mut bench = Bench::new(|config| {
        config.version = version;
        config.callees = Callees::new(vec![Rule {
            whom: Whom::Anybody,
            shares: Shares::one(callee),
        }]);
        let ms = Duration::from_millis;
        let sounds = [
            ("beep", ms(440)),
            ("hello-world", ms(1_420)),
            ("demo-congrats", ms(30_000)),
            ("silence/5", ms(5_000)),
            ("silence/1", ms(1_000)),
        ];
        config.sounds = Sounds::new(sounds, None);
    });
    let through_originate = text.find("Action: Originate").map_or(text.len(), |at| {
        text[at..].find("\r\n\r\n").map_or(text.len(), |end| at + end + 4)
    });
    let variable = format!("Variable: APICALL_TRANSFER_CALLEE={}\r\n\r\n", escaped(second));
    let mut said = text[..through_originate].to_owned();
    if *second != json!({}) {
        said.truncate(said.len() - 2);
        said.push_str(&variable);
    }
    bench.ask(&said);
    let mut answered = 0;
    while !bench.pbx.calls.is_empty() && bench.elapsed() < Duration::from_secs(90) {
        bench.pass_ms(10);
        while let Some((key, session)) = bench.sessions.iter().next() {
            let key = *key;
            let replies = session
                .heard
                .iter()
                .filter(|heard| matches!(heard, Inbound::Reply(_)));
            if session.heard.is_empty() || replies.count() < answered || session.closed {
                break;
            }
            answered += 1;
            match commands.next() {
                // A server that idles is told of the hang-up, then asks on.
                Some(_) if name == "agi_idle_hangup" && answered == 2 => {
                    bench.pass_ms(1_000);
                    bench.command(key, "GET VARIABLE APICALL_ID");
                }
                Some(command) => bench.command(key, command),
                None => {
                    bench.leave_agi(key);
                    break;
                }
            }
        }
    }
    let heard = bench.sessions.values_mut().next();
    let heard = heard
        .map(|session| std::mem::take(&mut session.heard))
        .unwrap_or_default();
    let told = bench.events().cloned().collect();
    Some(Played { told, heard })
}

fn escaped(value: &Value) -> String {
    value
        .to_string()
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace(',', "\\,")
}

/// Events that the emulator does not have: of audio streams, and of tests within Asterisk.
fn comparable(event: &&Block) -> bool {
    let variable = event.find("Variable").unwrap_or_default();
    !matches!(event.name(), "TestEvent" | "SuccessfulAuth" | "FullyBooted")
        && !event.name().starts_with("RTCP")
        && !variable.starts_with("RTPAUDIO")
        && !variable.starts_with("APICALL_TRANSFER")
}

/// The headers of an event, and what of its values does not vary from call to call.
fn essence(event: &Block) -> Vec<String> {
    const TELLING: [&str; 13] = [
        "Event",
        "Privilege",
        "ChannelState",
        "ChannelStateDesc",
        "DestChannelState",
        "DialStatus",
        "Response",
        "Reason",
        "Cause",
        "Cause-txt",
        "TechCause",
        "BridgeNumChannels",
        "Exten",
    ];
    // It rings, and is told to ring, in an order that varies.
    let ringing = event.find("DialStatus") == Some("RINGING");
    let shown = event.headers().map(|(name, value)| {
        if TELLING.contains(&name) && !(ringing && name == "DestChannelState") {
            format!("{name}: {value}")
        } else {
            name.to_owned()
        }
    });
    shown.collect()
}

/// Calls end in an order that varies; only these tell what it is about.
fn of_calls(events: &[&Block]) -> Vec<Vec<String>> {
    let call = |event: &&&Block| event.find("Privilege") == Some("call,all");
    events.iter().filter(call).map(|event| essence(event)).collect()
}

fn sorted(mut all: Vec<Vec<String>>) -> Vec<Vec<String>> {
    all.sort();
    all
}

#[test]
fn calls_are_told_of_as_asterisk_told_of_them() {
    let (mut compared, mut wrong) = (0, String::new());
    for (name, first, second) in played() {
        for version in [Version::V16, Version::V22] {
            // The 16 that was recorded had no chan_sip; the emulated one has.
            if name == "out_unknown_tech" && version == Version::V16 {
                continue;
            }
            let Some(ours) = play(version, name, &first, &second) else {
                panic!("{name}: no recording of {version:?}");
            };
            let recorded = messages(&file(version, &format!("{name}.server.raw")).unwrap());
            let recorded: Vec<_> = recorded
                .iter()
                .filter_map(|message| match message {
                    Message::Event(event) => Some(event),
                    _ => None,
                })
                .filter(comparable)
                .collect();
            let told: Vec<_> = ours.told.iter().filter(comparable).collect();
            let (theirs, ours) = (of_calls(&recorded), of_calls(&told));
            assert_eq!(
                theirs.first(),
                ours.first(),
                "{name} {version:?}: it begins alike"
            );
            let (theirs, ours) = (sorted(theirs), sorted(ours));
            if theirs != ours {
                let missing: Vec<_> = theirs.iter().filter(|event| !ours.contains(event)).collect();
                let more: Vec<_> = ours.iter().filter(|event| !theirs.contains(event)).collect();
                let (here, there) = (ours.len(), theirs.len());
                writeln!(
                    wrong,
                    "{name} {version:?} {here} for {there}
missing {missing:?}
more {more:?}"
                )
                .unwrap();
            }
            compared += theirs.len();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(compared > 500, "only {compared} events compared");
}

/// What counts of a reply: positions depend on when somebody pressed, usage texts are Asterisk's own.
fn said(message: &Inbound) -> String {
    match message {
        Inbound::Environment(variables) => {
            let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
            names.join(" ")
        }
        Inbound::Hangup => "HANGUP".to_owned(),
        Inbound::Reply(Reply { code: 520, .. }) => "520".to_owned(),
        Inbound::Reply(reply) => {
            let whole = reply.result.as_deref() == Some("0") && reply.data.is_none();
            let position = reply.endpos.map(|at| {
                if whole {
                    at.to_string()
                } else {
                    "somewhere".to_owned()
                }
            });
            let data = reply.data.as_deref().map(|data| {
                if data.starts_with("PJSIP/") {
                    "a channel"
                } else {
                    data
                }
            });
            format!("{} {:?} {data:?} {position:?}", reply.code, reply.result)
        }
    }
}

#[test]
fn agi_servers_are_answered_as_asterisk_answered_them() {
    let mut compared = 0;
    for (name, first, second) in played() {
        for version in [Version::V16, Version::V22] {
            let Some(recorded) = file(version, &format!("{name}.agi1.client.raw")) else {
                continue;
            };
            let ours = play(version, name, &first, &second).expect("a recording");
            let commands = file(version, &format!("{name}.agi1.server.raw")).unwrap_or_default();
            let asked = String::from_utf8(commands).unwrap();
            // A trailing HANGUP is a race between it and the server's own close.
            let mut theirs: Vec<_> = replies(&recorded).iter().map(said).collect();
            let mut ours: Vec<_> = ours.heard.iter().map(said).collect();
            for all in [&mut theirs, &mut ours] {
                while all.last().is_some_and(|last| last == "HANGUP") {
                    all.pop();
                }
            }
            let unknown = asked.lines().filter(|line| !known(line)).count();
            theirs.truncate(theirs.len() - unknown);
            assert_eq!(theirs, ours, "{name} {version:?}");
            compared += ours.len();
        }
    }
    assert!(compared > 200, "only {compared} replies compared");
}

/// The headers of each kind of event, in their order, are among those that Asterisk was recorded with.
#[test]
fn every_event_has_the_headers_it_has_with_asterisk() {
    let kind = |event: &Block| {
        let both = event.find("Channel").is_some() && event.find("DestChannel").is_some();
        format!("{} {both}", event.name())
    };
    let headers = |event: &Block| {
        event
            .headers()
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
    };
    let mut theirs: BTreeMap<String, BTreeSet<Vec<String>>> = BTreeMap::new();
    let mut ours = Vec::new();
    for (name, first, second) in played() {
        let recorded = file(Version::V22, &format!("{name}.server.raw")).unwrap();
        for message in messages(&recorded) {
            if let Message::Event(event) = message {
                theirs.entry(kind(&event)).or_default().insert(headers(&event));
            }
        }
        ours.extend(play(Version::V22, name, &first, &second).unwrap().told);
    }
    let mut kinds = BTreeSet::new();
    for event in ours.iter().filter(comparable) {
        let known = theirs
            .get(&kind(event))
            .unwrap_or_else(|| panic!("{} is not Asterisk's", event.name()));
        assert!(known.contains(&headers(event)), "{event:?}\n{known:#?}");
        kinds.insert(event.name().to_owned());
    }
    assert!(kinds.len() > 15, "{kinds:?}");
}

/// What each user of the recording `permissions` may do, and may not.
#[test]
fn permissions_are_those_of_the_recordings() {
    let writes = [
        ("apicall", "all"),
        ("ro", "none"),
        ("noread", "all"),
        ("origonly", "originate"),
        ("origsys", "originate,call,system"),
        ("callonly", "call"),
        ("cmdonly", "command"),
        ("rep", "reporting"),
    ];
    let mut held = 0;
    for version in [Version::V16, Version::V22] {
        let table = String::from_utf8(file(version, "permissions.table.tsv").unwrap()).unwrap();
        let mut rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let users = rows.next().unwrap();
        let known = [
            "Ping",
            "CoreStatus",
            "CoreSettings",
            "CoreShowChannels",
            "Getvar",
            "Setvar",
            "Hangup",
            "UserEvent",
            "Filter",
            "Events",
            "ListCommands",
        ];
        for row in rows.filter(|row| known.contains(&row[0]) || row[0].starts_with("Originate ")) {
            // What data may say is not held against anybody.
            if row[0].contains("SHELL") {
                continue;
            }
            for (user, write) in writes {
                let place = users.iter().position(|known| *known == user).unwrap();
                let forbidden =
                    |words: &str| words.contains("Permission denied") || words.contains("Forbidden");
                let mut bench = Bench::logged_in("on", |config| {
                    config.version = version;
                    config.write = write.parse().unwrap();
                });
                let (action, application) = row[0].split_once(' ').unwrap_or((row[0], ""));
                let answer = bench.ask(&format!(
                    "Action: {action}\r\nActionID: p\r\nChannel: PJSIP/1@carrier\r\nAsync: true\r\nApplication: {application}\r\n\r\n"
                ));
                let said = answer
                    .as_ref()
                    .and_then(|answer| answer.find("Message"))
                    .unwrap_or_default();
                let recorded = row[place].split_once(": ").map_or("", |(_, words)| words);
                if forbidden(recorded) {
                    assert_eq!(said, recorded, "{user}: {row:?}");
                    held += 1;
                } else {
                    assert!(!forbidden(said), "{user}: {row:?}: {said}");
                }
            }
        }
    }
    assert!(held > 100, "{held} refusals were held against the recordings");
}
