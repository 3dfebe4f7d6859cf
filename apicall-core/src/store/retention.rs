//! What goes because it is old: ended calls with their timelines, or timelines alone.
//!
//! Calls go in the order of their ends, a portion at a time: it is read beside the writer, handed to whoever wants to keep it
//! elsewhere, and only then removed, by one small transaction between those of the calls that live. How far that went is
//! written down in the same transaction, so that an audit knows what it cannot see any more.
//!
//! A call that a cap on the calls to a number counts stays, however short the time that was asked for: what is removed never
//! lets anybody be called more often. Counts (`campaign_tallies`, `outcome_tallies`, `detection_tallies`) and contacts stay as they are.
//!
//! Deliberately absent: when, how fast, and where records are written before.

use super::db::{Column, Connection, Row, Rows, Source, sql};
use super::error::once_more;
use super::line::{ENDED_COLUMNS, read};
use super::{Store, StoreError, tenure};
use crate::model::{Call, CallId, Moment, Project, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// Calls of a portion: some milliseconds of the writer's time.
const PORTION: u32 = 250;

/// What goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Old {
    /// Calls, and their timelines with them.
    Calls,
    /// Timelines alone: the calls stay.
    Timelines,
}

/// A record that may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRecord {
    /// The call.
    pub call: Call,
    /// The engine that dialed it; empty where a store has but one.
    pub engine: String,
    /// What happened in it; nothing when that went before.
    pub timeline: Vec<Moment>,
}

/// Up to where something was removed: the end of a call and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(i64, String);

/// Old records, portion by portion.
#[derive(Debug)]
pub struct Pruning {
    store: Store,
    what: Old,
    before: Timestamp,
    after: Option<Place>,
}

impl Old {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Timelines => "timelines",
        }
    }
}

impl Store {
    /// Begins to remove what belongs to calls that ended before a time.
    pub async fn prune(&self, what: Old, before: Timestamp) -> Result<Pruning, StoreError> {
        // A call that came late is behind the mark of calls, and goes all the same; timelines begin where they ended.
        let after = match what {
            Old::Calls => None,
            Old::Timelines => mark(&self.readers, what).await?,
        };
        Ok(Pruning {
            store: self.clone(),
            what,
            before,
            after,
        })
    }

    /// Since when calls are kept whatever was asked for, because a cap of some project counts them at this moment.
    pub async fn counted_since(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let mut reach = None;
        for row in &sql("SELECT doc FROM projects ORDER BY id")
            .all(&self.readers)
            .await?
        {
            let project: Project = serde_json::from_str(row.try_get("doc")?)?;
            reach = reach.max(project.number_caps.reach());
        }
        let back = |reach: std::time::Duration| i64::try_from(reach.as_millis()).unwrap_or(i64::MAX);
        Ok(reach.map(|reach| Timestamp::from_millis(now.millis().saturating_sub(back(reach)))))
    }

    /// How many calls ended before a time; of timelines, those that are still there.
    pub async fn count_old(&self, what: Old, before: Timestamp) -> Result<u64, StoreError> {
        let since = match what {
            Old::Calls => i64::MIN,
            Old::Timelines => mark(&self.readers, what)
                .await?
                .map_or(i64::MIN, |Place(at, _)| at),
        };
        let count = sql("SELECT count(*) FROM calls WHERE ended_at >= ? AND ended_at < ?");
        let count = count
            .bind(since)
            .bind(before.millis())
            .number(&self.readers)
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Whether it is for this engine to remove what is old: on a database of several, one of them does, the first by name.
    pub async fn is_to_prune(&self) -> Result<bool, StoreError> {
        if !self.shared {
            return Ok(true);
        }
        let first = tenure::first(&self.readers).await?;
        Ok(first.is_some_and(|first| first == self.engine()))
    }
}

impl Pruning {
    /// The next portion, oldest first; none when all that may go is gone. The same again until it is removed.
    pub async fn next(&self, now: Timestamp) -> Result<Option<Arc<[OldRecord]>>, StoreError> {
        let before = match self.what {
            Old::Calls => self
                .store
                .counted_since(now)
                .await?
                .map_or(self.before, |since| since.min(self.before)),
            Old::Timelines => self.before,
        };
        let Place(at, id) = self.after.clone().unwrap_or(Place(i64::MIN, String::new()));
        let mut page = sql("SELECT engine, ");
        page.push(ENDED_COLUMNS)
            .push(" FROM calls WHERE ended_at >= ")
            .push_bind(at);
        page.push(" AND (ended_at > ")
            .push_bind(at)
            .push(" OR id > ")
            .push_bind(id);
        page.push(") AND ended_at < ").push_bind(before.millis());
        page.push(" ORDER BY ended_at, id LIMIT ").push_bind(PORTION);
        let rows = page.all(&self.store.readers).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut timelines = self.timelines(&rows).await?;
        let record = |row: &Row| {
            let call = read(row)?;
            Ok(OldRecord {
                timeline: timelines.remove(&call.id).unwrap_or_default(),
                engine: row.try_get("engine")?,
                call,
            })
        };
        rows.iter()
            .map(record)
            .collect::<Result<Vec<_>, StoreError>>()
            .map(|records| Some(records.into()))
    }

