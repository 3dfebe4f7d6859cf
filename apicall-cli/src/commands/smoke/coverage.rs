//! What the calls of a run went through, flow by flow.

use super::report::CaseReport;
use crate::error::Error;
use crate::output::printable;
use apicall_core::flow::Flow;
use apicall_core::model::ProjectFlow;
use apicall_core::scenario::Coverage;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Coverage by what people call the flow.
#[derive(Debug, Default)]
pub(super) struct Covered {
    flows: BTreeMap<String, Coverage>,
    /// What cannot be told of those that this version cannot read.
    untold: Vec<String>,
}

impl Covered {
    /// Adds the calls of a file. A flow that the engine took and this version cannot read is left out, and told so.
    pub(super) fn add<'a>(
        &mut self,
        label: &str,
        flow: &ProjectFlow,
        cases: impl Iterator<Item = &'a CaseReport>,
    ) {
        let flow = match Flow::for_project(flow) {
            Ok(flow) => flow,
            Err(errors) => {
                let version = env!("CARGO_PKG_VERSION");
                let untold =
                    format!("no coverage of {label}: apicall-cli {version} cannot read its flow: {errors}");
                if !self.untold.contains(&untold) {
                    crate::output::remark(&untold);
                    self.untold.push(untold);
                }
                return;
            }
        };
        let coverage = self
            .flows
            .entry(label.to_owned())
            .or_insert_with(|| Coverage::new(&flow));
        for detail in cases.filter_map(|case| case.call.as_ref()) {
            coverage.add(&detail.timeline);
        }
    }

    pub(super) fn flows(&self) -> &BTreeMap<String, Coverage> {
        &self.flows
    }

    /// Fails when less of a flow was gone through, or nobody can tell.
    pub(super) fn at_least(&self, least: u8) -> Result<(), Error> {
        let short = self
            .flows
            .iter()
            .filter(|(_, coverage)| coverage.percent() < least);
        let short: Vec<_> = short
            .map(|(label, coverage)| {
                format!(
                    "coverage of {label} is {} %, and {least} % is the least",
                    coverage.percent()
                )
            })
            .collect();
        let short = [self.untold.as_slice(), &short].concat();
        if short.is_empty() {
            Ok(())
        } else {
            Err(Error::Expectation(short.join("\n")))
        }
    }

    pub(super) fn in_words(&self) -> String {
        let mut shown = String::new();
        for (label, coverage) in &self.flows {
            let (all, gone) = coverage.counts();
            let percent = coverage.percent();
            // A string takes all that is written.
            let _ = writeln!(
                shown,
                "coverage of {}: {percent} %, {gone} of {all} steps and exits",
                printable(label)
            );
            for step in &coverage.steps {
                let _ = writeln!(shown, "  {:24} {}", printable(&step.step), times(step.entered));
                for exit in &step.exits {
                    let _ = writeln!(shown, "    {:22} {}", printable(&exit.exit), times(exit.taken));
                }
            }
        }
        shown
    }
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        count => count.to_string(),
    }
}
