//! Bytes to messages, in any chunks.
//!
//! Asterisk ends lines with CR LF; a line feed alone is part of a value, as in the value of a variable, and begins no
//! header: what a caller may have written cannot become one. Only a message whose first line ends with a line feed
//! alone, as captures saved as text do, is read with such lines throughout.

use super::Message;
use super::block::{Block, Mark};
use crate::wire::line::{Decoded, Malformed};
use memchr::memchr;

/// What a decoder accepts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest line, in bytes.
    pub line_bytes: usize,
    /// Most lines of a message.
    pub lines: usize,
    /// Longest message, in bytes. Never more than 1 GiB.
    pub message_bytes: usize,
}

impl Default for Limits {
    /// Far beyond what Asterisk sends: command output is its longest message.
    fn default() -> Self {
        Self {
            line_bytes: 64 * 1024,
            lines: 100_000,
            message_bytes: 8 * 1024 * 1024,
        }
    }
}

/// Bytes to messages. Holds no more than one message, one line and what was fed and not yet polled.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    /// What has no message yet, and some that has.
    bytes: Vec<u8>,
    /// The offset of the first of `bytes`.
    base: u64,
    /// Where in `bytes` the message at hand begins, and the line at hand; how far the line's end was searched.
    start: usize,
    line: usize,
    searched: usize,
    marks: Vec<Mark>,
    /// Whether lines of the message at hand end with a line feed alone; told by its first.
    bare: Option<bool>,
    /// Whether raw command output is under way, in which empty lines mean nothing.
    raw: bool,
    /// What is wrong with the message at hand, and where that began; it is told at its end.
    broken: Option<(u64, Malformed)>,
    /// Whether the line at hand was too long and the rest of it is of no interest.
    skipping: bool,
}

const GREETING: &[u8] = b"Asterisk Call Manager/";
const END_OF_OUTPUT: &[u8] = b"--END COMMAND--";
/// So that places in a message fit, even if each of its bytes becomes a U+FFFD of three.
const MOST_MESSAGE_BYTES: usize = 1 << 30;
/// How many bytes that were read are kept before the rest is moved to the front.
const SLACK_BYTES: usize = 64 * 1024;

impl Decoder {
    /// A decoder with limits.
    pub fn new(limits: Limits) -> Self {
        let message_bytes = limits.message_bytes.min(MOST_MESSAGE_BYTES);
        Self {
            limits: Limits {
                message_bytes,
                ..limits
            },
            ..Self::default()
        }
    }

    /// Takes in bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() || self.start > SLACK_BYTES {
            self.bytes.drain(..self.start);
            self.base += self.start as u64;
            self.line -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, when it is complete. After something unreadable it goes on behind the next empty line.
    pub fn poll(&mut self) -> Option<Decoded<Message>> {
        while let Some((end, next)) = self.line_end() {
            let told = self.take(end);
            self.line = next;
            if told.is_some() || !self.has_begun() {
                self.begin();
            } else if self.broken.is_some() {
                self.start = next;
            }
            if told.is_some() {
                return told;
            }
        }
        self.bound_line();
        None
    }

    /// Where an unfinished message begins, if bytes of one wait.
    pub fn unfinished(&self) -> Option<u64> {
        match &self.broken {
            Some((began, _)) => Some(*began),
            None => (self.start < self.bytes.len()).then(|| self.base + self.start as u64),
        }
    }

    /// The end of the line at hand, without and with its ending.
    fn line_end(&mut self) -> Option<(usize, usize)> {
        while let Some(at) = memchr(b'\n', &self.bytes[self.searched..]) {
            let feed = self.searched + at;
            self.searched = feed + 1;
            let paired = feed > self.line && self.bytes[feed - 1] == b'\r';
            let bare = *self.bare.get_or_insert(!paired);
            if paired || bare || self.raw {
                return Some((feed - usize::from(paired), feed + 1));
            }
        }
        self.searched = self.bytes.len();
        None
    }

