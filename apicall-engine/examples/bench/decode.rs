//! How many events one core reads and decodes, every one delivered and in order, and what memory that takes.
//!
//! They come over a socket, as fast as another thread can write them, and are read as the engine's clients do. They carry
//! numbers, so that a lost or swapped one is found.

use super::process::memory_kib;
use super::report::Report;
use apicall_core::wire::{ami, esl};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Instant;
use tokio::io::AsyncReadExt;

/// Events written at once.
const BATCH: usize = 2_000;
/// As large as the clients' reads.
const CHUNK_BYTES: usize = 64 * 1_024;
/// Digits of an event's number.
const DIGITS: usize = 8;

/// A connection on which one event comes again and again.
struct Stream {
    name: &'static str,
    event: Vec<u8>,
    /// What stands before its number.
    before_number: &'static [u8],
    batches: usize,
    at_least: f64,
}

/// A decoder, as far as this bench cares: bytes in, the numbers and sizes of events out.
trait Numbered {
    fn feed(&mut self, bytes: &[u8]);
    fn poll(&mut self) -> Option<Seen>;
}

/// An event, by its number and how many values it has.
struct Seen {
    number: Option<usize>,
    values: usize,
}

pub(crate) fn run() -> Report {
    let head = [
        "events",
        "bytes_each",
        "events_a_second",
        "mb_a_second",
        "grown_mib",
    ];
    let mut report = Report::new("decode", &head);
    measure::<ami::Decoder>(&asterisk(), &mut report);
    measure::<esl::Decoder>(
        &freeswitch("ESL plain", esl::Format::Plain, 250_000.0),
        &mut report,
    );
    measure::<esl::Decoder>(&freeswitch("ESL JSON", esl::Format::Json, 60_000.0), &mut report);
    report
}

fn measure<D: Numbered + Default>(stream: &Stream, report: &mut Report) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (from, _) = listener.accept().unwrap();
    let events = BATCH * stream.batches;
    let (batch, places) = batch(stream);
    let values = values::<D>(&batch[..batch.len() / BATCH]);
    let batches = stream.batches;
    let writing = std::thread::spawn(move || write(to, batch, &places, batches));
    let before = memory_kib(std::process::id());
    let began = Instant::now();
    let alone = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let seen = alone.block_on(read::<D>(from, values));
    let seconds = began.elapsed().as_secs_f64();
    let grown_mib = (memory_kib(std::process::id()) - before) / 1_024.0;
    writing.join().unwrap();
    assert_eq!(seen, events, "every event of {}", stream.name);
    #[allow(clippy::cast_precision_loss, reason = "a count of events")]
    let (rate, size) = (events as f64 / seconds, stream.event.len() as f64);
    #[allow(clippy::cast_precision_loss, reason = "a count of events")]
    report.named_row(
        stream.name,
        &[events as f64, size, rate, rate * size / 1e6, grown_mib],
    );
    let name = stream.name;
    report.at_least(
        format!("{name} events a second on one core"),
        rate,
        stream.at_least,
    );
    report.at_most(format!("memory grown by {name} events, in MiB"), grown_mib, 32.0);
}

/// Events in a row, and where their numbers stand.
fn batch(stream: &Stream) -> (Vec<u8>, Vec<usize>) {
    let windows = stream.event.windows(stream.before_number.len());
    let place = windows
        .enumerate()
        .find(|(_, bytes)| *bytes == stream.before_number)
        .unwrap()
        .0
        + stream.before_number.len();
    let size = stream.event.len();
    let places = (0..BATCH).map(|event| event * size + place).collect();
    (stream.event.repeat(BATCH), places)
}

fn write(mut to: TcpStream, mut batch: Vec<u8>, places: &[usize], batches: usize) {
    for round in 0..batches {
        for (event, place) in places.iter().enumerate() {
            let number = format!("{:0DIGITS$}", round * BATCH + event);
            batch[*place..*place + DIGITS].copy_from_slice(number.as_bytes());
        }
        to.write_all(&batch).unwrap();
    }
}

