//! How MariaDB and MySQL say it.
//!
//! Both are reached by one protocol and understand one SQL: no `RETURNING`, no partial index, no list of values as a table.

use super::{Column, Connection, Dialect, Fault, READERS, Rows, Sql, sql};
use crate::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlPool, MySqlPoolOptions};
use sqlx::{ConnectOptions, Executor};
use std::fmt::Write as _;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/mysql");
/// Within this a server answers a connection, or is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// READ COMMITTED locks what is changed and no gaps beside it: workers that claim meet no deadlock. Rows come too long
/// as an error, never cut. A row that another transaction holds is waited for this long, in seconds.
const SESSION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 3";

/// Many connections write: who reads what it will change says so.
pub(super) static DIALECT: Dialect = Dialect {
    begin: "START TRANSACTION",
    hold: " FOR UPDATE",
    hold_free: " FOR UPDATE SKIP LOCKED",
    loose_number: "loose_number = ",
    migrations: &MIGRATIONS,
};

pub(super) async fn login(options: &MySqlConnectOptions) -> Result<MySqlConnection, sqlx::Error> {
    let connecting = async {
        let mut connection = options.connect().await?;
        connection.execute(SESSION).await?;
        Ok(connection)
    };
    let given_up = || Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(PATIENCE, connecting)
        .await
        .unwrap_or_else(|_| given_up())
}

pub(super) fn readers(options: &MySqlConnectOptions) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| Box::pin(async move { connection.execute(SESSION).await.map(drop) }))
        .connect_lazy_with(options.clone())
}

/// The counter of a table only ever rises. It is told by a statement that takes no values, and ends the transaction.
pub(super) async fn pass_over_contacts(connection: &mut Connection, last: i64) -> Result<(), StoreError> {
    let mut alter = sql("ALTER TABLE contacts AUTO_INCREMENT = ");
    alter.push_number(last.saturating_add(1));
    alter.run(connection).await?;
    Ok(())
}

/// One text of JSON, read as a table: one value, whatever the number of rows, so that the statement stays prepared.
pub(super) fn push_rows(sql: &mut Sql, new: &Rows) {
    let rows: Vec<_> = new.values.chunks(new.columns.len()).collect();
    let json = serde_json::to_string(&rows).expect("numbers and texts are JSON");
    sql.push("JSON_TABLE(")
        .push_bind(json)
        .push(", '$[*]' COLUMNS (place FOR ORDINALITY");
    for (place, column) in new.columns.iter().enumerate() {
        let kind = match column {
            Column::Int(_) => "BIGINT",
            Column::Word(_) => "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin",
            Column::Text(_) => "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        };
        let name = column.name();
        let _ = write!(sql.text, ", {name} {kind} PATH '$[{place}]' ERROR ON ERROR");
    }
    sql.push(")) AS new");
}

/// By number and class of SQLSTATE. Sources: the error reference of MySQL 8.0, the error codes of MariaDB.
pub(super) fn fault(error: &MySqlDatabaseError) -> Fault {
    // A deadlock; a row held too long; a row changed since it was read.
    const COLLIDED: [u16; 3] = [1213, 1205, 1020];
    // MySQL's check constraints have no class of their own.
    const CHECK: u16 = 3819;
    let class = error.code().and_then(|state| state.get(..2)).unwrap_or_default();
    match (error.number(), class) {
        (number, _) if COLLIDED.contains(&number) => Fault::Collided,
        // Data, integrity, a trigger's word.
        (CHECK, _) | (_, "22" | "23" | "45") => Fault::Refused,
        _ => Fault::Away,
    }
}
