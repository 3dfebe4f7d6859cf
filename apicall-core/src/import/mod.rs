//! NUMBER LISTS: a CSV file to contacts, as a stream. `docs/number-lists.md` tells people what is read how.
//!
//! Memory does not grow with the file: one row, and the beginning from which delimiter, header and columns are guessed.
//!
//! Deliberately absent: where the file comes from, where contacts go.

mod columns;
mod number;
mod source;
#[cfg(test)]
mod tests;

pub use columns::Columns;
pub use number::{is_known, normalise};

use crate::model::{Country, PhoneNumber, Variables};
use source::{Guard, Source};
use std::io::{self, Read};

/// How to read a list. What is `None` is found out.
#[derive(Debug, Clone)]
pub struct ImportSettings {
    /// The country by which national numbers are read.
    pub country: Country,
    /// The column of the numbers, by header or by position from 1.
    pub number_column: Option<String>,
    /// Renamed columns: header, variable.
    pub rename: Vec<(String, String)>,
    /// The delimiter.
    pub delimiter: Option<u8>,
    /// Whether the first row is a header.
    pub header: Option<bool>,
}

/// Why a list cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A setting does not fit the file.
    #[error("{field} `{value}`: {remedy}")]
    Setting {
        /// Which.
        field: &'static str,
        /// Its value.
        value: String,
        /// What to do.
        remedy: String,
    },
    /// No column holds numbers.
    #[error("no column of the file holds telephone numbers; name it with number_column (columns: {0})")]
    NoNumbers(String),
    /// There is nothing in it.
    #[error("the file has no rows")]
    Empty,
    /// It broke off, or is no text.
    #[error("the file cannot be read on: {0}")]
    Unreadable(#[from] io::Error),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A contact.
    Contact {
        /// Its line in the file, from 1.
        line: u64,
        /// Its number.
        number: PhoneNumber,
        /// The other columns.
        variables: Variables,
    },
    /// None.
    Reject {
        /// Its line in the file, from 1.
        line: u64,
        /// What stood in the number's place.
        value: String,
        /// Why not, and what to do.
        reason: String,
    },
}

/// A list being read: an iterator over its rows.
#[derive(Debug)]
pub struct Importer<R: Read> {
    records: csv::Reader<Guard<Source<R>>>,
    record: csv::StringRecord,
    guard: source::Allowance,
    columns: Columns,
    country: Country,
    delimiter: u8,
    header: bool,
}

impl<R: Read> Importer<R> {
    /// Reads the beginning, and finds out what the settings leave open.
    pub fn new(settings: &ImportSettings, input: R) -> Result<Self, ImportError> {
        let source = Source::open(input)?;
        let delimiter = settings
            .delimiter
            .unwrap_or_else(|| columns::guess_delimiter(source.beginning()));
        let sample = columns::sample(source.beginning(), delimiter);
        let header = match settings.header {
            Some(header) => header,
            None => columns::guess_header(&sample, settings.country),
        };
        let columns = Columns::find(&sample, header, settings)?;
        let (guard, allowance) = Guard::new(source);
        let records = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(header)
            .flexible(true)
            .from_reader(guard);
        let record = csv::StringRecord::new();
        Ok(Self {
            records,
            record,
            guard: allowance,
            columns,
            country: settings.country,
            delimiter,
            header,
        })
    }

    /// The delimiter used.
    pub fn delimiter(&self) -> &'static str {
        match self.delimiter {
            b';' => ";",
            b'|' => "|",
            b'\t' => "tab",
            _ => ",",
        }
    }

    /// Whether the first row was taken as a header.
    pub fn has_header(&self) -> bool {
        self.header
    }

    /// The columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    fn row(&self) -> Option<Row> {
        if self.record.iter().all(|cell| cell.trim().is_empty()) {
            return None;
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let cell = self.record.get(self.columns.number()).unwrap_or_default().trim();
        let reject = |reason: String| Row::Reject {
            line,
            value: shorten(cell),
            reason,
        };
        let number = match normalise(cell, self.country) {
            Ok(number) => number,
            Err(reason) => return Some(reject(reason)),
        };
        Some(match self.columns.variables(&self.record) {
            Ok(variables) => Row::Contact {
                line,
                number,
                variables,
            },
            Err(reason) => reject(reason),
        })
    }
}

impl<R: Read> Iterator for Importer<R> {
    type Item = Result<Row, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.guard.renew();
            match self.records.read_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) => {
                    if let Some(row) = self.row() {
                        return Some(Ok(row));
                    }
                }
                Err(error) => return Some(Err(ImportError::Unreadable(io::Error::other(error)))),
            }
        }
    }
}

fn shorten(cell: &str) -> String {
    cell.chars().take(64).collect()
}
