//! Who asks: login, JSON Web Tokens (HS256), and the check that every closed route begins with.
//!
//! A token names its user and the version of that user's tokens; a logout or a new password moves the version on.

use super::body::Json;
use super::problem::Failure;
use super::{Answer, Engine, Shared};
use crate::password;
use apicall_core::api::{LoggedIn, Login, UserInfo};
use apicall_core::model::Timestamp;
use apicall_core::store::User;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Extension, Json as Reply};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Wrong passwords of a user in a row before they have to wait.
const TRIES: u32 = 5;
/// How long then.
const PAUSE: Duration = Duration::from_secs(30);
/// Users whose wrong passwords are remembered at once.
const REMEMBERED: usize = 10_000;

/// Tokens, and who guesses.
#[derive(Debug)]
pub(super) struct Sessions {
    key: Vec<u8>,
    lifetime: Duration,
    /// Wrong passwords in a row, and the last one's time.
    wrong: Mutex<HashMap<String, (u32, Timestamp)>>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    ver: i64,
    /// Seconds since 1970.
    exp: i64,
}

impl Sessions {
    pub(super) fn new(key: Vec<u8>, hours: u32) -> Self {
        let lifetime = Duration::from_secs(u64::from(hours) * 3_600);
        Self {
            key,
            lifetime,
            wrong: Mutex::default(),
        }
    }

    fn issue(&self, user: &User, now: Timestamp) -> (String, Timestamp) {
        let expires_at = now.plus(self.lifetime);
        let claims = Claims {
            sub: user.username.clone(),
            ver: user.token_version,
            exp: expires_at.millis() / 1_000,
        };
        let payload = serde_json::to_vec(&claims).expect("claims are plain");
        let signed = format!(
            "{}.{}",
            BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
            BASE64.encode(payload)
        );
        let signature = BASE64.encode(self.mac(&signed).finalize().into_bytes());
        (format!("{signed}.{signature}"), expires_at)
    }

    fn read(&self, token: &str, now: Timestamp) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        self.mac(signed)
            .verify_slice(&BASE64.decode(signature).ok()?)
            .ok()?;
        let (_, payload) = signed.split_once('.')?;
        let claims: Claims = serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()?;
        (claims.exp > now.millis() / 1_000).then_some(claims)
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        mac
    }

    /// How long this user has to wait, if they guess.
    fn pause(&self, user: &str, now: Timestamp) -> Option<Duration> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let (tries, last) = wrong.get(user)?;
        let over = last.plus(PAUSE);
        (*tries >= TRIES && over > now).then(|| over.since(now))
    }

    fn note(&self, user: &str, right: bool, now: Timestamp) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if right {
            wrong.remove(user);
            return;
        }
        if wrong.len() >= REMEMBERED {
            wrong.retain(|_, (_, last)| last.plus(PAUSE) > now);
        }
        let entry = wrong.entry(user.to_owned()).or_insert((0, now));
        *entry = (entry.0 + 1, now);
    }
}

/// `POST /login`
pub(super) async fn login(State(engine): Shared, Json(asked): Json<Login>) -> Answer<Reply<LoggedIn>> {
    let now = engine.clock.now();
    if let Some(pause) = engine.sessions.pause(&asked.username, now) {
        let seconds = u32::try_from(pause.as_secs()).unwrap_or(u32::MAX) + 1;
        let detail = format!("too many wrong passwords; try again in {seconds} s");
        return Err(Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).after(seconds));
    }
    let user = engine.store.user(&asked.username).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = password::verify(asked.password, hash).await.map_err(internal)?;
    engine.sessions.note(&asked.username, right, now);
    let Some(user) = user.filter(|_| right) else {
        return Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "wrong user or password",
        ));
    };
    let (token, expires_at) = engine.sessions.issue(&user, now);
    Ok(Reply(LoggedIn {
        token,
        expires_at,
        user: info(&user),
    }))
}

/// `POST /logout`
pub(super) async fn logout(
    State(engine): Shared,
    Extension(user): Extension<Arc<User>>,
) -> Answer<StatusCode> {
    engine.store.void_tokens(&user.username).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me`
pub(super) async fn me(Extension(user): Extension<Arc<User>>) -> Reply<UserInfo> {
    Reply(info(&user))
}

/// Lets only bearers of a valid token through.
pub(super) async fn require(
    State(engine): State<Arc<Engine>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let refused = |detail: &str| Failure::new(StatusCode::UNAUTHORIZED, "unauthorized", detail);
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = given
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| refused("log in first, and send Authorization: Bearer TOKEN"))?;
    let stale = || refused("the token is not valid, or not any more; log in again");
    let claims = engine
        .sessions
        .read(token, engine.clock.now())
        .ok_or_else(stale)?;
    let user = engine
        .store
        .user(&claims.sub)
        .await?
        .filter(|user| user.token_version == claims.ver);
    request.extensions_mut().insert(Arc::new(user.ok_or_else(stale)?));
    Ok(next.run(request).await)
}

fn info(user: &User) -> UserInfo {
    UserInfo {
        username: user.username.clone(),
        role: "admin".to_owned(),
        full_name: user.full_name.clone(),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn internal(error: anyhow::Error) -> Failure {
    tracing::error!(%error, "a password could not be checked");
    Failure::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the password could not be checked; the engine's log tells more",
    )
}
