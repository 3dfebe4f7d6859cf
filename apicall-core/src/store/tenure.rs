//! An engine's right to write to a database that others reach too: a lease, kept in the database by its own clock.
//!
//! Every transaction of an engine begins by renewing its lease and counting itself. So the row of an engine says whether
//! it lives, whoever takes its place waits for its transaction to end, and after a lost connection it tells whether the
//! last transaction was written.
//!
//! Deliberately absent: SQLite, where a lock on a file does all of this.

use super::db::{Connection, Readers, sql};
use super::{StoreError, sharing};
use std::time::Duration;

/// An engine that has not written for this long is dead.
pub(super) const LEASE: Duration = Duration::from_secs(15);
/// For so long after the beginning of a transaction that renewed it, an engine may rely on its lease.
pub(super) const LEASE_KNOWN: Duration = Duration::from_secs(13);
/// An engine that has nothing to write renews its lease this often.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(3);
/// A start waits for the lease of an earlier run that was killed: so often it looks, after so long each.
const LOOKS: u32 = 72;
const LOOK: Duration = Duration::from_millis(250);

/// The name of a command that wants the database for itself: no engine begins beside it, and it begins beside none.
pub(super) const ALONE: &str = "administration";

/// The moment, by the database's clock, in epoch milliseconds.
pub(super) async fn now(connection: &mut Connection) -> Result<i64, StoreError> {
    sql("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)")
        .number(connection)
        .await
}

/// The right of one run of an engine.
#[derive(Debug)]
pub(super) struct Tenure {
    engine: String,
    /// Which run of it; one that began later has a higher one.
    epoch: i64,
    /// Transactions begun.
    batch: i64,
}

/// The right, or the name of who has one that is in the way.
type Taken = Result<Tenure, String>;

impl Tenure {
    /// Takes the right, or says who has it. One that was killed keeps it until its lease ends, which is waited for.
    pub(super) async fn take(connection: &mut Connection, engine: &str) -> Result<Self, StoreError> {
        Self::guard(connection).await?;
        let mut holder = String::new();
        for _ in 0..LOOKS {
            match Self::try_take(connection, engine).await? {
                Ok(tenure) => return Ok(tenure),
                Err(other) => holder = other,
            }
            tokio::time::sleep(LOOK).await;
        }
        let remedy = if holder == engine && engine != ALONE {
            "stop that one, or give each a name of its own with [engine] name"
        } else {
            "stop that one first"
        };
        Err(StoreError::InUse(format!(
            "another engine uses it under the name {holder}; {remedy}"
        )))
    }

    /// Lets the server end a connection that an engine holds and does not use, as one that stands still does: it may hold rows
    /// that others wait for, whoever takes its place among them.
    pub(super) async fn guard(connection: &mut Connection) -> Result<(), StoreError> {
        sql("SET SESSION wait_timeout = 8").run(connection).await?;
        Ok(())
    }

    async fn try_take(connection: &mut Connection, engine: &str) -> Result<Taken, StoreError> {
        // Two that take a right at the same moment would not see each other's.
        sql("SELECT CAST(COALESCE(GET_LOCK(CONCAT(DATABASE(), '.engines'), 10), 0) AS SIGNED)")
            .number(&mut *connection)
            .await?;
        sql("START TRANSACTION").run(connection).await?;
        let taken = Self::look_and_take(connection, engine).await;
        let end = if matches!(taken, Ok(Ok(_))) {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        sql(end).run(connection).await?;
        sql("SELECT CAST(RELEASE_LOCK(CONCAT(DATABASE(), '.engines')) AS SIGNED)")
            .number(connection)
            .await?;
        taken
    }

    async fn look_and_take(connection: &mut Connection, engine: &str) -> Result<Taken, StoreError> {
        // Waits for transactions that renew a lease at this moment.
        let known = sql("SELECT name, epoch, lease_until FROM engines FOR UPDATE")
            .all(&mut *connection)
            .await?;
        let now = now(connection).await?;
        let mut before = None;
        for row in known {
            let name: String = row.try_get("name")?;
            let in_the_way = name == engine || name == ALONE || engine == ALONE;
            if in_the_way && row.try_get::<i64>("lease_until")? > now {
                return Ok(Err(name));
            }
            if name == engine {
                before = Some(row.try_get::<i64>("epoch")?);
            }
        }
        sharing::free_portions(connection, engine, now).await?;
        let statement = match before {
            Some(_) => {
                sql("UPDATE engines SET epoch = ?, lease_until = ?, batch = 0, buried = 0 WHERE name = ?")
            }
            None => {
                sql("INSERT INTO engines (epoch, lease_until, batch, buried, name) VALUES (?, ?, 0, 0, ?)")
            }
        };
        let epoch = before.unwrap_or(0) + 1;
        let statement = statement.bind(epoch).bind(now + millis(LEASE)).bind(engine);
        statement.run(connection).await?;
        Ok(Ok(Self {
            engine: engine.to_owned(),
            epoch,
            batch: 0,
        }))
    }

    /// Begins a transaction's work: the lease is renewed with it, or lost.
    pub(super) async fn renew(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        self.batch += 1;
        let kept = sql(
            "UPDATE engines SET batch = ?, lease_until = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?
                        WHERE name = ? AND epoch = ?",
        )
        .bind(self.batch)
        .bind(millis(LEASE))
        .bind(self.engine.as_str())
        .bind(self.epoch)
        .run(connection)
        .await?;
        if kept == 0 { Err(self.ended()) } else { Ok(()) }
    }

    /// Whether the transaction begun last was written. Waits for its end if the server still works on it.
    pub(super) async fn was_written(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let own = sql("SELECT batch FROM engines WHERE name = ? AND epoch = ? FOR UPDATE")
            .bind(self.engine.as_str())
            .bind(self.epoch);
        match own.first(connection).await? {
            Some(row) => Ok(row.try_get::<i64>("batch")? == self.batch),
            None => Err(self.ended()),
        }
    }

    /// Another run has this one's place.
    fn ended(&self) -> StoreError {
        StoreError::Fenced(self.engine.clone())
    }

    /// Whose it is.
    pub(super) fn engine(&self) -> &str {
        &self.engine
    }

    /// Gives the right back.
    pub(super) async fn leave(&self, connection: &mut Connection) -> Result<(), StoreError> {
        sql("UPDATE engines SET lease_until = 0 WHERE name = ? AND epoch = ?")
            .bind(self.engine.as_str())
            .bind(self.epoch)
            .run(connection)
            .await?;
        Ok(())
    }
}

/// Whether any engine holds a valid lease.
pub(super) async fn is_held(connection: &mut Connection) -> Result<bool, StoreError> {
    let row =
        sql("SELECT name FROM engines WHERE lease_until > CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)")
            .first(connection)
            .await?;
    Ok(row.is_some())
}

/// The first by name of the engines that live.
pub(super) async fn first(readers: &Readers) -> Result<Option<String>, StoreError> {
    let row = sql(
        "SELECT min(name) AS name FROM engines WHERE lease_until > CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
    );
    row.one(readers).await?.try_get("name")
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
