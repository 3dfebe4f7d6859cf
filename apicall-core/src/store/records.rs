//! Records of calls, written many at a time: a few statements for a whole batch, whatever its size.
//!
//! Between the thread that asks and the one that has the database every statement costs two hand-overs, which is more than
//! the statement itself.

use super::db::{Column, Connection, Rows, Value, sql};
use super::journal::{ContactFate, Reply};
use super::{Answer, StoreError};
use crate::model::{Call, CallId, CampaignId, ContactId, Moment, Timestamp, TrunkId};
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
pub(super) async fn insert(
    connection: &mut Connection,
    engine: &str,
    calls: &[Call],
) -> Result<(), StoreError> {
    if calls.is_empty() {
        return Ok(());
    }
    let mut new = Rows::of(CALL);
    for call in calls {
        new.push([
            call.id.to_string().into(),
            call.project.get().into(),
            call.campaign.map(CampaignId::get).into(),
            call.contact.map(ContactId::get).into(),
            call.origin.as_str().into(),
            call.number.as_ref().map(ToString::to_string).into(),
            call.switch.as_ref().map(ToString::to_string).into(),
            call.trunk.map(TrunkId::get).into(),
            call.state.as_str().into(),
            call.created_at.millis().into(),
            call.answered_at.map(Timestamp::millis).into(),
            engine.into(),
            serde_json::to_string(call)?.into(),
        ]);
    }
    let mut insert = sql(
        "INSERT INTO calls (id, project, campaign, contact, origin, number, switch, trunk, state, created_at, answered_at, engine,
                            record)
         SELECT new.id, new.project, new.campaign, new.contact, new.origin, new.number, new.switch, new.trunk, new.state,
                new.created_at, new.answered_at, new.engine, new.record FROM ",
    );
    connection.dialect().push_rows(&mut insert, new);
    insert.run(connection).await?;
    Ok(())
}

/// Writes a batch of records. One that has ended is final: what comes after its end changes nothing.
pub(super) async fn update(connection: &mut Connection, batch: Batch) -> Result<(), StoreError> {
    let dialect = connection.dialect();
    // The timeline and the contacts first: both ask whether the record has ended before this.
    for moments in batch.moments {
        let mut sql = sql("INSERT INTO moments (call_id, at, event) SELECT new.id, new.at, new.event FROM ");
        dialect.push_rows(&mut sql, moments);
        sql.push(dialect.in_order)
            .push("calls ON calls.id = new.id WHERE calls.state <> 'ended'");
        sql.run(connection).await?;
    }
    if !batch.fates.is_empty() {
        let columns = ["state", "next_attempt_at", "last_outcome"];
        let filter = "contacts.state = 'claimed'
            AND EXISTS (SELECT 1 FROM calls WHERE calls.id = new.call_id AND calls.state <> 'ended')";
        dialect
            .update_from("contacts", &columns, batch.fates, filter)
            .run(connection)
            .await?;
    }
    let columns = [
        "state",
        "dialed_at",
        "answered_at",
        "ended_at",
        "outcome",
        "answered_by",
        "result",
        "record",
    ];
    let sql = dialect.update_from("calls", &columns, batch.rows, "calls.state <> 'ended'");
    sql.run(connection).await?;
    Ok(())
}

/// What records come to: each call once, as it was last.
#[derive(Debug)]
pub(super) struct Batch {
    rows: Rows,
    /// Some rows of one statement each.
    moments: Vec<Rows>,
    fates: Rows,
}

const CALL: &[Column] = &[
    Column::Word("id"),
    Column::Int("project"),
    Column::Int("campaign"),
    Column::Int("contact"),
    Column::Word("origin"),
    Column::Word("number"),
    Column::Word("switch"),
    Column::Int("trunk"),
    Column::Word("state"),
    Column::Int("created_at"),
    Column::Int("answered_at"),
    Column::Word("engine"),
    Column::Text("record"),
];
const ROW: &[Column] = &[
    Column::Word("id"),
    Column::Word("state"),
    Column::Int("dialed_at"),
    Column::Int("answered_at"),
    Column::Int("ended_at"),
    Column::Word("outcome"),
    Column::Word("answered_by"),
    Column::Text("result"),
    Column::Text("record"),
];
const MOMENT: &[Column] = &[Column::Word("id"), Column::Int("at"), Column::Text("event")];
const FATE: &[Column] = &[
    Column::Int("id"),
    Column::Word("call_id"),
    Column::Word("state"),
    Column::Int("next_attempt_at"),
    Column::Word("last_outcome"),
];

impl Batch {
    /// These records, in their order.
    pub(super) fn of<'a>(records: impl Iterator<Item = &'a Record>) -> Result<Self, StoreError> {
        let (mut latest, mut fates): (Vec<&Call>, _) = (Vec::new(), Rows::of(FATE));
        let mut places: HashMap<CallId, usize> = HashMap::new();
        let mut moments = Vec::new();
        for record in records {
            let call = &record.call;
            let place = *places.entry(call.id).or_insert(latest.len());
            match latest.get_mut(place) {
                Some(earlier) if earlier.outcome.is_some() => continue,
                Some(earlier) => *earlier = call,
                None => latest.push(call),
            }
            moments.extend(record.moments.iter().map(|moment| (call.id, moment)));
            if let (Some(contact), Some(fate)) = (call.contact, record.fate) {
                fates.push(fate_row(call, contact, fate));
            }
        }
        Ok(Self {
            rows: rows(&latest)?,
            moments: moments
                .chunks(MOMENTS)
                .map(moment_rows)
                .collect::<Result<_, _>>()?,
            fates,
        })
    }
}

fn rows(calls: &[&Call]) -> Result<Rows, StoreError> {
    let mut rows = Rows::of(ROW);
    for call in calls {
        rows.push([
            call.id.to_string().into(),
            call.state.as_str().into(),
            call.dialed_at.map(Timestamp::millis).into(),
            call.answered_at.map(Timestamp::millis).into(),
            call.ended_at.map(Timestamp::millis).into(),
            call.outcome.map(|outcome| outcome.as_str()).into(),
            call.answered_by.map(|by| by.as_str()).into(),
            call.result.as_ref().map(ToString::to_string).into(),
            serde_json::to_string(call)?.into(),
        ]);
    }
    Ok(rows)
}

fn moment_rows(moments: &[(CallId, &Moment)]) -> Result<Rows, StoreError> {
    let mut rows = Rows::of(MOMENT);
    for (call, moment) in moments {
        let event = serde_json::to_string(&moment.event)?;
        rows.push([call.to_string().into(), moment.at.millis().into(), event.into()]);
    }
    Ok(rows)
}

fn fate_row(call: &Call, contact: ContactId, fate: ContactFate) -> [Value; 5] {
    let (state, at) = match fate {
        ContactFate::Done => ("done", 0),
        ContactFate::RetryAt(at) => ("pending", at.millis()),
    };
    [
        contact.get().into(),
        call.id.to_string().into(),
        state.into(),
        at.into(),
        call.outcome.map(|outcome| outcome.as_str()).into(),
    ]
}
