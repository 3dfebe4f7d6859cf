//! What webhooks are told: a queue and, afterwards, a log.
//!
//! A delivery is written in the transaction that writes what it tells of, so that the one is never there without the other.
//! Whoever sends some claims them first: their time is moved ahead, beyond the longest attempt, in a transaction that passes over
//! rows others hold. So each has one sender at a time over all engines, and one whose engine dies is due again by itself.
//!
//! Deliberately absent: HTTP, and when to try again.

mod log;
mod told;

pub(super) use log::delete_some_of;
pub(super) use told::{tell_calls, tell_campaign, tell_placed};

use super::db::{Column, Connection, Row, Rows, Value, sql};
use super::work::Kind;
use super::{Store, StoreError, webhooks};
use crate::model::{DeliveryId, DeliveryState, Timestamp, WebhookEvent, WebhookId, WebhookUrl};
use secrecy::SecretString;
use std::time::Duration;

/// A delivery that was claimed, with all that is needed to send it.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub webhook: WebhookId,
    /// Where that is.
    pub url: WebhookUrl,
    /// What it is signed with.
    pub secret: SecretString,
    /// What it tells.
    pub event: WebhookEvent,
    /// The body, JSON.
    pub body: String,
    /// How many attempts were begun, this one among them.
    pub attempts: u32,
    /// When it is to be given up.
    pub give_up_at: Timestamp,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// When it ended.
    pub at: Timestamp,
    /// The status that answered it.
    pub status: Option<u16>,
    /// What was wrong with it.
    pub error: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryFate {
    /// It was taken.
    Delivered,
    /// Another attempt, not before this time.
    RetryAt(Timestamp),
    /// It is given up.
    Failed,
}

const CLAIMED: &[Column] = &[Column::Word("id"), Column::Int("next_attempt_at")];
const LATE: &[Column] = &[Column::Word("id"), Column::Int("ended_at")];
const ID: &[Column] = &[Column::Word("id")];
/// Longest reason that is kept, in characters.
const REASON: usize = 500;

impl Store {
    /// Active webhooks for which something is due.
    pub async fn due_webhooks(&self, now: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
        let due = sql("SELECT id FROM webhooks WHERE active = 1 AND EXISTS (
                SELECT 1 FROM deliveries
                 WHERE deliveries.webhook = webhooks.id AND state = 'waiting' AND next_attempt_at <= ?) ORDER BY id")
        .bind(now.millis());
        let rows = due.all(&self.readers).await?;
        rows.iter()
            .map(|row| Ok(row.try_get::<i64>(0)?.try_into()?))
            .collect()
    }

