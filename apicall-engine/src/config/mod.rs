//! The configuration: a TOML file, and the environment over it. `docs/configuration.md` describes every key.

use anyhow::Context;
use apicall_core::dialer::DialerSettings;
use apicall_core::model::{Channels, Cps, Limits, SwitchName};
use apicall_core::switch::asterisk::{AsteriskConfig, DialTemplate, OriginateBy, Timing};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where configuration is looked for.
const PLACES: [&str; 2] = ["apicall.toml", "/etc/apicall/apicall.toml"];

/// Everything that can be configured.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub http: Http,
    pub store: Store,
    pub audio: Audio,
    pub limits: EngineLimits,
    pub log: Log,
    #[serde(rename = "switch")]
    pub switches: Vec<Switch>,
}

/// `[http]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Http {
    pub listen: SocketAddr,
    pub trusted_proxies: Vec<IpNet>,
    pub max_import_bytes: u64,
    pub session_h: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            trusted_proxies: Vec::new(),
            max_import_bytes: 1 << 30,
            session_h: 12,
        }
    }
}

/// `[store]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    pub url: Option<String>,
}

/// `[audio]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Audio {
    pub dir: PathBuf,
}

impl Default for Audio {
    fn default() -> Self {
        Self { dir: "audio".into() }
    }
}

/// `[limits]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineLimits {
    pub cps: Cps,
    pub channels: Channels,
    pub drain_s: u32,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            cps: Cps::whole(100).expect("100 is a rate"),
            channels: 2_000.try_into().expect("2,000 is a cap"),
            drain_s: 60,
        }
    }
}

/// `[log]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub level: String,
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// `[[switch]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    pub name: SwitchName,
    pub kind: Kind,
    pub ami: String,
    pub user: String,
    pub secret: SecretString,
    pub agi_listen: SocketAddr,
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

impl Config {
    /// Reads a file and the environment: `APICALL__HTTP__LISTEN` is `listen` of `[http]`. A file that is named must be
    /// there; without any, the defaults hold.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let found = match file {
            Some(file) if file.is_file() => Some(file.to_owned()),
            Some(file) => anyhow::bail!("{}: no such configuration file", file.display()),
            None => PLACES.iter().map(PathBuf::from).find(|place| place.is_file()),
        };
        let mut figment = Figment::new();
        if let Some(found) = &found {
            figment = figment.merge(Toml::file_exact(found));
        }
        let figment = figment.merge(Env::prefixed("APICALL__").split("__"));
        let mut config: Self = figment
            .extract()
            .map_err(|error| anyhow::anyhow!("configuration: {error}"))?;
        config.check()?;
        if let Some(directory) = found.as_deref().and_then(Path::parent) {
            config.audio.dir = directory.join(&config.audio.dir);
        }
        Ok(config)
    }

    fn check(&mut self) -> anyhow::Result<()> {
        let mut names: Vec<_> = self.switches.iter().map(|switch| &switch.name).collect();
        names.sort();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            anyhow::bail!(
                "configuration: two switches are called {}; give each a name of its own",
                pair[0]
            );
        }
        for switch in &self.switches {
            switch.adapter(Vec::new())?;
            anyhow::ensure!(
                (1..=100_000).contains(&switch.max_unanswered),
                "configuration: switch {}: max_unanswered {} is out of range; use 1 to 100000",
                switch.name,
                switch.max_unanswered
            );
        }
        Ok(())
    }

    /// The store's URL; the user's data directory when none is configured.
    pub(crate) fn store_url(&self) -> anyhow::Result<String> {
        if let Some(url) = &self.store.url {
            return Ok(url.clone());
        }
        let home = directories::ProjectDirs::from("", "", "apicall")
            .context("no home directory; set [store] url")?;
        std::fs::create_dir_all(home.data_dir())
            .with_context(|| format!("cannot make {}", home.data_dir().display()))?;
        Ok(format!(
            "sqlite://{}",
            home.data_dir().join("apicall.db").display()
        ))
    }

    pub(crate) fn dialer(&self) -> DialerSettings {
        DialerSettings::new(Limits {
            cps: Some(self.limits.cps),
            channels: Some(self.limits.channels),
        })
    }
}

impl Switch {
    /// What the adapter is told.
    pub(crate) fn adapter(&self, token_key: Vec<u8>) -> anyhow::Result<AsteriskConfig> {
        let about = |key: &str| format!("configuration: switch {}: {key}", self.name);
        let dial: DialTemplate = self
            .dial
            .parse()
            .map_err(|invalid| anyhow::anyhow!("{}: {invalid}", about("dial")))?;
        let originate = match (self.originate, &self.spool_dir) {
            (Originate::Ami, _) => OriginateBy::Ami,
            (Originate::Spool, Some(dir)) => OriginateBy::Spool { dir: dir.clone() },
            (Originate::Spool, None) => anyhow::bail!(
                "{} is missing; originate = \"spool\" needs it",
                about("spool_dir")
            ),
        };
        let agi_url = self
            .agi_url
            .clone()
            .unwrap_or_else(|| format!("agi://{}", self.agi_listen));
        anyhow::ensure!(
            agi_url.starts_with("agi://") && !agi_url.contains([',', ' ', '\r', '\n']),
            "{} `{agi_url}`: write it as agi://host:port, as Asterisk reaches this engine",
            about("agi_url")
        );
        let ami_host: Option<std::net::IpAddr> = self
            .ami
            .rsplit_once(':')
            .map(|(host, _)| host)
            .unwrap_or_default()
            .parse()
            .ok();
        anyhow::ensure!(
            self.ami
                .rsplit_once(':')
                .is_some_and(|(_, port)| port.parse::<u16>().is_ok()),
            "{} `{}`: write it as host:port",
            about("ami"),
            self.ami
        );
        let loopback = ["127.0.0.0/8", "::1/128"].map(|net| net.parse().expect("a network"));
        let agi_allow = match (self.agi_allow.is_empty(), ami_host) {
            (false, _) => self.agi_allow.clone(),
            (true, Some(host)) => loopback.into_iter().chain([IpNet::from(host)]).collect(),
            (true, None) => loopback.to_vec(),
        };
        Ok(AsteriskConfig {
            name: self.name.clone(),
            ami: self.ami.clone(),
            user: self.user.clone(),
            secret: self.secret.clone(),
            agi_listen: self.agi_listen,
            agi_url,
            agi_allow,
            originate,
            dial,
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
}

impl EngineLimits {
    pub(crate) fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_s.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use std::io::Write;

    fn load(text: &str) -> anyhow::Result<Config> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Config::load(Some(file.path()))
    }

    #[test]
    fn the_example_of_the_docs_is_one() {
        let docs = include_str!("../../docs/configuration.md");
        let example = docs.split("```toml").nth(1).unwrap().split("```").next().unwrap();
        let config = load(example).unwrap();
        assert_eq!(config.switches[0].name.as_str(), "pbx1");
        assert_eq!(config.limits.cps.per_second(), 100.0);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let switch = "[[switch]]\nname='a'\nkind='asterisk'\nami='127.0.0.1:5038'\nuser='u'\nsecret='s'\nagi_listen='127.0.0.1:4573'\n";
        for (text, named) in [
            ("[http]\nlissten='x'", "lissten"),
            ("[limits]\ncps=2.5", "cps"),
            (&format!("{switch}dial='PJSIP/x'"), "dial"),
            (&format!("{switch}originate='spool'"), "spool_dir"),
            (&format!("{switch}{switch}"), "called a"),
            (&format!("{switch}max_unanswered=0"), "max_unanswered"),
        ] {
            let error = load(text).unwrap_err().to_string();
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
