//! Keys a person presses, and sequences of them. Text, never numbers: `007` stays `007`.

use super::{Invalid, text::serde_as_text};
use std::fmt;
use std::str::FromStr;

/// One DTMF key: `0` to `9`, `*`, `#`, `A` to `D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digit(u8);

impl Digit {
    /// The key as a character.
    pub const fn as_char(self) -> char {
        self.0 as char
    }
}

impl TryFrom<char> for Digit {
    type Error = Invalid;
    fn try_from(key: char) -> Result<Self, Invalid> {
        match key {
            '0'..='9' | '*' | '#' | 'A'..='D' => Ok(Self(key as u8)),
            'a'..='d' => Ok(Self(key.to_ascii_uppercase() as u8)),
            _ => Err(Invalid::new("digit", key, "a key is one of 0123456789*#ABCD")),
        }
    }
}

impl FromStr for Digit {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut keys = text.chars();
        match (keys.next(), keys.next()) {
            (Some(key), None) => Self::try_from(key),
            _ => Err(Invalid::new(
                "digit",
                text,
                "give exactly one of 0123456789*#ABCD",
            )),
        }
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

serde_as_text!(Digit, { "type": "string", "pattern": "^[0-9*#A-Da-d]$" });

/// Keys in the order they were pressed; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Digits(String);

impl Digits {
    /// The keys as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds one key.
    pub fn push(&mut self, key: Digit) {
        self.0.push(key.as_char());
    }

    /// How many keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was pressed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Digits {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.chars()
            .map(Digit::try_from)
            .try_fold(Self::default(), |mut keys, key| {
                keys.push(key?);
                Ok(keys)
            })
    }
}

impl From<Digit> for Digits {
    fn from(key: Digit) -> Self {
        Self(key.as_char().to_string())
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(Digits, { "type": "string", "pattern": "^[0-9*#A-Da-d]*$" });

/// A set of keys, such as those that may interrupt a prompt. Its text form lists each once, in keypad order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DigitSet(u16);

const KEYPAD: &str = "0123456789*#ABCD";

impl DigitSet {
    /// No key.
    pub const NONE: Self = Self(0);
    /// The twelve keys of a telephone.
    pub const TELEPHONE: Self = Self(0x0fff);

    /// Whether the set has `key`.
    pub fn contains(self, key: Digit) -> bool {
        self.0 & Self::from(key).0 != 0
    }

    /// Whether the set has no key.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<Digit> for DigitSet {
    fn from(key: Digit) -> Self {
        let place = KEYPAD
            .find(key.as_char())
            .expect("a digit is a key of the keypad");
        Self(1 << place)
    }
}

impl FromStr for DigitSet {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.chars().try_fold(Self::NONE, |set, key| {
            Ok(Self(set.0 | Self::from(Digit::try_from(key)?).0))
        })
    }
}

impl fmt::Display for DigitSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: String = KEYPAD
            .chars()
            .enumerate()
            .filter(|(i, _)| self.0 >> i & 1 == 1)
            .map(|(_, key)| key)
            .collect();
        f.write_str(&keys)
    }
}

serde_as_text!(DigitSet, { "type": "string", "pattern": "^[0-9*#A-Da-d]*$" });
