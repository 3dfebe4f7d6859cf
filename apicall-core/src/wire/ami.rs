//! The Asterisk Manager Interface: blocks of `Header: value` lines, ended by an empty one.

use super::line::{Decoded, InvalidValue, Line, Lines, Malformed, one_line};

/// What a decoder accepts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest line, in bytes.
    pub line_bytes: usize,
    /// Most lines of a message.
    pub lines: usize,
}

impl Default for Limits {
    /// Far beyond what Asterisk sends: command output is its longest message.
    fn default() -> Self {
        Self {
            line_bytes: 64 * 1024,
            lines: 50_000,
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The greeting, with the protocol's version.
    Banner(String),
    /// An answer to an action.
    Response(Block),
    /// An event, an entry of a list among them.
    Event(Block),
    /// An action, as a client sends it.
    Action(Block),
    /// A block that begins with something else.
    Other(Block),
}

/// The headers of a message, in order, repeated ones included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    headers: Vec<(String, String)>,
    /// Lines of old-style command output, between the headers and `--END COMMAND--`.
    output: Vec<String>,
}

impl Block {
    /// The first header of that name, in any case.
    pub fn find(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All headers of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .headers
            .iter()
            .filter(move |(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// All headers.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What the first header says: the event's name, `Success`, the action.
    pub fn name(&self) -> &str {
        self.headers.first().map_or("", |(_, value)| value.as_str())
    }

    /// The lines a command printed: `Output` headers since Asterisk 13, raw lines before.
    pub fn output(&self) -> impl Iterator<Item = &str> {
        self.all("Output").chain(self.output.iter().map(String::as_str))
    }
}

/// Bytes to messages.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    lines: Lines,
    started: Option<u64>,
    block: Block,
    count: usize,
    /// Whether raw command output is under way, in which empty lines mean nothing.
    raw: bool,
    /// What is wrong with the block at hand; it is told at its end.
    broken: Option<Malformed>,
}

const GREETING: &str = "Asterisk Call Manager/";
const END_OF_OUTPUT: &str = "--END COMMAND--";

impl Decoder {
    /// A decoder with limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes in bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.lines.feed(bytes);
    }

    /// The next message, when it is complete. After something unreadable it goes on behind the next empty line.
    pub fn poll(&mut self) -> Option<Decoded<Message>> {
        loop {
            match self.lines.next(self.limits.line_bytes)? {
                Line::Whole(offset, text) => {
                    if let Some(message) = self.take(offset, text) {
                        return Some(message);
                    }
                }
                Line::TooLong(offset) => self.fault(offset, "the line is too long"),
            }
        }
    }

    /// Where an unfinished message begins, if bytes of one wait.
    pub fn unfinished(&self) -> Option<u64> {
        self.started
            .or_else(|| (!self.lines.is_empty()).then(|| self.lines.offset()))
    }

    fn take(&mut self, offset: u64, text: String) -> Option<Decoded<Message>> {
        if text.is_empty() && !self.raw {
            return self.finish();
        }
        if self.started.is_none()
            && let Some(version) = text.strip_prefix(GREETING)
        {
            return Some(Decoded {
                offset,
                item: Ok(Message::Banner(version.to_owned())),
            });
        }
        self.started.get_or_insert(offset);
        self.count += 1;
        if self.count > self.limits.lines {
            self.block = Block::default();
            self.fault(offset, "the message has too many lines");
        }
        if self.broken.is_some() {
            return None;
        }
        self.header(offset, text);
        None
    }

    fn header(&mut self, offset: u64, text: String) {
        if !self.raw || (self.block.output.is_empty() && is_header_of_follows(&text)) {
            self.split(offset, &text);
            return;
        }
        let last = text.strip_suffix(END_OF_OUTPUT);
        self.raw = last.is_none();
        match last {
            Some("") => {}
            Some(line) => self.block.output.push(line.to_owned()),
            None => self.block.output.push(text),
        }
    }

    fn split(&mut self, offset: u64, text: &str) {
        match text.split_once(':') {
            Some((name, value)) if !name.is_empty() => {
                let value = value.strip_prefix(' ').unwrap_or(value);
                let first = self.block.headers.is_empty();
                self.raw |= first && name.eq_ignore_ascii_case("Response") && value == "Follows";
                self.block.headers.push((name.to_owned(), value.to_owned()));
            }
            _ => self.fault(offset, "a line without `Header: value`"),
        }
    }

    fn fault(&mut self, offset: u64, reason: &'static str) {
        self.started.get_or_insert(offset);
        self.raw = false;
        self.broken.get_or_insert(Malformed { offset, reason });
    }

    fn finish(&mut self) -> Option<Decoded<Message>> {
        let offset = self.started.take()?;
        self.count = 0;
        let block = std::mem::take(&mut self.block);
        if let Some(malformed) = self.broken.take() {
            return Some(Decoded {
                offset,
                item: Err(malformed),
            });
        }
        let first = block.headers.first().map_or("", |(name, _)| name.as_str());
        let message = match first.to_ascii_lowercase().as_str() {
            "response" => Message::Response(block),
            "event" => Message::Event(block),
            "action" => Message::Action(block),
            _ => Message::Other(block),
        };
        Some(Decoded {
            offset,
            item: Ok(message),
        })
    }
}

/// The headers that old-style command output begins with.
fn is_header_of_follows(text: &str) -> bool {
    ["Privilege:", "ActionID:"]
        .iter()
        .any(|header| text.starts_with(header))
}

/// An action to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    text: String,
}

impl Action {
    /// An action with an id, which its response will carry.
    pub fn new(name: &str, id: &str) -> Result<Self, InvalidValue> {
        Self { text: String::new() }
            .header("Action", name)?
            .header("ActionID", id)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        if name.is_empty() || name.contains([':', ' ']) || one_line(name, name).is_err() {
            return Err(InvalidValue {
                field: name.to_owned(),
                reason: "a header's name has no space, colon or line end",
            });
        }
        let value = one_line(name, value)?;
        self.text.push_str(name);
        self.text.push_str(": ");
        self.text.push_str(value);
        self.text.push_str("\r\n");
        Ok(self)
    }

    /// Adds a channel variable. Asterisk splits the header at commas; `\` keeps them, quotes and itself.
    pub fn variable(self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        if name.is_empty() || name.contains(['=', ',', '"', '\\']) {
            return Err(InvalidValue {
                field: name.to_owned(),
                reason: "not the name of a variable",
            });
        }
        let mut escaped = String::with_capacity(name.len() + value.len() + 1);
        escaped.push_str(name);
        escaped.push('=');
        for c in one_line(name, value)?.chars() {
            if matches!(c, '\\' | '"' | ',') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        self.header("Variable", &escaped)
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        format!("{}\r\n", self.text).into_bytes()
    }
}
