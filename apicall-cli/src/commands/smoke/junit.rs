//! A run as a JUnit report, which every CI server can show.

use super::ladder;
use super::report::{CaseReport, FileReport};
use crate::error::Error;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;
use std::fs::File;
use std::io::{self, Write};

/// Writes the report.
pub(super) fn write(mut file: File, reports: &[FileReport]) -> Result<(), Error> {
    file.write_all(&report(reports)?)?;
    Ok(())
}

fn report(reports: &[FileReport]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "apicall smoke"))
        .write_inner_content(|writer| reports.iter().try_for_each(|report| suite(writer, report)))?;
    let mut written = writer.into_inner();
    written.push(b'\n');
    Ok(written)
}

const FAILURE: &str = "failure";
const ERROR: &str = "error";

fn suite(writer: &mut Writer<Vec<u8>>, report: &FileReport) -> io::Result<()> {
    let count = |element: &str| {
        let faults = report.cases.iter().filter_map(fault);
        faults.filter(|(of, _)| *of == element).count().to_string()
    };
    let seconds: f64 = report.cases.iter().map(|case| case.took().as_secs_f64()).sum();
    let file = fit(&report.file);
    writer
        .create_element("testsuite")
        .with_attribute(("name", file.as_str()))
        .with_attribute(("tests", report.cases.len().to_string().as_str()))
        .with_attribute(("failures", count(FAILURE).as_str()))
        .with_attribute(("errors", count(ERROR).as_str()))
        .with_attribute(("time", format!("{seconds:.3}").as_str()))
        .write_inner_content(|writer| {
            report
                .cases
                .iter()
                .try_for_each(|case| test_case(writer, &file, case))
        })?;
    Ok(())
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
