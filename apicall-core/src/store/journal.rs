//! The dialer's writes: ordered, answered once they are on disk, never waited for by the one who hands them over.

use super::StoreError;
use super::caller_ids::{self, Shows};
use super::db::{Column, Connection, Row, Rows, sql};
use super::dnc::{self, NewDnc};
use super::holds::{self, Gate, Held};
use super::line::{self, Line};
use super::placings::Placing;
use super::records::{self, Fresh, Record};
use super::tallies::Tallies;
use super::work::{Edit, Kind, Step, StepFuture, Work};
use super::writer::Queue;
use crate::model::{
    Call, CallId, CallState, CampaignId, Cause, ContactId, ContactState, Digits, Moment, Origin, PhoneNumber,
    ProjectId, SwitchName, Timestamp, TrunkId, Variables, Waits,
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
#[derive(Debug, Clone)]
pub struct Claim {
    /// Whose contacts.
    pub campaign: CampaignId,
    /// The campaign's project.
    pub project: ProjectId,
    /// The trunk their calls will leave by.
    pub trunk: TrunkId,
    /// That trunk's switch.
    pub switch: SwitchName,
    /// Only this contact, due or not, whose call by that trunk has just failed.
    pub again: Option<(ContactId, TrunkId)>,
    /// What they will see.
    pub shows: Shows,
    /// At most this many.
    pub limit: u32,
    /// The moment: contacts due later stay.
    pub now: Timestamp,
    /// Who of them may be called at that moment; the others wait, and are no calls.
    pub gate: Gate,
}

/// Contacts claimed, each by a call on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Their calls, in state `queued`.
    pub calls: Vec<Call>,
    /// How many were due and have to wait.
    pub held: usize,
    /// What everybody else of them has to wait for as well: none of the project's numbers is free.
    pub stalled: Option<Waits>,
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
        let (fresh, reply) = Fresh::new(call);
        self.queue
            .submit(Work::Fresh(Box::new(fresh)))
            .map_err(|_| Full)?;
        Ok(reply)
    }

    /// Writes the record of a call to be made, unless its number may not be called or there is none to show; the call as
    /// it is made.
    pub fn place_through(&self, gate: Gate, shows: Shows, call: Call) -> Result<Reply<Call>, Full> {
        let (placing, reply) = Placing::new(gate, shows, call);
        self.queue
            .submit(Work::Place(Box::new(placing)))
            .map_err(|_| Full)?;
        Ok(reply)
    }

    /// A place in the queue for something that must be written; `None` while it is full.
    pub fn room(&self) -> Option<Room<'_>> {
        let engine = Arc::clone(&self.engine);
        self.queue.room().map(|place| Room { place, engine })
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
pub struct Room<'a> {
    place: mpsc::Permit<'a, Work>,
    engine: Arc<str>,
}

impl Room<'_> {
    /// Forgets campaign calls that never left; their contacts wait again as if nothing had been.
    pub fn release(self, calls: Vec<CallId>) -> Reply<()> {
        let engine = self.engine;
        let step: Step<()> = Box::new(move |connection| {
            let (calls, engine) = (calls.clone(), Arc::clone(&engine));
            Box::pin(async move { run_release(connection, &engine, &calls).await })
        });
        let (edit, reply) = Edit::with_reply(Kind::Kept, step);
        self.place.send(Work::Edit(edit));
        reply
    }

    /// Forgets campaign calls that may not leave now; their contacts wait for that.
    pub fn hold(self, calls: Vec<(CallId, Waits)>, now: Timestamp) -> Reply<()> {
        let engine = self.engine;
        let step: Step<()> = Box::new(move |connection| {
            let (calls, engine) = (calls.clone(), Arc::clone(&engine));
            Box::pin(async move { holds::withdraw(connection, &engine, &calls, now).await })
        });
        let (edit, reply) = Edit::with_reply(Kind::Kept, step);
        self.place.send(Work::Edit(edit));
        reply
    }

    /// Lists a number that is not to be called any more.
    pub fn list(self, entry: NewDnc, at: Timestamp) -> Reply<()> {
        let step: Step<()> = Box::new(move |connection| {
            let entry = entry.clone();
            Box::pin(async move { dnc::insert(connection, &[entry], at).await.map(drop) })
        });
        let (edit, reply) = Edit::with_reply(Kind::Kept, step);
        self.place.send(Work::Edit(edit));
        reply
    }

    /// Writes a call's record as it is, and adds to its timeline. A record that has ended stays as it is.
    pub fn save(self, call: Call, moments: Vec<Moment>) -> Reply<()> {
        self.record(call, &moments, None)
    }

    /// The same for a call that has ended, with what becomes of its contact.
    pub fn finish(self, call: Call, moments: Vec<Moment>, fate: Option<ContactFate>) -> Reply<()> {
        self.record(call, &moments, fate)
    }

    fn record(self, call: Call, moments: &[Moment], fate: Option<ContactFate>) -> Reply<()> {
        let (record, reply) = Record::new(call, moments, fate);
        self.place.send(Work::Record(Box::new(record)));
        reply
    }
}

const CONTACT: &[Column] = &[Column::Int("id")];

