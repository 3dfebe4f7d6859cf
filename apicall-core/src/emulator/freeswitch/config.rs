//! What an emulated FreeSWITCH is like.

use super::super::{Callees, Planned, Sounds};
use secrecy::SecretString;
use std::net::SocketAddr;

/// A FreeSWITCH to be emulated.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where its event socket listens; port 0 takes a free one.
    pub esl: SocketAddr,
    /// The event socket's password.
    pub password: SecretString,
    /// A user of the directory who may log in as well, `name@domain`, with that password.
    pub user: Option<String>,
    /// Who answers, where a call does not say it itself.
    pub callees: Callees,
    /// How long sounds last.
    pub sounds: Sounds,
    /// The directory that sounds are in, of which their names know nothing.
    pub sounds_dir: String,
    /// What all drawing comes from: who answers, and the order of events that vary.
    pub seed: u64,
    /// `max-sessions`: one more channel is refused.
    pub capacity: usize,
    /// `sessions-per-second`: of N, N - 1 are let in each second, as FreeSWITCH counts. Without it all are.
    pub sessions_per_second: Option<u32>,
    /// Gateways that do not answer their pings.
    pub gateways_down: Vec<String>,
    /// Names that no gateway has. All others are gateways.
    pub gateways_missing: Vec<String>,
    /// What goes wrong, and when.
    pub faults: Vec<Planned>,
}

impl Config {
    /// One with the lab's callees and sounds, on a port of the system's choice.
    pub fn new(password: SecretString) -> Self {
        Self {
            esl: ([127, 0, 0, 1], 0).into(),
            password,
            user: None,
            callees: Callees::default(),
            sounds: Sounds::default(),
            sounds_dir: String::new(),
            seed: 1,
            capacity: 100_000,
            sessions_per_second: None,
            gateways_down: Vec::new(),
            gateways_missing: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// The name of the sound in that file.
    pub(super) fn sound_of<'a>(&self, path: &'a str) -> &'a str {
        let name = path.strip_suffix(".wav").unwrap_or(path);
        let dir = self.sounds_dir.trim_end_matches('/');
        let within = name.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/'));
        match within {
            Some(within) if !dir.is_empty() => within,
            // Somebody else's directory: the file's own name has to do.
            _ => match name.strip_prefix('/') {
                Some(rest) => rest.rsplit('/').next().unwrap_or(rest),
                None => name,
            },
        }
    }
}
