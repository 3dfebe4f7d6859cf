//! Dial strings: whom to call, with variables in front.
//!
//! FreeSWITCH takes such a string apart in passes, and each takes quotes and backslashes away: at spaces (an API
//! command only), at the commas between variables, at the first `=` of each (`switch_utils.c`, 1.10.12; transcript
//! `url_encoding_plain`). So a value is escaped once for each; a space among spaces is `\s`, for behind a backslash it
//! would keep that. Nothing escapes a brace or the mark between several
//! dial strings: values that would end the list of variables are refused.

use crate::wire::line::{InvalidValue, one_line};

/// Between the parts of an enterprise originate.
const SEVERAL: &str = ":_:";

/// Whom to call, and with which variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    variables: Vec<String>,
    endpoint: String,
}

impl Dial {
    /// Calls one endpoint: `sofia/gateway/carrier/5551234`.
    pub fn to(endpoint: &str) -> Result<Self, InvalidValue> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/@_.:+*#-".contains(&b);
        if endpoint.is_empty() || !endpoint.bytes().all(plain) || endpoint.contains(SEVERAL) {
            return Err(refused(
                "endpoint",
                "only letters, digits and / @ _ . : + * # - can be dialed",
            ));
        }
        Ok(Self {
            variables: Vec::new(),
            endpoint: endpoint.to_owned(),
        })
    }

    /// Sets a variable of the new channel. Spaces around the value are lost.
    pub fn variable(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(refused(name, "not the name of a variable"));
        }
        let value = one_line(name, value)?;
        if !is_balanced(value) {
            return Err(refused(
                name,
                "FreeSWITCH cannot carry braces that do not come in pairs",
            ));
        }
        if value.contains(SEVERAL) {
            return Err(refused(name, "FreeSWITCH cannot carry `:_:`"));
        }
        if value.trim_matches(' ').is_empty() {
            // Not set is what an empty one comes to.
            return Ok(self);
        }
        let value = escaped(&escaped(value, None), Some(','));
        self.variables.push(format!("{name}={value}"));
        Ok(self)
    }

    /// As the argument of an application, in which `$` would begin an expansion.
    pub fn application_argument(&self) -> Result<String, InvalidValue> {
        let text = self.text();
        if text.contains('$') {
            return Err(refused(
                "dial string",
                "`$` is not allowed in an application's argument",
            ));
        }
        Ok(text)
    }

    /// As a word of an API command.
    pub fn api_word(&self) -> String {
        escaped(&self.text(), Some(' '))
    }

    fn text(&self) -> String {
        if self.variables.is_empty() {
            return self.endpoint.clone();
        }
        format!("{{{}}}{}", self.variables.join(","), self.endpoint)
    }
}

fn refused(field: &str, reason: &'static str) -> InvalidValue {
    InvalidValue {
        field: field.to_owned(),
        reason,
    }
}

/// Whether a list in braces still ends where it should with this in it.
fn is_balanced(value: &str) -> bool {
    let mut depth = 0_u32;
    for byte in value.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return false,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// What one pass turns back into `value`.
pub(super) fn escaped(value: &str, delimiter: Option<char>) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        let is_delimiter = Some(c) == delimiter;
        if matches!(c, '\\' | '\'') || is_delimiter {
            text.push('\\');
        }
        text.push(if c == ' ' && is_delimiter { 's' } else { c });
    }
    text
}
