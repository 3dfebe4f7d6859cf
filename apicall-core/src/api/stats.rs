//! Live statistics and health.

use super::DetectionStats;
use crate::model::{CampaignId, Channels, Cps, Outcome, ProjectId, SwitchName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Query of `GET /stats`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatsQuery {
    /// Count ended calls from the minute of this time, in epoch milliseconds; the last 24 hours when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Of this project only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

/// `GET /stats`, and each event of `GET /stats/stream`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveStats {
    /// When it was taken.
    pub at: Timestamp,
    /// Every level that limits: `engine`, `switch NAME`, `trunk NAME`, `project NAME`, `campaign NAME`.
    pub levels: Vec<LevelLoad>,
    /// The switches.
    pub switches: Vec<SwitchInfo>,
    /// Running campaigns: contacts done and in all.
    pub campaigns: Vec<CampaignProgress>,
    /// Ended calls by outcome since `from`; every outcome is listed.
    pub by_outcome: BTreeMap<Outcome, u64>,
    /// What detection said of calls that ended since the hour of `from`, and what spoke against it.
    #[serde(default)]
    pub detection: DetectionStats,
    /// Transactions that the store has written since the engine started.
    #[serde(default)]
    pub store_transactions: u64,
}

/// How one level is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelLoad {
    /// Which.
    pub level: String,
    /// Channels in use.
    pub live: u32,
    /// Originates not yet answered or refused.
    pub unanswered: u32,
    /// Calls on disk that wait for their slot.
    pub waiting: u32,
    /// Originates in the last second.
    pub starts_last_second: u32,
    /// The rate limit.
    pub cps: Option<Cps>,
    /// The channel cap.
    pub channels: Option<Channels>,
}

/// A campaign's progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignProgress {
    /// Which.
    pub campaign: CampaignId,
    /// Its name.
    pub name: String,
    /// Contacts done.
    pub done: u64,
    /// Contacts in all.
    pub contacts: u64,
    /// Its calls that have not ended, those of other engines and those that wait for their slot included, as in
    /// `CampaignStats`. Its channels, second legs included, are told of its level.
    pub live: u32,
}

/// `GET /switches`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchInfo {
    /// Its name.
    pub name: SwitchName,
    /// `asterisk`, `freeswitch` or `emulator`.
    pub kind: String,
    /// Whether it is connected.
    pub state: SwitchState,
    /// Why it is down, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// How it is dialed more slowly than wanted, so that it is not overloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowed: Option<SwitchSlowed>,
}

/// A switch that is dialed slowly because it reacts slowly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchSlowed {
    /// The rate it is dialed at, at most.
    pub cps: Cps,
    /// The same in percent of what configuration allows.
    pub percent: u8,
    /// Why.
    pub reason: String,
}

/// Whether a switch is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchState {
    /// Connected and ready.
    Up,
    /// Not connected; nothing is dialed through it.
    Down,
}

/// `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineHealth {
    /// `ok`, `degraded` (a switch is down) or `failing` (the store is away).
    pub status: String,
    /// The engine's version.
    pub version: String,
    /// Each part.
    pub parts: Vec<PartHealth>,
}

/// One part's health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartHealth {
    /// `store`, `switch pbx1` …
    pub part: String,
    /// Whether it works.
    pub ok: bool,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
