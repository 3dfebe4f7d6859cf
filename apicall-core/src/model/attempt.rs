//! What matters of a call, and of a contact, to whoever looks at them afterwards: small, for there are millions.

use super::{
    AnsweredBy, Call, CallId, CallState, CampaignId, ContactId, ContactState, Hold, Origin, Outcome,
    PhoneNumber, ProjectId, SwitchName, Timestamp, TrunkId,
};
use std::sync::Arc;

/// A call, as the columns of the store tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
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
    /// The number dialed.
    pub number: Option<PhoneNumber>,
    /// The engine that dialed it.
    pub engine: Arc<str>,
    /// Whether another engine took it over, that one being dead: when it really ended nobody knows.
    pub taken_over: bool,
    /// The switch it went through.
    pub switch: Option<SwitchName>,
    /// The trunk it left by.
    pub trunk: Option<TrunkId>,
    /// The trunk that had just failed the contact, where it was called by another one instead.
    pub instead_of: Option<TrunkId>,
    /// Where it is.
    pub state: CallState,
    /// When its record was made.
    pub created_at: Timestamp,
    /// When its originate left.
    pub dialed_at: Option<Timestamp>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why.
    pub outcome: Option<Outcome>,
    /// What answered.
    pub answered_by: Option<AnsweredBy>,
}

impl Attempt {
    /// What matters of a call, of whose engine it was, and whether another one took it over.
    pub fn of(call: &Call, engine: Arc<str>, taken_over: bool) -> Self {
        Self {
            id: call.id,
            origin: call.origin,
            project: call.project,
            campaign: call.campaign,
            contact: call.contact,
            attempt: call.attempt,
            number: call.number.clone(),
            engine,
            taken_over,
            switch: call.switch.clone(),
            trunk: call.trunk,
            instead_of: call.instead_of,
            state: call.state,
            created_at: call.created_at,
            dialed_at: call.dialed_at,
            answered_at: call.answered_at,
            ended_at: call.ended_at,
            outcome: call.outcome,
            answered_by: call.answered_by,
        }
    }
}

/// Where a contact stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The contact.
    pub contact: ContactId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// Where it stands.
    pub state: ContactState,
    /// Calls made to it so far.
    pub attempts: u32,
    /// Not before this time.
    pub next_attempt_at: Option<Timestamp>,
    /// The outcome of its last call.
    pub last_outcome: Option<Outcome>,
    /// The rule that holds it.
    pub held_by: Option<Hold>,
}
