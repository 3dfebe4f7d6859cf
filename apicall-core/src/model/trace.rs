//! Why a number is called, or not: every rule that was asked, what it looked at, and what it said.

use super::text::text_enum;
use super::{CampaignId, ContactId, PhoneNumber, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};

text_enum! {
    /// A rule that a call has to pass.
    CallRule as "rule" {
        /// The number is one.
        Number = "number",
        /// The engine dials.
        Engine = "engine",
        /// The campaign runs.
        Campaign = "campaign",
        /// There is a way out that can be used.
        Trunk = "trunk",
        /// The contact waits to be called.
        Contact = "contact",
        /// Its next try is due.
        Retry = "retry",
        /// The number is on no do-not-call list.
        DoNotCall = "do_not_call",
        /// The campaign's scheduled start has come.
        ScheduledStart = "scheduled_start",
        /// The campaign's scheduled end has not.
        ScheduledEnd = "scheduled_end",
        /// It is within the calling hours.
        CallingHours = "calling_hours",
        /// The number was not called as often as it may be.
        NumberCap = "number_cap",
        /// There is a number to show.
        CallerId = "caller_id",
        /// A channel is free.
        Limits = "limits",
    }
}

text_enum! {
    /// What a rule says of a call.
    RuleVerdict as "verdict" {
        /// It may be made.
        Passes = "passes",
        /// Not now: until a time, or until somebody or something changes.
        Waits = "waits",
        /// However long one waits, it is not made.
        Refused = "refused",
        /// The rule does not concern it.
        NotApplicable = "not_applicable",
    }
}

/// A rule, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Which.
    pub rule: CallRule,
    /// What it looked at, in words.
    pub input: String,
    /// What it says.
    pub verdict: RuleVerdict,
    /// When time alone ends the waiting.
    pub until: Option<Timestamp>,
}

impl Judged {
    /// Says yes.
    pub fn passes(rule: CallRule, input: impl Into<String>) -> Self {
        Self::says(rule, input, RuleVerdict::Passes, None)
    }

    /// Has nothing to say.
    pub fn not_applicable(rule: CallRule, input: impl Into<String>) -> Self {
        Self::says(rule, input, RuleVerdict::NotApplicable, None)
    }

    /// Says not now.
    pub fn waits(rule: CallRule, input: impl Into<String>, until: Option<Timestamp>) -> Self {
        Self::says(rule, input, RuleVerdict::Waits, until)
    }

    /// Says no.
    pub fn refused(rule: CallRule, input: impl Into<String>) -> Self {
        Self::says(rule, input, RuleVerdict::Refused, None)
    }

    fn says(
        rule: CallRule,
        input: impl Into<String>,
        verdict: RuleVerdict,
        until: Option<Timestamp>,
    ) -> Self {
        Self {
            rule,
            input: input.into(),
            verdict,
            until,
        }
    }
}

/// What all rules say of a call to a number: by a campaign, or singly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// For which project.
    pub project: ProjectId,
    /// By which campaign; `None` is singly.
    pub campaign: Option<CampaignId>,
    /// The campaign's contact with this number.
    pub contact: Option<ContactId>,
    /// The number, in E.164.
    pub number: PhoneNumber,
    /// The moment that is asked about.
    pub at: Timestamp,
    /// The rules, in the order in which they are applied.
    pub rules: Vec<Judged>,
    /// All of them together: `passes` when it may be called at that moment.
    pub verdict: RuleVerdict,
    /// The first moment at which every rule about time lets it be called; `None` is never, as things are.
    pub next_eligible_at: Option<Timestamp>,
    /// The rules that keep it from being called; of one that is never called, those that refuse.
    pub because: Vec<CallRule>,
    /// All of it in a sentence.
    pub answer: String,
}
