//! What engines on one database settle with each other, about once a second: who is dead and what becomes of its work, and
//! who may use how much of the limits that span them.
//!
//! One transaction at a time does this, so that no two engines divide the same limit. Nothing is settled on SQLite, which
//! has one engine.

use super::db::{Connection, sql};
use super::ledger::{self, Ask, Holding, Portion};
use super::{ImportId, Store, StoreError, line};
use crate::model::Call;
use std::collections::BTreeMap;

/// Calls of a dead engine that are taken over at once.
const CALLS: usize = 200;

/// What an engine is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Its portions of what it asked for.
    pub portions: Vec<Portion>,
    /// Calls that dead engines left open. They are this engine's now, to be ended.
    pub calls: Vec<Call>,
    /// Imports that dead engines left open, the same.
    pub imports: Vec<ImportId>,
}

impl Store {
    /// Whether other engines may work on it too.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Settles with the other engines.
    pub async fn settle(&self, asks: Vec<Ask>) -> Result<Settled, StoreError> {
        let me = self.engine().to_owned();
        self.edit(move |connection| {
            let (me, asks) = (me.clone(), asks.clone());
            Box::pin(async move {
                // Whoever settles next waits for the end of this transaction.
                sql("UPDATE sequences SET last = last + 1 WHERE name = 'settling'")
                    .run(connection)
                    .await?;
                let now = super::tenure::now(connection).await?;
                let mut settled = bury(connection, &me, now).await?;
                settled.portions = divide(connection, &me, &asks, now).await?;
                Ok(settled)
            })
        })
        .await
    }
}

/// Takes over what dead engines left. A run of theirs that wakes up finds its epoch gone, and stops.
async fn bury(connection: &mut Connection, me: &str, now: i64) -> Result<Settled, StoreError> {
    let mut settled = Settled::default();
    let dead = sql("SELECT name FROM engines WHERE buried = 0 AND lease_until <= ? AND name <> ?")
        .bind(now)
        .bind(me)
        .all(&mut *connection)
        .await?;
    for row in dead {
        let name: String = row.try_get("name")?;
        // It may have come back in this moment; if not, it cannot before the end of this transaction.
        let still = sql("UPDATE engines SET epoch = epoch + 1 WHERE name = ? AND lease_until <= ?")
            .bind(name.as_str())
            .bind(now);
        if still.run(connection).await? == 0 {
            continue;
        }
        free_portions(connection, &name, now).await?;
        let left = inherit(connection, &name, me, &mut settled).await?;
        if left < CALLS {
            sql("UPDATE engines SET buried = 1 WHERE name = ?")
                .bind(name)
                .run(connection)
                .await?;
        }
    }
    Ok(settled)
}

/// Makes open calls and imports of one engine those of another; how many calls.
async fn inherit(
    connection: &mut Connection,
    from: &str,
    to: &str,
    settled: &mut Settled,
) -> Result<usize, StoreError> {
    let mut open = sql("SELECT ");
    open.push(line::LIVE_COLUMNS)
        .push(" FROM live_calls WHERE engine = ")
        .push_bind(from)
        .push(" LIMIT ")
        .push_bind(i64::try_from(CALLS).unwrap_or(i64::MAX));
    let rows = open.all(&mut *connection).await?;
    for row in &rows {
        // Whose it was stays as it was when that one took it over as well.
        sql(
            "INSERT INTO takeovers (call_id, engine) SELECT id, engine FROM live_calls
             WHERE id = ? AND NOT EXISTS (SELECT 1 FROM takeovers WHERE takeovers.call_id = live_calls.id)",
        )
        .bind(row.try_get::<&str>("id")?)
        .run(connection)
        .await?;
        sql("UPDATE live_calls SET engine = ? WHERE id = ?")
            .bind(to)
            .bind(row.try_get::<&str>("id")?)
            .run(connection)
            .await?;
        settled.calls.push(line::read(row)?);
    }
    let imports = sql("SELECT id FROM imports WHERE engine = ? AND state <> 'done'").bind(from);
    for row in imports.all(&mut *connection).await? {
        let id: i64 = row.try_get("id")?;
        sql("UPDATE imports SET engine = ? WHERE id = ?")
            .bind(to)
            .bind(id)
            .run(connection)
            .await?;
        settled.imports.push(id.into());
    }
    Ok(rows.len())
}

