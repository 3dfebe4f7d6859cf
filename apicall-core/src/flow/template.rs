//! `{variable}` in texts of a flow.

use crate::model::Variables;

/// Puts variables in; one that is not set becomes nothing, braces around anything else stay.
pub(super) fn fill(text: &str, variables: &Variables) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if is_name(name) => {
                filled.push_str(variables.find(name).unwrap_or_default());
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
