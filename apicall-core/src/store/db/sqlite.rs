//! How SQLite says it.

use super::{Connection, Dialect, Fault, READERS, sql};
use crate::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
/// The log is moved into the database when it has this many pages of 4 KiB: a page that many transactions change is
/// moved once.
pub(super) const CHECKPOINT_PAGES: u32 = 8_000;
/// How long another's lock is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(1);

/// One connection writes at a time, and holds everything.
pub(super) static DIALECT: Dialect = Dialect {
    begin: "BEGIN IMMEDIATE",
    hold: "",
    hold_free: "",
    loose_number: "contact IS NULL AND number = ",
    migrations: &MIGRATIONS,
};

/// The same as the writer's own connection has: a reader may be the first to come.
pub(super) fn durable(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .busy_timeout(BUSY)
}

/// Brings a file to this version's form.
pub(super) async fn migrate(options: &SqliteConnectOptions) -> Result<(), sqlx::migrate::MigrateError> {
    let mut connection = options.connect().await?;
    MIGRATIONS.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

pub(super) fn readers(options: &SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_lazy_with(options.clone().read_only(true))
}

pub(super) async fn pass_over_contacts(connection: &mut Connection, last: i64) -> Result<(), StoreError> {
    let known = sql("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'contacts'").bind(last);
    if known.run(connection).await? == 0 {
        sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('contacts', ?)")
            .bind(last)
            .run(connection)
            .await?;
    }
    Ok(())
}

/// `SQLITE_TOOBIG` 18, `SQLITE_CONSTRAINT` 19, `SQLITE_MISMATCH` 20: the row. Extended codes carry theirs in the low byte.
/// Source: the result codes of SQLite 3.
pub(super) fn is_of_the_row(code: i32) -> bool {
    matches!(code & 0xff, 18..=20)
}

pub(super) fn fault(error: &dyn sqlx::error::DatabaseError) -> Fault {
    let code = error.code().and_then(|code| code.parse().ok());
    if code.is_some_and(is_of_the_row) {
        Fault::Refused
    } else {
        Fault::Away
    }
}
