//! The steps: what a flow is made of, and the exits by which each is left.

use super::webhook::Webhook;
use crate::model::{AmdSettings, CallerId, Digit, DigitSet, FlowResult, SoundName, TransferStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The name of the step that follows; without one the flow is over.
pub(super) type Target = Option<String>;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Step {
    /// Answer a channel that is not up yet.
    Answer(Answer),
    /// Listen for an answering machine.
    Detect(Detect),
    /// Hear a machine's greeting out, and leave a message.
    LeaveMessage(LeaveMessage),
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
    /// Ask an HTTP service.
    Webhook(Webhook),
    /// Put the callee on the project's do-not-call list.
    OptOut(OptOut),
    /// End the call with a result.
    Hangup(Hangup),
}

/// An exit of a step, as the definition names it, and the step it leads to; without one the flow is over.
pub(super) type Exit<'a> = (String, Option<&'a str>);

/// What a step is: the word behind `do`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is told with its step")]
pub enum StepKind {
    Answer,
    Detect,
    LeaveMessage,
    Play,
    Gather,
    Branch,
    Transfer,
    Record,
    Set,
    Webhook,
    OptOut,
    Hangup,
}

impl Step {
    /// Reads a step of that kind from its other keys. Unlike [`Deserialize`], which has to find `do` first, this leaves each
    /// key to the deserializer, and with it the place of what is refused.
    pub(super) fn read<'de, D: Deserializer<'de>>(kind: StepKind, keys: D) -> Result<Self, D::Error> {
        Ok(match kind {
            StepKind::Answer => Self::Answer(Answer::deserialize(keys)?),
            StepKind::Detect => Self::Detect(Detect::deserialize(keys)?),
            StepKind::LeaveMessage => Self::LeaveMessage(LeaveMessage::deserialize(keys)?),
            StepKind::Play => Self::Play(Play::deserialize(keys)?),
            StepKind::Gather => Self::Gather(Gather::deserialize(keys)?),
            StepKind::Branch => Self::Branch(Branch::deserialize(keys)?),
            StepKind::Transfer => Self::Transfer(Transfer::deserialize(keys)?),
            StepKind::Record => Self::Record(Record::deserialize(keys)?),
            StepKind::Set => Self::Set(Set::deserialize(keys)?),
            StepKind::Webhook => Self::Webhook(Webhook::deserialize(keys)?),
            StepKind::OptOut => Self::OptOut(OptOut::deserialize(keys)?),
            StepKind::Hangup => Self::Hangup(Hangup::deserialize(keys)?),
        })
    }

