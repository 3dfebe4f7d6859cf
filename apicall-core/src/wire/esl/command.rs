//! Commands to be sent. FreeSWITCH begins another command at any line end, so values that have one are refused.

use super::dial::escaped;
use super::event::Format;
use crate::wire::line::{InvalidValue, one_line};
use std::fmt;
use std::time::Duration;

/// A command to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    line: String,
    headers: String,
}

impl Command {
    /// A command by its words: `exit`, `noevents`.
    pub fn new(words: &str) -> Self {
        debug_assert!(one_line("command", words).is_ok(), "commands are written in code");
        Self {
            line: words.to_owned(),
            headers: String::new(),
        }
    }

    /// Says who we are.
    pub fn auth(password: &str) -> Result<Self, InvalidValue> {
        Self::new("auth").text("password", password)
    }

    /// Says who we are, as a user of FreeSWITCH's directory: `name` or `name@domain`.
    pub fn userauth(user: &str, password: &str) -> Result<Self, InvalidValue> {
        if user.contains(':') {
            return Err(refused("user", "a colon is not allowed"));
        }
        let mut command = Self::new("userauth").word("user", user)?;
        command.line.push(':');
        command.line.push_str(filled("password", password)?);
        Ok(command)
    }

    /// An API command, by its words. The connection does nothing else until it is done, events included.
    pub fn api(words: &str) -> Self {
        Self::new(&format!("api {words}"))
    }

    /// An API command in the background, by its words. Its output comes as a `BACKGROUND_JOB` with this `Job-UUID`.
    pub fn bgapi(words: &str, job: &str) -> Result<Self, InvalidValue> {
        check_word("Job-UUID", job)?;
        Self::new(&format!("bgapi {words}")).header("Job-UUID", job)
    }

    /// Asks for events, by their names.
    pub fn events<'a>(
        format: Format,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidValue> {
        Self::new("event")
            .word("format", format.word())?
            .events_named(names)
    }

    /// Asks for no more of these events.
    pub fn nixevent<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidValue> {
        Self::new("nixevent").events_named(names)
    }

    fn events_named<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidValue> {
        let mut names = names.into_iter().peekable();
        if names.peek().is_none() {
            return Err(refused("event", "name at least one"));
        }
        names.try_fold(self, |command, name| command.word("event", name))
    }

    /// Lets only events through that have this header with this value, or pass another filter.
    pub fn filter(header: &str, value: &str) -> Result<Self, InvalidValue> {
        Self::new("filter").word("header", header)?.text("value", value)
    }

    /// Takes a filter back.
    pub fn filter_delete(header: &str, value: &str) -> Result<Self, InvalidValue> {
        Self::new("filter delete")
            .word("header", header)?
            .text("value", value)
    }

    /// Keeps an outbound connection for so many seconds after its channel went.
    pub fn linger(time: Duration) -> Self {
        Self::new(&format!("linger {}", time.as_secs()))
    }

    /// Ends the connection.
    pub fn exit() -> Self {
        Self::new("exit")
    }

    /// Runs an application on a channel, after those that run already. `id` comes back as `Application-UUID`; the
    /// reply only says that the application waits for its turn.
    pub fn execute(channel: &str, application: &str, argument: &str, id: &str) -> Result<Self, InvalidValue> {
        check_word("application", application)?;
        check_word("Event-UUID", id)?;
        let mut command = Self::sendmsg(channel, "execute")?.header("execute-app-name", application)?;
        if !argument.is_empty() {
            command = command.header("execute-app-arg", argument)?;
        }
        command.header("event-lock", "true")?.header("Event-UUID", id)
    }

    /// Sends a message to a channel: `execute`, `hangup` and the like.
    pub fn sendmsg(channel: &str, call_command: &str) -> Result<Self, InvalidValue> {
        check_word("call-command", call_command)?;
        let command = Self::new("sendmsg").word("channel", channel)?;
        command.header("call-command", call_command)
    }

    /// Adds a word to the command's line. `field` names it in the refusal of a value that is not one word.
    pub fn word(self, field: &str, value: &str) -> Result<Self, InvalidValue> {
        check_word(field, value)?;
        self.text(field, value)
    }

    /// Adds the rest of the command's line, spaces included.
    pub fn text(mut self, field: &str, value: &str) -> Result<Self, InvalidValue> {
        let value = filled(field, value)?;
        self.line.push(' ');
        self.line.push_str(value);
        Ok(self)
    }

    /// Adds the last argument of an API command that takes quotes and backslashes away; it arrives as it is.
    pub fn quoted(self, field: &str, value: &str) -> Result<Self, InvalidValue> {
        self.text(field, &escaped(value, None))
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        if name.contains(':') {
            return Err(refused(name, "a header's name has no colon"));
        }
        check_word(name, name)?;
        for part in [name, ": ", filled(name, value)?, "\n"] {
            self.headers.push_str(part);
        }
        Ok(self)
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        format!("{}\n{}\n", self.line, self.headers).into_bytes()
    }
}

impl fmt::Debug for Command {
    /// Without the secret that a login carries.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self.line.split_once(' ') {
            Some((verb @ ("auth" | "userauth"), _)) => verb,
            _ => &self.line,
        };
        f.debug_struct("Command")
            .field("line", &line)
            .field("headers", &self.headers)
            .finish()
    }
}

fn refused(field: &str, reason: &'static str) -> InvalidValue {
    InvalidValue {
        field: field.to_owned(),
        reason,
    }
}

fn filled<'a>(field: &str, value: &'a str) -> Result<&'a str, InvalidValue> {
    if value.trim().is_empty() {
        return Err(refused(field, "must not be empty"));
    }
    one_line(field, value)
}

fn check_word(field: &str, value: &str) -> Result<(), InvalidValue> {
    if filled(field, value)?.contains(char::is_whitespace) {
        return Err(refused(field, "must be one word, without spaces"));
    }
    Ok(())
}
