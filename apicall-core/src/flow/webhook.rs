//! The step that asks an HTTP service: what it sends, and where an answer leads.
//!
//! A value cannot leave its place by construction: in a URL it is percent-encoded and never part of the host, in a body it
//! stays within its JSON string, in a header it stays within its line.

use super::check::{StepFault, fault, range};
use super::step::Target;
use super::template::{fill, fill_json, fill_url};
use crate::model::text::serde_as_text;
use crate::model::{Invalid, Variables, WebhookMethod, WebhookRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;
use std::time::Duration;

/// Longest URL of a definition, in bytes.
const URL_BYTES: usize = 2_048;
/// Headers that are the connection's, not the flow's.
const NOT_OURS: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

/// Asks an HTTP service, and waits for its answer while the caller hears nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    /// Where to, `http://` or `https://`. Its path and query may hold `{variable}`, percent-encoded when it is filled in.
    pub(super) url: Hidden,
    /// How.
    #[serde(default)]
    pub(super) method: WebhookMethod,
    /// Headers beside `Content-Type`, `Accept` and `User-Agent`; a value may hold `{variable}`. Never logged.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, Hidden>,
    /// The body, any JSON; its strings may hold `{variable}`. None with `GET`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
    /// Until when the whole answer must be there, in milliseconds, 100 to 30,000.
    #[serde(default = "timeout_ms")]
    #[schemars(range(min = 100, max = 30_000))]
    pub(super) timeout_ms: u32,
    /// Which variable keeps which part of the answer to a request that succeeded (2xx): a JSON pointer such as `/agent/number`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) save: BTreeMap<String, String>,
    /// Where each status leads: one such as `404`, or a class such as `4xx`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) on: BTreeMap<Status, String>,
    /// Where every other 2xx leads; the end otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Target,
    /// Where everything else leads: any other status, no answer, an answer that cannot be read; the end with result `error`
    /// otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

fn timeout_ms() -> u32 {
    5_000
}

/// A text that may hold a secret: its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(super) struct Hidden(pub(super) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// An HTTP status, or a class of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Status(String);

impl FromStr for Status {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let ok = match text.as_bytes() {
            [b'1'..=b'5', b'x', b'x'] => true,
            [b'1'..=b'5', tens, ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
            _ => false,
        };
        let refused = || Invalid::new("status", text, "use one from 100 to 599, or a class such as 4xx");
        ok.then(|| Self(text.to_owned())).ok_or_else(refused)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(Status, { "type": "string", "pattern": "^[1-5]([0-9]{2}|xx)$" });

/// The exit an answer takes, where that leads, and the variables it sets.
pub(super) type Taken = (String, Target, Vec<(String, String)>);

impl Webhook {
    /// The request with these variables; else why there is none.
    pub(super) fn request(&self, variables: &Variables) -> Result<WebhookRequest, String> {
        let url = fill_url(&self.url.0, variables);
        if has_dots(&url) {
            return Err("a variable would lead its URL to another path".to_owned());
        }
        let filled = |(name, value): (&String, &Hidden)| {
            let value = fill(&value.0, variables);
            if value.chars().any(|c| c.is_control() && c != '\t') {
                Err(format!(
                    "a variable in its header {name} holds what no header can carry"
                ))
            } else {
                Ok((name.clone(), value))
            }
        };
        Ok(WebhookRequest {
            method: self.method,
            url,
            headers: self.headers.iter().map(filled).collect::<Result<_, _>>()?,
            body: self
                .body
                .as_ref()
                .map(|body| fill_json(body, variables).to_string()),
            timeout: Duration::from_millis(self.timeout_ms.into()),
            read_body: !self.save.is_empty(),
        })
    }

    /// Where an answer leads, and the variables it sets; else why it is of no use.
    pub(super) fn taken(&self, status: u16, body: &[u8]) -> Result<Taken, String> {
        let values = if is_success(status) {
            self.saved(body)?
        } else {
            Vec::new()
        };
        for key in [status.to_string(), format!("{}xx", status / 100)] {
            if let Some(target) = self.on.get(&Status(key.clone())) {
                return Ok((format!("on.{key}"), Some(target.clone()), values));
            }
        }
        match status {
            200..300 => Ok(("next".to_owned(), self.next.clone(), values)),
            300..400 => Err(format!("it answered {status}; redirections are not followed")),
            _ => Err(format!("it answered {status}")),
        }
    }

    fn saved(&self, body: &[u8]) -> Result<Vec<(String, String)>, String> {
        if self.save.is_empty() {
            return Ok(Vec::new());
        }
        let answer: Value = serde_json::from_slice(body).map_err(|_| "its answer is not JSON".to_owned())?;
        let value = |(name, pointer): (&String, &String)| {
            let text = match answer.pointer(pointer) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            match Variables::default().set(name, &text) {
                Ok(()) => Ok((name.clone(), text)),
                Err(_) => Err(format!(
                    "`{pointer}` of its answer is not one line of at most 1,024 bytes"
                )),
            }
        };
        self.save.iter().map(value).collect()
    }

    /// Values out of their range.
    pub(super) fn faults(&self) -> Vec<StepFault> {
        let mut faults = Vec::new();
        faults.extend(url_fault(&self.url.0).map(|why| fault("url", why)));
        faults.extend(range("timeout_ms", self.timeout_ms, 100, 30_000));
        if self.method == WebhookMethod::Get && self.body.is_some() {
            faults.push(fault("body", "a GET has none; put values into the url"));
        }
        faults.extend(self.headers.iter().filter_map(header_fault));
        faults.extend(self.save.iter().filter_map(save_fault));
        faults
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Whether a URL's path has a part of dots alone, which would lead elsewhere.
fn has_dots(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default().to_ascii_lowercase();
    path.split('/')
        .any(|part| matches!(part.replace("%2e", ".").as_str(), "." | ".."))
}

fn url_fault(url: &str) -> Option<&'static str> {
    let Some(rest) = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
    else {
        return Some("begin it with https:// or http://");
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    if host.contains('{') {
        Some("a variable cannot be part of the host; it may stand in the path and the query")
    } else if host.contains('@') {
        Some("leave user and password away, and give a header Authorization")
    } else if !is_host(host) {
        Some("give a host, with or without a port: https://crm.example:8443/calls")
    } else if !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains(['\\', '#']) {
        Some("use visible ASCII without `\\` and `#`, anything else percent-encoded")
    } else if has_dots(url) {
        Some("a part of its path is only dots; write the path that is meant")
    } else if url.len() > URL_BYTES {
        Some("use at most 2,048 bytes")
    } else {
        None
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, port))) if address.parse::<Ipv6Addr>().is_ok() => ("v6", port.strip_prefix(':')),
        Some(_) => return false,
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    !name.is_empty() && name.bytes().all(plain) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn header_fault((name, value): (&String, &Hidden)) -> Option<StepFault> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let reason = if name.is_empty() || name.len() > 64 || !name.bytes().all(token) {
        "is no name of a header"
    } else if NOT_OURS.contains(&name.to_ascii_lowercase().as_str()) {
        "is set by the engine; leave it away"
    } else if value.0.chars().any(|c| c.is_control() && c != '\t') {
        "has a value that is not one line"
    } else {
        return None;
    };
    Some(fault(format!("headers.{name}"), format!("`{name}` {reason}")))
}

fn save_fault((name, pointer): (&String, &String)) -> Option<StepFault> {
    let key = format!("save.{name}");
    if let Err(invalid) = Variables::default().set(name, "") {
        return Some(fault(key, invalid.to_string()));
    }
    let mut after_tilde = pointer.split('~').skip(1);
    let ok = (pointer.is_empty() || pointer.starts_with('/'))
        && after_tilde.all(|rest| rest.starts_with(['0', '1']));
    (!ok).then(|| {
        let reason = format!("`{pointer}` is no JSON pointer; begin it with `/`, as in /agent/number");
        fault(key, reason)
    })
}