    /// Gives up on an unfinished line that is too long already, and forgets what has come of it.
    fn bound_line(&mut self) {
        // The byte more may be the CR of the line's end.
        if !self.skipping && self.bytes.len() - self.line > self.limits.line_bytes + 1 {
            self.fault("the line is too long");
            self.skipping = true;
        }
        if self.skipping {
            // The last byte may be the CR of the line's end.
            self.line = self.line.max(self.bytes.len().saturating_sub(1));
            self.start = self.line;
        }
    }

    /// Reads the line at hand, which ends at `end`.
    fn take(&mut self, end: usize) -> Option<Decoded<Message>> {
        if std::mem::take(&mut self.skipping) {
            return None;
        }
        let line = &self.bytes[self.line..end];
        if line.is_empty() && !self.raw {
            return self.finish();
        }
        if !self.has_begun()
            && let Some(version) = line.strip_prefix(GREETING)
            && line.len() <= self.limits.line_bytes
        {
            let version = String::from_utf8_lossy(version).into_owned();
            return Some(Decoded {
                offset: self.base + self.start as u64,
                item: Ok(Message::Banner(version)),
            });
        }
        if self.broken.is_some() {
            return None;
        }
        if line.len() > self.limits.line_bytes {
            self.fault("the line is too long");
        } else if self.marks.len() >= self.limits.lines {
            self.fault("the message has too many lines");
        } else if end - self.start > self.limits.message_bytes {
            self.fault("the message is too long");
        } else {
            self.mark(end);
        }
        None
    }

    fn mark(&mut self, end: usize) {
        let line = &self.bytes[self.line..end];
        if self.raw && !self.is_header_of_follows(line) {
            let printed = line.strip_suffix(END_OF_OUTPUT);
            self.raw = printed.is_none();
            let nothing_more = printed.is_some_and(<[u8]>::is_empty);
            let end = self.line + printed.unwrap_or(line).len();
            if !nothing_more {
                self.push(self.line, self.line, self.line, end);
            }
            return;
        }
        let Some(colon) = memchr(b':', line).filter(|colon| *colon > 0) else {
            self.fault("a line without `Header: value`");
            return;
        };
        let from = colon + 1 + usize::from(line.get(colon + 1) == Some(&b' '));
        // PJSIP's errors bring a line feed of their own: "Unable to retrieve endpoint nope\n\r\n".
        let last = line.iter().rposition(|byte| *byte != b'\n');
        let to = last.map_or(from, |last| from.max(last + 1));
        let first = self.marks.is_empty();
        self.raw |= first && line[..colon].eq_ignore_ascii_case(b"Response") && line[from..to] == *b"Follows";
        let at = self.line;
        self.push(at, at + colon, at + from, at + to);
    }

    /// Notes a line, by its places in `bytes`.
    fn push(&mut self, name: usize, name_end: usize, value: usize, value_end: usize) {
        let within = |place: usize| {
            u32::try_from(place - self.start).expect("a message is shorter than its limit, which fits")
        };
        let mark = Mark {
            name: within(name),
            name_end: within(name_end),
            value: within(value),
            value_end: within(value_end),
        };
        self.marks.push(mark);
    }

    /// The headers that old-style command output begins with.
    fn is_header_of_follows(&self, line: &[u8]) -> bool {
        let known = line.starts_with(b"Privilege:") || line.starts_with(b"ActionID:");
        known && self.marks.last().is_some_and(|mark| mark.is_header())
    }

    fn fault(&mut self, reason: &'static str) {
        self.raw = false;
        let (began, offset) = (self.base + self.start as u64, self.base + self.line as u64);
        self.broken.get_or_insert((began, Malformed { offset, reason }));
    }

    fn finish(&mut self) -> Option<Decoded<Message>> {
        if !self.has_begun() {
            return None;
        }
        let Some((offset, malformed)) = self.broken.take() else {
            let block = Block::new(&self.bytes[self.start..self.line], &self.marks);
            return Some(Decoded {
                offset: self.base + self.start as u64,
                item: Ok(block.into()),
            });
        };
        let item = Err(malformed);
        Some(Decoded { offset, item })
    }

    fn has_begun(&self) -> bool {
        self.broken.is_some() || !self.marks.is_empty()
    }

    /// Begins a message with the next line.
    fn begin(&mut self) {
        self.marks.clear();
        self.bare = None;
        self.start = self.line;
    }
}
