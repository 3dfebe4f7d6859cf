//! A run as a JUnit report, which every CI server can show.

use super::coverage::Cover;
use super::ladder;
use super::report::{CaseReport, FileReport};
use crate::error::Error;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::{ElementWriter, Writer};
use std::fs::File;
use std::io::{self, Write};

/// Writes the report: a suite a file, and one of the flows whose coverage was asked for.
pub(super) fn write(mut file: File, reports: &[FileReport], covers: &[Cover<'_>]) -> Result<(), Error> {
    file.write_all(&report(reports, covers)?)?;
    Ok(())
}

fn report(reports: &[FileReport], covers: &[Cover<'_>]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "apicall smoke"))
        .write_inner_content(|writer| {
            reports.iter().try_for_each(|report| suite(writer, report))?;
            if covers.is_empty() {
                return Ok(());
            }
            coverage(writer, covers)
        })?;
    let mut written = writer.into_inner();
    written.push(b'\n');
    Ok(written)
}

const FAILURE: &str = "failure";
const ERROR: &str = "error";
const COVERAGE: &str = "coverage";

fn suite(writer: &mut Writer<Vec<u8>>, report: &FileReport) -> io::Result<()> {
    let faults = report.cases.iter().filter_map(fault);
    let counts = Counts::of(report.cases.len(), faults.map(|(element, _)| element));
    let seconds: f64 = report.cases.iter().map(|case| case.took().as_secs_f64()).sum();
    let file = fit(&report.file);
    counts
        .write(
            writer
                .create_element("testsuite")
                .with_attribute(("name", file.as_str())),
        )
        .with_attribute(("time", format!("{seconds:.3}").as_str()))
        .write_inner_content(|writer| {
            report
                .cases
                .iter()
                .try_for_each(|case| test_case(writer, &file, case))
        })?;
    Ok(())
}

/// What the flows' coverage came to, a test case a flow.
fn coverage(writer: &mut Writer<Vec<u8>>, covers: &[Cover<'_>]) -> io::Result<()> {
    let short = covers.iter().filter(|cover| cover.failure.is_some());
    let counts = Counts::of(covers.len(), short.map(|_| FAILURE));
    counts
        .write(
            writer
                .create_element("testsuite")
                .with_attribute(("name", COVERAGE)),
        )
        .write_inner_content(|writer| {
            covers.iter().try_for_each(|cover| {
                let element = writer
                    .create_element("testcase")
                    .with_attribute(("name", fit(cover.flow).as_str()))
                    .with_attribute(("classname", COVERAGE));
                match &cover.failure {
                    None => element.write_empty().map(drop),
                    Some(failure) => element
                        .write_inner_content(|writer| {
                            let told = writer.create_element(FAILURE).with_attribute(("type", COVERAGE));
                            let told = told.with_attribute(("message", fit(failure).as_str()));
                            told.write_empty().map(drop)
                        })
                        .map(drop),
                }
            })
        })?;
    Ok(())
}

/// What a suite counts.
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
}

impl Counts {
    fn of(tests: usize, faults: impl Iterator<Item = &'static str>) -> Self {
        let mut counts = Self {
            tests,
            failures: 0,
            errors: 0,
        };
        for fault in faults {
            match fault {
                ERROR => counts.errors += 1,
                _ => counts.failures += 1,
            }
        }
        counts
    }

    fn write<'a, W>(&self, element: ElementWriter<'a, W>) -> ElementWriter<'a, W> {
        [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
        ]
        .into_iter()
        .fold(element, |element, (name, count)| {
            element.with_attribute((name, count.to_string().as_str()))
        })
    }
}

/// The element that tells of a case that did not pass, and its type.
fn fault(case: &CaseReport) -> Option<(&'static str, &'static str)> {
    match case.call {
        _ if case.passed => None,
        _ if case.broken_off => Some((ERROR, "not played")),
        Some(_) => Some((FAILURE, "expectation")),
        None => Some((ERROR, "no call")),
    }
}

fn test_case(writer: &mut Writer<Vec<u8>>, file: &str, case: &CaseReport) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", fit(&case.name).as_str()))
        .with_attribute(("classname", file))
        .with_attribute(("file", file))
        .with_attribute(("line", case.line.to_string().as_str()))
        .with_attribute(("time", format!("{:.3}", case.took().as_secs_f64()).as_str()));
    let Some((name, kind)) = fault(case) else {
        element.write_empty()?;
        return Ok(());
    };
    element.write_inner_content(|writer| {
        let failure = writer.create_element(name).with_attribute(("type", kind));
        let failure = failure.with_attribute(("message", fit(&case.failures()).as_str()));
        failure.write_text_content(BytesText::new(&fit(&ladder::failed(case))))?;
        Ok(())
    })?;
    Ok(())
}

/// Text without what XML cannot carry, escaped or not.
fn fit(text: &str) -> String {
    let carried =
        |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.replace(|c| !carried(c), "\u{fffd}")
}