async fn run_claim(connection: &mut Connection, engine: &str, claim: &Claim) -> Result<Claimed, StoreError> {
    let campaign = claim.campaign.get();
    let due = due(connection, claim).await?;
    let (calls, mut held) = holds::part(connection, claim, due).await?;
    let mut tallies = Tallies::default();
    let assigned = caller_ids::assign(
        connection,
        engine,
        &claim.shows,
        claim.project,
        calls,
        &mut tallies,
    );
    let (calls, waiting) = assigned.await?;
    held.extend(waiting.iter().filter_map(|(call, waits)| Held::of(call, *waits)));
    holds::keep(connection, campaign, &held, claim.now, &mut tallies).await?;
    let lines: Vec<_> = calls.into_iter().map(Line::from).collect();
    if !lines.is_empty() {
        let mut contacts = Rows::of(CONTACT);
        for contact in lines.iter().filter_map(|line| line.call.contact) {
            contacts.push([contact.get().into()]);
        }
        let claimed = [("state", "'claimed'"), ("attempts", "contacts.attempts + 1")];
        let claimed = connection
            .dialect()
            .update("contacts", &claimed, "TRUE", contacts);
        claimed.run(connection).await?;
        records::insert(connection, engine, lines.iter()).await?;
        let n = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        tallies.contacts(campaign, Some(ContactState::Pending), ContactState::Claimed, n);
        tallies.calls(campaign, n);
    }
    tallies.write(connection, engine).await?;
    let next =
        sql("SELECT min(next_attempt_at) AS due FROM contacts WHERE campaign = ? AND state = 'pending'")
            .bind(campaign)
            .one(&mut *connection)
            .await?;
    let next: Option<i64> = next.try_get("due")?;
    let exhausted = next.is_none() && {
        let live = sql("SELECT id FROM live_calls WHERE campaign = ? LIMIT 1").bind(campaign);
        live.first(connection).await?.is_none()
    };
    Ok(Claimed {
        calls: lines.into_iter().map(|line| line.call).collect(),
        held: held.len(),
        stalled: waiting.first().map(|(_, waits)| *waits),
        next_due: next.map(|due| Timestamp::from_millis(due).max(claim.now)),
        exhausted,
    })
}

/// The calls that contacts would get, those that are due first.
async fn due(connection: &mut Connection, claim: &Claim) -> Result<Vec<Call>, StoreError> {
    let campaign = claim.campaign.get();
    let mut due = match claim.again {
        Some((contact, _)) => sql(
            "SELECT id, number, variables, attempts FROM contacts WHERE id = ? AND campaign = ? AND state = 'pending'",
        )
        .bind(contact.get())
        .bind(campaign),
        None => sql("SELECT id, number, variables, attempts FROM contacts
             WHERE campaign = ? AND state = 'pending' AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?")
        .bind(campaign)
        .bind(claim.now.millis())
        .bind(claim.limit),
    };
    due.push(connection.dialect().hold_free);
    let due = due.all(&mut *connection).await?;
    due.iter().map(|row| due_call(claim, row)).collect()
}

/// The call that a due contact would get.
fn due_call(claim: &Claim, row: &Row) -> Result<Call, StoreError> {
    let variables: Variables = serde_json::from_str(row.try_get("variables")?)?;
    let number: PhoneNumber = row.try_get::<&str>("number")?.parse()?;
    let contact: ContactId = row.try_get::<i64>("id")?.try_into()?;
    let attempts = u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX);
    Ok(Call {
        instead_of: claim.again.map(|(_, trunk)| trunk),
        ..queued(claim, contact, attempts.saturating_add(1), number, variables)
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
        instead_of: None,
        caller_id: None,
        caller_id_choice: None,
        variables,
        state: CallState::Queued,
        created_at: claim.now,
        dialed_at: None,
        ringing_at: None,
        answered_at: None,
        ended_at: None,
        outcome: None,
        answered_by: None,
        contradiction: None,
        result: None,
        cause: Cause::default(),
        digits: Digits::default(),
        transfer: None,
    }
}

async fn run_release(connection: &mut Connection, engine: &str, calls: &[CallId]) -> Result<(), StoreError> {
    const CALL: &[Column] = &[Column::Word("id")];
    let dialect = connection.dialect();
    let mut asked = Rows::of(CALL);
    for call in calls {
        asked.push([call.to_string().into()]);
    }
    let queued = "live_calls.id = :id AND live_calls.state = 'queued' AND live_calls.contact IS NOT NULL";
    let wanted =
        "live_calls.id, live_calls.contact, live_calls.campaign, live_calls.project, live_calls.rest";
    let found = dialect
        .find(wanted, "live_calls", queued, asked)
        .all(&mut *connection)
        .await?;
    let (mut gone, mut contacts, mut tallies) = (Rows::of(CALL), Rows::of(CONTACT), Tallies::default());
    for row in &found {
        gone.push([row.try_get::<&str>("id")?.into()]);
        contacts.push([row.try_get::<i64>("contact")?.into()]);
        let campaign: i64 = row.try_get("campaign")?;
        tallies.contacts(campaign, Some(ContactState::Claimed), ContactState::Pending, 1);
        tallies.calls(campaign, -1);
        tallies.caller_id_unused(row.try_get::<i64>("project")?.try_into()?, &line::shown(row)?);
    }
    if found.is_empty() {
        return Ok(());
    }
    dialect.delete("live_calls", gone).run(connection).await?;
    let again = [("state", "'pending'"), ("attempts", "contacts.attempts - 1")];
    let again = dialect.update("contacts", &again, "contacts.state = 'claimed'", contacts);
    again.run(connection).await?;
    tallies.write(connection, engine).await
}
