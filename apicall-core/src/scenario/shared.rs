//! Callees and numbers that the cases of a file share.

use super::fault::{Fault, meant};
use super::file::Case;
use super::read::read;
use super::written::{WrittenCallee, WrittenCase};
use super::yaml::{Content, Entry, Node};
use crate::model::{CALLEE_VARIABLE, Callee, TRANSFER_CALLEE_VARIABLE, Variables};
use std::collections::BTreeMap;

/// What all cases of a file share.
pub(super) struct Shared {
    /// Callees by name; `None` for one that could not be read.
    callees: BTreeMap<String, Option<Callee>>,
    numbers: BTreeMap<String, String>,
}

impl Shared {
    pub(super) fn read(root: &mut Node, faults: &mut Vec<Fault>) -> Self {
        let mut shared = Self {
            callees: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        for mut callee in entries(root.take("callees"), faults) {
            let key = format!("callees.{}", callee.key);
            let read = read(&mut callee.node, &key, faults);
            shared.callees.insert(callee.key, read);
        }
        for mut number in entries(root.take("numbers"), faults) {
            let key = format!("numbers.{}", number.key);
            let read = read(&mut number.node, &key, faults).unwrap_or_default();
            if !shared.callees.contains_key(&number.key) {
                faults.push(Fault::new(number.place, key, shared.no_callee(&number.key)));
            }
            shared.numbers.insert(number.key, read);
        }
        shared
    }

    fn no_callee(&self, name: &str) -> String {
        let known: Vec<_> = self.callees.keys().map(String::as_str).collect();
        let meant = meant(name, known.iter().copied());
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        format!("no callee is called `{name}`; {meant}`callees` has {known}")
    }

    /// A case, with everything it names looked up.
    pub(super) fn case(&self, node: &Node, key: &str, written: WrittenCase, faults: &mut Vec<Fault>) -> Case {
        let at = |path: &[&str], message: String| {
            Fault::new(node.locate(path), format!("{key}.{}", path.join(".")), message)
        };
        faults.extend(saying_nothing(node, key, &written));
        for (part, variable) in [
            ("callee", CALLEE_VARIABLE),
            ("transfer_callee", TRANSFER_CALLEE_VARIABLE),
        ] {
            if written.variables.find(variable).is_some() {
                let message = format!("`{variable}` is set by the key `{part}`; use that");
                faults.push(at(&["variables", variable], message));
            }
        }
        let number = written
            .number
            .or_else(|| self.stand_in(written.callee.as_ref()).cloned());
        let transfer_number = self.stand_in(written.transfer_callee.as_ref()).cloned();
        let mut callees = Variables::default();
        let somebody = || number.is_none().then(|| WrittenCallee::Here(Callee::default()));
        for (part, variable, callee) in [
            ("callee", CALLEE_VARIABLE, written.callee.or_else(somebody)),
            (
                "transfer_callee",
                TRANSFER_CALLEE_VARIABLE,
                written.transfer_callee,
            ),
        ] {
            let Some(callee) = callee else { continue };
            let told = self.told(callee).and_then(|json| {
                let length = json.len();
                callees.set(variable, &json).map_err(|_| {
                    format!("as JSON this callee has {length} bytes, and 1024 is the most; say less")
                })
            });
            faults.extend(told.err().map(|message| at(&[part], message)));
        }
        Case {
            name: written.name,
            line: node.place.line,
            number,
            transfer_number,
            variables: written.variables,
            callees,
            expect: written.expect,
        }
    }

    /// The number that stands for a callee with a name on a real switch.
    fn stand_in(&self, callee: Option<&WrittenCallee>) -> Option<&String> {
        match callee {
            Some(WrittenCallee::Named(name)) => self.numbers.get(name),
            Some(WrittenCallee::Here(_)) | None => None,
        }
    }

    /// What an emulated switch is told of a callee.
    fn told(&self, callee: WrittenCallee) -> Result<String, String> {
        let callee = match callee {
            WrittenCallee::Here(callee) => callee,
            WrittenCallee::Named(name) => {
                let known = self.callees.get(&name).cloned();
                known.ok_or_else(|| self.no_callee(&name))?.unwrap_or_default()
            }
        };
        Ok(serde_json::to_string(&callee).expect("a callee is plain data"))
    }
}

/// Faults of a case that does not say what it shows, or what it expects.
fn saying_nothing(node: &Node, key: &str, written: &WrittenCase) -> Vec<Fault> {
    let idle = written.expect.idle().map(|idle| match idle {
        "" => "expect something, or the case cannot fail".to_owned(),
        part => format!("expect something of `{part}`, or the case cannot fail"),
    });
    let unnamed = written.name.trim().is_empty();
    let said = [
        ("name", unnamed.then(|| "say what the case shows".to_owned())),
        ("expect", idle),
    ];
    let fault = |(part, nothing): (&str, Option<String>)| match node.find(part) {
        None => Some(Fault::new(
            node.place,
            key,
            format!("the key `{part}` is missing"),
        )),
        // What is left of a part that was refused tells nothing.
        Some(entry) if !entry.node.is_whole() => None,
        Some(entry) => nothing.map(|message| Fault::new(entry.place, format!("{key}.{part}"), message)),
    };
    said.into_iter().filter_map(fault).collect()
}

/// The entries of what has to be a mapping of names.
fn entries(entry: Option<Entry>, faults: &mut Vec<Fault>) -> Vec<Entry> {
    let Some(Entry { key, node, .. }) = entry else {
        return Vec::new();
    };
    let message = format!("expected names and what they mean, found {}", node.describe());
    if let Content::Map(entries) = node.value {
        return entries;
    }
    faults.push(Fault::new(node.place, key, message));
    Vec::new()
}
