//! The flow that a file brings: steps of its own, or the settings of the ready-made one, also as the API takes a project's.

use super::fault::Fault;
use super::read::{read, read_by};
use super::yaml::{Content, Node};
use crate::flow::{Flow, FlowError, StepKind};
use crate::model::{ProjectFlow, SimpleFlow};
use std::collections::BTreeSet;

/// Reads a flow. Every key of every step is told that cannot be read, and then what the steps lead to.
pub(super) fn read_flow(mut node: Node, faults: &mut Vec<Fault>) -> Option<ProjectFlow> {
    for form in ["custom", "simple"] {
        // As in a project: `{ custom: { start: …, steps: … } }`.
        if node.parts().len() == 1
            && let Some(entry) = node.take(form)
        {
            let key = format!("flow.{form}");
            return match form {
                "custom" => own(entry.node, &key, faults),
                _ => ready_made(entry.node, &key, faults),
            };
        }
    }
    if node.find("steps").is_some() || node.find("start").is_some() {
        own(node, "flow", faults)
    } else {
        ready_made(node, "flow", faults)
    }
}

fn ready_made(mut node: Node, key: &str, faults: &mut Vec<Fault>) -> Option<ProjectFlow> {
    let flow = read::<SimpleFlow>(&mut node, key, faults).map(ProjectFlow::Simple)?;
    let errors = Flow::for_project(&flow).err();
    faults.extend(errors.iter().flat_map(|errors| &errors.0).map(|error| {
        let place = node.locate(&error.path);
        Fault::new(place, format!("{key}.{}", error.place()), &error.message)
    }));
    Some(flow)
}

fn own(node: Node, key: &str, faults: &mut Vec<Fault>) -> Option<ProjectFlow> {
    let broken = broken_steps(&node, key, faults);
    let definition = node.to_json();
    let errors = match Flow::parse(&definition) {
        Ok(_) if broken.is_empty() => return Some(ProjectFlow::Custom(definition)),
        Ok(_) => Vec::new(),
        Err(errors) => errors.0,
    };
    let told = |error: &FlowError| match error.path.as_slice() {
        [steps, step] => steps == "steps" && broken.contains(step),
        _ => false,
    };
    faults.extend(errors.iter().filter(|error| !told(error)).map(|error| {
        let place = node.locate(&error.path);
        Fault::new(place, format!("{key}.{}", error.place()), &error.message)
    }));
    None
}

/// The steps of which some key cannot be read, which is told.
fn broken_steps(node: &Node, key: &str, faults: &mut Vec<Fault>) -> BTreeSet<String> {
    let Some(Content::Map(steps)) = node.find("steps").map(|entry| &entry.node.value) else {
        return BTreeSet::new();
    };
    let mut broken = BTreeSet::new();
    for entry in steps {
        let before = faults.len();
        let key = format!("{key}.steps.{}", entry.key);
        let mut step = entry.node.clone();
        match step.take("do") {
            Some(mut word) => {
                let kind: Option<StepKind> = read(&mut word.node, &format!("{key}.do"), faults);
                kind.map(|kind| read_by(|keys| Flow::try_step(kind, keys), &mut step, &key, faults));
            }
            None => {
                let message = "the key `do` is missing; it says what the step does";
                faults.push(Fault::new(step.place, &key, message));
            }
        }
        if faults.len() > before {
            broken.insert(entry.key.clone());
        }
    }
    broken
}
