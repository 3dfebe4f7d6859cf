//! A case for people: one line when it passed; the ladder of its call when it failed, each failure at its place.

use super::report::{CaseReport, line};
use crate::output::printable;
use apicall_core::scenario::{Rung, Side, ladder};
use std::fmt::Write;

/// The lane between the two is at least this wide.
const NARROWEST: usize = 32;

/// A case as it is shown.
pub(super) fn case(case: &CaseReport) -> String {
    let mark = match case {
        CaseReport { broken_off: true, .. } => "--  ",
        CaseReport { passed: true, .. } => "ok  ",
        CaseReport { .. } => "FAIL",
    };
    let seconds = case.took().as_secs_f64();
    let mut shown = format!("  {mark}  {:5.1} s  {}\n", seconds, printable(&case.name));
    if !case.passed && (!case.broken_off || case.call.is_some()) {
        shown.push_str(&failed(case));
    }
    shown
}

/// Why a case failed.
pub(super) fn failed(case: &CaseReport) -> String {
    // A string takes all that is written.
    let mut shown = String::new();
    if let Some(detail) = &case.call {
        let _ = writeln!(shown, "        line {}, call {}", case.line, detail.call.id);
        let rungs = ladder(detail);
        let width = rungs
            .iter()
            .map(|rung| rung.text.chars().count() + 6)
            .max()
            .unwrap_or(0)
            .max(NARROWEST);
        let _ = writeln!(shown, "        seconds  {:width$}  callee", "engine");
        for (at, rung) in rungs.iter().enumerate() {
            let _ = writeln!(shown, "{}", drawn(rung, width));
            let here = case
                .verdicts
                .iter()
                .filter(|verdict| !verdict.met && verdict.at == Some(at));
            here.for_each(|verdict| {
                let _ = writeln!(shown, "           >>>   {}", printable(&line(verdict)));
            });
        }
        let nowhere = case
            .verdicts
            .iter()
            .filter(|verdict| !verdict.met && verdict.at.is_none());
        nowhere.for_each(|verdict| {
            let _ = writeln!(shown, "           >>>   {}", printable(&line(verdict)));
        });
    } else {
        let _ = writeln!(shown, "        line {}, no call", case.line);
    }
    if let Some(trouble) = &case.trouble {
        let _ = writeln!(shown, "           >>>   {}", printable(trouble));
    }
    shown
}

fn drawn(rung: &Rung, width: usize) -> String {
    let text = printable(&rung.text);
    let rest = width.saturating_sub(text.chars().count() + 6);
    let lane = match rung.side {
        Side::Out => format!("── {text} ──{}>", "─".repeat(rest)),
        Side::In => format!("<──{} {text} ──", "─".repeat(rest)),
        Side::Here => format!(" {text:width$}"),
    };
    #[allow(clippy::cast_precision_loss, reason = "calls do not last for ages")]
    let seconds = rung.after_ms as f64 / 1_000.0;
    let line = format!("      {seconds:9.3}  |{lane}|  {}", printable(&rung.detail));
    line.trim_end().to_owned()
}
