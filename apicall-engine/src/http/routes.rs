//! The one table of routes: method, path, who may take it, and what answers. The router is made of it, so that there is no route
//! without a row.

use super::by::Closed;
use super::{
    Engine, account_log, audios, auth, caller_ids, calls, campaigns, dnc, imports, observe, preflight,
    projects, simulate, stats, tokens, trunks, users, webhooks, why,
};
use apicall_core::model::Role::{self, Admin, Supervisor, Viewer};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, on};
use std::sync::Arc;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// Who may take a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Anybody, without a login.
    Everybody,
    /// Whoever has this role, or one that may do more.
    Least(Role),
    /// Whoever has logged in with a password: no API token.
    LoggedIn,
}

/// A row of the table.
pub(super) struct Route {
    pub method: Method,
    /// Below `/api/v1`.
    pub path: &'static str,
    pub who: Who,
    answers: Answers,
}

/// What answers: who needs no login has the engine, the others have [`super::by::By`].
enum Answers {
    Everybody(To<Arc<Engine>>),
    Closed(To<Closed>),
}

/// What answers a method.
type To<S> = Box<dyn FnOnce(MethodFilter) -> MethodRouter<S>>;

/// Every route.
pub(super) fn table() -> Vec<Route> {
    let parts = [
        accounts(),
        tenants(),
        sounds(),
        campaigns(),
        numbers(),
        hooks(),
        views(),
    ];
    parts.into_iter().flatten().collect()
}

/// All of it below the base.
pub(super) fn router(engine: &Arc<Engine>) -> Router {
    let (mut open, mut closed) = (Router::new(), Router::new());
    for route in table() {
        let method = MethodFilter::try_from(route.method).expect("the table has methods that HTTP has");
        match route.answers {
            Answers::Everybody(to) => open = open.route(route.path, to(method)),
            Answers::Closed(to) => {
                let guard = from_fn_with_state((Arc::clone(engine), route.who), auth::require);
                let guarded = to(method).layer(from_fn(observe::to_the_end)).layer(guard);
                closed = closed.route(route.path, guarded);
            }
        }
    }
    let closed = closed.with_state(Closed::new(Arc::clone(engine)));
    open.with_state(Arc::clone(engine)).merge(closed)
}

fn accounts() -> Vec<Route> {
    vec![
        everybody(POST, "/login", auth::login),
        everybody(POST, "/refresh", auth::refresh),
        logged_in(POST, "/logout", auth::logout),
        to(Viewer, GET, "/me", auth::me),
        logged_in(POST, "/me/password", users::change_own_password),
        logged_in(GET, "/tokens", tokens::list),
        logged_in(POST, "/tokens", tokens::create),
        logged_in(DELETE, "/tokens/{id}", tokens::delete),
        to(Admin, GET, "/users", users::list),
        to(Admin, POST, "/users", users::create),
        to(Admin, GET, "/users/{username}", users::show),
        to(Admin, PATCH, "/users/{username}", users::change),
        to(Admin, DELETE, "/users/{username}", users::delete),
        to(Admin, GET, "/account-log", account_log::list),
    ]
}

/// Projects, and the trunks by which their calls leave.
fn tenants() -> Vec<Route> {
    vec![
        to(Viewer, GET, "/projects", projects::list),
        to(Admin, POST, "/projects", projects::create),
        to(Viewer, GET, "/projects/{id}", projects::show),
        to(Supervisor, PATCH, "/projects/{id}", projects::change),
        to(Admin, DELETE, "/projects/{id}", projects::delete),
        to(Viewer, GET, "/projects/{id}/caller-ids", caller_ids::list),
        to(Viewer, GET, "/trunks", trunks::list),
        to(Admin, POST, "/trunks", trunks::create),
        to(Viewer, GET, "/trunks/{id}", trunks::show),
        to(Admin, PATCH, "/trunks/{id}", trunks::change),
        to(Admin, DELETE, "/trunks/{id}", trunks::delete),
        to(Viewer, GET, "/trunks/{id}/breaker", trunks::breaker),
    ]
}

fn sounds() -> Vec<Route> {
    vec![
        to(Viewer, GET, "/audios", audios::list),
        to(Admin, POST, "/audios", audios::upload).of_any_length(),
        to(Admin, POST, "/audios/declare", audios::declare),
        to(Viewer, GET, "/audios/{id}", audios::show),
        to(Admin, DELETE, "/audios/{id}", audios::delete),
        to(Viewer, GET, "/audios/{id}/sound", audios::sound),
    ]
}

