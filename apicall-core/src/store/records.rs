//! Records of calls, written many at a time: a few statements for a whole batch, whatever its size.
//!
//! A call that lives has a small row in `live_calls`, changed as it goes on; with its end the row goes and the record is
//! written to `calls`, once and for good. What a record holds beside its columns is made into text by whoever hands it over,
//! not while others wait for the writer.

use super::db::{Column, Connection, Rows};
use super::journal::{ContactFate, Reply};
use super::line::{self, Line};
use super::tallies::Tallies;
use super::{Answer, StoreError, deliveries};
use crate::model::{Call, CallId, ContactState, Moment};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// A call's record to be written as it is, what to add to its timeline, and what becomes of its contact.
#[derive(Debug)]
pub(super) struct Record {
    row: Line,
    /// Moments as JSON, with commas between them.
    events: String,
    fate: Option<ContactFate>,
    reply: Option<Answer<()>>,
}

/// A new call's record.
#[derive(Debug)]
pub(super) struct Fresh {
    row: Line,
    reply: Option<Answer<()>>,
}

impl Record {
    pub(super) fn new(call: Call, moments: &[Moment], fate: Option<ContactFate>) -> (Self, Reply<()>) {
        let (reply, answer) = oneshot::channel();
        let mut events = serde_json::to_string(moments).expect("moments are JSON");
        events.pop();
        events.remove(0);
        let record = Self {
            row: call.into(),
            events,
            fate,
            reply: Some(reply),
        };
        (record, answer)
    }

    pub(super) fn settle(&mut self, result: Result<(), StoreError>) {
        let Some(reply) = self.reply.take() else { return };
        if let Err(Err(error)) = reply.send(result) {
            // Nobody waits for it, so nobody else says so.
            tracing::error!(call = %self.row.call.id, %error, "the store refused a record");
        }
    }
}

impl Fresh {
    pub(super) fn new(call: Call) -> (Self, Reply<()>) {
        let (reply, answer) = oneshot::channel();
        let fresh = Self {
            row: call.into(),
            reply: Some(reply),
        };
        (fresh, answer)
    }

    pub(super) const fn row(&self) -> &Line {
        &self.row
    }

    pub(super) fn settle(&mut self, result: Result<(), StoreError>) {
        if let Some(reply) = self.reply.take() {
            // Whoever asked may be gone; the call is there all the same.
            let _ = reply.send(result);
        }
    }
}

const ID: &[Column] = &[Column::Word("id")];
const EVENTS: &[Column] = &[Column::Word("call_id"), Column::Text("events")];
const FATE: &[Column] = &[
    Column::Int("id"),
    Column::Word("state"),
    Column::Int("next_attempt_at"),
    Column::Word("last_outcome"),
];

/// The next piece of a call's timeline.
const PIECE: (&str, &str) = (
    "piece",
    "(SELECT coalesce(max(m.piece), 0) + 1 FROM moments AS m WHERE m.call_id = :call_id)",
);

/// Writes new records.
pub(super) async fn insert(
    connection: &mut Connection,
    engine: &str,
    fresh: impl Iterator<Item = &Line>,
) -> Result<(), StoreError> {
    let (mut new, mut told) = (Rows::of(line::LIVE), Vec::new());
    for row in fresh {
        new.push(row.live(engine));
        told.extend(Some(&row.call).filter(|call| call.answered_at.is_some()));
    }
    deliveries::tell_placed(connection, &told).await?;
    if !new.is_empty() {
        connection
            .dialect()
            .insert("live_calls", &[], new)
            .run(connection)
            .await?;
    }
    Ok(())
}

/// Writes a batch of records. One that has ended is final: what comes after its end changes nothing.
pub(super) async fn update(
    connection: &mut Connection,
    engine: &str,
    records: &[&Record],
) -> Result<(), StoreError> {
    let batch = Batch::of(records, engine);
    let dialect = connection.dialect();
    let of = batch.changed.count() + batch.gone.count();
    deliveries::tell_calls(connection, &batch.told).await?;
    let lived = live_on(connection, batch.changed, batch.gone).await?;
    if lived == 0 && of == 1 {
        return Ok(());
    }
    expect_all("a record of a call that has ended is among them", lived, of)?;
    for (table, more, rows) in [
        ("calls", &[][..], batch.ended),
        ("moments", &[PIECE], batch.events),
    ] {
        if !rows.is_empty() {
            dialect.insert(table, more, rows).run(connection).await?;
        }
    }
    let (mut contacts, fates) = (0, batch.fates.count());
    if fates > 0 {
        let set = [
            ("state", ":state"),
            ("next_attempt_at", ":next_attempt_at"),
            ("last_outcome", ":last_outcome"),
            // Whatever held it back has let it go.
            ("held_by", "NULL"),
        ];
        let fates = dialect.update("contacts", &set, "contacts.state = 'claimed'", batch.fates);
        contacts = fates.run(connection).await?;
    }
    let mut tallies = batch.tallies;
    if contacts == 0 && fates == 1 {
        tallies.forget_contacts();
    } else {
        expect_all("a contact that is not called is among them", contacts, fates)?;
    }
    tallies.write(connection, engine).await
}

