//! The log of deliveries, and what somebody does with it by hand: try a webhook, have something sent once more.

use super::told::tell_test;
use super::{attempts, delete};
use crate::model::{Delivery, DeliveryId, DeliveryState, Page, Timestamp, Webhook, WebhookId};
use crate::store::calls::page;
use crate::store::catalog::load;
use crate::store::db::{Connection, Row, sql};
use crate::store::{Store, StoreError};

/// Comes after every id. Where a page begins is always said, also of the first: without it MariaDB may go back through the table
/// of all webhooks instead of by the index.
const BEYOND: &str = "g";
/// So many are removed at once.
const SOME: i64 = 1_000;

impl Store {
    /// Deliveries to a webhook, newest first, in a state or in any; `after` is the `next` of the page before.
    pub async fn deliveries(
        &self,
        webhook: WebhookId,
        state: Option<DeliveryState>,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Page<Delivery>, StoreError> {
        let mut select = sql("SELECT * FROM deliveries WHERE webhook = ");
        select.push_bind(webhook.get());
        if let Some(state) = state {
            select.push(" AND state = ").push_bind(state.as_str());
        }
        let after = after.map_or_else(|| BEYOND.to_owned(), |after| after.to_string());
        select
            .push(" AND id < ")
            .push_bind(after)
            .push(" ORDER BY id DESC LIMIT ")
            .push_bind(i64::from(limit) + 1);
        let rows = select.all(&self.readers).await?;
        let items: Result<Vec<_>, StoreError> = rows.iter().map(delivery).collect();
        Ok(page(items?, limit, |delivery| delivery.id.to_string()))
    }

    /// One delivery, and the body that is sent.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<(Delivery, String)>, StoreError> {
        let row = sql("SELECT * FROM deliveries WHERE id = ?").bind(id.to_string());
        let row = row.first(&self.readers).await?;
        row.map(|row| Ok((delivery(&row)?, row.try_get("body")?)))
            .transpose()
    }

    /// Has a webhook told of a test, if it is active.
    pub async fn test_webhook(&self, id: WebhookId, at: Timestamp) -> Result<Delivery, StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let pen = pen.clone();
            Box::pin(async move {
                let webhook: Webhook = load(connection, "webhook", "webhooks", id.get()).await?;
                expect_active(&webhook)?;
                pen.did(connection, "webhook", id, "tested").await?;
                let id = tell_test(connection, id.get(), webhook.project, at).await?;
                one(connection, id).await
            })
        })
        .await
    }

    /// Has a delivery sent once more at once, also one that was taken, with all its time before it.
    pub async fn redeliver(&self, id: DeliveryId, at: Timestamp) -> Result<Delivery, StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let pen = pen.clone();
            Box::pin(async move {
                let now = one(connection, id).await?;
                let webhook: Webhook = load(connection, "webhook", "webhooks", now.webhook.get()).await?;
                expect_active(&webhook)?;
                pen.did(connection, "delivery", id, "sent_again").await?;
                if now.state != DeliveryState::Waiting {
                    sql("UPDATE deliveries SET state = 'waiting', next_attempt_at = ?, give_up_at = ?, ended_at = NULL
                          WHERE id = ? AND state <> 'waiting'")
                    .bind(at.millis())
                    .bind(at.plus(Delivery::PATIENCE).millis())
                    .bind(id.to_string())
                    .run(connection)
                    .await?;
                }
                one(connection, id).await
            })
        })
        .await
    }
}

/// Removes some deliveries of a webhook; whether there may be more.
pub(in crate::store) async fn delete_some_of(
    connection: &mut Connection,
    webhook: WebhookId,
) -> Result<bool, StoreError> {
    let some = sql("SELECT id FROM deliveries WHERE webhook = ? ORDER BY id LIMIT ?")
        .bind(webhook.get())
        .bind(SOME);
    let some = some.all(&mut *connection).await?;
    Ok(delete(connection, &some).await? > 0)
}

fn expect_active(webhook: &Webhook) -> Result<(), StoreError> {
    if webhook.active {
        return Ok(());
    }
    let remedy = format!(
        "webhook {} is not active, so nothing is sent; activate it first",
        webhook.id
    );
    Err(StoreError::InUse(remedy))
}

async fn one(connection: &mut Connection, id: DeliveryId) -> Result<Delivery, StoreError> {
    let row = sql("SELECT * FROM deliveries WHERE id = ?").bind(id.to_string());
    let row = row.first(connection).await?;
    delivery(&row.ok_or_else(|| StoreError::NotFound {
        what: "delivery",
        id: id.to_string(),
    })?)
}

fn delivery(row: &Row) -> Result<Delivery, StoreError> {
    let state: DeliveryState = row.try_get::<&str>("state")?.parse()?;
    let time = |column| Ok::<_, StoreError>(row.try_get::<Option<i64>>(column)?.map(Timestamp::from_millis));
    let waits = |at: Option<Timestamp>| at.filter(|_| state == DeliveryState::Waiting);
    let status = row.try_get::<Option<i64>>("status")?;
    let took_ms = row.try_get::<Option<i64>>("took_ms")?;
    Ok(Delivery {
        id: row.try_get::<&str>("id")?.parse()?,
        webhook: row.try_get::<i64>("webhook")?.try_into()?,
        event: row.try_get::<&str>("event")?.parse()?,
        state,
        attempts: attempts(row)?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        next_attempt_at: waits(time("next_attempt_at")?),
        give_up_at: waits(time("give_up_at")?),
        attempted_at: time("attempted_at")?,
        status: status.and_then(|status| u16::try_from(status).ok()),
        error: row.try_get("error")?,
        took_ms: took_ms.and_then(|took| u64::try_from(took).ok()),
        ended_at: time("ended_at")?,
    })
}
