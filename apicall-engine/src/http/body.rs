//! Reading requests so that what is wrong is named.

use super::problem::Failure;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::str::FromStr;

/// Most items of a page, and how many when nothing is said.
const PAGE: (u32, u32) = (1_000, 100);

/// A JSON body.
pub(super) struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if !kind.starts_with("application/json") {
            let detail = format!("the body is `{kind}`; send application/json");
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                detail,
            ));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Failure::new(error.status(), "too_large", error.body_text()))?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        match serde_path_to_error::deserialize(&mut json) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(refusal(&error)),
        }
    }
}

fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let inner = error.inner();
    if inner.is_syntax() || inner.is_eof() {
        return Failure::new(
            StatusCode::BAD_REQUEST,
            "invalid_body",
            format!("the body is no JSON: {inner}"),
        );
    }
    let path = error.path().to_string();
    // An unknown or missing field is named in the text, quoted.
    let named = inner.to_string().split('`').nth(1).map(str::to_owned);
    let missing = inner.to_string().starts_with("missing field");
    let field = match (path.as_str(), named) {
        (".", Some(named)) => named,
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
        let Path(all) = Path::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|error| Failure::new(StatusCode::BAD_REQUEST, "invalid_query", error.body_text()))?;
        let text = all.first().map(|(_, value)| value.as_str()).unwrap_or_default();
        text.parse()
            .map(Self)
            .map_err(|error: T::Err| Failure::query("id", error.to_string()))
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
