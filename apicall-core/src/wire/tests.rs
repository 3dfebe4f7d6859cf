//! All recordings, in all chunkings; generated messages there and back; and what went wrong in other decoders.

use super::agi::{self, Inbound};
use super::ami::{self, Message};
use super::callfile::CallFile;
use super::capture::{self, Protocol};
use super::{Decoded, InvalidValue};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::path::{Path, PathBuf};

/// Recordings of clients who sent nonsense on purpose.
const NONSENSE: &[&str] = &["garbage_http", "line_limits", "before_login", "permissions"];

fn recordings() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut all = vec![];
    for version in ["asterisk-16", "asterisk-22"] {
        let files = std::fs::read_dir(root.join(version)).unwrap();
        all.extend(
            files
                .map(|file| file.unwrap().path())
                .filter(|path| path.extension().is_some_and(|e| e == "raw")),
        );
    }
    assert!(all.len() > 1_000, "only {} recordings", all.len());
    all
}

fn read(version: &str, name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    std::fs::read(root.join(version).join(name)).unwrap()
}

/// Feeds in these chunks and collects all messages.
pub(super) fn collect<D: Default, T>(
    chunks: impl Iterator<Item = Vec<u8>>,
    feed: impl Fn(&mut D, &[u8]),
    poll: impl Fn(&mut D) -> Option<Decoded<T>>,
) -> Vec<Decoded<T>> {
    let mut decoder = D::default();
    let mut all = vec![];
    for chunk in chunks {
        feed(&mut decoder, &chunk);
        while let Some(message) = poll(&mut decoder) {
            all.push(message);
        }
    }
    all
}

fn chunked(bytes: &[u8], random: &mut StdRng) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut chunks = vec![];
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(random.random_range(1..=rest.len().min(200)));
        chunks.push(chunk.to_vec());
        rest = after;
    }
    chunks
}

pub(super) fn same_in_all_chunkings<D: Default, T: PartialEq + std::fmt::Debug>(
    path: &Path,
    bytes: &[u8],
    feed: impl Fn(&mut D, &[u8]) + Copy,
    poll: impl Fn(&mut D) -> Option<Decoded<T>> + Copy,
) -> Vec<Decoded<T>> {
    let whole = collect(std::iter::once(bytes.to_vec()), feed, poll);
    let single = collect(bytes.iter().map(|byte| vec![*byte]), feed, poll);
    assert_eq!(whole, single, "{}", path.display());
    let mut random = StdRng::seed_from_u64(bytes.len() as u64);
    let chunks = collect(chunked(bytes, &mut random).into_iter(), feed, poll);
    assert_eq!(whole, chunks, "{}", path.display());
    whole
}

#[test]
fn every_recording_decodes_the_same_in_all_chunkings() {
    for path in recordings() {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let nonsense = name.ends_with("client.raw") && NONSENSE.iter().any(|known| name.starts_with(known));
        let faults: Vec<_> = if !name.contains(".agi") {
            let all = same_in_all_chunkings(&path, &bytes, ami::Decoder::feed, ami::Decoder::poll);
            all.into_iter().filter_map(|message| message.item.err()).collect()
        } else if name.ends_with("client.raw") {
            let all = same_in_all_chunkings(&path, &bytes, agi::Decoder::feed, agi::Decoder::poll);
            all.into_iter().filter_map(|message| message.item.err()).collect()
        } else {
            let (feed, poll) = (agi::CommandDecoder::feed, agi::CommandDecoder::poll);
            let all = same_in_all_chunkings(&path, &bytes, feed, poll);
            all.into_iter().filter_map(|message| message.item.err()).collect()
        };
        assert!(nonsense || faults.is_empty(), "{}: {faults:?}", path.display());
    }
}

fn events(bytes: &[u8]) -> Vec<ami::Block> {
    let all = collect(
        std::iter::once(bytes.to_vec()),
        ami::Decoder::feed,
        ami::Decoder::poll,
    );
    let event = |message: Decoded<Message>| match message.item {
        Ok(Message::Event(block)) => Some(block),
        _ => None,
    };
    all.into_iter().filter_map(event).collect()
}

#[test]
fn an_event_keeps_its_headers() {
    let bytes = read("asterisk-22", "out_486.server.raw");
    let hangup = events(&bytes)
        .into_iter()
        .find(|event| event.name() == "Hangup")
        .unwrap();
    assert_eq!(hangup.find("uniqueid"), Some("apicall-486"));
    assert_eq!(
        (hangup.find("Cause"), hangup.find("TechCause")),
        (Some("17"), Some("486"))
    );
    assert_eq!(hangup.find("AccountCode"), Some(""));
}