    /// The word behind `do`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
            Self::Detect(_) => "detect",
            Self::LeaveMessage(_) => "leave_message",
            Self::Play(_) => "play",
            Self::Gather(_) => "gather",
            Self::Branch(_) => "branch",
            Self::Transfer(_) => "transfer",
            Self::Record(_) => "record",
            Self::Set(_) => "set",
            Self::Webhook(_) => "webhook",
            Self::OptOut(_) => "opt_out",
            Self::Hangup(_) => "hangup",
        }
    }

    /// Every way out, also those that the definition leaves to the default.
    pub(super) fn exits(&self) -> Vec<Exit<'_>> {
        let mut exits = match self {
            Self::Answer(answer) => vec![exit("next", &answer.next)],
            Self::Detect(detect) => {
                let mut exits = vec![exit("human", &detect.human), exit("machine", &detect.machine)];
                // Without a place of its own, doubt leaves as a person does.
                exits.extend(detect.unsure.is_some().then(|| exit("unsure", &detect.unsure)));
                exits
            }
            Self::LeaveMessage(leave) => on(&leave.on)
                .chain([exit("next", &leave.next), exit("too_long", &leave.too_long)])
                .collect(),
            Self::Play(play) => on(&play.on).chain([exit("next", &play.next)]).collect(),
            Self::Gather(gather) => gather_exits(gather),
            Self::Branch(branch) => on(&branch.on)
                .chain([exit("otherwise", &branch.otherwise)])
                .collect(),
            Self::Transfer(transfer) => TransferStatus::ALL
                .iter()
                .map(|status| {
                    (
                        format!("on.{status}"),
                        transfer.on.get(status).map(String::as_str),
                    )
                })
                .collect(),
            Self::Record(record) => vec![exit("next", &record.next)],
            Self::Set(set) => vec![exit("next", &set.next)],
            Self::Webhook(webhook) => on(&webhook.on).chain([exit("next", &webhook.next)]).collect(),
            Self::OptOut(opt_out) => vec![exit("next", &opt_out.next)],
            Self::Hangup(_) => vec![("result".to_owned(), None)],
        };
        exits.extend(self.failed().map(|target| exit("failed", target)));
        exits
    }

    /// Where a step leads that could not be done, when it is of a kind that can fail.
    pub(super) fn failed(&self) -> Option<&Target> {
        match self {
            Self::Answer(Answer { failed, .. })
            | Self::Detect(Detect { failed, .. })
            | Self::LeaveMessage(LeaveMessage { failed, .. })
            | Self::Play(Play { failed, .. })
            | Self::Gather(Gather { failed, .. })
            | Self::Transfer(Transfer { failed, .. })
            | Self::Record(Record { failed, .. })
            | Self::Set(Set { failed, .. })
            | Self::Webhook(Webhook { failed, .. }) => Some(failed),
            Self::Branch(_) | Self::OptOut(_) | Self::Hangup(_) => None,
        }
    }

    /// What it may play.
    pub(super) fn sounds(&self) -> Vec<&SoundName> {
        match self {
            Self::LeaveMessage(leave) => leave.sounds.iter().collect(),
            Self::Play(play) => play.sounds.iter().collect(),
            Self::Gather(gather) => gather.sounds.iter().chain(&gather.retry_sounds).collect(),
            _ => Vec::new(),
        }
    }
}

fn gather_exits(gather: &Gather) -> Vec<Exit<'_>> {
    let mut exits: Vec<_> = on(&gather.on).collect();
    exits.push(match gather.any {
        // With `any` no input is wrong.
        Some(_) => exit("any", &gather.any),
        None => exit("wrong", &gather.wrong),
    });
    exits.push(exit("no_input", &gather.no_input));
    exits
}

fn exit<'a>(name: &str, target: &'a Target) -> Exit<'a> {
    (name.to_owned(), target.as_deref())
}

fn on<K: Display>(targets: &BTreeMap<K, String>) -> impl Iterator<Item = Exit<'_>> {
    targets
        .iter()
        .map(|(key, target)| (format!("on.{key}"), Some(target.as_str())))
}

/// Answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// Where to go then; the end otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Target,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

/// Listens for an answering machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Detect {
    /// Its parameters.
    #[serde(default)]
    pub(super) amd: AmdSettings,
    /// Where a person leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) human: Target,
    /// Where a machine leads; the end with result `machine` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) machine: Target,
    /// Where doubt leads; as a person otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unsure: Target,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

/// Hears a machine's greeting out, and leaves a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LeaveMessage {
    /// The message, in order.
    #[schemars(length(min = 1))]
    pub(super) sounds: Vec<SoundName>,
    /// So much silence ends the greeting, in milliseconds, 200 to 10,000; where the switch hears a beep, that does too.
    #[serde(default = "silence_ms")]
    #[schemars(range(min = 200, max = 10_000))]
    pub(super) silence_ms: u32,
    /// How long to wait for the end of the greeting, in seconds, 1 to 120.
    #[serde(default = "within_s")]
    #[schemars(range(min = 1, max = 120))]
    pub(super) within_s: u32,
    /// Where a key pressed during the message leads: a person was taken for a machine. Only these keys stop it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) on: BTreeMap<Digit, String>,
    /// Where to go when it is left; the end with result `voicemail_left` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Target,
    /// Where a greeting leads that does not end in time; the end with result `machine` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) too_long: Target,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

pub(super) fn silence_ms() -> u32 {
    2_000
}
pub(super) fn within_s() -> u32 {
    30
}

