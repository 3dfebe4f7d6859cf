//! All recordings, in all chunkings, there and back; and what a decoder of frames can get wrong.

mod commands;
mod dial;
mod strange;

use super::{Decoder, Event, Format, Message, Request, RequestDecoder};
use crate::wire::Decoded;
use crate::wire::capture::{self, Protocol};
use crate::wire::tests::{collect, same_in_all_chunkings};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FORMATS: [Format; 3] = [Format::Plain, Format::Json, Format::Xml];

fn recordings(end: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/freeswitch-1.10.12");
    let files = std::fs::read_dir(root).unwrap().map(|file| file.unwrap().path());
    let wanted = files.filter(|path| path.to_str().unwrap().ends_with(end));
    let all: Vec<_> = wanted
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    assert!(all.len() > 60, "only {} recordings", all.len());
    all
}

fn messages(name: &str) -> Vec<Message> {
    let all = recordings(".server.raw");
    let (_, bytes) = all
        .iter()
        .find(|(path, _)| path.ends_with(format!("{name}.server.raw")))
        .unwrap();
    decode(bytes)
        .into_iter()
        .map(|message| message.item.unwrap())
        .collect()
}

fn decode(bytes: &[u8]) -> Vec<Decoded<Message>> {
    collect(std::iter::once(bytes.to_vec()), Decoder::feed, Decoder::poll)
}

fn requests(bytes: &[u8]) -> Vec<Request> {
    let all = collect(
        std::iter::once(bytes.to_vec()),
        RequestDecoder::feed,
        RequestDecoder::poll,
    );
    all.into_iter().map(|request| request.item.unwrap()).collect()
}

fn events(name: &str) -> Vec<Event> {
    let event = |message| match message {
        Message::Event(event) => Some(event),
        _ => None,
    };
    messages(name).into_iter().filter_map(event).collect()
}

/// What went wrong, with the places of message and fault.
fn faults(bytes: &[u8]) -> Vec<(u64, u64, &'static str)> {
    let fault = |message: Decoded<Message>| {
        let fault = message.item.err()?;
        Some((message.offset, fault.offset, fault.reason))
    };
    decode(bytes).into_iter().filter_map(fault).collect()
}

#[test]
fn every_recording_of_freeswitch_decodes_the_same_in_all_chunkings() {
    for (path, bytes) in recordings(".server.raw") {
        let all = same_in_all_chunkings(&path, &bytes, Decoder::feed, Decoder::poll);
        let faults: Vec<_> = all
            .iter()
            .filter_map(|message| message.item.as_ref().err())
            .collect();
        assert!(faults.is_empty(), "{}: {faults:?}", path.display());
        let others = all
            .iter()
            .filter(|message| matches!(message.item, Ok(Message::Other(_))));
        assert_eq!(others.count(), 0, "{}", path.display());
        let mut decoder = Decoder::default();
        decoder.feed(&bytes);
        while decoder.poll().is_some() {}
        assert_eq!(decoder.unfinished(), None, "{}", path.display());
    }
}

#[test]
fn every_recording_of_a_client_decodes_the_same_in_all_chunkings() {
    for (path, bytes) in recordings(".client.raw") {
        let all = same_in_all_chunkings(&path, &bytes, RequestDecoder::feed, RequestDecoder::poll);
        let faults: Vec<_> = all
            .iter()
            .filter_map(|request| request.item.as_ref().err())
            .collect();
        assert!(faults.is_empty(), "{}: {faults:?}", path.display());
    }
}

#[test]
fn every_recording_is_written_as_freeswitch_wrote_it() {
    for (path, bytes) in recordings(".server.raw") {
        let name = path.to_str().unwrap();
        let format = FORMATS
            .into_iter()
            .find(|format| name.contains(&format!("_{}.", format.word())));
        let written = decode(&bytes)
            .into_iter()
            .flat_map(|message| message.item.unwrap().encode(format.unwrap_or(Format::Plain)));
        let written: Vec<_> = written.collect();
        let same = bytes
            .iter()
            .zip(&written)
            .take_while(|(read, written)| read == written)
            .count();
        let near =
            |bytes: &[u8]| String::from_utf8_lossy(&bytes[same.saturating_sub(60)..][..80]).into_owned();
        assert!(
            written == bytes,
            "{name}: {:?} for {:?}",
            near(&written),
            near(&bytes)
        );
    }
}

