//! An engine's right to write to a database that others reach too: a lease, kept in the database by its own clock.
//!
//! Every transaction of an engine begins by renewing its lease and counting itself. So the row of an engine says whether
//! it lives, whoever takes its place waits for its transaction to end, and after a lost connection it tells whether the
//! last transaction was written.
//!
//! Deliberately absent: SQLite, where a lock on a file does all of this.

use super::StoreError;
use super::db::{Connection, sql};
use std::time::Duration;

/// An engine that has not written for this long is dead.
pub(super) const LEASE: Duration = Duration::from_secs(15);
/// An engine that has nothing to write renews its lease this often.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(3);
/// A start waits for the lease of an earlier run that was killed: so often it looks, after so long each.
const LOOKS: u32 = 72;
const LOOK: Duration = Duration::from_millis(250);

/// The moment, by the database's clock.
const NOW: &str = "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

/// The right of one run of an engine.
#[derive(Debug)]
pub(super) struct Tenure {
    engine: String,
    /// Which run of it; one that began later has a higher one.
    epoch: i64,
    /// Transactions begun.
    batch: i64,
}

impl Tenure {
    /// Takes the right, or says who has it. One that was killed keeps it until its lease ends, which is waited for.
    pub(super) async fn take(connection: &mut Connection, engine: &str) -> Result<Self, StoreError> {
        let mut holder = String::new();
        for _ in 0..LOOKS {
            match Self::try_take(connection, engine).await? {
                Ok(tenure) => return Ok(tenure),
                Err(other) => holder = other,
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(StoreError::InUse(format!(
            "another engine uses it ({holder}); stop that one first"
        )))
    }

    async fn try_take(connection: &mut Connection, engine: &str) -> Result<Result<Self, String>, StoreError> {
        sql("START TRANSACTION").run(connection).await?;
        let taken = Self::look_and_take(connection, engine).await;
        let end = if matches!(taken, Ok(Ok(_))) {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        sql(end).run(connection).await?;
        taken
    }

    async fn look_and_take(
        connection: &mut Connection,
        engine: &str,
    ) -> Result<Result<Self, String>, StoreError> {
        let rows = sql("SELECT name, epoch, lease_until FROM engines FOR UPDATE")
            .all(&mut *connection)
            .await?;
        let now = sql(NOW).number(&mut *connection).await?;
        let mut before = None;
        for row in rows {
            let name: String = row.try_get("name")?;
            if row.try_get::<i64>("lease_until")? > now {
                return Ok(Err(name));
            }
            if name == engine {
                before = Some(row.try_get::<i64>("epoch")?);
            }
        }
        let statement = match before {
            Some(_) => sql("UPDATE engines SET epoch = ?, lease_until = ?, batch = 0 WHERE name = ?"),
            None => sql("INSERT INTO engines (epoch, lease_until, batch, name) VALUES (?, ?, 0, ?)"),
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
        StoreError::Away(format!(
            "engine {} has been started again elsewhere; stop this one",
            self.engine
        ))
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

/// The engine that holds a valid lease, if one does.
pub(super) async fn holder(connection: &mut Connection) -> Result<Option<String>, StoreError> {
    let row =
        sql("SELECT name FROM engines WHERE lease_until > CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)")
            .first(connection)
            .await?;
    row.map(|row| row.try_get("name")).transpose()
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
