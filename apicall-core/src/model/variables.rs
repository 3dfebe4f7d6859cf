//! Named values that travel with a contact into its call.

use super::{CALLEE_VARIABLE, Callee, Invalid, TRANSFER_CALLEE_VARIABLE};
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
    check_callee(name, value)
}

/// An emulated switch would have nothing to play of a callee that cannot be read.
fn check_callee(name: &str, value: &str) -> Result<(), Invalid> {
    if ![CALLEE_VARIABLE, TRANSFER_CALLEE_VARIABLE].contains(&name) {
        return Ok(());
    }
    let read = serde_json::from_str::<Callee>(value);
    read.map(drop).map_err(|error| {
        let remedy = format!("{name} is a callee as JSON, as in {{\"ring_ms\":500}}: {error}");
        Invalid::new("variable value", value, remedy)
    })
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    #[test]
    fn a_callee_that_cannot_be_read_is_no_value() {
        let mut variables = Variables::default();
        for name in [CALLEE_VARIABLE, TRANSFER_CALLEE_VARIABLE] {
            variables.set(name, r#"{"ring_ms":500}"#).unwrap();
            let refused = variables.set(name, r#"{"ring":500}"#).unwrap_err();
            let told = format!("{name} is a callee as JSON, as in {{\"ring_ms\":500}}: unknown field `ring`");
            assert!(refused.to_string().contains(&told), "{refused}");
            assert_eq!(variables.find(name), Some(r#"{"ring_ms":500}"#));
        }
        variables.set("ring", r#"{"ring":500}"#).unwrap();
    }
}
