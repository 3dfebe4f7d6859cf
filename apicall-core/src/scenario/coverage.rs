//! Which steps and exits of a flow the calls of a run have gone through.

use crate::flow::Flow;
use crate::model::{Moment, TimelineEvent};
use serde::Serialize;
use serde_json::Value;

/// How a flow was exercised. `failed` counts only where the definition names it: elsewhere it is a fault of the switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Its steps, in name order.
    pub steps: Vec<StepCoverage>,
}

/// How a step was exercised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCoverage {
    /// Its name.
    pub step: String,
    /// How often it began.
    pub entered: u64,
    /// Its exits, and how often each was taken.
    pub exits: Vec<ExitCoverage>,
}

/// How often an exit was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExitCoverage {
    /// Its name in the definition.
    pub exit: String,
    /// How often.
    pub taken: u64,
}

impl Coverage {
    /// Of a flow that nobody has walked yet.
    pub fn new(flow: &Flow) -> Self {
        let definition = flow.to_json();
        let mut steps: Vec<StepCoverage> = Vec::new();
        for (step, exit) in flow.exits() {
            if steps.last().is_none_or(|last| last.step != step) {
                let (step, exits) = (step.clone(), Vec::new());
                steps.push(StepCoverage {
                    step,
                    entered: 0,
                    exits,
                });
            }
            let named = |key: &str| definition["steps"][&step].get(key).is_some_and(Value::is_string);
            if (exit != "failed" || named("failed"))
                && let Some(last) = steps.last_mut()
            {
                last.exits.push(ExitCoverage { exit, taken: 0 });
            }
        }
        Self { steps }
    }

    /// Adds what a call went through.
    pub fn add(&mut self, timeline: &[Moment]) {
        let mut at: Option<&str> = None;
        for moment in timeline {
            let (step, by) = match &moment.event {
                TimelineEvent::Step { step, by, .. } => (Some(step.as_str()), by),
                TimelineEvent::Result { by, .. } => (None, by),
                _ => continue,
            };
            if let (Some(from), Some(exit)) = (at, by) {
                self.take(from, exit);
            }
            if let Some(entered) = step.and_then(|step| self.find(step)) {
                entered.entered += 1;
            }
            at = step;
        }
    }

    /// How many steps and exits there are, and how many of them were gone through.
    pub fn counts(&self) -> (usize, usize) {
        let all = self.steps.iter().map(|step| 1 + step.exits.len()).sum();
        let taken = |step: &StepCoverage| step.exits.iter().filter(|exit| exit.taken > 0).count();
        let gone = self
            .steps
            .iter()
            .map(|step| usize::from(step.entered > 0) + taken(step))
            .sum();
        (all, gone)
    }

    /// The share that was gone through, in whole percent, rounded down: 100 is everything.
    pub fn percent(&self) -> u8 {
        let (all, gone) = self.counts();
        u8::try_from(gone * 100 / all.max(1)).unwrap_or(100)
    }

    fn find(&mut self, step: &str) -> Option<&mut StepCoverage> {
        self.steps.iter_mut().find(|known| known.step == step)
    }

    fn take(&mut self, step: &str, exit: &str) {
        let known = self
            .find(step)
            .and_then(|step| step.exits.iter_mut().find(|known| known.exit == exit));
        if let Some(known) = known {
            known.taken += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_and_exits_are_counted_and_a_failure_only_where_it_is_named() {
        let definition = json!({ "start": "menu", "steps": {
            "menu": { "do": "gather", "max_digits": 1, "on": { "1": "bye" } },
            "bye": { "do": "play", "sounds": ["bye"], "failed": "out" },
            "out": { "do": "hangup", "result": "done" },
        } });
        let mut coverage = Coverage::new(&Flow::parse(&definition).unwrap());
        let exits: Vec<_> = coverage
            .steps
            .iter()
            .flat_map(|step| {
                step.exits
                    .iter()
                    .map(|exit| format!("{}.{}", step.step, exit.exit))
            })
            .collect();
        let expected = [
            "bye.next",
            "bye.failed",
            "menu.on.1",
            "menu.wrong",
            "menu.no_input",
            "out.result",
        ];
        assert_eq!(exits, expected);
        assert_eq!((coverage.counts(), coverage.percent()), ((9, 0), 0));
        let walk: Vec<Moment> = serde_json::from_value(json!([
            { "at": 1, "event": "step", "step": "menu", "kind": "gather" },
            { "at": 2, "event": "digits", "digits": "1" },
            { "at": 3, "event": "step", "step": "bye", "kind": "play", "by": "on.1" },
            { "at": 4, "event": "result", "result": "completed", "by": "next" },
        ]))
        .unwrap();
        coverage.add(&walk);
        coverage.add(&walk);
        assert_eq!((coverage.counts(), coverage.percent()), ((9, 4), 44));
        assert_eq!(coverage.steps[1].entered, 2);
    }

    #[test]
    fn a_walk_that_the_caller_breaks_off_takes_no_exit() {
        let definition = json!({ "start": "menu", "steps": { "menu": { "do": "play", "sounds": ["a"] } } });
        let mut coverage = Coverage::new(&Flow::parse(&definition).unwrap());
        let walk: Vec<Moment> = serde_json::from_value(json!([
            { "at": 1, "event": "step", "step": "menu", "kind": "play" },
            { "at": 2, "event": "result", "result": "hung_up" },
        ]))
        .unwrap();
        coverage.add(&walk);
        assert_eq!(coverage.counts(), (2, 1));
    }
}
