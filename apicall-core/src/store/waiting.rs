//! Reading the contacts of a campaign that wait, without disturbing those that are called.
//!
//! Deliberately absent: claiming them.

use super::contacts::contact;
use super::db::sql;
use super::{Store, StoreError};
use crate::model::{CampaignId, Contact, ContactState};

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
}
