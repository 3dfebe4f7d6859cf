//! How callees behave, as far as a simulation asks, and what it foretells of a campaign.

use super::text::text_enum;
use super::{AnsweredBy, CampaignId, Hold, Invalid, Outcome, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most endings of a model, and most lengths of one.
const ENDINGS: usize = 50;
const LENGTHS: usize = 1_000;
/// Longest ringing or talk: a day.
const LONGEST_MS: u32 = 86_400_000;
/// Largest share of one ending.
const SHARE: u32 = 1_000_000;

/// A way in which calls end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// How.
    pub outcome: Outcome,
    /// Who answered, when somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// How many calls end so, beside the shares of the others.
    pub share: u32,
    /// How long it takes from the start to the answer, or to the end without one: each as likely as the others.
    pub rings_ms: Vec<u32>,
    /// How long an answered call lasts from then on: each as likely as the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub talks_ms: Vec<u32>,
}

/// How all calls end, each by its share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CalleeModelForm", into = "CalleeModelForm")]
pub struct CalleeModel(Vec<Ending>);

impl CalleeModel {
    /// 1 to 50 endings, of which at least one has a share.
    pub fn new(endings: Vec<Ending>) -> Result<Self, Invalid> {
        if !(1..=ENDINGS).contains(&endings.len()) {
            return Err(Invalid::new("endings", endings.len(), "give 1 to 50"));
        }
        endings.iter().try_for_each(check)?;
        if endings.iter().all(|ending| ending.share == 0) {
            return Err(Invalid::new("share", 0, "give one of the endings a share"));
        }
        Ok(Self(endings))
    }

    /// Its endings.
    pub fn endings(&self) -> &[Ending] {
        &self.0
    }
}

fn check(ending: &Ending) -> Result<(), Invalid> {
    let Ending { outcome, share, .. } = ending;
    if *share > SHARE {
        return Err(Invalid::new("share", share, "use 0 to 1000000"));
    }
    let is_answered = *outcome == Outcome::Answered;
    if ending.answered_by.is_some() && !is_answered {
        let remedy = "only an answered call has one; leave it out";
        return Err(Invalid::new("answered_by", outcome, remedy));
    }
    let talks = match is_answered {
        true => 1..=LENGTHS,
        false => 0..=0,
    };
    if !(1..=LENGTHS).contains(&ending.rings_ms.len()) {
        return Err(Invalid::new(
            "rings_ms",
            outcome,
            "give 1 to 1000 lengths in milliseconds",
        ));
    }
    if !talks.contains(&ending.talks_ms.len()) {
        let remedy = "give 1 to 1000 lengths in milliseconds of an answered call, and none of others";
        return Err(Invalid::new("talks_ms", outcome, remedy));
    }
    let lengths = ending.rings_ms.iter().chain(&ending.talks_ms);
    match lengths.max() {
        Some(longest) if *longest > LONGEST_MS => Err(Invalid::new(
            "length",
            longest,
            "use at most 86400000 milliseconds (a day)",
        )),
        _ => Ok(()),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalleeModelForm {
    endings: Vec<Ending>,
}

impl TryFrom<CalleeModelForm> for CalleeModel {
    type Error = Invalid;
    fn try_from(form: CalleeModelForm) -> Result<Self, Invalid> {
        Self::new(form.endings)
    }
}

impl From<CalleeModel> for CalleeModelForm {
    fn from(model: CalleeModel) -> Self {
        Self { endings: model.0 }
    }
}

text_enum! {
    /// What a campaign waits for while it starts no call.
    Brake as "brake" {
        /// The rate of one of its levels.
        Rate = "rate",
        /// The channels of one of its levels.
        Channels = "channels",
        /// See [`Hold::ScheduledStart`].
        ScheduledStart = "scheduled_start",
        /// See [`Hold::CallingHours`].
        CallingHours = "calling_hours",
        /// See [`Hold::NumberCap`].
        NumberCap = "number_cap",
        /// See [`Hold::CallerId`].
        CallerId = "caller_id",
        /// See [`Hold::Retry`].
        Retry = "retry",
        /// The end of its last calls.
        LastCalls = "last_calls",
    }
}

impl From<Hold> for Brake {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::ScheduledStart => Self::ScheduledStart,
            Hold::NumberCap => Self::NumberCap,
            Hold::CallerId => Self::CallerId,
            Hold::Retry => Self::Retry,
            // Those that no time ends hold nobody up: who is held by them is passed over.
            Hold::CallingHours | Hold::ScheduledEnd | Hold::UnknownZone | Hold::DoNotCall => {
                Self::CallingHours
            }
        }
    }
}

/// What a simulation foretells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// When it is taken to begin.
    pub begins_at: Timestamp,
    /// The last end of a call, or of the campaign.
    pub ends_at: Timestamp,
    /// Whether every contact is done by then; else it stopped at its scheduled end, or what is left is never called.
    pub finishes: bool,
    /// What chance was drawn from.
    pub seed: u64,
    /// The calls of the project that callees were learned from; absent when they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_from: Option<u64>,
    /// Contacts that wait to be called.
    pub contacts: u64,
    /// Those that a person answers.
    pub reached: u64,
    /// Those that are not called, by what keeps them from it.
    pub not_called: BTreeMap<Hold, u64>,
    /// Calls.
    pub attempts: u64,
    /// Calls by outcome; those that do not occur are absent.
    pub by_outcome: BTreeMap<Outcome, u64>,
    /// Most channels in use at once.
    pub peak_channels: u32,
    /// Most starts in a second.
    pub peak_cps: u32,
    /// Starts a second, over the time in which it was not closed.
    pub mean_cps: f64,
    /// How long it started nobody, by what it waited for, in seconds.
    pub waited_s: BTreeMap<Brake, u64>,
    /// How often a rule held a contact back, by the rule.
    pub held: BTreeMap<Hold, u64>,
}
