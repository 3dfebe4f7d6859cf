//! Who asks: login, and the check that every closed route begins with.
//!
//! A session's token names its user and the version of that user's sessions; a logout, a new password or a lock-out moves the
//! version on. Everything that is asked of a request is known in memory (`directory`).

mod directory;
mod guesses;
mod keeper;
mod secret_token;
mod token;

pub(crate) use directory::Directory;
pub(super) use directory::{Caller, Credential};
pub(crate) use keeper::keep;
pub(super) use secret_token::SecretToken;
pub(crate) use secret_token::draw_key;
pub(super) use token::Kind;
#[cfg(test)]
pub(super) use token::{Claims, sign};

use super::body::Json;
use super::by::By;
use super::connections::Client;
use super::problem::Failure;
use super::routes::Who;
use super::{Answer, Engine, Shared};
use crate::password;
use apicall_core::api::{LoggedIn, Login, Refresh, UserInfo};
use apicall_core::model::{Actor, Timestamp, User};
use apicall_core::store::Account;
use axum::Json as Reply;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use directory::Refusal;
use guesses::Guesses;
pub(super) use guesses::Try;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Who is known, and who guesses.
#[derive(Debug)]
pub(super) struct Sessions {
    directory: Arc<Directory>,
    guesses: Guesses,
    lifetimes: Lifetimes,
}

/// How long things are good.
#[derive(Debug, Clone, Copy)]
struct Lifetimes {
    token: Duration,
    session: Duration,
}

impl Sessions {
    pub(super) fn new(directory: Arc<Directory>, token_min: u32, session_h: u32) -> Self {
        Self {
            directory,
            guesses: Guesses::default(),
            lifetimes: Lifetimes {
                token: Duration::from_secs(u64::from(token_min) * 60),
                session: Duration::from_secs(u64::from(session_h) * 3_600),
            },
        }
    }

    /// The caller as they are now, if their session goes on.
    pub(super) fn again(&self, caller: &Caller, now: Timestamp) -> Option<Caller> {
        self.directory.again(caller, now)
    }

    /// Whose password is tried from where, or how long that has to wait.
    pub(super) fn guess(&self, username: &str, from: IpAddr, now: Timestamp) -> Answer<Try<'_>> {
        self.guesses.begin(username, from, now).map_err(too_many)
    }

    /// Writes down when tokens were used.
    pub(super) async fn write_down(&self, engine: &Engine) -> Answer<()> {
        Ok(self.directory.write_down(&engine.store).await?)
    }

    /// Has what was changed in the store hold at once.
    pub(super) async fn learn(&self, engine: &Engine) {
        self.directory.learn(&engine.store, engine.clock.now()).await;
    }

    /// Looks who may ask, when that was not seen for too long though the store is there: as just after it came back.
    async fn catch_up(&self, engine: &Engine) {
        let now = engine.clock.now();
        if !self.directory.is_sure(now) && engine.fault().is_none() {
            // Whoever asks is told that it failed.
            let _ = self.directory.look(&engine.store, now).await;
        }
    }

    fn logged_in(&self, user: &User, version: i64, begun: Timestamp, now: Timestamp) -> LoggedIn {
        let refresh_until = begun.plus(self.lifetimes.session);
        let expires_at = now.plus(self.lifetimes.token).min(refresh_until);
        let keys = self.directory.keys();
        let token = |kind, until| token::issue(&keys, user, version, kind, until, refresh_until);
        LoggedIn {
            token: token(Kind::Access, expires_at),
            expires_at: token::to_the_second(expires_at),
            refresh_token: Some(token(Kind::Refresh, refresh_until)),
            refresh_until: Some(token::to_the_second(refresh_until)),
            user: info(user),
        }
    }
}

