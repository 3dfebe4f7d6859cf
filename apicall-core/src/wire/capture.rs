//! Captured bytes as JSON lines, for people who look at a capture.
//!
//! One line a message, with the offset of its first byte. What cannot be read becomes a line of its own, which points
//! at the byte. Memory does not grow with the capture.

use super::line::{Decoded, Malformed};
use super::{agi, ami, esl};
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Read, Write};

/// A protocol with captures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AMI, either direction.
    Ami,
    /// AGI, either direction: told by its first bytes.
    Agi,
    /// The event socket, either direction: told by its first bytes.
    Esl,
}

/// What was in a capture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Messages read.
    pub messages: u64,
    /// Places that could not be read, an unfinished end included.
    pub unreadable: u64,
}

/// Decodes a capture to JSON lines.
pub fn decode(protocol: Protocol, input: impl Read, output: impl Write) -> io::Result<Summary> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut page = Page {
        output,
        summary: Summary::default(),
    };
    match protocol {
        Protocol::Esl => decode_esl(&mut input, &mut page)?,
        Protocol::Ami => {
            let mut decoder = ami::Decoder::default();
            page.run(
                &mut input,
                &mut decoder,
                ami::Decoder::feed,
                ami::Decoder::poll,
                ami_line,
            )?;
            page.end(decoder.unfinished())?;
        }
        Protocol::Agi => match side(input.fill_buf()?) {
            Side::Commands => {
                let mut decoder = agi::CommandDecoder::default();
                let (feed, poll) = (agi::CommandDecoder::feed, agi::CommandDecoder::poll);
                page.run(
                    &mut input,
                    &mut decoder,
                    feed,
                    poll,
                    |words| json!({ "kind": "command", "words": words }),
                )?;
                page.end(decoder.unfinished())?;
            }
            side => {
                let mut decoder = match side {
                    Side::Session => agi::Decoder::default(),
                    _ => agi::Decoder::of_replies(),
                };
                page.run(
                    &mut input,
                    &mut decoder,
                    agi::Decoder::feed,
                    agi::Decoder::poll,
                    agi_line,
                )?;
                page.end(decoder.unfinished())?;
            }
        },
    }
    page.output.flush()?;
    Ok(page.summary)
}

fn decode_esl(input: &mut impl BufRead, page: &mut Page<impl Write>) -> io::Result<()> {
    if begins_with_header(input.fill_buf()?) {
        let mut decoder = esl::Decoder::default();
        page.run(
            input,
            &mut decoder,
            esl::Decoder::feed,
            esl::Decoder::poll,
            esl_line,
        )?;
        return page.end(decoder.unfinished());
    }
    let mut decoder = esl::RequestDecoder::default();
    let (feed, poll) = (esl::RequestDecoder::feed, esl::RequestDecoder::poll);
    page.run(input, &mut decoder, feed, poll, |request: &esl::Request| {
        let headers = pairs(&request.headers);
        json!({ "kind": "command", "line": request.line, "headers": headers, "body": request.body })
    })?;
    page.end(decoder.unfinished())
}

/// Whether it is FreeSWITCH who speaks: clients begin with a command.
fn begins_with_header(first: &[u8]) -> bool {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let name_end = first.iter().position(|byte| !in_name(byte));
    name_end.is_some_and(|end| end > 0 && first[end] == b':')
}

enum Side {
    Session,
    Replies,
    Commands,
}

fn side(first: &[u8]) -> Side {
    let digits =
        first.len() >= 4 && first[..3].iter().all(u8::is_ascii_digit) && matches!(first[3], b' ' | b'-');
    if first.starts_with(b"agi_") {
        Side::Session
    } else if digits {
        Side::Replies
    } else {
        Side::Commands
    }
}

struct Page<W> {
    output: W,
    summary: Summary,
}

impl<W: Write> Page<W> {
    fn run<D, T>(
        &mut self,
        input: &mut impl BufRead,
        decoder: &mut D,
        feed: impl Fn(&mut D, &[u8]),
        poll: impl Fn(&mut D) -> Option<Decoded<T>>,
        line: impl Fn(&T) -> Value,
    ) -> io::Result<()> {
        loop {
            let bytes = input.fill_buf()?;
            if bytes.is_empty() {
                return Ok(());
            }
            feed(decoder, bytes);
            let taken = bytes.len();
            input.consume(taken);
            while let Some(Decoded { offset, item }) = poll(decoder) {
                match item {
                    Ok(message) => self.message(offset, line(&message))?,
                    Err(Malformed { offset: at, reason }) => self.unreadable(offset, at, reason)?,
                }
            }
        }
    }

    fn message(&mut self, offset: u64, mut line: Value) -> io::Result<()> {
        self.summary.messages += 1;
        line["offset"] = offset.into();
        writeln!(self.output, "{line}")
    }

    fn unreadable(&mut self, offset: u64, at: u64, reason: &str) -> io::Result<()> {
        self.summary.unreadable += 1;
        writeln!(
            self.output,
            "{}",
            json!({ "offset": offset, "kind": "unreadable", "at": at, "reason": reason })
        )
    }

    fn end(&mut self, unfinished: Option<u64>) -> io::Result<()> {
        match unfinished {
            Some(offset) => self.unreadable(offset, offset, "the capture ends within a message"),
            None => Ok(()),
        }
    }
}

fn ami_line(message: &ami::Message) -> Value {
    let (kind, block) = match message {
        ami::Message::Banner(version) => return json!({ "kind": "banner", "version": version }),
        ami::Message::Response(block) => ("response", block),
        ami::Message::Event(block) => ("event", block),
        ami::Message::Action(block) => ("action", block),
        ami::Message::Other(block) => ("other", block),
    };
    let headers: Vec<_> = block
        .headers()
        .map(|(name, value)| json!([name, value]))
        .collect();
    let mut line = json!({ "kind": kind, "name": block.name(), "headers": headers });
    let raw: Vec<_> = block.raw_output().collect();
    if !raw.is_empty() {
        line["output"] = raw.into();
    }
    line
}

fn agi_line(message: &agi::Inbound) -> Value {
    match message {
        agi::Inbound::Environment(variables) => json!({ "kind": "environment", "variables": variables }),
        agi::Inbound::Hangup => json!({ "kind": "hangup" }),
        agi::Inbound::Reply(reply) => json!({
            "kind": "reply", "code": reply.code, "result": reply.result, "data": reply.data,
            "endpos": reply.endpos, "text": reply.text,
        }),
    }
}

fn esl_line(message: &esl::Message) -> Value {
    let (kind, frame) = match message {
        esl::Message::AuthRequest => return json!({ "kind": "auth_request" }),
        esl::Message::Response(output) => return json!({ "kind": "response", "body": output }),
        esl::Message::Rejected(text) => return json!({ "kind": "rejected", "body": text }),
        esl::Message::Event(event) => {
            let headers = pairs(event.headers());
            return json!({ "kind": "event", "name": event.name(), "headers": headers, "body": event.body() });
        }
        esl::Message::Reply(frame) => ("reply", frame),
        esl::Message::Log(frame) => ("log", frame),
        esl::Message::Disconnect(frame) => ("disconnect", frame),
        esl::Message::Other(frame) => ("other", frame),
    };
    json!({ "kind": kind, "headers": pairs(&frame.headers), "body": frame.body })
}

fn pairs(headers: &esl::Headers) -> Value {
    headers.iter().map(|(name, value)| json!([name, value])).collect()
}
