//! When a contact that was not reached is tried again.

use super::text::text_enum;
use super::{AnsweredBy, Invalid, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Longest wait before another call.
const LONGEST_S: u32 = 30 * 86_400;

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
    backoff: BTreeMap<RetryKey, u32>,
    longest_s: u32,
    other_hour: BTreeSet<RetryKey>,
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
        if let Some((key, delay)) = delay_s.iter().find(|(_, delay)| **delay > LONGEST_S) {
            return Err(Invalid::new(
                "delay_s",
                delay,
                format!("{key}: wait at most 2592000 seconds (30 days)"),
            ));
        }
        Ok(Self {
            max_attempts,
            delay_s,
            backoff: BTreeMap::new(),
            longest_s: LONGEST_S,
            other_hour: BTreeSet::new(),
        })
    }

    /// Each further wait after an ending of that kind is so many times as long, 1 to 10; none is longer than `longest_s`.
    pub fn with_backoff(mut self, backoff: BTreeMap<RetryKey, u32>, longest_s: u32) -> Result<Self, Invalid> {
        if let Some((key, times)) = backoff.iter().find(|(_, times)| !(1..=10).contains(*times)) {
            return Err(Invalid::new("backoff", times, format!("{key}: use 1 to 10")));
        }
        if let Some(key) = backoff.keys().find(|key| !self.delay_s.contains_key(key)) {
            let remedy = "give it a delay_s, of which each further wait is a multiple";
            return Err(Invalid::new("backoff", key, remedy));
        }
        if !(1..=LONGEST_S).contains(&longest_s) {
            return Err(Invalid::new(
                "longest_s",
                longest_s,
                "use 1 to 2592000 seconds (30 days)",
            ));
        }
        (self.backoff, self.longest_s) = (backoff, longest_s);
        Ok(self)
    }

    /// After an ending of that kind the next call is in another hour of the callee's day.
    pub fn with_other_hour(mut self, keys: BTreeSet<RetryKey>) -> Result<Self, Invalid> {
        if let Some(key) = keys.iter().find(|key| !self.delay_s.contains_key(key)) {
            return Err(Invalid::new(
                "other_hour",
                key,
                "give it a delay_s; without one it is final",
            ));
        }
        self.other_hour = keys;
        Ok(self)
    }

    /// Whether the next call after such an ending is in another hour of the callee's day.
    pub fn is_other_hour(&self, key: RetryKey) -> bool {
        self.other_hour.contains(&key)
    }

    /// Most calls to one contact of one campaign, the first included.
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// Seconds to wait when the so-manieth call, from 1, ended so; `None` when it is final.
    pub fn wait_s(&self, key: RetryKey, attempt: u32) -> Option<u32> {
        let first = self.delay_s(key)?;
        let Some(times) = self.backoff.get(&key) else {
            return Some(first);
        };
        let times = times.saturating_pow(attempt.saturating_sub(1));
        Some(first.saturating_mul(times).min(self.longest_s.max(first)))
    }

    /// Seconds to wait after the first ending of that kind; `None` when it is final.
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
            backoff: BTreeMap::new(),
            longest_s: LONGEST_S,
            other_hour: BTreeSet::new(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryPolicyForm {
    max_attempts: u32,
    #[serde(default)]
    delay_s: BTreeMap<RetryKey, u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    backoff: BTreeMap<RetryKey, u32>,
    #[serde(default = "longest_s", skip_serializing_if = "is_longest")]
    longest_s: u32,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    other_hour: BTreeSet<RetryKey>,
}

const fn longest_s() -> u32 {
    LONGEST_S
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_longest(longest_s: &u32) -> bool {
    *longest_s == LONGEST_S
}

impl TryFrom<RetryPolicyForm> for RetryPolicy {
    type Error = Invalid;
    fn try_from(form: RetryPolicyForm) -> Result<Self, Invalid> {
        Self::new(form.max_attempts, form.delay_s)?
            .with_backoff(form.backoff, form.longest_s)?
            .with_other_hour(form.other_hour)
    }
}

impl From<RetryPolicy> for RetryPolicyForm {
    fn from(policy: RetryPolicy) -> Self {
        Self {
            max_attempts: policy.max_attempts,
            delay_s: policy.delay_s,
            backoff: policy.backoff,
            longest_s: policy.longest_s,
            other_hour: policy.other_hour,
        }
    }
}
