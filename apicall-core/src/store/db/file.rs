//! The connection that writes to a file: SQLite on a thread of its own.
//!
//! A statement for many rows is prepared once, kept, and run for each of them in one visit to the thread: between the thread
//! that asks and this one every visit is two hand-overs, which cost more than a row.
//!
//! Deliberately absent: readers beside it, which the pool of `sqlx` has.

use super::sqlite::{BUSY, CHECKPOINT_PAGES};
use super::{Row, Rows, Value};
use crate::store::StoreError;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OpenFlags, Statement};
use std::path::Path;
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// Statements kept prepared.
const PREPARED: usize = 64;
/// Memory for pages, in KiB.
const CACHE_KIB: i64 = 32 * 1024;

/// The connection. The thread ends with it.
#[derive(Debug)]
pub(in crate::store) struct File {
    jobs: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce(&rusqlite::Connection) + Send>;

/// What the thread is given of a statement.
#[derive(Debug)]
pub(super) struct Asked {
    pub text: String,
    pub values: Vec<Value>,
    /// For each of these it is run; without them once, with `values`.
    pub rows: Option<Rows>,
}

impl File {
    /// Opens a file to write, and makes it when it is not there.
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        Self::start(path, flags, durable).await
    }

    /// Opens one that is there, to look.
    pub(super) async fn open_to_look(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self::start(path, flags, |connection| connection.busy_timeout(BUSY)).await
    }

    async fn start(
        path: &Path,
        flags: OpenFlags,
        prepare: fn(&rusqlite::Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, StoreError> {
        let (jobs, work) = mpsc::channel::<Job>();
        let (opened, opening) = oneshot::channel();
        let path = path.to_owned();
        let run = move || {
            let connection =
                rusqlite::Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
            let connection = connection.and_then(|connection| prepare(&connection).map(|()| connection));
            match connection {
                Ok(connection) => {
                    connection.set_prepared_statement_cache_capacity(PREPARED);
                    let _ = opened.send(Ok(()));
                    work.into_iter().for_each(|job| job(&connection));
                }
                Err(error) => drop(opened.send(Err(error))),
            }
        };
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(run);
        thread.map_err(|error| StoreError::Away(error.to_string()))?;
        opening.await.map_err(|_| gone())??;
        Ok(Self { jobs })
    }

    /// Runs a statement; how many rows it found.
    pub(super) async fn run(&self, asked: Asked) -> Result<u64, StoreError> {
        self.visit(move |connection| {
            let mut changed = 0;
            each(connection, asked, |statement| {
                let mut rows = statement.raw_query();
                while rows.next()?.is_some() {}
                drop(rows);
                changed += connection.changes();
                Ok(())
            })?;
            Ok(changed)
        })
        .await
    }

    /// Runs a statement; all rows it gives.
    pub(super) async fn fetch(&self, asked: Asked) -> Result<Vec<Row>, StoreError> {
        self.visit(move |connection| {
            let mut found = Vec::new();
            let mut names: Arc<[String]> = Arc::default();
            each(connection, asked, |statement| {
                if names.is_empty() {
                    names = statement.column_names().into_iter().map(str::to_owned).collect();
                }
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    let values = (0..names.len()).map(|n| Ok(row.get_ref(n)?.into()));
                    let values = values.collect::<rusqlite::Result<_>>()?;
                    found.push(Row::File(names.clone(), values));
                }
                Ok(())
            })?;
            Ok(found)
        })
        .await
    }

    /// Ends the thread, once all is done.
    pub(super) async fn close(self) {
        let _ = self.visit(|_| Ok(())).await;
    }

    async fn visit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let _ = reply.send(job(connection));
        });
        self.jobs.send(job).map_err(|_| gone())?;
        Ok(answer.await.map_err(|_| gone())??)
    }
}

/// What is answered for survives a loss of power.
fn durable(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)
}

/// Does something with a statement, its values bound: once, or for each row.
fn each(
    connection: &rusqlite::Connection,
    asked: Asked,
    mut run: impl FnMut(&mut Statement<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&asked.text)?;
    let statement = &mut *statement;
    match &asked.rows {
        None => {
            bind(statement, &asked.values)?;
            run(statement)
        }
        Some(rows) => rows.values.chunks(rows.columns.len()).try_for_each(|row| {
            bind(statement, row)?;
            run(statement)
        }),
    }
}

fn bind(statement: &mut Statement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    for (n, value) in values.iter().enumerate().take(statement.parameter_count()) {
        statement.raw_bind_parameter(n + 1, value)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Word(word) => ValueRef::Text(word.as_bytes()),
        }))
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Integer(number) => Self::Int(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            // No column of ours has any other kind.
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Self::Null,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error().map(|failure| failure.extended_code);
        match code.is_some_and(super::sqlite::is_of_the_row) {
            true => Self::Refused(error.to_string()),
            false => Self::Away(error.to_string()),
        }
    }
}

fn gone() -> StoreError {
    StoreError::Away("the thread of the database has ended".to_owned())
}
