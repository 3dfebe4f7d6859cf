//! `/webhooks`, `/deliveries`

use super::body::{Id, Json, Query, page_limit};
use super::by::By;
use super::problem::Failure;
use super::projects::set;
use super::{Answer, Engine};
use apicall_core::api::{
    DeliveryDetail, DeliveryFilter, NewWebhook, WebhookFilter, WebhookPatch, WebhookTold,
};
use apicall_core::model::{Delivery, DeliveryId, Invalid, Page, Webhook, WebhookId, WebhookUrl};
use axum::Json as Reply;
use axum::http::StatusCode;
use rand::RngExt;

pub(super) async fn list(by: By, Query(filter): Query<WebhookFilter>) -> Answer<Reply<Vec<Webhook>>> {
    let (engine, of) = by.lists(filter.project);
    let mut webhooks = Vec::new();
    for project in of {
        webhooks.extend(engine.store.webhooks(project).await?);
    }
    webhooks.sort_by_key(|webhook| webhook.id);
    Ok(Reply(
        webhooks.into_iter().map(|webhook| by.shown(webhook)).collect(),
    ))
}

pub(super) async fn show(by: By, Id(id): Id<WebhookId>) -> Answer<Reply<Webhook>> {
    let (_, webhook) = by.webhook(id).await?;
    Ok(Reply(by.shown(webhook)))
}

/// `POST /webhooks`: the only answer, with that of a new secret, that shows one.
pub(super) async fn create(by: By, Json(new): Json<NewWebhook>) -> Answer<(StatusCode, Reply<WebhookTold>)> {
    let (engine, _) = by.named(new.project).await?;
    check(engine, &new.url)?;
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
    let webhook = by.store().create_webhook(secret.clone().into(), build).await?;
    let told = WebhookTold {
        webhook,
        secret: Some(secret),
    };
    Ok((StatusCode::CREATED, Reply(told)))
}

pub(super) async fn change(
    by: By,
    Id(id): Id<WebhookId>,
    Json(patch): Json<WebhookPatch>,
) -> Answer<Reply<WebhookTold>> {
    let (engine, _) = by.webhook(id).await?;
    if let Some(url) = &patch.url {
        check(engine, url)?;
    }
    let secret = patch.new_secret.then(draw);
    let change = move |webhook: &mut Webhook| {
        set(&mut webhook.url, patch.url.clone());
        set(&mut webhook.events, patch.events.clone());
        set(&mut webhook.active, patch.active);
    };
    let new = secret.clone().map(Into::into);
    let webhook = by.store().update_webhook(id, new, change).await?;
    Ok(Reply(WebhookTold { webhook, secret }))
}

pub(super) async fn delete(by: By, Id(id): Id<WebhookId>) -> Answer<StatusCode> {
    by.webhook(id).await?;
    by.store().delete_webhook(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /webhooks/{id}/test`: the delivery as it was written; how it goes is in the log.
pub(super) async fn test(by: By, Id(id): Id<WebhookId>) -> Answer<(StatusCode, Reply<Delivery>)> {
    let (engine, _) = by.webhook(id).await?;
    let delivery = by.store().test_webhook(id, engine.clock.now()).await?;
    Ok((StatusCode::ACCEPTED, Reply(delivery)))
}

pub(super) async fn deliveries(
    by: By,
    Id(id): Id<WebhookId>,
    Query(filter): Query<DeliveryFilter>,
) -> Answer<Reply<Page<Delivery>>> {
    let (engine, _) = by.webhook(id).await?;
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

pub(super) async fn delivery(by: By, Id(id): Id<DeliveryId>) -> Answer<Reply<DeliveryDetail>> {
    let (_, delivery, body) = by.delivery(id).await?;
    let body = serde_json::from_str(&body).map_err(|error| {
        tracing::error!(%error, delivery = %id, "the body of a delivery is no JSON");
        Failure::internal()
    })?;
    Ok(Reply(DeliveryDetail { delivery, body }))
}

pub(super) async fn redeliver(by: By, Id(id): Id<DeliveryId>) -> Answer<(StatusCode, Reply<Delivery>)> {
    let (engine, _, _) = by.delivery(id).await?;
    let delivery = by.store().redeliver(id, engine.clock.now()).await?;
    Ok((StatusCode::ACCEPTED, Reply(delivery)))
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
