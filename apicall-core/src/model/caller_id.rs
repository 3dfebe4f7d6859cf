//! The number a callee sees.

use super::{Invalid, text::serde_as_text};
use std::fmt;
use std::str::FromStr;

/// A caller ID: 2 to 20 digits, a plus sign allowed in front. It need not be E.164: carriers assign what they assign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallerId(Box<str>);

impl CallerId {
    /// The number as the operator wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CallerId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        if (2..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(
                "caller id",
                text,
                "use 2 to 20 digits, with or without a plus sign in front",
            ))
        }
    }
}

impl fmt::Display for CallerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(CallerId, { "type": "string", "pattern": "^\\+?[0-9]{2,20}$" });
