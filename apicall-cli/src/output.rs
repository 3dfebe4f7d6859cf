//! Data on stdout: tables for people, JSON and CSV for scripts.
//!
//! What comes from outside is made harmless here, once: control characters never reach a terminal, and a cell never
//! reaches a spreadsheet as a formula.

use crate::cli::Format;
use crate::error::Error;
use apicall_core::model::Timestamp;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::{Write, stdout};

/// What stands in a column, under which name.
pub(crate) enum Column<T> {
    /// Words or numbers.
    Text(&'static str, fn(&T) -> String),
    /// A time: local in tables, RFC 3339 in UTC in CSV.
    Time(&'static str, fn(&T) -> Option<Timestamp>),
}

impl<T> Column<T> {
    fn name(&self) -> &'static str {
        match self {
            Self::Text(name, _) | Self::Time(name, _) => name,
        }
    }

    fn for_people(&self, item: &T) -> String {
        match self {
            Self::Text(_, cell) => printable(&cell(item)),
            Self::Time(_, cell) => cell(item).map(local).unwrap_or_default(),
        }
    }

    fn for_spreadsheets(&self, item: &T) -> String {
        match self {
            Self::Text(_, cell) => tame(cell(item)),
            Self::Time(_, cell) => maybe(cell(item)),
        }
    }
}

/// A list.
pub(crate) fn list<T: Serialize>(format: Format, items: &[T], columns: &[Column<T>]) -> Result<(), Error> {
    match format {
        Format::Json => json(items),
        Format::Table => {
            let mut table = Table::new();
            table
                .load_style(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(columns.iter().map(|column| column.name().to_uppercase()));
            table.add_rows(items.iter().map(|item| {
                columns
                    .iter()
                    .map(|column| column.for_people(item))
                    .collect::<Vec<_>>()
            }));
            writeln!(stdout(), "{table}").map_err(Into::into)
        }
        Format::Csv => csv(stdout().lock(), items, columns),
    }
}

/// One thing: a line a column, or the same as a list of one.
pub(crate) fn one<T: Serialize>(format: Format, item: &T, columns: &[Column<T>]) -> Result<(), Error> {
    match format {
        Format::Json => json(item),
        Format::Csv => list(format, std::slice::from_ref(item), columns),
        Format::Table => {
            let width = columns
                .iter()
                .map(|column| column.name().len())
                .max()
                .unwrap_or(0);
            let mut out = stdout().lock();
            for column in columns {
                let line = format!("{:width$}  {}", column.name(), column.for_people(item));
                writeln!(out, "{}", line.trim_end())?;
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

/// Text for people, as it is: whoever made it has made it harmless.
pub(crate) fn text(text: &str) -> Result<(), Error> {
    write!(stdout(), "{text}").map_err(Into::into)
}

/// A header and a line an item.
pub(crate) fn csv<T>(out: impl Write, items: &[T], columns: &[Column<T>]) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns.iter().map(Column::name))?;
    for item in items {
        writer.write_record(columns.iter().map(|column| column.for_spreadsheets(item)))?;
    }
    writer.flush().map_err(Into::into)
}

/// Something for people, beside the data.
pub(crate) fn remark(text: &str) {
    // Nobody reads stderr: then nobody misses it.
    let _ = writeln!(std::io::stderr(), "{}", lines(text));
}

/// So many of something, of which several end in `s`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// A value that may be missing.
pub(crate) fn maybe(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A time as the clock on the wall shows it.
pub(crate) fn local(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(time) => time
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string(),
        Err(_) => at.to_string(),
    }
}

/// One line of text without anything a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// The same for text of several lines.
pub(crate) fn lines(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}")
}

/// Spreadsheets take a cell that begins like a formula for one; a telephone number is none.
fn tame(cell: String) -> String {
    let number = cell
        .strip_prefix('+')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if risky && !number {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::{lines, printable, tame};

    #[test]
    fn formulas_are_tamed_and_numbers_are_not() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+573001234567", "+573001234567"),
            ("+", "'+"),
            ("-2", "'-2"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("a", "a"),
            ("+1+cmd", "'+1+cmd"),
        ] {
            assert_eq!(tame(cell.to_owned()), written);
        }
    }

    #[test]
    fn a_terminal_is_never_commanded() {
        assert_eq!(
            printable("a\u{1b}[31mb\n\u{9b}c"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}c"
        );
        assert_eq!(lines("a\nb\r"), "a\nb\u{fffd}");
    }
}
