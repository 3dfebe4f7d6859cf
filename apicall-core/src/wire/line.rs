//! What all three formats share: lines with a limit, values that stay on theirs.

use memchr::memchr;

/// Bytes that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {reason}")]
pub struct Malformed {
    /// Where, counted from the first byte fed.
    pub offset: u64,
    /// Why.
    pub reason: &'static str,
}

/// A message, or what stood in its place, with the offset of its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<T> {
    /// The first byte's place, counted from the first byte fed.
    pub offset: u64,
    /// The message.
    pub item: Result<T, Malformed>,
}

/// A value that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct InvalidValue {
    /// The field it was meant for.
    pub field: String,
    /// Why not.
    pub reason: &'static str,
}

/// Refuses what would end the line early.
pub(super) fn one_line<'a>(field: &str, value: &'a str) -> Result<&'a str, InvalidValue> {
    if value.contains(leaves_line) {
        return Err(InvalidValue {
            field: field.to_owned(),
            reason: "a carriage return, line feed or NUL is not allowed",
        });
    }
    Ok(value)
}

/// Whether a character would end its line early, or its text.
pub(super) fn leaves_line(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\0')
}

/// Bytes waiting to become lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    start: usize,
    searched: usize,
    offset: u64,
    /// Whether the rest of a line that was too long is being skipped.
    skipping: bool,
}

/// One line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A whole one, with the offset of its first byte.
    Whole(u64, String),
    /// One beyond the limit, of which nothing is kept.
    TooLong(u64),
}

impl Lines {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start == self.bytes.len() {
            self.bytes.clear();
            (self.start, self.searched) = (0, 0);
        } else if self.start > 64 * 1024 {
            self.bytes.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next line, when it is complete or already too long. A line ends with LF; a CR before it is dropped.
    pub(super) fn next(&mut self, limit: usize) -> Option<Line> {
        loop {
            let offset = self.offset;
            match memchr(b'\n', &self.bytes[self.searched..]) {
                Some(at) => {
                    let end = self.searched + at;
                    let line = &self.bytes[self.start..end];
                    let text = line.strip_suffix(b"\r").unwrap_or(line);
                    let too_long = text.len() > limit;
                    let text = String::from_utf8_lossy(if too_long { b"" } else { text }).into_owned();
                    self.advance(end + 1);
                    if std::mem::take(&mut self.skipping) {
                        continue;
                    }
                    return Some(if too_long {
                        Line::TooLong(offset)
                    } else {
                        Line::Whole(offset, text)
                    });
                }
                None if self.skipping => {
                    self.advance(self.bytes.len());
                    return None;
                }
                None if self.bytes.len() - self.start > limit + 1 => {
                    self.advance(self.bytes.len());
                    self.skipping = true;
                    return Some(Line::TooLong(offset));
                }
                None => {
                    self.searched = self.bytes.len();
                    return None;
                }
            }
        }
    }

    /// The offset of the next byte that no line has taken.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether bytes of an unfinished line wait.
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }

    fn advance(&mut self, to: usize) {
        self.offset += (to - self.start) as u64;
        (self.start, self.searched) = (to, to);
    }
}
