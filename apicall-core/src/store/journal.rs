//! The dialer's writes: ordered, answered once they are on disk, never waited for by the one who hands them over.

use super::StoreError;
use super::writer::{Job, Step, StepFuture, Task};
use crate::model::{
    Call, CallId, CallState, CallerId, CampaignId, Cause, ContactId, Digits, Moment, Origin, PhoneNumber,
    ProjectId, SwitchName, Timestamp, TrunkId, Variables,
};
use sqlx::{Row, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

/// The answer to come.
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
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Journal {
    pub(super) fn new(jobs: mpsc::Sender<Box<dyn Job>>) -> Self {
        Self { jobs }
    }

    /// Claims contacts: each is marked and gets the record of its call, in one transaction.
    pub fn claim(&self, claim: Claim) -> Result<Reply<Claimed>, Full> {
        self.hand_over(false, move |connection| {
            let claim = claim.clone();
            Box::pin(async move { run_claim(connection, &claim).await })
        })
    }

    /// Writes a new call's record.
    pub fn place(&self, call: Call) -> Result<Reply<()>, Full> {
        self.hand_over(false, move |connection| {
            let call = call.clone();
            Box::pin(async move { insert(connection, &call).await })
        })
    }

    /// Forgets campaign calls that never left; their contacts wait again as if nothing had been.
    pub fn release(&self, calls: Vec<CallId>) -> Result<Reply<()>, Full> {
        self.hand_over(true, move |connection| {
            let calls = calls.clone();
            Box::pin(async move { run_release(connection, &calls).await })
        })
    }

    /// Writes a call's record as it is, and adds to its timeline. A record that has ended stays as it is.
    pub fn save(&self, call: Call, moments: Vec<Moment>) -> Result<Reply<()>, Full> {
        self.hand_over(true, move |connection| {
            let (call, moments) = (call.clone(), moments.clone());
            Box::pin(async move { update(connection, &call, &moments).await.map(drop) })
        })
    }

    /// The same for a call that has ended, with what becomes of its contact.
    pub fn finish(
        &self,
        call: Call,
        moments: Vec<Moment>,
        fate: Option<ContactFate>,
    ) -> Result<Reply<()>, Full> {
        self.hand_over(true, move |connection| {
            let (call, moments) = (call.clone(), moments.clone());
            Box::pin(async move { run_finish(connection, &call, &moments, fate).await })
        })
    }

    pub(super) fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Full,
            mpsc::error::TrySendError::Closed(_) => StoreError::Away("the writer has stopped".to_owned()),
        })
    }

    fn hand_over<T: Send + 'static>(
        &self,
        kept: bool,
        step: impl for<'c> Fn(&'c mut SqliteConnection) -> StepFuture<'c, T> + Send + 'static,
    ) -> Result<Reply<T>, Full> {
        let step: Step<T> = Box::new(step);
        let (job, reply) = Task::with_reply(kept, step);
        self.submit(job).map_err(|_| Full)?;
        Ok(reply)
    }
}

async fn run_claim(connection: &mut SqliteConnection, claim: &Claim) -> Result<Claimed, StoreError> {
    let rows = sqlx::query(
        "UPDATE contacts SET state = 'claimed', attempts = attempts + 1 WHERE id IN (
             SELECT id FROM contacts WHERE campaign = ? AND state = 'pending' AND next_attempt_at <= ?
             ORDER BY next_attempt_at, id LIMIT ?)
         RETURNING id, number, variables, attempts",
    )
    .bind(claim.campaign.get())
    .bind(claim.now.millis())
    .bind(claim.limit)
    .fetch_all(&mut *connection)
    .await?;
    let mut calls = Vec::with_capacity(rows.len());
    for row in rows {
        let variables: Variables = serde_json::from_str(row.try_get("variables")?)?;
        let number: PhoneNumber = row.try_get::<&str, _>("number")?.parse()?;
        let contact: ContactId = row.try_get::<i64, _>("id")?.try_into()?;
        let call = queued(claim, contact, row.try_get("attempts")?, number, variables);
        insert(connection, &call).await?;
        calls.push(call);
    }
    calls.sort_by_key(|call| call.contact);
    let rest = sqlx::query(
        "SELECT (SELECT min(next_attempt_at) FROM contacts WHERE campaign = ?1 AND state = 'pending') AS due,
                EXISTS (SELECT 1 FROM contacts WHERE campaign = ?1 AND state = 'claimed') AS claimed",
    )
    .bind(claim.campaign.get())
    .fetch_one(&mut *connection)
    .await?;
    let due: Option<i64> = rest.try_get("due")?;
    let next_due = due.map(|due| Timestamp::from_millis(due).max(claim.now));
    let exhausted = due.is_none() && !rest.try_get::<bool, _>("claimed")?;
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

