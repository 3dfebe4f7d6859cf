//! How a call ended, in our words, and the raw reasons beside it.

use super::Invalid;
use super::text::{serde_as_text, text_enum};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

text_enum! {
    /// Why a call ended; every call gets exactly one.
    Outcome as "outcome" {
        /// Somebody or something picked up.
        Answered = "answered",
        /// The line was busy.
        Busy = "busy",
        /// It rang, or could have rung, and nobody picked up in time.
        NoAnswer = "no_answer",
        /// The callee or its network declined.
        Rejected = "rejected",
        /// The number does not exist.
        InvalidNumber = "invalid_number",
        /// The callee's device or network could not be reached.
        Unreachable = "unreachable",
        /// The carrier or the switch had no room.
        Congestion = "congestion",
        /// It could not be placed: a fault of the switch, the trunk or the configuration.
        Failed = "failed",
        /// We gave it up before an answer.
        Cancelled = "cancelled",
        /// Nobody can say any more: a crash or a broken connection hid its end.
        Lost = "lost",
    }
}

impl Outcome {
    /// What comes of a call that nobody took or refused: only ringing tells an unanswered phone from one that could not
    /// be reached.
    pub fn unanswered(rang: bool) -> Self {
        if rang { Self::NoAnswer } else { Self::Unreachable }
    }
}

text_enum! {
    /// What picked up.
    AnsweredBy as "answerer" {
        /// A person.
        Human = "human",
        /// An answering machine or mailbox.
        Machine = "machine",
        /// Not asked, or not to be told.
        Unknown = "unknown",
    }
}

/// The named exit of a flow: one of the well-known ones below, or a name the flow gives itself.
///
/// Lower-case letters, digits and `_`, 1 to 32 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FlowResult(std::borrow::Cow<'static, str>);

impl FlowResult {
    /// The flow reached its end.
    pub const COMPLETED: Self = Self::known("completed");
    /// The caller was connected to somebody else, and they spoke.
    pub const TRANSFERRED: Self = Self::known("transferred");
    /// A transfer was tried and nobody was connected.
    pub const TRANSFER_FAILED: Self = Self::known("transfer_failed");
    /// The callee asked not to be called again.
    pub const OPTED_OUT: Self = Self::known("opted_out");
    /// Nothing was pressed.
    pub const NO_INPUT: Self = Self::known("no_input");
    /// Something was pressed, never the right thing.
    pub const WRONG_INPUT: Self = Self::known("wrong_input");
    /// A machine picked up.
    pub const MACHINE: Self = Self::known("machine");
    /// A message was left on a machine, to its end.
    pub const VOICEMAIL_LEFT: Self = Self::known("voicemail_left");
    /// The caller hung up in the middle.
    pub const HUNG_UP: Self = Self::known("hung_up");
    /// A step could not be done.
    pub const ERROR: Self = Self::known("error");

    const fn known(name: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FlowResult {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let ok = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if ok {
            Ok(Self(text.to_owned().into()))
        } else {
            Err(Invalid::new(
                "result",
                text,
                "use 1 to 32 lower-case letters, digits and '_'",
            ))
        }
    }
}

impl fmt::Display for FlowResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(FlowResult, { "type": "string", "pattern": "^[a-z0-9_]{1,32}$" });

/// The raw reasons kept beside an outcome, as far as the switch told them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Q.850 cause number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q850: Option<u16>,
    /// SIP status of the far end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<u16>,
    /// The switch's own words, as in `DialEnd BUSY` or `NORMAL_CLEARING`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Cause {
    /// A cause of words only.
    pub fn text(words: impl Into<String>) -> Self {
        Self {
            text: Some(words.into()),
            ..Self::default()
        }
    }

    /// All that was told: the Q.850 number, of which 0 is none, the SIP status, and words in their order.
    pub fn told(q850: Option<u16>, sip: Option<u16>, words: impl IntoIterator<Item = String>) -> Self {
        let words: Vec<_> = words.into_iter().collect();
        Self {
            q850: q850.filter(|cause| *cause != 0),
            sip,
            text: (!words.is_empty()).then(|| words.join(", ")),
        }
    }
}
