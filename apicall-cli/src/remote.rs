//! The engine, over HTTP.

use crate::cli::Cli;
use crate::error::Error;
use crate::output;
use crate::profile;
use apicall_core::api::Problem;
use apicall_core::model::Page;
use reqwest::{Body, Client, Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// For everything but imports and streams.
const PATIENCE: Duration = Duration::from_secs(30);
/// A busy engine that wants to be asked again within this time is asked again, once.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Items asked for at once.
const PAGE: usize = 1_000;

/// A way to an engine.
#[derive(Debug)]
pub(crate) struct Remote {
    client: Client,
    base: String,
    token: Option<String>,
}

impl Remote {
    pub(crate) fn new(cli: &Cli) -> Result<Self, Error> {
        let kept = profile::find(&cli.profile)?;
        let base = match (&cli.host, &kept) {
            (Some(host), _) => host.clone(),
            (None, Some(kept)) => kept.host.clone(),
            (None, None) => "http://127.0.0.1:8080".to_owned(),
        };
        let base = base.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Error::Usage(format!(
                "--host `{base}`: begin it with http:// or https://"
            )));
        }
        let given = std::env::var("APICALL_TOKEN")
            .ok()
            .filter(|token| !token.is_empty());
        // A token goes only to the engine that gave it.
        let token = given.or_else(|| kept.filter(|kept| kept.host == base).map(|kept| kept.token));
        Self::to(base, token)
    }

    /// The engine at this address, for whoever has this token.
    pub(crate) fn to(base: String, token: Option<String>) -> Result<Self, Error> {
        // A second installation is refused, and needless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().connect_timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|error| Error::Unreachable(error.to_string()))?;
        Ok(Self { client, base, token })
    }

    pub(crate) fn host(&self) -> &str {
        &self.base
    }

    pub(crate) fn is_logged_in(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, Error> {
        let request = || self.request(Method::GET, path).query(query).timeout(PATIENCE);
        match self.json(request()).await {
            Err(Error::Busy(_, after)) if after <= LONGEST_PAUSE => {
                output::remark(&format!(
                    "the engine is busy; asking again in {} s",
                    after.as_secs()
                ));
                tokio::time::sleep(after).await;
                self.json(request()).await
            }
            other => other,
        }
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.json(self.request(Method::POST, path).json(body).timeout(PATIENCE))
            .await
    }

    /// A request whose answer takes its time.
    pub(crate) async fn post_slow<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.json(self.request(Method::PATCH, path).json(body).timeout(PATIENCE))
            .await
    }

    /// An order without a body.
    pub(crate) async fn order<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.json(self.request(Method::POST, path).timeout(PATIENCE))
            .await
    }

    /// A request that is answered with nothing.
    pub(crate) async fn nothing(&self, method: Method, path: &str) -> Result<(), Error> {
        self.send(self.request(method, path).timeout(PATIENCE))
            .await
            .map(drop)
    }

    /// A number list, of any length.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
        body: Body,
    ) -> Result<T, Error> {
        let request = self
            .request(Method::POST, path)
            .query(query)
            .header("content-type", "text/csv")
            .body(body);
        self.json(request).await
    }

    /// All items of a list, page by page; at most so many.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(String, String)],
        most: usize,
    ) -> Result<Vec<T>, Error> {
        let mut items: Vec<T> = Vec::new();
        let mut after: Option<String> = None;
        while items.len() < most {
            let mut query = query.to_vec();
            query.push(("limit".to_owned(), PAGE.min(most - items.len()).to_string()));
            query.extend(after.take().map(|after| ("after".to_owned(), after)));
            let page: Page<T> = self.get(path, &query).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(items)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}/api/v1{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let response = self.send(request).await?;
        response.json().await.map_err(|error| {
            Error::Unreachable(format!(
                "{} does not answer like an apicall engine: {error}",
                self.base
            ))
        })
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success()
            || (status == StatusCode::SERVICE_UNAVAILABLE && response.url().path().ends_with("/health"))
        {
            return Ok(response);
        }
        let after = retry_after(&response);
        let problem: Option<Problem> = response.json().await.ok();
        Err(match problem {
            Some(problem) if let Some(after) = after => Error::Busy(Box::new(problem), after),
            Some(problem) if status == StatusCode::UNAUTHORIZED => Error::NotLoggedIn(problem.detail),
            Some(problem) => Error::Refused(Box::new(problem)),
            None => Error::Unreachable(format!("{} answered {status} and no reason", self.base)),
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let mut reason = error.to_string();
        let mut deeper = std::error::Error::source(error);
        while let Some(source) = deeper {
            reason = source.to_string();
            deeper = source.source();
        }
        Error::Unreachable(if error.is_connect() {
            format!(
                "cannot reach {}: {reason}; is it right, and does the engine run there?",
                self.base
            )
        } else if error.is_timeout() {
            format!("{} did not answer within {} s", self.base, PATIENCE.as_secs())
        } else {
            format!(
                "{} broke the connection: {reason}; see the engine's log",
                self.base
            )
        })
    }
}

/// How long a busy engine asks to be left alone.
fn retry_after(response: &Response) -> Option<Duration> {
    let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&response.status());
    let seconds = response
        .headers()
        .get("retry-after")?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    busy.then(|| Duration::from_secs(seconds))
}
