//! Who is to be told of what is being written, within its transaction.
//!
//! A batch of records costs one question, whether anybody wants to know, when nobody does.

use crate::model::{
    Call, CallId, Campaign, CampaignState, Delivery, DeliveryId, ProjectId, Timestamp, WebhookEvent,
    WebhookEvents,
};
use crate::store::StoreError;
use crate::store::db::{Column, Connection, Rows};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

const PROJECT: &[Column] = &[Column::Int("project")];
const CALL: &[Column] = &[Column::Word("id")];
const NEW: &[Column] = &[
    Column::Word("id"),
    Column::Int("webhook"),
    Column::Word("event"),
    Column::Text("body"),
    Column::Word("state"),
    Column::Int("created_at"),
    Column::Int("next_attempt_at"),
    Column::Int("give_up_at"),
];

/// Tells of calls that are about to be written: those that the store has not yet as answered, and those that end. They are
/// answered or ended, each once.
pub(in crate::store) async fn tell_calls(
    connection: &mut Connection,
    calls: &[&Call],
) -> Result<(), StoreError> {
    let wants = Wants::of(connection, calls.iter().map(|call| call.project)).await?;
    let wanted = |call: &Call| {
        wants.any(call.project, WebhookEvent::CallAnswered)
            || wants.any(call.project, WebhookEvent::CallEnded)
    };
    let mut asked = Rows::of(CALL);
    for call in calls.iter().filter(|call| wanted(call)) {
        asked.push([call.id.to_string().into()]);
    }
    if asked.is_empty() {
        return Ok(());
    }
    // One that is not among the live ones has ended: what comes now changes nothing.
    let live = "live_calls.id = :id";
    let columns = "live_calls.id, live_calls.answered_at";
    let find = connection.dialect().find(columns, "live_calls", live, asked);
    let mut unanswered: HashMap<CallId, bool> = HashMap::new();
    for row in find.all(&mut *connection).await? {
        let answered: Option<i64> = row.try_get("answered_at")?;
        unanswered.insert(row.try_get::<&str>("id")?.parse()?, answered.is_none());
    }
    let mut new = New::default();
    for call in calls {
        let Some(first) = unanswered.get(&call.id) else {
            continue;
        };
        if let Some(at) = call.answered_at.filter(|_| *first) {
            new.call(&wants, WebhookEvent::CallAnswered, at, call)?;
        }
        if let Some(at) = call.ended_at {
            new.call(&wants, WebhookEvent::CallEnded, at, call)?;
        }
    }
    new.write(connection).await
}

/// Tells of calls that are answered when they come to be known.
pub(in crate::store) async fn tell_placed(
    connection: &mut Connection,
    calls: &[&Call],
) -> Result<(), StoreError> {
    let wants = Wants::of(connection, calls.iter().map(|call| call.project)).await?;
    let mut new = New::default();
    for call in calls {
        if let Some(at) = call.answered_at {
            new.call(&wants, WebhookEvent::CallAnswered, at, call)?;
        }
    }
    new.write(connection).await
}

/// Tells of a campaign that was in a state before, and may be in another now.
pub(in crate::store) async fn tell_campaign(
    connection: &mut Connection,
    at: Timestamp,
    before: CampaignState,
    campaign: &Campaign,
) -> Result<(), StoreError> {
    let Some(event) = WebhookEvent::of_campaign(before, campaign.state) else {
        return Ok(());
    };
    let wants = Wants::of(connection, std::iter::once(campaign.project)).await?;
    let mut new = New::default();
    for webhook in wants.who(campaign.project, event) {
        let what = What {
            campaign: Some(campaign),
            ..What::of(event, at, campaign.project)
        };
        new.push(webhook, &what)?;
    }
    new.write(connection).await
}

/// Tells one webhook that it is tried.
pub(super) async fn tell_test(
    connection: &mut Connection,
    webhook: i64,
    project: ProjectId,
    at: Timestamp,
) -> Result<DeliveryId, StoreError> {
    let mut new = New::default();
    let what = What::of(WebhookEvent::Test, at, project);
    new.push(webhook, &what)?;
    new.write(connection).await?;
    Ok(what.id)
}

/// Which webhooks want what, of some projects.
struct Wants(HashMap<i64, Vec<(i64, WebhookEvents)>>);

impl Wants {
    async fn of(
        connection: &mut Connection,
        projects: impl Iterator<Item = ProjectId>,
    ) -> Result<Self, StoreError> {
        let mut wants: HashMap<i64, Vec<(i64, WebhookEvents)>> = HashMap::new();
        let mut asked = Rows::of(PROJECT);
        for project in projects.collect::<BTreeSet<_>>() {
            asked.push([project.get().into()]);
        }
        if asked.is_empty() {
            return Ok(Self(wants));
        }
        let active = "webhooks.project = :project AND webhooks.active = 1";
        let columns = "webhooks.id, webhooks.project, webhooks.events";
        let find = connection.dialect().find(columns, "webhooks", active, asked);
        for row in find.all(connection).await? {
            let events = row.try_get::<&str>("events")?.parse()?;
            let of_project = wants.entry(row.try_get("project")?).or_default();
            of_project.push((row.try_get("id")?, events));
        }
        Ok(Self(wants))
    }

    fn who(&self, project: ProjectId, event: WebhookEvent) -> impl Iterator<Item = i64> {
        let of_project = self.0.get(&project.get()).into_iter().flatten();
        of_project
            .filter(move |(_, events)| events.contains(event))
            .map(|(webhook, _)| *webhook)
    }

    fn any(&self, project: ProjectId, event: WebhookEvent) -> bool {
        self.who(project, event).next().is_some()
    }
}

/// What is told: the body of a delivery.
#[derive(Serialize)]
struct What<'a> {
    id: DeliveryId,
    event: WebhookEvent,
    at: Timestamp,
    project: ProjectId,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a Call>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<&'a Campaign>,
}

impl What<'_> {
    fn of(event: WebhookEvent, at: Timestamp, project: ProjectId) -> Self {
        Self {
            id: DeliveryId::draw(),
            event,
            at,
            project,
            call: None,
            campaign: None,
        }
    }
}

/// Deliveries to be written.
struct New(Rows);

impl Default for New {
    fn default() -> Self {
        Self(Rows::of(NEW))
    }
}

impl New {
    fn call(
        &mut self,
        wants: &Wants,
        event: WebhookEvent,
        at: Timestamp,
        call: &Call,
    ) -> Result<(), StoreError> {
        for webhook in wants.who(call.project, event) {
            let what = What {
                call: Some(call),
                ..What::of(event, at, call.project)
            };
            self.push(webhook, &what)?;
        }
        Ok(())
    }

    fn push(&mut self, webhook: i64, what: &What<'_>) -> Result<(), StoreError> {
        self.0.push([
            what.id.to_string().into(),
            webhook.into(),
            what.event.as_str().into(),
            serde_json::to_string(what)?.into(),
            "waiting".into(),
            what.at.millis().into(),
            what.at.millis().into(),
            what.at.plus(Delivery::PATIENCE).millis().into(),
        ]);
        Ok(())
    }

    async fn write(self, connection: &mut Connection) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let insert = connection.dialect().insert("deliveries", &[], self.0);
        insert.run(connection).await.map(drop)
    }
}