/// Changes those that live, and lets those go that do not any more; how many there were.
async fn live_on(connection: &mut Connection, changed: Rows, gone: Rows) -> Result<u64, StoreError> {
    let (dialect, mut lived) = (connection.dialect(), 0);
    if !changed.is_empty() {
        let set = [
            ("state", ":state"),
            ("dialed_at", ":dialed_at"),
            ("answered_at", ":answered_at"),
            ("answered_by", ":answered_by"),
            ("result", ":result"),
            ("rest", ":rest"),
        ];
        let changed = dialect.update("live_calls", &set, "TRUE", changed);
        lived += changed.run(connection).await?;
    }
    if !gone.is_empty() {
        lived += dialect.delete("live_calls", gone).run(connection).await?;
    }
    Ok(lived)
}

/// What is written together counts on each having found what it is about; when one has not, each is tried apart.
fn expect_all(otherwise: &str, found: u64, of: u64) -> Result<(), StoreError> {
    if found == of {
        Ok(())
    } else {
        Err(StoreError::Refused(otherwise.to_owned()))
    }
}

/// What records come to: each call once, as it was last.
#[derive(Debug)]
struct Batch<'a> {
    /// Live calls.
    changed: Rows,
    /// Calls that live no longer, and their records.
    gone: Rows,
    ended: Rows,
    events: Rows,
    fates: Rows,
    tallies: Tallies,
    /// Calls of whose answer or end somebody may want to be told.
    told: Vec<&'a Call>,
}

/// What a batch brings of one call.
#[derive(Default)]
struct Latest<'a> {
    row: Option<&'a Line>,
    fate: Option<ContactFate>,
    events: Vec<&'a str>,
}

impl<'a> Batch<'a> {
    /// These records, in their order.
    fn of(records: &[&'a Record], engine: &str) -> Self {
        let mut latest: Vec<Latest<'a>> = Vec::with_capacity(records.len());
        let mut places: HashMap<CallId, usize> = HashMap::with_capacity(records.len());
        for record in records {
            let place = *places.entry(record.row.call.id).or_insert(latest.len());
            if place == latest.len() {
                latest.push(Latest::default());
            }
            let seen = &mut latest[place];
            if seen.row.is_some_and(|row| row.call.outcome.is_some()) {
                continue;
            }
            seen.row = Some(&record.row);
            seen.fate = record.fate;
            seen.events
                .extend(Some(record.events.as_str()).filter(|events| !events.is_empty()));
        }
        let mut batch = Self {
            changed: Rows::of(line::CHANGED),
            gone: Rows::of(ID),
            ended: Rows::of(line::ENDED),
            events: Rows::of(EVENTS),
            fates: Rows::of(FATE),
            tallies: Tallies::default(),
            told: Vec::new(),
        };
        for latest in latest {
            batch.add(&latest, engine);
        }
        batch
    }

    fn add(&mut self, latest: &Latest<'a>, engine: &str) {
        let Some(row) = latest.row else { return };
        let call = &row.call;
        if call.answered_at.is_some() || call.outcome.is_some() {
            self.told.push(call);
        }
        if call.outcome.is_some() {
            self.gone.push([call.id.to_string().into()]);
            self.ended.push(row.ended(engine));
            self.tallies.ended(call);
        } else {
            self.changed.push(row.changed());
        }
        if !latest.events.is_empty() {
            let events = format!("[{}]", latest.events.join(","));
            self.events.push([call.id.to_string().into(), events.into()]);
        }
        if let (Some(contact), Some(campaign), Some(fate)) = (call.contact, call.campaign, latest.fate) {
            let (state, at) = match fate {
                ContactFate::Done => (ContactState::Done, 0),
                ContactFate::RetryAt(at) => (ContactState::Pending, at.millis()),
            };
            let outcome = call.outcome.map(|outcome| outcome.as_str());
            self.fates.push([
                contact.get().into(),
                state.as_str().into(),
                at.into(),
                outcome.into(),
            ]);
            self.tallies
                .contacts(campaign.get(), Some(ContactState::Claimed), state, 1);
        }
    }
}
