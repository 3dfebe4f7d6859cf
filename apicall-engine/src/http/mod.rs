//! The HTTP API: one table of routes (`routes`), one file a resource. `docs/http.md` is the contract.
//!
//! Deliberately absent: decisions about calls. A handler reads the request, asks the store or the dialer, and answers.

mod account_log;
mod audios;
mod auth;
mod body;
mod by;
mod caller_ids;
mod calls;
mod campaigns;
mod connections;
mod dnc;
mod imports;
mod observe;
mod preflight;
mod problem;
mod projects;
mod routes;
mod serving;
mod simulate;
mod stats;
#[cfg(test)]
mod tests;
mod tls;
mod tokens;
mod trunks;
mod users;
mod webhooks;
mod why;

use crate::audio::Shelf;
use crate::config::Config;
use crate::webhooks::Sender;
use apicall_core::dialer::{Changed, Dialer, DialerError};
use apicall_core::model::Clock;
use apicall_core::store::{Health, Store};
pub(crate) use auth::{Directory, draw_key, keep};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use connections::Connections;
use problem::Failure;
use std::sync::Arc;
pub(crate) use tls::acceptor;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

/// What handlers work with.
#[derive(Debug)]
pub(crate) struct Engine {
    config: Arc<Config>,
    store: Store,
    dialer: Dialer,
    sender: Sender,
    shelf: Arc<Shelf>,
    clock: Clock,
    sessions: auth::Sessions,
    recent: stats::Recent,
    /// Held by the simulation that is under way.
    simulating: tokio::sync::Mutex<()>,
    /// Long answers end with it.
    stop: CancellationToken,
}

impl Engine {
    pub(crate) fn new(
        config: Arc<Config>,
        store: Store,
        dialer: Dialer,
        (sender, shelf): (Sender, Arc<Shelf>),
        clock: Clock,
        directory: Arc<Directory>,
        stop: CancellationToken,
    ) -> Self {
        let sessions = auth::Sessions::new(directory, config.http.token_min, config.http.session_h);
        Self {
            config,
            store,
            dialer,
            sender,
            shelf,
            clock,
            sessions,
            recent: stats::Recent::default(),
            simulating: tokio::sync::Mutex::new(()),
            stop,
        }
    }

    /// What is wrong with the store; nothing is dialed meanwhile.
    fn fault(&self) -> Option<String> {
        match self.store.health() {
            Health::Up => None,
            Health::Away { reason } => Some(reason),
            Health::Fenced => Some("others took this engine for dead; it stops".to_owned()),
        }
    }

    /// Lets the dialer know of a change. One that has stopped reads everything again at its next start.
    async fn tell(&self, changed: Changed) -> Result<(), Failure> {
        match self.dialer.refresh(changed).await {
            Ok(()) | Err(DialerError::Draining) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

type Shared = axum::extract::State<Arc<Engine>>;
type Answer<T> = Result<T, Failure>;

/// Answers until the engine stops.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, engine: Arc<Engine>) {
    let stop = engine.stop.clone();
    serving::serve(Connections::new(listener), tls, router(&engine), stop).await;
}

/// All of it.
fn router(engine: &Arc<Engine>) -> Router {
    let origins = &engine.config.http.cors_origins;
    let health = Router::new()
        .route("/health", get(stats::health))
        .route("/media/{until}/{signature}/{file}", get(audios::fetch));
    let router = Router::new()
        .nest("/api/v1", routes::router(engine))
        .merge(health.with_state(Arc::clone(engine)))
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(DefaultBodyLimit::max(body::BODY))
        .layer(CatchPanicLayer::custom(problem::panicked));
    let router = match origins.is_empty() {
        true => router,
        false => router.layer(observe::cors(origins)),
    };
    router.layer(middleware::from_fn_with_state(
        Arc::clone(engine),
        observe::observe,
    ))
}
