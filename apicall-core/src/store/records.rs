//! Records of calls, written many at a time: a few statements for a whole batch, whatever its size.
//!
//! A row of the batch is a row of a JSON array that SQLite reads as a table, so the statements never change and are
//! prepared once.

use super::journal::{ContactFate, Reply};
use super::{Answer, StoreError};
use crate::model::{Call, CallId, CampaignId, ContactId, Moment, Timestamp, TrunkId};
use serde::Serialize;
use sqlx::SqliteConnection;
use std::collections::HashMap;
use tokio::sync::oneshot;

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
        if let Some(reply) = self.reply.take() {
            // Whoever asked may be gone; the work is done all the same.
            let _ = reply.send(result);
        }
    }
}

/// Writes new records.
pub(super) async fn insert(connection: &mut SqliteConnection, calls: &[Call]) -> Result<(), StoreError> {
    if calls.is_empty() {
        return Ok(());
    }
    let rows: Result<Vec<_>, _> = calls.iter().map(NewRow::new).collect();
    sqlx::query(
        "INSERT INTO calls (id, project, campaign, contact, origin, number, switch, trunk, state, created_at, answered_at, record)
         SELECT value ->> 'id', value ->> 'project', value ->> 'campaign', value ->> 'contact', value ->> 'origin',
                value ->> 'number', value ->> 'switch', value ->> 'trunk', value ->> 'state', value ->> 'created_at',
                value ->> 'answered_at', value ->> 'record'
         FROM json_each(?)",
    )
    .bind(serde_json::to_string(&rows?)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a batch of records. One that has ended is final: what comes after its end changes nothing.
pub(super) async fn update(connection: &mut SqliteConnection, batch: &Batch<'_>) -> Result<(), StoreError> {
    // The timeline and the contacts first: both ask whether the record has ended before this.
    if !batch.moments.is_empty() {
        sqlx::query(
            "INSERT INTO moments (call, at, event)
             SELECT new.value ->> 0, new.value ->> 1, new.value ->> 2 FROM json_each(?) AS new
             CROSS JOIN calls ON calls.id = new.value ->> 0 WHERE calls.state <> 'ended'",
        )
        .bind(serde_json::to_string(&batch.moments)?)
        .execute(&mut *connection)
        .await?;
    }
    if !batch.fates.is_empty() {
        sqlx::query(
            "UPDATE contacts SET state = new.state, next_attempt_at = new.at, last_outcome = new.outcome
             FROM (SELECT value ->> 'contact' AS id, value ->> 'state' AS state, value ->> 'at' AS at,
                          value ->> 'outcome' AS outcome, value ->> 'call' AS call FROM json_each(?)) AS new
             WHERE contacts.id = new.id AND contacts.state = 'claimed'
                   AND EXISTS (SELECT 1 FROM calls WHERE calls.id = new.call AND calls.state <> 'ended')",
        )
        .bind(serde_json::to_string(&batch.fates)?)
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "UPDATE calls SET state = new.state, dialed_at = new.dialed_at, answered_at = new.answered_at,
                ended_at = new.ended_at, outcome = new.outcome, answered_by = new.answered_by, result = new.result,
                record = new.record
         FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state, value ->> 'dialed_at' AS dialed_at,
                      value ->> 'answered_at' AS answered_at, value ->> 'ended_at' AS ended_at,
                      value ->> 'outcome' AS outcome, value ->> 'answered_by' AS answered_by,
                      value ->> 'result' AS result, value ->> 'record' AS record FROM json_each(?)) AS new
         WHERE calls.id = new.id AND calls.state <> 'ended'",
    )
    .bind(serde_json::to_string(&batch.rows)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// What records come to: each call once, as it was last.
#[derive(Default)]
pub(super) struct Batch<'a> {
    rows: Vec<Row<'a>>,
    moments: Vec<(CallId, i64, String)>,
    fates: Vec<Fate<'a>>,
}

impl<'a> Batch<'a> {
    /// These records, in their order.
    pub(super) fn of(records: impl Iterator<Item = &'a Record>) -> Result<Self, StoreError> {
        let mut batch = Self::default();
        let mut places: HashMap<CallId, usize> = HashMap::new();
        for record in records {
            let call = &record.call;
            let place = *places.entry(call.id).or_insert(batch.rows.len());
            match batch.rows.get_mut(place) {
                Some(earlier) if earlier.outcome.is_some() => continue,
                Some(earlier) => *earlier = Row::new(call)?,
                None => batch.rows.push(Row::new(call)?),
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

#[derive(Serialize)]
struct NewRow<'a> {
    id: CallId,
    project: i64,
    campaign: Option<i64>,
    contact: Option<i64>,
    origin: &'static str,
    number: Option<String>,
    switch: Option<&'a str>,
    trunk: Option<i64>,
    state: &'static str,
    created_at: i64,
    answered_at: Option<i64>,
    record: String,
}

impl<'a> NewRow<'a> {
    fn new(call: &'a Call) -> Result<Self, StoreError> {
        Ok(Self {
            id: call.id,
            project: call.project.get(),
            campaign: call.campaign.map(CampaignId::get),
            contact: call.contact.map(ContactId::get),
            origin: call.origin.as_str(),
            number: call.number.as_ref().map(ToString::to_string),
            switch: call.switch.as_ref().map(|switch| switch.as_str()),
            trunk: call.trunk.map(TrunkId::get),
            state: call.state.as_str(),
            created_at: call.created_at.millis(),
            answered_at: call.answered_at.map(Timestamp::millis),
            record: serde_json::to_string(call)?,
        })
    }
}

#[derive(Serialize)]
struct Row<'a> {
    id: CallId,
    state: &'static str,
    dialed_at: Option<i64>,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    outcome: Option<&'static str>,
    answered_by: Option<&'static str>,
    result: Option<&'a str>,
    record: String,
}

impl<'a> Row<'a> {
    fn new(call: &'a Call) -> Result<Self, StoreError> {
        Ok(Self {
            id: call.id,
            state: call.state.as_str(),
            dialed_at: call.dialed_at.map(Timestamp::millis),
            answered_at: call.answered_at.map(Timestamp::millis),
            ended_at: call.ended_at.map(Timestamp::millis),
            outcome: call.outcome.map(|outcome| outcome.as_str()),
            answered_by: call.answered_by.map(|by| by.as_str()),
            result: call.result.as_ref().map(|result| result.as_str()),
            record: serde_json::to_string(call)?,
        })
    }
}

#[derive(Serialize)]
struct Fate<'a> {
    call: CallId,
    contact: i64,
    state: &'a str,
    at: i64,
    outcome: Option<&'static str>,
}

impl Fate<'_> {
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
