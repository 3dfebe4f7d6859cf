//! The Asterisk Gateway Interface: one environment, then commands and replies, one line each, mostly.

mod server;

pub use server::{HANGUP, environment};

use super::line::{Decoded, InvalidValue, Line, Lines, Malformed, one_line};

/// Longest line, in bytes.
const LINE_BYTES: usize = 16 * 1024;
/// Most lines of an environment or of a reply.
const LINES: usize = 512;
/// Longest command that Asterisk reads as one, its line feed included: `fgets` into 2,048 bytes (`res_agi.c`).
const COMMAND_BYTES: usize = 2_047;
/// Longest environment or reply, in bytes: who connects to a FastAGI server need not be an Asterisk.
const MESSAGE_BYTES: u64 = 128 * 1024;

/// What Asterisk sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// The environment, with which a session begins: `agi_request` and the like, without the prefix `agi_`.
    Environment(Vec<(String, String)>),
    /// A reply to a command.
    Reply(Reply),
    /// The channel has been hung up. Comes at any time, between a command and its reply too.
    Hangup,
}

/// A reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// 200 done, 100 under way, 510 unknown command, 511 dead channel, 520 wrong usage.
    pub code: u16,
    /// What stands behind `result=`; empty for digits that nobody pressed.
    pub result: Option<String>,
    /// What stands between the brackets, line ends included.
    pub data: Option<String>,
    /// Samples played or recorded.
    pub endpos: Option<u64>,
    /// Everything behind the code, for people.
    pub text: String,
}

impl Reply {
    /// The result as a number.
    pub fn number(&self) -> Option<i64> {
        self.result.as_deref()?.parse().ok()
    }
}

/// Bytes from Asterisk to messages.
#[derive(Debug)]
pub struct Decoder {
    lines: Lines,
    state: State,
}

#[derive(Debug)]
enum State {
    Environment(Option<u64>, Vec<(String, String)>),
    Between,
    /// A usage text, until its last line.
    Usage(u64, u16, Vec<String>),
    /// A value with line ends, until one ends with its bracket.
    Value(u64, Vec<String>),
    /// Behind something unreadable within an environment.
    Skip,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            lines: Lines::default(),
            state: State::Environment(None, Vec::new()),
        }
    }
}

impl Decoder {
    /// A decoder for a stream that begins with replies, as in the middle of a session.
    pub fn of_replies() -> Self {
        Self {
            lines: Lines::default(),
            state: State::Between,
        }
    }

    /// Takes in bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.lines.feed(bytes);
    }

    /// The next message, when it is complete.
    pub fn poll(&mut self) -> Option<Decoded<Inbound>> {
        loop {
            let decoded = match self.lines.next(LINE_BYTES)? {
                Line::Whole(offset, text) => self.take(offset, text),
                Line::TooLong(offset) => Some(self.fault(offset, offset, "the line is too long")),
            };
            if decoded.is_some() {
                return decoded;
            }
        }
    }

    /// Where an unfinished message begins, if bytes of one wait.
    pub fn unfinished(&self) -> Option<u64> {
        match self.state {
            State::Environment(started, _) => started,
            State::Usage(offset, ..) | State::Value(offset, _) => Some(offset),
            State::Between | State::Skip => None,
        }
        .or_else(|| (!self.lines.is_empty()).then(|| self.lines.offset()))
    }

    fn take(&mut self, offset: u64, text: String) -> Option<Decoded<Inbound>> {
        match &mut self.state {
            State::Environment(started, variables) => {
                let began = *started.get_or_insert(offset);
                if text.is_empty() {
                    let variables = std::mem::take(variables);
                    return Some(self.done(began, Inbound::Environment(variables)));
                }
                match text.strip_prefix("agi_").and_then(|text| text.split_once(':')) {
                    Some((name, value)) if !too_long(variables.len(), began, offset) => {
                        let value = value.strip_prefix(' ').unwrap_or(value);
                        variables.push((name.to_owned(), value.to_owned()));
                        None
                    }
                    Some(_) => Some(self.fault(began, offset, "the environment is too long")),
                    None => Some(self.fault(
                        began,
                        offset,
                        "a line of the environment is not `agi_name: value`",
                    )),
                }
            }
            State::Between => self.begin(offset, text),
            State::Usage(began, code, lines) => {
                let (began, code) = (*began, *code);
                let last = text.strip_prefix(&format!("{code} ")).map(str::to_owned);
                lines.push(last.clone().unwrap_or(text));
                if last.is_some() {
                    let text = lines.join("\n");
                    let usage = Reply {
                        code,
                        text,
                        ..Reply::default()
                    };
                    return Some(self.done(began, Inbound::Reply(usage)));
                }
                too_long(lines.len(), began, offset)
                    .then(|| self.fault(began, offset, "the usage text is too long"))
            }
            State::Value(began, lines) => {
                let began = *began;
                lines.push(text);
                let ended = lines.last().is_some_and(|line| line.ends_with(')'));
                if ended {
                    let text = lines.join("\n");
                    let (_, reply) = reply(&text).expect("its first line was one");
                    return Some(self.done(began, Inbound::Reply(reply)));
                }
                too_long(lines.len(), began, offset)
                    .then(|| self.fault(began, offset, "the value is too long"))
            }
            State::Skip => {
                if text.is_empty() {
                    self.state = State::Between;
                }
                None
            }
        }
    }

    fn begin(&mut self, offset: u64, text: String) -> Option<Decoded<Inbound>> {
        if text == "HANGUP" {
            return Some(self.done(offset, Inbound::Hangup));
        }
        if let Some((code, rest)) = usage(&text) {
            self.state = State::Usage(offset, code, vec![rest.to_owned()]);
            return None;
        }
        match reply(&text) {
            Some((true, reply)) => Some(self.done(offset, Inbound::Reply(reply))),
            Some((false, _)) => {
                self.state = State::Value(offset, vec![text]);
                None
            }
            None => Some(self.fault(offset, offset, "a line that is no reply")),
        }
    }

    fn done(&mut self, offset: u64, item: Inbound) -> Decoded<Inbound> {
        self.state = State::Between;
        Decoded {
            offset,
            item: Ok(item),
        }
    }

    fn fault(&mut self, began: u64, offset: u64, reason: &'static str) -> Decoded<Inbound> {
        self.state = match self.state {
            State::Environment(..) => State::Skip,
            _ => State::Between,
        };
        Decoded {
            offset: began,
            item: Err(Malformed { offset, reason }),
        }
    }
}

