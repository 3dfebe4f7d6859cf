//! When a contact that was not reached is tried again.

use super::text::text_enum;
use super::{AnsweredBy, Invalid, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

text_enum! {
    /// What a retry rule is keyed by: an outcome that is no success, or `machine` for a call a machine answered.
    RetryKey as "retry key" {
        /// A machine answered.
        Machine = "machine",
        /// See [`Outcome::Busy`].
        Busy = "busy",
        /// See [`Outcome::NoAnswer`].
        NoAnswer = "no_answer",
        /// See [`Outcome::Rejected`].
        Rejected = "rejected",
        /// See [`Outcome::InvalidNumber`].
        InvalidNumber = "invalid_number",
        /// See [`Outcome::Unreachable`].
        Unreachable = "unreachable",
        /// See [`Outcome::Congestion`].
        Congestion = "congestion",
        /// See [`Outcome::Failed`].
        Failed = "failed",
        /// See [`Outcome::Lost`].
        Lost = "lost",
    }
}

impl RetryKey {
    /// The key of a call that ended so; `None` when it reached a person, or was cancelled by us.
    pub const fn of(outcome: Outcome, answered_by: Option<AnsweredBy>) -> Option<Self> {
        match outcome {
            Outcome::Answered => match answered_by {
                Some(AnsweredBy::Machine) => Some(Self::Machine),
                _ => None,
            },
            Outcome::Busy => Some(Self::Busy),
            Outcome::NoAnswer => Some(Self::NoAnswer),
            Outcome::Rejected => Some(Self::Rejected),
            Outcome::InvalidNumber => Some(Self::InvalidNumber),
            Outcome::Unreachable => Some(Self::Unreachable),
            Outcome::Congestion => Some(Self::Congestion),
            Outcome::Failed => Some(Self::Failed),
            Outcome::Lost => Some(Self::Lost),
            Outcome::Cancelled => None,
        }
    }
}

/// How often a contact may be tried, and how long to wait after which ending. A key without a delay is final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "RetryPolicyForm", into = "RetryPolicyForm")]
pub struct RetryPolicy {
    max_attempts: u32,
    delay_s: BTreeMap<RetryKey, u32>,
}

impl RetryPolicy {
    /// Builds a policy: 1 to 20 attempts, delays of at most 30 days.
    pub fn new(max_attempts: u32, delay_s: BTreeMap<RetryKey, u32>) -> Result<Self, Invalid> {
        if !(1..=20).contains(&max_attempts) {
            return Err(Invalid::new(
                "max_attempts",
                max_attempts,
                "use 1 to 20; the first call counts as one",
            ));
        }
        if let Some((key, delay)) = delay_s.iter().find(|(_, delay)| **delay > 30 * 86_400) {
            return Err(Invalid::new(
                "delay_s",
                delay,
                format!("{key}: wait at most 2592000 seconds (30 days)"),
            ));
        }
        Ok(Self {
            max_attempts,
            delay_s,
        })
    }

    /// Most calls to one contact of one campaign, the first included.
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// Seconds to wait after an ending of that kind; `None` when it is final.
    pub fn delay_s(&self, key: RetryKey) -> Option<u32> {
        self.delay_s.get(&key).copied()
    }
}

/// Three attempts; what may pass is tried again, what will not is final.
impl Default for RetryPolicy {
    fn default() -> Self {
        let delay_s = [
            (RetryKey::Machine, 3600),
            (RetryKey::Busy, 300),
            (RetryKey::NoAnswer, 1800),
            (RetryKey::Unreachable, 1800),
            (RetryKey::Congestion, 60),
            (RetryKey::Failed, 300),
            (RetryKey::Lost, 60),
        ];
        Self {
            max_attempts: 3,
            delay_s: delay_s.into(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryPolicyForm {
    max_attempts: u32,
    #[serde(default)]
    delay_s: BTreeMap<RetryKey, u32>,
}

impl TryFrom<RetryPolicyForm> for RetryPolicy {
    type Error = Invalid;
    fn try_from(form: RetryPolicyForm) -> Result<Self, Invalid> {
        Self::new(form.max_attempts, form.delay_s)
    }
}

impl From<RetryPolicy> for RetryPolicyForm {
    fn from(policy: RetryPolicy) -> Self {
        Self {
            max_attempts: policy.max_attempts,
            delay_s: policy.delay_s,
        }
    }
}