/// Reads to the end; how many events came, each with the next number and all its values.
async fn read<D: Numbered + Default>(from: TcpStream, values: usize) -> usize {
    from.set_nonblocking(true).unwrap();
    let mut from = tokio::net::TcpStream::from_std(from).unwrap();
    let (mut decoder, mut input, mut next) = (D::default(), vec![0; CHUNK_BYTES], 0);
    loop {
        let count = from.read(&mut input).await.unwrap();
        if count == 0 {
            return next;
        }
        decoder.feed(&input[..count]);
        while let Some(seen) = decoder.poll() {
            assert_eq!(seen.number, Some(next), "every event, in order");
            assert_eq!(seen.values, values, "every value");
            next += 1;
        }
    }
}

/// How many values the event has.
fn values<D: Numbered + Default>(event: &[u8]) -> usize {
    let mut decoder = D::default();
    decoder.feed(event);
    decoder.poll().unwrap().values
}

impl Numbered for ami::Decoder {
    fn feed(&mut self, bytes: &[u8]) {
        self.feed(bytes);
    }

    fn poll(&mut self) -> Option<Seen> {
        let Ok(ami::Message::Event(event)) = self.poll()?.item else {
            panic!("an event that is none");
        };
        Some(Seen {
            number: event.find("Sequence").and_then(|text| text.parse().ok()),
            values: event.headers().count(),
        })
    }
}

impl Numbered for esl::Decoder {
    fn feed(&mut self, bytes: &[u8]) {
        self.feed(bytes);
    }

    fn poll(&mut self) -> Option<Seen> {
        let Ok(esl::Message::Event(event)) = self.poll()?.item else {
            panic!("an event that is none");
        };
        Some(Seen {
            number: event.find("Event-Sequence").and_then(|text| text.parse().ok()),
            values: event.headers().len(),
        })
    }
}

/// A `DialEnd` as Asterisk 22 sends it, shortened to the size of an average event.
fn asterisk() -> Stream {
    let event = "Event: DialEnd\r\nPrivilege: call,all\r\nSequence: 00000000\r\nDestChannel: PJSIP/carrier-00000001\r\n\
        DestChannelState: 6\r\nDestChannelStateDesc: Up\r\nDestCallerIDNum: 573001234567\r\nDestCallerIDName: <unknown>\r\n\
        DestConnectedLineNum: 6015551234\r\nDestConnectedLineName: <unknown>\r\nDestLanguage: en\r\nDestAccountCode: \r\n\
        DestContext: outbound\r\nDestExten: s\r\nDestPriority: 1\r\nDestUniqueid: 0193e1a0-7c4b-7d55-a4f6-000000000001\r\n\
        DestLinkedid: 0193e1a0-7c4b-7d55\r\nDialStatus: ANSWER\r\n\r\n";
    Stream {
        name: "AMI",
        event: event.as_bytes().to_vec(),
        before_number: b"Sequence: ",
        batches: 1_000,
        at_least: 1_000_000.0,
    }
}

/// The end of a `playback` as FreeSWITCH 1.10.12 sent it, an event of average size.
fn freeswitch(name: &'static str, format: esl::Format, at_least: f64) -> Stream {
    let recording = include_bytes!(
        "../../../apicall-core/tests/transcripts/freeswitch-1.10.12/avmd_beep_loopback.server.raw"
    );
    let mut decoder = esl::Decoder::default();
    decoder.feed(recording);
    let recorded = std::iter::from_fn(|| decoder.poll()).find_map(|decoded| match decoded.item.unwrap() {
        esl::Message::Event(event) if event.find("Event-Sequence") == Some("934") => Some(event),
        _ => None,
    });
    let mut event = esl::Event::default();
    for (name, value) in recorded.unwrap().headers().iter() {
        let numbered = name == "Event-Sequence";
        event = event
            .with(name, if numbered { "00000000" } else { value })
            .unwrap();
    }
    Stream {
        name,
        event: esl::Message::Event(event).encode(format),
        before_number: match format {
            esl::Format::Json => b"\"Event-Sequence\":\"",
            esl::Format::Plain | esl::Format::Xml => b"Event-Sequence: ",
        },
        batches: if format == esl::Format::Json { 100 } else { 400 },
        at_least,
    }
}
