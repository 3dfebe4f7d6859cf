//! A copy of a file while an engine works on it.
//!
//! One long read of the file, which sees one moment of it: the engine writes on meanwhile, and its log is moved into the
//! file when the read is over. The copy has its name only once it is whole, on disk and checked.

use super::db::{Connection, sql};
use super::inspect::Form;
use super::{Location, Store, StoreError};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

impl Store {
    /// Copies a store's file to another, which must not be there. Returns its size in bytes.
    pub async fn backup(location: &Location, to: &Path) -> Result<u64, StoreError> {
        let cannot = |reason: String| StoreError::Open {
            url: location.to_string(),
            reason,
        };
        if location.file().is_none() {
            let remedy = "it is no file; use the server's own tools, as in mariadb-dump --single-transaction";
            return Err(cannot(remedy.to_owned()));
        }
        if Self::inspect(location).await?.form == Form::Absent {
            return Err(cannot("there is nothing there to be copied".to_owned()));
        }
        let part = to.with_added_extension("part");
        for path in [to, &part] {
            if path.exists() {
                return Err(cannot(format!(
                    "{} is there already; name another file, or remove it",
                    path.display()
                )));
            }
        }
        let copied = copy(location, &part, to).await;
        if copied.is_err() {
            // Whatever there is of it is no backup.
            let _ = fs::remove_file(&part);
        }
        copied
    }
}

async fn copy(location: &Location, part: &Path, to: &Path) -> Result<u64, StoreError> {
    let mut connection = location.reach_to_look().await.map_err(StoreError::Away)?;
    let copied = sql("VACUUM INTO ?")
        .bind(part.display().to_string())
        .run(&mut connection)
        .await;
    connection.close().await;
    copied?;
    check(part).await?;
    let failed = |error: io::Error| StoreError::Away(format!("{}: {error}", to.display()));
    let size = keep(part, to).map_err(failed)?;
    Ok(size)
}

/// Whether a file is a sound database.
async fn check(path: &Path) -> Result<(), StoreError> {
    let location: Location = format!("sqlite://{}", path.display()).parse()?;
    // Only to look: a writer's log beside it would not be renamed with it.
    let mut connection = location.reach_to_look().await.map_err(StoreError::Away)?;
    let found = integrity(&mut connection).await;
    connection.close().await;
    match found? {
        word if word == "ok" => Ok(()),
        word => Err(StoreError::Unreadable(format!("the copy is not sound: {word}"))),
    }
}

async fn integrity(connection: &mut Connection) -> Result<String, StoreError> {
    sql("PRAGMA integrity_check").one(connection).await?.try_get(0)
}

/// Gives a whole file its name, and both to the disk.
fn keep(part: &Path, to: &Path) -> io::Result<u64> {
    let file = File::open(part)?;
    file.sync_all()?;
    fs::rename(part, to)?;
    let directory = to.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.map_or_else(|| PathBuf::from("."), Path::to_owned))?.sync_all()?;
    Ok(file.metadata()?.len())
}
