//! What every request gets: an id, a line in the log for those who look at this level, and a few headers.
//!
//! Deliberately absent from the log: paths as they came, queries, bodies. They hold numbers and names.

use super::Shared;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use rand::RngExt;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
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
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
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
