//! Logins that are remembered, one file for all, readable by its owner only.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A remembered login.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub host: String,
    pub token: String,
    /// Gets another token when that one has ended; engines of before gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// The profile of that name; none where there is no home to keep one in.
pub(crate) fn find(name: &str) -> Result<Option<Profile>, Error> {
    match path() {
        Ok(path) => Ok(read(&path)?.remove(name)),
        Err(_) => Ok(None),
    }
}

/// Remembers a login, or forgets it.
pub(crate) fn keep(name: &str, profile: Option<Profile>) -> Result<(), Error> {
    let path = path()?;
    let mut all = read(&path)?;
    match profile {
        Some(profile) => all.insert(name.to_owned(), profile),
        None => all.remove(name),
    };
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let written = path.with_extension("new");
    let mut file = private().open(&written)?;
    file.write_all(serde_json::to_string_pretty(&all)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(written, path)?;
    Ok(())
}

/// A file for the owner's eyes.
fn private() -> OpenOptions {
    let mut options = File::options();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn read(path: &Path) -> Result<BTreeMap<String, Profile>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            Error::Usage(format!("{}: {error}; remove it and log in again", path.display()))
        }),
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
