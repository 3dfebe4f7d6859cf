//! What came of a run: for scripts as JSON or CSV, for people the last lines.

use super::coverage::{Cover, Covered};
use crate::cli::Format;
use crate::error::Error;
use crate::output::{self, Column, maybe};
use apicall_core::api::CallDetail;
use apicall_core::scenario::{Case, Coverage, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of a file.
#[derive(Debug, Serialize)]
pub(super) struct FileReport {
    pub file: String,
    pub cases: Vec<CaseReport>,
}

/// What came of a case.
#[derive(Debug, Serialize)]
pub(super) struct CaseReport {
    pub name: String,
    /// Where it is written.
    pub line: usize,
    pub passed: bool,
    /// Whether the run broke off before it was played to its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub broken_off: bool,
    /// Why it failed, when that is not for an expectation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    pub verdicts: Vec<Verdict>,
    /// The call, when there was one.
    pub call: Option<CallDetail>,
}

impl CaseReport {
    pub(super) fn played(
        case: &Case,
        call: CallDetail,
        verdicts: Vec<Verdict>,
        trouble: Option<String>,
    ) -> Self {
        Self {
            name: case.name.clone(),
            line: case.line,
            broken_off: false,
            passed: trouble.is_none() && verdicts.iter().all(|verdict| verdict.met),
            trouble,
            verdicts,
            call: Some(call),
        }
    }

    pub(super) fn not_placed(case: &Case, trouble: String) -> Self {
        Self {
            name: case.name.clone(),
            line: case.line,
            broken_off: false,
            passed: false,
            trouble: Some(trouble),
            verdicts: Vec::new(),
            call: None,
        }
    }

    /// The run broke off while it was played.
    pub(super) fn cut_short(case: &Case, call: Option<CallDetail>) -> Self {
        Self {
            broken_off: true,
            call,
            ..Self::not_placed(case, "the run broke off, and the call was hung up".to_owned())
        }
    }

    fn broken_off(case: &Case, why: &Error) -> Self {
        Self {
            broken_off: true,
            ..Self::not_placed(case, format!("the run broke off: {why}"))
        }
    }

    /// How long the call took, from its record to its end.
    pub(super) fn took(&self) -> Duration {
        let call = self.call.as_ref().map(|detail| &detail.call);
        call.and_then(|call| Some(call.ended_at?.since(call.created_at)))
            .unwrap_or_default()
    }

    /// Expectations that are not met, in a line.
    pub(super) fn failures(&self) -> String {
        let verdicts = self.verdicts.iter().filter(|verdict| !verdict.met).map(line);
        self.trouble
            .iter()
            .cloned()
            .chain(verdicts)
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// The cases of a file that have been played, by their place in it, and how many have been shown.
#[derive(Debug, Default)]
pub(super) struct Played {
    reports: BTreeMap<usize, CaseReport>,
    shown: usize,
}

impl Played {
    pub(super) fn add(&mut self, at: usize, report: CaseReport) {
        self.reports.insert(at, report);
    }

    /// Those whose turn it is to be shown.
    pub(super) fn turns(&mut self) -> impl Iterator<Item = &CaseReport> {
        let first = self.shown;
        while self.reports.contains_key(&self.shown) {
            self.shown += 1;
        }
        self.reports.range(first..self.shown).map(|(_, report)| report)
    }

    /// All cases of the file, when the run has ended so.
    pub(super) fn close(&mut self, cases: &[Case], end: &Result<(), Error>) {
        let Err(why) = end else { return };
        for (at, case) in cases.iter().enumerate() {
            let report = self.reports.entry(at);
            report.or_insert_with(|| CaseReport::broken_off(case, why));
        }
    }

    pub(super) fn reports(&self) -> impl Iterator<Item = &CaseReport> {
        self.reports.values()
    }

    pub(super) fn into_reports(self) -> Vec<CaseReport> {
        self.reports.into_values().collect()
    }
}

/// A verdict in words.
pub(super) fn line(verdict: &Verdict) -> String {
    format!(
        "{}: expected {}, seen {}",
        verdict.key, verdict.expected, verdict.seen
    )
}

/// A whole run, as JSON.
#[derive(Serialize)]
struct Run<'a> {
    passed: usize,
    failed: usize,
    #[serde(skip_serializing_if = "is_none")]
    broken_off: usize,
    files: &'a [FileReport],
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<BTreeMap<&'a str, FlowCoverage<'a>>>,
}

/// How much of a flow was gone through, and what.
#[derive(Serialize)]
struct FlowCoverage<'a> {
    percent: u8,
    #[serde(flatten)]
    coverage: &'a Coverage,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// A case in a row, as CSV.
#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    case: &'a CaseReport,
}

fn columns<'a>() -> [Column<Row<'a>>; 9] {
    [
        Column::Text("file", |row| row.file.to_owned()),
        Column::Text("line", |row| row.case.line.to_string()),
        Column::Text("case", |row| row.case.name.clone()),
        Column::Text("passed", |row| row.case.passed.to_string()),
        Column::Text("call", |row| {
            maybe(row.case.call.as_ref().map(|detail| detail.call.id))
        }),
        Column::Text("outcome", |row| {
            maybe(row.case.call.as_ref().and_then(|detail| detail.call.outcome))
        }),
        Column::Text("result", |row| {
            maybe(
                row.case
                    .call
                    .as_ref()
                    .and_then(|detail| detail.call.result.as_ref()),
            )
        }),
        Column::Text("duration_s", |row| {
            format!("{:.1}", row.case.took().as_secs_f64())
        }),
        Column::Text("failures", |row| row.case.failures()),
    ]
}

