//! Whoever asks, and how far they reach.
//!
//! The routes that want a login have no other way to the engine than [`By`], and each of its methods says what a request is about:
//! one project, a thing of one, a list, everything, or nothing that belongs to a project. What somebody has nothing to do with is
//! to them as if it were not there.
//!
//! Deliberately absent: which role a route wants, which is the table's (`routes`).

use super::auth::Caller;
use super::connections::Client;
use super::problem::Failure;
use super::{Answer, Engine};
use apicall_core::model::{
    Actor, Call, CallId, Campaign, CampaignId, Delivery, DeliveryId, DncEntry, Page, Project, ProjectId,
    Reach, Role, Trunk, TrunkId, User, Webhook, WebhookId, WithoutSecrets,
};
use apicall_core::store::Store;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;

/// What closed routes are made on. Only [`By`] can look into it.
#[derive(Debug, Clone)]
pub(super) struct Closed(Arc<Engine>);

impl Closed {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self(engine)
    }
}

/// Whoever asks.
#[derive(Debug, Clone)]
pub(super) struct By {
    engine: Arc<Engine>,
    caller: Caller,
    from: IpAddr,
}

impl FromRequestParts<Closed> for By {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, Closed(engine): &Closed) -> Result<Self, Failure> {
        let caller = parts.extensions.get::<Caller>().cloned();
        // Nobody comes here past `auth::require`.
        let caller = caller.ok_or_else(Failure::internal)?;
        Ok(Self {
            from: Client::of(parts, engine).0,
            engine: Arc::clone(engine),
            caller,
        })
    }
}

