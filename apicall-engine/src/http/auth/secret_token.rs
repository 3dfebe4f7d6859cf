//! API tokens: 256 bits that nobody guesses, shown once; of them the engine keeps a hash.
//!
//! A plain SHA-256 is enough for what is drawn and not chosen: there is nothing to try.

use rand::RngExt;
use sha2::{Digest, Sha256};
use std::fmt;

/// What every one begins with: whoever finds one in a log or a repository knows what it is.
const PREFIX: &str = "apicall_";

/// A token, shown once.
pub(in crate::http) struct SecretToken(String);

impl SecretToken {
    pub(in crate::http) fn draw() -> Self {
        Self(format!("{PREFIX}{}", draw_key()))
    }

    /// What is kept of it.
    pub(in crate::http) fn hash(&self) -> String {
        hash(&self.0)
    }

    pub(in crate::http) fn reveal(self) -> String {
        self.0
    }
}

/// 256 bits, in hexadecimal digits.
pub(crate) fn draw_key() -> String {
    let drawn: [u8; 32] = rand::rng().random();
    hex(&drawn)
}

/// What would be kept of a text, if it has the form of a token.
pub(super) fn hash_of(text: &str) -> Option<String> {
    text.starts_with(PREFIX).then(|| hash(text))
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Shows nothing of it.
impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_hash_only() {
        let token = SecretToken::draw();
        assert!(!format!("{token:?}").contains(PREFIX));
        let hash = token.hash();
        let text = token.reveal();
        assert_eq!(text.len(), PREFIX.len() + 64);
        assert_eq!(hash_of(&text), Some(hash.clone()));
        assert!(!text.contains(&hash) && hash_of("a.b.c").is_none());
        assert_ne!(SecretToken::draw().reveal(), text);
    }
}
