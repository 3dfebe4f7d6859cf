//! What a file does not say about itself: its delimiter, whether its first row is a header, which column has the
//! numbers. Judged on its beginning; every setting given overrules the judgement.

use super::columns::{Columns, find, listed, plain_name};
use super::rows::{RawRow, Rows};
use super::{ImportError, ImportSettings};
use crate::model::{Country, normalise};
use std::cmp::Reverse;

/// How much of a file is looked at.
pub(super) const SAMPLE_BYTES: usize = 64 * 1024;
const SAMPLE_ROWS: usize = 50;
const DELIMITERS: [u8; 4] = [b',', b';', b'|', b'\t'];

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// Rows to pass over before the first contact.
    pub(super) skip: usize,
    pub(super) has_header: bool,
    pub(super) columns: Columns,
}

/// Judges the beginning of a file; `is_whole` when nothing follows.
pub(super) fn layout(
    sample: &[u8],
    is_whole: bool,
    settings: &ImportSettings,
) -> Result<Layout, ImportError> {
    if is_whole && sample.trim_ascii().is_empty() {
        return Err(ImportError::Empty);
    }
    let announced = announced(sample);
    let fixed = settings.delimiter.or(announced);
    let candidates = fixed.as_ref().map_or(&DELIMITERS[..], std::slice::from_ref);
    let guess = |delimiter: &u8| Guess::new(*delimiter, sample, is_whole, announced.is_some(), settings);
    let best = candidates
        .iter()
        .map(guess)
        .max_by_key(|guess| (guess.rank(), Reverse(guess.place())));
    best.expect("there is at least one delimiter to try").layout
}

/// Spreadsheets may announce the delimiter in a first line of its own, `sep=;`.
fn announced(sample: &[u8]) -> Option<u8> {
    let line = sample.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    let delimiter = match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => delimiter,
        [b'"', b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'"'] => delimiter,
        _ => return None,
    };
    DELIMITERS.contains(delimiter).then_some(*delimiter)
}

/// What a file would be with one delimiter.
struct Guess {
    delimiter: u8,
    /// Rows that show a number in the number column.
    numbers: usize,
    /// Tenths of the rows that are as wide as most are.
    even_tenths: usize,
    width: usize,
    layout: Result<Layout, ImportError>,
}

impl Guess {
    fn new(delimiter: u8, sample: &[u8], is_whole: bool, announced: bool, settings: &ImportSettings) -> Self {
        let mut reader = Rows::new(delimiter);
        reader.inlet().extend_from_slice(sample);
        if is_whole {
            reader.end();
        }
        let skip = usize::from(announced);
        let mut rows: Vec<_> = std::iter::from_fn(|| reader.next())
            .skip(skip)
            .take(SAMPLE_ROWS)
            .collect();
        let unreadable = match rows.first() {
            Some(RawRow {
                cells: Err((_, reason)),
                ..
            }) => Some(ImportError::malformed(format!("in its first row {reason}"))),
            _ => None,
        };
        let rows: Vec<Vec<String>> = rows.drain(..).filter_map(|row| row.cells.ok()).collect();
        let (width, even) = usual_width(&rows);
        let layout = unreadable.map_or_else(|| judge(&rows, delimiter, skip, settings), Err);
        let number_at = layout.as_ref().ok().map(|layout| layout.columns.number());
        Self {
            delimiter,
            numbers: number_at.map_or(0, |at| numbers_in(&rows, at, settings.country)),
            even_tenths: even * 10 / rows.len().max(1),
            width,
            layout,
        }
    }

    /// The delimiter that shows most numbers is the best, then the one of the evenest rows, then of most columns.
    fn rank(&self) -> (usize, usize, usize, bool) {
        (self.numbers, self.even_tenths, self.width, self.layout.is_ok())
    }

    fn place(&self) -> Option<usize> {
        DELIMITERS
            .iter()
            .position(|delimiter| *delimiter == self.delimiter)
    }
}

/// The width that most rows have, and how many do.
fn usual_width(rows: &[Vec<String>]) -> (usize, usize) {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows {
        *counts.entry(row.len()).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(width, count)| (*count, *width))
        .unwrap_or((0, 0))
}

