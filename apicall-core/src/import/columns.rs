//! Columns to variables: the names they get, and a row made a contact.

use super::rows::RawRow;
use super::{ImportError, ImportSettings, Row};
use crate::model::{Country, Variables, normalise};

/// Most columns of a file.
pub(super) const MOST_COLUMNS: usize = 256;

/// The columns of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    number_at: usize,
    /// Header or position of the number column.
    number_name: String,
    /// The variable of each column; `None` is the number's.
    variables: Vec<Option<String>>,
}

impl Columns {
    /// The position of the numbers, from 0.
    pub(super) fn number(&self) -> usize {
        self.number_at
    }

    /// The header of the number column, or its position from 1.
    pub fn number_name(&self) -> &str {
        &self.number_name
    }

    /// The variables that the other columns become, in order.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().flatten().map(String::as_str)
    }

    /// Names the variables. `headers` are those of the file, or empty texts when it has none.
    pub(super) fn new(
        headers: &[String],
        number_at: usize,
        settings: &ImportSettings,
    ) -> Result<Self, ImportError> {
        if headers.len() > MOST_COLUMNS {
            return Err(ImportError::malformed(format!(
                "it has {} columns; at most {MOST_COLUMNS} are read",
                headers.len()
            )));
        }
        let mut variables: Vec<Option<String>> = vec![None; headers.len()];
        for (header, variable) in &settings.rename {
            let at = find(headers, header, "columns")?;
            let refused = |remedy: String| ImportError::Setting {
                field: "columns",
                value: variable.clone(),
                remedy,
            };
            Variables::default()
                .set(variable, "")
                .map_err(|e| refused(e.remedy))?;
            if variables.iter().flatten().any(|taken| taken == variable) {
                return Err(refused(
                    "two columns are renamed to it; give each its own name".to_owned(),
                ));
            }
            variables[at] = Some(variable.clone());
        }
        variables[number_at] = None;
        for at in (0..headers.len()).filter(|at| *at != number_at) {
            if variables[at].is_none() {
                variables[at] = Some(free_name(&variable_name(&headers[at], at), &variables));
            }
        }
        let number_name = match headers[number_at].trim() {
            "" => (number_at + 1).to_string(),
            header => header.to_owned(),
        };
        Ok(Self {
            number_at,
            number_name,
            variables,
        })
    }

    /// A row made a contact, or refused with its reason.
    pub(super) fn read(&self, row: RawRow, country: Country) -> Row {
        let line = row.line;
        let cells = match row.cells {
            Ok(cells) => cells,
            Err((value, reason)) => {
                return Row::Reject {
                    line,
                    value,
                    reason: reason.to_owned(),
                };
            }
        };
        let number = cells.get(self.number_at).map_or("", |cell| cell.trim());
        let refused = |reason: String| {
            let value = number.chars().take(64).collect();
            Row::Reject { line, value, reason }
        };
        if cells
            .iter()
            .skip(self.variables.len())
            .any(|cell| !cell.trim().is_empty())
        {
            let reason = "more cells than columns; a cell with the delimiter in it needs quotes";
            return refused(format!(
                "{} cells, {} columns: {reason}",
                cells.len(),
                self.variables.len()
            ));
        }
        let number = match normalise(number, country) {
            Ok(number) => number,
            Err(reason) => return refused(reason),
        };
        let mut variables = Variables::default();
        for (name, cell) in self.variables.iter().zip(&cells) {
            let value = one_line(cell);
            if let Some(name) = name.as_deref().filter(|_| !value.is_empty())
                && let Err(e) = variables.set(name, &value)
            {
                return refused(format!("column {name}: {}", e.remedy));
            }
        }
        Row::Contact {
            line,
            number,
            variables,
        }
    }
}

/// Line breaks of a cell become spaces: no switch can carry them.
fn one_line(cell: &str) -> String {
    let cell = cell.trim();
    if memchr::memchr2(b'\r', b'\n', cell.as_bytes()).is_some() {
        cell.lines().map(str::trim).collect::<Vec<_>>().join(" ")
    } else {
        cell.to_owned()
    }
}

/// The column of that header, as written or by its variable name; or of that position, from 1.
pub(super) fn find(headers: &[String], wanted: &str, field: &'static str) -> Result<usize, ImportError> {
    let wanted = wanted.trim();
    let plain = |text: &str| plain_name(text);
    let by_position = || {
        wanted
            .parse::<usize>()
            .ok()
            .filter(|at| (1..=headers.len()).contains(at))
            .map(|at| at - 1)
    };
    let mut called = (0..headers.len()).filter(|at| headers[*at].trim() == wanted && !wanted.is_empty());
    let exactly = called.next();
    if let (Some(one), Some(other)) = (exactly, called.next()) {
        return Err(ImportError::Setting {
            field,
            value: wanted.to_owned(),
            remedy: format!(
                "columns {} and {} are both called so; give the position of one",
                one + 1,
                other + 1
            ),
        });
    }
    exactly
        .or_else(|| {
            headers
                .iter()
                .position(|h| !plain(h).is_empty() && plain(h) == plain(wanted))
        })
        .or_else(by_position)
        .ok_or_else(|| ImportError::Setting {
            field,
            value: wanted.to_owned(),
            remedy: format!("the file has no such column; columns are {}", listed(headers)),
        })
}

/// The columns in words for an error.
pub(super) fn listed(headers: &[String]) -> String {
    let named = |(at, header): (usize, &String)| match header.trim() {
        "" => (at + 1).to_string(),
        header => header.chars().take(40).collect(),
    };
    headers
        .iter()
        .take(40)
        .enumerate()
        .map(named)
        .collect::<Vec<_>>()
        .join(", ")
}

/// `Teléfono 2` becomes `telefono_2`, `2nd` becomes `_2nd`, an empty header `column_3`.
fn variable_name(header: &str, at: usize) -> String {
    let name = plain_name(header);
    match name.chars().next() {
        None => format!("column_{}", at + 1),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name,
    }
}

/// Lower-case letters without accents, digits, and `_` for whatever stands between, at most 60 long.
pub(super) fn plain_name(header: &str) -> String {
    let mut name = String::new();
    for letter in header
        .trim()
        .chars()
        .flat_map(char::to_lowercase)
        .map(without_accent)
    {
        if letter.is_ascii_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('_') && !is_mark(letter) {
            name.push('_');
        }
    }
    name.truncate(60);
    name.trim_end_matches('_').to_owned()
}

/// An accent that stands behind its letter as a character of its own.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

fn without_accent(letter: char) -> char {
    match letter {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

/// The name, or with the first number behind it that makes it free: `city`, `city_2`, `city_3` …
fn free_name(name: &str, taken: &[Option<String>]) -> String {
    let is_free = |name: &String| !taken.iter().flatten().any(|other| other == name);
    let numbered = (2..).map(|n| format!("{name}_{n}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(is_free)
        .expect("there are more numbers than columns")
}
