//! The lines of a head or an event. They stay one piece of text; what a line says is marked in it.

use super::percent;
use crate::wire::line::{InvalidValue, one_line};
use memchr::memchr;
use std::fmt;
use std::ops::Range;

/// Names with their values, in order, repeated ones included.
#[derive(Clone, Default)]
pub struct Headers {
    text: String,
    marks: Vec<Mark>,
}

/// Where a name and its value stand in the text.
#[derive(Debug, Clone, Copy)]
struct Mark {
    name: u32,
    name_end: u32,
    value: u32,
    value_end: u32,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// As they are.
    Raw,
    /// Percent-encoded.
    Encoded,
}

/// What is wrong with lines, and at which of their bytes.
pub(super) type Wrong = (usize, &'static str);

impl Headers {
    /// No lines.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a line. The value must stay on it: where values are percent-encoded, use [`super::Event::with`].
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        let value = one_line(name, value)?;
        self.push(check_name(name)?, value);
        Ok(self)
    }

    /// Reads lines, `most` at most, up to an empty one; says where what is behind that one begins. Bytes that are no
    /// UTF-8 become U+FFFD.
    pub(super) fn decode(lines: &[u8], values: Values, most: usize) -> Result<(Self, Option<usize>), Wrong> {
        let mut text = lines.to_vec();
        let mut marks = Vec::with_capacity(most.min(lines.len() / 32));
        let (mut at, mut behind) = (0, None);
        let mut encoded = Encoded::new(lines);
        while at < lines.len() {
            let line_end = memchr(b'\n', &lines[at..]).map_or(lines.len(), |length| at + length);
            if line_end == at {
                text.truncate(at);
                behind = Some(at + 1);
                break;
            }
            let mut end = line_end;
            if values == Values::Raw && end > at && lines[end - 1] == b'\r' {
                end -= 1;
            }
            let colon = memchr(b':', &lines[at..end]).filter(|length| *length > 0);
            let Some(name_end) = colon.map(|length| at + length) else {
                return Err((at, "a line without `Header: value`"));
            };
            if marks.len() == most {
                return Err((at, "too many lines"));
            }
            let value = name_end + 1 + usize::from(lines.get(name_end + 1) == Some(&b' '));
            let value_end = match values {
                Values::Raw => end,
                Values::Encoded if !encoded.is_in(value..end) => end,
                Values::Encoded => value + percent::decode(&mut text[value..end]),
            };
            marks.push(Mark::new(at, name_end, value, value_end));
            at = line_end + 1;
        }
        let headers = match String::from_utf8(text) {
            Ok(text) => Self { text, marks },
            Err(bytes) => Self::lossy(bytes.as_bytes(), &marks),
        };
        Ok((headers, behind))
    }

    fn lossy(bytes: &[u8], marks: &[Mark]) -> Self {
        let mut headers = Self::new();
        let text = |from: u32, to: u32| String::from_utf8_lossy(&bytes[from as usize..to as usize]);
        for mark in marks {
            headers.push(&text(mark.name, mark.name_end), &text(mark.value, mark.value_end));
        }
        headers
    }

    pub(super) fn push(&mut self, name: &str, value: &str) {
        let at = self.text.len();
        self.text.reserve(name.len() + value.len());
        self.text.push_str(name);
        self.text.push_str(value);
        let (name_end, end) = (at + name.len(), self.text.len());
        self.marks.push(Mark::new(at, name_end, name_end, end));
    }

    /// Takes away the last line of that name.
    pub(super) fn remove_last(&mut self, name: &str) -> Option<String> {
        let place = self.rposition(name)?;
        let mark = self.marks.remove(place);
        Some(self.value_of(&mark).to_owned())
    }

    fn rposition(&self, name: &str) -> Option<usize> {
        self.marks
            .iter()
            .rposition(|mark| self.name_of(mark).eq_ignore_ascii_case(name))
    }

    /// The first value of that name, in any case.
    pub fn find(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// All names with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.marks
            .iter()
            .map(|mark| (self.name_of(mark), self.value_of(mark)))
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    pub(super) fn encode(&self, values: Values, into: &mut String) {
        for (name, value) in self.iter() {
            into.push_str(name);
            into.push_str(": ");
            match values {
                Values::Raw => into.push_str(value),
                Values::Encoded => percent::encode(value, into),
            }
            into.push('\n');
        }
    }

    fn name_of(&self, mark: &Mark) -> &str {
        &self.text[mark.name as usize..mark.name_end as usize]
    }

    fn value_of(&self, mark: &Mark) -> &str {
        &self.text[mark.value as usize..mark.value_end as usize]
    }
}

/// Where bytes are encoded: few values have any, and to look for them once is much faster than in each value.
struct Encoded<'a> {
    lines: &'a [u8],
    /// The first place that was not yet passed.
    next: usize,
}

impl<'a> Encoded<'a> {
    fn new(lines: &'a [u8]) -> Self {
        let next = memchr(b'%', lines).unwrap_or(lines.len());
        Self { lines, next }
    }

    /// Whether there is one in a value that is behind all asked for so far.
    fn is_in(&mut self, value: Range<usize>) -> bool {
        if self.next < value.start {
            let behind = memchr(b'%', &self.lines[value.start..]);
            self.next = behind.map_or(self.lines.len(), |place| value.start + place);
        }
        self.next < value.end
    }
}

/// Refuses a name that would be read as something else in one of the forms of an event.
pub(super) fn check_name(name: &str) -> Result<&str, InvalidValue> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ':' | '<' | '>' | '/' | '&');
    if name.is_empty() || !name.chars().all(plain) {
        return Err(InvalidValue {
            field: name.to_owned(),
            reason: "a header's name is of visible ASCII without : < > / and &",
        });
    }
    Ok(name)
}

impl Mark {
    fn new(name: usize, name_end: usize, value: usize, value_end: usize) -> Self {
        let place =
            |place: usize| u32::try_from(place).expect("a frame is shorter than its limit, which fits");
        Self {
            name: place(name),
            name_end: place(name_end),
            value: place(value),
            value_end: place(value_end),
        }
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