fn judge(
    rows: &[Vec<String>],
    delimiter: u8,
    skip: usize,
    settings: &ImportSettings,
) -> Result<Layout, ImportError> {
    let Some((first, rest)) = rows.split_first() else {
        return Err(ImportError::malformed(
            "no row ends within its first 64 KiB; is it a CSV file?",
        ));
    };
    let has_header = settings
        .header
        .unwrap_or_else(|| looks_like_header(first, rest, settings.country));
    let (headers, data) = if has_header {
        (first.clone(), rest)
    } else {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        (vec![String::new(); width], rows)
    };
    let number_at = match &settings.number_column {
        Some(wanted) => find(&headers, wanted, "number_column")?,
        None => number_column(&headers, data, settings.country)
            .ok_or_else(|| ImportError::NoNumbers(listed(&headers)))?,
    };
    let columns = Columns::new(&headers, number_at, settings)?;
    Ok(Layout {
        delimiter,
        skip: skip + usize::from(has_header),
        has_header,
        columns,
    })
}

/// A first row without a number in it, that names the number column or stands over one.
fn looks_like_header(first: &[String], rest: &[Vec<String>], country: Country) -> bool {
    let cells: Vec<_> = first.iter().map(|cell| vec![cell.clone()]).collect();
    if numbers_in(&cells, 0, country) > 0 {
        return false;
    }
    if first.iter().any(|cell| name_rank(cell).is_some()) {
        return true;
    }
    let digits = |cell: &String| cell.chars().filter(char::is_ascii_digit).count();
    match best_by_content(rest, first.len(), country) {
        Some(at) => digits(&first[at]) < 5,
        None => first.iter().any(|cell| cell.chars().any(char::is_alphabetic)),
    }
}

/// Headers that mean a telephone number, best first; and words that a longer header may have.
const NAMES: [&str; 16] = [
    "number",
    "numero",
    "phone",
    "phone_number",
    "telefono",
    "celular",
    "movil",
    "mobile",
    "msisdn",
    "telephone",
    "numero_telefono",
    "numero_de_telefono",
    "tel",
    "cel",
    "fono",
    "whatsapp",
];
const WORDS: [&str; 10] = [
    "phone",
    "telefono",
    "celular",
    "movil",
    "mobile",
    "msisdn",
    "telephone",
    "tel",
    "cel",
    "whatsapp",
];

/// How well a header names a number column; smaller is better.
fn name_rank(header: &str) -> Option<usize> {
    let name = plain_name(header);
    let exact = NAMES.iter().position(|known| *known == name);
    let by_word = || {
        WORDS
            .iter()
            .position(|word| name.split('_').any(|part| part == *word))
            .map(|at| NAMES.len() + at)
    };
    exact.or_else(by_word)
}

/// The column named so that has numbers; else the one whose content says so; else the one named so.
fn number_column(headers: &[String], data: &[Vec<String>], country: Country) -> Option<usize> {
    let named = || (0..headers.len()).filter_map(|at| name_rank(&headers[at]).map(|rank| (at, rank)));
    let best_named = named()
        .map(|(at, rank)| (numbers_in(data, at, country), Reverse(rank), Reverse(at)))
        .filter(|(numbers, ..)| *numbers > 0)
        .max()
        .map(|(.., Reverse(at))| at);
    best_named
        .or_else(|| best_by_content(data, headers.len(), country))
        .or_else(|| named().min_by_key(|(_, rank)| *rank).map(|(at, _)| at))
}

/// The column with most numbers, if at least half of its cells are.
fn best_by_content(data: &[Vec<String>], width: usize, country: Country) -> Option<usize> {
    let (numbers, Reverse(at)) = (0..width)
        .map(|at| (numbers_in(data, at, country), Reverse(at)))
        .max()?;
    (numbers > 0 && numbers * 2 >= data.len()).then_some(at)
}

/// Rows whose cell there is a number; only what could be one is looked at closely.
fn numbers_in(data: &[Vec<String>], at: usize, country: Country) -> usize {
    let cells = data.iter().filter_map(|row| row.get(at));
    let long_enough = |cell: &&String| (7..=32).contains(&cell.len()) && normalise(cell, country).is_ok();
    cells.filter(long_enough).count()
}
