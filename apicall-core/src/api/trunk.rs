//! Making and changing trunks.

use crate::model::{CallerIdFormat, Limits, SwitchName, Timestamp, TrunkName};
use serde::{Deserialize, Serialize};

/// `POST /trunks`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTrunk {
    /// Its name on the switch: the PJSIP endpoint, the gateway. Unique.
    pub name: TrunkName,
    /// The switch; may be left out when the engine has exactly one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<SwitchName>,
    /// Digits put in front of every number dialed through it.
    #[serde(default)]
    pub prefix: String,
    /// How it wants caller IDs; as the project has them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_id_format: Option<CallerIdFormat>,
    /// Its own limits.
    #[serde(default)]
    pub limits: Limits,
    /// Whether it is let alone for a while when its calls fail; it is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<bool>,
}

/// `PATCH /trunks/{id}`: an absent field stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkPatch {
    /// See [`NewTrunk::prefix`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// See [`NewTrunk::caller_id_format`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_id_format: Option<CallerIdFormat>,
    /// See [`NewTrunk::limits`]; replaces both limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Whether calls may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// See [`NewTrunk::breaker`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<bool>,
}

/// `GET /trunks/{id}/breaker`: whether this engine trusts a trunk with calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkBreaker {
    /// `off`, `closed`, `open`, `half_open`, or `ramp`: closed, and not yet at full rate.
    pub state: String,
    /// Until when it is open.
    pub until: Option<Timestamp>,
    /// Why it opened last.
    pub why: Option<String>,
}
