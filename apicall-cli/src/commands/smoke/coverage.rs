//! What the calls of a run went through, flow by flow.

use super::report::CaseReport;
use crate::output::printable;
use apicall_core::flow::Flow;
use apicall_core::model::ProjectFlow;
use apicall_core::scenario::Coverage;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;

/// Coverage by what people call the flow.
#[derive(Debug, Default)]
pub(super) struct Covered {
    flows: BTreeMap<String, Coverage>,
    /// What cannot be told of those that this version cannot read.
    untold: BTreeMap<String, String>,
}

/// Whether enough of a flow was gone through.
pub(super) struct Cover<'a> {
    /// What people call the flow.
    pub flow: &'a str,
    /// Why it is not enough, when it is not.
    pub failure: Option<String>,
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
                if let Entry::Vacant(place) = self.untold.entry(label.to_owned()) {
                    crate::output::remark(place.insert(untold));
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

    /// Judges every flow: less than this share, in percent, is not enough, and neither is what nobody can tell.
    pub(super) fn judge(&self, least: u8) -> Vec<Cover<'_>> {
        let told = self.flows.iter().map(|(flow, coverage)| {
            let percent = coverage.percent();
            let short = || format!("coverage of {flow} is {percent} %, and {least} % is the least");
            (flow, (percent < least).then(short))
        });
        let untold = self.untold.iter().map(|(flow, why)| (flow, Some(why.clone())));
        told.chain(untold)
            .map(|(flow, failure)| Cover { flow, failure })
            .collect()
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
