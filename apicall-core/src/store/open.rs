//! Opening a store.

use super::StoreError;
use super::accounts::Pen;
use super::db::{Connection, Location, Readers};
use super::journal::Journal;
use super::link::Link;
use super::tenure::{self, Tenure};
use super::work::{Edit, Kind, Step, StepFuture, Work};
use super::writer::{self, Health, Signs};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

/// The name of an engine whose configuration gives it none.
const ENGINE: &str = "engine";

/// Who opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// An engine: the only one of a file, the only one of its name on a server.
    Engine,
    /// A command that no engine may work beside.
    Alone,
    /// Administration, which may work beside an engine.
    Admin,
}

/// A store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) readers: Readers,
    journal: Journal,
    signs: Signs,
    pub(super) shared: bool,
    /// Notes what somebody does with it.
    pub(super) pen: Pen,
    /// Held as long as an engine uses the database.
    _lock: Option<Arc<File>>,
}

impl Store {
    /// Opens a store, makes its file or tables if there are none, and brings it to this version's form.
    pub async fn open(location: &Location, access: Access) -> Result<Self, StoreError> {
        Self::open_as(location, access, ENGINE).await
    }

    /// The same for an engine of a name. Engines of different names share a server; a file has one engine.
    pub async fn open_as(location: &Location, access: Access, engine: &str) -> Result<Self, StoreError> {
        let cannot = |reason: String| StoreError::Open {
            url: location.to_string(),
            reason,
        };
        let lock = match (access, location.file()) {
            (Access::Engine | Access::Alone, Some(path)) => Some(Arc::new(lock(path).map_err(cannot)?)),
            _ => None,
        };
        let mut connection = location.reach().await.map_err(cannot)?;
        if access == Access::Engine && connection.is_node().await? {
            tracing::warn!(
                "the store is a node of a Galera cluster; all engines must use the same node, or limits that span them do not hold (docs/scaling.md)"
            );
        }
        let migrated = location.migrate(&mut connection).await;
        migrated.map_err(|error| cannot(error.to_string()))?;
        let name = match access {
            Access::Engine => Some(engine),
            Access::Alone => Some(tenure::ALONE),
            Access::Admin => None,
        };
        let tenure = match name.filter(|_| lock.is_none()) {
            Some(name) => {
                let taken = Tenure::take(&mut connection, name).await;
                Some(taken.map_err(|error| cannot(error.to_string()))?)
            }
            None => None,
        };
        if super::copy::is_unfinished(&mut connection).await? {
            let remedy =
                "it holds part of a copy that broke off; copy again into an empty one, and remove this one";
            return Err(cannot(remedy.to_owned()));
        }
        if access != Access::Admin {
            // Alone, there is nobody whose import could still be going on.
            let own = tenure
                .as_ref()
                .map(Tenure::engine)
                .filter(|_| access == Access::Engine);
            super::contacts::end_open_imports(&mut connection, own).await?;
        }
        let engine: Arc<str> = tenure.as_ref().map(Tenure::engine).unwrap_or_default().into();
        let shared = tenure.is_some();
        let link = Link::new(location.clone(), connection, tenure);
        let (queue, signs) = writer::start(link, Arc::clone(&engine));
        Ok(Self {
            readers: location.readers(),
            journal: Journal::new(queue, engine),
            signs,
            shared,
            pen: Pen::default(),
            _lock: lock,
        })
    }

    /// Whether it can be written.
    pub fn health(&self) -> Health {
        self.signs.health.borrow().clone()
    }

    /// The same, to be followed.
    pub fn health_watch(&self) -> watch::Receiver<Health> {
        self.signs.health.clone()
    }

    /// Whether the right to dial is certain at this moment. An engine of a shared store that could not renew its lease must
    /// not dial: others may take it for dead and call its contacts.
    pub fn may_dial(&self, now: Instant) -> bool {
        self.signs.lease.borrow().is_none_or(|until| now < until)
    }

    /// The name of the engine that opened it; empty where there is but one, and for administration.
    pub(super) fn engine(&self) -> &str {
        self.journal.engine()
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
        let mut health = self.signs.health.clone();
        while health.changed().await.is_ok() {}
        self.readers.close().await;
        Ok(())
    }

    /// Runs a job of the writer and waits for it.
    pub(super) async fn edit<T: Send + 'static>(
        &self,
        step: impl for<'c> Fn(&'c mut Connection) -> StepFuture<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.edit_as(Kind::AwaitedByPerson, step).await
    }

    /// The same for a job of another kind.
    pub(super) async fn edit_as<T: Send + 'static>(
        &self,
        kind: Kind,
        step: impl for<'c> Fn(&'c mut Connection) -> StepFuture<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let step: Step<T> = Box::new(step);
        let (edit, answer) = Edit::with_reply(kind, step);
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
