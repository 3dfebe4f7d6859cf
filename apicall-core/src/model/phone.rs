//! A telephone number in E.164.

use super::numbering::has_plan;
use super::{Invalid, text::serde_as_text};
use std::fmt;
use std::str::FromStr;

/// An E.164 number: 7 to 15 digits, the first not 0. Shown and sent with its plus sign.
///
/// [`normalise`](super::normalise) makes one of what people write; here `+573001234567` and
/// `573001234567` are the same number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(Box<str>);

impl PhoneNumber {
    /// The digits without the plus sign, as a switch dials them.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let plausible = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if plausible {
            Ok(Self(digits.into()))
        } else {
            Err(Invalid::new(
                "phone number",
                text,
                "write it in E.164, country code first, as in +573001234567",
            ))
        }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

/// Shows the last two digits only: numbers do not belong into logs.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+…{}", &self.0[self.0.len() - 2..])
    }
}

serde_as_text!(PhoneNumber);

/// An ISO 3166 country that has telephone numbers, two capital letters: how a project's national numbers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("both bytes are ASCII letters")
    }
}

impl FromStr for Country {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = |why: &str| {
            let remedy = format!("{why}use the two letters of ISO 3166, as in CO or MX");
            Err(Invalid::new("country", text, remedy))
        };
        let letters = text.to_ascii_uppercase();
        match letters.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                if has_plan(&letters) {
                    Ok(Self([*a, *b]))
                } else {
                    refused("it has no telephone numbers of its own; ")
                }
            }
            _ => refused(""),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

serde_as_text!(Country);
