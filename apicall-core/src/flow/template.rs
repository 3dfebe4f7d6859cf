//! `{variable}` in texts of a flow.

use crate::model::Variables;
use serde_json::Value;

/// Puts variables in; one that is not set becomes nothing, braces around anything else stay.
pub(super) fn fill(text: &str, variables: &Variables) -> String {
    fill_with(text, |name| variables.find(name).unwrap_or_default().to_owned())
}

/// As [`fill`], for the name of a file: whatever in a value is no letter, digit, `_` or `-` becomes `_`, so that a
/// value neither leaves its directory nor spoils the name.
pub(super) fn fill_name(text: &str, variables: &Variables) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '_'
        }
    };
    fill_with(text, |name| {
        variables
            .find(name)
            .unwrap_or_default()
            .chars()
            .map(plain)
            .collect()
    })
}

/// As [`fill`], for a URL: whatever in a value is not unreserved (RFC 3986) is percent-encoded.
pub(super) fn fill_url(text: &str, variables: &Variables) -> String {
    fill_with(text, |name| {
        let mut encoded = String::new();
        for byte in variables.find(name).unwrap_or_default().bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(byte.into());
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
        encoded
    })
}

/// As [`fill`], for every string within a JSON value; what names a member stays.
pub(super) fn fill_json(value: &Value, variables: &Variables) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text, variables)),
        Value::Array(values) => values.iter().map(|value| fill_json(value, variables)).collect(),
        Value::Object(members) => {
            let filled = |(name, value): (&String, &Value)| (name.clone(), fill_json(value, variables));
            members.iter().map(filled).collect()
        }
        other => other.clone(),
    }
}

fn fill_with(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if is_name(name) => {
                filled.push_str(&value(name));
                rest = after;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