/// Whether a message that began there, and of which so many lines are kept, may not go on here.
fn too_long(lines: usize, began: u64, offset: u64) -> bool {
    lines >= LINES || offset - began > MESSAGE_BYTES
}

fn code(text: &str) -> Option<(u16, &str)> {
    let (code, rest) = text.split_at_checked(3)?;
    let number = code
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| code.parse().ok())??;
    Some((number, rest))
}

fn usage(text: &str) -> Option<(u16, &str)> {
    let (code, rest) = code(text)?;
    Some((code, rest.strip_prefix('-')?))
}

/// A reply, and whether it is complete: a value with line ends goes on until a line ends with its bracket.
fn reply(text: &str) -> Option<(bool, Reply)> {
    let (code, rest) = code(text)?;
    let rest = rest.strip_prefix(' ')?;
    let mut reply = Reply {
        code,
        text: rest.to_owned(),
        ..Reply::default()
    };
    let Some(result) = rest.strip_prefix("result=") else {
        return Some((true, reply));
    };
    let (result, more) = result.split_once(' ').unwrap_or((result, ""));
    reply.result = Some(result.to_owned());
    let (value, endpos) = match more.rsplit_once("endpos=") {
        // A negative one says that the format has no positions.
        Some((before, samples)) if samples.parse::<i64>().is_ok() => {
            (before.trim_end(), samples.parse().ok())
        }
        _ => (more, None),
    };
    reply.endpos = endpos;
    let Some(value) = value.strip_prefix('(') else {
        return Some((true, reply));
    };
    let complete = value.ends_with(')');
    reply.data = Some(value.strip_suffix(')').unwrap_or(value).to_owned());
    Some((complete, reply))
}

/// A command to be sent. Every argument is quoted, so that none can become two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    text: String,
}

impl Command {
    /// A command by its words: `STREAM FILE`.
    pub fn new(words: &str) -> Self {
        debug_assert!(one_line("command", words).is_ok(), "commands are written in code");
        Self {
            text: words.to_owned(),
        }
    }

    /// Adds an argument. `field` names it in the refusal of a value that has line ends.
    pub fn arg(mut self, field: &str, value: &str) -> Result<Self, InvalidValue> {
        let value = one_line(field, value)?;
        self.text.push_str(" \"");
        for c in value.chars() {
            if matches!(c, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(c);
        }
        self.text.push('"');
        if self.text.len() + "\n".len() > COMMAND_BYTES {
            return Err(InvalidValue {
                field: field.to_owned(),
                reason: "too long: Asterisk takes commands of 2,047 bytes, quotes and line end included",
            });
        }
        Ok(self)
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        format!("{}\n", self.text).into_bytes()
    }
}

/// Bytes of a FastAGI server to the words of its commands.
#[derive(Debug, Default)]
pub struct CommandDecoder {
    lines: Lines,
}

impl CommandDecoder {
    /// Takes in bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.lines.feed(bytes);
    }

    /// The next command's words, as Asterisk reads them: quotes hold together, `\` takes the next character as it is.
    pub fn poll(&mut self) -> Option<Decoded<Vec<String>>> {
        let Decoded { offset, item } = self.poll_line()?;
        let item = item.map(|line| words(&line));
        Some(Decoded { offset, item })
    }

    /// The next command as it was written.
    pub fn poll_line(&mut self) -> Option<Decoded<String>> {
        Some(match self.lines.next(LINE_BYTES)? {
            Line::Whole(offset, text) => Decoded {
                offset,
                item: Ok(text),
            },
            Line::TooLong(offset) => Decoded {
                offset,
                item: Err(Malformed {
                    offset,
                    reason: "the line is too long",
                }),
            },
        })
    }

    /// Where an unfinished command begins, if bytes of one wait.
    pub fn unfinished(&self) -> Option<u64> {
        (!self.lines.is_empty()).then(|| self.lines.offset())
    }
}

/// The words of a command.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        if escaped {
            word.get_or_insert_default().push(c);
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
