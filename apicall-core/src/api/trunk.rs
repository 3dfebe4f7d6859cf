//! Making and changing trunks.

use crate::model::{Limits, SwitchName, TrunkName};
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
    /// Its own limits.
    #[serde(default)]
    pub limits: Limits,
}

/// `PATCH /trunks/{id}`: an absent field stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkPatch {
    /// See [`NewTrunk::prefix`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// See [`NewTrunk::limits`]; replaces both limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Whether calls may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}
