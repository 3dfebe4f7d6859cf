//! NUMBER LISTS: a CSV file to contacts, as a stream. What a spreadsheet saves, in whatever delimiter, encoding and
//! number format it does, becomes E.164 numbers with variables, and every row that does not says why.
//! `docs/number-lists.md` tells people what is read how.
//!
//! Memory does not grow with the file: the beginning from which delimiter, header and columns are judged, or one row.
//! A row that cannot be read costs only its own line, never the file.
//!
//! Deliberately absent: where the file comes from, where contacts go, and duplicates, which only the store can see.

mod columns;
mod detect;
mod list;
mod rows;
#[cfg(test)]
mod tests;
mod text;

pub use columns::Columns;

use crate::model::{Country, PhoneNumber, Variables};
use list::List;
use std::io::{self, Read};

/// How much is read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// How to read a list. What is `None` is found out.
#[derive(Debug, Clone)]
pub struct ImportSettings {
    /// The country by which national numbers are read.
    pub country: Country,
    /// The column of the numbers, by header or by position from 1.
    pub number_column: Option<String>,
    /// Renamed columns: header or position, variable.
    pub rename: Vec<(String, String)>,
    /// The delimiter.
    pub delimiter: Option<u8>,
    /// Whether the first row is a header.
    pub header: Option<bool>,
}

/// Why a list cannot be read at all. A bad row is no error: it becomes a [`Row::Reject`].
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

impl ImportError {
    /// It is not what was expected.
    fn malformed(what: impl Into<String>) -> Self {
        Self::Unreadable(io::Error::new(io::ErrorKind::InvalidData, what.into()))
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A contact.
    Contact {
        /// The line of the file it begins on, from 1.
        line: u64,
        /// Its number.
        number: PhoneNumber,
        /// The other columns; empty cells are left away.
        variables: Variables,
    },
    /// None.
    Reject {
        /// The line of the file it begins on, from 1.
        line: u64,
        /// What stood in the number's place, or the beginning of a line that is no row; at most 64 characters.
        value: String,
        /// Why not, and what to do.
        reason: String,
    },
}

/// A list being read: an iterator over its rows. After an error there is nothing more.
#[derive(Debug)]
pub struct Importer<R: Read> {
    input: R,
    chunk: Vec<u8>,
    list: List,
    ended: bool,
}

impl<R: Read> Importer<R> {
    /// Reads the beginning, and finds out what the settings leave open.
    pub fn new(settings: &ImportSettings, input: R) -> Result<Self, ImportError> {
        let list = List::new(settings.clone());
        let mut importer = Self {
            input,
            chunk: vec![0; CHUNK_BYTES],
            list,
            ended: false,
        };
        while importer.list.layout().is_none() {
            importer.read_on()?;
        }
        Ok(importer)
    }

    /// The delimiter used.
    pub fn delimiter(&self) -> &'static str {
        match self.list.layout().map(|layout| layout.delimiter) {
            Some(b';') => ";",
            Some(b'|') => "|",
            Some(b'\t') => "tab",
            _ => ",",
        }
    }

    /// Whether the first row was taken as a header.
    pub fn has_header(&self) -> bool {
        self.list.layout().is_some_and(|layout| layout.has_header)
    }

    /// The columns.
    pub fn columns(&self) -> &Columns {
        &self
            .list
            .layout()
            .expect("an importer is made once its layout is known")
            .columns
    }

    /// Bytes of the file that it holds at this moment: at most a beginning or a row of 64 KiB, and what was read last.
    pub fn held_bytes(&self) -> usize {
        self.list.held_bytes()
    }

    /// Takes the next chunk, or the end.
    fn read_on(&mut self) -> Result<(), ImportError> {
        let count = loop {
            match self.input.read(&mut self.chunk) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.ended = count == 0;
        if self.ended {
            self.list.finish()
        } else {
            self.list.feed(&self.chunk[..count])
        }
    }
}

impl<R: Read> Iterator for Importer<R> {
    type Item = Result<Row, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.list.next() {
                return Some(Ok(row));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.read_on() {
                self.ended = true;
                return Some(Err(error));
            }
        }
    }
}
