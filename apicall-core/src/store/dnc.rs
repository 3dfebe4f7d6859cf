//! Numbers not to be called, of all projects or of one.
//!
//! An entry that is taken off stays, with the time, so that it can be told of every call whether it was allowed. A list is
//! asked within the transaction that makes calls: should that fail, there is no call.
//!
//! Deliberately absent: calls that were fetched before an entry came, which are the dialer's.

use super::calls::page;
use super::db::{Column, Connection, Row, Rows, sql};
use super::error::once_more;
use super::{Store, StoreError};
use crate::model::{CallId, DncEntry, DncOrigin, Page, PhoneNumber, ProjectId, Timestamp, WithoutSecrets};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// `project` of an entry that is everybody's.
const EVERYBODY: i64 = 0;

/// A number to be listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewDnc {
    /// The number.
    pub number: PhoneNumber,
    /// The project that is not to call it; `None` is all of them.
    pub project: Option<ProjectId>,
    /// How it came.
    pub origin: DncOrigin,
    /// Why, in somebody's words.
    pub reason: String,
    /// The call in which the callee asked for it.
    pub call: Option<CallId>,
}

impl WithoutSecrets for NewDnc {}

/// Which entries are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DncQuery {
    /// Of this project, without those of all projects.
    pub project: Option<ProjectId>,
    /// Of all projects only.
    pub everybody: bool,
    /// Of this number.
    pub number: Option<PhoneNumber>,
}

impl Store {
    /// Lists numbers; those that are listed already stay as they are. Returns how many are new.
    pub async fn list_dnc(&self, entries: Vec<NewDnc>, at: Timestamp) -> Result<u64, StoreError> {
        let (entries, pen) = (Arc::new(entries), self.pen());
        self.edit(move |connection| {
            let (entries, pen) = (Arc::clone(&entries), pen.clone());
            Box::pin(async move {
                let added = insert(connection, &entries, at).await?;
                // A list is noted as a whole by whoever reads it.
                if let [only] = &entries[..] {
                    pen.made(connection, "dnc", &only.number, only).await?;
                }
                Ok(added)
            })
        })
        .await
    }

    /// One entry of a list.
    pub async fn dnc_entry(&self, id: i64) -> Result<Option<DncEntry>, StoreError> {
        let row = sql("SELECT * FROM dnc WHERE id = ? AND removed_at IS NULL").bind(id);
        row.first(&self.readers).await?.as_ref().map(entry).transpose()
    }

    /// Takes an entry off its list; the entry as it was.
    pub async fn unlist_dnc(&self, id: i64, at: Timestamp) -> Result<DncEntry, StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let pen = pen.clone();
            Box::pin(async move {
                let row = sql("SELECT * FROM dnc WHERE id = ? AND removed_at IS NULL").bind(id);
                let row = row
                    .first(&mut *connection)
                    .await?
                    .ok_or_else(|| StoreError::NotFound {
                        what: "do-not-call entry",
                        id: id.to_string(),
                    })?;
                let step = sql("UPDATE dnc SET removed_at = ? WHERE id = ? AND removed_at IS NULL");
                step.bind(at.millis()).bind(id).run(&mut *connection).await?;
                let entry = entry(&row)?;
                pen.deleted(connection, "dnc", &entry.number, &entry).await?;
                Ok(entry)
            })
        })
        .await
    }

    /// Takes off its list what a project left that is gone, in small steps: another one of its id starts without.
    pub(super) async fn unlist_gone(&self, project: ProjectId, at: Timestamp) -> Result<(), StoreError> {
        while self
            .edit(move |connection| Box::pin(unlist_some(connection, project, at)))
            .await?
        {}
        Ok(())
    }

    /// Entries by id; `after` is the `next` of the page before.
    pub async fn dnc(
        &self,
        query: &DncQuery,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<DncEntry>, StoreError> {
        let after: i64 = after.and_then(|id| id.parse().ok()).unwrap_or(0);
        let project = match (query.project, query.everybody) {
            (Some(project), _) => Some(project.get()),
            (None, true) => Some(EVERYBODY),
            (None, false) => None,
        };
        let number = query.number.as_ref().map(ToString::to_string);
        let mut select = sql("SELECT * FROM dnc WHERE removed_at IS NULL AND id > ");
        select.push_bind(after);
        if let Some(project) = project {
            select.push(" AND project = ").push_bind(project);
        }
        if let Some(number) = number {
            select.push(" AND number = ").push_bind(number);
        }
        select.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit) + 1);
        let rows = select.all(&self.readers).await?;
        let items: Result<Vec<_>, StoreError> = rows.iter().map(entry).collect();
        Ok(page(items?, limit, |entry| entry.id.to_string()))
    }

    /// The entries that keep a project from calling a number: its own, and that of all projects.
    pub async fn listings(
        &self,
        project: ProjectId,
        number: &PhoneNumber,
    ) -> Result<Vec<DncEntry>, StoreError> {
        let listed = sql(
            "SELECT * FROM dnc WHERE number = ? AND removed_at IS NULL AND project IN (0, ?) ORDER BY project",
        );
        let listed = listed.bind(number.to_string()).bind(project.get());
        listed.all(&self.readers).await?.iter().map(entry).collect()
    }

    /// Those of these numbers that a project may not call.
    pub async fn listed(
        &self,
        project: ProjectId,
        numbers: Vec<PhoneNumber>,
    ) -> Result<HashSet<PhoneNumber>, StoreError> {
        let mut found = HashSet::new();
        for number in numbers {
            let one = sql(
                "SELECT id FROM dnc WHERE number = ? AND removed_at IS NULL AND project IN (0, ?) LIMIT 1",
            );
            let one = one.bind(number.to_string()).bind(project.get());
            if one.first(&self.readers).await?.is_some() {
                found.insert(number);
            }
        }
        Ok(found)
    }

    /// What was listed after an entry, at most so much of it, oldest first. Without one: nothing but the last entry.
    pub async fn dnc_since(&self, after: Option<i64>, limit: u32) -> Result<Vec<DncEntry>, StoreError> {
        let rows = match after {
            Some(after) => sql("SELECT * FROM dnc WHERE id > ? AND removed_at IS NULL ORDER BY id LIMIT ?")
                .bind(after)
                .bind(limit),
            None => sql("SELECT * FROM dnc ORDER BY id DESC LIMIT 1"),
        };
        rows.all(&self.readers).await?.iter().map(entry).collect()
    }
}

