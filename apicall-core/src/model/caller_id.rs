//! The number a callee sees.

use super::Invalid;
use super::text::{serde_as_text, text_enum};
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

text_enum! {
    /// How a trunk wants caller IDs.
    CallerIdFormat as "caller id format" {
        /// As the project has them.
        AsIs = "as_is",
        /// With a plus sign in front.
        Plus = "plus",
        /// Without one.
        Digits = "digits",
    }
}

impl CallerIdFormat {
    /// A caller ID in this format.
    pub fn write(self, number: &CallerId) -> CallerId {
        let digits = number.0.trim_start_matches('+');
        match self {
            Self::AsIs => number.clone(),
            Self::Plus => CallerId(format!("+{digits}").into()),
            Self::Digits => CallerId(digits.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_gets_caller_ids_in_its_format() {
        for (number, plus, digits) in [("+57300", "+57300", "57300"), ("57300", "+57300", "57300")] {
            let number: CallerId = number.parse().unwrap();
            assert_eq!(CallerIdFormat::AsIs.write(&number), number);
            assert_eq!(CallerIdFormat::Plus.write(&number).as_str(), plus);
            assert_eq!(CallerIdFormat::Digits.write(&number).as_str(), digits);
        }
    }
}
