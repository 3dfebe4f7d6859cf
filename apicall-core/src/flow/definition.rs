//! A whole definition. `docs/flows.md` describes every key.

use super::check::{self, FlowError, FlowErrors};
use super::simple;
use super::step::{Step, StepKind};
use crate::model::{ProjectFlow, SimpleFlow, SoundName};
use schemars::JsonSchema;
use serde::Deserializer;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What happens on an answered call: steps by name, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Flow {
    /// The name of the first step.
    pub(super) start: String,
    /// The steps by name.
    pub(super) steps: BTreeMap<String, Step>,
}

impl Flow {
    /// Reads a definition: `{"start": NAME, "steps": {NAME: STEP, …}}`. All that is wrong with it is told at once.
    pub fn parse(definition: &Value) -> Result<Self, FlowErrors> {
        let mut errors = Vec::new();
        let start = definition.get("start").and_then(Value::as_str).map(str::to_owned);
        let steps = match definition.get("steps").and_then(Value::as_object) {
            Some(steps) => steps
                .iter()
                .filter_map(|(name, step)| {
                    let read = serde_json::from_value(step.clone());
                    let error = |error: &serde_json::Error| FlowError::new(&["steps", name], error);
                    read.inspect_err(|problem| errors.push(error(problem)))
                        .ok()
                        .map(|step| (name.clone(), step))
                })
                .collect(),
            None => {
                errors.push(FlowError::new(&["steps"], "give an object of steps by name"));
                BTreeMap::new()
            }
        };
        let unknown = definition
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str());
        for key in unknown.filter(|key| !matches!(*key, "start" | "steps")) {
            errors.push(FlowError::new(
                &[key],
                "unknown key; a flow has `start` and `steps`",
            ));
        }
        if start.is_none() {
            errors.push(FlowError::new(&["start"], "name the first step"));
        }
        let names = definition.get("steps").and_then(Value::as_object);
        let names: BTreeSet<_> = names
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let flow = Self {
            start: start.unwrap_or_default(),
            steps,
        };
        check::check(&flow, &names, &mut errors);
        if errors.is_empty() {
            Ok(flow)
        } else {
            Err(FlowErrors(errors))
        }
    }

    /// Whether a step of that kind can be read of its other keys, which `do` is none of; for whoever tells where in a file
    /// something is refused. What the step leads to is not looked at.
    pub fn try_step<'de, D: Deserializer<'de>>(kind: StepKind, keys: D) -> Result<(), D::Error> {
        Step::read(kind, keys).map(drop)
    }

    /// The ready-made flow.
    pub fn simple(settings: &SimpleFlow) -> Self {
        simple::flow(settings)
    }

    /// What the ready-made flow plays whatever its settings.
    pub fn ready_made_sounds() -> Vec<SoundName> {
        simple::sounds()
    }

    /// A project's flow.
    pub fn for_project(flow: &ProjectFlow) -> Result<Self, FlowErrors> {
        match flow {
            ProjectFlow::Simple(SimpleFlow {
                amd: None,
                machine_message: Some(_),
                ..
            }) => {
                let remedy = "only a call that listens for machines leaves them messages; set `amd` too, or no message";
                Err(FlowErrors(vec![FlowError::new(&["machine_message"], remedy)]))
            }
            ProjectFlow::Simple(settings) => Ok(Self::simple(settings)),
            ProjectFlow::Custom(definition) => Self::parse(definition),
        }
    }

    /// All sounds it may play, each once.
    pub fn sounds(&self) -> BTreeSet<&SoundName> {
        self.steps.values().flat_map(Step::sounds).collect()
    }

    /// Every exit of every step, as (step, exit) in the definition's own names: what a call's timeline tells as `by`.
    /// Exits that the definition leaves to the default are among them, such as a detection without `machine`; those that
    /// can never be taken are not, nor are steps that only they lead to.
    pub fn exits(&self) -> Vec<(String, String)> {
        let reached = check::reached(self, |step| {
            step.exits().into_iter().filter_map(|(_, to)| to).collect()
        });
        let of_step = |(name, step): (&String, &Step)| {
            let named = |(exit, _)| (name.clone(), exit);
            step.exits().into_iter().map(named).collect::<Vec<_>>()
        };
        let walked = self
            .steps
            .iter()
            .filter(|(name, _)| reached.contains(name.as_str()));
        walked.flat_map(of_step).collect()
    }

    /// The definition, as [`parse`](Self::parse) reads it.
    pub fn to_json(&self) -> Value {
        json!({ "start": self.start, "steps": self.steps })
    }
}
