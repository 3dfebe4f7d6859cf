//! Logins that are remembered, one file for all, readable by its owner only.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A remembered login.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub host: String,
    pub token: String,
}

/// The profile of that name.
pub(crate) fn find(name: &str) -> Result<Option<Profile>, Error> {
    Ok(read()?.remove(name))
}

/// Remembers a login, or forgets it.
pub(crate) fn keep(name: &str, profile: Option<Profile>) -> Result<(), Error> {
    let mut all = read()?;
    match profile {
        Some(profile) => all.insert(name.to_owned(), profile),
        None => all.remove(name),
    };
    let path = path()?;
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let written = path.with_extension("new");
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&written)?;
    file.write_all(serde_json::to_string_pretty(&all)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(written, path)?;
    Ok(())
}

fn read() -> Result<BTreeMap<String, Profile>, Error> {
    match std::fs::read(path()?) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error.into()),
    }
}

fn path() -> Result<PathBuf, Error> {
    let home = directories::ProjectDirs::from("", "", "apicall");
    let home = home.ok_or_else(|| {
        Error::Usage("no home directory to remember logins in; set APICALL_TOKEN".to_owned())
    })?;
    Ok(home.config_dir().join("logins.json"))
}
