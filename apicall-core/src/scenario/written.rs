//! What may stand in a scenario file, key by key. The JSON schema for editors is made of these types.

use super::expect::Expectations;
use super::file::ProjectRef;
use crate::flow::Flow;
use crate::model::{Callee, CallerId, Country, SimpleFlow, TrunkName, Variables};
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// What a file may say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Scenario")]
#[schemars(extend("required" = ["cases"], "oneOf" = [{ "required": ["project"] }, { "required": ["flow"] }]))]
pub(super) struct Written {
    /// The project whose flow is tried, by id or name. Either this or `flow`.
    pub(super) project: Option<ProjectRef>,
    /// A flow of the file's own: `start` and `steps`, or the settings of the ready-made one.
    #[serde(default)]
    #[schemars(with = "Option<WrittenFlow>")]
    #[allow(
        dead_code,
        reason = "a flow is read by its own room; here it only tells its schema"
    )]
    flow: Option<serde_json::Value>,
    /// The trunk calls leave by. Else the project's; for a flow of the file's own the engine's only one.
    pub(super) trunk: Option<TrunkName>,
    /// With `flow`: the country by which national numbers are read; `US` otherwise.
    pub(super) country: Option<Country>,
    /// With `flow`: the number callees see.
    pub(super) caller_id: Option<CallerId>,
    /// With `flow`: how long a call may ring, in seconds, 5 to 120.
    pub(super) ring_timeout_s: Option<u32>,
    /// With `flow`: how long an answered call may last, in seconds, 10 to 14,400.
    pub(super) max_call_s: Option<u32>,
    /// Callees that several cases share, by name.
    #[serde(default)]
    #[allow(dead_code, reason = "read one by one; here they only tell their schema")]
    callees: BTreeMap<String, Callee>,
    /// Which number stands for which of the `callees` on a real switch.
    #[serde(default)]
    #[allow(dead_code, reason = "read with the callees; here they only tell their schema")]
    numbers: BTreeMap<String, String>,
    /// The cases.
    #[serde(default)]
    #[schemars(length(min = 1))]
    #[allow(
        dead_code,
        reason = "cases are read one by one; here they only tell their schema"
    )]
    cases: Vec<WrittenCase>,
}

/// One case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Case")]
#[schemars(extend("required" = ["name", "expect"]))]
pub(super) struct WrittenCase {
    /// What it shows; no other case of the file may have the same.
    #[serde(default)]
    pub(super) name: String,
    /// Rows of values; the case is run once with each. `<name>` anywhere in the case stands for the row's value.
    #[serde(default)]
    #[allow(dead_code, reason = "expanded before; here they only tell their schema")]
    parameters: Vec<BTreeMap<String, String>>,
    /// Who is called: the name of one of the `callees`, or a callee. Without one the `number` says who it is; without
    /// that as well, somebody who picks up at once, and stays.
    #[serde(default)]
    pub(super) callee: Option<WrittenCallee>,
    /// Whom the call is transferred to, likewise.
    #[serde(default)]
    pub(super) transfer_callee: Option<WrittenCallee>,
    /// The number that stands for the callee on a real switch. Else that of `numbers`.
    #[serde(default)]
    pub(super) number: Option<String>,
    /// Variables for the flow.
    #[serde(default)]
    pub(super) variables: Variables,
    /// What is expected of the call.
    #[serde(default)]
    pub(super) expect: Expectations,
}

/// A flow of steps, or the settings of the ready-made one; either also as a project's flow has it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only tells its schema")]
enum WrittenFlow {
    ReadyMade(SimpleFlow),
    Own(Flow),
    OfProject(OfProject),
}

/// A flow as the API has it in a project.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", deny_unknown_fields)]
#[allow(dead_code, reason = "only tells its schema")]
enum OfProject {
    Simple(SimpleFlow),
    Custom(Flow),
}

/// A callee, or the name of one.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum WrittenCallee {
    Named(String),
    Here(Callee),
}

impl<'de> Deserialize<'de> for WrittenCallee {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CalleeVisitor)
    }
}

struct CalleeVisitor;

impl<'de> Visitor<'de> for CalleeVisitor {
    type Value = WrittenCallee;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a callee, or the name of one")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<WrittenCallee, E> {
        String::deserialize(StrDeserializer::new(name)).map(WrittenCallee::Named)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WrittenCallee, A::Error> {
        Callee::deserialize(MapAccessDeserializer::new(map)).map(WrittenCallee::Here)
    }
}
