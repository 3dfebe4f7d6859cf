//! Contacts, and the imports that bring them.
//!
//! An import's contacts are staged in small transactions, so that calls in progress are written meanwhile. What decides is one
//! row: an import that is `committed` is carried through, whatever happens, and one that is not leaves nothing.

use super::calls::page;
use super::catalog::draw_id;
use super::db::{Column, Connection, Row, Rows, Value, sql};
use super::error::once_more;
use super::tallies::Tallies;
use super::work::Kind;
use super::{Store, StoreError};
use crate::model::{CampaignId, Contact, ContactState, Page, PhoneNumber, ProjectId, Timestamp, Variables};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Rows of one transaction when an import is committed or taken back.
const CHUNK: i64 = 2_000;
/// When to try again while more waits to be written than is good.
const FULL: Duration = Duration::from_millis(50);

/// An import under way, or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportId(i64);

impl ImportId {
    /// The id as the API tells it.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl From<i64> for ImportId {
    fn from(id: i64) -> Self {
        Self(id)
    }
}

/// A contact to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContact {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Its number.
    pub number: PhoneNumber,
    /// Its variables.
    pub variables: Variables,
}

/// A row that became no contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What stood in the number's place.
    pub value: String,
    /// Why not, and what to do.
    pub reason: String,
}