/// Plays sounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Play {
    /// What, in order.
    #[schemars(length(min = 1))]
    pub(super) sounds: Vec<SoundName>,
    /// Where a key pressed meanwhile leads; only these keys stop the sounds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) on: BTreeMap<Digit, String>,
    /// Where the end of the sounds leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Target,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

/// Plays sounds and collects keys. A key pressed during the sounds stops them and counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Gather {
    /// What to play first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sounds: Vec<SoundName>,
    /// Stop after this many keys, 1 to 32.
    #[schemars(range(min = 1, max = 32))]
    pub(super) max_digits: u32,
    /// Keys that end the input and are not part of it.
    #[serde(default, skip_serializing_if = "no_keys")]
    pub(super) terminators: DigitSet,
    /// How long to wait after the sounds for the first key, in milliseconds, 100 to 60,000.
    #[serde(default = "first_timeout_ms")]
    #[schemars(range(min = 100, max = 60_000))]
    pub(super) first_timeout_ms: u32,
    /// How long to wait for each further key, in milliseconds, 100 to 60,000.
    #[serde(default = "next_timeout_ms")]
    #[schemars(range(min = 100, max = 60_000))]
    pub(super) next_timeout_ms: u32,
    /// How often to ask, 1 to 10.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    pub(super) tries: u32,
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
    pub(super) any: Target,
    /// Where wrong input at the last try leads; the end with result `wrong_input` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wrong: Target,
    /// Where silence at every try leads; the end with result `no_input` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) no_input: Target,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
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
fn one() -> u32 {
    1
}

/// Goes on by a variable's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Branch {
    /// Which; `digits` is the last input, `answered_by` what answered.
    pub(super) variable: String,
    /// Where each value leads.
    pub(super) on: BTreeMap<String, String>,
    /// Where every other value leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) otherwise: Target,
}

/// Connects the caller to somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    /// Whom to call.
    pub(super) to: TransferTo,
    /// What they see; the caller's own number otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) caller_id: Option<CallerId>,
    /// How long it may ring, in seconds, 5 to 120.
    #[serde(default = "ring_timeout_s")]
    #[schemars(range(min = 5, max = 120))]
    pub(super) ring_timeout_s: u32,
    /// How long they may talk, in seconds, 10 to 14,400.
    #[serde(default = "max_talk_s")]
    #[schemars(range(min = 10, max = 14_400))]
    pub(super) max_talk_s: u32,
    /// Where to go by how it went. Otherwise the flow ends: `transferred`, `transfer_failed`, or `hung_up` when the
    /// caller left while it rang.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) on: BTreeMap<TransferStatus, String>,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

fn ring_timeout_s() -> u32 {
    45
}
fn max_talk_s() -> u32 {
    3_600
}

/// Whom a transfer calls. Both may hold `{variable}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TransferTo {
    /// A number in E.164, through the call's trunk.
    Number(String),
    /// `extension@context` of the switch's dialplan.
    Extension(String),
}

/// Records the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The recording's name, without extension; may hold `{variable}`.
    pub(super) name: String,
    /// At most this long, in seconds, 1 to 3,600.
    #[schemars(range(min = 1, max = 3_600))]
    pub(super) max_length_s: u32,
    /// Ends after this much silence, in seconds; 0 is never.
    #[serde(default)]
    #[schemars(range(min = 0, max = 3_600))]
    pub(super) silence_s: u32,
    /// Keys that end it.
    #[serde(default, skip_serializing_if = "no_keys")]
    pub(super) stop_on: DigitSet,
    /// Whether to beep first.
    #[serde(default)]
    pub(super) beep: bool,
    /// Where to go then; the end otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Target,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

/// Sets a variable, for the flow and for the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    /// Which.
    pub(super) variable: String,
    /// To what; may hold `{variable}`.
    pub(super) value: String,
    /// Where to go then; the end otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Target,
    /// Where to go when it cannot be done; the end with result `error` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Target,
}

/// Puts the callee on the project's do-not-call list, at once; what follows is heard all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OptOut {
    /// Where to go then; the end with result `opted_out` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Target,
}

/// Ends the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Hangup {
    /// The flow's result.
    pub(super) result: FlowResult,
}
