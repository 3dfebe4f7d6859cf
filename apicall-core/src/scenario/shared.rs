//! Callees and numbers that the cases of a file share.

use super::fault::{Fault, meant};
use super::file::{Case, note};
use super::read::read;
use super::written::{WrittenCallee, WrittenCase};
use super::yaml::{Content, Entry, Node};
use crate::model::{CALLEE_VARIABLE, Callee, TRANSFER_CALLEE_VARIABLE};
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
        if let Some(entry) = root.take("callees") {
            for callee in entries(&entry, faults) {
                let key = format!("callees.{}", callee.key);
                let read = note(faults, read(&callee.node, &key));
                shared.callees.insert(callee.key.clone(), read);
            }
        }
        if let Some(entry) = root.take("numbers") {
            for number in entries(&entry, faults) {
                let key = format!("numbers.{}", number.key);
                let read = note(faults, read(&number.node, &key)).unwrap_or_default();
                if !shared.callees.contains_key(&number.key) {
                    faults.push(Fault::new(number.place, key, shared.no_callee(&number.key)));
                }
                shared.numbers.insert(number.key.clone(), read);
            }
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
    pub(super) fn case(&self, node: &Node, key: &str, written: WrittenCase) -> Result<Case, Fault> {
        let at =
            |part: &str, message: String| Fault::new(node.locate(part), format!("{key}.{part}"), message);
        if written.name.trim().is_empty() {
            return Err(at("name", "say what the case shows".to_owned()));
        }
        if let Some(idle) = written.expect.idle() {
            let what = if idle.is_empty() { "" } else { " of `" };
            let end = if idle.is_empty() { "" } else { "`" };
            return Err(at(
                "expect",
                format!("expect something{what}{idle}{end}, or the case cannot fail"),
            ));
        }
        let stands_for = match &written.callee {
            Some(WrittenCallee::Named(name)) => self.numbers.get(name),
            Some(WrittenCallee::Here(_)) | None => None,
        };
        let number = written.number.or_else(|| stands_for.cloned());
        let mut variables = written.variables;
        let somebody = || number.is_none().then(|| WrittenCallee::Here(Callee::default()));
        let told = [
            ("callee", CALLEE_VARIABLE, written.callee.or_else(somebody)),
            (
                "transfer_callee",
                TRANSFER_CALLEE_VARIABLE,
                written.transfer_callee,
            ),
        ];
        for (part, variable, callee) in told {
            if variables.find(variable).is_some() {
                let message = format!("`{variable}` is set by the key `{part}`; use that");
                return Err(at(&format!("variables.{variable}"), message));
            }
            let Some(callee) = callee else { continue };
            let callee = match callee {
                WrittenCallee::Here(callee) => callee,
                WrittenCallee::Named(name) => {
                    let known = self.callees.get(&name).cloned();
                    let known = known.ok_or_else(|| at(part, self.no_callee(&name)))?;
                    known.unwrap_or_default()
                }
            };
            let json = serde_json::to_string(&callee).expect("a callee is plain data");
            let length = json.len();
            variables.set(variable, &json).map_err(|_| {
                at(
                    part,
                    format!("as JSON this callee has {length} bytes, and 1024 is the most; say less"),
                )
            })?;
        }
        let (name, line) = (written.name, node.place.line);
        Ok(Case {
            name,
            line,
            number,
            variables,
            expect: written.expect,
        })
    }
}

/// The entries of what has to be a mapping of names.
fn entries<'a>(entry: &'a Entry, faults: &mut Vec<Fault>) -> &'a [Entry] {
    match &entry.node.value {
        Content::Map(entries) => entries,
        _ => {
            let message = format!(
                "expected names and what they mean, found {}",
                entry.node.describe()
            );
            faults.push(Fault::new(entry.node.place, entry.key.clone(), message));
            &[]
        }
    }
}
