//! Opening a store.

use super::StoreError;
use super::journal::Journal;
use super::writer::{self, Edit, Health, Kind, Step, StepFuture, Work};
use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What makes a database this version's.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
/// The log is moved into the database when it has this many pages of 4 KiB: a page that many transactions change is
/// moved once.
const CHECKPOINT_PAGES: &str = "8000";
/// Readers at once.
const READERS: u32 = 4;

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
    pub(super) readers: SqlitePool,
    journal: Journal,
    health: watch::Receiver<Health>,
    /// Held as long as an engine uses the database.
    _lock: Option<Arc<File>>,
}

impl Store {
    /// Opens `sqlite://PATH`, makes the database if there is none, and brings it to this version's form.
    pub async fn open(url: &str, access: Access) -> Result<Self, StoreError> {
        let cannot = |reason: String| StoreError::Open {
            url: url.to_owned(),
            reason,
        };
        let options = options(url)?;
        let path = options.get_filename().to_owned();
        let lock = match access {
            Access::Engine => Some(Arc::new(lock(&path).map_err(cannot)?)),
            Access::Admin => None,
        };
        let mut connection = options
            .connect()
            .await
            .map_err(|error| cannot(error.to_string()))?;
        MIGRATIONS
            .run(&mut connection)
            .await
            .map_err(|error| cannot(error.to_string()))?;
        if access == Access::Engine {
            super::contacts::abort_open_imports(&mut connection).await?;
        }
        let reading = options.read_only(true);
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_lazy_with(reading);
        let (queue, health) = writer::start(connection);
        Ok(Self {
            readers,
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

    /// Waits until everything handed over so far is on disk.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.edit(|_| Box::pin(async { Ok(()) })).await?;
        self.readers.close().await;
        Ok(())
    }

    /// Runs a job of the writer and waits for it.
    pub(super) async fn edit<T: Send + 'static>(
        &self,
        step: impl for<'c> Fn(&'c mut sqlx::SqliteConnection) -> StepFuture<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let step: Step<T> = Box::new(step);
        let (edit, answer) = Edit::with_reply(Kind::AwaitedByPerson, step);
        self.journal.submit(Work::Edit(edit))?;
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::Away("the writer has stopped".to_owned())))
    }
}

pub(super) fn options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    let cannot = |reason: String| StoreError::Open {
        url: url.to_owned(),
        reason,
    };
    if !url.starts_with("sqlite://") {
        // Whatever else it is may hold a password.
        let scheme = url.split(':').next().unwrap_or_default();
        return Err(StoreError::Open {
            url: format!("{scheme}:…"),
            reason: "use sqlite://PATH; no other database is supported".to_owned(),
        });
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|error| cannot(error.to_string()))?;
    if options.get_filename().as_os_str().is_empty() || url.contains(":memory:") {
        return Err(cannot("give the path of a file".to_owned()));
    }
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .busy_timeout(Duration::from_secs(1)))
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
