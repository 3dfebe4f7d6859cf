//! Errors as problem details: one mapping for all.

use crate::password::PasswordError;
use apicall_core::api::Problem;
use apicall_core::dialer::DialerError;
use apicall_core::import::ImportError;
use apicall_core::store::StoreError;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::any::Any;

/// When to try again where nothing better is known, in seconds.
const RETRY_S: u32 = 2;

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    retry_after_s: Option<u32>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            field: None,
            retry_after_s: None,
        }
    }

    /// A value that will not do.
    pub(super) fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
        }
    }

    pub(super) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("no {what} has the id {id}"),
        )
    }

    pub(super) fn query(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_query", detail)
        }
    }

    pub(super) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// It cannot be told now; it can in a moment.
    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).after(RETRY_S)
    }

    pub(super) fn slow() -> Self {
        let detail = "the body did not come in time; send it again, faster";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", detail)
    }

    pub(super) fn internal() -> Self {
        let detail = "a fault of the engine; its log tells more, under the x-request-id of this answer";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// The same about another field.
    pub(super) fn of(self, field: &str) -> Self {
        self.at(field)
    }

    fn at(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    pub(super) fn after(mut self, retry_after_s: u32) -> Self {
        self.retry_after_s = Some(retry_after_s);
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: format!("urn:apicall:{}", self.code),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            detail: self.detail,
            field: self.field,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<PasswordError> for Failure {
    fn from(error: PasswordError) -> Self {
        let text = error.to_string();
        match error {
            PasswordError::TooShort(_) => Self::field("password", text),
            PasswordError::Busy => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", text).after(RETRY_S)
            }
            PasswordError::Failed(_) => {
                tracing::error!(error = %text, "a login could not be checked");
                Self::internal()
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        match error {
            StoreError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", text),
            StoreError::Taken { field, .. } => Self::new(StatusCode::CONFLICT, "conflict", text).at(field),
            StoreError::InUse(_) => Self::new(StatusCode::CONFLICT, "in_use", text),
            StoreError::Held { .. } => Self::new(StatusCode::CONFLICT, "held", text),
            StoreError::Full => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", text).after(RETRY_S)
            }
            StoreError::Away(_) | StoreError::Collided(_) | StoreError::Fenced(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text).after(RETRY_S)
            }
            StoreError::Open { .. } | StoreError::Unreadable(_) | StoreError::Refused(_) => {
                tracing::error!(error = %text, "the store failed a request");
                Self::internal()
            }
        }
    }
}

impl From<DialerError> for Failure {
    fn from(error: DialerError) -> Self {
        let text = error.to_string();
        match error {
            DialerError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", text),
            DialerError::Conflict(_) | DialerError::NoTrunk(_) => {
                Self::new(StatusCode::CONFLICT, "conflict", text)
            }
            DialerError::Full { retry_after_s, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", text).after(retry_after_s)
            }
            DialerError::SwitchDown { retry_after_s, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text).after(retry_after_s)
            }
            DialerError::Held { .. } => Self::new(StatusCode::CONFLICT, "held", text),
            DialerError::Draining => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text).after(10)
            }
            DialerError::Store(error) => error.into(),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let text = error.to_string();
        match error {
            ImportError::Setting { field, .. } => Self::query(field, text),
            ImportError::NoNumbers(_) => Self::query("number_column", text),
            ImportError::Empty | ImportError::Unreadable(_) => {
                Self::new(StatusCode::BAD_REQUEST, "invalid_body", text)
            }
        }
    }
}

pub(super) async fn no_route(uri: Uri) -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        "not_found",
        format!("there is nothing at {}; the API is under /api/v1", uri.path()),
    )
}

pub(super) async fn no_method(uri: Uri) -> Failure {
    let detail = format!("{} does not take this method", uri.path());
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that the layer asks for")]
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request handler panicked");
    Failure::internal().into_response()
}
