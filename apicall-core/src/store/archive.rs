//! A store that is only read, from its beginning to its end: beside engines at work, a page at a time, whatever its size.
//!
//! Each page is one statement, which sees one moment of the store. What is written behind a page is not seen, what is
//! written before it is; [`Archive::newest`] says up to where everything is there.

use super::db::{Readers, Row, sql};
use super::inspect::Form;
use super::line::{ENDED_COLUMNS, LIVE_COLUMNS, read};
use super::retention::{self, Old};
use super::{Location, RunBegan, Store, StoreError};
use crate::model::{
    Attempt, Call, CallId, ContactId, Listing, Moment, PhoneNumber, ProjectId, RulesChange, Standing,
    TimelineEvent, Timestamp, Trunk,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Rows of a page.
const PAGE: u32 = 1_000;

/// A store to be read.
#[derive(Debug)]
pub struct Archive {
    readers: Readers,
    /// Whose calls were that another engine took over.
    takeovers: HashMap<CallId, Arc<str>>,
}

/// A call with all that is kept of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its columns.
    pub attempt: Attempt,
    /// Its record.
    pub record: Call,
    /// How many times its timeline ends.
    pub ends: u64,
}

/// The second leg of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondLeg {
    /// When it began.
    pub at: Timestamp,
    /// Where to.
    pub target: String,
    /// Its place among all.
    pub place: Place,
}

/// A piece of a timeline; the first is before all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place(String, i64);

