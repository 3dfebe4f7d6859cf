//! How somebody who is called behaves. An emulated switch plays it, a scenario describes it.

use super::text::{serde_as_text, text_enum};
use super::{Digits, Invalid, SoundName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The channel variable in which a call tells an emulated switch how its callee behaves, as JSON of a [`Callee`]. To a
/// real switch it is one more variable.
pub const CALLEE_VARIABLE: &str = "APICALL_CALLEE";
/// The same for whom the call is transferred to.
pub const TRANSFER_CALLEE_VARIABLE: &str = "APICALL_TRANSFER_CALLEE";

/// Somebody who is called. Without anything said: picks up at once, says nothing, and stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Callee {
    /// How long the network is silent before anything happens, in milliseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub delay_ms: u32,
    /// How long it rings then, in milliseconds; 0 is not at all.
    #[serde(skip_serializing_if = "is_zero")]
    pub ring_ms: u32,
    /// How long there is early media after that, in milliseconds; 0 is not at all.
    #[serde(skip_serializing_if = "is_zero")]
    pub early_media_ms: u32,
    /// What comes of it.
    pub response: Response,
    /// What is said after the answer.
    #[serde(skip_serializing_if = "Greeting::is_nothing")]
    pub says: Greeting,
    /// What is done after the answer.
    #[serde(rename = "do", skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Act>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(ms: &u32) -> bool {
    *ms == 0
}

/// What comes of ringing somebody: `answer`, `no_answer`, `swallowed`, a word for a usual refusal, or `sip:NNN`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Response {
    /// Picks up.
    #[default]
    Answer,
    /// Never picks up; with a `ring_ms` it rings on until somebody gives up.
    NoAnswer,
    /// Not a word ever comes back: the network lost it.
    Swallowed,
    /// Refused with this SIP status, 300 to 699.
    Refuse(u16),
}

/// Words for refusals that are common.
const REFUSALS: [(&str, u16); 5] = [
    ("busy", 486),
    ("unavailable", 480),
    ("unknown_number", 404),
    ("congestion", 503),
    ("decline", 603),
];

impl FromStr for Response {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let named = REFUSALS.iter().find(|(word, _)| *word == text);
        let numbered = text.strip_prefix("sip:").and_then(|code| code.parse().ok());
        match text {
            "answer" => Ok(Self::Answer),
            "no_answer" => Ok(Self::NoAnswer),
            "swallowed" => Ok(Self::Swallowed),
            _ => match named.map(|(_, code)| *code).or(numbered) {
                Some(code @ 300..=699) => Ok(Self::Refuse(code)),
                _ => Err(Invalid::new(
                    "response",
                    text,
                    "use answer, no_answer, swallowed, busy, unavailable, unknown_number, congestion, decline, \
                     or sip:300 to sip:699",
                )),
            },
        }
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer => f.write_str("answer"),
            Self::NoAnswer => f.write_str("no_answer"),
            Self::Swallowed => f.write_str("swallowed"),
            Self::Refuse(code) => match REFUSALS.iter().find(|(_, of)| of == code) {
                Some((word, _)) => f.write_str(word),
                None => write!(f, "sip:{code}"),
            },
        }
    }
}

serde_as_text!(Response, {
    "type": "string",
    "pattern": "^(answer|no_answer|swallowed|busy|unavailable|unknown_number|congestion|decline|sip:[3-6][0-9]{2})$",
});

text_enum! {
    /// What a callee says on picking up.
    #[derive(Default)]
    Greeting as "greeting" {
        /// Not a word.
        #[default]
        Nothing = "nothing",
        /// A person's short hello.
        Human = "human",
        /// A machine's long announcement.
        Machine = "machine",
        /// A machine's announcement, a pause, and a beep.
        Voicemail = "voicemail",
    }
}

impl Greeting {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
    fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
}

/// One thing a callee does, once. Several upon the same prompt are used up one a playing, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawAct", into = "RawAct")]
pub struct Act {
    /// The prompt whose beginning is waited for; the answer when `None`.
    pub upon: Option<SoundName>,
    /// How long after that, in milliseconds.
    pub after_ms: u32,
    /// What is done.
    pub deed: Deed,
}

/// What a callee can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Presses these keys, one after the other.
    Press(Digits),
    /// Hangs up.
    HangUp,
}

/// An act as it is written: `{ upon: menu, after_ms: 500, press: "1" }` or `{ after_ms: 3000, hang_up: true }`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawAct {
    /// The prompt whose beginning is waited for; the answer when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upon: Option<SoundName>,
    /// How long after that, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    after_ms: u32,
    /// The keys that are pressed, one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    press: Option<Digits>,
    /// Whether it is to hang up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hang_up: bool,
}

impl TryFrom<RawAct> for Act {
    type Error = &'static str;
    fn try_from(raw: RawAct) -> Result<Self, Self::Error> {
        let deed = match (raw.press, raw.hang_up) {
            (Some(keys), false) if !keys.is_empty() => Deed::Press(keys),
            (None, true) => Deed::HangUp,
            _ => return Err("say what is done: either `press` with at least one key, or `hang_up: true`"),
        };
        Ok(Self {
            upon: raw.upon,
            after_ms: raw.after_ms,
            deed,
        })
    }
}

impl From<Act> for RawAct {
    fn from(act: Act) -> Self {
        let (press, hang_up) = match act.deed {
            Deed::Press(keys) => (Some(keys), false),
            Deed::HangUp => (None, true),
        };
        Self {
            upon: act.upon,
            after_ms: act.after_ms,
            press,
            hang_up,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_callee_is_read_and_written_alike() {
        let written = json!({
            "delay_ms": 100, "ring_ms": 2000, "response": "answer", "says": "human",
            "do": [{ "upon": "menu", "after_ms": 500, "press": "1" }, { "after_ms": 9000, "hang_up": true }],
        });
        let callee: Callee = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&callee).unwrap(), written);
        let silent: Callee = serde_json::from_value(json!({})).unwrap();
        assert_eq!(silent, Callee::default());
    }

    #[test]
    fn responses_have_words_and_numbers() {
        for (text, response) in [
            ("busy", Response::Refuse(486)),
            ("sip:488", Response::Refuse(488)),
            ("no_answer", Response::NoAnswer),
        ] {
            assert_eq!(text.parse::<Response>().unwrap(), response);
            assert_eq!(response.to_string(), text);
        }
        for wrong in ["", "sip:200", "sip:7000", "engaged"] {
            let error = wrong.parse::<Response>().unwrap_err().to_string();
            assert!(error.contains("use answer, no_answer"), "{error}");
        }
    }

    #[test]
    fn an_act_is_one_thing() {
        for wrong in [
            json!({}),
            json!({ "press": "" }),
            json!({ "press": "1", "hang_up": true }),
        ] {
            let error = serde_json::from_value::<Act>(wrong).unwrap_err().to_string();
            assert!(error.contains("either `press`"), "{error}");
        }
    }
}
