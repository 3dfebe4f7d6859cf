//! `[[switch]]`: a PBX, and how it is loaded.

use super::Fault;
use apicall_core::model::{Channels, Cps, Limits, SwitchName};
use apicall_core::switch::asterisk::{AsteriskConfig, OriginateBy, Timing};
use apicall_core::switch::{DialTemplate, Supply};
use clap::ValueEnum;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// `[[switch]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// What trunks and people call it.
    pub name: SwitchName,
    pub kind: Kind,
    /// Whether behind the protocol of `kind` there is an emulator, whose callees follow a call's variables.
    #[serde(default)]
    pub emulated: bool,
    /// Its manager, `host:port`.
    pub ami: Option<String>,
    pub user: Option<String>,
    pub secret: Option<SecretString>,
    /// Of a FreeSWITCH: its event socket, `host:port`, and the password for it.
    pub esl: Option<String>,
    pub password: Option<SecretString>,
    /// Of a FreeSWITCH: where its sounds are, and where recordings go.
    pub sounds: Option<String>,
    pub recordings: Option<String>,
    /// Where it sees the engine's directory of audio; or the engine's address, to fetch audio from.
    pub audio_dir: Option<String>,
    pub audio_url: Option<String>,
    /// Of a FreeSWITCH: where it sends the audio of calls that are listened to, as an address and `first-last`.
    pub audio_address: Option<Ipv4Addr>,
    pub audio_ports: Option<String>,
    /// Of a FreeSWITCH: where the engine listens for channels of its dialplan, and who may bring them.
    pub visitors_listen: Option<SocketAddr>,
    #[serde(default)]
    pub visitors_allow: Vec<IpNet>,
    /// Where the engine listens for it.
    pub agi_listen: Option<SocketAddr>,
    /// How it reaches that.
    pub agi_url: Option<String>,
    #[serde(default)]
    pub agi_allow: Vec<IpNet>,
    #[serde(default)]
    pub originate: Originate,
    pub spool_dir: Option<PathBuf>,
    pub dial: Option<String>,
    pub cps: Option<Cps>,
    pub channels: Option<Channels>,
    pub max_unanswered: Option<u32>,
    /// Whether it is dialed more slowly before it is overloaded.
    #[serde(default = "yes")]
    pub overload: bool,
    /// Of an emulated switch: who answers, as a file, and what is drawn.
    pub callees: Option<PathBuf>,
    pub seed: Option<u64>,
    /// And which PBX it is.
    pub pbx: Option<Pbx>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Asterisk,
    #[serde(rename = "freeswitch")]
    FreeSwitch,
    /// A PBX that is not there, in this process.
    Emulator,
}

/// Which PBX an emulated switch is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub(crate) enum Pbx {
    #[default]
    Asterisk,
    FreeSwitch,
}

impl Pbx {
    /// Its name, for people.
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Asterisk => "Asterisk",
            Self::FreeSwitch => "FreeSWITCH",
        }
    }
}

impl Kind {
    /// Its name, as configured.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Asterisk => "asterisk",
            Self::FreeSwitch => "freeswitch",
            Self::Emulator => "emulator",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Originate {
    #[default]
    Ami,
    Spool,
}

const fn yes() -> bool {
    true
}

impl Switch {
    /// An emulated switch of this name.
    pub(crate) fn emulated(name: SwitchName) -> Self {
        Self {
            name,
            kind: Kind::Emulator,
            emulated: false,
            pbx: None,
            ami: None,
            user: None,
            secret: None,
            agi_listen: None,
            agi_url: None,
            agi_allow: Vec::new(),
            originate: Originate::Ami,
            spool_dir: None,
            esl: None,
            password: None,
            sounds: None,
            recordings: None,
            audio_dir: None,
            audio_url: None,
            audio_address: None,
            audio_ports: None,
            visitors_listen: None,
            visitors_allow: Vec::new(),
            dial: None,
            cps: None,
            channels: None,
            max_unanswered: None,
            overload: true,
            callees: None,
            seed: None,
        }
    }

