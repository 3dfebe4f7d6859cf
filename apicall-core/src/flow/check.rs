//! What makes a definition valid. Every fault is told with the place it is at.

use super::definition::Flow;
use super::step::{Gather, Step, TransferTo};
use crate::model::{Digits, FlowResult, Invalid, PhoneNumber, Variables};
use std::collections::BTreeSet;
use std::fmt;

/// One fault of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowError {
    /// Where, key by key: `steps`, `menu`, `on`, `2`. A key may hold anything, so one text of all would not tell them apart.
    pub path: Vec<String>,
    /// What, and what to do.
    pub message: String,
}

impl FlowError {
    pub(super) fn new(path: &[&str], message: impl fmt::Display) -> Self {
        Self {
            path: path.iter().map(|key| (*key).to_owned()).collect(),
            message: message.to_string(),
        }
    }

    /// One of a key of a step; `on.2` is two keys, whatever the second holds.
    fn of_step(step: &str, key: &str, message: impl fmt::Display) -> Self {
        match key.split_once('.') {
            Some((outer, inner)) => Self::new(&["steps", step, outer, inner], message),
            None => Self::new(&["steps", step, key], message),
        }
    }

    /// Where, for people: `steps.menu.on.2`.
    pub fn place(&self) -> String {
        self.path.join(".")
    }
}

/// Everything that is wrong with a definition; at least one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowErrors(pub Vec<FlowError>);

impl fmt::Display for FlowErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let gap = if i == 0 { "" } else { "; " };
            write!(f, "{gap}{}: {}", error.place(), error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for FlowErrors {}

/// Steps that a fault lists at most: a definition of a thousand steps may have a thousand faults.
const NAMES_TOLD: usize = 20;

/// No step is looked at after this many faults.
const MOST_FAULTS: usize = 100;

/// Checks what the shape alone does not. `names` are all steps, also those that could not be read.
pub(super) fn check(flow: &Flow, names: &BTreeSet<&str>, errors: &mut Vec<FlowError>) {
    if !flow.start.is_empty() && !names.contains(flow.start.as_str()) {
        errors.push(FlowError::new(&["start"], no_step(&flow.start, names)));
    }
    for (name, step) in &flow.steps {
        if errors.len() >= MOST_FAULTS {
            return;
        }
        for (key, target) in named(step) {
            if !names.contains(target) {
                errors.push(FlowError::of_step(name, &key, no_step(target, names)));
            }
        }
        for (key, message) in faults(step) {
            errors.push(FlowError::of_step(name, &key, message));
        }
    }
    let reached = reached(flow, |step| named(step).map(|(_, target)| target).collect());
    let unreached = flow.steps.keys().filter(|name| !reached.contains(name.as_str()));
    if names.contains(flow.start.as_str()) && flow.steps.len() == names.len() {
        for name in unreached {
            errors.push(FlowError::new(
                &["steps", name],
                "nothing leads here; remove it or lead to it",
            ));
        }
    }
}

fn no_step(target: &str, names: &BTreeSet<&str>) -> String {
    let some: Vec<_> = names.iter().copied().take(NAMES_TOLD).collect();
    let more = names.len() - some.len();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("there is no step `{target}`; steps are {}{more}", some.join(", "))
}

/// The steps that a walk comes to if each leads where `leads` says.
pub(super) fn reached(flow: &Flow, leads: fn(&Step) -> Vec<&str>) -> BTreeSet<&str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![flow.start.as_str()];
    while let Some(name) = open.pop() {
        if let Some((name, step)) = flow.steps.get_key_value(name)
            && reached.insert(name.as_str())
        {
            open.extend(leads(step));
        }
    }
    reached
}

/// All steps a step names, with the key that says so; also beside an `any` the `wrong` that is never taken.
fn named(step: &Step) -> impl Iterator<Item = (String, &str)> {
    let idle = match step {
        Step::Gather(Gather {
            any: Some(_), wrong, ..
        }) => wrong.as_deref(),
        _ => None,
    };
    let exits = step.exits().into_iter();
    exits
        .filter_map(|(exit, target)| Some((exit, target?)))
        .chain(idle.map(|target| ("wrong".to_owned(), target)))
}

