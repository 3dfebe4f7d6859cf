//! A case with parameters is one case a row: `<name>` in any of its values stands for what the row says.
//!
//! Values are filled in the tree, not in the text: whatever a row says, it cannot become another key.

use super::fault::{Fault, meant};
use super::yaml::{Content, Entry, Node};
use std::collections::BTreeSet;

/// The cases that a case with `parameters` stands for; one without stands for itself.
pub(super) fn expand(mut case: Node, key: &str) -> Result<Vec<Node>, Fault> {
    let Some(parameters) = case.take("parameters") else {
        return Ok(vec![case]);
    };
    let key_of_rows = format!("{key}.parameters");
    let rows = rows(&parameters, &key_of_rows)?;
    let mut used = BTreeSet::new();
    let cases = rows
        .iter()
        .map(|row| fill(&case, row, &mut used, key))
        .collect::<Result<_, _>>()?;
    match rows[0].iter().find(|column| !used.contains(column.key.as_str())) {
        Some(column) => {
            let message = format!(
                "no value of the case says `<{}>`; say it, or remove the parameter",
                column.key
            );
            Err(Fault::new(
                column.place,
                format!("{key_of_rows}[0].{}", column.key),
                message,
            ))
        }
        None => Ok(cases),
    }
}

/// The rows: a list of mappings that all have the same keys.
fn rows<'a>(parameters: &'a Entry, key: &str) -> Result<Vec<&'a [Entry]>, Fault> {
    let expected = "give a list of rows, as in `- { key: \"1\", result: transferred }`";
    let refuse = |node: &Node, key: String| {
        Fault::new(node.place, key, format!("{expected}, found {}", node.describe()))
    };
    let Content::List(items) = &parameters.node.value else {
        return Err(refuse(&parameters.node, key.to_owned()));
    };
    let mut rows: Vec<&[Entry]> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let key = format!("{key}[{at}]");
        let Content::Map(row) = &item.value else {
            return Err(refuse(item, key));
        };
        if let Some(cell) = row
            .iter()
            .find(|cell| !matches!(cell.node.value, Content::Scalar { .. }))
        {
            let message = format!("a parameter is one value, found {}", cell.node.describe());
            return Err(Fault::new(
                cell.node.place,
                format!("{key}.{}", cell.key),
                message,
            ));
        }
        let first = rows.first().copied().unwrap_or(row);
        let same = row.len() == first.len() && row.iter().all(|cell| value(first, &cell.key).is_some());
        if !same {
            let message = format!("every row has the same keys; the first has {}", names(first));
            return Err(Fault::new(item.place, key, message));
        }
        rows.push(row);
    }
    match rows.first() {
        Some(first) if !first.is_empty() => Ok(rows),
        _ => Err(refuse(&parameters.node, key.to_owned())),
    }
}

fn fill<'a>(node: &Node, row: &'a [Entry], used: &mut BTreeSet<&'a str>, key: &str) -> Result<Node, Fault> {
    let value = match &node.value {
        Content::Scalar { text, plain } => fill_text(node, text, *plain, row, used, key)?,
        Content::List(items) => {
            let filled = items
                .iter()
                .enumerate()
                .map(|(at, item)| fill(item, row, used, &format!("{key}[{at}]")));
            Content::List(filled.collect::<Result<_, _>>()?)
        }
        Content::Map(entries) => {
            let filled = entries.iter().map(|entry| {
                let node = fill(&entry.node, row, used, &format!("{key}.{}", entry.key))?;
                Ok(Entry {
                    node,
                    ..entry.clone()
                })
            });
            Content::Map(filled.collect::<Result<_, _>>()?)
        }
    };
    Ok(Node {
        place: node.place,
        value,
    })
}

fn fill_text<'a>(
    node: &Node,
    text: &str,
    plain: bool,
    row: &'a [Entry],
    used: &mut BTreeSet<&'a str>,
    key: &str,
) -> Result<Content, Fault> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = placeholder(rest) {
        let Some(cell) = value(row, name) else {
            let meant = meant(name, row.iter().map(|cell| cell.key.as_str()));
            let message = format!("no parameter is called `{name}`; {meant}there are {}", names(row));
            return Err(Fault::new(node.place, key, message));
        };
        used.insert(cell.key.as_str());
        if before.is_empty() && after.is_empty() && filled.is_empty() {
            return Ok(cell.node.value.clone());
        }
        filled.push_str(before);
        if let Content::Scalar { text, .. } = &cell.node.value {
            filled.push_str(text);
        }
        rest = after;
    }
    filled.push_str(rest);
    let plain = plain && filled == text;
    Ok(Content::Scalar { text: filled, plain })
}

/// The first `<name>` of a text, with what is before and after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('<').map(|at| from + at) {
        let inner = &text[open + 1..];
        let length = inner
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(inner.len());
        if length > 0 && inner[length..].starts_with('>') {
            return Some((&text[..open], &inner[..length], &inner[length + 1..]));
        }
        from = open + 1;
    }
    None
}

fn value<'a>(row: &'a [Entry], name: &str) -> Option<&'a Entry> {
    row.iter().find(|cell| cell.key == name)
}

fn names(row: &[Entry]) -> String {
    row.iter()
        .map(|cell| cell.key.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
