//! Who asks: login, and the check that every closed route begins with.
//!
//! A token names its user and the version of that user's tokens; a logout or a new password moves the version on.

mod guesses;
mod known;
mod token;

pub(super) use token::Claims;

use super::body::Json;
use super::connections::Client;
use super::problem::Failure;
use super::{Answer, Engine, Shared};
use crate::password;
use apicall_core::api::{LoggedIn, Login, UserInfo};
use apicall_core::model::Timestamp;
use apicall_core::store::{StoreError, User};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Extension, Json as Reply};
use guesses::Guesses;
use known::Known;
use std::sync::Arc;
use std::time::Duration;
use token::Tokens;

/// Tokens, and who guesses.
#[derive(Debug)]
pub(super) struct Sessions {
    tokens: Tokens,
    guesses: Guesses,
    known: Known,
}

impl Sessions {
    pub(super) fn new(key: Vec<u8>, hours: u32) -> Self {
        Self {
            tokens: Tokens::new(key, hours),
            guesses: Guesses::default(),
            known: Known::default(),
        }
    }
}

/// Who is logged in, and by what.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    user: Arc<User>,
    claims: Arc<Claims>,
}

impl Caller {
    /// Whether the session goes on: long answers ask now and then.
    pub(super) async fn still_in(&self, engine: &Engine) -> bool {
        !self.claims.over(engine.clock.now()) && matches!(bearer(engine, &self.claims).await, Ok(Some(_)))
    }
}

/// `POST /login`
pub(super) async fn login(
    State(engine): Shared,
    client: Client,
    Json(asked): Json<Login>,
) -> Answer<Reply<LoggedIn>> {
    let now = engine.clock.now();
    let guess = engine.sessions.guesses.begin(&asked.username, client.0, now);
    let guess = guess.map_err(too_many)?;
    let user = match look(&engine, asked).await {
        Ok(Some(user)) => user,
        Ok(None) => return Err(Failure::unauthorized("wrong user or password")),
        Err(failure) => {
            guess.unseen();
            return Err(failure);
        }
    };
    guess.right();
    let (token, expires_at) = engine.sessions.tokens.issue(&user, now);
    Ok(Reply(LoggedIn {
        token,
        expires_at,
        user: info(&user),
    }))
}

/// The user whose password that is.
async fn look(engine: &Engine, asked: Login) -> Answer<Option<User>> {
    let user = engine.store.user(&asked.username).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = password::verify(asked.password, hash).await?;
    Ok(user.filter(|_| right))
}

fn too_many(pause: Duration) -> Failure {
    let seconds = u32::try_from(pause.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let detail = format!("too many wrong passwords, or too many at once; try again in {seconds} s");
    Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).after(seconds)
}

/// `POST /logout`
pub(super) async fn logout(
    State(engine): Shared,
    Extension(caller): Extension<Caller>,
) -> Answer<StatusCode> {
    engine.store.void_tokens(&caller.user.username).await?;
    engine.sessions.known.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me`
pub(super) async fn me(Extension(caller): Extension<Caller>) -> Reply<UserInfo> {
    Reply(info(&caller.user))
}

/// Lets only bearers of a valid token through.
pub(super) async fn require(
    State(engine): State<Arc<Engine>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = given
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .ok_or_else(|| Failure::unauthorized("log in first, and send Authorization: Bearer TOKEN"))?
        .1
        .trim();
    let now = engine.clock.now();
    let caller = match engine.sessions.known.find(token, now) {
        Ok(caller) => caller,
        Err(look) => {
            let caller = look_up(&engine, token, now).await?;
            engine.sessions.known.keep(look, token, &caller, now);
            caller
        }
    };
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// Whose token it is, by the store.
async fn look_up(engine: &Engine, token: &str, now: Timestamp) -> Answer<Caller> {
    let stale = || Failure::unauthorized("the token is not valid, or not any more; log in again");
    let claims = engine.sessions.tokens.read(token, now).ok_or_else(stale)?;
    let user = bearer(engine, &claims).await?.ok_or_else(stale)?;
    Ok(Caller {
        user: Arc::new(user),
        claims: Arc::new(claims),
    })
}

/// The user that claims are about, if their version still counts.
async fn bearer(engine: &Engine, claims: &Claims) -> Result<Option<User>, StoreError> {
    let user = engine.store.user(&claims.sub).await?;
    Ok(user.filter(|user| user.token_version == claims.ver))
}

fn info(user: &User) -> UserInfo {
    UserInfo {
        username: user.username.clone(),
        role: "admin".to_owned(),
        full_name: user.full_name.clone(),
    }
}
