//! Records of calls, written many at a time: a few statements for a whole batch, whatever its size.
//!
//! Between the thread that asks and the one that has the database every statement costs two hand-overs, which is more than
//! the statement itself.

use super::journal::{ContactFate, Reply};
use super::{Answer, StoreError};
use crate::model::{Call, CallId, CampaignId, ContactId, Moment, Timestamp, TrunkId};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// Moments of one statement at most: three values each, of the 32,766 a statement may have.
const MOMENTS: usize = 8_000;

/// A call's record to be written as it is, what to add to its timeline, and what becomes of its contact.
#[derive(Debug)]
pub(super) struct Record {
    call: Call,
    moments: Vec<Moment>,
    fate: Option<ContactFate>,
    reply: Option<Answer<()>>,
}

impl Record {
    pub(super) fn new(call: Call, moments: Vec<Moment>, fate: Option<ContactFate>) -> (Self, Reply<()>) {
        let (reply, answer) = oneshot::channel();
        let record = Self {
            call,
            moments,
            fate,
            reply: Some(reply),
        };
        (record, answer)
    }

    pub(super) fn settle(&mut self, result: Result<(), StoreError>) {
        let Some(reply) = self.reply.take() else { return };
        if let Err(Err(error)) = reply.send(result) {
            // Nobody waits for it, so nobody else says so.
            tracing::error!(call = %self.call.id, %error, "the store refused a record");
        }
    }
}

/// Writes new records.
pub(super) async fn insert(connection: &mut SqliteConnection, calls: &[Call]) -> Result<(), StoreError> {
    if calls.is_empty() {
        return Ok(());
    }
    let records: Result<Vec<_>, _> = calls.iter().map(serde_json::to_string).collect();
    let mut sql = QueryBuilder::new(
        "INSERT INTO calls (id, project, campaign, contact, origin, number, switch, trunk, state, created_at, answered_at, record) ",
    );
    sql.push_values(calls.iter().zip(records?), |mut row, (call, record)| {
        row.push_bind(call.id.to_string())
            .push_bind(call.project.get())
            .push_bind(call.campaign.map(CampaignId::get))
            .push_bind(call.contact.map(ContactId::get))
            .push_bind(call.origin.as_str())
            .push_bind(call.number.as_ref().map(ToString::to_string))
            .push_bind(call.switch.as_ref().map(ToString::to_string))
            .push_bind(call.trunk.map(TrunkId::get))
            .push_bind(call.state.as_str())
            .push_bind(call.created_at.millis())
            .push_bind(call.answered_at.map(Timestamp::millis))
            .push_bind(record);
    });
    run(connection, sql).await
}

/// Writes a batch of records. One that has ended is final: what comes after its end changes nothing.
pub(super) async fn update(connection: &mut SqliteConnection, batch: &Batch<'_>) -> Result<(), StoreError> {
    // The timeline and the contacts first: both ask whether the record has ended before this.
    for moments in batch.moments.chunks(MOMENTS) {
        let mut sql = QueryBuilder::new("WITH new (call, at, event) AS (");
        sql.push_values(moments, |mut row, (call, at, event)| {
            row.push_bind(call.to_string())
                .push_bind(*at)
                .push_bind(event.as_str());
        });
        sql.push(
            ") INSERT INTO moments (call, at, event) SELECT new.call, new.at, new.event
             FROM new CROSS JOIN calls ON calls.id = new.call WHERE calls.state <> 'ended'",
        );
        run(connection, sql).await?;
    }
    if !batch.fates.is_empty() {
        let mut sql = QueryBuilder::new("WITH new (call, contact, state, at, outcome) AS (");
        sql.push_values(&batch.fates, |mut row, fate| {
            row.push_bind(fate.call.to_string())
                .push_bind(fate.contact)
                .push_bind(fate.state)
                .push_bind(fate.at)
                .push_bind(fate.outcome);
        });
        sql.push(
            ") UPDATE contacts SET state = new.state, next_attempt_at = new.at, last_outcome = new.outcome FROM new
             WHERE contacts.id = new.contact AND contacts.state = 'claimed'
                   AND EXISTS (SELECT 1 FROM calls WHERE calls.id = new.call AND calls.state <> 'ended')",
        );
        run(connection, sql).await?;
    }
    let mut sql = QueryBuilder::new(
        "WITH new (id, state, dialed_at, answered_at, ended_at, outcome, answered_by, result, record) AS (",
    );
    sql.push_values(&batch.rows, |mut row, (call, record)| {
        row.push_bind(call.id.to_string())
            .push_bind(call.state.as_str())
            .push_bind(call.dialed_at.map(Timestamp::millis))
            .push_bind(call.answered_at.map(Timestamp::millis))
            .push_bind(call.ended_at.map(Timestamp::millis))
            .push_bind(call.outcome.map(|outcome| outcome.as_str()))
            .push_bind(call.answered_by.map(|by| by.as_str()))
            .push_bind(call.result.as_ref().map(ToString::to_string))
            .push_bind(record.as_str());
    });
    sql.push(
        ") UPDATE calls SET state = new.state, dialed_at = new.dialed_at, answered_at = new.answered_at,
                ended_at = new.ended_at, outcome = new.outcome, answered_by = new.answered_by, result = new.result,
                record = new.record
         FROM new WHERE calls.id = new.id AND calls.state <> 'ended'",
    );
    run(connection, sql).await
}

/// Statements differ by their count of rows: one is prepared, run, and not kept.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    mut sql: QueryBuilder<Sqlite>,
) -> Result<(), StoreError> {
    sql.build().persistent(false).execute(connection).await?;
    Ok(())
}

/// What records come to: each call once, as it was last.
#[derive(Default)]
pub(super) struct Batch<'a> {
    rows: Vec<(&'a Call, String)>,
    moments: Vec<(CallId, i64, String)>,
    fates: Vec<Fate>,
}

impl<'a> Batch<'a> {
    /// These records, in their order.
    pub(super) fn of(records: impl Iterator<Item = &'a Record>) -> Result<Self, StoreError> {
        let mut batch = Self::default();
        let mut places: HashMap<CallId, usize> = HashMap::new();
        for record in records {
            let call = &record.call;
            let place = *places.entry(call.id).or_insert(batch.rows.len());
            let row = (call, serde_json::to_string(call)?);
            match batch.rows.get_mut(place) {
                Some((earlier, _)) if earlier.outcome.is_some() => continue,
                Some(earlier) => *earlier = row,
                None => batch.rows.push(row),
            }
            for moment in &record.moments {
                let event = serde_json::to_string(&moment.event)?;
                batch.moments.push((call.id, moment.at.millis(), event));
            }
            if let (Some(contact), Some(fate)) = (call.contact, record.fate) {
                batch.fates.push(Fate::new(call, contact, fate));
            }
        }
        Ok(batch)
    }
}

struct Fate {
    call: CallId,
    contact: i64,
    state: &'static str,
    at: i64,
    outcome: Option<&'static str>,
}

impl Fate {
    fn new(call: &Call, contact: ContactId, fate: ContactFate) -> Self {
        let (state, at) = match fate {
            ContactFate::Done => ("done", 0),
            ContactFate::RetryAt(at) => ("pending", at.millis()),
        };
        Self {
            call: call.id,
            contact: contact.get(),
            state,
            at,
            outcome: call.outcome.map(|outcome| outcome.as_str()),
        }
    }
}
