//! The name of something a switch can play.

use super::{Invalid, text::serde_as_text};
use std::fmt;
use std::str::FromStr;

/// A sound's name without its extension, relative to where the switch keeps its sounds: `promo`, `es/en_breve`.
///
/// Letters, digits, `_`, `-`, `.` and `/`; no part may start with a dot, so a name cannot leave its directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SoundName(Box<str>);

impl SoundName {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SoundName {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let part_ok = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        if text.len() <= 128 && text.split('/').all(part_ok) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(
                "sound name",
                text,
                "use up to 128 letters, digits, '_', '-', '.' and '/', relative to the switch's sounds, without extension",
            ))
        }
    }
}

impl fmt::Display for SoundName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(SoundName, { "type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$" });
