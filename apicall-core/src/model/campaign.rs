//! A list of contacts being called for a project.

use super::text::text_enum;
use super::{CallingHours, CampaignId, Limits, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};

text_enum! {
    /// Where a campaign stands.
    CampaignState as "campaign state" {
        /// Made, never started.
        Created = "created",
        /// Dialing whatever may be dialed.
        Running = "running",
        /// Held; live calls go on.
        Paused = "paused",
        /// Ended by somebody; can be started again.
        Stopped = "stopped",
        /// Every contact is done; importing more and starting again is allowed.
        Finished = "finished",
    }
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// The project it calls for.
    pub project: ProjectId,
    /// Its name; unique within the project.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// Its own limits.
    pub limits: Limits,
    /// Its share among the running campaigns, 1 to 100.
    pub weight: u32,
    /// Hours of its own, within its project's.
    #[serde(default)]
    pub hours: Option<CallingHours>,
    /// Nobody is called before.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
    /// It stops by itself then.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was first started.
    pub started_at: Option<Timestamp>,
    /// When it last stopped or finished.
    pub ended_at: Option<Timestamp>,
}
