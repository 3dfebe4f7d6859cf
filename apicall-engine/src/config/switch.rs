//! `[[switch]]`: a PBX, and how it is loaded.

use super::Fault;
use apicall_core::model::{Channels, Cps, Limits, SwitchName};
use apicall_core::switch::asterisk::{AsteriskConfig, DialTemplate, OriginateBy, Timing};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// `[[switch]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// What trunks and people call it.
    pub name: SwitchName,
    pub kind: Kind,
    /// Its manager, `host:port`.
    pub ami: String,
    pub user: String,
    pub secret: SecretString,
    /// Where the engine listens for it.
    pub agi_listen: SocketAddr,
    /// How it reaches that.
    pub agi_url: Option<String>,
    #[serde(default)]
    pub agi_allow: Vec<IpNet>,
    #[serde(default)]
    pub originate: Originate,
    pub spool_dir: Option<PathBuf>,
    #[serde(default = "default_dial")]
    pub dial: String,
    pub cps: Option<Cps>,
    pub channels: Option<Channels>,
    #[serde(default = "default_unanswered")]
    pub max_unanswered: u32,
}

fn default_dial() -> String {
    "PJSIP/{number}@{trunk}".to_owned()
}

fn default_unanswered() -> u32 {
    100
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Asterisk,
}

impl Kind {
    /// Its name, as configured.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Asterisk => "asterisk",
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

impl Switch {
    /// Refuses what the types alone do not.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.adapter(Vec::new())?;
        if !(1..=100_000).contains(&self.max_unanswered) {
            return Err(self.fault("max_unanswered", "is out of range; use 1 to 100000"));
        }
        let texts = [
            ("user", self.user.as_str()),
            ("secret", self.secret.expose_secret()),
        ];
        for (key, text) in texts {
            if text.is_empty() || text.contains(char::is_control) {
                return Err(self.fault(key, "is empty, or not one line; give what manager.conf has"));
            }
        }
        Ok(())
    }

    /// What the adapter is told.
    pub(crate) fn adapter(&self, token_key: Vec<u8>) -> Result<AsteriskConfig, Fault> {
        Ok(AsteriskConfig {
            name: self.name.clone(),
            ami: self.ami.clone(),
            user: self.user.clone(),
            secret: self.secret.clone(),
            agi_listen: self.agi_listen,
            agi_url: self.url()?,
            agi_allow: self.allowed()?,
            originate: self.originate_by()?,
            dial: self.template()?,
            token_key,
            timing: Timing::default(),
        })
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            cps: self.cps,
            channels: self.channels,
        }
    }

    fn template(&self) -> Result<DialTemplate, Fault> {
        let template = self.dial.parse();
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

    fn url(&self) -> Result<String, Fault> {
        let reachable = self.agi_listen.port() != 0 && !self.agi_listen.ip().is_unspecified();
        let url = match &self.agi_url {
            Some(url) => url.clone(),
            None if reachable => format!("agi://{}", self.agi_listen),
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
        let (host, port) = self.ami.rsplit_once(':').unwrap_or_default();
        if host.is_empty() || port.parse::<u16>().is_err() {
            let remedy = format!("`{}`: write it as host:port, as in 127.0.0.1:5038", self.ami);
            return Err(self.fault("ami", &remedy));
        }
        if !self.agi_allow.is_empty() {
            return Ok(self.agi_allow.clone());
        }
        let loopback = ["127.0.0.0/8", "::1/128"].map(|net| net.parse().expect("a network"));
        let switch: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        Ok(loopback.into_iter().chain(switch.map(IpNet::from)).collect())
    }

    fn fault(&self, key: &str, remedy: &str) -> Fault {
        Fault {
            key: format!("switch {}: {key}", self.name),
            remedy: remedy.to_owned(),
        }
    }
}
