//! Lists as people make them.

use super::*;
use std::io::Cursor;

fn settings() -> ImportSettings {
    ImportSettings {
        country: "CO".parse().unwrap(),
        number_column: None,
        rename: vec![],
        delimiter: None,
        header: None,
    }
}

fn read(text: &[u8]) -> (Importer<Cursor<Vec<u8>>>, Vec<Row>) {
    let mut importer = Importer::new(&settings(), Cursor::new(text.to_vec())).unwrap();
    let rows = importer.by_ref().map(Result::unwrap).collect();
    (importer, rows)
}

fn numbers(rows: &[Row]) -> Vec<String> {
    let number = |row: &Row| match row {
        Row::Contact { number, .. } => Some(number.to_string()),
        Row::Reject { .. } => None,
    };
    rows.iter().filter_map(number).collect()
}

#[test]
fn delimiter_header_and_columns_are_found() {
    for delimiter in [",", ";", "|", "\t"] {
        let text = "Nombre;Teléfono;Saldo pendiente\nAna;300 123 4567;10\nLuis;+57 310 765 4321;20\n"
            .replace(';', delimiter);
        let (importer, rows) = read(text.as_bytes());
        assert_eq!(importer.columns().number_name(), "Teléfono");
        assert_eq!(
            importer.columns().variable_names().collect::<Vec<_>>(),
            ["nombre", "saldo_pendiente"]
        );
        assert_eq!(
            numbers(&rows),
            ["+573001234567", "+573107654321"],
            "{delimiter:?}"
        );
        let Row::Contact { line, variables, .. } = &rows[1] else {
            panic!()
        };
        assert_eq!(
            (*line, variables.find("nombre"), variables.find("saldo_pendiente")),
            (3, Some("Luis"), Some("20"))
        );
    }
}

#[test]
fn a_bare_list_of_numbers_will_do() {
    let (importer, rows) = read(b"3001234567\n573107654321\n");
    assert!(!importer.has_header());
    assert_eq!(numbers(&rows), ["+573001234567", "+573107654321"]);
}

#[test]
fn the_number_column_is_known_by_its_content() {
    let (importer, rows) = read(b"a,b,c\nx,3001234567,1\ny,3107654321,2\n");
    assert_eq!(importer.columns().number_name(), "b");
    assert_eq!(rows.len(), 2);
}

#[test]
fn refused_rows_say_why_and_where() {
    let text = b"number,name\n3001234567,\"two\nlines\"\n,x\n123,x\n5.73001E+11,x\nabc,x\n3001234567.0,x\n\n99999999999999999,x\n";
    let (_, rows) = read(text);
    let rejects: Vec<_> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Reject { line, reason, .. } => Some((*line, reason.split([',', ';']).next().unwrap())),
            Row::Contact { .. } => None,
        })
        .collect();
    assert_eq!(
        rejects,
        [
            (4, "the number is empty"),
            (5, "too short"),
            (6, "a spreadsheet has rounded the number"),
            (7, "not a telephone number"),
            (10, "too long"),
        ]
    );
    assert_eq!(
        numbers(&rows).len(),
        2,
        "`.0` of a spreadsheet is no part of a number"
    );
}

#[test]
fn spreadsheets_encodings_are_read() {
    let text = "nombre,telefono\nPeña,3001234567\n";
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let bom = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for bytes in [latin.as_ref(), &utf16, &bom, text.as_bytes()] {
        let (_, rows) = read(bytes);
        let Row::Contact { variables, .. } = &rows[0] else {
            panic!("{rows:?}")
        };
        assert_eq!(variables.find("nombre"), Some("Peña"));
    }
}

#[test]
fn columns_are_named_and_renamed() {
    let mut settings = settings();
    settings.rename = vec![("Saldo".into(), "debt".into())];
    settings.number_column = Some("2".into());
    let text = "Saldo,x,,nombre,Nombre\n5,3001234567,a,b,c\n";
    let importer = Importer::new(&settings, text.as_bytes()).unwrap();
    let names: Vec<_> = importer.columns().variable_names().collect();
    assert_eq!(names, ["debt", "column_3", "nombre", "nombre_5"]);
    settings.number_column = Some("phone".into());
    let refused = Importer::new(&settings, text.as_bytes()).unwrap_err().to_string();
    assert!(
        refused.contains("number_column `phone`") && refused.contains("Saldo"),
        "{refused}"
    );
}

#[test]
fn what_is_no_list_is_refused() {
    assert!(matches!(
        Importer::new(&settings(), &b""[..]),
        Err(ImportError::Empty)
    ));
    assert!(matches!(
        Importer::new(&settings(), &b"a,b\nc,d\n"[..]),
        Err(ImportError::NoNumbers(_))
    ));
}

/// Endless rows from nothing, and the most that was asked for at once.
struct Endless {
    left: usize,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let line = b"3001234567,some text in another column\n";
        let count = (into.len() / line.len()).min(self.left) * line.len();
        self.left -= count / line.len();
        for chunk in into[..count].chunks_mut(line.len()) {
            chunk.copy_from_slice(line);
        }
        Ok(count)
    }
}

#[test]
fn memory_does_not_grow_with_the_file() {
    let importer = Importer::new(&settings(), Endless { left: 100_000 }).unwrap();
    assert_eq!(importer.count(), 100_000);
    let open_quote = b"number\n3001234567\n\""
        .iter()
        .copied()
        .chain(std::iter::repeat_n(b'x', 3 << 20));
    let open_quote: Vec<u8> = open_quote.collect();
    let last = Importer::new(&settings(), &open_quote[..])
        .unwrap()
        .last()
        .unwrap();
    assert!(last.unwrap_err().to_string().contains("longer than 1 MiB"));
}
