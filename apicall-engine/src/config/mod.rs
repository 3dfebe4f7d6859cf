//! The configuration. `docs/configuration.md` describes every key.
//!
//! Deliberately absent: secrets in any message, and values that are only found wrong when they are used.

mod audio;
mod freeswitch;
mod http;
mod load;
mod retention;
mod switch;

pub(crate) use http::{Http, Origin, Tls};
pub(crate) use retention::Retention;
pub(crate) use switch::{Kind, Pbx, Switch};

use apicall_core::dialer::DialerSettings;
use apicall_core::model::{Channels, Cps, Limits, Rules, Scope};
use apicall_core::store::{Location, StoreError};
use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Everything that can be configured.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub engine: Identity,
    pub http: Http,
    pub store: Store,
    pub audio: Audio,
    pub limits: EngineLimits,
    pub log: Log,
    pub webhooks: Webhooks,
    pub retention: Retention,
    #[serde(rename = "switch")]
    pub switches: Vec<Switch>,
    #[serde(skip)]
    file: Option<PathBuf>,
}

/// `[engine]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Identity {
    /// What tells it from the other engines of a store.
    pub name: Option<String>,
}

/// `[store]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    pub url: Option<String>,
    /// The server's, kept out of the URL.
    pub password: Option<SecretString>,
    /// A file whose first line is that.
    pub password_file: Option<PathBuf>,
}

/// `[audio]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Audio {
    pub dir: PathBuf,
    /// Longest upload.
    pub max_bytes: u64,
    /// How long one may last.
    pub max_s: u32,
}

impl Default for Audio {
    fn default() -> Self {
        Self {
            dir: "audio".into(),
            max_bytes: 64 << 20,
            max_s: 600,
        }
    }
}

/// `[limits]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineLimits {
    pub cps: Cps,
    pub channels: Channels,
    pub drain_s: u32,
    /// Whether rate and channels are of all engines of the store together.
    pub span_engines: bool,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            cps: Cps::whole(100).expect("100 is a rate"),
            channels: 2_000.try_into().expect("2,000 is a cap"),
            drain_s: 60,
            span_engines: false,
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

