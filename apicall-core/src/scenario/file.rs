//! A scenario file: what may stand in it, and what it comes to. `docs/smoke-tests.md` describes every key.

use super::expect::Expectations;
use super::fault::{Fault, Faults, Place};
use super::mentions::Mention;
use super::shared::Shared;
use super::written::{Written, WrittenCase};
use super::yaml::{Content, Node, utf8};
use super::{flow, parameters, read::read};
use crate::model::{
    CallerId, Country, ProjectFlow, ProjectId, TRANSFER_CALLEE_VARIABLE, TrunkName, Variables,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;

/// A scenario file that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Whose flow is tried.
    pub subject: Subject,
    /// The trunk its calls leave by; the project's own, or the engine's only one, when `None`.
    pub trunk: Option<TrunkName>,
    /// Its cases, in order; at least one.
    pub cases: Vec<Case>,
    /// What has to fit the project.
    pub(super) mentions: Vec<Mention>,
}

/// Whose flow a file tries.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// That of a project.
    Project(ProjectRef),
    /// One that the file brings.
    Flow(Box<Carried>),
}

/// A project by its id, or by its name.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum ProjectRef {
    /// Its id.
    Id(#[schemars(with = "u32")] ProjectId),
    /// Its name.
    Name(String),
}

impl std::str::FromStr for ProjectRef {
    type Err = std::convert::Infallible;

    /// A number is an id.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text
            .parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Id))
    }
}

/// A flow that a file brings, and the rules its calls follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// The flow.
    pub flow: ProjectFlow,
    /// The country by which national numbers are read.
    pub country: Country,
    /// The number callees see.
    pub caller_id: Option<CallerId>,
    /// How long a call may ring, in seconds.
    pub ring_timeout_s: Option<u32>,
    /// How long an answered call may last, in seconds.
    pub max_call_s: Option<u32>,
}

/// One call to be made, and what is expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it shows; no other case of the file has the same.
    pub name: String,
    /// The line where it is written.
    pub line: usize,
    /// The number that stands for its callee on a real switch.
    pub number: Option<String>,
    /// The number that stands for whom it is transferred to there; the flow has to call it.
    pub transfer_number: Option<String>,
    /// Variables of the call.
    pub variables: Variables,
    /// Those that tell an emulated switch how its callees behave.
    pub callees: Variables,
    /// What is expected.
    pub expect: Expectations,
}

impl Case {
    /// Variables of the call on an emulated switch, which plays the callees.
    pub fn variables_with_callees(&self) -> Variables {
        let mut all = self.variables.clone();
        for (name, value) in self.callees.iter() {
            all.set(name, value).expect("it was a variable before");
        }
        all
    }

    /// Whether it says how whom it is transferred to behaves.
    pub fn has_transfer_callee(&self) -> bool {
        self.callees.find(TRANSFER_CALLEE_VARIABLE).is_some()
    }
}

impl Scenario {
    /// Reads a file as it is on disk.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Faults> {
        Self::parse(utf8(bytes)?)
    }

    /// Reads a file. All that is wrong with it is told at once, as far as it can be read.
    pub fn parse(text: &str) -> Result<Self, Faults> {
        let root = Node::parse(text).map_err(|fault| Faults(vec![fault]))?;
        let mut faults = Vec::new();
        let scenario = scenario(root, &mut faults);
        if let Some(scenario) = &scenario
            && let Subject::Flow(carried) = &scenario.subject
            // Another country's numbers are of no interest when that was refused.
            && faults.iter().all(|fault| fault.key != "country")
        {
            let fits = scenario.fits(carried.country, &carried.flow);
            faults.extend(fits.err().into_iter().flat_map(|found| found.0));
        }
        match scenario {
            Some(scenario) if faults.is_empty() => Ok(scenario),
            _ => Err(Faults::in_order(faults)),
        }
    }
}

