//! How many AMI events one core decodes, every one delivered and in order, and what memory that takes.

use super::process::memory_kib;
use super::report::Report;
use apicall_core::wire::ami::{Decoder, Message};
use std::fmt::Write;
use std::time::Instant;

const EVENTS: usize = 2_000_000;
/// Events made at once; they are numbered, so that a lost or swapped one is found.
const BATCH: usize = 10_000;
/// As large as the AMI client's reads.
const CHUNK_BYTES: usize = 64 * 1_024;

pub(crate) fn run() -> Report {
    let (mut decoder, mut next, mut bytes, mut seconds) = (Decoder::default(), 0_usize, 0_usize, 0.0);
    let before = memory_kib(std::process::id());
    for batch in 0..EVENTS / BATCH {
        let stream = events(batch * BATCH);
        bytes += stream.len();
        let began = Instant::now();
        for chunk in stream.as_bytes().chunks(CHUNK_BYTES) {
            decoder.feed(chunk);
            while let Some(decoded) = decoder.poll() {
                let Ok(Message::Event(event)) = decoded.item else {
                    continue;
                };
                let number = event.find("Sequence").and_then(|text| text.parse().ok());
                assert_eq!(number, Some(next), "every event, in order");
                next += 1;
            }
        }
        seconds += began.elapsed().as_secs_f64();
    }
    let grown_mib = (memory_kib(std::process::id()) - before) / 1_024.0;
    assert_eq!(next, EVENTS, "every event");
    #[allow(clippy::cast_precision_loss, reason = "a count of events")]
    let (rate, size) = (EVENTS as f64 / seconds, bytes as f64 / EVENTS as f64);
    let head = [
        "events",
        "bytes_each",
        "events_a_second",
        "mb_a_second",
        "grown_mib",
    ];
    let mut report = Report::new("decode", &head);
    #[allow(clippy::cast_precision_loss, reason = "a count of events")]
    report.row(&[EVENTS as f64, size, rate, rate * size / 1e6, grown_mib]);
    report.at_least("AMI events a second on one core", rate, 1_000_000.0);
    report.at_most("memory grown meanwhile, in MiB", grown_mib, 32.0);
    report
}

/// A `DialEnd` as Asterisk 22 sends it, shortened to the size of an average event, many times.
fn events(first: usize) -> String {
    let mut text = String::new();
    for number in first..first + BATCH {
        write!(
            text,
            "Event: DialEnd\r\nPrivilege: call,all\r\nSequence: {number}\r\nDestChannel: PJSIP/carrier-{number:08x}\r\n\
             DestChannelState: 6\r\nDestChannelStateDesc: Up\r\nDestCallerIDNum: 573001234567\r\nDestCallerIDName: <unknown>\r\n\
             DestConnectedLineNum: 6015551234\r\nDestConnectedLineName: <unknown>\r\nDestLanguage: en\r\nDestAccountCode: \r\n\
             DestContext: outbound\r\nDestExten: s\r\nDestPriority: 1\r\nDestUniqueid: 0193e1a0-7c4b-7d55-a4f6-{number:012x}\r\n\
             DestLinkedid: 0193e1a0-7c4b-7d55\r\nDialStatus: ANSWER\r\n\r\n"
        )
        .unwrap();
    }
    text
}
