//! Two drivers, one body of queries.
//!
//! The rest of the store writes SQL that SQLite, MariaDB and MySQL understand alike, with `?` for values that are whole
//! numbers, texts, or nothing. What they do not understand alike stands in `sqlite` and `mysql`, one small file each.
//!
//! Deliberately absent: what is asked.

mod file;
mod location;
mod mysql;
mod rows;
mod server;
mod sql;
mod sqlite;

pub use location::Location;
pub(super) use rows::{Column, Rows};
#[cfg(test)]
pub(super) use sql::tap;
pub(super) use sql::{Row, Source, Sql, Value, sql};

use super::StoreError;
use file::File;
use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::mysql::{MySqlConnection, MySqlPool};
use sqlx::sqlite::SqlitePool;

/// Readers at once.
const READERS: u32 = 4;

/// A connection.
#[derive(Debug)]
pub(super) enum Connection {
    File(File),
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
    /// The same for rows that nobody else holds; the others are passed over, not waited for.
    pub hold_free: &'static str,
    /// Compares the number of a call without a contact, in the form its index has.
    pub loose_number: &'static str,
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
            Self::Sqlite(options) => Ok(Connection::File(File::open(options.get_filename())?)),
            Self::MySql(options) => Ok(Connection::MySql(mysql::login(options).await?)),
        }
    }

    /// The same for the first time: what is wrong, and what to do.
    pub(super) async fn reach(&self) -> Result<Connection, String> {
        match self {
            Self::Sqlite(options) => {
                let file = File::open(options.get_filename());
                file.map(Connection::File).map_err(|error| error.to_string())
            }
            Self::MySql(options) => server::reach(options).await.map(Connection::MySql),
        }
    }

    /// The same for somebody who changes nothing there.
    pub(super) async fn reach_to_look(&self) -> Result<Connection, String> {
        match self {
            Self::Sqlite(options) => {
                let file = File::open_to_look(options.get_filename());
                file.map(Connection::File).map_err(|error| error.to_string())
            }
            Self::MySql(_) => self.reach().await,
        }
    }

    /// Brings the database to this version's form.
    pub(super) async fn migrate(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let done = match (self, connection) {
            (Self::Sqlite(options), _) => sqlite::migrate(options).await,
            (Self::MySql(_), Connection::MySql(connection)) => {
                mysql::DIALECT.migrations.run(connection).await
            }
            (Self::MySql(_), Connection::File(_)) => unreachable!("a server's connection is no file's"),
        };
        done.map_err(|error| StoreError::Away(error.to_string()))
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
            Self::File(_) => &sqlite::DIALECT,
            Self::MySql(_) => &mysql::DIALECT,
        }
    }

    /// The names of all tables.
    pub(super) async fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let tables = match self {
            Self::File(_) => sql("SELECT name FROM sqlite_master WHERE type = 'table'"),
            Self::MySql(_) => {
                sql("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
            }
        };
        tables.all(self).await?.iter().map(|row| row.try_get(0)).collect()
    }

    /// Whether tables may be made here; else what to do.
    pub(super) async fn may_be_made(&mut self) -> Result<(), String> {
        match self {
            Self::File(_) => Ok(()),
            Self::MySql(_) => server::may_be_made(self).await,
        }
    }

    /// Whether it leads to a node of a Galera cluster, whose locks hold on that node alone.
    pub(super) async fn is_node(&mut self) -> Result<bool, StoreError> {
        match self {
            Self::File(_) => Ok(false),
            Self::MySql(_) => server::is_node(self).await,
        }
    }

    /// Contacts made from now on have ids beyond this one, whichever there are.
    pub(super) async fn pass_over_contacts(&mut self, last: i64) -> Result<(), StoreError> {
        match self {
            Self::File(_) => sqlite::pass_over_contacts(self, last).await,
            Self::MySql(_) => mysql::pass_over_contacts(self, last).await,
        }
    }

    pub(super) async fn close(self) {
        match self {
            Self::File(file) => drop(file),
            // It is not used any more: whatever this says helps nobody.
            Self::MySql(connection) => drop(connection.close().await),
        }
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
