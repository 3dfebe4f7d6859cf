//! What a flow is made of. `docs/flows.md` describes every key.

use super::check::{self, FlowError, FlowErrors};
use super::simple;
use crate::model::{
    AmdSettings, CallerId, Digit, DigitSet, FlowResult, ProjectFlow, SimpleFlow, SoundName, TransferStatus,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A flow: steps by name, and the first of them. Valid by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    pub(super) start: String,
    pub(super) steps: BTreeMap<String, Step>,
}

/// The name of the step that follows; without one the flow is over.
pub(super) type Next = Option<String>;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Step {
    /// Answer a channel that is not up yet.
    Answer(Hop),
    /// Listen for an answering machine.
    Detect(Detect),
    /// Play sounds.
    Play(Play),
    /// Play sounds and collect keys.
    Gather(Gather),
    /// Go on by a variable's value.
    Branch(Branch),
    /// Connect the caller to somebody else.
    Transfer(Transfer),
    /// Record the caller.
    Record(Record),
    /// Set a variable.
    Set(Set),
    /// End the call with a result.
    Hangup(Hangup),
}

/// A step with nothing but a successor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hop {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Next,
}

/// Listens for an answering machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detect {
    /// Its parameters.
    #[serde(default)]
    pub(super) amd: AmdSettings,
    /// Where a person leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) human: Next,
    /// Where a machine leads; the end with result `machine` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) machine: Next,
    /// Where doubt leads; as a person otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unsure: Next,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Next,
}

/// Plays sounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Play {
    /// What, in order.
    pub(super) sounds: Vec<SoundName>,
    /// Where a key pressed meanwhile leads; only these keys stop the sounds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) on: BTreeMap<Digit, String>,
    /// Where the end of the sounds leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Next,
    /// See [`Detect::failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Next,
}

/// Plays sounds and collects keys. A key pressed during the sounds stops them and counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gather {
    /// What to play first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sounds: Vec<SoundName>,
    /// Stop after this many keys, 1 to 32.
    pub(super) max_digits: u8,
    /// Keys that end the input and are not part of it.
    #[serde(default, skip_serializing_if = "no_keys")]
    pub(super) terminators: DigitSet,
    /// How long to wait after the sounds for the first key, in milliseconds, 100 to 60,000.
    #[serde(default = "first_timeout_ms")]
    pub(super) first_timeout_ms: u32,
    /// How long to wait for each further key, in milliseconds, 100 to 60,000.
    #[serde(default = "next_timeout_ms")]
    pub(super) next_timeout_ms: u32,
    /// How often to ask, 1 to 10.
    #[serde(default = "one")]
    pub(super) tries: u8,
    /// What to play before asking again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) retry_sounds: Vec<SoundName>,
    /// The variable that keeps the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) save_as: Option<String>,
    /// Where each input leads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) on: BTreeMap<String, String>,
    /// Where any other input leads; without it, other input is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) any: Next,
    /// Where wrong input at the last try leads; the end with result `wrong_input` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wrong: Next,
    /// Where silence at every try leads; the end with result `no_input` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) no_input: Next,
    /// See [`Detect::failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Next,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn no_keys(keys: &DigitSet) -> bool {
    keys.is_empty()
}
fn first_timeout_ms() -> u32 {
    5_000
}
fn next_timeout_ms() -> u32 {
    3_000
}
fn one() -> u8 {
    1
}

/// Goes on by a variable's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Branch {
    /// Which; `digits` is the last input, `answered_by` what answered.
    pub(super) variable: String,
    /// Where each value leads.
    pub(super) on: BTreeMap<String, String>,
    /// Where every other value leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) otherwise: Next,
}

/// Connects the caller to somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    /// Whom to call.
    pub(super) to: TransferTo,
    /// What they see; the caller's own number otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) caller_id: Option<CallerId>,
    /// How long it may ring, in seconds, 5 to 120.
    #[serde(default = "ring_timeout_s")]
    pub(super) ring_timeout_s: u32,
    /// How long they may talk, in seconds, 10 to 14,400.
    #[serde(default = "max_talk_s")]
    pub(super) max_talk_s: u32,
    /// Where to go by how it went. Otherwise the flow ends: `transferred`, `transfer_failed`, or `hung_up` when the
    /// caller left while it rang.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) on: BTreeMap<TransferStatus, String>,
    /// See [`Detect::failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Next,
}