/// One step of that; whether there is another.
async fn unlist_some(
    connection: &mut Connection,
    project: ProjectId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SOME: i64 = 5_000;
    let there = sql("SELECT id FROM projects WHERE id = ?").bind(project.get());
    if there.first(&mut *connection).await?.is_some() {
        return Ok(false);
    }
    let last = sql(
        "SELECT max(id) AS last FROM (SELECT id FROM dnc WHERE project = ? AND removed_at IS NULL
        ORDER BY id LIMIT ?) AS some",
    )
    .bind(project.get())
    .bind(SOME)
    .one(&mut *connection)
    .await?;
    let Some(last) = last.try_get::<Option<i64>>("last")? else {
        return Ok(false);
    };
    sql("UPDATE dnc SET removed_at = ? WHERE project = ? AND id <= ? AND removed_at IS NULL")
        .bind(at.millis())
        .bind(project.get())
        .bind(last)
        .run(connection)
        .await?;
    Ok(true)
}

const ASKED: &[Column] = &[Column::Word("number"), Column::Int("project")];
const NEW: &[Column] = &[
    Column::Word("number"),
    Column::Int("project"),
    Column::Word("origin"),
    Column::Text("reason"),
    Column::Word("call_id"),
    Column::Int("added_at"),
];

/// Lists numbers within a transaction.
pub(super) async fn insert(
    connection: &mut Connection,
    entries: &[NewDnc],
    at: Timestamp,
) -> Result<u64, StoreError> {
    let dialect = connection.dialect();
    let whose = |entry: &NewDnc| entry.project.map_or(EVERYBODY, ProjectId::get);
    let mut asked = Rows::of(ASKED);
    for entry in entries {
        asked.push([entry.number.to_string().into(), whose(entry).into()]);
    }
    if asked.is_empty() {
        return Ok(0);
    }
    let there = "dnc.number = :number AND dnc.project = :project AND dnc.removed_at IS NULL";
    let there = dialect.find("dnc.number, dnc.project", "dnc", there, asked);
    let mut known: HashSet<(String, i64)> = HashSet::new();
    for row in there.all(&mut *connection).await? {
        known.insert((row.try_get("number")?, row.try_get("project")?));
    }
    let mut new = Rows::of(NEW);
    for entry in entries {
        let (number, project) = (entry.number.to_string(), whose(entry));
        if known.insert((number.clone(), project)) {
            new.push([
                number.into(),
                project.into(),
                entry.origin.as_str().into(),
                entry.reason.as_str().into(),
                entry.call.map(|call| call.to_string()).into(),
                at.millis().into(),
            ]);
        }
    }
    let added = new.count();
    if added > 0 {
        let insert = dialect.insert("dnc", &[], new);
        insert.run(connection).await.map_err(once_more)?;
    }
    Ok(added)
}

/// Which numbers are listed, and whose lists they are on.
#[derive(Debug, Default)]
pub(super) struct Listed(HashMap<PhoneNumber, Vec<i64>>);

impl Listed {
    /// Asks within a transaction which of these numbers are listed for their project, or for all.
    pub(super) async fn among<'a>(
        connection: &mut Connection,
        numbers: impl Iterator<Item = (ProjectId, &'a PhoneNumber)>,
    ) -> Result<Self, StoreError> {
        let mut asked = Rows::of(ASKED);
        for (project, number) in numbers {
            asked.push([number.to_string().into(), project.get().into()]);
        }
        let mut listed: HashMap<PhoneNumber, Vec<i64>> = HashMap::new();
        if asked.is_empty() {
            return Ok(Self(listed));
        }
        // Whoever listed it: a number is on few lists, and `IN` costs SQLite a table made anew for each number.
        let there = "dnc.number = :number AND dnc.removed_at IS NULL";
        let found = connection
            .dialect()
            .find("dnc.number, dnc.project", "dnc", there, asked);
        for row in found.all(connection).await? {
            let whose = listed.entry(row.try_get::<&str>("number")?.parse()?).or_default();
            whose.push(row.try_get("project")?);
        }
        Ok(Self(listed))
    }

    /// Whether a project may not call a number.
    pub(super) fn bars(&self, project: ProjectId, number: &PhoneNumber) -> bool {
        let mut whose = self.0.get(number).into_iter().flatten();
        whose.any(|of| [EVERYBODY, project.get()].contains(of))
    }
}

fn entry(row: &Row) -> Result<DncEntry, StoreError> {
    let project: i64 = row.try_get("project")?;
    let call: Option<&str> = row.try_get("call_id")?;
    Ok(DncEntry {
        id: row.try_get("id")?,
        number: row.try_get::<&str>("number")?.parse()?,
        project: (project != EVERYBODY).then(|| project.try_into()).transpose()?,
        origin: row.try_get::<&str>("origin")?.parse()?,
        reason: row.try_get("reason")?,
        call: call.map(str::parse).transpose()?,
        added_at: Timestamp::from_millis(row.try_get("added_at")?),
    })
}
