//! How SQLite says it.

use super::{Connection, Dialect, Fault, READERS, Row, Rows, Sql, sql};
use crate::store::{Claim, StoreError};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
/// The log is moved into the database when it has this many pages of 4 KiB: a page that many transactions change is
/// moved once.
const CHECKPOINT_PAGES: &str = "8000";

/// One connection writes at a time, and holds everything.
pub(super) static DIALECT: Dialect = Dialect {
    begin: "BEGIN IMMEDIATE",
    hold: "",
    open_calls: "state <> 'ended'",
    staged: "import = ? AND state = 'staged'",
    in_order: " CROSS JOIN ",
    migrations: &MIGRATIONS,
};

/// What is answered for survives a loss of power.
pub(super) fn durable(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .busy_timeout(Duration::from_secs(1))
}

pub(super) fn readers(options: &SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_lazy_with(options.clone().read_only(true))
}

/// One statement: nobody else writes meanwhile.
pub(super) async fn claim(connection: &mut Connection, claim: &Claim) -> Result<Vec<Row>, StoreError> {
    sql(
        "UPDATE contacts SET state = 'claimed', attempts = attempts + 1 WHERE id IN (
             SELECT id FROM contacts WHERE campaign = ? AND state = 'pending' AND next_attempt_at <= ?
             ORDER BY next_attempt_at, id LIMIT ?)
         RETURNING id, number, variables, attempts",
    )
    .bind(claim.campaign.get())
    .bind(claim.now.millis())
    .bind(claim.limit)
    .all(connection)
    .await
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

/// A list of values, its columns given names.
pub(super) fn push_rows(sql: &mut Sql, new: Rows) {
    const PLACES: [&str; 14] = [
        "column1 AS ",
        "column2 AS ",
        "column3 AS ",
        "column4 AS ",
        "column5 AS ",
        "column6 AS ",
        "column7 AS ",
        "column8 AS ",
        "column9 AS ",
        "column10 AS ",
        "column11 AS ",
        "column12 AS ",
        "column13 AS ",
        "column14 AS ",
    ];
    sql.push("(SELECT ");
    for (n, (place, column)) in PLACES.iter().zip(new.columns).enumerate() {
        sql.push(if n == 0 { "" } else { ", " })
            .push(place)
            .push(column.name());
    }
    sql.push(" FROM (VALUES ")
        .push_values(new.columns.len(), new.values)
        .push(")) AS new");
}

pub(super) fn update_from(
    table: &'static str,
    columns: &[&'static str],
    new: Rows,
    filter: &'static str,
) -> Sql {
    let mut sql = sql("UPDATE ");
    sql.push(table).push(" SET ");
    for (n, column) in columns.iter().enumerate() {
        sql.push(if n == 0 { "" } else { ", " })
            .push(column)
            .push(" = new.")
            .push(column);
    }
    sql.push(" FROM ");
    push_rows(&mut sql, new);
    sql.push(" WHERE new.id = ")
        .push(table)
        .push(".id AND ")
        .push(filter);
    sql
}

/// `SQLITE_TOOBIG` 18, `SQLITE_CONSTRAINT` 19, `SQLITE_MISMATCH` 20: the row. Extended codes carry theirs in the low byte.
/// Source: the result codes of SQLite 3.
pub(super) fn fault(error: &dyn sqlx::error::DatabaseError) -> Fault {
    let code: Option<u32> = error.code().and_then(|code| code.parse().ok());
    match code {
        Some(code) if matches!(code & 0xff, 18..=20) => Fault::Refused,
        _ => Fault::Away,
    }
}