#[test]
fn repeated_headers_and_command_output_are_kept() {
    let text = b"Response: Success\r\nActionID: 1\r\nOutput: a: b\r\nOutput: \r\nOutput: c\r\n\r\n\
        Response: Follows\r\nPrivilege: Command\r\nActionID: 2\r\nraw line: 1\n\nlast--END COMMAND--\r\n\r\nEvent: X\r\n\r\n";
    let all = collect(
        std::iter::once(text.to_vec()),
        ami::Decoder::feed,
        ami::Decoder::poll,
    );
    let Ok(Message::Response(new)) = &all[0].item else {
        panic!()
    };
    assert_eq!(new.output().collect::<Vec<_>>(), ["a: b", "", "c"]);
    let Ok(Message::Response(old)) = &all[1].item else {
        panic!()
    };
    assert_eq!(old.output().collect::<Vec<_>>(), ["raw line: 1", "", "last"]);
    assert_eq!(old.find("ActionID"), Some("2"));
    assert!(matches!(&all[2].item, Ok(Message::Event(event)) if event.name() == "X"));
}

#[test]
fn what_is_unreadable_is_pointed_at_and_left_behind() {
    let text = b"Event: A\r\nnonsense\r\nX: 1\r\n\r\nEvent: B\r\n\r\n";
    let all = collect(
        std::iter::once(text.to_vec()),
        ami::Decoder::feed,
        ami::Decoder::poll,
    );
    let fault = all[0].item.as_ref().unwrap_err();
    assert_eq!((all[0].offset, fault.offset), (0, 10));
    assert!(matches!(&all[1].item, Ok(Message::Event(event)) if event.name() == "B"));
}

#[test]
fn lengths_are_limited() {
    let limits = ami::Limits {
        line_bytes: 20,
        lines: 3,
        message_bytes: 45,
    };
    let mut decoder = ami::Decoder::new(limits);
    decoder.feed(b"Event: A\r\nLong: ");
    for _ in 0..1_000 {
        decoder.feed(&[b'x'; 1_000]);
    }
    decoder.feed(b"\r\n\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\nA: 234567890123456\r\nB: 234567890123456\r\nC: 234567890\r\n\r\nEvent: Z\r\n\r\n");
    let reasons: Vec<_> = std::iter::from_fn(|| decoder.poll())
        .map(|message| message.item.err())
        .collect();
    let reasons: Vec<_> = reasons
        .iter()
        .map(|fault| fault.as_ref().map(|fault| fault.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            Some("the line is too long"),
            Some("the message has too many lines"),
            Some("the message is too long"),
            None
        ]
    );
}

#[test]
fn values_cannot_leave_their_line() {
    for bad in ["a\rb", "a\nb", "a\0b"] {
        let action = ami::Action::new("Originate", "1").unwrap();
        let refused: [(&str, Result<(), InvalidValue>); 5] = [
            ("Channel", action.clone().header("Channel", bad).map(drop)),
            ("name", action.clone().variable("name", bad).map(drop)),
            ("ActionID", ami::Action::new("Ping", bad).map(drop)),
            (
                "file",
                agi::Command::new("STREAM FILE").arg("file", bad).map(drop),
            ),
            (
                "Data",
                CallFile::to("PJSIP/1@t").unwrap().line("Data", bad).map(drop),
            ),
        ];
        for (field, result) in refused {
            assert_eq!(result.unwrap_err().field, field);
        }
    }
    assert!(
        ami::Action::new("Ping", "1")
            .unwrap()
            .header("Bad Name", "x")
            .is_err()
    );
}

