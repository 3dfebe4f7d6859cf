//! Reading the contacts of a campaign that wait, without disturbing those that are called.
//!
//! Deliberately absent: claiming them.

use super::contacts::contact;
use super::db::{Row, sql};
use super::{Store, StoreError};
use crate::model::{CampaignId, Contact, ContactId, ContactState, PhoneNumber, ProjectId, Timestamp};

/// A contact that waits, as far as its turn and the lists go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub contact: ContactId,
    /// Its number.
    pub number: PhoneNumber,
    /// How often it was called.
    pub attempts: u32,
    /// When it is due; `None` is now.
    pub due: Option<Timestamp>,
    /// Whether a do-not-call list has it.
    pub is_listed: bool,
}

impl Store {
    /// About so many of the contacts that wait, from all over the list; all of them when there are no more.
    pub async fn sample(
        &self,
        campaign: CampaignId,
        pending: u64,
        about: u32,
    ) -> Result<Vec<Contact>, StoreError> {
        let first = self
            .contacts(campaign, Some(ContactState::Pending), None, 1)
            .await?;
        let Some(first) = first.items.first() else {
            return Ok(Vec::new());
        };
        let every = i64::try_from(pending.div_ceil(about.into()).max(1)).unwrap_or(i64::MAX);
        // Counted from the first: where several databases write in turn, each leaves out the others' ids.
        let some = sql(
            "SELECT * FROM contacts WHERE campaign = ? AND state = 'pending' AND (id - ?) % ? = 0 LIMIT ?",
        )
        .bind(campaign.get())
        .bind(first.id.get())
        .bind(every)
        .bind(2 * i64::from(about));
        let rows = some.all(&self.readers).await?;
        rows.iter().map(contact).collect()
    }

    /// The contacts that wait, by id, so many after one.
    pub async fn waiting(
        &self,
        project: ProjectId,
        campaign: CampaignId,
        after: Option<ContactId>,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let some = sql(
            "SELECT id, number, attempts, next_attempt_at,
                    (SELECT count(*) FROM dnc WHERE dnc.number = contacts.number AND removed_at IS NULL AND project IN (0, ?)) AS lists
             FROM contacts WHERE campaign = ? AND state = 'pending' AND id > ? ORDER BY id LIMIT ?",
        );
        let some = some.bind(project.get()).bind(campaign.get());
        let some = some.bind(after.map_or(0, ContactId::get)).bind(i64::from(limit));
        some.all(&self.readers).await?.iter().map(waiting).collect()
    }
}

fn waiting(row: &Row) -> Result<Waiting, StoreError> {
    let due: i64 = row.try_get("next_attempt_at")?;
    Ok(Waiting {
        contact: row.try_get::<i64>("id")?.try_into()?,
        number: row.try_get::<&str>("number")?.parse()?,
        attempts: u32::try_from(row.try_get::<i64>("attempts")?).unwrap_or(u32::MAX),
        due: (due > 0).then(|| Timestamp::from_millis(due)),
        is_listed: row.try_get::<i64>("lists")? > 0,
    })
}