impl Archive {
    /// Opens a store that is there, and of this version.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        let remedy = match Store::inspect(location).await?.form {
            Form::Current => {
                let readers = location.readers();
                let mut takeovers = HashMap::new();
                for row in sql("SELECT call_id, engine FROM takeovers").all(&readers).await? {
                    let engine: Arc<str> = row.try_get::<&str>("engine")?.into();
                    takeovers.insert(row.try_get::<&str>("call_id")?.parse()?, engine);
                }
                return Ok(Self { readers, takeovers });
            }
            Form::Absent => "there is nothing there",
            Form::Older(_) => "it is of an older version; run `apicall-engine admin migrate` first",
            Form::Newer => "it was made by a newer version; use that one",
        };
        Err(StoreError::Open {
            url: location.to_string(),
            reason: remedy.to_owned(),
        })
    }

    /// The newest moment on record. What started before it is on disk, but for the moment that it takes to write it.
    pub async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest = sql("SELECT (SELECT max(ended_at) FROM calls) AS ended, (SELECT max(dialed_at) FROM live_calls) AS dialed")
            .one(&self.readers)
            .await?;
        let times: [Option<i64>; 2] = [newest.try_get("ended")?, newest.try_get("dialed")?];
        Ok(times.into_iter().max().flatten().map(Timestamp::from_millis))
    }

    /// All rules that came in force, in their order.
    pub async fn rules(&self) -> Result<Vec<RulesChange>, StoreError> {
        let rows = sql("SELECT at, scope, doc FROM rules ORDER BY id")
            .all(&self.readers)
            .await?;
        let change = |row: &Row| {
            Ok(RulesChange {
                at: Timestamp::from_millis(row.try_get("at")?),
                scope: row.try_get::<&str>("scope")?.parse()?,
                rules: serde_json::from_str(row.try_get("doc")?)?,
            })
        };
        rows.iter().map(change).collect()
    }

    /// The starts of engines, in their order.
    pub async fn runs(&self) -> Result<Vec<RunBegan>, StoreError> {
        let rows = sql("SELECT engine, began_at, newest FROM runs ORDER BY id")
            .all(&self.readers)
            .await?;
        let run = |row: &Row| {
            let newest: Option<i64> = row.try_get("newest")?;
            Ok(RunBegan {
                engine: row.try_get("engine")?,
                at: Timestamp::from_millis(row.try_get("began_at")?),
                newest: newest.map(Timestamp::from_millis),
            })
        };
        rows.iter().map(run).collect()
    }

    /// Until when something was removed because it was old: what belongs to calls that ended later is all there.
    pub async fn removed_until(&self, what: Old) -> Result<Option<Timestamp>, StoreError> {
        retention::complete_after(&self.readers, what).await
    }

    /// When numbers stood on lists, of all projects and of each.
    pub async fn listings(&self, numbers: &[PhoneNumber]) -> Result<Vec<Listing>, StoreError> {
        let mut listings = Vec::new();
        for numbers in numbers.chunks(PAGE as usize) {
            // Each has an index of its own.
            for entries in ["removed_at IS NULL", "removed_at IS NOT NULL"] {
                let mut page = sql("SELECT number, project, added_at, removed_at FROM dnc WHERE ");
                page.push(entries).push(" AND number IN (");
                // One statement, whatever the number.
                for place in 0..PAGE as usize {
                    let number = numbers.get(place).or(numbers.last()).map(ToString::to_string);
                    page.push(if place == 0 { "" } else { ", " }).push_bind(number);
                }
                page.push(")");
                for row in &page.all(&self.readers).await? {
                    listings.push(listing(row)?);
                }
            }
        }
        Ok(listings)
    }

    /// How many calls that have ended projects have.
    pub async fn count(&self, projects: &[ProjectId]) -> Result<u64, StoreError> {
        let mut all = 0;
        for project in projects {
            let count = sql("SELECT count(*) FROM calls WHERE project = ?").bind(project.get());
            all += u64::try_from(count.number(&self.readers).await?).unwrap_or(0);
        }
        Ok(all)
    }

    /// All trunks.
    pub async fn trunks(&self) -> Result<Vec<Trunk>, StoreError> {
        let rows = sql("SELECT doc FROM trunks ORDER BY id")
            .all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| Ok(serde_json::from_str(row.try_get("doc")?)?))
            .collect()
    }

    /// All calls by id, that is in the order in which they were made.
    pub async fn calls(&self, after: Option<CallId>) -> Result<Vec<(Attempt, Call)>, StoreError> {
        let mut found = BTreeMap::new();
        let mut until = None;
        // One that ends meanwhile is found in both, and counts as ended.
        for (columns, from) in [(LIVE_COLUMNS, " FROM live_calls"), (ENDED_COLUMNS, " FROM calls")] {
            let mut page = sql("SELECT engine, ");
            page.push(columns)
                .push(from)
                .push(" WHERE id > ")
                .push_bind(text(after));
            page.push(" ORDER BY id LIMIT ").push_bind(PAGE);
            let rows = page.all(&self.readers).await?;
            let full = rows.len() >= PAGE as usize;
            for row in &rows {
                let call = read(row)?;
                found.insert(call.id, (self.attempt(row, &call)?, call));
            }
            if let Some(last) = rows.last().filter(|_| full) {
                let last: CallId = last.try_get::<&str>("id")?.parse()?;
                until = Some(until.map_or(last, |until: CallId| until.min(last)));
            }
        }
        let within = |id: &CallId| until.is_none_or(|until| *id <= until);
        Ok(found
            .into_iter()
            .filter(|(id, _)| within(id))
            .map(|(_, call)| call)
            .collect())
    }

    /// The same, with how many times the timeline of each ends.
    pub async fn kept(&self, after: Option<CallId>) -> Result<Vec<Kept>, StoreError> {
        let calls = self.calls(after).await?;
        let Some((last, _)) = calls.last() else {
            return Ok(Vec::new());
        };
        let pieces = sql("SELECT call_id, events FROM moments WHERE call_id > ? AND call_id <= ?")
            .bind(text(after))
            .bind(last.id.to_string());
        let mut ends: HashMap<CallId, u64> = HashMap::new();
        for row in &pieces.all(&self.readers).await? {
            let events = row.try_get::<&str>("events")?.matches(END).count() as u64;
            *ends.entry(row.try_get::<&str>("call_id")?.parse()?).or_default() += events;
        }
        let kept = |(attempt, record): (Attempt, Call)| {
            // One that lived when it was read may have ended since.
            let ended = attempt.ended_at.is_some();
            let ends = ends.get(&attempt.id).copied().filter(|_| ended).unwrap_or(0);
            Kept {
                attempt,
                record,
                ends,
            }
        };
        Ok(calls.into_iter().map(kept).collect())
    }

    /// Contacts by id, each with all its calls.
    pub async fn standings(
        &self,
        after: Option<ContactId>,
    ) -> Result<Vec<(Standing, Vec<Attempt>)>, StoreError> {
        let after = after.map_or(0, ContactId::get);
        let mut found: Vec<(Standing, Vec<Attempt>)> = Vec::new();
        for row in &self.standing(after).await? {
            let mut live = Vec::new();
            if row.try_get::<Option<&str>>("id")?.is_some() {
                live.push(self.attempt(row, &read(row)?)?);
            }
            found.push((standing(row)?, live));
        }
        let Some((last, _)) = found.last() else {
            return Ok(found);
        };
        let mut ended = sql("SELECT engine, ");
        ended
            .push(ENDED_COLUMNS)
            .push(" FROM calls WHERE contact > ")
            .push_bind(after);
        ended.push(" AND contact <= ").push_bind(last.contact.get());
        for row in &ended.all(&self.readers).await? {
            let call = self.attempt(row, &read(row)?)?;
            let place = found.binary_search_by_key(&call.contact, |(standing, _)| Some(standing.contact));
            if let Some((standing, calls)) = place.ok().and_then(|place| found.get_mut(place)) {
                // What came after the contact was read is not its matter.
                let known = calls.iter().any(|live| live.id == call.id);
                if !known && call.attempt <= standing.attempts {
                    calls.push(call);
                }
            }
        }
        Ok(found)
    }

    /// Contacts, each with its live call.
    async fn standing(&self, after: i64) -> Result<Vec<Row>, StoreError> {
        let mut page = sql("SELECT some.*, live.engine, live.id, live.project, live.campaign, live.contact, live.origin, live.number,
                live.switch, live.trunk, live.state, live.created_at, live.dialed_at, live.answered_at, NULL AS ended_at,
                NULL AS outcome, live.answered_by, live.result, live.rest
             FROM (SELECT id AS contact_id, campaign AS contact_campaign, state AS contact_state, attempts, next_attempt_at,
                   last_outcome, held_by FROM contacts WHERE state <> 'staged' AND id > ");
        page.push_bind(after).push(" ORDER BY id LIMIT ").push_bind(PAGE);
        page.push(") AS some LEFT JOIN live_calls AS live ON live.contact = some.contact_id ORDER BY some.contact_id");
        page.all(&self.readers).await
    }

    /// The second legs of transfers, of the calls after a place.
    pub async fn second_legs(&self, after: &Place) -> Result<Vec<SecondLeg>, StoreError> {
        let rows = sql(
            "SELECT call_id, piece, events FROM moments WHERE call_id >= ? AND (call_id > ? OR piece > ?)
                        AND events LIKE '%\"transfer_started\"%' ORDER BY call_id, piece LIMIT ?",
        )
        .bind(after.0.as_str())
        .bind(after.0.as_str())
        .bind(after.1)
        .bind(PAGE)
        .all(&self.readers)
        .await?;
        let mut legs = Vec::new();
        for row in &rows {
            let place = Place(row.try_get("call_id")?, row.try_get("piece")?);
            for moment in serde_json::from_str::<Vec<Moment>>(row.try_get("events")?)? {
                if let TimelineEvent::TransferStarted { target } = moment.event {
                    legs.push(SecondLeg {
                        at: moment.at,
                        target,
                        place: place.clone(),
                    });
                }
            }
        }
        Ok(legs)
    }

    /// What matters of a call afterwards.
    fn attempt(&self, row: &Row, call: &Call) -> Result<Attempt, StoreError> {
        let dead = self.takeovers.get(&call.id);
        let engine = match dead {
            Some(engine) => Arc::clone(engine),
            None => row.try_get::<&str>("engine")?.into(),
        };
        Ok(Attempt::of(call, engine, dead.is_some()))
    }
}

/// How the end of a call stands in its timeline. Within a text its quotes would be escaped.
const END: &str = "\"event\":\"ended\"";

/// Calls in the order of their starts: in that of their making, put in order as far as calls wait for their turn.
#[derive(Debug)]
pub struct Starts<'a> {
    archive: &'a Archive,
    until: Timestamp,
    waiting: BTreeMap<(Timestamp, CallId), Attempt>,
    last: Option<CallId>,
    /// Whoever is read from now on started after this; `None` when all are read.
    safe: Option<Timestamp>,
}

