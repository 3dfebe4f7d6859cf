//! Making and changing projects.

use super::patch::nullable;
use crate::model::{
    CallerId, CallerIds, CallingHours, Country, Limits, NumberCaps, ProjectFlow, ProjectId, ProjectTrunks,
    RetryPolicy, TrunkId,
};
use serde::{Deserialize, Serialize};

/// `POST /projects`. Only `name`, `country` and `flow` are required.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// An id of your choice; the next free one otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ProjectId>,
    /// Its name, 1 to 100 characters; unique.
    pub name: String,
    /// The country by which national numbers are read.
    pub country: Country,
    /// IANA time zone, `UTC` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// When it may call; at any time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<CallingHours>,
    /// How often it calls a number, whatever campaigns the number is in; as often as it may when absent.
    #[serde(default)]
    pub number_caps: NumberCaps,
    /// The number callees see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_id: Option<CallerId>,
    /// Several numbers, of which callees see one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_ids: Option<CallerIds>,
    /// The trunk its calls leave by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trunk: Option<TrunkId>,
    /// Several trunks, of which each call leaves by one; instead of `trunk`.
    #[serde(default, skip_serializing_if = "ProjectTrunks::is_empty")]
    pub trunks: ProjectTrunks,
    /// What happens on an answered call.
    pub flow: ProjectFlow,
    /// When contacts are tried again; three attempts otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// Its own limits.
    #[serde(default)]
    pub limits: Limits,
    /// How long a call may ring, in seconds, 5 to 120; 30 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_timeout_s: Option<u32>,
    /// How long an answered call may last, in seconds, 10 to 14,400; 3,600 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_call_s: Option<u32>,
}

/// `PATCH /projects/{id}`: an absent field stays, `null` clears.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectPatch {
    /// See [`NewProject::name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// See [`NewProject::country`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// See [`NewProject::timezone`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// See [`NewProject::hours`]; replaces them all.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub hours: Option<Option<CallingHours>>,
    /// See [`NewProject::number_caps`]; replaces them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_caps: Option<NumberCaps>,
    /// See [`NewProject::caller_id`].
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub caller_id: Option<Option<CallerId>>,
    /// See [`NewProject::caller_ids`]; replaces them all.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub caller_ids: Option<Option<CallerIds>>,
    /// See [`NewProject::trunk`].
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub trunk: Option<Option<TrunkId>>,
    /// See [`NewProject::trunks`]; replaces them all, and `trunk`, as `trunk` replaces them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trunks: Option<ProjectTrunks>,
    /// See [`NewProject::flow`]; replaces the whole flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<ProjectFlow>,
    /// See [`NewProject::retry`]; replaces the whole policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// See [`NewProject::limits`]; replaces both limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// See [`NewProject::ring_timeout_s`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_timeout_s: Option<u32>,
    /// See [`NewProject::max_call_s`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_call_s: Option<u32>,
}
