//! What a case expects of its call.

use crate::model::{AnsweredBy, Digits, FlowResult, Outcome, SoundName, TransferStatus};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// What is expected; what is not said may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("minProperties" = 1))]
pub struct Expectations {
    /// Why the call ends.
    pub outcome: Option<Outcome>,
    /// What answers; `none` when nobody does.
    pub answered_by: Option<Wanted<AnsweredBy>>,
    /// How the flow ends; `none` when none runs.
    pub result: Option<Wanted<FlowResult>>,
    /// All prompts, in the order they are played; `[]` when none is.
    pub prompts: Option<Vec<SoundName>>,
    /// All keys pressed at prompts, in order; `none` when none is.
    pub digits: Option<Wanted<Digits>>,
    /// The last transfer; `none` when none is tried.
    pub transfer: Option<Wanted<ExpectedTransfer>>,
    /// Variables by name, with the value each has at the end.
    pub variables: BTreeMap<String, String>,
    /// All webhooks, in the order they are sent; `[]` when none is.
    pub webhooks: Option<Vec<ExpectedWebhook>>,
    /// All recordings by name, in order; `[]` when there is none.
    pub recordings: Option<Vec<String>>,
    /// Answered at most this long after it was dialed, in milliseconds.
    pub answered_within_ms: Option<u32>,
    /// Over at most this long after it was dialed, in milliseconds.
    pub ended_within_ms: Option<u32>,
}

impl Expectations {
    /// What expects nothing, and so could not fail: a key, or the empty text for all of it.
    pub(super) fn idle(&self) -> Option<&'static str> {
        let transfer = Some(Wanted::This(ExpectedTransfer::default()));
        let webhook = ExpectedWebhook::default();
        if *self == Self::default() {
            Some("")
        } else if self.transfer == transfer {
            Some("transfer")
        } else if self.webhooks.iter().flatten().any(|wanted| *wanted == webhook) {
            Some("webhooks")
        } else {
            None
        }
    }
}

/// What is expected of a transfer; what is not said may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("minProperties" = 1))]
pub struct ExpectedTransfer {
    /// Where to, as the flow says it: a number in E.164, or `extension@context`.
    pub target: Option<String>,
    /// How it goes.
    pub result: Option<TransferStatus>,
}

/// What is expected of a webhook; what is not said may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("minProperties" = 1))]
pub struct ExpectedWebhook {
    /// The step that sends it.
    pub step: Option<String>,
    /// Where to, as the timeline tells it: scheme, host and port, as in `https://crm.example`.
    pub url: Option<String>,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// Whether it is of no use: not sent, not answered, or answered with what cannot be read.
    pub failed: Option<bool>,
}

/// Something, or the word `none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted<T> {
    /// That there is none.
    Nothing,
    /// This.
    This(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Wanted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WantedVisitor(PhantomData))
    }
}

struct WantedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for WantedVisitor<T> {
    type Value = Wanted<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or the word none")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Wanted<T>, E> {
        match text {
            "none" => Ok(Wanted::Nothing),
            text => {
                let this = T::deserialize(StrDeserializer::<de::value::Error>::new(text));
                this.map(Wanted::This)
                    .map_err(|error| E::custom(format_args!("{error}, or none")))
            }
        }
    }

    /// Keys without quotes.
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Wanted<T>, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wanted<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Wanted::This)
    }
}

impl<T: JsonSchema> JsonSchema for Wanted<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Wanted_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "none" }, generator.subschema_for::<T>()] })
    }
}
