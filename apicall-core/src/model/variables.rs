//! Named values that travel with a contact into its call.

use super::Invalid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// Variables by name, in name order. Names: a letter or `_`, then letters, digits, `_`, at most 64. Values: at most
/// 1,024 bytes, no line break and no NUL, because no switch can carry one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The value of `name`.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets one variable; refuses a name or a value that a switch could not carry.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Invalid> {
        check(name, value)?;
        self.0.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// All of them, in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check(name: &str, value: &str) -> Result<(), Invalid> {
    check_name(name)?;
    if value.len() > 1024 || value.contains(['\r', '\n', '\0']) {
        return Err(Invalid::new(
            "variable value",
            value,
            format!("{name} must be one line of at most 1024 bytes"),
        ));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Invalid> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Ok(())
    } else {
        Err(Invalid::new(
            "variable name",
            name,
            "use a letter or '_', then letters, digits and '_', at most 64",
        ))
    }
}

impl TryFrom<BTreeMap<String, String>> for Variables {
    type Error = Invalid;
    fn try_from(map: BTreeMap<String, String>) -> Result<Self, Invalid> {
        map.iter().try_for_each(|(name, value)| check(name, value))?;
        Ok(Self(map))
    }
}

impl Serialize for Variables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