/// What an engine held is nobody's for one window, then free.
pub(super) async fn free_portions(
    connection: &mut Connection,
    engine: &str,
    now: i64,
) -> Result<(), StoreError> {
    sql("UPDATE portions SET free_at = ? + window_ms WHERE engine = ? AND free_at = 0")
        .bind(now)
        .bind(engine)
        .run(connection)
        .await?;
    Ok(())
}

/// Makes the engines of calls that came open from another store dead ones of this, so that somebody takes them over.
pub(super) async fn orphan_open_calls(connection: &mut Connection) -> Result<(), StoreError> {
    let engines = sql("SELECT DISTINCT engine FROM live_calls");
    for row in engines.all(&mut *connection).await? {
        let engine: String = row.try_get("engine")?;
        let known = sql("SELECT name FROM engines WHERE name = ?").bind(engine.as_str());
        if known.first(&mut *connection).await?.is_none() {
            sql("INSERT INTO engines (name, epoch, lease_until, batch, buried) VALUES (?, 0, 0, 0, 0)")
                .bind(engine)
                .run(connection)
                .await?;
        }
    }
    Ok(())
}

async fn divide(
    connection: &mut Connection,
    me: &str,
    asks: &[Ask],
    now: i64,
) -> Result<Vec<Portion>, StoreError> {
    sql("DELETE FROM portions WHERE free_at > 0 AND free_at <= ?")
        .bind(now)
        .run(connection)
        .await?;
    let rows = sql("SELECT resource, engine, amount, wanted, free_at FROM portions")
        .all(&mut *connection)
        .await?;
    let mut ledgers: BTreeMap<String, (BTreeMap<String, Holding>, u32)> = BTreeMap::new();
    for row in rows {
        let (holdings, nobodys) = ledgers.entry(row.try_get("resource")?).or_default();
        let amount = u32::try_from(row.try_get::<i64>("amount")?).unwrap_or(u32::MAX);
        if row.try_get::<i64>("free_at")? > 0 {
            *nobodys += amount;
        } else {
            let wanted = row.try_get::<i64>("wanted")? != 0;
            holdings.insert(row.try_get("engine")?, Holding { amount, wanted });
        }
    }
    let mut portions = Vec::with_capacity(asks.len());
    for ask in asks {
        let (holdings, nobodys) = ledgers.entry(ask.resource.clone()).or_default();
        let drawn = ledger::draw(ask, me, holdings, *nobodys);
        if drawn.freed > 0 {
            write(
                connection,
                ask,
                me,
                Holding {
                    amount: drawn.freed,
                    wanted: false,
                },
                now,
            )
            .await?;
        }
        if holdings.get(me) != Some(&drawn.holding) {
            sql("DELETE FROM portions WHERE resource = ? AND engine = ? AND free_at = 0")
                .bind(ask.resource.as_str())
                .bind(me)
                .run(connection)
                .await?;
            write(connection, ask, me, drawn.holding, 0).await?;
        }
        portions.push(Portion {
            resource: ask.resource.clone(),
            held: drawn.holding.amount,
            target: drawn.target,
        });
    }
    Ok(portions)
}

/// Writes what is held, or what is nobody's from now on for one window.
async fn write(
    connection: &mut Connection,
    ask: &Ask,
    engine: &str,
    holding: Holding,
    freed_at: i64,
) -> Result<(), StoreError> {
    let window = i64::try_from(ask.window.as_millis()).unwrap_or(i64::MAX);
    let free_at = if freed_at > 0 { freed_at + window } else { 0 };
    sql("INSERT INTO portions (resource, engine, amount, wanted, window_ms, free_at) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(ask.resource.as_str())
        .bind(engine)
        .bind(holding.amount)
        .bind(i64::from(holding.wanted))
        .bind(window)
        .bind(free_at)
        .run(connection)
        .await?;
    Ok(())
}
