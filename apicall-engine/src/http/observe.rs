//! What every request gets: an id, a line in the log for those who look at this level, and a few headers.
//!
//! Deliberately absent from the log: paths as they came, queries, bodies. They hold numbers and names.

use super::Shared;
use crate::config::Origin;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use rand::RngExt;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What is said in every answer: nothing is kept, guessed at, framed or run, and no address leaves with a link.
const SECURITY: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];
/// How long a browser remembers which origins may ask.
const REMEMBERED: Duration = Duration::from_secs(600);
/// Longest id that a client may give.
const ID: usize = 64;

/// Goes around everything else.
pub(super) async fn observe(State(engine): Shared, request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| is_plain(id))
        .cloned()
        .unwrap_or_else(draw);
    let path = request.extensions().get::<MatchedPath>();
    let route = path.map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        route
    );
    let began = engine.clock.now();
    let answering = async {
        let response = next.run(request).await;
        tracing::debug!(
            status = response.status().as_u16(),
            took_ms = engine.clock.now().since(began).as_millis(),
            "answered"
        );
        response
    };
    let mut response = answering.instrument(span).await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A switch keeps the audio that it fetches.
    let not_kept = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(not_kept);
    if engine.config.http.tls.is_some() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Lets pages of these origins ask from within a browser. Nothing is sent along by itself: a token is in a header.
pub(super) fn cors(origins: &[Origin]) -> CorsLayer {
    let origins = origins.iter().map(Origin::header);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID])
        .expose_headers([REQUEST_ID, header::RETRY_AFTER])
        .max_age(REMEMBERED)
}

/// Carries a change to its end, even when whoever asked for it hangs up in the middle: what the store has taken the
/// dialer must hear of, and an import must be committed or taken back.
pub(super) async fn to_the_end(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the process cancels it.
            Err(_) => std::future::pending().await,
        },
    }
}

fn is_plain(id: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=ID).contains(&id.len()) && id.as_bytes().iter().all(plain)
}

fn draw() -> HeaderValue {
    let id: u64 = rand::rng().random();
    HeaderValue::from_str(&format!("{id:016x}")).expect("hexadecimal digits are a header value")
}
