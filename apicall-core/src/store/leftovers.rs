//! What nothing refers to any more: rules and starts from before the oldest call, counts by the minute from then, imports of
//! campaigns that are gone.
//!
//! Deliberately absent: calls and timelines, which are old but not left over.

use super::db::{Column, Rows, sql};
use super::retention::{self, Old};
use super::tallies::{HOUR, MINUTE};
use super::{Store, StoreError};
use crate::model::Timestamp;

/// Rows of one transaction.
const SOME: u32 = 1_000;
/// A call that is there may have begun so long before the last one that is gone ended.
const LONGEST_CALL_MS: i64 = 2 * DAY_MS;
const DAY_MS: i64 = 24 * HOUR;

const ID: &[Column] = &[Column::Int("id")];

impl Store {
    /// Removes some of it; whether there may be more.
    pub async fn remove_leftovers(&self) -> Result<bool, StoreError> {
        let mut more = false;
        if let Some(last) = retention::complete_after(&self.readers, Old::Calls).await? {
            let horizon = Timestamp::from_millis(last.millis().saturating_sub(LONGEST_CALL_MS));
            more |= self.remove_rules(horizon).await?;
            more |= self.remove_minutes(horizon).await?;
            self.remove_runs(horizon).await?;
        }
        Ok(self.remove_imports().await? || more)
    }

    /// Rules that others had replaced by then. The last of each scope stays: it was in force.
    async fn remove_rules(&self, horizon: Timestamp) -> Result<bool, StoreError> {
        let replaced = sql(
            "SELECT DISTINCT older.id FROM rules AS older JOIN rules AS later ON later.scope = older.scope AND later.id > older.id
             WHERE older.at < ? AND later.at < ? ORDER BY older.id LIMIT ?",
        );
        let replaced = replaced.bind(horizon.millis()).bind(horizon.millis()).bind(SOME);
        let mut ids = Vec::new();
        for row in &replaced.all(&self.readers).await? {
            ids.push(row.try_get::<i64>("id")?);
        }
        self.remove_by_id("rules", ids).await
    }

    /// Starts of engines from before then.
    async fn remove_runs(&self, horizon: Timestamp) -> Result<(), StoreError> {
        let at = horizon.millis();
        self.edit(move |connection| {
            Box::pin(async move {
                let old = sql("DELETE FROM runs WHERE began_at < ? AND (newest IS NULL OR newest < ?)");
                old.bind(at).bind(at).run(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Counts by the minute, a day of them at a time, as far as whole hours reach: those stay, and count the same calls.
    async fn remove_minutes(&self, horizon: Timestamp) -> Result<bool, StoreError> {
        let horizon = horizon.millis().div_euclid(HOUR) * HOUR;
        let oldest = sql("SELECT min(at) AS at FROM outcome_tallies WHERE span_ms = ?").bind(MINUTE);
        let oldest: Option<i64> = oldest.one(&self.readers).await?.try_get("at")?;
        let Some(oldest) = oldest.filter(|oldest| *oldest < horizon) else {
            return Ok(false);
        };
        let until = horizon.min(oldest + DAY_MS);
        self.edit(move |connection| {
            Box::pin(async move {
                let old = sql("DELETE FROM outcome_tallies WHERE span_ms = ? AND at < ?");
                old.bind(MINUTE).bind(until).run(connection).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Imports of campaigns that are gone, each after the rows that it rejected.
    async fn remove_imports(&self) -> Result<bool, StoreError> {
        let gone = sql(
            "SELECT imports.id FROM imports LEFT JOIN campaigns ON campaigns.id = imports.campaign
             WHERE campaigns.id IS NULL AND imports.state = 'done' ORDER BY imports.id LIMIT 1",
        );
        let Some(import) = gone.first(&self.readers).await? else {
            return Ok(false);
        };
        let import: i64 = import.try_get("id")?;
        let rejects = sql("SELECT id FROM rejects WHERE import = ? ORDER BY id LIMIT ?");
        let mut ids = Vec::new();
        for row in &rejects.bind(import).bind(SOME).all(&self.readers).await? {
            ids.push(row.try_get::<i64>("id")?);
        }
        if ids.is_empty() {
            self.remove_by_id("imports", vec![import]).await
        } else {
            self.remove_by_id("rejects", ids).await
        }
    }

    async fn remove_by_id(&self, table: &'static str, ids: Vec<i64>) -> Result<bool, StoreError> {
        if ids.is_empty() {
            return Ok(false);
        }
        self.edit(move |connection| {
            let mut rows = Rows::of(ID);
            for id in &ids {
                rows.push([(*id).into()]);
            }
            Box::pin(async move {
                connection.dialect().delete(table, rows).run(connection).await?;
                Ok(true)
            })
        })
        .await
    }
}