/// What is wrong with a value, and the key it has in its step: `tries`, `on.12`.
pub(super) type StepFault = (String, String);

pub(super) fn fault(key: impl Into<String>, message: impl Into<String>) -> StepFault {
    (key.into(), message.into())
}

/// Values out of their range.
fn faults(step: &Step) -> Vec<StepFault> {
    match step {
        Step::Play(play) if play.sounds.is_empty() => vec![fault("sounds", "name at least one sound")],
        Step::LeaveMessage(leave) => {
            let nothing = leave
                .sounds
                .is_empty()
                .then(|| fault("sounds", "name at least one sound"));
            let ranges = [
                range("silence_ms", leave.silence_ms, 200, 10_000),
                range("within_s", leave.within_s, 1, 120),
            ];
            nothing.into_iter().chain(ranges.into_iter().flatten()).collect()
        }
        Step::Gather(gather) => gather_faults(gather),
        Step::Transfer(transfer) => [
            range("ring_timeout_s", transfer.ring_timeout_s, 5, 120),
            range("max_talk_s", transfer.max_talk_s, 10, 14_400),
            target_fault(&transfer.to),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Step::Record(record) => [
            range("max_length_s", record.max_length_s, 1, 3_600),
            range("silence_s", record.silence_s, 0, 3_600),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Step::Set(set) => variable_fault("variable", &set.variable).into_iter().collect(),
        Step::Webhook(webhook) => webhook.faults(),
        Step::Hangup(hangup) if hangup.result == FlowResult::TRANSFERRED => {
            let why =
                "only a transfer that was answered is `transferred`; end the flow at the transfer instead";
            vec![fault("result", why)]
        }
        Step::Hangup(hangup) if hangup.result == FlowResult::VOICEMAIL_LEFT => {
            let why = "only `leave_message` earns `voicemail_left`; end the flow at that step instead";
            vec![fault("result", why)]
        }
        _ => Vec::new(),
    }
}

fn gather_faults(gather: &Gather) -> Vec<StepFault> {
    let input_fault = |input: &String| -> Option<StepFault> {
        let keys: Result<Digits, Invalid> = input.parse();
        match keys {
            Err(invalid) => Some(fault(format!("on.{input}"), invalid.to_string())),
            Ok(keys) if keys.is_empty() || keys.len() > gather.max_digits as usize => Some(fault(
                format!("on.{input}"),
                format!(
                    "`{input}` can never be pressed with max_digits {}",
                    gather.max_digits
                ),
            )),
            Ok(_) => None,
        }
    };
    let ranges = [
        range("max_digits", gather.max_digits, 1, 32),
        range("first_timeout_ms", gather.first_timeout_ms, 100, 60_000),
        range("next_timeout_ms", gather.next_timeout_ms, 100, 60_000),
        range("tries", gather.tries, 1, 10),
        gather
            .save_as
            .as_deref()
            .and_then(|name| variable_fault("save_as", name)),
    ];
    ranges
        .into_iter()
        .flatten()
        .chain(gather.on.keys().filter_map(input_fault))
        .collect()
}

pub(super) fn range(key: &str, value: u32, least: u32, most: u32) -> Option<StepFault> {
    (!(least..=most).contains(&value))
        .then(|| fault(key, format!("{value} is out of range; use {least} to {most}")))
}

fn variable_fault(key: &str, name: &str) -> Option<StepFault> {
    Variables::default()
        .set(name, "")
        .err()
        .map(|invalid| fault(key, invalid.to_string()))
}

fn target_fault(to: &TransferTo) -> Option<StepFault> {
    match to {
        TransferTo::Number(number) if !number.contains('{') => {
            let read: Result<PhoneNumber, Invalid> = number.parse();
            read.err().map(|invalid| fault("to.number", invalid.to_string()))
        }
        TransferTo::Extension(extension) if extension.is_empty() => {
            Some(fault("to.extension", "give `extension@context`"))
        }
        _ => None,
    }
}
