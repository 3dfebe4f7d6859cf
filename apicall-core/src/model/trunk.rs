//! Switches by name, and the trunks that lead out of them.

use super::text::serde_as_text;
use super::{Invalid, Limits, Timestamp, TrunkId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! plain_name {
    ($(#[$meta:meta])* $name:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The name as written.
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                let ok = (1..=64).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
                if ok { Ok(Self(text.into())) } else {
                    Err(Invalid::new($what, text, "use 1 to 64 letters, digits, '_', '-' and '.'"))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(&self.0) }
        }

        serde_as_text!($name);
    };
}

plain_name!(
    /// A switch's name, as the configuration gives it: 1 to 64 letters, digits, `_`, `-`, `.`.
    SwitchName, "switch name");
plain_name!(
    /// A trunk's name, which is also what the switch knows it by (PJSIP endpoint, gateway).
    TrunkName, "trunk name");

/// A way out of a switch to the telephone network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trunk {
    /// Its id.
    pub id: TrunkId,
    /// Its name on the switch; unique.
    pub name: TrunkName,
    /// The switch it belongs to.
    pub switch: SwitchName,
    /// Digits put in front of every number dialed through it.
    pub prefix: String,
    /// Its own limits.
    pub limits: Limits,
    /// Whether calls may use it.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}