impl Store {
    /// Contacts of a campaign by id; `after` is the `next` of the page before.
    pub async fn contacts(
        &self,
        campaign: CampaignId,
        state: Option<ContactState>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Contact>, StoreError> {
        let after: i64 = after.and_then(|id| id.parse().ok()).unwrap_or(0);
        let mut select = sql("SELECT * FROM contacts WHERE campaign = ? AND state <> 'staged' AND id > ?")
            .bind(campaign.get())
            .bind(after);
        if let Some(state) = state {
            select.push(" AND state = ").push_bind(state.as_str());
        }
        select.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit) + 1);
        let rows = select.all(&self.readers).await?;
        let items: Result<Vec<_>, StoreError> = rows.iter().map(contact).collect();
        Ok(page(items?, limit, |contact| contact.id.to_string()))
    }

    /// The contacts with a number, of all campaigns of a project.
    pub async fn contacts_with(
        &self,
        project: ProjectId,
        number: &PhoneNumber,
    ) -> Result<Vec<Contact>, StoreError> {
        let with = sql(
            "SELECT contacts.* FROM campaigns CROSS JOIN contacts ON contacts.campaign = campaigns.id AND contacts.number = ?
             WHERE campaigns.project = ? AND contacts.state <> 'staged'",
        );
        let with = with.bind(number.to_string()).bind(project.get());
        with.all(&self.readers).await?.iter().map(contact).collect()
    }

    /// Begins an import into a campaign that exists.
    pub async fn begin_import(&self, campaign: CampaignId) -> Result<ImportId, StoreError> {
        let engine = self.engine().to_owned();
        self.edit(move |connection| {
            let engine = engine.clone();
            Box::pin(async move {
                let id = draw_id(connection, "import").await?;
                let known = sql("SELECT count(*) FROM campaigns WHERE id = ?")
                    .bind(campaign.get())
                    .number(&mut *connection)
                    .await?;
                if known == 0 {
                    return Err(StoreError::NotFound {
                        what: "campaign",
                        id: campaign.to_string(),
                    });
                }
                let last = sql("SELECT coalesce(max(id), 0) FROM contacts")
                    .number(&mut *connection)
                    .await?;
                sql("INSERT INTO imports (id, campaign, state, engine, after_contact) VALUES (?, ?, 'open', ?, ?)")
                    .bind(id)
                    .bind(campaign.get())
                    .bind(engine)
                    .bind(last)
                    .run(connection)
                    .await?;
                Ok(ImportId(id))
            })
        })
        .await
    }

    /// Stages contacts. Returns the lines of those whose number the campaign has already.
    pub async fn add_contacts(
        &self,
        import: ImportId,
        contacts: Vec<NewContact>,
    ) -> Result<Vec<u64>, StoreError> {
        let contacts: Result<Vec<_>, StoreError> = contacts.iter().map(Staged::of).collect();
        let contacts = Arc::new(contacts?);
        self.edit(move |connection| {
            let contacts = contacts.clone();
            Box::pin(async move { stage(connection, import, &contacts).await })
        })
        .await
    }

    /// Keeps rows that became no contacts.
    pub async fn reject(&self, import: ImportId, rows: Vec<Rejected>) -> Result<(), StoreError> {
        let rows = Arc::new(rows);
        self.edit(move |connection| {
            let rows = rows.clone();
            Box::pin(async move {
                let mut new = Rows::of(REJECT);
                for row in rows.iter() {
                    let line = i64::try_from(row.line).unwrap_or(i64::MAX);
                    let (value, reason) = (row.value.as_str().into(), row.reason.as_str().into());
                    new.push([import.0.into(), line.into(), value, reason]);
                }
                if !new.is_empty() {
                    connection
                        .dialect()
                        .insert("rejects", &[], new)
                        .run(connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Makes all staged contacts of an import pending. Once that is decided it is carried through: should the store be away, it
    /// is waited for, and should the engine end, the next start goes on.
    pub async fn commit_import(&self, import: ImportId) -> Result<(), StoreError> {
        self.edit(move |connection| {
            Box::pin(async move {
                let commit = sql("UPDATE imports SET state = 'committed' WHERE id = ? AND state = 'open'")
                    .bind(import.0);
                match commit.run(connection).await? {
                    0 => Err(not_open(import)),
                    _ => Ok(()),
                }
            })
        })
        .await?;
        self.end_import(import).await
    }

    /// Takes an import back, however long the store is away; one that is committed is carried through instead.
    pub async fn abort_import(&self, import: ImportId) -> Result<(), StoreError> {
        self.end_import(import).await
    }

    /// Brings an import to its end, step by step, so that others can write between.
    async fn end_import(&self, import: ImportId) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let engine: Arc<str> = self.engine().into();
            let step = self.edit_as(Kind::Promised, move |connection| {
                let engine = Arc::clone(&engine);
                Box::pin(async move { end_some(connection, &engine, import, after).await })
            });
            match step.await {
                Ok(None) => return Ok(()),
                Ok(next) => after = next,
                Err(StoreError::Full) => tokio::time::sleep(FULL).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// Rows of an import that became no contacts, in the order of the file.
    pub async fn rejects(
        &self,
        campaign: CampaignId,
        import: ImportId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Rejected>, StoreError> {
        let known = sql("SELECT id FROM imports WHERE id = ? AND campaign = ?")
            .bind(import.0)
            .bind(campaign.get())
            .first(&self.readers)
            .await?;
        if known.is_none() {
            return Err(StoreError::NotFound {
                what: "import",
                id: import.0.to_string(),
            });
        }
        let after: i64 = after.and_then(|id| id.parse().ok()).unwrap_or(0);
        let rows = sql(
            "SELECT id, line, value, reason FROM rejects WHERE import = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(import.0)
        .bind(after)
        .bind(i64::from(limit) + 1)
        .all(&self.readers)
        .await?;
        let reject = |row: &Row| -> Result<(i64, Rejected), StoreError> {
            let line = u64::try_from(row.try_get::<i64>("line")?).unwrap_or(0);
            let rejected = Rejected {
                line,
                value: row.try_get("value")?,
                reason: row.try_get("reason")?,
            };
            Ok((row.try_get("id")?, rejected))
        };
        let items: Result<Vec<_>, StoreError> = rows.iter().map(reject).collect();
        let page = page(items?, limit, |(id, _)| id.to_string());
        let items = page.items.into_iter().map(|(_, rejected)| rejected).collect();
        Ok(Page {
            items,
            next: page.next,
        })
    }
}

const CONTACT: &[Column] = &[
    Column::Int("campaign"),
    Column::Word("number"),
    Column::Word("state"),
    Column::Int("import"),
    Column::Text("variables"),
];
const NUMBER: &[Column] = &[Column::Int("campaign"), Column::Word("number")];
const REJECT: &[Column] = &[
    Column::Int("import"),
    Column::Int("line"),
    Column::Text("value"),
    Column::Text("reason"),
];

fn not_open(import: ImportId) -> StoreError {
    StoreError::NotFound {
        what: "open import",
        id: import.0.to_string(),
    }
}

/// A contact as it is written, made by whoever hands it over: others wait for the writer.
#[derive(Debug)]
struct Staged {
    line: u64,
    number: String,
    variables: String,
}

impl Staged {
    fn of(contact: &NewContact) -> Result<Self, StoreError> {
        Ok(Self {
            line: contact.line,
            number: contact.number.to_string(),
            variables: serde_json::to_string(&contact.variables)?,
        })
    }
}

/// Stages contacts in a few statements; the lines of those whose number is there already.
async fn stage(
    connection: &mut Connection,
    import: ImportId,
    contacts: &[Staged],
) -> Result<Vec<u64>, StoreError> {
    let open = sql("SELECT campaign FROM imports WHERE id = ? AND state = 'open'").bind(import.0);
    let open = open
        .first(&mut *connection)
        .await?
        .ok_or_else(|| not_open(import))?;
    let campaign: i64 = open.try_get("campaign")?;
    let (mut duplicates, mut new) = (Vec::new(), Rows::of(CONTACT));
    let mut taken = taken(connection, campaign, contacts).await?;
    for contact in contacts {
        // Of two with one number the first is new; the second finds its number taken.
        if taken.insert(contact.number.clone()) {
            let state = Value::Word("staged");
            new.push([
                campaign.into(),
                contact.number.as_str().into(),
                state,
                import.0.into(),
                contact.variables.as_str().into(),
            ]);
        } else {
            duplicates.push(contact.line);
        }
    }
    if !new.is_empty() {
        let insert = connection.dialect().insert("contacts", &[], new);
        insert.run(connection).await.map_err(once_more)?;
    }
    Ok(duplicates)
}

/// Those numbers that a campaign has already.
async fn taken(
    connection: &mut Connection,
    campaign: i64,
    contacts: &[Staged],
) -> Result<HashSet<String>, StoreError> {
    let mut numbers = Rows::of(NUMBER);
    for contact in contacts {
        numbers.push([campaign.into(), contact.number.as_str().into()]);
    }
    let same = "contacts.campaign = :campaign AND contacts.number = :number";
    let known = connection
        .dialect()
        .find("contacts.number", "contacts", same, numbers);
    let rows = known.all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// One step of an import's end: its staged contacts become pending when it is committed, and go when it is not. `after` is
/// the last contact of the step before; returns that of this one, or nothing at the end.
async fn end_some(
    connection: &mut Connection,
    engine: &str,
    import: ImportId,
    after: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    let row = sql("SELECT campaign, state, after_contact FROM imports WHERE id = ? AND state <> 'done'")
        .bind(import.0);
    let Some(row) = row.first(&mut *connection).await? else {
        return Ok(None);
    };
    let after = after.map_or_else(|| row.try_get("after_contact"), Ok)?;
    let last = sql(
        "SELECT max(id) AS last FROM
             (SELECT id FROM contacts WHERE id > ? AND import = ? AND state = 'staged' ORDER BY id LIMIT ?) AS some",
    )
    .bind(after)
    .bind(import.0)
    .bind(CHUNK);
    let last: Option<i64> = last.one(&mut *connection).await?.try_get("last")?;
    let Some(last) = last else {
        let done = sql("UPDATE imports SET state = 'done' WHERE id = ?").bind(import.0);
        done.run(connection).await?;
        return Ok(None);
    };
    let committed = row.try_get::<&str>("state")? == "committed";
    let mut end = sql(if committed {
        "UPDATE contacts SET state = 'pending'"
    } else {
        "DELETE FROM contacts"
    });
    end.push(" WHERE id > ? AND id <= ? AND import = ? AND state = 'staged'");
    let ended = end.bind(after).bind(last).bind(import.0).run(connection).await?;
    if committed {
        let (mut tallies, n) = (Tallies::default(), i64::try_from(ended).unwrap_or(i64::MAX));
        tallies.contacts(row.try_get("campaign")?, None, ContactState::Pending, n);
        tallies.write(connection, engine).await?;
    }
    Ok(Some(last))
}

/// Ends the imports that an earlier run did not bring to an end: of this engine, or of any where there is but one.
pub(super) async fn end_open_imports(
    connection: &mut Connection,
    engine: Option<&str>,
) -> Result<(), StoreError> {
    let open = sql("SELECT id, engine FROM imports WHERE state <> 'done' AND (? IS NULL OR engine = ?)")
        .bind(engine)
        .bind(engine);
    for row in open.all(&mut *connection).await? {
        let (import, of) = (ImportId(row.try_get("id")?), row.try_get::<&str>("engine")?);
        let mut after = None;
        loop {
            sql(connection.dialect().begin).run(connection).await?;
            after = end_some(connection, of, import, after).await?;
            sql("COMMIT").run(connection).await?;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

pub(super) fn contact(row: &Row) -> Result<Contact, StoreError> {
    let due: i64 = row.try_get("next_attempt_at")?;
    let outcome: Option<&str> = row.try_get("last_outcome")?;
    let held: Option<&str> = row.try_get("held_by")?;
    Ok(Contact {
        id: row.try_get::<i64>("id")?.try_into()?,
        campaign: row.try_get::<i64>("campaign")?.try_into()?,
        number: row.try_get::<&str>("number")?.parse()?,
        variables: serde_json::from_str(row.try_get("variables")?)?,
        state: row.try_get::<&str>("state")?.parse()?,
        attempts: u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX),
        next_attempt_at: (due > 0).then(|| Timestamp::from_millis(due)),
        last_outcome: outcome.map(str::parse).transpose()?,
        held_by: held.map(str::parse).transpose()?,
    })
}
