//! The engine, over HTTP.

use crate::cli::Cli;
use crate::error::Error;
use crate::output;
use crate::profile::{self, Profile};
use apicall_core::api::{LoggedIn, Problem, Refresh};
use apicall_core::model::Page;
use reqwest::{Body, Client, Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Mutex, PoisonError};
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
    token: Mutex<Option<String>>,
    renewal: Option<Renewal>,
}

/// What gets another token for a session, and where it is remembered.
#[derive(Debug)]
struct Renewal {
    profile: String,
    refresh_token: String,
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
        if given.is_some() {
            return Self::to(base, given);
        }
        // A token goes only to the engine that gave it.
        let own = kept.filter(|kept| kept.host == base);
        let (token, refresh_token) = own.map(|own| (own.token, own.refresh_token)).unzip();
        let mut remote = Self::to(base, token)?;
        remote.renewal = refresh_token.flatten().map(|refresh_token| Renewal {
            profile: cli.profile.clone(),
            refresh_token,
        });
        Ok(remote)
    }

    /// The engine at this address, for whoever has this token.
    pub(crate) fn to(base: String, token: Option<String>) -> Result<Self, Error> {
        // A second installation is refused, and needless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().connect_timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|error| Error::Unreachable(error.to_string()))?;
        Ok(Self {
            client,
            base,
            token: Mutex::new(token),
            renewal: None,
        })
    }

    pub(crate) fn host(&self) -> &str {
        &self.base
    }

    pub(crate) fn is_logged_in(&self) -> bool {
        self.token().is_some()
    }

    fn token(&self) -> Option<String> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    /// Something that is answered with nothing.
    pub(crate) async fn tell(&self, path: &str, body: &impl Serialize) -> Result<(), Error> {
        let request = self.request(Method::POST, path).json(body);
        self.send(request.timeout(PATIENCE)).await.map(drop)
    }

    /// What is no JSON.
    pub(crate) async fn bytes(&self, path: &str, query: &impl Serialize) -> Result<Vec<u8>, Error> {
        let response = self.send(self.request(Method::GET, path).query(query)).await?;
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        Ok(bytes.to_vec())
    }

    /// A file, of any length.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
        media: &'static str,
        body: Body,
    ) -> Result<T, Error> {
        if self.renewal.is_some() {
            // A list is read once and cannot be sent again: that the session goes on is made sure of first.
            self.nothing(Method::GET, "/me").await?;
        }
        let request = self
            .request(Method::POST, path)
            .query(query)
            .header("content-type", media)
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
        self.client.request(method, format!("{}/api/v1{path}", self.base))
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let response = self.send(request).await?;
        response.json().await.map_err(|error| self.strange(&error))
    }

    fn strange(&self, error: &reqwest::Error) -> Error {
        Error::Unreachable(format!(
            "{} does not answer like an apicall engine: {error}",
            self.base
        ))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let again = request.try_clone();
        match (self.send_once(request).await, &self.renewal, again) {
            (Err(Error::NotLoggedIn(_)), Some(renewal), Some(again)) => {
                self.renew(renewal).await?;
                self.send_once(again).await
            }
            (done, _, _) => done,
        }
    }

    /// Gets another token for the session, and remembers it.
    async fn renew(&self, renewal: &Renewal) -> Result<(), Error> {
        let body = Refresh {
            refresh_token: renewal.refresh_token.clone(),
        };
        let request = self.client.post(format!("{}/api/v1/refresh", self.base));
        let response = self.send_once(request.json(&body).timeout(PATIENCE)).await?;
        let renewed: LoggedIn = response.json().await.map_err(|error| self.strange(&error))?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(renewed.token.clone());
        let renewed = Profile {
            host: self.base.clone(),
            token: renewed.token,
            refresh_token: Some(renewal.refresh_token.clone()),
        };
        profile::keep(&renewal.profile, Some(renewed))
    }

    async fn send_once(&self, request: RequestBuilder) -> Result<Response, Error> {
        let request = match self.token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
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
