//! Bytes to rows: delimiters, quotes, line ends, and the line each row stands on.
//!
//! A row that cannot be read costs only its own line: after a quote that is never closed, or is followed by something
//! else than a delimiter, reading goes on at the next line instead of swallowing the rest. Every row is at most
//! [`MOST_ROW_BYTES`] long, so what is held is bounded whatever comes.

use super::text;
use memchr::{memchr, memchr2, memchr3};

/// Longest row, in bytes.
pub(super) const MOST_ROW_BYTES: usize = 64 * 1024;
/// Most lines that one row may stand on.
const MOST_ROW_LINES: u64 = 100;

/// One row of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawRow {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// Its cells, or its beginning and why it cannot be read.
    pub(super) cells: Result<Vec<String>, (String, &'static str)>,
}

/// Splits what is pushed.
#[derive(Debug)]
pub(super) struct Rows {
    buffer: Vec<u8>,
    start: usize,
    /// Up to here no complete row was found.
    searched: usize,
    line: u64,
    delimiter: u8,
    ended: bool,
    /// In the rest of a line that was given up.
    skipping: bool,
}

enum Found {
    /// Cells, bytes used, lines used.
    Row(Vec<Vec<u8>>, usize, u64),
    /// More is needed to tell.
    Incomplete,
    Unreadable(&'static str),
}

const OPEN: &str = "a quote is opened and not closed within 64 KiB and 100 lines";
const INSIDE: &str = "a quote stands inside a quoted cell; double it";
const LONG: &str = "longer than 65536 bytes";

impl Rows {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            line: 1,
            delimiter,
            ended: false,
            skipping: false,
        }
    }

    /// What was pushed and not yet taken.
    pub(super) fn pending(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    pub(super) fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
        self.searched = 0;
    }

    /// Where to push to.
    pub(super) fn inlet(&mut self) -> &mut Vec<u8> {
        self.buffer.drain(..self.start);
        self.start = 0;
        &mut self.buffer
    }

    /// Nothing more is pushed.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// The next row that is complete; empty lines are passed over.
    pub(super) fn next(&mut self) -> Option<RawRow> {
        loop {
            if self.skipping && !self.skip() {
                return None;
            }
            let pending = &self.buffer[self.start..];
            let unseen = &pending[self.searched.min(pending.len())..];
            let enough =
                self.ended || pending.len() > MOST_ROW_BYTES || memchr2(b'\n', b'\r', unseen).is_some();
            if pending.is_empty() || !enough {
                self.searched = pending.len();
                return None;
            }
            let line = self.line;
            let window = &pending[..pending.len().min(MOST_ROW_BYTES + 2)];
            match scan(
                window,
                self.delimiter,
                self.ended && window.len() == pending.len(),
            ) {
                Found::Row(cells, used, lines) => {
                    self.start += used;
                    self.line += lines;
                    self.searched = 0;
                    if cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
                        continue;
                    }
                    let cells = cells.into_iter().map(text::cell).collect();
                    return Some(RawRow {
                        line,
                        cells: Ok(cells),
                    });
                }
                Found::Unreadable(reason) => {
                    let beginning = self.give_up();
                    return Some(RawRow {
                        line,
                        cells: Err((beginning, reason)),
                    });
                }
                Found::Incomplete => {
                    // A line end that may be the first half of one is looked at again.
                    self.searched = pending.len() - usize::from(pending.ends_with(b"\r"));
                    return None;
                }
            }
        }
    }

    /// Leaves the current line; its beginning.
    fn give_up(&mut self) -> String {
        let pending = &self.buffer[self.start..];
        let line = &pending[..memchr2(b'\n', b'\r', pending).unwrap_or(pending.len())];
        let beginning = text::cell(line[..line.len().min(256)].to_vec())
            .chars()
            .take(64)
            .collect();
        self.skipping = true;
        beginning
    }

    /// Drops the rest of a line; whether its end was there.
    fn skip(&mut self) -> bool {
        let pending = &self.buffer[self.start..];
        self.searched = 0;
        let Some(at) = memchr2(b'\n', b'\r', pending) else {
            self.start = self.buffer.len();
            return self.ended;
        };
        match line_end(&pending[at..], self.ended) {
            Some(length) => {
                self.start += at + length;
                self.line += 1;
                self.skipping = false;
                true
            }
            None => {
                self.start += at;
                false
            }
        }
    }
}

/// The length of the line end at the beginning of `bytes`; `None` when more is needed to tell.
fn line_end(bytes: &[u8], ended: bool) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r'] if !ended => None,
        _ => Some(1),
    }
}

fn scan(bytes: &[u8], delimiter: u8, ended: bool) -> Found {
    let mut cells = Vec::new();
    let mut at = 0;
    let mut lines = 1;
    loop {
        let cell = if bytes.get(at) == Some(&b'"') {
            quoted(&bytes[at + 1..], &mut lines).map(|(cell, used)| (cell, at + 1 + used))
        } else {
            let rest = &bytes[at..];
            let length = memchr3(delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
            Some((rest[..length].to_vec(), at + length))
        };
        let after = match cell {
            Some((cell, end)) => {
                cells.push(cell);
                end
            }
            None => return open_ended(bytes, ended, lines, OPEN),
        };
        if after > MOST_ROW_BYTES || lines > MOST_ROW_LINES {
            return Found::Unreadable(if lines > MOST_ROW_LINES { OPEN } else { LONG });
        }
        match bytes.get(after) {
            None if ended => return Found::Row(cells, after, lines),
            None => return open_ended(bytes, ended, lines, LONG),
            Some(b'\n' | b'\r') => {
                return match line_end(&bytes[after..], ended) {
                    Some(length) => Found::Row(cells, after + length, lines),
                    None => Found::Incomplete,
                };
            }
            Some(byte) if *byte == delimiter => at = after + 1,
            Some(_) => return Found::Unreadable(INSIDE),
        }
    }
}

/// The row did not end within `bytes`.
fn open_ended(bytes: &[u8], ended: bool, lines: u64, reason: &'static str) -> Found {
    if ended || bytes.len() > MOST_ROW_BYTES || lines > MOST_ROW_LINES {
        Found::Unreadable(reason)
    } else {
        Found::Incomplete
    }
}

/// Reads a quoted cell behind its opening quote: its content and the bytes up to behind the closing one.
fn quoted(bytes: &[u8], lines: &mut u64) -> Option<(Vec<u8>, usize)> {
    let mut cell = Vec::new();
    let mut at = 0;
    loop {
        let length = memchr(b'"', bytes.get(at..)?)?;
        let piece = &bytes[at..at + length];
        *lines += line_breaks(piece);
        cell.extend_from_slice(piece);
        at += length + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some((cell, at));
        }
        cell.push(b'"');
        at += 1;
    }
}

fn line_breaks(piece: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', piece).count();
    let returns = memchr::memchr_iter(b'\r', piece)
        .filter(|at| piece.get(at + 1) != Some(&b'\n'))
        .count();
    (feeds + returns) as u64
}
