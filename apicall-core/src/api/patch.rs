//! Telling "leave it" from "clear it" in a partial change: an absent field leaves, `null` clears.

use serde::{Deserialize, Deserializer};

/// For fields `Option<Option<T>>` with `#[serde(default, deserialize_with = "nullable")]`.
pub(super) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    field: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}
