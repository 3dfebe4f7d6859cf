//! `webhook …`

use super::project::{id_of, id_of_some, some_change};
use crate::cli::{Format, Webhook as Verb};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use apicall_core::api::{DeliveryDetail, NewWebhook, WebhookFilter, WebhookPatch, WebhookTold};
use apicall_core::model::{Delivery, DeliveryState, Webhook, WebhookId};
use reqwest::Method;
use std::time::Duration;

const COLUMNS: &[Column<Webhook>] = &[
    Column::Text("id", |webhook| webhook.id.to_string()),
    Column::Text("project", |webhook| webhook.project.to_string()),
    Column::Text("url", |webhook| webhook.url.to_string()),
    Column::Text("events", |webhook| webhook.events.to_string()),
    Column::Text("active", |webhook| webhook.active.to_string()),
    Column::Time("created_at", |webhook| Some(webhook.created_at)),
];

const TOLD: &[Column<WebhookTold>] = &[
    Column::Text("id", |told| told.webhook.id.to_string()),
    Column::Text("project", |told| told.webhook.project.to_string()),
    Column::Text("url", |told| told.webhook.url.to_string()),
    Column::Text("events", |told| told.webhook.events.to_string()),
    Column::Text("active", |told| told.webhook.active.to_string()),
    Column::Text("secret", |told| maybe(told.secret.as_ref())),
];

const DELIVERIES: &[Column<Delivery>] = &[
    Column::Text("id", |delivery| delivery.id.to_string()),
    Column::Text("event", |delivery| delivery.event.to_string()),
    Column::Text("state", |delivery| delivery.state.to_string()),
    Column::Text("attempts", |delivery| delivery.attempts.to_string()),
    Column::Text("status", |delivery| maybe(delivery.status)),
    Column::Text("error", |delivery| maybe(delivery.error.as_ref())),
    Column::Text("took_ms", |delivery| maybe(delivery.took_ms)),
    Column::Time("created_at", |delivery| Some(delivery.created_at)),
    Column::Time("next_attempt_at", |delivery| delivery.next_attempt_at),
];

/// How often the log is looked at while a test is under way, and how many times: longer than an attempt may take.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: u32 = 80;

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Add { project, url, events } => {
            let project = id_of(remote, &project).await?;
            let new = NewWebhook { project, url, events };
            let told: WebhookTold = remote.post("/webhooks", &new).await?;
            output::one(format, &told, TOLD)
        }
        Verb::List { project } => {
            let project = id_of_some(remote, project.as_ref()).await?;
            let webhooks: Vec<Webhook> = remote.get("/webhooks", &WebhookFilter { project }).await?;
            output::list(format, &webhooks, COLUMNS)
        }
        Verb::Set {
            id,
            url,
            events,
            active,
            new_secret,
        } => {
            let patch = WebhookPatch {
                url,
                events,
                active,
                new_secret,
            };
            some_change(&patch, "webhook set")?;
            let told: WebhookTold = remote.patch(&format!("/webhooks/{id}"), &patch).await?;
            output::one(format, &told, TOLD)
        }
        Verb::Delete { id } => remote.nothing(Method::DELETE, &format!("/webhooks/{id}")).await,
        Verb::Test { id } => test(remote, format, id).await,
        Verb::Deliveries { id, state, limit } => {
            let query: Vec<_> = state
                .map(|state| ("state".to_owned(), state.to_string()))
                .into_iter()
                .collect();
            let path = format!("/webhooks/{id}/deliveries");
            let deliveries: Vec<Delivery> = remote.all(&path, &query, limit).await?;
            output::list(format, &deliveries, DELIVERIES)
        }
        Verb::Redeliver { delivery } => {
            let path = format!("/deliveries/{delivery}/redeliver");
            let delivery: Delivery = remote.order(&path).await?;
            output::one(format, &delivery, DELIVERIES)
        }
    }
}

/// Has a test sent, and waits for its first attempt.
async fn test(remote: &Remote, format: Format, id: WebhookId) -> Result<(), Error> {
    let mut delivery: Delivery = remote.order(&format!("/webhooks/{id}/test")).await?;
    for _ in 0..LOOKS {
        if delivery.attempted_at.is_some() {
            break;
        }
        tokio::time::sleep(LOOK).await;
        let path = format!("/deliveries/{}", delivery.id);
        delivery = remote.get::<DeliveryDetail>(&path, &()).await?.delivery;
    }
    output::one(format, &delivery, DELIVERIES)?;
    if delivery.state == DeliveryState::Delivered {
        return Ok(());
    }
    let reason = delivery
        .error
        .unwrap_or_else(|| "no attempt was made yet".to_owned());
    Err(Error::Expectation(format!(
        "webhook {id} did not take it: {reason}"
    )))
}
