//! A number with its variables, in one campaign.

use super::text::text_enum;
use super::{CampaignId, ContactId, Hold, Outcome, PhoneNumber, Timestamp, Variables};
use serde::{Deserialize, Serialize};

text_enum! {
    /// Where a contact stands.
    ContactState as "contact state" {
        /// Waiting for its first call or for a retry.
        Pending = "pending",
        /// In a call, or about to be.
        Claimed = "claimed",
        /// Nothing more will be tried.
        Done = "done",
    }
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The campaign it belongs to.
    pub campaign: CampaignId,
    /// Its number, once per campaign.
    pub number: PhoneNumber,
    /// The other columns of its row.
    pub variables: Variables,
    /// Where it stands.
    pub state: ContactState,
    /// Calls made to it so far.
    pub attempts: u32,
    /// Not before this time; `None` is at once.
    pub next_attempt_at: Option<Timestamp>,
    /// The outcome of its last call.
    pub last_outcome: Option<Outcome>,
    /// The rule that holds it back until `next_attempt_at`, or for good when it is done.
    #[serde(default)]
    pub held_by: Option<Hold>,
}