/// `POST /login`
pub(super) async fn login(
    State(engine): Shared,
    client: Client,
    Json(asked): Json<Login>,
) -> Answer<Reply<LoggedIn>> {
    let now = engine.clock.now();
    let guess = engine.sessions.guess(&asked.username, client.0, now)?;
    let account = match look(&engine, &asked.username, asked.password).await {
        Ok(Some(account)) => account,
        Ok(None) => return Err(Failure::unauthorized("wrong user or password")),
        Err(failure) => {
            guess.unseen();
            return Err(failure);
        }
    };
    guess.right();
    engine.sessions.learn(&engine).await;
    let username = account.user.username.clone();
    let actor = Actor {
        username: Some(username.clone()),
        via: "password".to_owned(),
        address: Some(client.0.to_string()),
        at: now,
    };
    let theirs = engine.store.by(actor);
    if let Err(error) = theirs.note("user", &username, "logged_in", None).await {
        // Whoever is to see to a store that is full has to get in.
        tracing::warn!(%error, "a login is not in the log of accounts");
    }
    let version = account.token_version;
    Ok(Reply(engine.sessions.logged_in(&account.user, version, now, now)))
}

/// The user whose password that is. Somebody who is kept out is told what an unknown user is, and as late.
pub(super) async fn look(engine: &Engine, username: &str, password: String) -> Answer<Option<Account>> {
    let account = engine.store.account(username).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = password::verify(password, hash).await?;
    Ok(account.filter(|account| right && !account.user.disabled))
}

fn too_many(pause: Duration) -> Failure {
    let seconds = u32::try_from(pause.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let detail = format!("too many wrong passwords, or too many at once; try again in {seconds} s");
    Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).after(seconds)
}

/// `POST /refresh`: another token for the session, which ends when it would have.
pub(super) async fn refresh(State(engine): Shared, Json(asked): Json<Refresh>) -> Answer<Reply<LoggedIn>> {
    let (sessions, now) = (&engine.sessions, engine.clock.now());
    sessions.catch_up(&engine).await;
    let found = sessions.directory.session(&asked.refresh_token, now);
    let (may, ends) = found.map_err(refused)?;
    let begun = ends.minus(sessions.lifetimes.session);
    Ok(Reply(sessions.logged_in(&may.user, may.version, begun, now)))
}

/// `POST /logout`
pub(super) async fn logout(by: By) -> Answer<StatusCode> {
    by.store().void_sessions(&by.user().username).await?;
    let engine = by.apart();
    engine.sessions.learn(engine).await;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me`
pub(super) async fn me(by: By) -> Reply<UserInfo> {
    Reply(UserInfo {
        role: by.role(),
        ..info(by.user())
    })
}

/// Lets only those through who may take the route.
pub(super) async fn require(
    State((engine, who)): State<(Arc<Engine>, Who)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let token = bearer(request.headers())?;
    engine.sessions.catch_up(&engine).await;
    let found = engine.sessions.directory.find(token, engine.clock.now());
    let caller = found.map_err(refused)?;
    expect(who, &caller)?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Answer<&str> {
    let given = headers.get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok());
    let token = given
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, token) =
        token.ok_or_else(|| Failure::unauthorized("log in first, and send Authorization: Bearer TOKEN"))?;
    Ok(token.trim())
}

/// Refuses who may not.
fn expect(who: Who, caller: &Caller) -> Answer<()> {
    match (who, caller.credential()) {
        (Who::LoggedIn, Credential::Token { .. }) => Err(Failure::forbidden(
            "that is not for API tokens; log in with a password",
        )),
        (Who::Least(least), _) if caller.role() < least => {
            let role = caller.role();
            let detail =
                format!("that takes the role {least}, and this is a {role}'s login or token; ask an admin");
            Err(Failure::forbidden(detail))
        }
        _ => Ok(()),
    }
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Invalid => Failure::unauthorized("the token is not valid, or not any more; log in again"),
        Refusal::Unsure => {
            Failure::unavailable("the store is away, and who may ask cannot be told; try again in a moment")
        }
    }
}

fn info(user: &User) -> UserInfo {
    UserInfo {
        username: user.username.to_string(),
        role: user.role,
        full_name: user.full_name.clone(),
        projects: user.projects.clone(),
    }
}
