//! The lines of one message. They stay one piece of text; what a line says is marked in it.

use std::fmt;

/// The headers of a message, in order, repeated ones included.
#[derive(Clone, Default)]
pub struct Block {
    text: Box<str>,
    marks: Box<[Mark]>,
}

/// Where a line's name and value stand in the text. A line of old-style command output has no name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) name: u32,
    pub(super) name_end: u32,
    pub(super) value: u32,
    pub(super) value_end: u32,
}

impl Mark {
    fn name(self, text: &[u8]) -> &[u8] {
        &text[self.name as usize..self.name_end as usize]
    }

    fn value(self, text: &[u8]) -> &[u8] {
        &text[self.value as usize..self.value_end as usize]
    }

    pub(super) fn is_header(self) -> bool {
        self.name != self.name_end
    }
}

impl Block {
    /// A block of what is marked. Bytes that are no UTF-8 become U+FFFD.
    pub(super) fn new(bytes: &[u8], marks: &[Mark]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                text: text.into(),
                marks: marks.into(),
            },
            Err(_) => Self::lossy(bytes, marks),
        }
    }

    fn lossy(bytes: &[u8], marks: &[Mark]) -> Self {
        let mut text = String::with_capacity(bytes.len());
        let mut push = |part: &[u8]| {
            let start = text.len() as u32;
            text.push_str(&String::from_utf8_lossy(part));
            (start, text.len() as u32)
        };
        let mark = |mark: &Mark| {
            let (name, name_end) = push(mark.name(bytes));
            let (value, value_end) = push(mark.value(bytes));
            Mark {
                name,
                name_end,
                value,
                value_end,
            }
        };
        let marks = marks.iter().map(mark).collect();
        Self {
            text: text.into(),
            marks,
        }
    }

    /// The first header of that name, in any case.
    pub fn find(&self, name: &str) -> Option<&str> {
        let found = self
            .headers()
            .find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// All headers of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .headers()
            .filter(move |(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value)
    }

    /// All headers.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.marks.iter().filter(|mark| mark.is_header());
        headers.map(|mark| (self.name_of(mark), self.value_of(mark)))
    }

    /// What the first header says: the event's name, `Success`, the action.
    pub fn name(&self) -> &str {
        self.headers().next().map_or("", |(_, value)| value)
    }

    /// The lines a command printed: `Output` headers since Asterisk 14, raw lines before.
    pub fn output(&self) -> impl Iterator<Item = &str> {
        let printed = self
            .marks
            .iter()
            .filter(|mark| !mark.is_header() || self.name_of(mark).eq_ignore_ascii_case("Output"));
        printed.map(|mark| self.value_of(mark))
    }

    /// The raw ones of [`Self::output`].
    pub(in crate::wire) fn raw_output(&self) -> impl Iterator<Item = &str> {
        let raw = self.marks.iter().filter(|mark| !mark.is_header());
        raw.map(|mark| self.value_of(mark))
    }

    /// All lines; those of raw output have no name.
    fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.marks
            .iter()
            .map(|mark| (self.name_of(mark), self.value_of(mark)))
    }

    fn name_of(&self, mark: &Mark) -> &str {
        &self.text[mark.name as usize..mark.name_end as usize]
    }

    fn value_of(&self, mark: &Mark) -> &str {
        &self.text[mark.value as usize..mark.value_end as usize]
    }
}

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        self.lines().eq(other.lines())
    }
}

impl Eq for Block {}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}
