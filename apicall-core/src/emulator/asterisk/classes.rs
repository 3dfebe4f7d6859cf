//! Classes of events and actions, in which permissions and masks are given.

use crate::model::Invalid;
use std::str::FromStr;

/// A set of classes. Its text form is their names between commas, `all` or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classes(u32);

/// By their names, in Asterisk's order.
const NAMES: [(&str, Classes); 17] = [
    ("system", Classes::SYSTEM),
    ("call", Classes::CALL),
    ("log", Classes(1 << 2)),
    ("verbose", Classes(1 << 3)),
    ("command", Classes::COMMAND),
    ("agent", Classes(1 << 5)),
    ("user", Classes::USER),
    ("config", Classes(1 << 7)),
    ("dtmf", Classes::DTMF),
    ("reporting", Classes::REPORTING),
    ("cdr", Classes(1 << 10)),
    ("dialplan", Classes::DIALPLAN),
    ("originate", Classes::ORIGINATE),
    ("agi", Classes::AGI),
    ("cc", Classes(1 << 14)),
    ("aoc", Classes(1 << 15)),
    ("security", Classes::SECURITY),
];

impl Classes {
    /// None of them.
    pub const NONE: Self = Self(0);
    pub(super) const SYSTEM: Self = Self(1);
    pub(super) const CALL: Self = Self(1 << 1);
    pub(super) const COMMAND: Self = Self(1 << 4);
    pub(super) const USER: Self = Self(1 << 6);
    pub(super) const DTMF: Self = Self(1 << 8);
    pub(super) const REPORTING: Self = Self(1 << 9);
    pub(super) const DIALPLAN: Self = Self(1 << 11);
    pub(super) const ORIGINATE: Self = Self(1 << 12);
    pub(super) const AGI: Self = Self(1 << 13);
    pub(super) const SECURITY: Self = Self(1 << 16);
    /// All of them.
    pub const ALL: Self = Self(u32::MAX);

    pub(super) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The name of a single class, for an event's `Privilege`.
    pub(super) fn privilege(self) -> &'static str {
        match self {
            Self::SYSTEM => "system,all",
            Self::CALL => "call,all",
            Self::USER => "user,all",
            Self::DTMF => "dtmf,all",
            Self::DIALPLAN => "dialplan,all",
            Self::AGI => "agi,all",
            Self::SECURITY => "security,all",
            _ => "reporting,all",
        }
    }

    /// A mask as a client gives it: `on`, `off`, a number, or names, of which unknown ones count for nothing. `None`
    /// when it is empty or a number below zero (recording `events_on_off`).
    pub(super) fn mask(text: &str) -> Option<Self> {
        match text {
            "" => None,
            "on" | "yes" | "true" | "all" => Some(Self::ALL),
            "off" | "no" | "false" | "none" => Some(Self::NONE),
            _ => match text.parse::<i64>() {
                Ok(number) => u32::try_from(number).ok().map(Self),
                Err(_) => Some(text.split(',').fold(Self::NONE, |all, name| {
                    let found = NAMES.iter().find(|(known, _)| *known == name.trim());
                    found.map_or(all, |(_, class)| all.union(*class))
                })),
            },
        }
    }
}

impl FromStr for Classes {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "all" => return Ok(Self::ALL),
            "none" => return Ok(Self::NONE),
            _ => {}
        }
        let class = |name: &str| NAMES.iter().find(|(known, _)| *known == name.trim());
        let known: Option<Vec<_>> = text.split(',').map(class).collect();
        let known = known.ok_or_else(|| {
            let names: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            Invalid::new(
                "classes",
                text,
                format!("use all, none, or some of {names} between commas"),
            )
        })?;
        Ok(known
            .into_iter()
            .fold(Self::NONE, |all, (_, class)| all.union(*class)))
    }
}
