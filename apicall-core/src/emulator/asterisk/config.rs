//! What an emulated Asterisk is like.

use super::super::{Callees, Planned, Sounds};
use super::classes::Classes;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// An Asterisk to be emulated.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where its manager listens; port 0 takes a free one.
    pub ami: SocketAddr,
    /// The manager user.
    pub user: String,
    /// The classes of events that the user may hear.
    pub read: Classes,
    /// The classes of actions that the user may take.
    pub write: Classes,
    /// That user's secret.
    pub secret: SecretString,
    /// Which Asterisk it is.
    pub version: Version,
    /// Who answers, where a call does not say it itself.
    pub callees: Callees,
    /// How long sounds last.
    pub sounds: Sounds,
    /// What all drawing comes from: who answers, and the order of events that vary.
    pub seed: u64,
    /// Most calls at once; one more is refused as by a carrier that is full, with 503.
    pub capacity: usize,
    /// Where it finds call files; without one it takes none.
    pub spool: Option<PathBuf>,
    /// What goes wrong, and when.
    pub faults: Vec<Planned>,
}

impl Config {
    /// One with the lab's callees and sounds, on a port of the system's choice.
    pub fn new(user: &str, secret: SecretString) -> Self {
        Self {
            ami: ([127, 0, 0, 1], 0).into(),
            user: user.to_owned(),
            read: Classes::ALL,
            write: Classes::ALL,
            secret,
            version: Version::V22,
            callees: Callees::default(),
            sounds: Sounds::default(),
            seed: 1,
            capacity: 100_000,
            spool: None,
            faults: Vec::new(),
        }
    }
}

/// Which Asterisk, where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 16.28
    V16,
    /// 22.10
    V22,
}

impl Version {
    /// The protocol version in the banner.
    pub(super) fn ami(self) -> &'static str {
        match self {
            Self::V16 => "5.0.4",
            Self::V22 => "11.0.0",
        }
    }

    /// Its own name, as in `agi_version`.
    pub(super) fn full(self) -> &'static str {
        match self {
            Self::V16 => "16.28.0~dfsg-0+deb11u4",
            Self::V22 => "22.10.1+dfsg+~cs6.17.60671434-1",
        }
    }

    /// Whether events carry the SIP status as `TechCause`.
    pub(super) fn tells_tech_cause(self) -> bool {
        self == Self::V22
    }

    /// The words for an originate into an application that only some may run.
    pub(super) fn forbids_application(self) -> &'static str {
        match self {
            Self::V16 => "Originate Access Forbidden: Application",
            Self::V22 => "Originate Access Forbidden: app or data blacklisted",
        }
    }

    /// Whether it has that channel technology.
    pub(super) fn speaks(self, technology: &str) -> bool {
        technology == "PJSIP" || (technology == "SIP" && self == Self::V16)
    }
}

impl FromStr for Version {
    type Err = crate::model::Invalid;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "16" => Ok(Self::V16),
            "22" => Ok(Self::V22),
            _ => Err(crate::model::Invalid::new("version", text, "use 16 or 22")),
        }
    }
}
