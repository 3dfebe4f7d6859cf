//! What the adapter needs to know of a FreeSWITCH.

use crate::model::{SoundName, SwitchName};
use crate::switch::library::Playable;
use crate::switch::{DialTemplate, Supply, Timing};
use ipnet::IpNet;
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

/// One FreeSWITCH.
#[derive(Debug, Clone)]
pub struct FreeSwitchConfig {
    /// Its name.
    pub name: SwitchName,
    /// Where its event socket listens, `host:port`.
    pub esl: String,
    /// A user of its directory, `name` or `name@domain`, who may use the event socket; without one the password is
    /// that of the event socket itself.
    pub user: Option<String>,
    /// The password.
    pub password: SecretString,
    /// How a number becomes a channel.
    pub dial: DialTemplate,
    /// The directory of sounds there; empty for FreeSWITCH's own.
    pub sounds: String,
    /// How uploaded audio reaches it.
    pub supply: Supply,
    /// The directory for recordings there; without one nothing can be recorded.
    pub recordings: Option<String>,
    /// Where calls are listened to.
    pub audio: AudioConfig,
    /// Where its dialplan hands channels over; nowhere when absent.
    pub visitors: Option<VisitorsConfig>,
    /// After how long FreeSWITCH hangs up by itself, should we be gone.
    pub longest_call: Duration,
    /// Deadlines.
    pub timing: Timing,
}

impl FreeSwitchConfig {
    /// Where a sound is.
    pub(super) fn sound(&self, name: &SoundName) -> String {
        match self.supply.playable(name) {
            Playable::Own => file(&self.sounds, name),
            Playable::File(path, file) => format!("{path}.{file}"),
            Playable::Link(link) => link,
        }
    }

    /// Where a recording goes.
    pub(super) fn recording(&self, name: &SoundName) -> Option<String> {
        self.recordings.as_ref().map(|dir| file(dir, name))
    }
}

fn file(dir: &str, name: &SoundName) -> String {
    match dir.trim_end_matches('/') {
        "" => format!("{name}.wav"),
        dir => format!("{dir}/{name}.wav"),
    }
}

/// Where FreeSWITCH sends the audio of calls that are listened to, by UDP.
#[derive(Debug, Clone, Default)]
pub struct AudioConfig {
    /// The address it is told; this end of the connection to its event socket when absent.
    pub address: Option<Ipv4Addr>,
    /// The ports; any when absent.
    pub ports: Option<RangeInclusive<u16>>,
}

/// Where FreeSWITCH connects to for each channel that its dialplan hands over.
#[derive(Debug, Clone)]
pub struct VisitorsConfig {
    /// Where we listen.
    pub listen: SocketAddr,
    /// Who may connect.
    pub allow: Vec<IpNet>,
}
