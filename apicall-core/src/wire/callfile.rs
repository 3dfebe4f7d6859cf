//! Call files: what Asterisk's spool reads, a call to a file.
//!
//! Asterisk reads lines of at most 255 bytes, cuts them at `;` unless a backslash stands before it and at `#` after a
//! blank, and takes blanks off both ends (`pbx_spool.c`). What such a line cannot hold is refused.

use super::line::{InvalidValue, one_line};

/// Longest line that Asterisk reads as one.
const LINE_BYTES: usize = 254;

/// A call file: `Key: value` lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFile {
    lines: Vec<(String, String)>,
}

impl CallFile {
    /// A call to a channel such as `PJSIP/573001234567@trunk`.
    pub fn to(channel: &str) -> Result<Self, InvalidValue> {
        Self::default().line("Channel", channel)
    }

    /// Adds a line: `WaitTime`, `Application`, `Data`, `Account` …
    pub fn line(mut self, key: &str, value: &str) -> Result<Self, InvalidValue> {
        let refuse = |reason| {
            Err(InvalidValue {
                field: key.to_owned(),
                reason,
            })
        };
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic() && !b":;#".contains(&b)) {
            return refuse("not a key of a call file");
        }
        let value = one_line(key, value)?;
        if value.contains(" #") || value.contains("\t#") || value.starts_with('#') {
            return refuse("a `#` at the beginning or after a blank begins a comment in a call file");
        }
        if value.trim_matches(is_blank) != value {
            return refuse("a call file keeps no blanks at either end");
        }
        if value.contains('\\') && value.contains("\\;") || value.ends_with('\\') {
            return refuse("a call file cannot hold a backslash there");
        }
        if key.len() + 2 + value.len() + value.matches(';').count() > LINE_BYTES {
            return refuse("a line of a call file has at most 254 bytes");
        }
        self.lines.push((key.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Adds a channel variable.
    pub fn variable(self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        if name.is_empty() || name.contains('=') {
            return Err(InvalidValue {
                field: name.to_owned(),
                reason: "not the name of a variable",
            });
        }
        let named = |error: InvalidValue| InvalidValue {
            field: name.to_owned(),
            ..error
        };
        one_line(name, value)?;
        self.line("Setvar", &format!("{name}={value}")).map_err(named)
    }

    /// All lines.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Its text.
    pub fn encode(&self) -> String {
        let line = |(key, value): &(String, String)| format!("{key}: {}\n", value.replace(';', "\\;"));
        self.lines.iter().map(line).collect()
    }

    /// Reads a file as Asterisk does. Lines without a colon are not lines of a call file; the line's number is told.
    pub fn decode(text: &str) -> Result<Self, InvalidValue> {
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = without_comment(line);
            let line = line.trim_end_matches(is_blank);
            if line.is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once(':') else {
                let field = format!("line {}", number + 1);
                return Err(InvalidValue {
                    field,
                    reason: "not `Key: value`",
                });
            };
            lines.push((key.to_owned(), value.trim_start_matches(is_blank).to_owned()));
        }
        Ok(Self { lines })
    }
}

/// What Asterisk takes for a blank: everything up to the space.
fn is_blank(c: char) -> bool {
    c <= ' '
}

fn without_comment(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '#' if kept.is_empty() || kept.ends_with([' ', '\t']) => break,
            ';' if kept.ends_with('\\') => {
                kept.pop();
                kept.push(';');
            }
            ';' => break,
            _ => kept.push(c),
        }
    }
    kept
}
