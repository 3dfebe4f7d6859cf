//! Contacts, and the imports that bring them.
//!
//! An import's contacts are staged in small transactions, so that calls in progress are written meanwhile, and become
//! pending when it is committed. One that breaks off leaves nothing.

use super::calls::page;
use super::catalog::draw_id;
use super::db::{Column, Connection, Row, Rows, sql};
use super::error::once_more;
use super::{Store, StoreError};
use crate::model::{CampaignId, Contact, ContactState, Page, PhoneNumber, Timestamp, Variables};
use std::collections::HashSet;
use std::sync::Arc;

/// Rows of one statement: up to four values each, of the 32,766 a statement may have.
const ROWS: usize = 8_000;
/// Rows of one transaction when an import is committed or taken back.
const CHUNK: i64 = 5_000;

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
        let rows = sql(
            "SELECT * FROM contacts WHERE campaign = ? AND (? IS NULL OR state = ?) AND state <> 'staged' AND id > ?
             ORDER BY id LIMIT ?",
        )
        .bind(campaign.get())
        .bind(state.map(ContactState::as_str))
        .bind(state.map(ContactState::as_str))
        .bind(after)
        .bind(i64::from(limit) + 1)
        .all(&self.readers)
        .await?;
        let items: Result<Vec<_>, StoreError> = rows.iter().map(contact).collect();
        Ok(page(items?, limit, |contact| contact.id.to_string()))
    }

    /// A campaign's contacts: how many are done, and how many there are.
    pub async fn campaign_progress(&self, campaign: CampaignId) -> Result<(u64, u64), StoreError> {
        let row = sql(
            "SELECT count(CASE WHEN state = 'done' THEN 1 END) AS done, count(*) AS n FROM contacts
             WHERE campaign = ? AND state <> 'staged'",
        )
        .bind(campaign.get())
        .one(&self.readers)
        .await?;
        let number = |name: &str| row.try_get::<i64>(name).map(|n| u64::try_from(n).unwrap_or(0));
        Ok((number("done")?, number("n")?))
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
                sql("INSERT INTO imports (id, campaign, state, engine) VALUES (?, ?, 'open', ?)")
                    .bind(id)
                    .bind(campaign.get())
                    .bind(engine)
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
        let contacts = Arc::new(contacts);
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
                for rows in rows.chunks(ROWS) {
                    let mut new = Rows::of(REJECT);
                    for row in rows {
                        let line = i64::try_from(row.line).unwrap_or(i64::MAX);
                        new.push([line.into(), row.value.as_str().into(), row.reason.as_str().into()]);
                    }
                    let mut insert = sql("INSERT INTO rejects (import, line, value, reason) SELECT ");
                    insert
                        .push_bind(import.0)
                        .push(", new.line, new.value, new.reason FROM ");
                    connection.dialect().push_rows(&mut insert, new);
                    insert.run(connection).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Makes all staged contacts of an import pending.
    pub async fn commit_import(&self, import: ImportId) -> Result<(), StoreError> {
        self.in_chunks(import, "UPDATE contacts SET state = 'pending'")
            .await
    }

    /// Takes an import back.
    pub async fn abort_import(&self, import: ImportId) -> Result<(), StoreError> {
        self.in_chunks(import, "DELETE FROM contacts").await
    }

    /// Does something with all staged contacts of an import.
    async fn in_chunks(&self, import: ImportId, what: &'static str) -> Result<(), StoreError> {
        loop {
            let step = self.edit(move |connection| {
                Box::pin(async move {
                    let mut step = sql(what).bind(import.0).bind(CHUNK);
                    step.push(" WHERE id IN (SELECT id FROM (SELECT id FROM contacts WHERE ");
                    step.push(connection.dialect().staged).push(" LIMIT ?) AS some)");
                    let rows = step.run(connection).await?;
                    if rows == 0 {
                        let done = sql("UPDATE imports SET state = 'done' WHERE id = ?").bind(import.0);
                        done.run(connection).await?;
                    }
                    Ok(rows)
                })
            });
            if step.await? == 0 {
                return Ok(());
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

const CONTACT: &[Column] = &[Column::Word("number"), Column::Text("variables")];
const REJECT: &[Column] = &[Column::Int("line"), Column::Text("value"), Column::Text("reason")];

/// Stages contacts in a few statements; the lines of those whose number is there already.
async fn stage(
    connection: &mut Connection,
    import: ImportId,
    contacts: &[NewContact],
) -> Result<Vec<u64>, StoreError> {
    let open = sql("SELECT campaign FROM imports WHERE id = ? AND state = 'open'").bind(import.0);
    let Some(open) = open.first(&mut *connection).await? else {
        return Err(StoreError::NotFound {
            what: "open import",
            id: import.0.to_string(),
        });
    };
    let campaign: i64 = open.try_get("campaign")?;
    let mut duplicates = Vec::new();
    for contacts in contacts.chunks(ROWS) {
        let mut taken = taken(connection, campaign, contacts).await?;
        let mut new = Rows::of(CONTACT);
        for contact in contacts {
            let number = contact.number.to_string();
            let variables = serde_json::to_string(&contact.variables)?;
            // Of two with one number the first is new; the second finds its number taken.
            if taken.insert(number.clone()) {
                new.push([number.into(), variables.into()]);
            } else {
                duplicates.push(contact.line);
            }
        }
        if !new.is_empty() {
            let mut insert = sql("INSERT INTO contacts (campaign, number, variables, state, import) SELECT ");
            insert
                .push_bind(campaign)
                .push(", new.number, new.variables, 'staged', ")
                .push_bind(import.0)
                .push(" FROM ");
            connection.dialect().push_rows(&mut insert, new);
            insert.run(connection).await.map_err(once_more)?;
        }
    }
    Ok(duplicates)
}

/// Those numbers that a campaign has already.
async fn taken(
    connection: &mut Connection,
    campaign: i64,
    contacts: &[NewContact],
) -> Result<HashSet<String>, StoreError> {
    let dialect = connection.dialect();
    let mut numbers = Rows::of(&[Column::Word("number")]);
    for contact in contacts {
        numbers.push([contact.number.to_string().into()]);
    }
    let mut known = sql("SELECT new.number FROM ");
    dialect.push_rows(&mut known, numbers);
    known
        .push(dialect.in_order)
        .push("contacts ON contacts.number = new.number AND contacts.campaign = ")
        .push_bind(campaign);
    let rows = known.all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Imports that an earlier run did not bring to an end leave nothing: of this engine, or of any where there is but one.
pub(super) async fn abort_open_imports(
    connection: &mut Connection,
    engine: Option<&str>,
) -> Result<(), StoreError> {
    let open = sql("SELECT id FROM imports WHERE state = 'open' AND (? IS NULL OR engine = ?)")
        .bind(engine)
        .bind(engine);
    for row in open.all(&mut *connection).await? {
        let id: i64 = row.try_get("id")?;
        let mut staged = sql("DELETE FROM contacts WHERE ").bind(id);
        staged.push(connection.dialect().staged);
        staged.run(connection).await?;
        sql("UPDATE imports SET state = 'done' WHERE id = ?")
            .bind(id)
            .run(connection)
            .await?;
    }
    Ok(())
}

fn contact(row: &Row) -> Result<Contact, StoreError> {
    let due: i64 = row.try_get("next_attempt_at")?;
    let outcome: Option<&str> = row.try_get("last_outcome")?;
    Ok(Contact {
        id: row.try_get::<i64>("id")?.try_into()?,
        campaign: row.try_get::<i64>("campaign")?.try_into()?,
        number: row.try_get::<&str>("number")?.parse()?,
        variables: serde_json::from_str(row.try_get("variables")?)?,
        state: row.try_get::<&str>("state")?.parse()?,
        attempts: u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX),
        next_attempt_at: (due > 0).then(|| Timestamp::from_millis(due)),
        last_outcome: outcome.map(str::parse).transpose()?,
    })
}
