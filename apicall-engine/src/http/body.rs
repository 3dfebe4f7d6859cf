//! Reading requests so that what is wrong is named.

use super::problem::Failure;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// Longest JSON body, in bytes.
pub(super) const BODY: usize = 1024 * 1024;
/// How long a JSON body may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a body of bytes may take.
const UPLOAD: Duration = Duration::from_secs(300);
/// So much more than is taken is read and thrown away.
const THROWN_AWAY: u64 = 1 << 28;
/// Most items of a page, and how many when nothing is said.
const PAGE: (u32, u32) = (1_000, 100);

/// A JSON body.
pub(super) struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        media(request.headers(), &["application/json"])?;
        let bytes = Bytes::from_request(request, state);
        let bytes = tokio::time::timeout(PATIENCE, bytes)
            .await
            .map_err(|_| Failure::slow())?
            .map_err(|error| broken(&error))?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| refusal(&error))?;
        json.end().map_err(|error| no_json(&error))?;
        Ok(Self(value))
    }
}

/// All of a body of bytes, at most so many, as the setting of that name says. One that is longer is read on for a while, so that its
/// sender gets to read why.
pub(super) async fn whole(body: Body, most: u64, setting: &str) -> Result<Vec<u8>, Failure> {
    let (mut bytes, mut length, mut stream) = (Vec::new(), 0_u64, body.into_data_stream());
    let reading = async {
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| {
                let detail = "the body broke off; nothing of it was kept";
                Failure::new(StatusCode::BAD_REQUEST, "invalid_body", detail)
            })?;
            length += chunk.len() as u64;
            if length <= most {
                bytes.extend_from_slice(&chunk);
            } else if length > most.saturating_add(THROWN_AWAY) {
                break;
            }
        }
        Ok(())
    };
    let read: Result<(), Failure> = tokio::time::timeout(UPLOAD, reading)
        .await
        .map_err(|_| Failure::slow())?;
    read?;
    if length > most {
        let detail = format!("the body is longer than the {most} bytes of {setting}");
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
    }
    Ok(bytes)
}

/// Refuses a body that says it is something else than one of these. The first is what is asked for.
pub(super) fn media(headers: &HeaderMap, taken: &[&str]) -> Result<(), Failure> {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.map_or("", |kind| kind.to_str().unwrap_or("?"));
    let essence = given.split(';').next().unwrap_or_default().trim();
    if taken.iter().any(|kind| kind.eq_ignore_ascii_case(essence)) {
        return Ok(());
    }
    let detail = format!("the body is `{essence}`; send it as content-type {}", taken[0]);
    let code = "unsupported_media_type";
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail))
}

fn broken(error: &BytesRejection) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("the body is longer than {BODY} bytes");
            Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        }
        status => Failure::new(status, "invalid_body", error.body_text()),
    }
}

fn no_json(error: &serde_json::Error) -> Failure {
    let detail = format!("the body is no JSON: {error}");
    Failure::new(StatusCode::BAD_REQUEST, "invalid_body", detail)
}

fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let inner = error.inner();
    if inner.is_syntax() || inner.is_eof() {
        return no_json(inner);
    }
    let path = error.path().to_string();
    // An unknown or missing field is named in the text, quoted.
    let named = inner.to_string().split('`').nth(1).map(str::to_owned);
    let missing = inner.to_string().starts_with("missing field");
    let field = match (path.as_str(), named) {
        (".", Some(named)) => named,
        (".", None) => {
            return Failure::new(StatusCode::BAD_REQUEST, "invalid_body", inner.to_string());
        }
        (_, Some(named)) if missing => format!("{path}.{named}"),
        _ => path,
    };
    Failure::field(field, inner.to_string())
}

/// A query string.
pub(super) struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(reader)
            .map(Self)
            .map_err(|error| {
                let text = error.inner().to_string();
                let path = error.path().to_string();
                let field = if path == "." {
                    text.split('`').nth(1).unwrap_or(".").to_owned()
                } else {
                    path
                };
                Failure::query(field, text)
            })
    }
}

/// An id in the path.
pub(super) struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err: Display> + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let parts = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let all = parts.map_err(|error| Failure::query("id", error.body_text()))?.0;
        let (name, text) = all.into_iter().next().unwrap_or_default();
        text.parse()
            .map(Self)
            .map_err(|error: T::Err| Failure::query(name, error.to_string()))
    }
}

/// Two ids in the path, one within the other.
pub(super) struct Ids<T, U>(pub T, pub U);

impl<S, T, U> FromRequestParts<S> for Ids<T, U>
where
    S: Send + Sync,
    T: FromStr<Err: Display> + Send,
    U: FromStr<Err: Display> + Send,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Id(first) = Id::from_request_parts(parts, state).await?;
        let all = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let all = all.map_err(|error| Failure::query("id", error.body_text()))?.0;
        let (name, text) = all.get(1).cloned().unwrap_or_default();
        let second = text.parse();
        let second = second.map_err(|error: U::Err| Failure::query(name, error.to_string()))?;
        Ok(Self(first, second))
    }
}

/// Where a page begins, for lists whose place is a number.
pub(super) fn page_start(after: Option<&str>) -> Result<Option<&str>, Failure> {
    match after {
        Some(text) if text.parse::<u64>().is_err() => Err(Failure::query(
            "after",
            format!("`{text}` is no place in this list; hand back the `next` of the page before"),
        )),
        other => Ok(other),
    }
}

/// How many items a page has.
pub(super) fn page_limit(limit: Option<u32>) -> Result<u32, Failure> {
    let (most, usual) = PAGE;
    match limit {
        None => Ok(usual),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(limit) => Err(Failure::query(
            "limit",
            format!("{limit} is out of range; use 1 to {most}"),
        )),
    }
}

/// A name for people: 1 to 100 characters on one line, without blanks at the ends.
pub(super) fn name(field: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    if (1..=100).contains(&text.chars().count()) && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Failure::field(
            field,
            format!("`{text}` is no {field}; use 1 to 100 characters on one line"),
        ))
    }
}

/// A number within limits.
pub(super) fn within(field: &str, value: u32, least: u32, most: u32) -> Result<u32, Failure> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Failure::field(
            field,
            format!("{value} is out of range; use {least} to {most}"),
        ))
    }
}
