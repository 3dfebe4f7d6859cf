//! What cannot be read, what is too long, and what nobody would send.

use super::{decode, faults};
use crate::wire::esl::{Decoder, Limits, Message, RequestDecoder};
use crate::wire::tests::same_in_all_chunkings;
use proptest::prelude::*;
use std::path::Path;

#[test]
fn what_cannot_be_read_is_pointed_at_and_left_behind() {
    let good = "Content-Type: auth/request\n\n";
    let wrong_length = "Content-Type: text/event-plain\nContent-Length: 23\n\nContent-Length: 9\n\nbody";
    let rows = [
        (
            wrong_length,
            70,
            "the event's Content-Length is not the length of its body",
        ),
        (
            "Content-Type: text/event-plain\nContent-Length: 4\n\nA: b",
            54,
            "an event without an empty line",
        ),
        (
            "Content-Type: text/event-plain\nContent-Length: 8\n\nA: b\nX\n\n",
            55,
            "a line without `Header: value`",
        ),
        (
            "Content-Type: text/event-json\nContent-Length: 7\n\n{\"A\":{}",
            55,
            "not a JSON object of strings",
        ),
        (
            "Content-Type: text/event-json\nContent-Length: 9\n\n{\":\":\"x\"}",
            57,
            "not the name of a header",
        ),
        (
            "Content-Type: text/event-xml\nContent-Length: 9\n\n<event>x\n",
            55,
            "not an event as FreeSWITCH writes it",
        ),
        (
            "Content-Type: a\nContent-Length: x\n\n",
            16,
            "the Content-Length is no number",
        ),
        (
            "Content-Length: 1\nContent-Length: 2\n\n",
            18,
            "a second Content-Length says something else",
        ),
        ("Reply-Text: +OK\n\n", 0, "a head without a Content-Type"),
    ];
    for (text, at, reason) in rows {
        let stream = format!("{good}{text}{good}");
        let before = good.len() as u64;
        assert_eq!(
            faults(stream.as_bytes()),
            [(before, before + at, reason)],
            "{text}"
        );
        assert_eq!(
            decode(stream.as_bytes()).last().unwrap().item,
            Ok(Message::AuthRequest),
            "{text}"
        );
    }
}

#[test]
fn a_broken_head_is_told_once_however_much_follows_it() {
    let stream = "Content-Length: -1\n\nEvent-Name: X\nContent-Length: 4\n\nbodya\n\nb: c\n\nContent-Type: auth/request\n\n";
    assert_eq!(
        faults(stream.as_bytes()),
        [(0, 0, "the Content-Length is no number")]
    );
    assert_eq!(decode(stream.as_bytes()).len(), 2);
}

#[test]
fn lengths_are_limited() {
    let limits = Limits {
        head_bytes: 60,
        body_bytes: 30,
        lines: 3,
    };
    let mut decoder = Decoder::new(limits);
    decoder.feed(b"Content-Type: x\nLong: ");
    for _ in 0..1_000 {
        decoder.feed(&[b'x'; 1_000]);
        while decoder.poll().is_some() {}
        assert!(decoder.buffered() < 70_000, "{}", decoder.buffered());
    }
    assert_eq!(decoder.unfinished(), Some(0));
    decoder.feed(b"\n\nContent-Type: auth/request\n\n");
    assert_eq!(decoder.poll().unwrap().item, Ok(Message::AuthRequest));
    decoder.feed(b"Content-Type: api/response\nContent-Length: 1000000\n\n");
    assert_eq!(
        decoder.poll().unwrap().item.unwrap_err().reason,
        "the body is too long"
    );
    for _ in 0..1_000 {
        decoder.feed(&[b'x'; 1_000]);
        assert_eq!(decoder.poll(), None);
        assert!(decoder.buffered() < 70_000, "{}", decoder.buffered());
    }
    assert_eq!(decoder.unfinished(), None);
    decoder.feed(b"Content-Type: x\nA: 1\nB: 2\nC: 3\n\nContent-Type: auth/request\n\n");
    assert_eq!(decoder.poll().unwrap().item.unwrap_err().reason, "too many lines");
    assert_eq!(decoder.poll().unwrap().item, Ok(Message::AuthRequest));
    assert_eq!((decoder.poll(), decoder.unfinished()), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_frames_are_too_strange(
        text in "(Content-Type: |content-length: |text/event-(plain|json|xml)|api/response|command/reply|[0-9]|\
            \n|\n\n|\r\n|\\{\"A\":\"b\"\\}|<event>|<headers>|<A>%4</A>|Event-Name: x%4|é|x){0,30}",
        cut in 0..200_usize,
    ) {
        let bytes = text.as_bytes();
        same_in_all_chunkings(Path::new("-"), bytes, Decoder::feed, Decoder::poll);
        same_in_all_chunkings(Path::new("-"), bytes, RequestDecoder::feed, RequestDecoder::poll);
        let limits = Limits { head_bytes: 24, body_bytes: 3, lines: 2 };
        let run = |chunks: &[&[u8]]| {
            let mut decoder = Decoder::new(limits);
            let mut all = vec![];
            for chunk in chunks {
                decoder.feed(chunk);
                all.extend(std::iter::from_fn(|| decoder.poll()));
            }
            (all, decoder.unfinished())
        };
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        let single: Vec<_> = bytes.chunks(1).collect();
        prop_assert_eq!(run(&[bytes]), run(&[first, second]));
        prop_assert_eq!(run(&[bytes]), run(&single));
    }
}
