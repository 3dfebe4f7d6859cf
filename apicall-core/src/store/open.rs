//! Opening a store.

use super::StoreError;
use super::db::{Connection, Location, Readers};
use super::journal::Journal;
use super::link::Link;
use super::tenure::Tenure;
use super::writer::{self, Edit, Health, Kind, Step, StepFuture, Work};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// The name of an engine, where several may come to one database.
const ENGINE: &str = "engine";

/// Who opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// An engine: the only one of this database.
    Engine,
    /// Administration, which may work beside an engine.
    Admin,
}

/// A store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) readers: Readers,
    journal: Journal,
    health: watch::Receiver<Health>,
    /// Held as long as an engine uses the database.
    _lock: Option<Arc<File>>,
}

impl Store {
    /// Opens a store, makes its file or tables if there are none, and brings it to this version's form.
    pub async fn open(location: &Location, access: Access) -> Result<Self, StoreError> {
        let cannot = |reason: String| StoreError::Open {
            url: location.to_string(),
            reason,
        };
        let lock = match (access, location.file()) {
            (Access::Engine, Some(path)) => Some(Arc::new(lock(path).map_err(cannot)?)),
            _ => None,
        };
        let mut connection = location.reach().await.map_err(cannot)?;
        connection
            .migrate()
            .await
            .map_err(|error| cannot(error.to_string()))?;
        let tenure = match access {
            Access::Engine if lock.is_none() => {
                let taken = Tenure::take(&mut connection, ENGINE).await;
                Some(taken.map_err(|error| cannot(error.to_string()))?)
            }
            _ => None,
        };
        if super::copy::is_unfinished(&mut connection).await? {
            let remedy =
                "it holds part of a copy that broke off; copy again into an empty one, and remove this one";
            return Err(cannot(remedy.to_owned()));
        }
        if access == Access::Engine {
            super::contacts::abort_open_imports(&mut connection).await?;
        }
        let (queue, health) = writer::start(Link::new(location.clone(), connection, tenure));
        Ok(Self {
            readers: location.readers(),
            journal: Journal::new(queue),
            health,
            _lock: lock,
        })
    }

    /// Whether it can be written.
    pub fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// The same, to be followed.
    pub fn health_watch(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Transactions written since it was opened.
    pub fn transactions(&self) -> u64 {
        self.journal.transactions()
    }

    /// What the dialer writes with.
    pub fn journal(&self) -> Journal {
        self.journal.clone()
    }

    /// Waits until everything handed over so far is on disk, and gives up what an engine holds. Nothing is written after.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.edit(|_| Box::pin(async { Ok(()) })).await?;
        self.journal.close();
        let mut health = self.health.clone();
        while health.changed().await.is_ok() {}
        self.readers.close().await;
        Ok(())
    }

    /// Runs a job of the writer and waits for it.
    pub(super) async fn edit<T: Send + 'static>(
        &self,
        step: impl for<'c> Fn(&'c mut Connection) -> StepFuture<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let step: Step<T> = Box::new(step);
        let (edit, answer) = Edit::with_reply(Kind::AwaitedByPerson, step);
        self.journal.submit(Work::Edit(edit))?;
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::Away("the writer has stopped".to_owned())))
    }
}

/// Keeps a second engine off the database. The lock ends with the process, whatever ends it.
fn lock(path: &Path) -> Result<File, String> {
    let path = lock_path(path);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file =
        file.map_err(|error| format!("{}: {error}; its directory must be writable", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(format!(
            "another engine uses it ({} is locked); stop that one first",
            path.display()
        )),
    }
}

/// Whether an engine holds it; leaves no file behind.
pub(super) fn is_locked(path: &Path) -> bool {
    let file = File::options().write(true).open(lock_path(path));
    file.is_ok_and(|file| file.try_lock().is_err())
}

fn lock_path(path: &Path) -> PathBuf {
    path.with_added_extension("lock")
}