impl<'a> Starts<'a> {
    /// Those up to a time.
    pub const fn until(archive: &'a Archive, until: Timestamp) -> Self {
        Self {
            archive,
            until,
            waiting: BTreeMap::new(),
            last: None,
            safe: Some(Timestamp::from_millis(i64::MIN)),
        }
    }

    /// The next.
    pub async fn next(&mut self) -> Result<Option<Attempt>, StoreError> {
        loop {
            let first = self.waiting.first_entry();
            match (first, self.safe) {
                (Some(first), None) => return Ok(Some(first.remove())),
                (Some(first), Some(safe)) if first.key().0 < safe => return Ok(Some(first.remove())),
                (None, None) => return Ok(None),
                _ => self.read_on().await?,
            }
        }
    }

    async fn read_on(&mut self) -> Result<(), StoreError> {
        let page = self.archive.calls(self.last).await?;
        let Some((last, _)) = page.last() else {
            self.safe = None;
            return Ok(());
        };
        self.last = Some(last.id);
        self.safe = Some(Timestamp::from_millis(last.created_at.millis() - ASTRAY_MS));
        for (call, _) in page {
            if let Some(at) = call.dialed_at.filter(|at| *at <= self.until) {
                self.waiting.insert((at, call.id), call);
            }
        }
        Ok(())
    }
}

/// How far the clocks of engines, and the making of a call and of its id, may be apart.
const ASTRAY_MS: i64 = 10_000;

fn text(id: Option<CallId>) -> String {
    id.map_or_else(String::new, |id| id.to_string())
}

fn listing(row: &Row) -> Result<Listing, StoreError> {
    let (project, removed): (i64, Option<i64>) = (row.try_get("project")?, row.try_get("removed_at")?);
    Ok(Listing {
        number: row.try_get::<&str>("number")?.parse()?,
        // 0 is everybody's.
        project: (project != 0).then(|| project.try_into()).transpose()?,
        added_at: Timestamp::from_millis(row.try_get("added_at")?),
        removed_at: removed.map(Timestamp::from_millis),
    })
}

fn standing(row: &Row) -> Result<Standing, StoreError> {
    let due: i64 = row.try_get("next_attempt_at")?;
    let outcome: Option<&str> = row.try_get("last_outcome")?;
    let held: Option<&str> = row.try_get("held_by")?;
    Ok(Standing {
        contact: row.try_get::<i64>("contact_id")?.try_into()?,
        campaign: row.try_get::<i64>("contact_campaign")?.try_into()?,
        state: row.try_get::<&str>("contact_state")?.parse()?,
        attempts: u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX),
        next_attempt_at: (due > 0).then(|| Timestamp::from_millis(due)),
        last_outcome: outcome.map(str::parse).transpose()?,
        held_by: held.map(str::parse).transpose()?,
    })
}
