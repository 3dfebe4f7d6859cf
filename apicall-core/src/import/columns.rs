//! Which column holds the numbers, and what the others are called.

use super::number::normalise;
use super::{ImportError, ImportSettings};
use crate::model::{Country, Variables};
use csv::StringRecord;
use std::collections::BTreeSet;

/// Headers of number columns, in lower case without accents.
const NUMBER_HEADERS: [&str; 14] = [
    "number",
    "phone",
    "phone_number",
    "telephone",
    "mobile",
    "msisdn",
    "telefono",
    "numero",
    "celular",
    "movil",
    "tel",
    "numero_telefono",
    "contact",
    "contacto",
];
/// Rows that guesses rest on.
const SAMPLE: usize = 100;

/// The columns of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    number: usize,
    number_name: String,
    /// Column, variable.
    variables: Vec<(usize, String)>,
}

impl Columns {
    /// The position of the numbers, from 0.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// The header of the number column, or its position from 1.
    pub fn number_name(&self) -> &str {
        &self.number_name
    }

    /// The variables that the other columns become, in order.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(_, name)| name.as_str())
    }

    /// A row's variables. Empty cells set nothing; a cell of several lines becomes one.
    pub(super) fn variables(&self, record: &StringRecord) -> Result<Variables, String> {
        let mut variables = Variables::default();
        for (column, name) in &self.variables {
            let value = record.get(*column).unwrap_or_default().trim();
            if !value.is_empty() {
                let line = value.replace(['\r', '\n'], " ");
                variables
                    .set(name, &line)
                    .map_err(|invalid| invalid.to_string())?;
            }
        }
        Ok(variables)
    }

    pub(super) fn find(
        sample: &[StringRecord],
        header: bool,
        settings: &ImportSettings,
    ) -> Result<Self, ImportError> {
        let first = sample.first().ok_or(ImportError::Empty)?;
        let headers: Vec<String> = first.iter().map(|cell| cell.trim().to_owned()).collect();
        let headers = if header {
            headers
        } else {
            (1..=first.len()).map(|n| n.to_string()).collect()
        };
        let rows = &sample[usize::from(header)..];
        let number = match &settings.number_column {
            Some(wanted) => named(wanted, &headers)?,
            None => guess_number(&headers, rows, settings.country)
                .ok_or_else(|| ImportError::NoNumbers(headers.join(", ")))?,
        };
        for (from, _) in &settings.rename {
            named(from, &headers).map_err(|_| setting("columns", from, &headers))?;
        }
        let mut taken = BTreeSet::new();
        let mut variables = Vec::new();
        for (column, header) in headers.iter().enumerate().filter(|(column, _)| *column != number) {
            let renamed = settings.rename.iter().find(|(from, _)| same(from, header));
            let name = renamed.map_or_else(|| variable_name(header, column), |(_, to)| to.clone());
            let name = if taken.contains(&name) {
                format!("{name}_{}", column + 1)
            } else {
                name
            };
            Variables::default()
                .set(&name, "")
                .map_err(|invalid| ImportError::Setting {
                    field: "columns",
                    value: name.clone(),
                    remedy: invalid.to_string(),
                })?;
            taken.insert(name.clone());
            variables.push((column, name));
        }
        Ok(Self {
            number,
            number_name: headers[number].clone(),
            variables,
        })
    }
}

/// The first rows.
pub(super) fn sample(beginning: &[u8], delimiter: u8) -> Vec<StringRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(beginning);
    let rows = reader.records().map_while(Result::ok);
    rows.filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
        .take(SAMPLE)
        .collect()
}

/// The delimiter that splits most of the first rows into the same number of cells, and into most of them.
pub(super) fn guess_delimiter(beginning: &[u8]) -> u8 {
    let score = |delimiter: u8| {
        let rows = sample(beginning, delimiter);
        let width = rows.first().map_or(0, StringRecord::len);
        let alike = rows.iter().filter(|row| row.len() == width).count();
        (width > 1).then_some((alike, width))
    };
    // The last of equals wins: a comma, where nothing tells.
    b"|\t;,"
        .iter()
        .copied()
        .max_by_key(|delimiter| score(*delimiter))
        .unwrap_or(b',')
}

/// A first row without any number is a header.
pub(super) fn guess_header(sample: &[StringRecord], country: Country) -> bool {
    let Some(first) = sample.first() else { return false };
    let known = first
        .iter()
        .any(|cell| NUMBER_HEADERS.contains(&plain(cell).as_str()));
    known || !first.iter().any(|cell| normalise(cell, country).is_ok())
}

fn guess_number(headers: &[String], rows: &[StringRecord], country: Country) -> Option<usize> {
    let by_name = headers
        .iter()
        .position(|header| NUMBER_HEADERS.contains(&plain(header).as_str()));
    let valid = |column: usize| {
        rows.iter()
            .filter(|row| {
                row.get(column)
                    .is_some_and(|cell| normalise(cell, country).is_ok())
            })
            .count()
    };
    let by_content = || {
        let best = (0..headers.len()).max_by_key(|column| (valid(*column), std::cmp::Reverse(*column)))?;
        (valid(best) * 2 > rows.len()).then_some(best)
    };
    by_name.or_else(by_content)
}

fn named(wanted: &str, headers: &[String]) -> Result<usize, ImportError> {
    let by_header = headers.iter().position(|header| same(wanted, header));
    let by_position = || {
        wanted
            .parse()
            .ok()
            .filter(|n| (1..=headers.len()).contains(n))
            .map(|n: usize| n - 1)
    };
    by_header
        .or_else(by_position)
        .ok_or_else(|| setting("number_column", wanted, headers))
}

fn setting(field: &'static str, value: &str, headers: &[String]) -> ImportError {
    let remedy = format!("the file has no such column; columns are {}", headers.join(", "));
    ImportError::Setting {
        field,
        value: value.to_owned(),
        remedy,
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// A header as a variable's name: letters, digits and `_`.
fn variable_name(header: &str, column: usize) -> String {
    let name = plain(header);
    match name.bytes().next() {
        None => format!("column_{}", column + 1),
        Some(first) if first.is_ascii_digit() => format!("column_{name}"),
        Some(_) => name.chars().take(60).collect(),
    }
}

/// Lower case, accents off, everything else `_`.
fn plain(header: &str) -> String {
    let letter = |c: char| match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    };
    let text: String = header.trim().to_lowercase().chars().map(letter).collect();
    text.trim_matches('_').to_owned()
}