/// What a request is about, and with it the engine.
impl By {
    /// Something that belongs to no project, and tells of none.
    pub(super) fn apart(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Everything, or what is everybody's.
    pub(super) fn all(&self) -> Answer<&Arc<Engine>> {
        match self.reach() {
            Reach::All => Ok(&self.engine),
            Reach::Only(_) => Err(Failure::forbidden(
                "that concerns all projects, and you have to do with some of them only; ask an admin",
            )),
        }
    }

    /// A project, whether or not it is there: nothing is looked up.
    pub(super) fn over(&self, project: ProjectId) -> Option<&Arc<Engine>> {
        self.reach().has(project).then_some(&self.engine)
    }

    /// A project.
    pub(super) async fn project(&self, id: ProjectId) -> Answer<(&Arc<Engine>, Project)> {
        let project = self.engine.store.project(id).await?;
        self.own("project", id, project, |project| project.id)
    }

    /// The project that a body names.
    pub(super) async fn named(&self, id: ProjectId) -> Answer<(&Arc<Engine>, Project)> {
        let found = self.project_if_own(id).await?;
        found.ok_or_else(|| Failure::field("project", format!("no project has the id {id}")))
    }

    /// The project that a query names.
    pub(super) async fn asked(&self, id: ProjectId) -> Answer<(&Arc<Engine>, Project)> {
        let found = self.project_if_own(id).await?;
        found.ok_or_else(|| Failure::query("project", format!("no project has the id {id}")))
    }

    /// A campaign.
    pub(super) async fn campaign(&self, id: CampaignId) -> Answer<(&Arc<Engine>, Campaign)> {
        let campaign = self.engine.store.campaign(id).await?;
        self.own("campaign", id, campaign, |campaign| campaign.project)
    }

    /// What is left of a campaign, which may be gone for those who reach all.
    pub(super) async fn over_campaign(&self, id: CampaignId) -> Answer<&Arc<Engine>> {
        match self.reach() {
            Reach::All => Ok(&self.engine),
            Reach::Only(_) => Ok(self.campaign(id).await?.0),
        }
    }

    /// A call.
    pub(super) async fn call(&self, id: CallId) -> Answer<(&Arc<Engine>, Call)> {
        let call = self.engine.store.call(id).await?;
        self.own("call", id, call, |call| call.project)
    }

    /// A call, looked up only for those to whom it matters whose it is: the others may hang up also while the store is away.
    pub(super) async fn over_call(&self, id: CallId) -> Answer<&Arc<Engine>> {
        match self.reach() {
            Reach::All => Ok(&self.engine),
            Reach::Only(_) => Ok(self.call(id).await?.0),
        }
    }

    /// A webhook.
    pub(super) async fn webhook(&self, id: WebhookId) -> Answer<(&Arc<Engine>, Webhook)> {
        let webhook = self.engine.store.webhook(id).await?;
        self.own("webhook", id, webhook, |webhook| webhook.project)
    }

    /// A delivery, and the body that is sent; of a webhook that is gone, only to those who reach all.
    pub(super) async fn delivery(&self, id: DeliveryId) -> Answer<(&Arc<Engine>, Delivery, String)> {
        let found = self.engine.store.delivery(id).await?;
        let not_found = || Failure::not_found("delivery", id);
        let (delivery, body) = found.ok_or_else(not_found)?;
        if let Reach::Only(_) = self.reach() {
            self.webhook(delivery.webhook).await.map_err(|_| not_found())?;
        }
        Ok((&self.engine, delivery, body))
    }

    /// An entry of a do-not-call list; one of everybody's list is for those who reach all.
    pub(super) async fn dnc_entry(&self, id: i64) -> Answer<(&Arc<Engine>, DncEntry)> {
        let entry = self.engine.store.dnc_entry(id).await?;
        let entry = entry.filter(|entry| match entry.project {
            Some(project) => self.reach().has(project),
            None => *self.reach() == Reach::All,
        });
        let entry = entry.ok_or_else(|| Failure::not_found("do-not-call entry", id))?;
        Ok((&self.engine, entry))
    }

    /// A trunk by which calls of somebody's projects leave.
    pub(super) async fn trunk(&self, id: TrunkId) -> Answer<(&Arc<Engine>, Trunk)> {
        let trunk = self.trunk_if_own(id).await?;
        let trunk = trunk.ok_or_else(|| Failure::not_found("trunk", id))?;
        Ok((&self.engine, trunk))
    }

    /// Whether there is that trunk, for them.
    pub(super) async fn has_trunk(&self, id: TrunkId) -> Answer<bool> {
        Ok(self.trunk_if_own(id).await?.is_some())
    }

    /// Every trunk by which calls of somebody's projects leave.
    pub(super) async fn trunks(&self) -> Answer<(&Arc<Engine>, Vec<Trunk>)> {
        let mut trunks = self.engine.store.trunks().await?;
        if *self.reach() != Reach::All {
            let (_, projects) = self.projects().await?;
            trunks.retain(|trunk| projects.iter().any(|project| project.leaves_by(trunk.id)));
        }
        Ok((&self.engine, trunks))
    }

    /// Every project.
    pub(super) async fn projects(&self) -> Answer<(&Arc<Engine>, Vec<Project>)> {
        let mut projects = self.engine.store.projects().await?;
        projects.retain(|project| self.reach().has(project.id));
        Ok((&self.engine, projects))
    }

    /// A list, of a project if one is asked for: what it is to be asked of the store, one answer after the other. `None` is all.
    pub(super) fn lists(&self, asked: Option<ProjectId>) -> (&Arc<Engine>, Vec<Option<ProjectId>>) {
        let of = match (self.reach(), asked) {
            (Reach::All, asked) => vec![asked],
            (Reach::Only(own), None) => own.iter().copied().map(Some).collect(),
            (Reach::Only(own), Some(asked)) => own.get(&asked).copied().map(Some).into_iter().collect(),
        };
        (&self.engine, of)
    }

    fn own<T>(
        &self,
        what: &str,
        id: impl std::fmt::Display,
        found: Option<T>,
        of: impl Fn(&T) -> ProjectId,
    ) -> Answer<(&Arc<Engine>, T)> {
        let own = found.filter(|thing| self.reach().has(of(thing)));
        let own = own.ok_or_else(|| Failure::not_found(what, id))?;
        Ok((&self.engine, own))
    }

    async fn trunk_if_own(&self, id: TrunkId) -> Answer<Option<Trunk>> {
        let trunk = self.engine.store.trunk(id).await?;
        if *self.reach() == Reach::All || trunk.is_none() {
            return Ok(trunk);
        }
        let (_, projects) = self.projects().await?;
        Ok(trunk.filter(|_| projects.iter().any(|project| project.leaves_by(id))))
    }

    async fn project_if_own(&self, id: ProjectId) -> Answer<Option<(&Arc<Engine>, Project)>> {
        let project = self.engine.store.project(id).await?;
        let own = project.filter(|project| self.reach().has(project.id));
        Ok(own.map(|project| (&self.engine, project)))
    }
}

/// Who it is.
impl By {
    pub(super) fn user(&self) -> &User {
        self.caller.user()
    }