    /// Refuses what the types alone do not.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if !(1..=100_000).contains(&self.max_unanswered()) {
            return Err(self.fault("max_unanswered", "is out of range; use 1 to 100000"));
        }
        match self.kind {
            Kind::Asterisk => self.check_asterisk(),
            Kind::FreeSwitch => self.check_freeswitch(),
            Kind::Emulator => self.check_emulator(),
        }
    }

    fn check_asterisk(&self) -> Result<(), Fault> {
        self.adapter(Vec::new())?;
        self.refuse_freeswitch_keys()?;
        for (key, given) in [
            ("seed", self.seed.is_some()),
            ("callees", self.callees.is_some()),
            ("pbx", self.pbx.is_some()),
        ] {
            if given {
                let remedy = "is of an emulated switch; remove it, or use kind = \"emulator\"";
                return Err(self.fault(key, remedy));
            }
        }
        let texts = [
            ("user", self.user.as_deref()),
            ("secret", self.secret.as_ref().map(ExposeSecret::expose_secret)),
        ];
        for (key, text) in texts {
            if text.is_none_or(|text| text.is_empty() || text.contains(char::is_control)) {
                return Err(self.fault(key, "is empty, or not one line; give what manager.conf has"));
            }
        }
        Ok(())
    }

    /// Which PBX an emulated switch is.
    pub(crate) fn emulates(&self) -> Pbx {
        self.pbx.unwrap_or_default()
    }

    /// The engine makes and knows everything else of a switch of its own.
    fn check_emulator(&self) -> Result<(), Fault> {
        self.refuse_freeswitch_keys()?;
        for (key, given) in [
            ("emulated", self.emulated),
            ("ami", self.ami.is_some()),
            ("user", self.user.is_some()),
            ("secret", self.secret.is_some()),
            ("agi_listen", self.agi_listen.is_some()),
            ("agi_url", self.agi_url.is_some()),
            ("agi_allow", !self.agi_allow.is_empty()),
        ] {
            if given {
                let remedy = "is of no use to an emulated switch, which needs only a name; remove it";
                return Err(self.fault(key, remedy));
            }
        }
        if self.emulates() == Pbx::FreeSwitch {
            for (key, given) in [
                ("originate", self.originate != Originate::Ami),
                ("spool_dir", self.spool_dir.is_some()),
            ] {
                if given {
                    return Err(self.fault(
                        key,
                        "is not of a FreeSWITCH, which takes no call files; remove it",
                    ));
                }
            }
        }
        self.originate_by()?;
        self.template().map(drop)
    }

    /// What it is, as people and programs are told: whoever tests flows has to know whether callees can be played.
    pub(crate) const fn told_kind(&self) -> &'static str {
        if self.emulated { Kind::Emulator } else { self.kind }.as_str()
    }

    /// Whether there is no PBX behind it.
    pub(crate) fn is_emulated(&self) -> bool {
        self.emulated || self.kind == Kind::Emulator
    }

    /// Originates that may be without an answer at once. An emulated switch bears more.
    pub(crate) fn max_unanswered(&self) -> u32 {
        self.max_unanswered
            .unwrap_or(if self.is_emulated() { 5_000 } else { 100 })
    }

    /// What the adapter is told of an Asterisk.
    pub(crate) fn adapter(&self, token_key: Vec<u8>) -> Result<AsteriskConfig, Fault> {
        Ok(AsteriskConfig {
            name: self.name.clone(),
            ami: self.given("ami", self.ami.as_ref())?,
            user: self.given("user", self.user.as_ref())?,
            secret: self.given("secret", self.secret.as_ref())?,
            agi_listen: self.given("agi_listen", self.agi_listen.as_ref())?,
            agi_url: self.url()?,
            agi_allow: self.allowed()?,
            originate: self.originate_by()?,
            dial: self.template()?,
            supply: Supply::default(),
            token_key,
            timing: Timing::default(),
        })
    }

    /// What it is told of an emulated one, which is reached at that address.
    pub(crate) fn adapter_of_emulator(
        &self,
        token_key: Vec<u8>,
        ami: SocketAddr,
        (user, secret): (&str, SecretString),
    ) -> Result<AsteriskConfig, Fault> {
        Ok(AsteriskConfig {
            name: self.name.clone(),
            ami: ami.to_string(),
            user: user.to_owned(),
            secret,
            agi_listen: ([127, 0, 0, 1], 0).into(),
            agi_url: String::new(),
            agi_allow: vec![IpNet::from(ami.ip())],
            originate: self.originate_by()?,
            dial: self.template()?,
            supply: Supply::default(),
            token_key,
            timing: Timing::default(),
        })
    }

    pub(super) fn given<T: Clone>(&self, key: &str, value: Option<&T>) -> Result<T, Fault> {
        value
            .cloned()
            .ok_or_else(|| self.fault(key, "is missing; add it"))
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            cps: self.cps,
            channels: self.channels,
        }
    }

    pub(super) fn template(&self) -> Result<DialTemplate, Fault> {
        let usual = match (self.kind, self.emulates()) {
            (Kind::Asterisk, _) | (Kind::Emulator, Pbx::Asterisk) => "PJSIP/{number}@{trunk}",
            (Kind::FreeSwitch, _) | (Kind::Emulator, Pbx::FreeSwitch) => "sofia/gateway/{trunk}/{number}",
        };
        let template = self.dial.as_deref().unwrap_or(usual).parse();
        template.map_err(|invalid: apicall_core::model::Invalid| self.fault("dial", &invalid.to_string()))
    }

    fn originate_by(&self) -> Result<OriginateBy, Fault> {
        match (self.originate, &self.spool_dir) {
            (Originate::Ami, _) => Ok(OriginateBy::Ami),
            (Originate::Spool, Some(dir)) => Ok(OriginateBy::Spool { dir: dir.clone() }),
            (Originate::Spool, None) => Err(self.fault(
                "spool_dir",
                "is missing; originate = \"spool\" needs it, usually /var/spool/asterisk/outgoing",
            )),
        }
    }

    /// Where an emulated switch finds call files.
    pub(crate) fn spool(&self) -> Result<Option<PathBuf>, Fault> {
        Ok(match self.originate_by()? {
            OriginateBy::Ami => None,
            OriginateBy::Spool { dir } => Some(dir),
        })
    }

    fn url(&self) -> Result<String, Fault> {
        let listen = self.given("agi_listen", self.agi_listen.as_ref())?;
        let reachable = listen.port() != 0 && !listen.ip().is_unspecified();
        let url = match &self.agi_url {
            Some(url) => url.clone(),
            None if reachable => format!("agi://{listen}"),
            None => {
                let remedy = "is missing; agi_listen alone does not say how Asterisk reaches this engine";
                return Err(self.fault("agi_url", remedy));
            }
        };
        let address = url.strip_prefix("agi://").unwrap_or_default();
        if address.is_empty() || address.contains([',', '/', ' ', '\r', '\n', '\0']) {
            let remedy = format!("`{url}`: write it as agi://host:port, as Asterisk reaches this engine");
            return Err(self.fault("agi_url", &remedy));
        }
        Ok(url)
    }

    /// Loopback and the switch itself, when nothing is said.
    fn allowed(&self) -> Result<Vec<IpNet>, Fault> {
        let ami = self.given("ami", self.ami.as_ref())?;
        let (host, port) = ami.rsplit_once(':').unwrap_or_default();
        if host.is_empty() || port.parse::<u16>().is_err() {
            let remedy = format!("`{ami}`: write it as host:port, as in 127.0.0.1:5038");
            return Err(self.fault("ami", &remedy));
        }
        if !self.agi_allow.is_empty() {
            return Ok(self.agi_allow.clone());
        }
        Ok(near(&ami))
    }

    pub(super) fn fault(&self, key: &str, remedy: &str) -> Fault {
        Fault {
            key: format!("switch {}: {key}", self.name),
            remedy: remedy.to_owned(),
        }
    }
}

/// Loopback, and the switch at that `host:port` when it is given by its address.
pub(super) fn near(switch: &str) -> Vec<IpNet> {
    let loopback = ["127.0.0.0/8", "::1/128"].map(|net| net.parse().expect("a network"));
    let host = switch.rsplit_once(':').map_or(switch, |(host, _)| host);
    let switch: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    loopback.into_iter().chain(switch.map(IpNet::from)).collect()
}
