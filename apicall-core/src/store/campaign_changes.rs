//! Campaigns as they change. With a change of state, those who want to know of it are told in the same transaction.

use super::catalog::{free_in_project, load};
use super::db::{Connection, sql};
use super::rules::note_campaign;
use super::{Store, StoreError, deliveries};
use crate::model::{Campaign, CampaignId, CampaignState, Timestamp};

impl Store {
    /// Changes a campaign, at this time.
    pub async fn update_campaign(
        &self,
        id: CampaignId,
        at: Timestamp,
        change: impl Fn(&mut Campaign) + Send + Sync + 'static,
    ) -> Result<Campaign, StoreError> {
        let (change, pen) = (std::sync::Arc::new(change), self.pen());
        self.edit(move |connection| {
            let (change, pen) = (change.clone(), pen.clone());
            Box::pin(async move {
                let mut campaign: Campaign = load(connection, "campaign", "campaigns", id.get()).await?;
                let before = campaign.clone();
                change(&mut campaign);
                if campaign.name != before.name {
                    free_in_project(connection, &campaign).await?;
                }
                sql("UPDATE campaigns SET name = ?, state = ?, doc = ? WHERE id = ?")
                    .bind(&campaign.name)
                    .bind(campaign.state.as_str())
                    .bind(serde_json::to_string(&campaign)?)
                    .bind(id.get())
                    .run(connection)
                    .await?;
                note_campaign(connection, at, &campaign).await?;
                deliveries::tell_campaign(connection, at, before.state, &campaign).await?;
                pen.changed(connection, "campaign", id, &before, &campaign)
                    .await?;
                Ok(campaign)
            })
        })
        .await
    }

    /// Marks a running campaign as finished if nobody is left to call: no contact waits, is being called, or is on its way
    /// in an import. Looked at and written in one transaction, so that an import is before it or after it. Returns the
    /// campaign as it is then.
    pub async fn finish_campaign(&self, id: CampaignId, at: Timestamp) -> Result<Campaign, StoreError> {
        self.edit(move |connection| {
            Box::pin(async move {
                let mut campaign: Campaign = load(connection, "campaign", "campaigns", id.get()).await?;
                if campaign.state == CampaignState::Running && !is_anybody_left(connection, id).await? {
                    campaign.state = CampaignState::Finished;
                    campaign.ended_at = Some(at);
                    sql("UPDATE campaigns SET state = ?, doc = ? WHERE id = ?")
                        .bind(campaign.state.as_str())
                        .bind(serde_json::to_string(&campaign)?)
                        .bind(id.get())
                        .run(connection)
                        .await?;
                    deliveries::tell_campaign(connection, at, CampaignState::Running, &campaign).await?;
                }
                Ok(campaign)
            })
        })
        .await
    }
}

/// Whether a campaign has somebody to call: a contact that waits, is being called, or is on its way in an import.
async fn is_anybody_left(connection: &mut Connection, id: CampaignId) -> Result<bool, StoreError> {
    for left in [
        "SELECT id FROM contacts WHERE campaign = ? AND state = 'pending' LIMIT 1",
        "SELECT id FROM live_calls WHERE campaign = ? AND contact IS NOT NULL LIMIT 1",
        "SELECT id FROM imports WHERE campaign = ? AND state <> 'done' LIMIT 1",
    ] {
        if sql(left).bind(id.get()).first(&mut *connection).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
