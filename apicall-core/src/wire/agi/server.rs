//! What Asterisk says in a session: the environment, replies, the news of a hang-up.

use super::Reply;
use crate::wire::line::leaves_line;
use std::fmt::{Display, Write};

/// The news that the channel was hung up.
pub const HANGUP: &[u8] = b"HANGUP\n";

/// An environment, by names without their prefix `agi_`. A value's line ends become spaces.
pub fn environment<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut text = String::with_capacity(512);
    for (name, value) in variables {
        for part in ["agi_", name, ": "] {
            text.push_str(part);
        }
        text.extend(value.chars().map(|c| if leaves_line(c) { ' ' } else { c }));
        text.push('\n');
    }
    text.push('\n');
    text.into_bytes()
}

impl Reply {
    /// `200 result=…`
    pub fn of(result: impl Display) -> Self {
        let result = result.to_string();
        Self {
            code: 200,
            text: format!("result={result}"),
            result: Some(result),
            ..Self::default()
        }
    }

    /// Another code, and words for people. Several lines are a usage text.
    pub fn refusal(code: u16, text: &str) -> Self {
        Self {
            code,
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// Adds what stands in brackets.
    pub fn with(mut self, data: &str) -> Self {
        write!(self.text, " ({data})").expect("a string takes all that is written");
        self.data = Some(data.to_owned());
        self
    }

    /// Adds the samples played or recorded.
    pub fn at(mut self, endpos: u64) -> Self {
        write!(self.text, " endpos={endpos}").expect("a string takes all that is written");
        self.endpos = Some(endpos);
        self
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let code = self.code;
        let text = match self.text.rsplit_once('\n') {
            Some((lines, last)) if self.result.is_none() => format!("{code}-{lines}\n{code} {last}\n"),
            _ => format!("{code} {}\n", self.text),
        };
        text.into_bytes()
    }
}
