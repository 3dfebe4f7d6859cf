//! The HTTP API: one table of routes, one file a resource. `docs/http.md` is the contract.
//!
//! Deliberately absent: decisions about calls. A handler reads the request, asks the store or the dialer, and answers.

mod auth;
mod body;
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
mod simulate;
mod stats;
mod trunks;
mod webhooks;
mod why;

use crate::config::Config;
use crate::webhooks::Sender;
use apicall_core::dialer::{Changed, Dialer, DialerError};
use apicall_core::model::Clock;
use apicall_core::store::{Health, Store};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{delete, get, post};
use connections::{Connections, Peer};
use problem::Failure;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

/// What handlers work with.
#[derive(Debug)]
pub(crate) struct Engine {
    config: Arc<Config>,
    store: Store,
    dialer: Dialer,
    sender: Sender,
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
        sender: Sender,
        clock: Clock,
        session_key: Vec<u8>,
        stop: CancellationToken,
    ) -> Self {
        let sessions = auth::Sessions::new(session_key, config.http.session_h);
        Self {
            config,
            store,
            dialer,
            sender,
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

/// Answers until `stop`.
pub(crate) async fn serve(listener: TcpListener, engine: Arc<Engine>) -> io::Result<()> {
    let stop = engine.stop.clone();
    let service = router(engine).into_make_service_with_connect_info::<Peer>();
    axum::serve(Connections::new(listener), service)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}

/// All routes.
fn router(engine: Arc<Engine>) -> Router {
    let open = Router::new()
        .route("/login", post(auth::login))
        .route("/health", get(stats::health));
    let closed = Router::new()
        .route("/logout", post(auth::logout))
        .route("/me", get(auth::me))
        .merge(tenants())
        .route("/campaigns", get(campaigns::list).post(campaigns::create))
        .route(
            "/campaigns/{id}",
            get(campaigns::show)
                .patch(campaigns::change)
                .delete(campaigns::delete),
        )
        .route(
            "/campaigns/{id}/import",
            post(imports::import).layer(DefaultBodyLimit::disable()),
        )
        .route("/campaigns/{id}/imports/{import}/rejects", get(imports::rejects))
        .route("/campaigns/{id}/start", post(campaigns::start))
        .route("/campaigns/{id}/pause", post(campaigns::pause))
        .route("/campaigns/{id}/resume", post(campaigns::resume))
        .route("/campaigns/{id}/stop", post(campaigns::stop))
        .route("/campaigns/{id}/stats", get(campaigns::stats))
        .route("/campaigns/{id}/preflight", get(preflight::preflight))
        .route("/campaigns/{id}/simulate", post(simulate::simulate))
        .route("/campaigns/{id}/contacts", get(campaigns::contacts))
        .route("/calls", get(calls::list).post(calls::place))
        .route("/calls/{id}", get(calls::show))
        .route("/calls/{id}/hangup", post(calls::hangup))
        .merge(dnc_routes())
        .merge(webhook_routes())
        .route("/why", get(why::why))
        .route("/switches", get(stats::switches))
        .route("/stats", get(stats::live))
        .route("/stats/stream", get(stats::stream))
        .layer(middleware::from_fn(observe::to_the_end))
        .layer(middleware::from_fn_with_state(engine.clone(), auth::require));
    Router::new()
        .nest("/api/v1", open.merge(closed))
        .route("/health", get(stats::health))
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(DefaultBodyLimit::max(body::BODY))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn_with_state(engine.clone(), observe::observe))
        .with_state(engine)
}

/// Projects, and the trunks by which their calls leave.
fn tenants() -> Router<Arc<Engine>> {
    Router::new()
        .route("/projects", get(projects::list).post(projects::create))
        .route(
            "/projects/{id}",
            get(projects::show)
                .patch(projects::change)
                .delete(projects::delete),
        )
        .route("/projects/{id}/caller-ids", get(caller_ids::list))
        .route("/trunks", get(trunks::list).post(trunks::create))
        .route(
            "/trunks/{id}",
            get(trunks::show).patch(trunks::change).delete(trunks::delete),
        )
        .route("/trunks/{id}/breaker", get(trunks::breaker))
}

fn dnc_routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/dnc", get(dnc::list).post(dnc::add))
        .route("/dnc/{id}", delete(dnc::delete))
        .route(
            "/dnc/import",
            post(dnc::import).layer(DefaultBodyLimit::disable()),
        )
}

fn webhook_routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route(
            "/webhooks/{id}",
            get(webhooks::show)
                .patch(webhooks::change)
                .delete(webhooks::delete),
        )
        .route("/webhooks/{id}/test", post(webhooks::test))
        .route("/webhooks/{id}/deliveries", get(webhooks::deliveries))
        .route("/deliveries/{id}", get(webhooks::delivery))
        .route("/deliveries/{id}/redeliver", post(webhooks::redeliver))
}
