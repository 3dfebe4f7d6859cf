//! The engine's API, as the tour uses it.

use anyhow::bail;
use apicall_core::api::{LoggedIn, Problem};
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::net::SocketAddr;

pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    pub(super) async fn log_in(address: SocketAddr, password: &str) -> anyhow::Result<Self> {
        // Asked for even where nothing is encrypted; a second installation is refused, and needless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Self {
            http: reqwest::Client::new(),
            base: format!("http://{address}/api/v1"),
            token: String::new(),
        };
        let login = json!({ "username": "admin", "password": password });
        let answer: LoggedIn = client.post("/login", &login).await?;
        client.token = answer.token;
        Ok(client)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let request = self.http.get(format!("{}{path}", self.base));
        Ok(self.send(request).await?.json().await?)
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        Ok(self.send(request).await?.json().await?)
    }

    pub(super) async fn import<T: DeserializeOwned>(&self, path: &str, csv: String) -> anyhow::Result<T> {
        let request = self.http.post(format!("{}{path}", self.base));
        let request = request.header(CONTENT_TYPE, "text/csv").body(csv);
        Ok(self.send(request).await?.json().await?)
    }

    pub(super) async fn order(&self, path: &str) -> anyhow::Result<()> {
        self.send(self.http.post(format!("{}{path}", self.base)))
            .await
            .map(drop)
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let answer = request.bearer_auth(&self.token).send().await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let problem: Problem = answer.json().await?;
        bail!("the engine refused: {}", problem.detail)
    }
}
