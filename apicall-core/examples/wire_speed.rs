//! How fast the decoders read, on the recordings of a real Asterisk and a real FreeSWITCH: MB/s and messages/s of one core.
//!
//!     cargo run --release -p apicall-core --example wire_speed [SECONDS]
//!
//! Measures decoding alone: no sockets, nothing done with the messages. Chunks are as large as the AMI client's reads.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a stop watch for people"
)]

use apicall_core::wire::{Decoded, agi, ami, esl};
use std::path::Path;
use std::time::{Duration, Instant};

const CHUNK_BYTES: usize = 64 * 1024;
/// Events of FreeSWITCH that are measured, by their length as plain ones: 2,900 in the middle.
const EVENT_BYTES: std::ops::Range<usize> = 2_300..3_500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = std::env::args().nth(1).map_or(Ok(3), |text| text.parse())?;
    let limit = Duration::from_secs(seconds);
    let ami_bytes = recorded("asterisk-22", |name| {
        name.ends_with(".server.raw") && !name.contains(".agi")
    })?;
    let agi_bytes = recorded("asterisk-22", |name| {
        name.ends_with(".client.raw") && name.contains(".agi")
    })?;
    measure("ami", &ami_bytes, limit, ami::Decoder::feed, ami::Decoder::poll);
    measure("agi", &agi_bytes, limit, agi::Decoder::feed, agi::Decoder::poll);
    let calls = recorded("freeswitch-1.10.12", |name| name.ends_with(".server.raw"))?;
    for (what, format) in [("esl plain", esl::Format::Plain), ("esl json", esl::Format::Json)] {
        let events = events_of(&calls, format);
        measure(what, &[events], limit, esl::Decoder::feed, esl::Decoder::poll);
    }
    Ok(())
}

/// The events of recorded calls of about the size that matters, as one stream in this form.
fn events_of(streams: &[Vec<u8>], format: esl::Format) -> Vec<u8> {
    let mut decoder = esl::Decoder::default();
    streams.iter().for_each(|stream| decoder.feed(stream));
    let event = |message: Decoded<esl::Message>| match message.item {
        Ok(message @ esl::Message::Event(_)) => Some(message),
        _ => None,
    };
    let events = std::iter::from_fn(|| decoder.poll()).filter_map(event);
    let sized = events.filter(|event| EVENT_BYTES.contains(&event.encode(esl::Format::Plain).len()));
    sized.flat_map(|event| event.encode(format)).collect()
}

/// The recorded streams of these names, of this switch.
fn recorded(switch: &str, wanted: impl Fn(&str) -> bool) -> std::io::Result<Vec<Vec<u8>>> {
    let mut streams = vec![];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts")
        .join(switch);
    for file in std::fs::read_dir(root)? {
        let path = file?.path();
        if path
            .file_name()
            .is_some_and(|name| wanted(&name.to_string_lossy()))
        {
            streams.push(std::fs::read(path)?);
        }
    }
    Ok(streams)
}

fn measure<D: Default, T>(
    what: &str,
    streams: &[Vec<u8>],
    limit: Duration,
    feed: impl Fn(&mut D, &[u8]),
    poll: impl Fn(&mut D) -> Option<Decoded<T>>,
) {
    let (mut bytes, mut messages) = (0, 0);
    let began = Instant::now();
    while began.elapsed() < limit {
        for stream in streams {
            let mut decoder = D::default();
            for chunk in stream.chunks(CHUNK_BYTES) {
                feed(&mut decoder, chunk);
                messages += std::iter::from_fn(|| poll(&mut decoder)).count();
            }
            bytes += stream.len();
        }
    }
    let took = began.elapsed().as_secs_f64();
    println!(
        "{what}: {:.0} MB/s, {:.0} messages/s of {:.0} bytes",
        bytes as f64 / took / 1e6,
        messages as f64 / took,
        bytes as f64 / messages as f64
    );
}
