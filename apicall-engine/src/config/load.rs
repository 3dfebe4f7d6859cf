//! Where configuration comes from: one TOML file, and the environment over it.
//!
//! Whatever is refused is refused by its place, its key and what to write instead. Values of secrets are never shown.

use super::{Config, ConfigError};
use figment::error::{Error, Kind};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Tag, Value};
use figment::{Figment, Metadata, Profile, Provider};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where a file is looked for when none is named.
const PLACES: [&str; 2] = ["apicall.toml", "/etc/apicall/apicall.toml"];
/// What every variable of ours begins with.
const PREFIX: &str = "APICALL__";
/// Keys whose values are text, even when they look like a number.
const TEXT: [&str; 13] = [
    "name",
    "ami",
    "user",
    "secret",
    "password",
    "password_file",
    "agi_url",
    "spool_dir",
    "dial",
    "url",
    "dir",
    "export",
    "level",
];
/// Keys whose values are shown to nobody.
const SECRET: [&str; 3] = ["secret", "password", "url"];

/// Reads a file and variables. A file that is named must be there; without any, the defaults hold.
pub(super) fn load(
    file: Option<&Path>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(Config, Option<PathBuf>), ConfigError> {
    let found = match file {
        Some(file) if file.is_file() => Some(file.to_owned()),
        Some(file) => return Err(ConfigError::NoFile(file.to_owned())),
        None => PLACES.iter().map(PathBuf::from).find(|place| place.is_file()),
    };
    let mut figment = Figment::new();
    if let Some(found) = &found {
        figment = figment.merge(Toml::file_exact(found));
    }
    let environment = Environment::read(variables, &figment)?;
    let config = figment.merge(environment).extract();
    Ok((config.map_err(|error| refusal(&error))?, found))
}

/// `APICALL__HTTP__LISTEN` is `listen` of `[http]`, `APICALL__SWITCH__0__SECRET` that of the first `[[switch]]`.
struct Environment(Dict);

impl Environment {
    fn read(variables: impl Iterator<Item = (String, String)>, file: &Figment) -> Result<Self, ConfigError> {
        let mut sections = Dict::new();
        let mut switches = BTreeMap::new();
        for (variable, text) in variables {
            let Some(path) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            let path = path.to_lowercase();
            let keys: Vec<_> = path.split("__").collect();
            match keys[..] {
                ["switch", place, key] => {
                    let place = place.parse::<usize>().map_err(|_| numbered(&variable))?;
                    let switch: &mut Dict = switches.entry(place).or_default();
                    switch.insert(key.to_owned(), value(key, &text));
                }
                [section, key] if section != "switch" => {
                    let section = sections.entry(section.to_owned());
                    let section = section.or_insert_with(|| Dict::new().into());
                    if let Value::Dict(_, keys) = section {
                        keys.insert(key.to_owned(), value(key, &text));
                    }
                }
                _ => return Err(numbered(&variable)),
            }
        }
        if !switches.is_empty() {
            let of_file = file.find_value("switch").ok().and_then(Value::into_array);
            let all = overlay(of_file.unwrap_or_default(), switches)?;
            sections.insert("switch".to_owned(), all.into());
        }
        Ok(Self(sections))
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment").interpolater(|_, keys| {
            let keys: Vec<_> = keys.iter().map(|key| key.to_uppercase()).collect();
            format!("{PREFIX}{}", keys.join("__"))
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Map::from([(Profile::Default, self.0.clone())]))
    }
}

/// The switches of the file with what the environment says of each; one more may follow the last.
fn overlay(mut switches: Vec<Value>, changes: BTreeMap<usize, Dict>) -> Result<Vec<Value>, ConfigError> {
    for (place, change) in changes {
        if place > switches.len() {
            return Err(ConfigError::Key {
                place: "the environment".to_owned(),
                key: format!("{PREFIX}SWITCH__{place}"),
                remedy: format!(
                    "there are {} switches before it; number them from 0",
                    switches.len()
                ),
            });
        }
        if place == switches.len() {
            switches.push(Dict::new().into());
        }
        if let Value::Dict(tag, switch) = &mut switches[place] {
            *tag = Tag::Default;
            switch.extend(change);
        }
    }
    Ok(switches)
}

fn value(key: &str, text: &str) -> Value {
    if TEXT.contains(&key) {
        Value::from(text)
    } else {
        text.parse().expect("whatever cannot be parsed is text")
    }
}

fn numbered(variable: &str) -> ConfigError {
    ConfigError::Key {
        place: "the environment".to_owned(),
        key: variable.to_owned(),
        remedy: format!(
            "no such key; write {PREFIX}SECTION__KEY, or {PREFIX}SWITCH__0__KEY for the first switch"
        ),
    }
}

fn refusal(error: &Error) -> ConfigError {
    let source = error.metadata.as_ref();
    let place = match source.map(|source| (&source.source, &source.name)) {
        Some((Some(file), _)) => file.to_string(),
        Some((None, name)) => name.to_string(),
        None => "configuration".to_owned(),
    };
    let secret = error
        .path
        .last()
        .is_some_and(|key| SECRET.contains(&key.as_str()));
    let mut path = error.path.clone();
    let remedy = match &error.kind {
        Kind::UnknownField(key, known) => {
            if path.last() != Some(key) {
                path.push(key.clone());
            }
            format!("no such key; use one of {}", known.join(", "))
        }
        Kind::UnknownVariant(found, known) => {
            let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
            format!("`{found}` is none of them; use one of {}", known.join(", "))
        }
        Kind::MissingField(key) => {
            path.push(key.to_string());
            "is missing; add it".to_owned()
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if secret => {
            format!("write it as {expected}")
        }
        Kind::Message(text) if path.is_empty() => {
            return ConfigError::Unreadable {
                place,
                reason: text.clone(),
            };
        }
        other => other.to_string(),
    };
    let key = match (source, &error.profile) {
        (Some(source), Some(profile)) if source.source.is_none() => source.interpolate(profile, &path),
        _ => path.join("."),
    };
    ConfigError::Key { place, key, remedy }
}