async fn insert(connection: &mut SqliteConnection, call: &Call) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO calls (id, project, campaign, contact, origin, number, switch, trunk, state, created_at, answered_at, record)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(call.id.to_string())
    .bind(call.project.get())
    .bind(call.campaign.map(CampaignId::get))
    .bind(call.contact.map(ContactId::get))
    .bind(call.origin.as_str())
    .bind(call.number.as_ref().map(ToString::to_string))
    .bind(call.switch.as_ref().map(ToString::to_string))
    .bind(call.trunk.map(TrunkId::get))
    .bind(call.state.as_str())
    .bind(call.created_at.millis())
    .bind(call.answered_at.map(Timestamp::millis))
    .bind(serde_json::to_string(call)?)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Whether there was a record to update: an ended one is final.
async fn update(
    connection: &mut SqliteConnection,
    call: &Call,
    moments: &[Moment],
) -> Result<bool, StoreError> {
    let updated = sqlx::query(
        "UPDATE calls SET state = ?, dialed_at = ?, answered_at = ?, ended_at = ?, outcome = ?, answered_by = ?,
                result = ?, record = ? WHERE id = ? AND state <> 'ended'",
    )
    .bind(call.state.as_str())
    .bind(call.dialed_at.map(Timestamp::millis))
    .bind(call.answered_at.map(Timestamp::millis))
    .bind(call.ended_at.map(Timestamp::millis))
    .bind(call.outcome.map(|outcome| outcome.as_str()))
    .bind(call.answered_by.map(|by| by.as_str()))
    .bind(call.result.as_ref().map(ToString::to_string))
    .bind(serde_json::to_string(call)?)
    .bind(call.id.to_string())
    .execute(&mut *connection)
    .await?;
    if updated.rows_affected() == 0 {
        return Ok(false);
    }
    for moment in moments {
        sqlx::query("INSERT INTO moments (call, at, event) VALUES (?, ?, ?)")
            .bind(call.id.to_string())
            .bind(moment.at.millis())
            .bind(serde_json::to_string(&moment.event)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(true)
}

async fn run_finish(
    connection: &mut SqliteConnection,
    call: &Call,
    moments: &[Moment],
    fate: Option<ContactFate>,
) -> Result<(), StoreError> {
    let ended = update(connection, call, moments).await?;
    if let (true, Some(contact), Some(fate)) = (ended, call.contact, fate) {
        let (state, at) = match fate {
            ContactFate::Done => ("done", 0),
            ContactFate::RetryAt(at) => ("pending", at.millis()),
        };
        sqlx::query("UPDATE contacts SET state = ?, next_attempt_at = ?, last_outcome = ? WHERE id = ? AND state = 'claimed'")
            .bind(state)
            .bind(at)
            .bind(call.outcome.map(|outcome| outcome.as_str()))
            .bind(contact.get())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn run_release(connection: &mut SqliteConnection, calls: &[CallId]) -> Result<(), StoreError> {
    for call in calls {
        let contact: Option<Option<i64>> =
            sqlx::query_scalar("DELETE FROM calls WHERE id = ? AND state = 'queued' RETURNING contact")
                .bind(call.to_string())
                .fetch_optional(&mut *connection)
                .await?;
        sqlx::query("UPDATE contacts SET state = 'pending', attempts = attempts - 1 WHERE id = ? AND state = 'claimed'")
            .bind(contact.flatten())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
