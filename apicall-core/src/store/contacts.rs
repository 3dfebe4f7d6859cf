//! Contacts, and the imports that bring them.
//!
//! An import's contacts are staged in small transactions, so that calls in progress are written meanwhile, and become
//! pending when it is committed. One that breaks off leaves nothing.

use super::calls::page;
use super::catalog::draw_id;
use super::{Store, StoreError, records};
use crate::model::{CampaignId, Contact, ContactState, Page, PhoneNumber, Timestamp, Variables};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
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
        let rows = sqlx::query(
            "SELECT * FROM contacts WHERE campaign = ?1 AND (?2 IS NULL OR state = ?2) AND state <> 'staged' AND id > ?3
             ORDER BY id LIMIT ?4",
        )
        .bind(campaign.get())
        .bind(state.map(ContactState::as_str))
        .bind(after)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.readers)
        .await?;
        let items: Result<Vec<_>, StoreError> = rows.iter().map(contact).collect();
        Ok(page(items?, limit, |contact| contact.id.to_string()))
    }

    /// A campaign's contacts: how many are done, and how many there are.
    pub async fn campaign_progress(&self, campaign: CampaignId) -> Result<(u64, u64), StoreError> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE state = 'done') AS done, count(*) AS n FROM contacts
             WHERE campaign = ? AND state <> 'staged'",
        )
        .bind(campaign.get())
        .fetch_one(&self.readers)
        .await?;
        let number = |name| row.try_get::<i64, _>(name).map(|n| u64::try_from(n).unwrap_or(0));
        Ok((number("done")?, number("n")?))
    }

    /// Begins an import into a campaign that exists.
    pub async fn begin_import(&self, campaign: CampaignId) -> Result<ImportId, StoreError> {
        self.edit(move |connection| {
            Box::pin(async move {
                let id = draw_id(connection, "import").await?;
                let known: i64 = sqlx::query_scalar("SELECT count(*) FROM campaigns WHERE id = ?")
                    .bind(campaign.get())
                    .fetch_one(&mut *connection)
                    .await?;
                if known == 0 {
                    return Err(StoreError::NotFound {
                        what: "campaign",
                        id: campaign.to_string(),
                    });
                }
                sqlx::query("INSERT INTO imports (id, campaign, state) VALUES (?, ?, 'open')")
                    .bind(id)
                    .bind(campaign.get())
                    .execute(connection)
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
                    let mut sql = QueryBuilder::new("INSERT INTO rejects (import, line, value, reason) ");
                    sql.push_values(rows, |mut values, row| {
                        values
                            .push_bind(import.0)
                            .push_bind(i64::try_from(row.line).unwrap_or(i64::MAX))
                            .push_bind(row.value.clone())
                            .push_bind(row.reason.clone());
                    });
                    records::run(connection, sql).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Makes all staged contacts of an import pending.
    pub async fn commit_import(&self, import: ImportId) -> Result<(), StoreError> {
        let sql = "UPDATE contacts SET state = 'pending' WHERE id IN
                   (SELECT id FROM contacts WHERE import = ? AND state = 'staged' LIMIT ?)";
        self.in_chunks(import, sql).await
    }

    /// Takes an import back.
    pub async fn abort_import(&self, import: ImportId) -> Result<(), StoreError> {
        let sql = "DELETE FROM contacts WHERE id IN
                   (SELECT id FROM contacts WHERE import = ? AND state = 'staged' LIMIT ?)";
        self.in_chunks(import, sql).await
    }

    async fn in_chunks(&self, import: ImportId, sql: &'static str) -> Result<(), StoreError> {
        loop {
            let step = self.edit(move |connection| {
                Box::pin(async move {
                    let rows = sqlx::query(sql)
                        .bind(import.0)
                        .bind(CHUNK)
                        .execute(&mut *connection)
                        .await?;
                    if rows.rows_affected() == 0 {
                        let done =
                            sqlx::query("UPDATE imports SET state = 'done' WHERE id = ?").bind(import.0);
                        done.execute(connection).await?;
                    }
                    Ok(rows.rows_affected())
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
        let known: Option<i64> = sqlx::query_scalar("SELECT id FROM imports WHERE id = ? AND campaign = ?")
            .bind(import.0)
            .bind(campaign.get())
            .fetch_optional(&self.readers)
            .await?;
        if known.is_none() {
            return Err(StoreError::NotFound {
                what: "import",
                id: import.0.to_string(),
            });
        }
        let after: i64 = after.and_then(|id| id.parse().ok()).unwrap_or(0);
        let rows = sqlx::query(
            "SELECT id, line, value, reason FROM rejects WHERE import = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(import.0)
        .bind(after)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.readers)
        .await?;
        let reject = |row: &SqliteRow| -> Result<(i64, Rejected), StoreError> {
            let line = u64::try_from(row.try_get::<i64, _>("line")?).unwrap_or(0);
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

/// Stages contacts in a few statements; the lines of those whose number is there already.
async fn stage(
    connection: &mut SqliteConnection,
    import: ImportId,
    contacts: &[NewContact],
) -> Result<Vec<u64>, StoreError> {
    let mut duplicates = Vec::new();
    for contacts in contacts.chunks(ROWS) {
        let variables: Result<Vec<_>, _> = contacts
            .iter()
            .map(|contact| serde_json::to_string(&contact.variables))
            .collect();
        let mut sql = QueryBuilder::<Sqlite>::new("WITH new (number, variables) AS (");
        sql.push_values(
            contacts.iter().zip(variables?),
            |mut row, (contact, variables)| {
                row.push_bind(contact.number.to_string()).push_bind(variables);
            },
        );
        sql.push(
            ") INSERT INTO contacts (campaign, number, variables, state, import)
             SELECT imports.campaign, new.number, new.variables, 'staged', imports.id FROM new CROSS JOIN imports
             WHERE imports.state = 'open' AND imports.id = ",
        );
        sql.push_bind(import.0);
        sql.push(" ON CONFLICT DO NOTHING RETURNING number");
        let added: Vec<String> = sql
            .build_query_scalar()
            .persistent(false)
            .fetch_all(&mut *connection)
            .await?;
        let mut added: HashSet<_> = added.into_iter().collect();
        // Of two with one number the first is there; the second finds its number taken.
        let taken = contacts
            .iter()
            .filter(|contact| !added.remove(&contact.number.to_string()));
        duplicates.extend(taken.map(|contact| contact.line));
    }
    Ok(duplicates)
}

/// Imports that an earlier run did not bring to an end leave nothing.
pub(super) async fn abort_open_imports(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM contacts WHERE state = 'staged'",
        "UPDATE imports SET state = 'done' WHERE state = 'open'",
    ] {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    Ok(())
}

fn contact(row: &SqliteRow) -> Result<Contact, StoreError> {
    let due: i64 = row.try_get("next_attempt_at")?;
    let outcome: Option<&str> = row.try_get("last_outcome")?;
    Ok(Contact {
        id: row.try_get::<i64, _>("id")?.try_into()?,
        campaign: row.try_get::<i64, _>("campaign")?.try_into()?,
        number: row.try_get::<&str, _>("number")?.parse()?,
        variables: serde_json::from_str(row.try_get("variables")?)?,
        state: row.try_get::<&str, _>("state")?.parse()?,
        attempts: row.try_get("attempts")?,
        next_attempt_at: (due > 0).then(|| Timestamp::from_millis(due)),
        last_outcome: outcome.map(str::parse).transpose()?,
    })
}