#[test]
fn every_recorded_event_comes_back_in_each_form() {
    let mut count = 0;
    for (path, bytes) in recordings(".server.raw") {
        for message in decode(&bytes) {
            let Ok(message @ Message::Event(_)) = message.item else {
                continue;
            };
            for format in FORMATS {
                let back = decode(&message.encode(format));
                let back: Vec<_> = back.into_iter().map(|back| back.item.unwrap()).collect();
                assert_eq!(
                    back,
                    std::slice::from_ref(&message),
                    "{} as {format:?}",
                    path.display()
                );
            }
            count += 1;
        }
    }
    assert!(count > 500, "only {count} events");
}

#[test]
fn an_event_keeps_its_values() {
    let all = events("url_encoding_plain");
    let hangup = all
        .iter()
        .find(|event| event.name() == "CHANNEL_HANGUP_COMPLETE")
        .unwrap();
    assert_eq!(hangup.find("hangup-cause"), Some("NORMAL_CLEARING"));
    assert_eq!(hangup.variable("sip_term_status"), Some("200"));
    assert_eq!(hangup.variable("nothing"), None);
    let notes: Vec<_> = all
        .iter()
        .filter_map(|event| event.variable("lead_note"))
        .collect();
    assert!(notes.contains(&"has,comma,here"), "{notes:?}");
    let lines = events("newlines_in_variable");
    let values: Vec<_> = lines
        .iter()
        .filter_map(|event| event.variable("multi_line"))
        .collect();
    assert_eq!(values[0], "a\nb\r\n\r\nc: d");
}

#[test]
fn the_forms_of_an_event_say_the_same() {
    let job = |name: &str| {
        let all = events(&format!("originate_answer_remote_bye_{name}"));
        all.into_iter()
            .find(|event| event.name() == "BACKGROUND_JOB")
            .unwrap()
    };
    for form in ["plain", "json", "xml"] {
        let job = job(form);
        let (body, id) = (job.body().unwrap(), job.find("Job-Command-Arg").unwrap());
        assert!(
            body.starts_with("+OK ") && body.ends_with('\n') && body.len() == 41,
            "{form}: {body:?}"
        );
        assert!(
            id.starts_with("{origination_uuid=") && id.ends_with(" &park()"),
            "{form}: {id}"
        );
        assert_eq!(job.find("FreeSWITCH-IPv6"), Some("fd00::2"), "{form}");
        assert_eq!(job.find("Content-Length"), None, "{form}");
    }
}

#[test]
fn the_reply_to_connect_is_the_channels_data() {
    let all = messages("outbound_async_full_exit_after_park");
    let Message::Reply(reply) = &all[0] else {
        panic!("{:?}", all[0])
    };
    assert_eq!(reply.text(), "+OK");
    assert_eq!(reply.headers.find("Socket-Mode"), Some("async"));
    assert_eq!(reply.headers.find("variable_lead_name"), Some("José Pérez"));
    let Message::Reply(events) = &all[1] else { panic!() };
    assert_eq!(events.text(), "+OK Events Enabled");
}

#[test]
fn a_connection_says_that_it_lingers_and_that_it_ends() {
    let all = messages("outbound_async_full_linger3_remote_bye_json");
    let notices: Vec<_> = all
        .iter()
        .filter_map(|message| match message {
            Message::Disconnect(notice) => Some((notice.lingers(), notice.body.len())),
            _ => None,
        })
        .collect();
    assert_eq!(notices, [(Some(Duration::from_secs(3)), 0), (None, 67)]);
    let refused = messages("acl_rude_rejection");
    assert_eq!(
        refused[0],
        Message::Rejected("Access Denied, go away.\n".to_owned())
    );
}

