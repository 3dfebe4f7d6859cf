//! Making and changing webhooks, and the log of what they were told.

use crate::model::{Delivery, DeliveryState, ProjectId, Webhook, WebhookEvents, WebhookUrl};
use serde::{Deserialize, Serialize};

/// `POST /webhooks`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// The project whose events it is told of.
    pub project: ProjectId,
    /// Where it is.
    pub url: WebhookUrl,
    /// Of what it is told.
    pub events: WebhookEvents,
}

/// `PATCH /webhooks/{id}`: an absent field stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// See [`NewWebhook::url`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebhookUrl>,
    /// See [`NewWebhook::events`]; replaces all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<WebhookEvents>,
    /// Whether it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Whether it gets a new secret, which is in the answer; the old one signs nothing any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub new_secret: bool,
}

/// A webhook, and its secret when that is new: it is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WebhookTold {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// What its deliveries are signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Query of `GET /webhooks`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookFilter {
    /// Of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

/// Query of `GET /webhooks/{id}/deliveries`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFilter {
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DeliveryState>,
    /// Where the page begins: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many, 1 to 1,000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `GET /deliveries/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// What is sent.
    pub body: serde_json::Value,
}
