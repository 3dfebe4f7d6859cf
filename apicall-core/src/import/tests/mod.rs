//! What the tests below share: a file in, its rows in short out.

mod files;
mod splitting;

use super::{ImportError, ImportSettings, Importer, Row};

fn settings() -> ImportSettings {
    ImportSettings {
        country: "CO".parse().unwrap(),
        number_column: None,
        rename: Vec::new(),
        delimiter: None,
        header: None,
    }
}

/// How a file was read.
struct Found {
    delimiter: &'static str,
    number_column: String,
    header: bool,
    variables: Vec<String>,
}

/// A whole file; each row as `line number name=value …` or `line ! value: reason`.
fn read(file: impl AsRef<[u8]>) -> Vec<String> {
    read_with(settings(), file).unwrap().0
}

fn read_with(settings: ImportSettings, file: impl AsRef<[u8]>) -> Result<(Vec<String>, Found), ImportError> {
    let mut importer = Importer::new(&settings, file.as_ref())?;
    let rows = importer
        .by_ref()
        .map(|row| row.map(|row| short(&row)))
        .collect::<Result<_, _>>()?;
    let found = Found {
        delimiter: importer.delimiter(),
        number_column: importer.columns().number_name().to_owned(),
        header: importer.has_header(),
        variables: importer.columns().variable_names().map(str::to_owned).collect(),
    };
    Ok((rows, found))
}

fn refusal(settings: ImportSettings, file: impl AsRef<[u8]>) -> String {
    match read_with(settings, file) {
        Ok((rows, _)) => panic!("read: {rows:?}"),
        Err(error) => error.to_string(),
    }
}

fn short(row: &Row) -> String {
    match row {
        Row::Contact {
            line,
            number,
            variables,
        } => {
            let values: String = variables
                .iter()
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            format!("{line} {number}{values}")
        }
        Row::Reject { line, value, reason } => format!("{line} ! {value}: {reason}"),
    }
}