/// Shows the run; for people the cases have been shown already, one by one.
pub(super) fn show<'a>(
    format: Format,
    files: &'a [FileReport],
    covered: Option<&'a Covered>,
) -> Result<(), Error> {
    match format {
        Format::Json => {
            let [passed, failed, broken_off] = count(files);
            let told = |(flow, coverage): (&'a String, &'a Coverage)| {
                let percent = coverage.percent();
                (flow.as_str(), FlowCoverage { percent, coverage })
            };
            let coverage = covered.map(|covered| covered.flows().iter().map(told).collect());
            output::json(&Run {
                passed,
                failed,
                broken_off,
                files,
                coverage,
            })
        }
        Format::Csv => {
            let row = |file| move |case| Row { file, case };
            let rows: Vec<_> = files
                .iter()
                .flat_map(|report| report.cases.iter().map(row(&report.file)))
                .collect();
            output::list(format, &rows, &columns())?;
            covered.map_or(Ok(()), |covered| {
                output::remark(covered.in_words().trim_end());
                Ok(())
            })
        }
        Format::Table => {
            covered.map_or(Ok(()), |covered| {
                output::text(&format!("\n{}", covered.in_words()))
            })?;
            let [passed, failed, broken_off] = count(files);
            let all = passed + failed + broken_off;
            let cases = if all == 1 { "case" } else { "cases" };
            let rest = match broken_off {
                0 => String::new(),
                count => format!(", {count} not played"),
            };
            output::text(&format!(
                "\n{all} {cases}: {passed} passed, {failed} failed{rest}\n"
            ))
        }
    }
}

/// Fails when a case has, or when too little of a flow was gone through.
pub(super) fn verdict(files: &[FileReport], covers: &[Cover<'_>]) -> Result<(), Error> {
    let [_, failed, _] = count(files);
    let failed = (failed > 0).then(|| format!("{failed} of the cases failed"));
    let short = covers.iter().filter_map(|cover| cover.failure.clone());
    let faults: Vec<_> = failed.into_iter().chain(short).collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Expectation(faults.join("\n")))
    }
}

/// How many have passed, have failed, and were not played to their end.
fn count(files: &[FileReport]) -> [usize; 3] {
    let mut counts = [0; 3];
    for case in files.iter().flat_map(|report| &report.cases) {
        let place = match case {
            CaseReport { broken_off: true, .. } => 2,
            CaseReport { passed: false, .. } => 1,
            CaseReport { .. } => 0,
        };
        counts[place] += 1;
    }
    counts
}