#[test]
fn bodies_are_as_long_as_they_say() {
    let all = messages("auth_ok_status_exit");
    let outputs: Vec<_> = all
        .iter()
        .filter_map(|message| match message {
            Message::Response(output) => Some(output.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(outputs[2], "vm");
    let text = "Content-Type: log/data\ncontent-length: 12\nLog-Level: 7\n\na\n\nb\n\nc: d\n\n\
        Content-Length: 2\nContent-Type: api/response\nContent-Length: 2\n\nokContent-Type: auth/request\n\n";
    let all: Vec<_> = decode(text.as_bytes())
        .into_iter()
        .map(|message| message.item.unwrap())
        .collect();
    let Message::Log(log) = &all[0] else { panic!() };
    assert_eq!(
        (log.body.as_str(), log.headers.find("log-level")),
        ("a\n\nb\n\nc: d\n\n", Some("7"))
    );
    assert_eq!(
        all[1..],
        [Message::Response("ok".to_owned()), Message::AuthRequest]
    );
}

#[test]
fn values_that_are_several_are_one_in_each_form() {
    let plain = ("plain", "Event-Name: X\nhistory: ARRAY%3A%3Aa%7C%3Ab\n\n");
    let json = ("json", r#"{"Event-Name":"X","history":["a","b"]}"#);
    let [plain, json] = [plain, json].map(|(form, text)| {
        let head = format!(
            "Content-Type: text/event-{form}\nContent-Length: {}\n\n",
            text.len()
        );
        let mut all = decode(format!("{head}{text}").as_bytes());
        let Ok(Message::Event(event)) = all.remove(0).item else {
            panic!("{text}")
        };
        event
    });
    assert_eq!(plain, json);
    assert_eq!(plain.array("history").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(plain.array("Event-Name").collect::<Vec<_>>(), ["X"]);
    assert_eq!(plain.array("nothing").count(), 0);
}

#[test]
fn a_capture_of_either_end_becomes_json_lines() {
    let rows = [
        (
            "auth_ok_status_exit.server.raw",
            vec!["auth_request", "reply", "response", "disconnect"],
        ),
        ("auth_ok_status_exit.client.raw", vec!["command"]),
        (
            "outbound_async_full_linger3_remote_bye_json.server.raw",
            vec!["reply", "event", "disconnect"],
        ),
        ("acl_rude_rejection.server.raw", vec!["rejected", "disconnect"]),
    ];
    for (name, kinds) in rows {
        let mut all = recordings(&name[name.len() - ".client.raw".len()..]);
        all.retain(|(path, _)| path.ends_with(name));
        let mut output = vec![];
        let summary = capture::decode(Protocol::Esl, &all[0].1[..], &mut output).unwrap();
        let lines = output
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let lines: Vec<serde_json::Value> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        assert_eq!(
            (lines.len() as u64, summary.unreadable),
            (summary.messages, 0),
            "{name}"
        );
        for kind in kinds {
            assert!(lines.iter().any(|line| line["kind"] == kind), "{name}: {kind}");
        }
    }
}

fn header() -> impl Strategy<Value = (String, String)> {
    ("[A-Za-z_-]{1,12}", "(\\PC|[\r\n\t%+:&<>\"]|ARRAY::|\\|:){0,12}")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_come_back(headers in proptest::collection::vec(header(), 0..8), body in "(\\PC|\n| |&|<|;){0,20}") {
        let event = Event::new("CHANNEL_ANSWER").unwrap();
        let event = headers.iter().fold(event, |event, (name, value)| event.with(name, value).unwrap());
        let message = Message::Event(event.with_body(&body));
        for format in FORMATS {
            let back = decode(&message.encode(format));
            prop_assert_eq!(back.len(), 1);
            prop_assert_eq!(back[0].item.as_ref(), Ok(&message), "{:?}", format);
        }
    }
}
