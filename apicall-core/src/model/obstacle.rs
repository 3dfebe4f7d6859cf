//! What would keep a campaign from dialing well.

use super::text::text_enum;
use super::{CampaignId, Timestamp};
use serde::{Deserialize, Serialize};

text_enum! {
    /// How bad an obstacle is.
    Severity as "severity" {
        /// Nobody would be called.
        Error = "error",
        /// Somebody would not be called, or not as is meant.
        Warning = "warning",
    }
}

text_enum! {
    /// What an obstacle is about.
    ObstacleKind as "kind of obstacle" {
        /// The engine, or its store.
        Engine = "engine",
        /// Whom there is to call.
        Contacts = "contacts",
        /// The ways out, and the flow.
        Trunk = "trunk",
        /// What the flow plays.
        Audio = "audio",
        /// The campaign's scheduled start and end.
        Schedule = "schedule",
        /// The calling hours.
        CallingHours = "calling_hours",
        /// Do-not-call lists.
        DoNotCall = "do_not_call",
        /// Caps on the calls to a number.
        NumberCap = "number_cap",
        /// The numbers that are shown.
        CallerId = "caller_id",
        /// Rates.
        Rate = "rate",
        /// How long it takes.
        Duration = "duration",
    }
}

/// Something that would keep a campaign from dialing well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub what: ObstacleKind,
    /// What there is.
    pub says: String,
    /// What to do.
    pub remedy: String,
}

/// A look at a campaign before it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// Which campaign.
    pub campaign: CampaignId,
    /// When it was looked at.
    pub at: Timestamp,
    /// Contacts that wait to be called.
    pub pending: u64,
    /// How many of them were held against lists, caps and clocks, from all over the list.
    pub sampled: u64,
    /// How long a call of the project held its channel, by those of late; `None` when too few are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_call_ms: Option<u64>,
    /// When each of them may have been called once at the earliest, if it started now; `None` when there is an error, and when
    /// neither a rate is set nor channels are whose calls' length is known.
    pub first_calls_done_at: Option<Timestamp>,
    /// What is in the way, the worst first.
    pub obstacles: Vec<Obstacle>,
}
