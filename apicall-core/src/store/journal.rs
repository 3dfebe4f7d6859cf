//! The dialer's writes: ordered, answered once they are on disk, never waited for by the one who hands them over.

use super::StoreError;
use super::db::{Connection, sql};
use super::records::{self, Record};
use super::writer::{Edit, Kind, Queue, Step, StepFuture, Work};
use crate::model::{
    Call, CallId, CallState, CallerId, CampaignId, Cause, ContactId, Digits, Moment, Origin, PhoneNumber,
    ProjectId, SwitchName, Timestamp, TrunkId, Variables,
};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// The answer to come. Who needs none lets go of it: what the store refuses is logged then.
pub type Reply<T> = oneshot::Receiver<Result<T, StoreError>>;

/// The queue has no room; nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store's queue is full")]
pub struct Full;

/// Contacts asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose contacts.
    pub campaign: CampaignId,
    /// The campaign's project.
    pub project: ProjectId,
    /// The trunk their calls will leave by.
    pub trunk: TrunkId,
    /// That trunk's switch.
    pub switch: SwitchName,
    /// What they will see.
    pub caller_id: Option<CallerId>,
    /// At most this many.
    pub limit: u32,
    /// The moment: contacts due later stay.
    pub now: Timestamp,
}

/// Contacts claimed, each by a call on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Their calls, in state `queued`.
    pub calls: Vec<Call>,
    /// The earliest time at which one of those still pending may be called.
    pub next_due: Option<Timestamp>,
    /// Whether the campaign has neither pending nor claimed contacts.
    pub exhausted: bool,
}

/// What becomes of a contact after its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactFate {
    /// Nothing more.
    Done,
    /// Another call, not before this time.
    RetryAt(Timestamp),
}

/// The journal.
#[derive(Debug, Clone)]
pub struct Journal {
    queue: Queue,
    /// The engine whose calls these are.
    engine: Arc<str>,
}

impl Journal {
    pub(super) fn new(queue: Queue, engine: Arc<str>) -> Self {
        Self { queue, engine }
    }

    pub(super) fn engine(&self) -> &str {
        &self.engine
    }

    /// Claims contacts: each is marked and gets the record of its call, in one transaction.
    pub fn claim(&self, claim: Claim) -> Result<Reply<Claimed>, Full> {
        let engine = Arc::clone(&self.engine);
        self.hand_over(Kind::Ahead, move |connection| {
            let (engine, claim) = (Arc::clone(&engine), claim.clone());
            Box::pin(async move { run_claim(connection, &engine, &claim).await })
        })
    }

    /// Writes a new call's record.
    pub fn place(&self, call: Call) -> Result<Reply<()>, Full> {
        let engine = Arc::clone(&self.engine);
        self.hand_over(Kind::AwaitedByPerson, move |connection| {
            let (engine, call) = (Arc::clone(&engine), call.clone());
            Box::pin(async move { records::insert(connection, &engine, &[call]).await })
        })
    }

    /// A place in the queue for something that must be written; `None` while it is full.
    pub fn room(&self) -> Option<Room<'_>> {
        self.queue.room().map(Room)
    }

    /// [`Room::release`], if there is room.
    pub fn release(&self, calls: Vec<CallId>) -> Result<Reply<()>, Full> {
        Ok(self.room().ok_or(Full)?.release(calls))
    }

    /// [`Room::save`], if there is room.
    pub fn save(&self, call: Call, moments: Vec<Moment>) -> Result<Reply<()>, Full> {
        Ok(self.room().ok_or(Full)?.save(call, moments))
    }

    /// [`Room::finish`], if there is room.
    pub fn finish(
        &self,
        call: Call,
        moments: Vec<Moment>,
        fate: Option<ContactFate>,
    ) -> Result<Reply<()>, Full> {
        Ok(self.room().ok_or(Full)?.finish(call, moments, fate))
    }

    pub(super) fn close(&self) {
        self.queue.close();
    }

    pub(super) fn transactions(&self) -> u64 {
        self.queue.transactions()
    }

    pub(super) fn submit(&self, work: Work) -> Result<(), StoreError> {
        self.queue.submit(work)
    }

    fn hand_over<T: Send + 'static>(
        &self,
        kind: Kind,
        step: impl for<'c> Fn(&'c mut Connection) -> StepFuture<'c, T> + Send + 'static,
    ) -> Result<Reply<T>, Full> {
        let step: Step<T> = Box::new(step);
        let (edit, reply) = Edit::with_reply(kind, step);
        self.queue.submit(Work::Edit(edit)).map_err(|_| Full)?;
        Ok(reply)
    }
}

