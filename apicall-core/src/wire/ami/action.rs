//! Actions to be sent. What Asterisk would read as something else, or not at all, is refused when it is built.

use crate::wire::line::{InvalidValue, one_line};

/// Longest line that Asterisk takes, its end included (transcript `line_limits`).
const LINE_BYTES: usize = 1_024;
/// Most headers that Asterisk takes, `Action` and `ActionID` included (transcript `line_limits`).
const HEADERS: usize = 128;

/// An action to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    text: String,
    headers: usize,
}

impl Action {
    /// An action with an id, which its response will carry.
    pub fn new(name: &str, id: &str) -> Result<Self, InvalidValue> {
        let action = Self {
            text: String::new(),
            headers: 0,
        };
        action.header("Action", name)?.header("ActionID", id)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        let refuse = |reason| {
            Err(InvalidValue {
                field: name.to_owned(),
                reason,
            })
        };
        if name.is_empty() || name.contains([':', ' ']) || one_line(name, name).is_err() {
            return refuse("a header's name has no space, colon or line end");
        }
        let value = one_line(name, value)?;
        if name.len() + ": ".len() + value.len() + "\r\n".len() > LINE_BYTES {
            return refuse("too long: Asterisk takes lines of 1,024 bytes, name and line end included");
        }
        if self.headers == HEADERS {
            return refuse("one too many: Asterisk takes 128 headers");
        }
        self.headers += 1;
        for part in [name, ": ", value, "\r\n"] {
            self.text.push_str(part);
        }
        Ok(self)
    }

    /// Adds a channel variable. Asterisk splits the header at commas; `\` keeps them, quotes and itself.
    pub fn variable(self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        let named = |error: InvalidValue| InvalidValue {
            field: name.to_owned(),
            ..error
        };
        if name.is_empty() || name.contains(['=', ',', '"', '\\']) || one_line(name, name).is_err() {
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
        self.header("Variable", &escaped).map_err(named)
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        format!("{}\r\n", self.text).into_bytes()
    }
}
