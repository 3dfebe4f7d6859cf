//! Why a number is called, or not.

use crate::model::{CampaignId, ProjectId, Timestamp, Trace};
use serde::{Deserialize, Serialize};

/// Query of `GET /why`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyQuery {
    /// The number, in E.164 or as the project's country writes it.
    pub number: String,
    /// For this project. Without one: for each that has the number in a campaign, on its list or in a call, or else for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// By this campaign. Without one: by each of the project's that has the number, or singly when none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignId>,
    /// Singly, whatever campaigns have the number.
    #[serde(default)]
    pub single: bool,
    /// At this moment, now or later; now when absent. What is known is what is known now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// `GET /why`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyReport {
    /// The moment that was asked about.
    pub at: Timestamp,
    /// One for each campaign, and for each single call that was asked about: at least one.
    pub traces: Vec<Trace>,
    /// Whether there are more than are told; name a project or a campaign.
    pub left_off: bool,
}