#[test]
fn variables_keep_commas_quotes_and_backslashes() {
    let action = ami::Action::new("Originate", "1")
        .unwrap()
        .variable("V", r#"a,"b"\c"#)
        .unwrap();
    let text = String::from_utf8(action.encode()).unwrap();
    assert!(text.contains("Variable: V=a\\,\\\"b\\\"\\\\c\r\n"), "{text}");
}

fn replies(bytes: &[u8]) -> Vec<Inbound> {
    let all = collect(
        std::iter::once(bytes.to_vec()),
        agi::Decoder::feed,
        agi::Decoder::poll,
    );
    all.into_iter().map(|message| message.item.unwrap()).collect()
}

fn parse(line: &str) -> agi::Reply {
    let mut decoder = agi::Decoder::of_replies();
    decoder.feed(format!("{line}\n").as_bytes());
    match decoder.poll().map(|message| message.item) {
        Some(Ok(Inbound::Reply(reply))) => reply,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn replies_are_taken_apart() {
    type Row = (
        &'static str,
        u16,
        Option<&'static str>,
        Option<&'static str>,
        Option<u64>,
    );
    let rows: &[Row] = &[
        ("200 result=49 endpos=16640", 200, Some("49"), None, Some(16_640)),
        ("200 result=-1 endpos=0", 200, Some("-1"), None, Some(0)),
        ("200 result=0123", 200, Some("0123"), None, None),
        ("200 result= (timeout)", 200, Some(""), Some("timeout"), None),
        (
            "200 result=1 (timeout) endpos=8000",
            200,
            Some("1"),
            Some("timeout"),
            Some(8_000),
        ),
        (
            "200 result=1 (timeout) endpos=-1",
            200,
            Some("1"),
            Some("timeout"),
            None,
        ),
        ("200 result=-1 endpos=-1", 200, Some("-1"), None, None),
        ("200 result=0075*", 200, Some("0075*"), None, None),
        ("200 result=007", 200, Some("007"), None, None),
        (
            "200 result=12345678901234567890123",
            200,
            Some("12345678901234567890123"),
            None,
            None,
        ),
        ("200 result=1 (a (b) c)", 200, Some("1"), Some("a (b) c"), None),
        ("200 result=1 ()", 200, Some("1"), Some(""), None),
        ("200 result=1 (:()", 200, Some("1"), Some(":("), None),
        ("100 result=0 Trying...", 100, Some("0"), None, None),
        ("510 Invalid or unknown command", 510, None, None, None),
        (
            "511 Command Not Permitted on a dead channel or intercept routine",
            511,
            None,
            None,
            None,
        ),
    ];
    for (line, code, result, data, endpos) in rows {
        let reply = parse(line);
        let taken = (
            reply.code,
            reply.result.as_deref(),
            reply.data.as_deref(),
            reply.endpos,
        );
        assert_eq!(taken, (*code, *result, *data, *endpos), "{line}");
    }
}

#[test]
fn hangup_may_come_between_a_command_and_its_reply() {
    let all = replies(&read("asterisk-22", "agi_dial_answer_a_hangs_up.agi1.client.raw"));
    let hangup = all
        .iter()
        .position(|message| *message == Inbound::Hangup)
        .unwrap();
    let Inbound::Reply(status) = &all[hangup + 1] else {
        panic!()
    };
    assert_eq!(status.data.as_deref(), Some("ANSWER"));
    let Inbound::Reply(last) = all.last().unwrap() else {
        panic!()
    };
    assert_eq!(last.code, 511);
}

#[test]
fn values_with_line_ends_and_usage_texts_are_one_reply() {
    let all = replies(&read("asterisk-22", "agi_newline_value.agi1.client.raw"));
    let values: Vec<_> = all
        .iter()
        .filter_map(|message| match message {
            Inbound::Reply(reply) => reply.data.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(values[0], "l1\nl2\n200 result=1 (fake)");
    let usage = replies(&read("asterisk-22", "agi_answer_stream.agi1.client.raw"));
    let usage = usage.iter().find_map(|message| match message {
        Inbound::Reply(reply) if reply.code == 520 => Some(reply.text.clone()),
        _ => None,
    });
    assert!(usage.unwrap().ends_with("End of proper usage."));
}

/// Each session that Asterisk was recorded with is said again, byte for byte.
#[test]
fn what_asterisk_said_to_an_agi_server_is_encoded_as_it_was() {
    let mut said = 0;
    for path in recordings() {
        if !path.to_str().unwrap().contains(".agi") || !path.to_str().unwrap().ends_with("client.raw") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let mut encoded = vec![];
        for message in replies(&bytes) {
            encoded.extend(match &message {
                Inbound::Environment(variables) => agi::environment(
                    variables
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str())),
                ),
                Inbound::Reply(reply) => reply.encode(),
                Inbound::Hangup => agi::HANGUP.to_vec(),
            });
            said += 1;
        }
        assert!(bytes.starts_with(&encoded), "{}", path.display());
        assert!(bytes.len() - encoded.len() < 2_048, "{}", path.display());
    }
    assert!(said > 1_000, "only {said} messages");
}

#[test]
fn replies_are_built_as_they_are_read() {
    for reply in [
        agi::Reply::of(-1),
        agi::Reply::of(49).at(16_640),
        agi::Reply::of("0075*").with("timeout"),
        agi::Reply::of(1).with("timeout").at(8_000),
        agi::Reply::refusal(510, "Invalid or unknown command"),
        agi::Reply::refusal(520, "Invalid\nusage\nEnd of proper usage."),
    ] {
        let text = String::from_utf8(reply.encode()).unwrap();
        assert_eq!(parse(text.trim_end()), reply, "{text}");
    }
}

#[test]
fn a_session_takes_so_much_memory_and_no_more() {
    let mut decoder = agi::Decoder::default();
    let line = format!("agi_arg: {}\n", "x".repeat(10_000));
    let fault = std::iter::repeat_with(|| {
        decoder.feed(line.as_bytes());
        decoder.poll()
    });
    let fault = fault.take(20).flatten().next().unwrap().item.unwrap_err();
    assert_eq!(fault.reason, "the environment is too long");
    let command = agi::Command::new("SET VARIABLE").arg("name", "V").unwrap();
    let longest = 2_047 - "SET VARIABLE \"V\" \"\"\n".len();
    let command = command.arg("value", &"x".repeat(longest)).unwrap();
    assert_eq!(command.encode().len(), 2_047);
    assert_eq!(command.arg("more", "").unwrap_err().field, "more");
}

#[test]
fn a_capture_becomes_json_lines() {
    let bytes = read("asterisk-22", "kill9.server.raw");
    let mut cut = bytes.clone();
    cut.truncate(bytes.len() - 7);
    let mut output = vec![];
    let summary = capture::decode(Protocol::Ami, &cut[..], &mut output).unwrap();
    let lines: Vec<serde_json::Value> = output
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, summary.messages + summary.unreadable);
    assert_eq!(lines[0]["kind"], "banner");
    assert_eq!(summary.unreadable, 1);
    for (name, kind) in [
        ("agi_env.agi1.client.raw", "environment"),
        ("agi_env.agi1.server.raw", "command"),
    ] {
        let mut output = vec![];
        capture::decode(Protocol::Agi, &read("asterisk-22", name)[..], &mut output).unwrap();
        assert!(
            String::from_utf8(output)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .contains(kind)
        );
    }
}

fn value() -> impl Strategy<Value = String> {
    "[^\r\n\0]{0,40}"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn actions_come_back(headers in proptest::collection::vec(("[A-Za-z]{1,12}", value()), 0..8)) {
        let mut action = ami::Action::new("Originate", "id-1").unwrap();
        for (name, value) in &headers {
            action = action.header(name, value).unwrap();
        }
        let mut decoder = ami::Decoder::default();
        decoder.feed(&action.encode());
        let Some(Ok(Message::Action(block))) = decoder.poll().map(|message| message.item) else { panic!() };
        let back: Vec<_> = block.headers().skip(2).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        prop_assert_eq!(back, headers);
    }

    #[test]
    fn commands_come_back(arguments in proptest::collection::vec(value(), 0..6)) {
        let mut command = agi::Command::new("EXEC");
        for argument in &arguments {
            command = command.arg("argument", argument).unwrap();
        }
        let mut decoder = agi::CommandDecoder::default();
        decoder.feed(&command.encode());
        let words = decoder.poll().unwrap().item.unwrap();
        prop_assert_eq!(&words[1..], &arguments[..]);
    }

    #[test]
    fn call_files_come_back(lines in proptest::collection::vec(("[A-Za-z]{1,12}", "[ -~]{0,60}"), 0..8)) {
        let mut file = CallFile::to("PJSIP/573001234567@trunk").unwrap();
        for (key, value) in &lines {
            if let Ok(longer) = file.clone().line(key, value) {
                file = longer;
            }
        }
        prop_assert_eq!(CallFile::decode(&file.encode()).unwrap(), file);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        same_in_all_chunkings(Path::new("-"), &bytes, ami::Decoder::feed, ami::Decoder::poll);
        same_in_all_chunkings(Path::new("-"), &bytes, agi::Decoder::feed, agi::Decoder::poll);
        let _ = CallFile::decode(&String::from_utf8_lossy(&bytes));
    }
}
