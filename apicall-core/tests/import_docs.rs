//! `docs/number-lists.md` tells the truth: its example reads as it says.

#![cfg(feature = "engine")]
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use apicall_core::import::{ImportSettings, Importer, Row};
use apicall_core::model::normalise;

const PAGE: &str = include_str!("../../docs/number-lists.md");

#[test]
fn the_example_reads_as_it_says() {
    let lines = PAGE
        .lines()
        .skip_while(|line| !line.starts_with("    telefono"))
        .take_while(|line| !line.is_empty());
    let file: String = lines.map(|line| format!("{}\n", line.trim_start())).collect();
    let settings = ImportSettings {
        country: "CO".parse().unwrap(),
        number_column: None,
        rename: vec![],
        delimiter: None,
        header: None,
    };
    let mut importer = Importer::new(&settings, file.as_bytes()).unwrap();
    let rows: Vec<_> = importer.by_ref().map(Result::unwrap).collect();
    let [
        Row::Contact {
            line: 2,
            number: first,
            variables,
        },
        Row::Contact {
            line: 3,
            number: second,
            ..
        },
        refused,
    ] = rows.as_slice()
    else {
        panic!("{rows:?}")
    };
    assert_eq!(
        [first.to_string(), second.to_string()],
        ["+573001112233", "+573002223344"]
    );
    assert_eq!(variables.find("nombre"), Some("Pérez, Ana"));
    assert!(
        matches!(refused, Row::Reject { line: 4, reason, .. } if reason.starts_with("rounded by a spreadsheet"))
    );
    assert_eq!(
        importer.columns().variable_names().collect::<Vec<_>>(),
        ["nombre", "saldo", "ultima_visita"]
    );
}

#[test]
fn every_way_of_writing_a_number_is_read() {
    let list = PAGE
        .split("All of these are ")
        .nth(1)
        .unwrap()
        .split(".\n")
        .next()
        .unwrap();
    let written: Vec<_> = list
        .split(": ")
        .nth(1)
        .unwrap()
        .split(", ")
        .map(|code| code.trim_matches('`'))
        .collect();
    assert_eq!(written.len(), 9);
    for text in written {
        let number = normalise(text, "CO".parse().unwrap()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(number.to_string(), "+573001112233");
    }
}