    /// Claims what is due, of each of these webhooks at most so many: until `until` nobody else sends them.
    pub async fn claim_deliveries(
        &self,
        wanted: Vec<(WebhookId, u32)>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Outgoing>, StoreError> {
        self.edit_as(Kind::Ahead, move |connection| {
            let wanted = wanted.clone();
            Box::pin(async move {
                let mut claimed = Vec::new();
                for (webhook, most) in wanted {
                    claimed.extend(due(connection, webhook, most, now).await?);
                }
                let mut rows = Rows::of(CLAIMED);
                for one in &claimed {
                    rows.push([one.id.to_string().into(), until.millis().into()]);
                }
                if !rows.is_empty() {
                    let set = [
                        ("next_attempt_at", ":next_attempt_at"),
                        ("attempts", "deliveries.attempts + 1"),
                    ];
                    let dialect = connection.dialect();
                    dialect
                        .update("deliveries", &set, "TRUE", rows)
                        .run(connection)
                        .await?;
                }
                Ok(claimed)
            })
        })
        .await
    }

    /// Writes how an attempt went and what becomes of the delivery; waits for a store that is away.
    pub async fn settle_delivery(
        &self,
        id: DeliveryId,
        attempted: Attempted,
        fate: DeliveryFate,
    ) -> Result<(), StoreError> {
        self.edit_as(Kind::Kept, move |connection| {
            let attempted = attempted.clone();
            Box::pin(async move { settle(connection, id, &attempted, fate).await })
        })
        .await
    }

    /// Gives up what waits too long and is under way nowhere, at most so many; how many.
    pub async fn give_up_deliveries(&self, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.edit_as(Kind::Ahead, move |connection| {
            Box::pin(async move {
                let mut late = sql("SELECT id FROM deliveries
                     WHERE state = 'waiting' AND give_up_at <= ? AND next_attempt_at <= ? ORDER BY give_up_at LIMIT ?")
                .bind(now.millis())
                .bind(now.millis())
                .bind(most);
                late.push(connection.dialect().hold_free);
                let late = late.all(&mut *connection).await?;
                let mut rows = Rows::of(LATE);
                for row in &late {
                    rows.push([row.try_get::<&str>(0)?.into(), now.millis().into()]);
                }
                if rows.is_empty() {
                    return Ok(0);
                }
                let set = [
                    ("state", "'failed'"),
                    ("error", "coalesce(deliveries.error, 'it was not sent in time')"),
                    ("ended_at", ":ended_at"),
                ];
                let filter = "deliveries.state = 'waiting'";
                let dialect = connection.dialect();
                dialect
                    .update("deliveries", &set, filter, rows)
                    .run(connection)
                    .await
            })
        })
        .await
    }

    /// Forgets what ended before a time, at most so many; how many.
    pub async fn prune_deliveries(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.edit_as(Kind::Ahead, move |connection| {
            Box::pin(async move {
                let old = sql("SELECT id FROM deliveries WHERE ended_at < ? ORDER BY ended_at LIMIT ?")
                    .bind(before.millis())
                    .bind(most);
                let old = old.all(&mut *connection).await?;
                delete(connection, &old).await
            })
        })
        .await
    }
}

/// What is due for a webhook that is active, held for this transaction.
async fn due(
    connection: &mut Connection,
    webhook: WebhookId,
    most: u32,
    now: Timestamp,
) -> Result<Vec<Outgoing>, StoreError> {
    let to = sql("SELECT doc, secret FROM webhooks WHERE id = ? AND active = 1").bind(webhook.get());
    let Some(to) = to.first(&mut *connection).await? else {
        return Ok(Vec::new());
    };
    let secret: SecretString = to.try_get::<String>("secret")?.into();
    let to = webhooks::webhook(&to)?;
    let mut due = sql("SELECT id, event, body, attempts, give_up_at FROM deliveries
         WHERE webhook = ? AND state = 'waiting' AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?")
    .bind(webhook.get())
    .bind(now.millis())
    .bind(most);
    due.push(connection.dialect().hold_free);
    let rows = due.all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(Outgoing {
                id: row.try_get::<&str>("id")?.parse()?,
                webhook,
                url: to.url.clone(),
                secret: secret.clone(),
                event: row.try_get::<&str>("event")?.parse()?,
                body: row.try_get("body")?,
                attempts: attempts(row)?.saturating_add(1),
                give_up_at: Timestamp::from_millis(row.try_get("give_up_at")?),
            })
        })
        .collect()
}

async fn settle(
    connection: &mut Connection,
    id: DeliveryId,
    attempted: &Attempted,
    fate: DeliveryFate,
) -> Result<(), StoreError> {
    let (state, next, ended) = match fate {
        DeliveryFate::Delivered => (DeliveryState::Delivered, None, Some(attempted.at)),
        DeliveryFate::RetryAt(at) => (DeliveryState::Waiting, Some(at), None),
        DeliveryFate::Failed => (DeliveryState::Failed, None, Some(attempted.at)),
    };
    let error: Option<String> = attempted
        .error
        .as_ref()
        .map(|text| text.chars().take(REASON).collect());
    let took_ms = i64::try_from(attempted.took.as_millis()).unwrap_or(i64::MAX);
    let step = sql(
        "UPDATE deliveries SET state = ?, next_attempt_at = ?, attempted_at = ?, status = ?, error = ?,
            took_ms = ?, ended_at = ? WHERE id = ? AND state = 'waiting'",
    )
    .bind(state.as_str())
    .bind(next.unwrap_or(attempted.at).millis())
    .bind(attempted.at.millis())
    .bind(attempted.status.map(i64::from))
    .bind(error)
    .bind(took_ms)
    .bind(ended.map(Timestamp::millis))
    .bind(id.to_string());
    step.run(connection).await.map(drop)
}

/// Removes the deliveries of these rows, which begin with their ids.
async fn delete(connection: &mut Connection, found: &[Row]) -> Result<u64, StoreError> {
    let mut rows = Rows::of(ID);
    for row in found {
        rows.push([Value::from(row.try_get::<&str>(0)?)]);
    }
    if rows.is_empty() {
        return Ok(0);
    }
    connection
        .dialect()
        .delete("deliveries", rows)
        .run(connection)
        .await
}

fn attempts(row: &Row) -> Result<u32, StoreError> {
    Ok(u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX))
}
