//! Who is there, and what is played to them, as a file tells it: `docs/emulator.md`.

use super::{Callees, Rule, Shares, Sounds, Whom};
use crate::model::{Callee, Invalid};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Callees and sounds of an emulated switch. What is not told is as in the lab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawCast")]
pub struct Cast {
    /// Who answers.
    pub callees: Callees,
    /// How long sounds last.
    pub sounds: Sounds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCast {
    callees: Option<Vec<Rule>>,
    /// Milliseconds by name.
    #[serde(default)]
    sounds: BTreeMap<String, u32>,
    /// Of all other sounds; 0 when there are no others.
    other_sounds_ms: Option<u32>,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    number: Option<Dialed>,
    starts_with: Option<Dialed>,
    ends_with: Option<Dialed>,
    callee: Option<Callee>,
    shares: Option<Shares>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawShare {
    weight: u32,
    #[serde(default)]
    callee: Callee,
}

/// Digits, as they are dialed.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Dialed(String);

impl From<RawCast> for Cast {
    fn from(raw: RawCast) -> Self {
        let ms = |ms: u32| Duration::from_millis(ms.into());
        let mut sounds = match raw.other_sounds_ms {
            None => Sounds::default(),
            Some(other) => Sounds::new([], Some(ms(other)).filter(|length| !length.is_zero())),
        };
        for (name, length) in raw.sounds {
            sounds.add(name, ms(length));
        }
        Self {
            callees: raw.callees.map_or_else(Callees::default, Callees::new),
            sounds,
        }
    }
}

impl TryFrom<RawRule> for Rule {
    type Error = &'static str;
    fn try_from(raw: RawRule) -> Result<Self, Self::Error> {
        let whom = match (raw.number, raw.starts_with, raw.ends_with) {
            (None, None, None) => Whom::Anybody,
            (Some(Dialed(number)), None, None) => Whom::Number(number),
            (None, Some(Dialed(start)), None) => Whom::StartsWith(start),
            (None, None, Some(Dialed(end))) => Whom::EndsWith(end),
            _ => return Err("a rule has one of number, starts_with and ends_with, or none for anybody"),
        };
        let shares = match (raw.callee, raw.shares) {
            (Some(callee), None) => Shares::one(callee),
            (None, Some(shares)) => shares,
            _ => return Err("a rule has either `callee` or `shares`"),
        };
        Ok(Self { whom, shares })
    }
}

impl TryFrom<Vec<RawShare>> for Shares {
    type Error = &'static str;
    fn try_from(raw: Vec<RawShare>) -> Result<Self, Self::Error> {
        let shares = raw.into_iter().map(|share| (share.weight, share.callee));
        let shares = Self::weighted(shares);
        shares.ok_or("nobody has a share; give at least one a weight above 0")
    }
}

impl TryFrom<String> for Dialed {
    type Error = Invalid;
    fn try_from(number: String) -> Result<Self, Invalid> {
        let rest = number.strip_prefix('+').unwrap_or(&number);
        if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_digit() || b"*#".contains(&b)) {
            return Err(Invalid::new("number", number, "write digits, as they are dialed"));
        }
        Ok(Self(number))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use crate::model::Response;
    use serde_json::json;

    #[test]
    fn a_cast_is_read() {
        let cast: Cast = serde_json::from_value(json!({
            "callees": [
                { "ends_with": "10", "callee": { "response": "busy" } },
                { "starts_with": "+57", "shares": [
                    { "weight": 1, "callee": { "response": "decline" } },
                    { "weight": 0, "callee": {} },
                ] },
                { "callee": { "response": "no_answer" } },
            ],
            "sounds": { "menu": 4000 },
            "other_sounds_ms": 0,
        }))
        .unwrap();
        let response = |number| cast.callees.find(1, number).response;
        assert_eq!(response("5710"), Response::Refuse(486));
        assert_eq!(response("5711"), Response::Refuse(603));
        assert_eq!(response("4411"), Response::NoAnswer);
        assert_eq!(cast.sounds.length("menu"), Some(Duration::from_secs(4)));
        assert_eq!(cast.sounds.length("prueba"), None);
        let usual: Cast = serde_json::from_value(json!({})).unwrap();
        assert_eq!(usual, Cast::default());
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused() {
        for (wrong, remedy) in [
            (
                json!({ "number": "1", "ends_with": "2", "callee": {} }),
                "one of number",
            ),
            (json!({ "number": "1" }), "either `callee` or `shares`"),
            (json!({ "shares": [{ "weight": 0 }] }), "above 0"),
            (json!({ "ends_with": "x", "callee": {} }), "write digits"),
            (json!({ "begins": "5", "callee": {} }), "unknown field"),
        ] {
            let error = serde_json::from_value::<Cast>(json!({ "callees": [wrong] })).unwrap_err();
            assert!(error.to_string().contains(remedy), "{error}");
        }
    }
}