fn campaigns() -> Vec<Route> {
    vec![
        to(Viewer, GET, "/campaigns", campaigns::list),
        to(Supervisor, POST, "/campaigns", campaigns::create),
        to(Viewer, GET, "/campaigns/{id}", campaigns::show),
        to(Supervisor, PATCH, "/campaigns/{id}", campaigns::change),
        to(Supervisor, DELETE, "/campaigns/{id}", campaigns::delete),
        to(Supervisor, POST, "/campaigns/{id}/import", imports::import).of_any_length(),
        to(
            Viewer,
            GET,
            "/campaigns/{id}/imports/{import}/rejects",
            imports::rejects,
        ),
        to(Supervisor, POST, "/campaigns/{id}/start", campaigns::start),
        to(Supervisor, POST, "/campaigns/{id}/pause", campaigns::pause),
        to(Supervisor, POST, "/campaigns/{id}/resume", campaigns::resume),
        to(Supervisor, POST, "/campaigns/{id}/stop", campaigns::stop),
        to(Viewer, GET, "/campaigns/{id}/stats", campaigns::stats),
        to(Viewer, GET, "/campaigns/{id}/preflight", preflight::preflight),
        to(Viewer, POST, "/campaigns/{id}/simulate", simulate::simulate),
        to(Viewer, GET, "/campaigns/{id}/contacts", campaigns::contacts),
    ]
}

/// Calls, and numbers that are not called.
fn numbers() -> Vec<Route> {
    vec![
        to(Viewer, GET, "/calls", calls::list),
        to(Supervisor, POST, "/calls", calls::place),
        to(Viewer, GET, "/calls/{id}", calls::show),
        to(Supervisor, POST, "/calls/{id}/hangup", calls::hangup),
        to(Viewer, GET, "/dnc", dnc::list),
        to(Supervisor, POST, "/dnc", dnc::add),
        to(Supervisor, DELETE, "/dnc/{id}", dnc::delete),
        to(Supervisor, POST, "/dnc/import", dnc::import).of_any_length(),
        to(Viewer, GET, "/why", why::why),
    ]
}

fn hooks() -> Vec<Route> {
    vec![
        to(Viewer, GET, "/webhooks", webhooks::list),
        to(Supervisor, POST, "/webhooks", webhooks::create),
        to(Viewer, GET, "/webhooks/{id}", webhooks::show),
        to(Supervisor, PATCH, "/webhooks/{id}", webhooks::change),
        to(Supervisor, DELETE, "/webhooks/{id}", webhooks::delete),
        to(Supervisor, POST, "/webhooks/{id}/test", webhooks::test),
        to(Viewer, GET, "/webhooks/{id}/deliveries", webhooks::deliveries),
        to(Viewer, GET, "/deliveries/{id}", webhooks::delivery),
        to(
            Supervisor,
            POST,
            "/deliveries/{id}/redeliver",
            webhooks::redeliver,
        ),
    ]
}

fn views() -> Vec<Route> {
    vec![
        everybody(GET, "/health", stats::health),
        to(Viewer, GET, "/switches", stats::switches),
        to(Viewer, GET, "/stats", stats::live),
        to(Viewer, GET, "/stats/stream", stats::stream),
    ]
}

fn everybody<H, T>(method: Method, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Arc<Engine>>,
    T: 'static,
{
    Route {
        answers: Answers::Everybody(Box::new(|method| on(method, handler))),
        who: Who::Everybody,
        method,
        path,
    }
}

fn to<H, T>(least: Role, method: Method, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Closed>,
    T: 'static,
{
    closed(Who::Least(least), method, path, handler)
}

fn logged_in<H, T>(method: Method, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Closed>,
    T: 'static,
{
    closed(Who::LoggedIn, method, path, handler)
}

fn closed<H, T>(who: Who, method: Method, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Closed>,
    T: 'static,
{
    Route {
        answers: Answers::Closed(Box::new(|method| on(method, handler))),
        method,
        path,
        who,
    }
}

impl Route {
    /// Its handler reads the body bit by bit, and stops where it wants.
    fn of_any_length(mut self) -> Self {
        if let Answers::Closed(to) = self.answers {
            let unlimited = |method| to(method).layer(DefaultBodyLimit::disable());
            self.answers = Answers::Closed(Box::new(unlimited));
        }
        self
    }
}
