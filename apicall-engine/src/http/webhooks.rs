//! `/webhooks`, `/deliveries`

use super::body::{Id, Json, Query, page_limit};
use super::problem::Failure;
use super::projects::{named, set};
use super::{Answer, Engine, Shared};
use apicall_core::api::{
    DeliveryDetail, DeliveryFilter, NewWebhook, WebhookFilter, WebhookPatch, WebhookTold,
};
use apicall_core::model::{Delivery, DeliveryId, Invalid, Page, Webhook, WebhookId, WebhookUrl};
use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use rand::RngExt;

pub(super) async fn list(
    State(engine): Shared,
    Query(filter): Query<WebhookFilter>,
) -> Answer<Reply<Vec<Webhook>>> {
    Ok(Reply(engine.store.webhooks(filter.project).await?))
}

pub(super) async fn show(State(engine): Shared, Id(id): Id<WebhookId>) -> Answer<Reply<Webhook>> {
    find(&engine, id).await.map(Reply)
}

/// `POST /webhooks`: the only answer, with that of a new secret, that shows one.
pub(super) async fn create(
    State(engine): Shared,
    Json(new): Json<NewWebhook>,
) -> Answer<(StatusCode, Reply<WebhookTold>)> {
    named(&engine, new.project).await?;
    check(&engine, &new.url)?;
    let secret = draw();
    let created_at = engine.clock.now();
    let build = move |id| Webhook {
        id,
        project: new.project,
        url: new.url.clone(),
        events: new.events.clone(),
        active: true,
        created_at,
    };
    let webhook = engine.store.create_webhook(secret.clone().into(), build).await?;
    let told = WebhookTold {
        webhook,
        secret: Some(secret),
    };
    Ok((StatusCode::CREATED, Reply(told)))
}

pub(super) async fn change(
    State(engine): Shared,
    Id(id): Id<WebhookId>,
    Json(patch): Json<WebhookPatch>,
) -> Answer<Reply<WebhookTold>> {
    if let Some(url) = &patch.url {
        check(&engine, url)?;
    }
    let secret = patch.new_secret.then(draw);
    let change = move |webhook: &mut Webhook| {
        set(&mut webhook.url, patch.url.clone());
        set(&mut webhook.events, patch.events.clone());
        set(&mut webhook.active, patch.active);
    };
    let new = secret.clone().map(Into::into);
    let webhook = engine.store.update_webhook(id, new, change).await?;
    Ok(Reply(WebhookTold { webhook, secret }))
}

pub(super) async fn delete(State(engine): Shared, Id(id): Id<WebhookId>) -> Answer<StatusCode> {
    engine.store.delete_webhook(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /webhooks/{id}/test`: the delivery as it was written; how it goes is in the log.
pub(super) async fn test(
    State(engine): Shared,
    Id(id): Id<WebhookId>,
) -> Answer<(StatusCode, Reply<Delivery>)> {
    let delivery = engine.store.test_webhook(id, engine.clock.now()).await?;
    Ok((StatusCode::ACCEPTED, Reply(delivery)))
}

pub(super) async fn deliveries(
    State(engine): Shared,
    Id(id): Id<WebhookId>,
    Query(filter): Query<DeliveryFilter>,
) -> Answer<Reply<Page<Delivery>>> {
    find(&engine, id).await?;
    let limit = page_limit(filter.limit)?;
    let after: Option<DeliveryId> = filter
        .after
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|invalid: Invalid| Failure::query("after", invalid.to_string()))?;
    Ok(Reply(
        engine.store.deliveries(id, filter.state, after, limit).await?,
    ))
}

pub(super) async fn delivery(State(engine): Shared, Id(id): Id<DeliveryId>) -> Answer<Reply<DeliveryDetail>> {
    let found = engine.store.delivery(id).await?;
    let (delivery, body) = found.ok_or_else(|| Failure::not_found("delivery", id))?;
    let body = serde_json::from_str(&body).map_err(|error| {
        tracing::error!(%error, delivery = %id, "the body of a delivery is no JSON");
        Failure::internal()
    })?;
    Ok(Reply(DeliveryDetail { delivery, body }))
}

pub(super) async fn redeliver(
    State(engine): Shared,
    Id(id): Id<DeliveryId>,
) -> Answer<(StatusCode, Reply<Delivery>)> {
    let delivery = engine.store.redeliver(id, engine.clock.now()).await?;
    Ok((StatusCode::ACCEPTED, Reply(delivery)))
}

async fn find(engine: &Engine, id: WebhookId) -> Result<Webhook, Failure> {
    engine
        .store
        .webhook(id)
        .await?
        .ok_or_else(|| Failure::not_found("webhook", id))
}

/// Refuses early what would be refused at every attempt.
fn check(engine: &Engine, url: &WebhookUrl) -> Result<(), Failure> {
    engine
        .sender
        .check(url.as_str())
        .map_err(|reason| Failure::field("url", reason))
}

/// A secret: 256 bits nobody can guess.
fn draw() -> String {
    let drawn: [u8; 32] = rand::rng().random();
    let hex: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("whsec_{hex}")
}
