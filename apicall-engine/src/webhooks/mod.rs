//! Sends webhooks: those that a flow asks during its call, and, by the [`Courier`], what projects' webhooks are told.
//!
//! Everything about it is bounded: how many at once, how long (the dialer drops what is late), how much of an answer is
//! read, and where to: [`Addresses`] keeps them away from what only the engine's own machine may reach. Redirections are not
//! followed and this client sends nothing twice, so an answer always is the answer to what was sent.
//!
//! Deliberately absent: what is sent and what an answer means (`flow`), and any value of a request in a log or a reason.

mod addresses;
mod courier;
mod signature;
#[cfg(test)]
mod tests;

pub(crate) use courier::Courier;

use crate::config;
use addresses::{Addresses, Refused};
use anyhow::Context;
use apicall_core::dialer::{WebhookFuture, Webhooks};
use apicall_core::model::{WebhookReply, WebhookRequest};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, Response, Url, redirect, retry};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

/// Longest answer that is read, in bytes.
const ANSWER_BYTES: usize = 64 * 1024;
/// Connections that nobody uses are kept this long.
const IDLE: Duration = Duration::from_secs(10);

/// The engine's HTTP client for webhooks.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    client: Client,
    addresses: Arc<Addresses>,
    places: Arc<Semaphore>,
    runtime: Handle,
}

impl Sender {
    /// One that works on this runtime, whoever asks it to.
    pub(crate) fn new(config: &config::Webhooks, runtime: Handle) -> anyhow::Result<Self> {
        // A second installation is refused, and needless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let addresses = Arc::new(Addresses::new(&config.allow, &config.deny));
        let client = Client::builder()
            .user_agent(concat!("apicall/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // A proxy would choose the address in our place.
            .no_proxy()
            .dns_resolver(Arc::clone(&addresses))
            .pool_idle_timeout(IDLE)
            .build()
            .context("cannot make a client for webhooks")?;
        Ok(Self {
            client,
            addresses,
            places: Arc::new(Semaphore::new(config.max_at_once as usize)),
            runtime,
        })
    }

    /// Whether an address may be gone to, as far as can be told before its name is looked up.
    pub(crate) fn check(&self, url: &str) -> Result<(), String> {
        let url: Url = url
            .parse()
            .map_err(|error| format!("its URL cannot be read: {error}"))?;
        self.addresses
            .check_literal(&url)
            .map_err(|refused| refused.to_string())
    }

    async fn exchange(self, request: WebhookRequest) -> Result<WebhookReply, String> {
        // Half of its time may go into waiting; the rest would not do for an answer.
        let turn = tokio::time::timeout(request.timeout / 2, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(_place)) = turn else {
            return Err("too many webhooks at once; see webhooks.max_at_once".to_owned());
        };
        self.ask(request).await
    }

    /// Sends one at once, however long that takes.
    async fn ask(&self, request: WebhookRequest) -> Result<WebhookReply, String> {
        let read_body = request.read_body;
        let request = prepare(request)?;
        self.addresses
            .check_literal(request.url())
            .map_err(|refused| refused.to_string())?;
        let answer = self.client.execute(request).await.map_err(explain)?;
        let status = answer.status().as_u16();
        let body = if read_body {
            read(answer).await?
        } else {
            Vec::new()
        };
        Ok(WebhookReply::Answered { status, body })
    }
}

impl Webhooks for Sender {
    fn send(&self, request: WebhookRequest) -> WebhookFuture {
        let exchange = AbortOnDropHandle::new(self.runtime.spawn(self.clone().exchange(request)));
        Box::pin(async move {
            let done = exchange
                .await
                .unwrap_or_else(|_| Err("it was not sent".to_owned()));
            done.unwrap_or_else(WebhookReply::Failed)
        })
    }
}

fn prepare(request: WebhookRequest) -> Result<Request, String> {
    let url: Url = request
        .url
        .parse()
        .map_err(|error| format!("its URL cannot be read: {error}"))?;
    let method = Method::from_bytes(request.method.as_str().as_bytes()).map_err(|error| error.to_string())?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if request.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in &request.headers {
        let fault = || format!("its header {name} holds what no header can carry");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fault())?;
        let mut value = HeaderValue::from_str(value)
            .or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
            .map_err(|_| fault())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    let mut ready = Request::new(method, url);
    *ready.headers_mut() = headers;
    *ready.body_mut() = request.body.map(Into::into);
    Ok(ready)
}

async fn read(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(explain)? {
        if body.len() + piece.len() > ANSWER_BYTES {
            return Err(format!("its answer is longer than {ANSWER_BYTES} bytes"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// What went wrong, in words that hold nothing of the URL but perhaps its host.
fn explain(error: reqwest::Error) -> String {
    let what = if error.is_connect() {
        "cannot connect"
    } else {
        "no proper answer"
    };
    let mut reason = None;
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return refused.to_string();
        }
        reason = Some(error.to_string());
        source = error.source();
    }
    match reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    }
}
