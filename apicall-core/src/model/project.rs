//! A tenant and its calling rules.

use super::{
    AmdSettings, CallerId, CallerIds, CallingHours, Country, Digit, Limits, NumberCaps, PhoneNumber,
    ProjectId, ProjectTrunk, ProjectTrunks, RetryPolicy, SoundName, Timestamp, TrunkId, WhenNone,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id; the operator may choose it.
    pub id: ProjectId,
    /// Its name; unique.
    pub name: String,
    /// The country by which national numbers are read.
    pub country: Country,
    /// IANA name of its time zone.
    pub timezone: String,
    /// When it may call; at any time when absent.
    #[serde(default)]
    pub hours: Option<CallingHours>,
    /// How often it calls a number, whatever campaigns the number is in.
    #[serde(default)]
    pub number_caps: NumberCaps,
    /// The number callees see.
    pub caller_id: Option<CallerId>,
    /// Several numbers, of which callees see one; then `caller_id` is only seen when none of them is free, if at all.
    #[serde(default)]
    pub caller_ids: Option<CallerIds>,
    /// The trunk its calls leave by.
    pub trunk: Option<TrunkId>,
    /// Several trunks, of which each call leaves by one; instead of `trunk`.
    #[serde(default)]
    pub trunks: ProjectTrunks,
    /// What happens on an answered call.
    pub flow: ProjectFlow,
    /// When contacts are tried again.
    pub retry: RetryPolicy,
    /// Its own limits.
    pub limits: Limits,
    /// How long a call may ring, in seconds, 5 to 120.
    pub ring_timeout_s: u32,
    /// How long an answered call may last, in seconds, 10 to 14,400.
    pub max_call_s: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Project {
    /// How long a call may ring.
    pub fn ring_timeout(&self) -> Duration {
        Duration::from_secs(self.ring_timeout_s.into())
    }

    /// The trunks that its calls may leave by.
    pub fn ways_out(&self) -> Vec<ProjectTrunk> {
        match self.trunk {
            Some(only) if self.trunks.is_empty() => vec![ProjectTrunk::only(only)],
            _ => self.trunks.all().to_vec(),
        }
    }

    /// Whether a trunk is one of them.
    pub fn leaves_by(&self, trunk: TrunkId) -> bool {
        self.ways_out().iter().any(|way| way.trunk == trunk)
    }

    /// Whether callees may see this number: it is the project's.
    pub fn may_show(&self, number: Option<&CallerId>) -> bool {
        match &self.caller_ids {
            Some(ids) if number.is_some_and(|number| ids.numbers().contains(number)) => true,
            Some(ids) if ids.when_none() == WhenNone::Wait => false,
            _ => self.caller_id.as_ref() == number,
        }
    }

    /// All the numbers that callees may see.
    pub fn shown_numbers(&self) -> Vec<CallerId> {
        let several = self.caller_ids.iter().flat_map(CallerIds::numbers);
        let shows_own = self
            .caller_ids
            .as_ref()
            .is_none_or(|ids| ids.when_none() == WhenNone::OwnCallerId);
        let own = self.caller_id.iter().filter(|_| shows_own);
        several.chain(own).cloned().collect()
    }

    /// How long an answered call may last.
    pub fn max_call(&self) -> Duration {
        Duration::from_secs(self.max_call_s.into())
    }
}

/// A project's flow: its simple settings make the ready-made one, or it brings its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectFlow {
    /// The ready-made flow.
    Simple(SimpleFlow),
    /// A flow definition, as the `flow` room reads and validates it.
    Custom(serde_json::Value),
}

/// The settings of the ready-made flow: play, wait for the digit, transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimpleFlow {
    /// What is played first.
    pub audio: SoundName,
    /// The key that asks for the transfer.
    pub expected_digit: Digit,
    /// Who is called for the transfer; without one the call ends after the digit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow_number: Option<PhoneNumber>,
    /// Detection of answering machines; `None` is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amd: Option<AmdSettings>,
    /// What a machine is left, after its greeting; without one the call ends on a machine. Only with `amd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_message: Option<SoundName>,
}
