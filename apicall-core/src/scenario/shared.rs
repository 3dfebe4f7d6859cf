//! Callees and numbers that the cases of a file share.

use super::fault::{Fault, meant};
use super::file::Case;
use super::mentions::{Mention, Mentioned, prompts};
use super::read::read;
use super::written::{WrittenCallee, WrittenCase};
use super::yaml::{Content, Entry, Node};
use crate::model::{CALLEE_VARIABLE, Callee, TRANSFER_CALLEE_VARIABLE, Variables};
use std::collections::BTreeMap;

/// What all cases of a file share.
#[derive(Default)]
pub(super) struct Shared {
    /// Callees by name; `None` for one that could not be read.
    callees: BTreeMap<String, Option<Callee>>,
    /// Numbers by the name of the callee they stand for, each as one to dial.
    numbers: BTreeMap<String, Mention>,
    /// What has been found, in them and in the cases so far, that has to fit the project.
    pub(super) mentions: Vec<Mention>,
}

impl Shared {
    pub(super) fn read(root: &mut Node, faults: &mut Vec<Fault>) -> Self {
        let mut shared = Self::default();
        for mut callee in entries(root.take("callees"), faults) {
            let key = format!("callees.{}", callee.key);
            let read = read(&mut callee.node, &key, faults);
            shared.mentions.extend(prompts(&callee.node, &key));
            shared.callees.insert(callee.key, read);
        }
        for mut number in entries(root.take("numbers"), faults) {
            let key = format!("numbers.{}", number.key);
            let text: Option<String> = read(&mut number.node, &key, faults);
            if !shared.callees.contains_key(&number.key) {
                faults.push(Fault::new(number.place, &key, shared.no_callee(&number.key)));
            }
            if let Some(text) = text {
                let number_of = Mention::new(number.node.place, key, text, Mentioned::Number);
                shared.numbers.insert(number.key, number_of);
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
    pub(super) fn case(
        &mut self,
        node: &Node,
        key: &str,
        written: WrittenCase,
        faults: &mut Vec<Fault>,
    ) -> Case {
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
        let (number, target) = self.numbers_of(node, key, &written);
        let somebody = || number.is_none().then(|| WrittenCallee::Here(Callee::default()));
        let mut callees = Variables::default();
        for (part, variable, callee) in [
            ("callee", CALLEE_VARIABLE, written.callee.or_else(somebody)),
            (
                "transfer_callee",
                TRANSFER_CALLEE_VARIABLE,
                written.transfer_callee,
            ),
        ] {
            let Some(callee) = callee else { continue };
            let told = self.told(part, callee).and_then(|json| {
                let length = json.len();
                callees.set(variable, &json).map_err(|_| {
                    format!("as JSON this callee has {length} bytes, and 1024 is the most; say less")
                })
            });
            faults.extend(told.err().map(|message| at(&[part], message)));
        }
        if let Some(callee) = node.find("callee") {
            self.mentions
                .extend(prompts(&callee.node, &format!("{key}.callee")));
        }
        self.mentions.extend(number.iter().chain(&target).cloned());
        Case {
            name: written.name,
            line: node.place.line,
            number: number.map(|number| number.text),
            transfer_number: target.map(|target| target.text),
            variables: written.variables,
            callees,
            expect: written.expect,
        }
    }

    /// The number of a case, and where it is transferred to, on a real switch.
    fn numbers_of(
        &self,
        node: &Node,
        key: &str,
        written: &WrittenCase,
    ) -> (Option<Mention>, Option<Mention>) {
        let own = written.number.as_ref().map(|text| {
            let place = node.find("number").map_or(node.place, |entry| entry.node.place);
            Mention::new(place, format!("{key}.number"), text, Mentioned::Number)
        });
        let target = self.stand_in(written.transfer_callee.as_ref()).cloned();
        let target = target.map(|number| Mention {
            of: Mentioned::Target,
            ..number
        });
        (
            own.or_else(|| self.stand_in(written.callee.as_ref()).cloned()),
            target,
        )
    }

    /// The number that stands for a callee with a name on a real switch.
    fn stand_in(&self, callee: Option<&WrittenCallee>) -> Option<&Mention> {
        match callee {
            Some(WrittenCallee::Named(name)) => self.numbers.get(name),
            Some(WrittenCallee::Here(_)) | None => None,
        }
    }

    /// What an emulated switch is told of a callee.
    fn told(&self, part: &str, callee: WrittenCallee) -> Result<String, String> {
        let callee = match callee {
            WrittenCallee::Here(callee) => callee,
            WrittenCallee::Named(name) => {
                let known = self.callees.get(&name).cloned();
                known.ok_or_else(|| self.no_callee(&name))?.unwrap_or_default()
            }
        };
        if part == "transfer_callee" && callee.acts.iter().any(|act| act.upon.is_some()) {
            let remedy =
                "whom a call is transferred to hears no prompts; count from the answer, without `upon`";
            return Err(remedy.to_owned());
        }
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
