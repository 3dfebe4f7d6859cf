//! Switches by name, and the trunks that lead out of them.

use super::text::serde_as_text;
use super::{CallerIdFormat, Invalid, Limits, Timestamp, TrunkId};
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
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
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
    /// How it wants caller IDs.
    #[serde(default = "as_is")]
    pub caller_id_format: CallerIdFormat,
    /// Whether calls may use it.
    pub enabled: bool,
    /// Whether it is let alone for a while when its calls fail.
    #[serde(default = "trusted_by_what_it_does")]
    pub breaker: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

const fn as_is() -> CallerIdFormat {
    CallerIdFormat::AsIs
}

const fn trusted_by_what_it_does() -> bool {
    true
}

/// Most trunks of a project.
const TRUNKS: usize = 20;

/// One of several trunks of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectTrunk {
    /// Which.
    pub trunk: TrunkId,
    /// Those with a higher number wait until none with a lower one can be used; 1 to 100.
    #[serde(default = "first")]
    pub priority: u32,
    /// Its share among those of the same priority; 1 to 100.
    #[serde(default = "usual")]
    pub weight: u32,
}

const fn first() -> u32 {
    1
}

const fn usual() -> u32 {
    10
}

impl ProjectTrunk {
    /// A project's only trunk.
    pub const fn only(trunk: TrunkId) -> Self {
        Self {
            trunk,
            priority: first(),
            weight: usual(),
        }
    }
}

/// Several trunks of a project, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ProjectTrunk>", into = "Vec<ProjectTrunk>")]
pub struct ProjectTrunks(Vec<ProjectTrunk>);

impl ProjectTrunks {
    /// All of them.
    pub fn all(&self) -> &[ProjectTrunk] {
        &self.0
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<ProjectTrunk>> for ProjectTrunks {
    type Error = Invalid;
    fn try_from(trunks: Vec<ProjectTrunk>) -> Result<Self, Invalid> {
        if trunks.len() > TRUNKS {
            let remedy = format!("give at most {TRUNKS}");
            return Err(Invalid::new("list of trunks", trunks.len(), remedy));
        }
        for (place, one) in trunks.iter().enumerate() {
            if trunks[..place].iter().any(|before| before.trunk == one.trunk) {
                return Err(Invalid::new("list of trunks", one.trunk, "name each trunk once"));
            }
            if !(1..=100).contains(&one.priority) {
                return Err(Invalid::new(
                    "priority",
                    one.priority,
                    "use 1 to 100; 1 comes first",
                ));
            }
            if !(1..=100).contains(&one.weight) {
                return Err(Invalid::new("weight", one.weight, "use 1 to 100"));
            }
        }
        Ok(Self(trunks))
    }
}

impl From<ProjectTrunks> for Vec<ProjectTrunk> {
    fn from(trunks: ProjectTrunks) -> Self {
        trunks.0
    }
}
