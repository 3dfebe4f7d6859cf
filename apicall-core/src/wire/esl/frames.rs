//! Where frames end: a head of lines up to an empty one, and a body as long as the head says.
//!
//! Both directions are framed alike. FreeSWITCH ends lines with LF; clients may write CR LF, and empty lines between
//! their commands (transcript `crlf_client`).

use super::Limits;
use crate::wire::line::Malformed;
use memchr::memchr;
use std::ops::Range;

/// How many bytes that were read are kept before the rest is moved to the front.
const SLACK_BYTES: usize = 64 * 1024;
/// So that a place within a frame fits into 32 bits, even if each of its bytes becomes a U+FFFD of three.
const MOST_BYTES: usize = 1 << 29;

/// A frame, by its places in the bytes that [`Frames::bytes`] gives.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// The offset of its first byte.
    pub(super) offset: u64,
    /// Its lines, the line end of the last one included.
    pub(super) head: Range<usize>,
    /// Its body, exactly as long as was said.
    pub(super) body: Range<usize>,
}

/// A head that is of no use, and where it began.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: u64,
    pub(super) malformed: Malformed,
    /// Whether it is known where the next frame begins.
    pub(super) in_step: bool,
}

#[derive(Debug, Default)]
enum State {
    /// Reading a head.
    #[default]
    Head,
    /// Waiting for a body: where head and body end.
    Body(usize, usize),
    /// Passing over a head that is too long, and where it began.
    SkipHead(u64),
    /// Passing over so much of a body that is too long, and where its frame began.
    SkipBody(u64, u64),
}

/// Bytes to frames. Holds no more than one frame and what was fed and not yet taken.
#[derive(Debug, Default)]
pub(super) struct Frames {
    limits: Limits,
    bytes: Vec<u8>,
    /// The offset of the first of `bytes`.
    base: u64,
    /// Where the frame at hand begins, and the line at hand; how far the line's end was searched.
    start: usize,
    line: usize,
    searched: usize,
    state: State,
}

impl Frames {
    pub(super) fn new(limits: Limits) -> Self {
        let limits = Limits {
            head_bytes: limits.head_bytes.min(MOST_BYTES),
            body_bytes: limits.body_bytes.min(MOST_BYTES),
            ..limits
        };
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() || self.start > SLACK_BYTES {
            let taken = self.start;
            self.bytes.drain(..taken);
            self.base += taken as u64;
            (self.start, self.line) = (0, self.line - taken);
            self.searched -= taken;
            if let State::Body(head_end, end) = &mut self.state {
                (*head_end, *end) = (*head_end - taken, *end - taken);
            }
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes that a frame's places are in, until more are fed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The offset of a place in [`Self::bytes`].
    pub(super) fn offset(&self, place: usize) -> u64 {
        self.base + place as u64
    }

    /// The limits.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where an unfinished frame begins, if bytes of one wait.
    pub(super) fn unfinished(&self) -> Option<u64> {
        match self.state {
            State::SkipHead(began) | State::SkipBody(began, _) => Some(began),
            State::Head | State::Body(..) => (self.start < self.bytes.len()).then(|| self.offset(self.start)),
        }
    }

    /// The next frame, when it is complete.
    pub(super) fn next(&mut self) -> Option<Result<Frame, Fault>> {
        loop {
            match self.state {
                State::Head => {
                    let Some(head_end) = self.head_end() else {
                        return self.bound_head();
                    };
                    if let Some(fault) = self.begin_body(head_end) {
                        return Some(Err(fault));
                    }
                }
                State::Body(head_end, end) => {
                    if self.bytes.len() < end {
                        return None;
                    }
                    let frame = Frame {
                        offset: self.offset(self.start),
                        head: self.start..head_end,
                        body: self.line..end,
                    };
                    self.go_on_at(end);
                    return Some(Ok(frame));
                }
                State::SkipHead(_) => {
                    if self.head_end().is_none() {
                        // Two bytes tell whether the line at hand is an empty one.
                        self.line = self.line.max(self.bytes.len().saturating_sub(2));
                        self.start = self.line;
                        return None;
                    }
                    self.go_on_at(self.line);
                }
                State::SkipBody(began, left) => {
                    let here = (self.bytes.len() - self.start) as u64;
                    let skipped = left.min(here);
                    self.go_on_at(self.start + skipped as usize);
                    if skipped < left {
                        self.state = State::SkipBody(began, left - skipped);
                        return None;
                    }
                }
            }
        }
    }

    /// Where the head at hand ends, its empty line excluded; `line` is then behind that one.
    fn head_end(&mut self) -> Option<usize> {
        let skipping = matches!(self.state, State::SkipHead(_));
        while let Some(at) = memchr(b'\n', &self.bytes[self.searched..]) {
            let feed = self.searched + at;
            let (line, next) = (self.line, feed + 1);
            (self.line, self.searched) = (next, next);
            if matches!(&self.bytes[line..feed], b"" | b"\r") {
                if line > self.start || skipping {
                    return Some(line);
                }
                // An empty line in front of a frame.
                self.start = next;
            }
        }
        self.searched = self.bytes.len();
        None
    }

    /// Gives up on a head that is too long already.
    fn bound_head(&mut self) -> Option<Result<Frame, Fault>> {
        if self.bytes.len() - self.start <= self.limits.head_bytes {
            return None;
        }
        let offset = self.offset(self.start);
        self.state = State::SkipHead(offset);
        Some(Err(fault(offset, offset, "the head is too long")))
    }

    fn begin_body(&mut self, head_end: usize) -> Option<Fault> {
        let (began, body) = (self.offset(self.start), self.line);
        if body - self.start > self.limits.head_bytes {
            self.go_on_at(body);
            return Some(fault(began, began, "the head is too long"));
        }
        match content_length(&self.bytes[self.start..head_end]) {
            Ok(length) if length > self.limits.body_bytes as u64 => {
                let offset = self.offset(body);
                self.go_on_at(body);
                self.state = State::SkipBody(began, length);
                Some(Fault {
                    in_step: true,
                    ..fault(began, offset, "the body is too long")
                })
            }
            Ok(length) => {
                self.state = State::Body(head_end, body + length as usize);
                None
            }
            Err((place, reason)) => {
                let offset = self.offset(self.start + place);
                self.go_on_at(body);
                Some(fault(began, offset, reason))
            }
        }
    }

    fn go_on_at(&mut self, place: usize) {
        (self.start, self.line, self.searched) = (place, place, place);
        self.state = State::Head;
    }
}

fn fault(began: u64, offset: u64, reason: &'static str) -> Fault {
    Fault {
        offset: began,
        malformed: Malformed { offset, reason },
        in_step: false,
    }
}

/// What a head says of its body's length: nothing is none. It may say it twice, in either case, but not differently.
fn content_length(head: &[u8]) -> Result<u64, (usize, &'static str)> {
    const NAME: &[u8] = b"content-length:";
    let (mut place, mut found) = (0, None);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let at = place;
        place += line.len();
        let named = line
            .get(..NAME.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(NAME));
        if !named {
            continue;
        }
        let digits = line[NAME.len()..].trim_ascii();
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|_| digits.iter().all(u8::is_ascii_digit));
        let Some(length) = number.and_then(|number| number.parse::<u64>().ok()) else {
            return Err((at, "the Content-Length is no number"));
        };
        if found.replace(length).is_some_and(|before| before != length) {
            return Err((at, "a second Content-Length says something else"));
        }
    }
    Ok(found.unwrap_or(0))
}
