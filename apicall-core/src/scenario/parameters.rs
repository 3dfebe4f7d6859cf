//! A case with parameters is one case a row: `<name>` in any of its values stands for what the row says.
//!
//! Values are filled in the tree, not in the text: whatever a row says, it cannot become another key.

use super::fault::{Fault, meant};
use super::yaml::{Content, Entry, Node};
use std::collections::BTreeSet;

/// The cases that a case with `parameters` stands for; one without stands for itself. When its rows cannot be read there
/// is one, without what they would fill.
pub(super) fn expand(mut case: Node, key: &str, faults: &mut Vec<Fault>) -> Vec<Node> {
    let Some(parameters) = case.take("parameters") else {
        return vec![case];
    };
    let key_of_rows = format!("{key}.parameters");
    let rows = rows(&parameters, &key_of_rows, faults);
    let mut filler = Filler {
        used: BTreeSet::new(),
        unknown: false,
        faults,
    };
    let cases: Vec<_> = match rows.as_slice() {
        [] => vec![without(&case)],
        rows => rows.iter().map(|row| filler.fill(&case, row, key)).collect(),
    };
    let Filler {
        used,
        unknown,
        faults,
    } = filler;
    // A name that is misspelled where it is said is told there.
    let columns = rows.first().into_iter().copied().flatten().filter(|_| !unknown);
    for idle in columns.filter(|column| !used.contains(column.key.as_str())) {
        let message = format!(
            "no value of the case says `<{}>`; say it, or remove the parameter",
            idle.key
        );
        faults.push(Fault::new(
            idle.place,
            format!("{key_of_rows}[0].{}", idle.key),
            message,
        ));
    }
    cases
}

/// The rows that can be read: mappings that all have the same keys.
fn rows<'a>(parameters: &'a Entry, key: &str, faults: &mut Vec<Fault>) -> Vec<&'a [Entry]> {
    let expected = "give a list of rows, as in `- { key: \"1\", result: transferred }`";
    let refuse = |node: &Node, key: String| {
        Fault::new(node.place, key, format!("{expected}, found {}", node.describe()))
    };
    let items = match &parameters.node.value {
        Content::List(items) if !items.is_empty() => items,
        _ => {
            faults.push(refuse(&parameters.node, key.to_owned()));
            return Vec::new();
        }
    };
    let mut rows: Vec<&[Entry]> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let key = format!("{key}[{at}]");
        let row = match &item.value {
            Content::Map(row) if !row.is_empty() => row,
            _ => {
                faults.push(refuse(item, key));
                continue;
            }
        };
        let before = faults.len();
        for cell in row
            .iter()
            .filter(|cell| !matches!(cell.node.value, Content::Scalar { .. }))
        {
            let message = format!("a parameter is one value, found {}", cell.node.describe());
            faults.push(Fault::new(
                cell.node.place,
                format!("{key}.{}", cell.key),
                message,
            ));
        }
        let first = rows.first().copied().unwrap_or(row);
        let same = row.len() == first.len() && row.iter().all(|cell| value(first, &cell.key).is_some());
        if !same {
            let message = format!("every row has the same keys; the first has {}", names(first));
            faults.push(Fault::new(item.place, key, message));
        }
        if faults.len() == before {
            rows.push(row);
        }
    }
    rows
}

/// Fills rows into a case.
struct Filler<'a> {
    /// Parameters that some value says.
    used: BTreeSet<&'a str>,
    /// Whether some value says one that is not there.
    unknown: bool,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Filler<'a> {
    /// The case of a row.
    fn fill(&mut self, node: &Node, row: &'a [Entry], key: &str) -> Node {
        let filled = |value| Node {
            value,
            ..node.clone()
        };
        match &node.value {
            Content::Scalar { text, .. } => self.fill_text(node, text, row, key),
            Content::List(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(at, item)| self.fill(item, row, &format!("{key}[{at}]")));
                filled(Content::List(items.collect()))
            }
            Content::Map(entries) => {
                let entries = entries.iter().map(|entry| Entry {
                    node: self.fill(&entry.node, row, &format!("{key}.{}", entry.key)),
                    ..entry.clone()
                });
                filled(Content::Map(entries.collect()))
            }
        }
    }

    /// Text that is a parameter and nothing else becomes what the row says, with its place: what is wrong with it is
    /// wrong there.
    fn fill_text(&mut self, node: &Node, text: &str, row: &'a [Entry], key: &str) -> Node {
        let (mut filled, mut rest, mut gone) = (String::new(), text, node.gone);
        while let Some((before, name, after)) = placeholder(rest) {
            filled.push_str(before);
            match value(row, name) {
                Some(cell) => {
                    self.used.insert(cell.key.as_str());
                    if filled.is_empty() && after.is_empty() {
                        return cell.node.clone();
                    }
                    if let Content::Scalar { text, .. } = &cell.node.value {
                        filled.push_str(text);
                    }
                }
                None => {
                    let meant = meant(name, row.iter().map(|cell| cell.key.as_str()));
                    let message = format!("no parameter is called `{name}`; {meant}there are {}", names(row));
                    self.faults.push(Fault::new(node.place, key, message));
                    (gone, self.unknown) = (true, true);
                }
            }
            rest = after;
        }
        if rest == text {
            return node.clone();
        }
        filled.push_str(rest);
        Node {
            place: node.place,
            value: Content::Scalar {
                text: filled,
                plain: false,
            },
            gone,
        }
    }
}

/// The case without what a row would fill.
fn without(node: &Node) -> Node {
    let mut left = node.clone();
    match &mut left.value {
        Content::Scalar { text, .. } => left.gone |= placeholder(text).is_some(),
        Content::List(items) => items.iter_mut().for_each(|item| *item = without(item)),
        Content::Map(entries) => {
            entries
                .iter_mut()
                .for_each(|entry| entry.node = without(&entry.node));
        }
    }
    left
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
