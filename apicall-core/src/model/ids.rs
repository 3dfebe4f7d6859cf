//! Ids, one type each, so that a campaign's cannot be taken for a project's.

use super::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! numeric_id {
    ($(#[$meta:meta])* $name:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl $name {
            /// The id as the store keeps it.
            pub const fn get(self) -> i64 { self.0 }
        }

        impl TryFrom<i64> for $name {
            type Error = Invalid;
            fn try_from(id: i64) -> Result<Self, Invalid> {
                if id > 0 { Ok(Self(id)) } else { Err(Invalid::new($what, id, "ids are whole numbers from 1")) }
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 { id.0 }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                let id: i64 = text.parse().map_err(|_| Invalid::new($what, text, "ids are whole numbers from 1"))?;
                Self::try_from(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
    };
}

numeric_id!(
    /// A project's id: a whole number from 1, chosen by the operator or by the store.
    ProjectId, "project id");
numeric_id!(
    /// The id of a sound of the library.
    AudioId, "audio id");
numeric_id!(
    /// A trunk's id.
    TrunkId, "trunk id");
numeric_id!(
    /// A campaign's id.
    CampaignId, "campaign id");
numeric_id!(
    /// A contact's id, unique over all campaigns.
    ContactId, "contact id");
numeric_id!(
    /// A webhook's id, unique over all projects.
    WebhookId, "webhook id");
numeric_id!(
    /// An API token's id, unique over all users.
    ApiTokenId, "token id");

macro_rules! drawn_id {
    ($(#[$meta:meta])* $name:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(Uuid);

        impl $name {
            /// Draws a new id; ids drawn later sort later (to the millisecond).
            pub fn draw() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                let refusal = || {
                    let remedy = concat!("a ", $what, " is a UUID such as 0192f0c1-5d7e-7cc0-8000-3e4f6a1b2c3d");
                    Invalid::new($what, text, remedy)
                };
                if text.len() != 36 {
                    return Err(refusal());
                }
                Uuid::try_parse(text).map(Self).map_err(|_| refusal())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

drawn_id!(
    /// A call's id: a UUID version 7 in its hyphenated form. On Asterisk it is the channel's Uniqueid.
    CallId, "call id");
drawn_id!(
    /// A delivery's id: a UUID version 7 in its hyphenated form, the same at every attempt.
    DeliveryId, "delivery id");
