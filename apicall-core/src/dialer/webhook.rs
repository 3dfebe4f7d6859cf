//! The port through which flows ask HTTP services.

use super::drive::Walk;
use crate::model::{WebhookReply, WebhookRequest};
use crate::switch::Leg;
use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::oneshot;

/// What [`Webhooks::send`] returns.
pub type WebhookFuture = Pin<Box<dyn Future<Output = WebhookReply> + Send>>;

/// Whoever sends the webhooks of flows. The dialer keeps the deadline: a future that is late is dropped.
pub trait Webhooks: Debug + Send + Sync {
    /// Sends one, and brings the answer. A reason of failure holds no value of the request.
    fn send(&self, request: WebhookRequest) -> WebhookFuture;
}

/// For whoever dials without: every webhook fails, and says so.
#[derive(Debug)]
pub struct NoWebhooks;

impl Webhooks for NoWebhooks {
    fn send(&self, _request: WebhookRequest) -> WebhookFuture {
        let reason = "webhooks are not sent here".to_owned();
        Box::pin(std::future::ready(WebhookReply::Failed(reason)))
    }
}

impl Walk {
    /// Sends a webhook in a task of its own, so that a caller who leaves takes nothing back of what was begun.
    pub(super) async fn send(&self, leg: &mut dyn Leg, request: WebhookRequest) -> (WebhookReply, Duration) {
        let (call, clock, began) = (self.call, self.clock, self.clock.now());
        let limit = request.timeout;
        let sending = self.webhooks.send(request);
        let (tell, answered) = oneshot::channel();
        tokio::spawn(async move {
            let reply = match tokio::time::timeout(limit, sending).await {
                Ok(reply) => reply,
                Err(_) => WebhookReply::Failed(format!("no answer within {} ms", limit.as_millis())),
            };
            if let Err(reply) = tell.send(reply) {
                let took_ms = clock.now().since(began).as_millis();
                log_late(&reply, took_ms, call);
            }
        });
        let reply = tokio::select! {
            biased;
            reply = answered => reply.unwrap_or_else(|_| WebhookReply::Failed("it was not sent".to_owned())),
            () = leg.gone() => WebhookReply::CallerLeft,
        };
        (reply, clock.now().since(began))
    }
}

fn log_late(reply: &WebhookReply, took_ms: u128, call: crate::model::CallId) {
    match reply {
        WebhookReply::Answered { status, .. } => {
            tracing::info!(%call, status, took_ms, "a webhook was answered after its caller had left");
        }
        WebhookReply::Failed(reason) => {
            tracing::warn!(%call, reason, took_ms, "a webhook failed after its caller had left");
        }
        WebhookReply::CallerLeft => {}
    }
}
