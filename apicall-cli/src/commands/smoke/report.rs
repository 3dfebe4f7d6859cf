//! What came of a run: for scripts as JSON or CSV, for people the last lines.

use super::coverage::Covered;
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
            passed: false,
            trouble: Some(trouble),
            verdicts: Vec::new(),
            call: None,
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
    files: &'a [FileReport],
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<&'a BTreeMap<String, Coverage>>,
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
pub(super) fn show(format: Format, files: &[FileReport], covered: Option<&Covered>) -> Result<(), Error> {
    match format {
        Format::Json => {
            let (passed, failed) = count(files);
            let coverage = covered.map(Covered::flows);
            output::json(&Run {
                passed,
                failed,
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
            let (passed, failed) = count(files);
            let all = passed + failed;
            let cases = if all == 1 { "case" } else { "cases" };
            output::text(&format!("\n{all} {cases}: {passed} passed, {failed} failed\n"))
        }
    }
}

/// Fails when a case has.
pub(super) fn verdict(files: &[FileReport]) -> Result<(), Error> {
    match count(files) {
        (_, 0) => Ok(()),
        (_, failed) => Err(Error::Expectation(format!("{failed} of the cases failed"))),
    }
}

fn count(files: &[FileReport]) -> (usize, usize) {
    let all = files.iter().flat_map(|report| &report.cases);
    let (passed, failed): (Vec<_>, Vec<_>) = all.partition(|case| case.passed);
    (passed.len(), failed.len())
}