fn scenario(mut root: Node, faults: &mut Vec<Fault>) -> Option<Scenario> {
    let start = root.place;
    if !matches!(root.value, Content::Map(_)) {
        let message = format!(
            "expected keys such as `project` and `cases`, found {}",
            root.describe()
        );
        faults.push(Fault::new(start, "", message));
        return None;
    }
    let (flow, cases) = (root.take("flow"), root.take("cases"));
    let mut shared = Shared::read(&mut root, faults);
    let written: Option<Written> = read(&mut root, "", faults);
    let flow = flow.map(|entry| (entry.place, flow::read_flow(entry.node, faults)));
    let cases = match cases {
        Some(entry) => read_cases(entry.node, &mut shared, faults),
        None => {
            faults.push(Fault::new(start, "", "the key `cases` is missing"));
            Vec::new()
        }
    };
    let written = written?;
    let trunk = written.trunk.clone();
    let subject = subject(&root, written, flow, faults)?;
    Some(Scenario {
        subject,
        trunk,
        cases,
        mentions: shared.mentions,
    })
}

type ReadFlow = (Place, Option<ProjectFlow>);

fn subject(
    root: &Node,
    written: Written,
    flow: Option<ReadFlow>,
    faults: &mut Vec<Fault>,
) -> Option<Subject> {
    match (written.project, flow) {
        (Some(_), Some((place, _))) => {
            faults.push(Fault::new(
                place,
                "flow",
                "give either `project` or `flow`: whose flow is tried?",
            ));
            None
        }
        (None, None) if root.find("project").is_some() => None,
        (None, None) => {
            let message =
                "say whose flow is tried: `project` with an id or a name, or `flow` with one of its own";
            faults.push(Fault::new(root.place, "", message));
            None
        }
        (Some(project), None) => {
            for key in ["country", "caller_id", "ring_timeout_s", "max_call_s"] {
                if let Some(entry) = root.find(key) {
                    faults.push(Fault::new(
                        entry.place,
                        key,
                        "the project says this; it is for files with a `flow`",
                    ));
                }
            }
            Some(Subject::Project(project))
        }
        (None, Some((_, flow))) => {
            for (key, value, least, most) in [
                ("ring_timeout_s", written.ring_timeout_s, 5, 120),
                ("max_call_s", written.max_call_s, 10, 14_400),
            ] {
                if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
                    let message = format!("{value} is out of range; use {least} to {most}");
                    faults.push(Fault::new(root.locate(&[key]), key, message));
                }
            }
            let usual = || "US".parse().expect("two letters are a country");
            Some(Subject::Flow(Box::new(Carried {
                flow: flow?,
                country: written.country.unwrap_or_else(usual),
                caller_id: written.caller_id,
                ring_timeout_s: written.ring_timeout_s,
                max_call_s: written.max_call_s,
            })))
        }
    }
}

fn read_cases(cases: Node, shared: &mut Shared, faults: &mut Vec<Fault>) -> Vec<Case> {
    let (place, found) = (cases.place, cases.describe());
    let items = match cases.value {
        Content::List(items) if !items.is_empty() => items,
        other => {
            let message = match other {
                Content::List(_) => "give at least one case".to_owned(),
                _ => format!("expected a list of cases, found {found}"),
            };
            faults.push(Fault::new(place, "cases", message));
            return Vec::new();
        }
    };
    let mut all: Vec<Case> = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let key = format!("cases[{at}]");
        let expanded = parameters::expand(item, &key, faults);
        let rows = expanded.len();
        let mut own: BTreeSet<String> = BTreeSet::new();
        for (row, mut node) in expanded.into_iter().enumerate() {
            let Some(written) = read::<WrittenCase>(&mut node, &key, faults) else {
                continue;
            };
            let mut case = shared.case(&node, &key, written, faults);
            if rows > 1 && !own.insert(case.name.clone()) {
                case.name = format!("{} (row {})", case.name, row + 1);
            }
            let first = all
                .iter()
                .find(|other| other.name == case.name && !case.name.is_empty());
            if let Some(first) = first {
                let message = format!(
                    "another case has this name, in line {}; give each its own",
                    first.line
                );
                faults.push(Fault::new(node.locate(&["name"]), format!("{key}.name"), message));
            }
            all.push(case);
        }
    }
    all
}

impl<'de> Deserialize<'de> for ProjectRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(text.parse().map_or(Self::Name(text), Self::Id))
    }
}
