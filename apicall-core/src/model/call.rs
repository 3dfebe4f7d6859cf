//! One dial attempt, and its record.

use super::text::text_enum;
use super::{
    AnsweredBy, CallId, CallerId, CallerIdChoice, CampaignId, Cause, ContactId, Contradiction, Digits,
    FlowResult, Outcome, PhoneNumber, ProjectId, SwitchName, Timestamp, TrunkId, Variables,
};
use serde::{Deserialize, Serialize};

text_enum! {
    /// Where a call is in its life; see `docs/CALL_LIFE.md`.
    CallState as "call state" {
        /// On disk, not yet given to a switch.
        Queued = "queued",
        /// Given to a switch.
        Dialing = "dialing",
        /// The far end rings.
        Ringing = "ringing",
        /// Answered.
        Up = "up",
        /// Over; final.
        Ended = "ended",
    }
}

impl CallState {
    /// The table of a call's life: whether a call in this state may come to `next`.
    ///
    /// States only go forward; one may be skipped when the switch does not tell (an answer without ringing).
    pub fn may_become(self, next: Self) -> bool {
        self < next
            && (self, next) != (Self::Queued, Self::Ringing)
            && (self, next) != (Self::Queued, Self::Up)
    }
}

text_enum! {
    /// Who asked for a call.
    Origin as "call origin" {
        /// A campaign.
        Campaign = "campaign",
        /// Somebody over the API.
        Manual = "manual",
        /// The switch's own dialplan, which handed us an existing channel.
        Dialplan = "dialplan",
    }
}

/// A call's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its id, which on Asterisk is its channel's Uniqueid.
    pub id: CallId,
    /// Who asked for it.
    pub origin: Origin,
    /// The project.
    pub project: ProjectId,
    /// The campaign, for a campaign's call.
    pub campaign: Option<CampaignId>,
    /// The contact, for a campaign's call.
    pub contact: Option<ContactId>,
    /// Which attempt at the contact it is, from 1.
    pub attempt: u32,
    /// The number dialed; `None` for a dialplan visitor who hides it.
    pub number: Option<PhoneNumber>,
    /// The switch it goes through, once chosen.
    pub switch: Option<SwitchName>,
    /// The trunk it leaves by, once chosen.
    pub trunk: Option<TrunkId>,
    /// The trunk that had just failed this contact, where it is called by another one instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<TrunkId>,
    /// The caller ID shown.
    pub caller_id: Option<CallerId>,
    /// Why this one, where it was chosen among several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_id_choice: Option<CallerIdChoice>,
    /// Variables given to the call.
    pub variables: Variables,
    /// Where it is.
    pub state: CallState,
    /// When its record was made.
    pub created_at: Timestamp,
    /// When its originate left.
    pub dialed_at: Option<Timestamp>,
    /// When the far end first rang.
    pub ringing_at: Option<Timestamp>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended; set exactly when it has.
    pub outcome: Option<Outcome>,
    /// What answered, when answered.
    pub answered_by: Option<AnsweredBy>,
    /// What spoke against that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<Contradiction>,
    /// How its flow ended, when one ran.
    pub result: Option<FlowResult>,
    /// The raw reasons.
    pub cause: Cause,
    /// All keys pressed at its prompts, in order.
    pub digits: Digits,
    /// The transfer, when one was tried; the last one of several.
    pub transfer: Option<TransferReport>,
}

text_enum! {
    /// How a transfer's second leg went.
    TransferStatus as "transfer status" {
        /// Somebody picked up and was connected.
        Answered = "answered",
        /// Busy.
        Busy = "busy",
        /// Nobody picked up in time.
        NoAnswer = "no_answer",
        /// No room at the carrier or the switch.
        Congestion = "congestion",
        /// Not to be reached, or not configured.
        Unavailable = "unavailable",
        /// The caller left before anybody picked up.
        Cancelled = "cancelled",
    }
}

/// What became of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferReport {
    /// Where to, as dialed.
    pub target: String,
    /// How it went.
    pub status: TransferStatus,
    /// Time from dialing to the end, in milliseconds.
    pub total_ms: u64,
    /// Time the two were connected, in milliseconds; zero unless answered.
    pub talked_ms: u64,
    /// The raw reasons of the second leg.
    #[serde(default)]
    pub cause: Cause,
}
