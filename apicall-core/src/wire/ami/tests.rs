//! What went wrong in other decoders of AMI, and what an attacker would try on this one.

use super::{Action, Block, Decoder, Limits, Message, Outgoing, variables};
use proptest::prelude::*;

fn decode(bytes: &[u8]) -> Vec<Message> {
    let mut decoder = Decoder::default();
    decoder.feed(bytes);
    let all = std::iter::from_fn(|| decoder.poll()).map(|message| message.item.unwrap());
    all.collect()
}

fn only_block(bytes: &[u8]) -> Block {
    let mut all = decode(bytes);
    assert_eq!(all.len(), 1, "{all:?}");
    match all.pop() {
        Some(Message::Response(block) | Message::Event(block) | Message::Action(block)) => block,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_feed_in_a_value_begins_no_header_and_no_message() {
    let block = only_block(
        b"Event: VarSet\r\nValue: l1\nl2\n\nEvent: Hangup\nUniqueid: forged\r\nUniqueid: true\r\n\r\n",
    );
    assert_eq!(block.name(), "VarSet");
    assert_eq!(
        block.find("Value"),
        Some("l1\nl2\n\nEvent: Hangup\nUniqueid: forged")
    );
    assert_eq!(block.find("Uniqueid"), Some("true"));
}

#[test]
fn a_line_feed_at_the_end_of_a_value_is_no_part_of_it() {
    let block =
        only_block(b"Response: Error\r\nActionID: 3\r\nMessage: Unable to retrieve endpoint nope\n\r\n\r\n");
    assert_eq!(block.find("Message"), Some("Unable to retrieve endpoint nope"));
}

#[test]
fn a_capture_saved_with_line_feeds_alone_is_read() {
    let all = decode(b"Asterisk Call Manager/11.0.0\nEvent: A\nX: 1\n\nEvent: B\r\nX: 2\r\n\r\nEvent: C\n\n");
    assert_eq!(all[0], Message::Banner("11.0.0".to_owned()));
    let names: Vec<_> = all[1..]
        .iter()
        .map(|message| match message {
            Message::Event(event) => event.name(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["A", "B", "C"]);
}

#[test]
fn long_command_output_is_one_message() {
    let mut bytes = b"Response: Success\r\nActionID: 1\r\nMessage: Command output follows\r\n".to_vec();
    for line in 0..20_000 {
        bytes.extend(format!("Output: PJSIP/carrier-{line:08x}!lab!s!1!Up!Wait\r\n").into_bytes());
    }
    bytes.extend(b"\r\n");
    assert_eq!(only_block(&bytes).output().count(), 20_000);

    let mut bytes = b"Response: Follows\r\nPrivilege: Command\r\nActionID: 1\r\n".to_vec();
    bytes.extend("Privilege: is text here\n\n".repeat(10_000).into_bytes());
    bytes.extend(b"--END COMMAND--\r\n\r\n");
    let block = only_block(&bytes);
    // The first line cannot be told from the header it looks like.
    assert_eq!(block.output().count(), 20_000 - 1);
    assert_eq!(block.find("ActionID"), Some("1"));
}

#[test]
fn a_variable_with_an_equals_sign_is_a_value() {
    let block = only_block(
        b"Event: Newchannel\r\nChanVariable: A=x=y\r\nChanVariable: B=\r\nChanVariable(SIP/1): C=1\r\n\r\n",
    );
    assert_eq!(block.all("chanvariable").collect::<Vec<_>>(), ["A=x=y", "B="]);
    assert_eq!(block.find("ChanVariable(SIP/1)"), Some("C=1"));
}

#[test]
fn characters_split_across_reads_stay_whole() {
    let bytes = "Event: X\r\nCallerIDName: Ñandú €\r\n\r\n".as_bytes();
    let mut decoder = Decoder::default();
    let mut all = vec![];
    for byte in bytes {
        decoder.feed(&[*byte]);
        all.extend(std::iter::from_fn(|| decoder.poll()));
    }
    let Ok(Message::Event(event)) = &all[0].item else {
        panic!("{all:?}")
    };
    assert_eq!(event.find("CallerIDName"), Some("Ñandú €"));
}

#[test]
fn bytes_that_are_no_text_cost_only_themselves() {
    let block = only_block(b"Event: X\r\nCallerIDName: Jos\xe9\r\nUniqueid: 1\r\n\r\n");
    assert_eq!(block.find("CallerIDName"), Some("Jos\u{fffd}"));
    assert_eq!(block.find("Uniqueid"), Some("1"));
}

#[test]
fn a_line_without_end_takes_no_memory_and_ends_at_its_end() {
    let limits = Limits {
        line_bytes: 100,
        ..Limits::default()
    };
    let mut decoder = Decoder::new(limits);
    decoder.feed(b"Event: A\r\nLong: ");
    for _ in 0..1_000 {
        decoder.feed(&[b'x'; 1_000]);
        assert_eq!(decoder.poll(), None);
    }
    assert_eq!(decoder.unfinished(), Some(0));
    // Neither half of the line's end may be taken for an empty line.
    for end in [b"\r", b"\n"] {
        decoder.feed(end);
        assert_eq!(decoder.poll(), None);
    }
    decoder.feed(b"Y: 1\r\n\r\nEvent: B\r\n\r\n");
    let broken = decoder.poll().unwrap();
    let malformed = broken.item.unwrap_err();
    assert_eq!(
        (broken.offset, malformed.offset, malformed.reason),
        (0, 10, "the line is too long")
    );
    let next = decoder.poll().unwrap();
    assert_eq!(next.offset, 10 + 6 + 1_000_000 + 2 + 6 + 2);
    assert!(matches!(next.item, Ok(Message::Event(_))));
    assert_eq!(decoder.unfinished(), None);
}

#[test]
fn actions_that_asterisk_would_refuse_are_refused_when_they_are_built() {
    // Transcript line_limits: 1,024 bytes with name and line end are taken, 1,025 are not; 128 headers are, 129 not.
    let action = Action::new("UserEvent", "1").unwrap();
    let longest = "v".repeat(1_024 - "Payload: \r\n".len());
    assert!(action.clone().header("Payload", &longest).is_ok());
    let refused = action
        .clone()
        .header("Payload", &format!("{longest}v"))
        .unwrap_err();
    assert_eq!(refused.field, "Payload");
    let refused = action.clone().variable("V", &",".repeat(600)).unwrap_err();
    assert_eq!(refused.field, "V");

    let mut full = action;
    for count in 2..128 {
        full = full.header(&format!("H{count}"), "x").unwrap();
    }
    assert_eq!(full.header("H128", "x").unwrap_err().field, "H128");
}

#[test]
fn a_name_cannot_leave_its_line_either() {
    let action = Action::new("Originate", "1").unwrap();
    for bad in ["", "a b", "a:b", "a\r\nAction", "a\nb", "a\0"] {
        assert_eq!(action.clone().header(bad, "x").unwrap_err().field, bad);
    }
    for bad in ["", "a=b", "a,b", "a\r\nAction", "a\nb", "a\0"] {
        assert_eq!(action.clone().variable(bad, "x").unwrap_err().field, bad);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn variables_arrive_as_they_were_given(name in "[A-Za-z_]{1,8}", value in r#"([ -~]|[,="\\()\[\]]){0,40}"#) {
        let action = Action::new("Originate", "1").unwrap().variable(&name, &value).unwrap();
        let block = only_block(&action.encode());
        prop_assert_eq!(variables(block.find("Variable").unwrap()), [(name, value)]);
    }

    #[test]
    fn what_a_server_says_comes_back(values in proptest::collection::vec("[^\r\n\0]{0,40}", 0..6)) {
        let mut outgoing = Outgoing::default();
        outgoing.begin_event("Hangup");
        for value in &values {
            outgoing.prefixed("Dest", "CallerIDNum", value);
        }
        let mut bytes = vec![];
        outgoing.encode_to(&mut bytes);
        let block = only_block(&bytes);
        prop_assert_eq!(block.name(), "Hangup");
        prop_assert_eq!(block.all("DestCallerIDNum").collect::<Vec<_>>(), values);
    }

    #[test]
    fn odd_line_ends_decode_the_same_in_all_chunkings(
        text in "(a: b|: |x|\r|\n|\r\n|\r\n\r\n|Response: Follows\r\n|--END COMMAND--|12345678){0,30}",
        cuts in proptest::collection::vec(1..8_usize, 1..40),
    ) {
        let limits = Limits { line_bytes: 12, lines: 4, message_bytes: 40 };
        let mut whole = Decoder::new(limits);
        whole.feed(text.as_bytes());
        let expected: Vec<_> = std::iter::from_fn(|| whole.poll()).collect();
        let mut parts = Decoder::new(limits);
        let (mut rest, mut found) = (text.as_bytes(), vec![]);
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            parts.feed(now);
            found.extend(std::iter::from_fn(|| parts.poll()));
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(parts.unfinished(), whole.unfinished());
    }
}
