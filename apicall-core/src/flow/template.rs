//! `{variable}` in texts of a flow.

use crate::model::Variables;

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