    async fn timelines(&self, rows: &[Row]) -> Result<HashMap<CallId, Vec<Moment>>, StoreError> {
        let mut pieces = sql("SELECT call_id, events FROM moments WHERE call_id IN (");
        for (n, row) in rows.iter().enumerate() {
            pieces
                .push(if n == 0 { "" } else { ", " })
                .push_bind(row.try_get::<&str>("id")?);
        }
        pieces.push(") ORDER BY call_id, piece");
        let mut timelines: HashMap<CallId, Vec<Moment>> = HashMap::new();
        for row in &pieces.all(&self.store.readers).await? {
            let moments: Vec<Moment> = serde_json::from_str(row.try_get("events")?)?;
            timelines
                .entry(row.try_get::<&str>("call_id")?.parse()?)
                .or_default()
                .extend(moments);
        }
        Ok(timelines)
    }

    /// Removes a portion. Of those that somebody else removed meanwhile nothing is left to be done.
    pub async fn remove(&mut self, portion: Arc<[OldRecord]>) -> Result<(), StoreError> {
        let last = portion.last().map(|record| place(&record.call));
        let Some(last) = last else { return Ok(()) };
        let (what, to) = (self.what, last.clone());
        let removed = self.store.edit(move |connection| {
            let (portion, to) = (Arc::clone(&portion), to.clone());
            Box::pin(async move {
                remove(connection, what, &portion).await?;
                move_mark(connection, what, &to).await
            })
        });
        removed.await?;
        self.after = Some(last);
        Ok(())
    }
}

fn place(call: &Call) -> Place {
    Place(
        call.ended_at.map_or(i64::MIN, Timestamp::millis),
        call.id.to_string(),
    )
}

const ID: &[Column] = &[Column::Word("id")];
const OF_CALL: &[Column] = &[Column::Word("call_id")];
const FORMER: &[Column] = &[Column::Word("number"), Column::Int("contact")];
/// Nothing is found by it any more.
const NEEDLESS: &str = " AND former_contacts.contact = :contact
     AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.contact = :contact)
     AND NOT EXISTS (SELECT 1 FROM live_calls WHERE live_calls.contact = :contact)";

async fn remove(connection: &mut Connection, what: Old, portion: &[OldRecord]) -> Result<(), StoreError> {
    let dialect = connection.dialect();
    let (mut ids, mut of_calls, mut former) = (Rows::of(ID), Rows::of(OF_CALL), Rows::of(FORMER));
    for record in portion {
        let call = &record.call;
        ids.push([call.id.to_string().into()]);
        of_calls.push([call.id.to_string().into()]);
        if let (Some(number), Some(contact)) = (&call.number, call.contact) {
            former.push([number.to_string().into(), contact.get().into()]);
        }
    }
    dialect
        .delete_by("moments", "call_id", "", of_calls.clone())
        .run(&mut *connection)
        .await?;
    if what == Old::Timelines {
        return Ok(());
    }
    dialect.delete("calls", ids).run(&mut *connection).await?;
    dialect
        .delete_by("takeovers", "call_id", "", of_calls)
        .run(&mut *connection)
        .await?;
    if !former.is_empty() {
        dialect
            .delete_by("former_contacts", "number", NEEDLESS, former)
            .run(connection)
            .await?;
    }
    Ok(())
}

async fn mark(source: impl Source, what: Old) -> Result<Option<Place>, StoreError> {
    let row = sql("SELECT ended_at, call_id FROM pruned WHERE what = ?").bind(what.as_str());
    let row = row.first(source).await?;
    row.map(|row| Ok(Place(row.try_get("ended_at")?, row.try_get("call_id")?)))
        .transpose()
}

/// Since when everything of it is there; `None` when nothing was ever removed.
pub(super) async fn complete_after(source: impl Source, what: Old) -> Result<Option<Timestamp>, StoreError> {
    let mark = mark(source, what).await?;
    Ok(mark.map(|Place(at, _)| Timestamp::from_millis(at)))
}

/// The mark goes forward only.
async fn move_mark(connection: &mut Connection, what: Old, to: &Place) -> Result<(), StoreError> {
    let step = match mark(&mut *connection, what).await? {
        Some(there) if there >= *to => return Ok(()),
        Some(_) => sql("UPDATE pruned SET ended_at = ?, call_id = ? WHERE what = ?"),
        None => sql("INSERT INTO pruned (ended_at, call_id, what) VALUES (?, ?, ?)"),
    };
    let step = step.bind(to.0).bind(to.1.as_str()).bind(what.as_str());
    step.run(connection).await.map_err(once_more)?;
    Ok(())
}
