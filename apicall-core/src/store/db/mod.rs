//! Two drivers, one body of queries.
//!
//! The rest of the store writes SQL that SQLite, MariaDB and MySQL understand alike, with `?` for values that are whole
//! numbers, texts, or nothing. What they do not understand alike stands in `sqlite` and `mysql`, one small file each.
//!
//! Deliberately absent: what is asked.

mod location;
mod mysql;
mod server;
mod sql;
mod sqlite;

pub use location::Location;
pub(super) use sql::{Column, Row, Rows, Sql, Value, sql};

use super::{Claim, StoreError};
use sqlx::migrate::Migrator;
use sqlx::mysql::{MySqlConnection, MySqlPool};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{ConnectOptions, Connection as _};

/// Readers at once.
const READERS: u32 = 4;

/// A connection.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
}

/// Connections to read with, made when they are needed.
#[derive(Debug, Clone)]
pub(super) enum Readers {
    Sqlite(SqlitePool),
    MySql(MySqlPool),
}

/// What is written differently.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Begins a transaction that writes.
    pub begin: &'static str,
    /// Ends a `SELECT` whose rows are changed next: nobody else changes them meanwhile.
    pub hold: &'static str,
    /// The calls that have not ended, in the form their index has.
    pub open_calls: &'static str,
    /// The contacts that an import has staged, in the form their index has; with its id as the value.
    pub staged: &'static str,
    /// Joins a table to rows that were handed over, so that these are gone through one by one, in their order.
    pub in_order: &'static str,
    /// What makes a database this version's.
    pub migrations: &'static Migrator,
}

/// What went wrong with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The row is at fault.
    Refused,
    /// Another transaction was in the way: once more.
    Collided,
    /// The database is.
    Away,
}

impl Location {
    /// Connects, to write.
    pub(super) async fn connect(&self) -> Result<Connection, StoreError> {
        match self {
            Self::Sqlite(options) => Ok(Connection::Sqlite(options.connect().await?)),
            Self::MySql(options) => Ok(Connection::MySql(mysql::login(options).await?)),
        }
    }

    /// The same for the first time: what is wrong, and what to do.
    pub(super) async fn reach(&self) -> Result<Connection, String> {
        match self {
            Self::Sqlite(options) => match options.connect().await {
                Ok(connection) => Ok(Connection::Sqlite(connection)),
                Err(error) => Err(error.to_string()),
            },
            Self::MySql(options) => server::reach(options).await.map(Connection::MySql),
        }
    }

    /// The same place, for somebody who changes nothing there.
    pub(super) fn to_look(&self) -> Self {
        match self {
            Self::Sqlite(options) => Self::Sqlite(Box::new(
                (**options).clone().read_only(true).create_if_missing(false),
            )),
            Self::MySql(_) => self.clone(),
        }
    }

    pub(super) fn readers(&self) -> Readers {
        match self {
            Self::Sqlite(options) => Readers::Sqlite(sqlite::readers(options)),
            Self::MySql(options) => Readers::MySql(mysql::readers(options)),
        }
    }
}

impl Connection {
    pub(super) const fn dialect(&self) -> &'static Dialect {
        match self {
            Self::Sqlite(_) => &sqlite::DIALECT,
            Self::MySql(_) => &mysql::DIALECT,
        }
    }

    /// Brings the database to this version's form.
    pub(super) async fn migrate(&mut self) -> Result<(), StoreError> {
        let migrations = self.dialect().migrations;
        let done = match self {
            Self::Sqlite(connection) => migrations.run(connection).await,
            Self::MySql(connection) => migrations.run(connection).await,
        };
        done.map_err(|error| StoreError::Away(error.to_string()))
    }

    /// The names of all tables.
    pub(super) async fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let tables = match self {
            Self::Sqlite(_) => sql("SELECT name FROM sqlite_master WHERE type = 'table'"),
            Self::MySql(_) => {
                sql("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
            }
        };
        tables.all(self).await?.iter().map(|row| row.try_get(0)).collect()
    }

    /// Whether tables may be made here; else what to do.
    pub(super) async fn may_be_made(&mut self) -> Result<(), String> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::MySql(_) => server::may_be_made(self).await,
        }
    }

    /// Marks due contacts as claimed: their `id`, `number`, `variables` and `attempts`, the new one counted.
    pub(super) async fn claim(&mut self, claim: &Claim) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(_) => sqlite::claim(self, claim).await,
            Self::MySql(_) => mysql::claim(self, claim).await,
        }
    }

    /// Contacts made from now on have ids beyond this one, whichever there are.
    pub(super) async fn pass_over_contacts(&mut self, last: i64) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => sqlite::pass_over_contacts(self, last).await,
            Self::MySql(_) => mysql::pass_over_contacts(self, last).await,
        }
    }

    pub(super) async fn close(self) {
        // It is not used any more: whatever this says helps nobody.
        let _ = match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::MySql(connection) => connection.close().await,
        };
    }
}

impl Readers {
    pub(super) const fn dialect(&self) -> &'static Dialect {
        match self {
            Self::Sqlite(_) => &sqlite::DIALECT,
            Self::MySql(_) => &mysql::DIALECT,
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::MySql(pool) => pool.close().await,
        }
    }
}

impl Dialect {
    const fn is_sqlite(&self) -> bool {
        // There is one table a dialect, and only SQLite locks by itself.
        self.hold.is_empty()
    }

    /// `table SET column = new.column, … ` for the rows of `new` whose `id` is the table's, where the table says so.
    pub(super) fn update_from(
        &self,
        table: &'static str,
        columns: &[&'static str],
        new: Rows,
        filter: &'static str,
    ) -> Sql {
        if self.is_sqlite() {
            sqlite::update_from(table, columns, new, filter)
        } else {
            mysql::update_from(table, columns, new, filter)
        }
    }

    /// Rows to be selected from, under the name `new`.
    pub(super) fn push_rows(&self, sql: &mut Sql, new: Rows) {
        if self.is_sqlite() {
            sqlite::push_rows(sql, new);
        } else {
            mysql::push_rows(sql, new);
        }
    }
}

/// What a refusal of a database means.
pub(super) fn fault(error: &dyn sqlx::error::DatabaseError) -> Fault {
    match error.try_downcast_ref() {
        Some(error) => mysql::fault(error),
        None => sqlite::fault(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{mysql, sqlite};

    #[test]
    fn both_have_the_same_migrations() {
        let names = |dialect: &super::Dialect| {
            let all = dialect.migrations.iter();
            all.map(|migration| (migration.version, migration.description.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&sqlite::DIALECT), names(&mysql::DIALECT));
    }
}
