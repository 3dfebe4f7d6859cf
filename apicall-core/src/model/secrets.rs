//! What of our nouns may hold somebody's secret, and the nouns without it: for viewers, and for the log of accounts.

use super::{ApiToken, Campaign, DncEntry, Project, ProjectFlow, Trunk, User, Webhook, url_origin};
use serde_json::{Map, Value};

/// What stands where a secret was.
pub const HIDDEN: &str = "…";

/// A noun, which may hold secrets.
pub trait WithoutSecrets: Sized {
    /// The same with nothing in it that may be one.
    #[must_use]
    fn without_secrets(self) -> Self {
        self
    }
}

// These hold none: a user's password and what a token is are the store's.
impl WithoutSecrets for ApiToken {}
impl WithoutSecrets for Campaign {}
impl WithoutSecrets for DncEntry {}
impl WithoutSecrets for Trunk {}
impl WithoutSecrets for User {}

/// The requests of its flow keep their origin and the names of their headers; what they send may hold a key.
impl WithoutSecrets for Project {
    fn without_secrets(mut self) -> Self {
        if let ProjectFlow::Custom(flow) = &mut self.flow
            && let Some(steps) = flow.get_mut("steps").and_then(Value::as_object_mut)
        {
            steps.values_mut().filter_map(Value::as_object_mut).for_each(hide);
        }
        self
    }
}

/// Its address keeps the origin: the rest is often the only key to it.
impl WithoutSecrets for Webhook {
    fn without_secrets(mut self) -> Self {
        // The origin of an address is one.
        if let Ok(origin) = url_origin(self.url.as_str()).parse() {
            self.url = origin;
        }
        self
    }
}

/// A step that asks an HTTP service, by the keys that only such a step has.
fn hide(step: &mut Map<String, Value>) {
    if let Some(Value::String(url)) = step.get_mut("url") {
        *url = url_origin(url).to_owned();
    }
    if let Some(Value::Object(headers)) = step.get_mut("headers") {
        headers.values_mut().for_each(|value| *value = HIDDEN.into());
    }
    if let Some(body) = step.get_mut("body") {
        *body = HIDDEN.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_flow_keeps_its_shape_and_none_of_its_keys() {
        let project: Project = serde_json::from_value(json!({
            "id": 1, "name": "a", "country": "CO", "timezone": "UTC", "caller_id": null, "trunk": null,
            "flow": { "custom": { "start": "ask", "steps": {
                "ask": { "do": "webhook", "url": "https://crm.example/T0KEN?k=T0KEN", "method": "POST",
                         "headers": { "authorization": "Bearer T0KEN" }, "body": { "key": "T0KEN" }, "next": "bye" },
                "bye": { "do": "hangup", "result": "completed" },
            } } },
            "retry": { "max_attempts": 1 }, "limits": {}, "ring_timeout_s": 30, "max_call_s": 60, "created_at": 0,
        }))
        .unwrap();
        let told = serde_json::to_value(project.without_secrets()).unwrap();
        assert!(!told.to_string().contains("T0KEN"), "{told}");
        assert_eq!(
            told["flow"]["custom"]["steps"],
            json!({
                "ask": { "do": "webhook", "url": "https://crm.example", "method": "POST",
                         "headers": { "authorization": "…" }, "body": "…", "next": "bye" },
                "bye": { "do": "hangup", "result": "completed" },
            })
        );
    }

    #[test]
    fn an_address_keeps_its_origin() {
        let webhook: Webhook = serde_json::from_value(json!({
            "id": 1, "project": 1, "url": "https://crm.example:8443/hooks/T0KEN?k=T0KEN", "events": ["call.ended"],
            "active": true, "created_at": 0,
        }))
        .unwrap();
        assert_eq!(webhook.without_secrets().url.as_str(), "https://crm.example:8443");
    }
}
