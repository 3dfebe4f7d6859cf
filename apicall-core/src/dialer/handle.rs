//! The hold that the rest of the engine has on the dialer.

use super::book::Book;
use super::owner::Owner;
use super::trust::BreakerHealth;
use super::{DialerError, ListChange, Order, Webhooks};
use crate::model::{
    Call, CallId, Campaign, CampaignId, Clock, Country, Limits, Moment, PhoneNumber, ProjectId, SwitchName,
    Timestamp, TrunkId, Variables,
};
use crate::schedule::why::Ways;
use crate::schedule::{Load, Slowed};
use crate::store::Store;
use crate::switch::{self, Switch};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Requests under way at most; more wait at the caller.
const REQUESTS: usize = 1024;

/// How a dialer is set up.
#[derive(Debug, Clone)]
pub struct DialerSettings {
    /// The engine's own limits.
    pub limits: Limits,
    /// Nothing is dialed for this long after a start: calls of an earlier run may have left that no record tells of
    /// yet, and the limiters count any sliding second.
    pub hold_after_start: Duration,
    /// Whether `limits` are of all engines of the store together.
    pub limits_span_engines: bool,
}

impl DialerSettings {
    /// The usual: these limits, one second of hold.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            hold_after_start: Duration::from_secs(1),
            limits_span_engines: false,
        }
    }
}

/// A switch, and what it may be loaded with.
#[derive(Debug, Clone)]
pub struct SwitchSlot {
    /// The switch.
    pub switch: Switch,
    /// `asterisk`, `freeswitch` or `emulator`.
    pub kind: &'static str,
    /// Its limits.
    pub limits: Limits,
    /// Most originates not yet answered or refused.
    pub max_unanswered: u32,
    /// Whether it is dialed more slowly when it reacts slowly.
    pub governed: bool,
}

/// What somebody changed in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// A project was made, changed or deleted.
    Project(ProjectId),
    /// A trunk was made, changed or deleted.
    Trunk(TrunkId),
    /// A campaign was changed, deleted, or got contacts.
    Campaign(CampaignId),
}

/// How the dialer is doing.
#[derive(Debug, Clone)]
pub struct DialerLoad {
    /// Every level that limits.
    pub levels: Vec<Load>,
    /// The switches.
    pub switches: Vec<SwitchHealth>,
    /// How the breakers of trunks stand, of those that were used.
    pub breakers: Vec<BreakerHealth>,
}

/// How a switch is doing.
#[derive(Debug, Clone)]
pub struct SwitchHealth {
    /// Its name.
    pub name: SwitchName,
    /// Its kind, as in [`SwitchSlot::kind`].
    pub kind: &'static str,
    /// Why it is down; `None` while it is up.
    pub down: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// How it is slowed down so that it is not overloaded; `None` when it is not.
    pub slowed: Option<Slowed>,
}

/// What is asked of the owner.
pub(super) enum Request {
    Place(PlaceRequest, oneshot::Sender<Result<Call, DialerError>>),
    Hangup(CallId, oneshot::Sender<Result<Call, DialerError>>),
    Order(CampaignId, Order, oneshot::Sender<Result<Campaign, DialerError>>),
    Refresh(Changed, oneshot::Sender<Result<(), DialerError>>),
    Lists(ListChange, oneshot::Sender<()>),
    Load(oneshot::Sender<DialerLoad>),
    Moments(CallId, oneshot::Sender<Vec<Moment>>),
    Drain(Duration, oneshot::Sender<bool>),
}

/// A call somebody asks for.
pub(super) struct PlaceRequest {
    pub project: ProjectId,
    pub number: PhoneNumber,
    pub trunk: Option<TrunkId>,
    pub variables: Variables,
}

/// The hold on a running dialer.
#[derive(Debug, Clone)]
pub struct Dialer {
    requests: mpsc::Sender<Request>,
    book: watch::Receiver<Arc<Book>>,
}

impl Dialer {
    /// Reads from the store what was going on, and goes on with it. `events` is what the switches say, `webhooks` who sends
    /// those of flows.
    pub async fn start(
        settings: DialerSettings,
        store: Store,
        switches: Vec<SwitchSlot>,
        events: mpsc::UnboundedReceiver<switch::Event>,
        webhooks: Arc<dyn Webhooks>,
        clock: Clock,
    ) -> Result<Self, DialerError> {
        let (sender, requests) = mpsc::channel(REQUESTS);
        let owner = Owner::wake_up(settings, store, switches, requests, events, webhooks, clock).await?;
        let book = owner.read_along();
        tokio::spawn(owner.run());
        Ok(Self {
            requests: sender,
            book,
        })
    }

    /// A project's country, as far as the dialer knows the project.
    pub fn country(&self, project: ProjectId) -> Option<Country> {
        let book = self.book.borrow();
        book.tenants.get(&project).map(|tenant| tenant.project.country)
    }

    /// Whether the dialer knows a trunk.
    pub fn knows(&self, trunk: TrunkId) -> bool {
        self.book.borrow().trunks.contains_key(&trunk)
    }

    /// Places one call for a project, through its trunk or another. It is on disk when this returns, and is dialed
    /// as soon as the limits allow, before campaigns of the same weight.
    pub async fn place(
        &self,
        project: ProjectId,
        number: PhoneNumber,
        trunk: Option<TrunkId>,
        variables: Variables,
    ) -> Result<Call, DialerError> {
        let asked = PlaceRequest {
            project,
            number,
            trunk,
            variables,
        };
        self.ask(|reply| Request::Place(asked, reply)).await?
    }

    /// Ends a call, whatever its state; the record as it is at this moment. A call that has ended is no error.
    pub async fn hangup(&self, call: CallId) -> Result<Call, DialerError> {
        self.ask(|reply| Request::Hangup(call, reply)).await?
    }

    /// Tells a campaign what to do; asking for the state it is in is no error.
    pub async fn order(&self, campaign: CampaignId, order: Order) -> Result<Campaign, DialerError> {
        self.ask(|reply| Request::Order(campaign, order, reply)).await?
    }

    /// Reads again what somebody changed; the change is in force when this returns.
    pub async fn refresh(&self, changed: Changed) -> Result<(), DialerError> {
        self.ask(|reply| Request::Refresh(changed, reply)).await?
    }

    /// Heeds a change of do-not-call lists, for calls too that wait already; it is in force when this returns.
    pub async fn lists_changed(&self, change: ListChange) -> Result<(), DialerError> {
        self.ask(|reply| Request::Lists(change, reply)).await
    }

    /// How it is doing.
    pub async fn load(&self) -> Result<DialerLoad, DialerError> {
        self.ask(Request::Load).await
    }

    /// What happened in a live call that was not handed to the store yet; nothing of others.
    pub async fn moments(&self, call: CallId) -> Result<Vec<Moment>, DialerError> {
        self.ask(|reply| Request::Moments(call, reply)).await
    }

    /// A project's ways out, by what `load` told of their breakers.
    pub fn ways(&self, project: ProjectId, load: &DialerLoad) -> Ways {
        self.book.borrow().ways(project, &load.breakers)
    }

    /// Dials nobody new, gives waiting contacts back, lets live calls finish for at most `limit`, then hangs up.
    /// Returns whether every call has ended; those that have not are found again by the next start.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.ask(|reply| Request::Drain(limit, reply))
            .await
            .unwrap_or(false)
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, DialerError> {
        let (reply, answer) = oneshot::channel();
        self.requests
            .send(request(reply))
            .await
            .map_err(|_| DialerError::Draining)?;
        answer.await.map_err(|_| DialerError::Draining)
    }
}
