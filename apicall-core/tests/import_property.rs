//! However a file is cut into chunks it reads the same, whatever is in it; and what is held does not grow with it.

#![cfg(feature = "engine")]
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use apicall_core::import::{ImportError, ImportSettings, Importer, Row};
use proptest::prelude::*;
use std::cell::Cell;
use std::io::{self, Read, Write};

fn settings() -> ImportSettings {
    ImportSettings {
        country: "CO".parse().unwrap(),
        number_column: None,
        rename: Vec::new(),
        delimiter: None,
        header: None,
    }
}

/// Gives out a file in pieces of at most this size.
struct Pieces<'f>(&'f [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let size = into.len().min(self.1);
        self.0.read(&mut into[..size])
    }
}

fn read(file: &[u8], size: usize) -> Result<Vec<Row>, String> {
    let text = |error: ImportError| error.to_string();
    let importer = Importer::new(&settings(), Pieces(file, size)).map_err(text)?;
    importer.map(|row| row.map_err(text)).collect()
}

fn line(row: &Row) -> u64 {
    match row {
        Row::Contact { line, .. } | Row::Reject { line, .. } => *line,
    }
}

/// Files made of what files are made of, so that quotes, delimiters and line ends meet in every way.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        &b"3001112233"[..],
        b"telefono",
        b"+57 300 111 2233",
        b"Jos\xe9",
        "José".as_bytes(),
        b"\"",
        b"\"\"",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n",
        b" ",
        b"5.73E+11",
        b"\0",
        b"x",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_make_no_difference(file in file(), size in 1..20_usize) {
        let whole = read(&file, usize::MAX);
        prop_assert_eq!(&read(&file, size), &whole);
        if let Ok(rows) = whole {
            let lines = 1 + file.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() as u64;
            prop_assert!(rows.iter().all(|row| line(row) <= lines));
            prop_assert!(rows.windows(2).all(|pair| line(&pair[0]) < line(&pair[1])));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(file in prop::collection::vec(any::<u8>(), 0..400), size in 1..50_usize) {
        prop_assert_eq!(read(&file, size), read(&file, usize::MAX));
    }

    #[test]
    fn what_is_written_is_what_is_read(values in prop::collection::vec("[^\\r\\n\0]{0,40}", 1..20)) {
        let mut file = b"telefono;valor\r\n".to_vec();
        for (at, value) in values.iter().enumerate() {
            write!(file, "300{:07};\"{}\"\r\n", 1_112_000 + at, value.replace('"', "\"\"")).unwrap();
        }
        let rows = read(&file, 11).unwrap();
        prop_assert_eq!(rows.len(), values.len());
        for (at, (row, value)) in rows.iter().zip(&values).enumerate() {
            let Row::Contact { line, number, variables } = row else { panic!("refused: {row:?}") };
            prop_assert_eq!(*line, at as u64 + 2);
            prop_assert_eq!(number.digits(), format!("57300{:07}", 1_112_000 + at));
            prop_assert_eq!(variables.find("valor").unwrap_or_default(), value.trim());
        }
    }
}

#[test]
fn a_file_longer_than_the_sample_reads_the_same_in_any_chunks() {
    let mut file = b"nombre,telefono\n".to_vec();
    for at in 0..4_000 {
        writeln!(file, "\"Ana, {at}\",300{:07}", 1_112_000 + at).unwrap();
    }
    let whole = read(&file, usize::MAX).unwrap();
    assert_eq!(whole.len(), 4_000);
    assert_eq!(line(&whole[3_999]), 4_001);
    assert_eq!(read(&file, 977).unwrap(), whole);
}

/// 40 MB of long rows, among them some that never end and some with a quote that is never closed.
struct Endless<'c> {
    rows: [Vec<u8>; 3],
    turn: usize,
    at: usize,
    given: &'c Cell<usize>,
}

impl Read for Endless<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let row = match self.turn % 100 {
            50 => &self.rows[1],
            70 => &self.rows[2],
            _ => &self.rows[0],
        };
        let count = (&row[self.at..]).read(into)?;
        self.at += count;
        if self.at == row.len() {
            (self.turn, self.at) = (self.turn + 1, 0);
            if self.given.get() > 40_000_000 {
                // The last row is complete: the file ends here.
                self.rows = Default::default();
            }
        }
        self.given.set(self.given.get() + count);
        Ok(count)
    }
}

#[test]
fn what_is_held_does_not_grow_with_the_file() {
    const MOST_HELD: usize = 2 * 64 * 1024 + 16 * 1024;
    let cells = format!(",{}", "x".repeat(1_000)).repeat(38);
    let good = format!("3001112233{cells}\n");
    let endless = format!("3001112233,{}\n", "y".repeat(500_000));
    let stray = format!("3001112233,\"{}\n", &cells[1..]);
    let given = Cell::new(0);
    let rows = [good, endless, stray].map(String::into_bytes);
    let mut importer = Importer::new(
        &settings(),
        Endless {
            rows,
            turn: 0,
            at: 0,
            given: &given,
        },
    )
    .unwrap();
    let (mut contacts, mut rejects, mut most_held) = (0_u64, 0_u64, 0);
    while let Some(row) = importer.next() {
        match row.unwrap() {
            Row::Contact { line, .. } => {
                contacts += 1;
                assert_eq!(line, contacts + rejects);
            }
            Row::Reject { .. } => rejects += 1,
        }
        most_held = most_held.max(importer.held_bytes());
    }
    assert!(given.get() > 40_000_000);
    assert!(most_held <= MOST_HELD, "held {most_held} bytes");
    assert!(
        contacts > 800 && rejects >= contacts / 50,
        "{contacts} contacts, {rejects} rejects"
    );
}