fn ring_timeout_s() -> u32 {
    45
}
fn max_talk_s() -> u32 {
    3_600
}

/// Whom a transfer calls. Both may hold `{variable}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TransferTo {
    /// A number in E.164, through the call's trunk.
    Number(String),
    /// `extension@context` of the switch's dialplan.
    Extension(String),
}

/// Records the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The recording's name, without extension; may hold `{variable}`.
    pub(super) name: String,
    /// At most this long, in seconds, 1 to 3,600.
    pub(super) max_length_s: u32,
    /// Ends after this much silence, in seconds; 0 is never.
    #[serde(default)]
    pub(super) silence_s: u32,
    /// Keys that end it.
    #[serde(default, skip_serializing_if = "no_keys")]
    pub(super) stop_on: DigitSet,
    /// Whether to beep first.
    #[serde(default)]
    pub(super) beep: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Next,
    /// See [`Detect::failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Next,
}

/// Sets a variable, for the flow and for the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    /// Which.
    pub(super) variable: String,
    /// To what; may hold `{variable}`.
    pub(super) value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Next,
    /// See [`Detect::failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Next,
}

/// Ends the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hangup {
    /// The flow's result.
    pub(super) result: FlowResult,
}

impl Flow {
    /// Reads a definition: `{"start": NAME, "steps": {NAME: STEP, …}}`. All that is wrong with it is told at once.
    pub fn parse(definition: &Value) -> Result<Self, FlowErrors> {
        let mut errors = Vec::new();
        let start = definition.get("start").and_then(Value::as_str).map(str::to_owned);
        let steps = match definition.get("steps").and_then(Value::as_object) {
            Some(steps) => steps
                .iter()
                .filter_map(|(name, step)| {
                    let read = serde_json::from_value(step.clone());
                    let error = |error: &serde_json::Error| FlowError::new(format!("steps.{name}"), error);
                    read.inspect_err(|problem| errors.push(error(problem)))
                        .ok()
                        .map(|step| (name.clone(), step))
                })
                .collect(),
            None => {
                errors.push(FlowError::new("steps", "give an object of steps by name"));
                BTreeMap::new()
            }
        };
        let unknown = definition
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str());
        for key in unknown.filter(|key| !matches!(*key, "start" | "steps")) {
            errors.push(FlowError::new(key, "unknown key; a flow has `start` and `steps`"));
        }
        if start.is_none() {
            errors.push(FlowError::new("start", "name the first step"));
        }
        let names = definition.get("steps").and_then(Value::as_object);
        let names: BTreeSet<_> = names
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let flow = Self {
            start: start.unwrap_or_default(),
            steps,
        };
        check::check(&flow, &names, &mut errors);
        if errors.is_empty() {
            Ok(flow)
        } else {
            Err(FlowErrors(errors))
        }
    }

    /// The ready-made flow.
    pub fn simple(settings: &SimpleFlow) -> Self {
        simple::flow(settings)
    }

    /// A project's flow.
    pub fn for_project(flow: &ProjectFlow) -> Result<Self, FlowErrors> {
        match flow {
            ProjectFlow::Simple(settings) => Ok(Self::simple(settings)),
            ProjectFlow::Custom(definition) => Self::parse(definition),
        }
    }

    /// All sounds it may play, each once.
    pub fn sounds(&self) -> BTreeSet<&SoundName> {
        self.steps.values().flat_map(sounds_of).collect()
    }

    /// The definition, as [`parse`](Self::parse) reads it.
    pub fn to_json(&self) -> Value {
        json!({ "start": self.start, "steps": self.steps })
    }
}

fn sounds_of(step: &Step) -> Vec<&SoundName> {
    match step {
        Step::Play(play) => play.sounds.iter().collect(),
        Step::Gather(gather) => gather.sounds.iter().chain(&gather.retry_sounds).collect(),
        _ => Vec::new(),
    }
}
