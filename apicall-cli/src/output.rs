//! Data on stdout: tables for people, JSON and CSV for scripts.

use crate::cli::Format;
use crate::error::Error;
use apicall_core::model::Timestamp;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::{Write, stdout};

/// What stands in a column.
pub(crate) type Column<T> = (&'static str, fn(&T) -> String);

/// A list.
pub(crate) fn list<T: Serialize>(format: Format, items: &[T], columns: &[Column<T>]) -> Result<(), Error> {
    match format {
        Format::Json => json(items),
        Format::Table => {
            let mut table = Table::new();
            table
                .load_style(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(columns.iter().map(|(name, _)| name.to_uppercase()));
            table.add_rows(
                items
                    .iter()
                    .map(|item| columns.iter().map(|(_, cell)| cell(item)).collect::<Vec<_>>()),
            );
            writeln!(stdout(), "{table}").map_err(Into::into)
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(stdout());
            writer.write_record(columns.iter().map(|(name, _)| *name))?;
            for item in items {
                writer.write_record(columns.iter().map(|(_, cell)| tame(cell(item))))?;
            }
            writer.flush().map_err(Into::into)
        }
    }
}

/// One thing: a line a column, or the same as a list of one.
pub(crate) fn one<T: Serialize>(format: Format, item: &T, columns: &[Column<T>]) -> Result<(), Error> {
    match format {
        Format::Json => json(item),
        Format::Csv => list(format, std::slice::from_ref(item), columns),
        Format::Table => {
            let width = columns.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            let mut out = stdout().lock();
            for (name, cell) in columns {
                writeln!(out, "{name:width$}  {}", cell(item))?;
            }
            Ok(())
        }
    }
}

/// JSON as the API gives it.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<(), Error> {
    let mut out = stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out).map_err(Into::into)
}

/// Something for people, beside the data.
pub(crate) fn remark(text: &str) {
    // Nobody reads stderr: then nobody misses it.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A value that may be missing.
pub(crate) fn maybe(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A time that may be missing.
pub(crate) fn time(at: Option<Timestamp>) -> String {
    maybe(at)
}

/// Spreadsheets take a cell that begins like a formula for one; a telephone number is none.
fn tame(cell: String) -> String {
    let number = cell
        .strip_prefix('+')
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if risky && !number {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas_are_tamed_and_numbers_are_not() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+573001234567", "+573001234567"),
            ("@x", "'@x"),
            ("a", "a"),
            ("+1+cmd", "'+1+cmd"),
        ] {
            assert_eq!(super::tame(cell.to_owned()), written);
        }
    }
}
