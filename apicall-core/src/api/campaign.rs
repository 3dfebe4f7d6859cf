//! Making, changing and reporting campaigns.

use super::DetectionStats;
use super::patch::nullable;
use crate::model::{
    AnsweredBy, CallingHours, CampaignId, CampaignState, ContactState, Hold, Limits, Outcome, ProjectId,
    Timestamp, Waits,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `POST /campaigns`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// The project it calls for.
    pub project: ProjectId,
    /// Its name, 1 to 100 characters; unique within the project.
    pub name: String,
    /// Its own limits.
    #[serde(default)]
    pub limits: Limits,
    /// Its share among the running campaigns, 1 to 100; 10 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Hours of its own, within its project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<CallingHours>,
    /// Nobody is called before; it has to be started all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// It stops by itself then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

/// `PATCH /campaigns/{id}`: an absent field stays, `null` clears. Takes effect at once, also while it runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignPatch {
    /// See [`NewCampaign::name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// See [`NewCampaign::limits`]; replaces both limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// See [`NewCampaign::weight`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// See [`NewCampaign::hours`]; replaces them all.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub hours: Option<Option<CallingHours>>,
    /// See [`NewCampaign::starts_at`].
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub starts_at: Option<Option<Timestamp>>,
    /// See [`NewCampaign::ends_at`].
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub ends_at: Option<Option<Timestamp>>,
}

/// Query of `GET /campaigns`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFilter {
    /// Of this project only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// In this state only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CampaignState>,
}

/// Query of `GET /campaigns/{id}/contacts`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactFilter {
    /// In this state only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ContactState>,
    /// Where the page begins: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many, 1 to 1,000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `GET /campaigns/{id}/stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignStats {
    /// The campaign.
    pub campaign: CampaignId,
    /// Where it stands.
    pub state: CampaignState,
    /// Contacts in all.
    pub contacts: u64,
    /// Contacts by state; every state is listed.
    pub by_contact_state: BTreeMap<ContactState, u64>,
    /// Calls made so far, live ones included.
    pub calls: u64,
    /// Calls that have not ended.
    pub live: u64,
    /// Ended calls by outcome; every outcome is listed.
    pub by_outcome: BTreeMap<Outcome, u64>,
    /// Answered calls by what answered; every kind is listed.
    pub by_answered_by: BTreeMap<AnsweredBy, u64>,
    /// What detection said, and what spoke against it.
    #[serde(default)]
    pub detection: DetectionStats,
    /// Flow results.
    pub by_result: BTreeMap<String, u64>,
    /// Answered calls among ended ones, 0 to 1; absent before the first ended.
    pub answer_rate: Option<f64>,
    /// Seconds of answered calls, summed.
    pub talk_s: u64,
    /// Earliest time at which a waiting contact may be called again, when all wait.
    pub next_attempt_at: Option<Timestamp>,
    /// Contacts that a rule holds back, or will not have called, by the rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<Hold, u64>,
    /// Why a running campaign calls nobody new now, and until when; absent when nothing keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
}
