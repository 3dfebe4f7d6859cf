//! How recordings were judged, for people and for scripts.

use super::Tried;
use super::recordings::Labelled;
use crate::cli::Format;
use crate::error::Error;
use crate::output::{self, Column};
use apicall_core::amd::Verdicts;
use apicall_core::model::AmdSettings;
use serde::Serialize;

/// A row of the confusion table: recordings of one origin.
#[derive(Debug, Serialize)]
struct Row {
    parameters: &'static str,
    amd: AmdSettings,
    recorded: &'static str,
    human: u32,
    machine: u32,
    unsure: u32,
    wrong: f64,
}

const ROWS: &[Column<Row>] = &[
    Column::Text("parameters", |row| row.parameters.to_owned()),
    Column::Text("amd", |row| row.amd.to_string()),
    Column::Text("recorded", |row| row.recorded.to_owned()),
    Column::Text("human", |row| row.human.to_string()),
    Column::Text("machine", |row| row.machine.to_string()),
    Column::Text("unsure", |row| row.unsure.to_string()),
    Column::Text("wrong", |row| percent(row.wrong)),
];

/// Parameters that were tried.
#[derive(Debug, Serialize)]
struct Candidate {
    amd: AmdSettings,
    humans_lost: f64,
    machines_missed: f64,
    mean_ms: u64,
}

const CANDIDATES: &[Column<Candidate>] = &[
    Column::Text("amd", |tried| tried.amd.to_string()),
    Column::Text("humans_lost", |tried| percent(tried.humans_lost)),
    Column::Text("machines_missed", |tried| percent(tried.machines_missed)),
    Column::Text("mean_ms", |tried| tried.mean_ms.to_string()),
];

/// A recording, and what was found.
#[derive(Debug, Serialize)]
struct Found {
    file: String,
    recorded: &'static str,
    verdict: &'static str,
    reason: String,
    after_ms: u64,
}

const FOUND: &[Column<Found>] = &[
    Column::Text("file", |found| found.file.clone()),
    Column::Text("recorded", |found| found.recorded.to_owned()),
    Column::Text("verdict", |found| found.verdict.to_owned()),
    Column::Text("reason", |found| found.reason.clone()),
    Column::Text("after_ms", |found| found.after_ms.to_string()),
];

/// All of it, as JSON.
#[derive(Debug, Serialize)]
struct Report {
    recordings: usize,
    confusion: Vec<Row>,
    best: Vec<Candidate>,
}

/// The confusion of the present parameters, beside it that of the changed ones, and the best that were tried. CSV has one table:
/// the best when something was tried.
pub(super) fn compared(
    format: Format,
    recordings: &[Labelled],
    present: Tried,
    changed: Option<Tried>,
    best: &[Tried],
) -> Result<(), Error> {
    let changed = changed.map(|changed| rows("changed", &changed));
    let confusion: Vec<_> = rows("present", &present)
        .into_iter()
        .chain(changed.into_iter().flatten())
        .collect();
    let best: Vec<_> = best.iter().map(candidate).collect();
    match format {
        Format::Json => output::json(&Report {
            recordings: recordings.len(),
            confusion,
            best,
        }),
        Format::Csv if !best.is_empty() => output::list(format, &best, CANDIDATES),
        Format::Csv => output::list(format, &confusion, ROWS),
        Format::Table => {
            output::list(format, &confusion, ROWS)?;
            if !best.is_empty() {
                output::text("\nbest of those that were tried:\n")?;
                output::list(format, &best, CANDIDATES)?;
            }
            Ok(())
        }
    }
}

/// Each recording.
pub(super) fn files(format: Format, recordings: &[Labelled], settings: AmdSettings) -> Result<(), Error> {
    let found = recordings.iter().map(|one| {
        let found = one.recording.judged(settings);
        Found {
            file: one.file.display().to_string(),
            recorded: if one.machine { "machine" } else { "human" },
            verdict: found.verdict().as_str(),
            reason: found.reason.to_string(),
            after_ms: millis(found.took),
        }
    });
    output::list(format, &found.collect::<Vec<_>>(), FOUND)
}

fn rows(parameters: &'static str, tried: &Tried) -> [Row; 2] {
    let row = |recorded, verdicts: Verdicts, wrong| Row {
        parameters,
        amd: tried.settings,
        recorded,
        human: verdicts.human,
        machine: verdicts.machine,
        unsure: verdicts.unsure,
        wrong,
    };
    let confusion = &tried.confusion;
    [
        row("human", confusion.humans, confusion.humans_lost()),
        row("machine", confusion.machines, confusion.machines_missed()),
    ]
}

fn candidate(tried: &Tried) -> Candidate {
    Candidate {
        amd: tried.settings,
        humans_lost: tried.confusion.humans_lost(),
        machines_missed: tried.confusion.machines_missed(),
        mean_ms: millis(tried.confusion.mean_took()),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
