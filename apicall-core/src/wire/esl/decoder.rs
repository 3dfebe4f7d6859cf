//! Bytes from FreeSWITCH to messages, in any chunks.

use super::frames::{Fault, Frame as Framed, Frames};
use super::headers::{Headers, Values, Wrong};
use super::{Event, Format, Frame, Limits, Message};
use crate::wire::line::{Decoded, Malformed};

/// Bytes from FreeSWITCH to messages.
///
/// What a frame cannot be read for is told, and the next one goes on as if nothing were. Only a head that is itself
/// broken hides where the next begins: then reading goes on at the next head that has a `Content-Type`, which is good
/// enough for a capture. A session should end there.
#[derive(Debug, Default)]
pub struct Decoder {
    frames: Frames,
    /// Whether it is unknown where the next frame begins.
    lost: bool,
}

impl Decoder {
    /// A decoder with limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            frames: Frames::new(limits),
            lost: false,
        }
    }

    /// Takes in bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.frames.feed(bytes);
    }

    /// The next message, when it is complete.
    pub fn poll(&mut self) -> Option<Decoded<Message>> {
        loop {
            let (offset, item) = match self.frames.next()? {
                Ok(framed) => (framed.offset, self.read(&framed)),
                Err(Fault {
                    offset,
                    malformed,
                    in_step,
                }) => {
                    let lost = std::mem::replace(&mut self.lost, !in_step);
                    if lost {
                        continue;
                    }
                    (offset, Some(Err(malformed)))
                }
            };
            if let Some(item) = item {
                return Some(Decoded { offset, item });
            }
        }
    }

    /// Where an unfinished message begins, if bytes of one wait.
    pub fn unfinished(&self) -> Option<u64> {
        self.frames.unfinished()
    }

    /// How many bytes are kept.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.frames.bytes().len()
    }

    /// Reads a frame; nothing, when it is none and that was said already.
    fn read(&mut self, framed: &Framed) -> Option<Result<Message, Malformed>> {
        let malformed = |place: usize, (at, reason): Wrong| Malformed {
            offset: self.frames.offset(place + at),
            reason,
        };
        let (bytes, most) = (self.frames.bytes(), self.frames.limits().lines);
        let (head, body) = (&bytes[framed.head.clone()], &bytes[framed.body.clone()]);
        let Some(kind) = content_type(head) else {
            let lost = std::mem::replace(&mut self.lost, true);
            let wrong = malformed(framed.head.start, (0, "a head without a Content-Type"));
            return (!lost).then_some(Err(wrong));
        };
        let format = match kind {
            b"text/event-plain" => Some(Format::Plain),
            b"text/event-json" => Some(Format::Json),
            b"text/event-xml" => Some(Format::Xml),
            _ => None,
        };
        let read = match format {
            Some(format) => Event::decode(body, format, most)
                .map(Message::Event)
                .map_err(|wrong| malformed(framed.body.start, wrong)),
            None => message(kind, head, body, most).map_err(|wrong| malformed(framed.head.start, wrong)),
        };
        self.lost = false;
        Some(read)
    }
}

fn message(kind: &[u8], head: &[u8], body: &[u8], most: usize) -> Result<Message, Wrong> {
    let text = || String::from_utf8_lossy(body).into_owned();
    match kind {
        b"auth/request" => return Ok(Message::AuthRequest),
        b"api/response" => return Ok(Message::Response(text())),
        b"text/rude-rejection" => return Ok(Message::Rejected(text())),
        _ => {}
    }
    let frame = Frame {
        headers: Headers::decode(head, values(head), most)?.0,
        body: text(),
    };
    Ok(match kind {
        b"command/reply" => Message::Reply(frame),
        b"text/disconnect-notice" => Message::Disconnect(frame),
        b"log/data" => Message::Log(frame),
        _ => Message::Other(frame),
    })
}

/// The reply to `connect` is the channel's data, percent-encoded; no other head names an event.
fn values(head: &[u8]) -> Values {
    if find(head, b"Event-Name:").is_some() {
        Values::Encoded
    } else {
        Values::Raw
    }
}

fn content_type(head: &[u8]) -> Option<&[u8]> {
    find(head, b"Content-Type:")
}

/// The value of a line that begins with this, in any case.
fn find<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let named = |line: &&[u8]| {
        line.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let line = head.split(|byte| *byte == b'\n').find(named)?;
    Some(line[name.len()..].trim_ascii())
}
