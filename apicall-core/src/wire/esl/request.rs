//! Commands as FreeSWITCH reads them: bytes of a client to requests, in any chunks.

use super::Limits;
use super::frames::{Fault, Frames};
use super::headers::{Headers, Values};
use crate::wire::line::{Decoded, Malformed};
use memchr::memchr;

/// A command that was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Its first line.
    pub line: String,
    /// The lines below it.
    pub headers: Headers,
    /// What came behind them, when they said how much.
    pub body: String,
}

impl Request {
    /// The first word of its line, and the rest.
    pub fn verb(&self) -> (&str, &str) {
        self.line.split_once(' ').unwrap_or((&self.line, ""))
    }
}

/// Bytes of a client to requests. What cannot be read for a request is told, and the next one goes on behind it.
#[derive(Debug, Default)]
pub struct RequestDecoder {
    frames: Frames,
}

impl RequestDecoder {
    /// A decoder with limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            frames: Frames::new(limits),
        }
    }

    /// Takes in bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.frames.feed(bytes);
    }

    /// The next request, when it is complete.
    pub fn poll(&mut self) -> Option<Decoded<Request>> {
        let framed = match self.frames.next()? {
            Ok(framed) => framed,
            Err(Fault {
                offset, malformed, ..
            }) => {
                let item = Err(malformed);
                return Some(Decoded { offset, item });
            }
        };
        let (bytes, most) = (self.frames.bytes(), self.frames.limits().lines);
        let head = &bytes[framed.head.clone()];
        let (line, rest) = head.split_at(memchr(b'\n', head).map_or(head.len(), |feed| feed + 1));
        let headers = Headers::decode(rest, Values::Raw, most);
        let item = match headers {
            Ok((headers, _)) => Ok(Request {
                line: String::from_utf8_lossy(line.trim_ascii_end()).into_owned(),
                headers,
                body: String::from_utf8_lossy(&bytes[framed.body]).into_owned(),
            }),
            Err((at, reason)) => Err(Malformed {
                offset: self.frames.offset(framed.head.start + line.len() + at),
                reason,
            }),
        };
        let offset = framed.offset;
        Some(Decoded { offset, item })
    }

    /// Where an unfinished request begins, if bytes of one wait.
    pub fn unfinished(&self) -> Option<u64> {
        self.frames.unfinished()
    }
}
