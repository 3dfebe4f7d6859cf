//! Why a value cannot be one of ours, in the three parts a person needs.

use std::fmt;

/// A refused value: what it was meant to be, what came, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What the value was meant to be, in the glossary's words: `phone number`, `cps`.
    pub what: &'static str,
    /// The value as it came, shortened to 64 characters.
    pub value: String,
    /// What would have been accepted.
    pub remedy: String,
}

impl Invalid {
    /// Builds the refusal of `value` as a `what`; `remedy` says what is accepted.
    pub fn new(what: &'static str, value: impl fmt::Display, remedy: impl Into<String>) -> Self {
        let value: String = value.to_string().chars().take(64).collect();
        Self {
            what,
            value,
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no {}: {}", self.value, self.what, self.remedy)
    }
}

impl std::error::Error for Invalid {}