/// `[webhooks]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Webhooks {
    /// Where they may go beside the usual.
    pub allow: Vec<IpNet>,
    /// Where they may never go.
    pub deny: Vec<IpNet>,
    /// How many may be under way.
    pub max_at_once: u32,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            deny: Vec::new(),
            max_at_once: 100,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Reads a file and the process's environment. A file that is named must be there; without any, the defaults hold.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::read(file, variables)
    }

    fn read(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let (mut config, found) = load::load(file, variables)?;
        if let Some(directory) = found.as_deref().and_then(Path::parent) {
            config.audio.dir = directory.join(&config.audio.dir);
            if let Some(file) = &mut config.store.password_file {
                *file = directory.join(&*file);
            }
            if let Some(tls) = &mut config.http.tls {
                tls.certificate = directory.join(&tls.certificate);
                tls.key = directory.join(&tls.key);
            }
            if let Some(export) = &mut config.retention.export {
                *export = directory.join(&*export);
            }
            let callees = config
                .switches
                .iter_mut()
                .filter_map(|switch| switch.callees.as_mut());
            for file in callees {
                *file = directory.join(&*file);
            }
        }
        config.check().map_err(|fault| ConfigError::Key {
            place: found
                .as_deref()
                .map_or_else(|| "configuration".to_owned(), |file| file.display().to_string()),
            key: fault.key,
            remedy: fault.remedy,
        })?;
        config.file = found;
        Ok(config)
    }

    fn check(&self) -> Result<(), Fault> {
        self.http.check()?;
        let name = self.engine_name();
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
            let remedy = format!("`{name}` will not do; use 1 to 64 letters, digits, `_`, `-`, `.`");
            return Err(Fault::new("engine.name", remedy));
        }
        within("audio.max_bytes", self.audio.max_bytes, 1, 1 << 30)?;
        within("audio.max_s", self.audio.max_s.into(), 1, 900)?;
        within("limits.drain_s", self.limits.drain_s.into(), 0, 86_400)?;
        within(
            "webhooks.max_at_once",
            self.webhooks.max_at_once.into(),
            1,
            10_000,
        )?;
        self.retention.check()?;
        if self.store.password.is_some() && self.store.password_file.is_some() {
            let remedy = "give a password or a file that holds it, not both".to_owned();
            return Err(Fault::new("store.password_file", remedy));
        }
        if let Err(error) = EnvFilter::try_new(&self.log.level) {
            return Err(Fault::new(
                "log.level",
                format!(
                    "{error}; use error, warn, info, debug, trace, or a filter such as info,apicall_core=debug"
                ),
            ));
        }
        for (place, switch) in self.switches.iter().enumerate() {
            if self.switches[..place]
                .iter()
                .any(|other| other.name == switch.name)
            {
                let remedy = format!(
                    "two switches are called {}; give each a name of its own",
                    switch.name
                );
                return Err(Fault::new("switch.name", remedy));
            }
            switch.check()?;
            self.check_audio(switch)?;
        }
        Ok(())
    }

    /// The file it came from.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Where the store is; in the user's data directory when no URL is configured.
    pub(crate) fn store(&self) -> Result<Location, ConfigError> {
        let location: Location = match &self.store.url {
            Some(url) => url.parse()?,
            None => {
                let home = directories::ProjectDirs::from("", "", "apicall").ok_or(ConfigError::NoHome)?;
                format!("sqlite://{}", home.data_dir().join("apicall.db").display()).parse()?
            }
        };
        Ok(match self.store_password()? {
            Some(password) => location.with_password(&password)?,
            None => location,
        })
    }

    fn store_password(&self) -> Result<Option<SecretString>, ConfigError> {
        let Some(file) = &self.store.password_file else {
            return Ok(self.store.password.clone());
        };
        let text = std::fs::read_to_string(file).map_err(|source| ConfigError::PasswordFile {
            file: file.clone(),
            source,
        })?;
        Ok(text.lines().next().map(SecretString::from))
    }

    /// The same, its directory made when it is ours to make.
    pub(crate) fn store_to_open(&self) -> Result<Location, ConfigError> {
        let location = self.store()?;
        match location.file().and_then(Path::parent) {
            Some(directory) if self.store.url.is_none() => {
                std::fs::create_dir_all(directory).map_err(|source| ConfigError::DataDirectory {
                    directory: directory.to_owned(),
                    source,
                })?;
            }
            _ => {}
        }
        Ok(location)
    }

    /// What tells this engine from the others of its store; the machine's name when none is configured.
    pub(crate) fn engine_name(&self) -> String {
        let given = self.engine.name.clone();
        given.unwrap_or_else(|| {
            let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            match machine.trim() {
                "" => "engine".to_owned(),
                name => name.to_owned(),
            }
        })
    }

    pub(crate) fn dialer(&self) -> DialerSettings {
        let limits = Limits {
            cps: Some(self.limits.cps),
            channels: Some(self.limits.channels),
        };
        DialerSettings {
            limits_span_engines: self.limits.span_engines,
            ..DialerSettings::new(limits)
        }
    }
}

impl Config {
    /// The rules that an engine of this name keeps to, and each of its switches.
    pub(crate) fn rules(&self, engine: &str) -> Vec<(Scope, Rules)> {
        let own = self.dialer().limits.into();
        let (alone, together) = if self.limits.span_engines {
            (Rules::default(), own)
        } else {
            (own, Rules::default())
        };
        let mut rules = vec![
            (Scope::Engine(engine.to_owned()), alone),
            (Scope::Engines, together),
        ];
        rules.extend(self.switches.iter().map(|switch| {
            let scope = Scope::Switch(engine.to_owned(), switch.name.clone());
            (scope, switch.limits().into())
        }));
        rules
    }
}

/// Why there is no configuration to run with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{}: no such configuration file", .0.display())]
    NoFile(PathBuf),
    #[error("{place}: {reason}")]
    Unreadable { place: String, reason: String },
    #[error("{place}: {key}: {remedy}")]
    Key {
        place: String,
        key: String,
        remedy: String,
    },
    #[error("store.password_file: {}: {source}; name a file that the engine may read", file.display())]
    PasswordFile { file: PathBuf, source: std::io::Error },
    #[error("store.url: {0}")]
    Store(#[from] StoreError),
    #[error("there is no home directory for the database; set [store] url")]
    NoHome,
    #[error("cannot make {}, where the database would be; set [store] url", directory.display())]
    DataDirectory {
        directory: PathBuf,
        source: std::io::Error,
    },
}

/// A value that its type allows and we do not.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {remedy}")]
pub(crate) struct Fault {
    key: String,
    remedy: String,
}

impl Fault {
    fn new(key: &str, remedy: String) -> Self {
        Self {
            key: key.to_owned(),
            remedy,
        }
    }
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<(), Fault> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Fault::new(
        key,
        format!("{value} is out of range; use {least} to {most}"),
    ))
}

impl EngineLimits {
    pub(crate) fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_s.into())
    }
}

#[cfg(test)]
mod tests;