/// A place in the queue, for what must be written in the end, however long that takes.
#[derive(Debug)]
pub struct Room<'a>(mpsc::Permit<'a, Work>);

impl Room<'_> {
    /// Forgets campaign calls that never left; their contacts wait again as if nothing had been.
    pub fn release(self, calls: Vec<CallId>) -> Reply<()> {
        let step: Step<()> = Box::new(move |connection| {
            let calls = calls.clone();
            Box::pin(async move { run_release(connection, &calls).await })
        });
        let (edit, reply) = Edit::with_reply(Kind::Kept, step);
        self.0.send(Work::Edit(edit));
        reply
    }

    /// Writes a call's record as it is, and adds to its timeline. A record that has ended stays as it is.
    pub fn save(self, call: Call, moments: Vec<Moment>) -> Reply<()> {
        self.record(call, moments, None)
    }

    /// The same for a call that has ended, with what becomes of its contact.
    pub fn finish(self, call: Call, moments: Vec<Moment>, fate: Option<ContactFate>) -> Reply<()> {
        self.record(call, moments, fate)
    }

    fn record(self, call: Call, moments: Vec<Moment>, fate: Option<ContactFate>) -> Reply<()> {
        let (record, reply) = Record::new(call, moments, fate);
        self.0.send(Work::Record(Box::new(record)));
        reply
    }
}

async fn run_claim(connection: &mut Connection, engine: &str, claim: &Claim) -> Result<Claimed, StoreError> {
    let rows = connection.claim(claim).await?;
    let mut calls = Vec::with_capacity(rows.len());
    for row in rows {
        let variables: Variables = serde_json::from_str(row.try_get("variables")?)?;
        let number: PhoneNumber = row.try_get::<&str>("number")?.parse()?;
        let contact: ContactId = row.try_get::<i64>("id")?.try_into()?;
        let attempt = u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX);
        calls.push(queued(claim, contact, attempt, number, variables));
    }
    calls.sort_by_key(|call| call.contact);
    records::insert(connection, engine, &calls).await?;
    let rest = sql(
        "SELECT (SELECT min(next_attempt_at) FROM contacts WHERE campaign = ? AND state = 'pending') AS due,
                EXISTS (SELECT 1 FROM contacts WHERE campaign = ? AND state = 'claimed') AS claimed",
    )
    .bind(claim.campaign.get())
    .bind(claim.campaign.get())
    .one(connection)
    .await?;
    let due: Option<i64> = rest.try_get("due")?;
    let next_due = due.map(|due| Timestamp::from_millis(due).max(claim.now));
    let exhausted = due.is_none() && rest.try_get::<i64>("claimed")? == 0;
    Ok(Claimed {
        calls,
        next_due,
        exhausted,
    })
}

fn queued(
    claim: &Claim,
    contact: ContactId,
    attempt: u32,
    number: PhoneNumber,
    variables: Variables,
) -> Call {
    Call {
        id: CallId::draw(),
        origin: Origin::Campaign,
        project: claim.project,
        campaign: Some(claim.campaign),
        contact: Some(contact),
        attempt,
        number: Some(number),
        switch: Some(claim.switch.clone()),
        trunk: Some(claim.trunk),
        caller_id: claim.caller_id.clone(),
        variables,
        state: CallState::Queued,
        created_at: claim.now,
        dialed_at: None,
        ringing_at: None,
        answered_at: None,
        ended_at: None,
        outcome: None,
        answered_by: None,
        result: None,
        cause: Cause::default(),
        digits: Digits::default(),
        transfer: None,
    }
}

async fn run_release(connection: &mut Connection, calls: &[CallId]) -> Result<(), StoreError> {
    for call in calls {
        let call = call.to_string();
        let contact = sql("SELECT contact FROM calls WHERE id = ? AND state = 'queued'").bind(call.as_str());
        let Some(row) = contact.first(&mut *connection).await? else {
            continue;
        };
        sql("DELETE FROM calls WHERE id = ?")
            .bind(call)
            .run(connection)
            .await?;
        sql("UPDATE contacts SET state = 'pending', attempts = attempts - 1 WHERE id = ? AND state = 'claimed'")
            .bind(row.try_get::<Option<i64>>("contact")?)
            .run(connection)
            .await?;
    }
    Ok(())
}
