//! The bytes of a list as UTF-8, its beginning known, its rows bounded.

use encoding_rs::{Decoder, Encoding, UTF_8, WINDOWS_1252};
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is looked at before anything is decided.
const BEGINNING: usize = 64 * 1024;
/// Longest row, quoted line ends included.
const ROW: usize = 1024 * 1024;

/// UTF-8 from a list in whatever encoding spreadsheets write: a byte-order mark tells, else UTF-8 if it is, else
/// Windows-1252.
#[derive(Debug)]
pub(super) struct Source<R> {
    beginning: Vec<u8>,
    served: usize,
    rest: Decoded<R>,
}

struct Decoded<R> {
    input: io::Chain<Cursor<Vec<u8>>, R>,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    taken: usize,
    ended: bool,
    lines: BlankLines,
}

/// Puts a blank on empty lines, so that the CSV reader, which passes over them, counts them.
#[derive(Debug)]
struct BlankLines {
    at_start: bool,
    quoted: bool,
}

impl BlankLines {
    fn mark(&mut self, text: &str) -> Vec<u8> {
        let mut marked = Vec::with_capacity(text.len() + 16);
        for byte in text.bytes() {
            if self.at_start && !self.quoted && matches!(byte, b'\r' | b'\n') {
                marked.push(b' ');
            }
            self.quoted ^= byte == b'"';
            self.at_start = byte == b'\n';
            marked.push(byte);
        }
        marked
    }
}

impl<R> std::fmt::Debug for Decoded<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoded")
            .field("encoding", &self.decoder.encoding().name())
            .finish_non_exhaustive()
    }
}

impl<R: Read> Source<R> {
    pub(super) fn open(mut input: R) -> io::Result<Self> {
        let mut raw = Vec::with_capacity(BEGINNING);
        input.by_ref().take(BEGINNING as u64).read_to_end(&mut raw)?;
        let encoding = match Encoding::for_bom(&raw) {
            Some((encoding, _)) => encoding,
            None if is_utf8_so_far(&raw) => UTF_8,
            None => WINDOWS_1252,
        };
        let mut rest = Decoded {
            input: Cursor::new(raw).chain(input),
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 16 * 1024],
            text: Vec::new(),
            taken: 0,
            ended: false,
            lines: BlankLines {
                at_start: true,
                quoted: false,
            },
        };
        let mut beginning = Vec::new();
        rest.by_ref().take(BEGINNING as u64).read_to_end(&mut beginning)?;
        Ok(Self {
            beginning,
            served: 0,
            rest,
        })
    }

    /// The first part of the list, decoded.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut left = &self.beginning[self.served..];
        if left.is_empty() {
            return self.rest.read(into);
        }
        let count = left.read(into)?;
        self.served += count;
        Ok(count)
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.len() && !self.ended {
            let count = self.input.read(&mut self.raw)?;
            self.ended = count == 0;
            let mut text = String::with_capacity(count * 3 + 16);
            let _ = self
                .decoder
                .decode_to_string(&self.raw[..count], &mut text, self.ended);
            (self.text, self.taken) = (self.lines.mark(&text), 0);
        }
        let mut left = &self.text[self.taken..];
        let count = left.read(into)?;
        self.taken += count;
        Ok(count)
    }
}

/// Valid, up to a character that the end may have cut.
fn is_utf8_so_far(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .err()
        .is_none_or(|error| error.error_len().is_none())
}

/// Lets at most a row's length through between two renewals: an open quote must not swallow the file.
#[derive(Debug)]
pub(super) struct Guard<R> {
    inner: R,
    left: Arc<AtomicUsize>,
}

/// The hold on a guard.
#[derive(Debug)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl<R> Guard<R> {
    pub(super) fn new(inner: R) -> (Self, Allowance) {
        let left = Arc::new(AtomicUsize::new(ROW));
        (
            Self {
                inner,
                left: left.clone(),
            },
            Allowance(left),
        )
    }
}

impl Allowance {
    /// A new row begins.
    pub(super) fn renew(&self) {
        self.0.store(ROW, Ordering::Relaxed);
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other(
                "a row is longer than 1 MiB; is a quote left open?",
            ));
        }
        let most = into.len().min(left);
        let count = self.inner.read(&mut into[..most])?;
        self.left.store(left - count, Ordering::Relaxed);
        Ok(count)
    }
}
