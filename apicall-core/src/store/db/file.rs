//! The connection that writes to a file: SQLite, on the thread of whoever asks.
//!
//! A statement takes microseconds and a commit waits for the disk; the engine's writer has a thread for itself, where nobody
//! else waits meanwhile. A statement for many rows is prepared once, kept, and run for each of them.
//!
//! Deliberately absent: readers beside it, which the pool of `sqlx` has.

use super::sqlite::{BUSY, CHECKPOINT_PAGES};
use super::{Row, Rows, Value};
use crate::store::StoreError;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OpenFlags, Statement};
use std::path::Path;
use std::sync::Arc;

/// Statements kept prepared.
const PREPARED: usize = 64;
/// Memory for pages, in KiB.
const CACHE_KIB: i64 = 32 * 1024;

/// The connection.
#[derive(Debug)]
pub(in crate::store) struct File(rusqlite::Connection);

/// What is asked of it.
#[derive(Debug)]
pub(super) struct Asked {
    pub text: String,
    pub values: Vec<Value>,
    /// For each of these it is run; without them once, with `values`.
    pub rows: Option<Rows>,
}

impl File {
    /// Opens a file to write, and makes it when it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = Self::start(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )?;
        durable(&file.0)?;
        Ok(file)
    }

    /// Opens one that is there, to look.
    pub(super) fn open_to_look(path: &Path) -> Result<Self, StoreError> {
        let file = Self::start(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        file.0.busy_timeout(BUSY)?;
        Ok(file)
    }

    fn start(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let connection =
            rusqlite::Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        Ok(Self(connection))
    }

    /// Runs a statement; how many rows it found.
    pub(super) fn run(&mut self, asked: &Asked) -> Result<u64, StoreError> {
        let mut changed = 0;
        each(&self.0, asked, |statement| {
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            drop(rows);
            changed += self.0.changes();
            Ok(())
        })?;
        Ok(changed)
    }

    /// Runs a statement; all rows it gives.
    pub(super) fn fetch(&mut self, asked: &Asked) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        let mut names: Arc<[String]> = Arc::default();
        each(&self.0, asked, |statement| {
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
    asked: &Asked,
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