    pub(super) fn reach(&self) -> &Reach {
        self.caller.reach()
    }

    pub(super) fn role(&self) -> Role {
        self.caller.role()
    }

    /// The store, in which what is changed is noted with their name.
    pub(super) fn store(&self) -> Store {
        self.engine.store.by(Actor {
            username: Some(self.user().username.clone()),
            via: self.caller.via(),
            address: Some(self.from.to_string()),
            at: self.engine.clock.now(),
        })
    }

    /// Notes what they had done elsewhere than in the store, such as in the dialer. It is done: that it could not be noted is told
    /// to the operator, not to them.
    pub(super) async fn note(
        &self,
        noun: &'static str,
        id: impl std::fmt::Display,
        deed: &'static str,
        after: Option<serde_json::Value>,
    ) {
        if let Err(error) = self.store().note(noun, id, deed, after).await {
            tracing::warn!(%error, noun, deed, "a deed is not in the log of accounts");
        }
    }

    /// A noun as they may see it: a viewer never sees a secret.
    pub(super) fn shown<T: WithoutSecrets>(&self, noun: T) -> T {
        match self.role() {
            Role::Viewer => noun.without_secrets(),
            Role::Supervisor | Role::Admin => noun,
        }
    }

    /// The same caller at this moment, if their session goes on: long answers ask now and then.
    pub(super) fn still(&self) -> Option<Self> {
        let caller = self
            .engine
            .sessions
            .again(&self.caller, self.engine.clock.now())?;
        Some(Self {
            caller,
            ..self.clone()
        })
    }

    /// From where they ask.
    pub(super) fn address(&self) -> IpAddr {
        self.from
    }
}

/// One page of the pages of several projects, in the order of `key`; `next` is that of the last item.
pub(super) fn merged<T, K: Ord>(
    pages: Vec<Page<T>>,
    limit: u32,
    key: impl Fn(&T) -> K,
    next: impl Fn(&T) -> String,
) -> Page<T> {
    let more = pages.iter().any(|page| page.next.is_some());
    let mut items: Vec<_> = pages.into_iter().flat_map(|page| page.items).collect();
    items.sort_by_key(key);
    let more = more || items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(next);
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: &[i64], next: bool) -> Page<i64> {
        Page {
            items: items.to_vec(),
            next: next.then(|| "x".to_owned()),
        }
    }

    #[test]
    fn pages_of_several_projects_are_one_page_in_order() {
        for (pages, limit, items, next) in [
            (vec![], 2, vec![], None),
            (
                vec![page(&[1, 4], false), page(&[2, 3], false)],
                4,
                vec![1, 2, 3, 4],
                None,
            ),
            (
                vec![page(&[1, 4], false), page(&[2, 3], false)],
                3,
                vec![1, 2, 3],
                Some("3"),
            ),
            // Whatever comes after 4 in the first comes after the next page's beginning.
            (
                vec![page(&[1, 4], true), page(&[], false)],
                2,
                vec![1, 4],
                Some("4"),
            ),
        ] {
            let one = merged(pages, limit, |item| *item, ToString::to_string);
            assert_eq!((one.items, one.next.as_deref()), (items, next));
        }
    }
}
