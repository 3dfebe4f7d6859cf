//! What is found out about a file: delimiter, header, number column, encoding, variables.

use super::*;

#[test]
fn the_delimiter_is_found() {
    for (delimiter, name) in [(",", ","), (";", ";"), ("|", "|"), ("\t", "tab")] {
        let file = "nombre;telefono;saldo\nPérez, Juan;3001112233;1,5\nGil, Ana;3002223344;2,5\n"
            .replace(';', delimiter);
        let file = if delimiter == "," {
            file.replace(", ", " ").replace("1,5", "1").replace("2,5", "2")
        } else {
            file
        };
        let (rows, summary) = read_with(settings(), file).unwrap();
        assert_eq!(summary.delimiter, name);
        assert_eq!(
            (summary.number_column.as_str(), summary.header),
            ("telefono", true)
        );
        assert_eq!(summary.variables, ["nombre", "saldo"]);
        assert!(rows[0].starts_with("2 +573001112233 nombre=P"), "{rows:?}");
        assert_eq!(rows.len(), 2);
    }
}

#[test]
fn a_list_of_bare_numbers_is_a_list() {
    let (rows, summary) = read_with(settings(), "3001112233\n300 222 3344\nx\n").unwrap();
    assert_eq!(
        rows,
        ["1 +573001112233", "2 +573002223344", "3 ! x: not a number"]
    );
    assert_eq!((summary.number_column.as_str(), summary.header), ("1", false));
    assert_eq!(read("3001112233"), ["1 +573001112233"]);
    assert_eq!(read("telefono\n3001112233\n"), ["2 +573001112233"]);
}

#[test]
fn without_a_header_columns_are_known_by_position() {
    let file = "Ana;3001112233;Cali\nLuis;3002223344;\n";
    assert_eq!(
        read(file),
        [
            "1 +573001112233 column_1=Ana column_3=Cali",
            "2 +573002223344 column_1=Luis"
        ]
    );
    let settings = ImportSettings {
        rename: vec![("1".into(), "nombre".into())],
        ..settings()
    };
    assert_eq!(
        read_with(settings, file).unwrap().0[1],
        "2 +573002223344 nombre=Luis"
    );
}

#[test]
fn a_first_row_whose_number_is_bad_is_no_header() {
    assert_eq!(
        read("300111,Ana\n3002223344,Luis\n")[0],
        "1 ! 300111: too short for CO"
    );
}

#[test]
fn the_number_column_is_the_one_with_numbers() {
    for (header, column) in [
        ("numero,contacto", "contacto"),
        ("telefono,celular", "celular"),
        ("Nº,Teléfono Móvil", "Teléfono Móvil"),
        ("id,MSISDN", "MSISDN"),
        ("documento,a quien llamar", "a quien llamar"),
    ] {
        let file = format!("{header}\n1,3001112233\n2,3002223344\n");
        let (rows, summary) = read_with(settings(), file).unwrap();
        assert_eq!(summary.number_column, column);
        assert!(rows[0].starts_with("2 +573001112233"), "{rows:?}");
    }
}

#[test]
fn a_named_column_without_one_number_still_says_why_row_by_row() {
    let rows = read("nombre,telefono\nAna,5.73E+11\nLuis,5.73E+11\n");
    assert_eq!(rows.len(), 2);
    assert!(
        rows[0].starts_with("2 ! 5.73E+11: rounded by a spreadsheet"),
        "{rows:?}"
    );
}

#[test]
fn settings_overrule_what_is_found() {
    let file = "casa,trabajo\n3001112233,3002223344\n";
    let chosen = |number_column: &str| ImportSettings {
        number_column: Some(number_column.into()),
        ..settings()
    };
    assert_eq!(
        read_with(chosen("Trabajo"), file).unwrap().0,
        ["2 +573002223344 casa=3001112233"]
    );
    assert_eq!(
        read_with(chosen("2"), file).unwrap().0,
        ["2 +573002223344 casa=3001112233"]
    );
    assert_eq!(
        refusal(chosen("movil"), file),
        "number_column `movil`: the file has no such column; columns are casa, trabajo"
    );
    let no_header = ImportSettings {
        header: Some(false),
        ..settings()
    };
    assert_eq!(
        read_with(no_header, "telefono\n3001112233").unwrap().0[0],
        "1 ! telefono: not a number"
    );
    let header = ImportSettings {
        header: Some(true),
        ..settings()
    };
    assert_eq!(
        read_with(header, "3001112233\n3002223344").unwrap().0,
        ["2 +573002223344"]
    );
    let bar = ImportSettings {
        delimiter: Some(b'|'),
        ..settings()
    };
    assert_eq!(
        read_with(bar, "telefono|a,b\n3001112233|x,y").unwrap().0,
        ["2 +573001112233 a_b=x,y"]
    );
}

#[test]
fn headers_become_variable_names() {
    let file = "Teléfono,Fecha de Nacimiento,2ª opción,,ciudad,CIUDAD,Ciudad ,_\u{301}ñandú,¿?\n3001112233,a,b,c,d,e,f,g,h\n";
    let (rows, summary) = read_with(settings(), file).unwrap();
    let names = [
        "fecha_de_nacimiento",
        "_2_opcion",
        "column_4",
        "ciudad",
        "ciudad_2",
        "ciudad_3",
        "nandu",
        "column_9",
    ];
    assert_eq!(summary.variables, names);
    assert_eq!(rows.len(), 1);
}

#[test]
fn renamed_columns_keep_their_name_and_the_others_give_way() {
    let renamed = |pairs: &[(&str, &str)]| {
        let rename = pairs
            .iter()
            .map(|(from, to)| (from.to_string(), to.to_string()))
            .collect();
        ImportSettings { rename, ..settings() }
    };
    let file = "telefono,name,nombre\n3001112233,a,b\n";
    let one = renamed(&[("Nombre", "name")]);
    assert_eq!(
        read_with(one, file).unwrap().0,
        ["2 +573001112233 name=b name_2=a"]
    );
    assert_eq!(
        refusal(renamed(&[("nombre", "x"), ("name", "x")]), file),
        "columns `x`: two columns are renamed to it; give each its own name"
    );
    assert_eq!(
        refusal(renamed(&[("edad", "x")]), file),
        "columns `edad`: the file has no such column; columns are telefono, name, nombre"
    );
    assert!(refusal(renamed(&[("name", "9x")]), file).starts_with("columns `9x`: use a letter"));
}

#[test]
fn every_encoding_that_spreadsheets_write_is_read() {
    let text = "teléfono;ciudad\r\n3001112233;Bogotá\r\n";
    let expected = ["2 +573001112233 ciudad=Bogotá"];
    assert_eq!(read(text), expected);
    assert_eq!(read(format!("\u{feff}{text}")), expected);
    let western: Vec<u8> = text.chars().map(|c| c as u8).collect();
    assert_eq!(read(western), expected);
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&little), expected);
    assert_eq!(read(&big), expected);
    assert_eq!(read([&[0xff, 0xfe][..], &little].concat()), expected);
    assert_eq!(read([&[0xfe, 0xff][..], &big].concat()), expected);
}

#[test]
fn an_announced_delimiter_is_believed() {
    assert_eq!(
        read("sep=;\r\ntelefono;a,b,c\r\n3001112233;x\r\n"),
        ["3 +573001112233 a_b_c=x"]
    );
}

#[test]
fn what_is_no_list_is_refused_as_a_whole() {
    let refused = |file: &[u8]| refusal(settings(), file);
    assert_eq!(refused(b""), "the file has no rows");
    assert_eq!(refused(b"\xef\xbb\xbf\r\n \r\n"), "the file has no rows");
    assert!(refused(b"PK\x03\x04....").contains("it is a spreadsheet or a zip archive, not a CSV file"));
    assert_eq!(
        refused(b"nombre,ciudad\nAna,Cali\n"),
        "no column of the file holds telephone numbers; name it with number_column (columns: nombre, ciudad)"
    );
    assert!(refused(&[b'x'; 70_000]).contains("no row ends within its first 64 KiB"));
    assert!(refused(b"\"telefono,nombre\n3001112233,Ana\n").contains("in its first row a quote is opened"));
    assert!(
        refused(format!("telefono{}\n", ",x".repeat(256)).as_bytes()).contains("257 columns; at most 256")
    );
    assert_eq!(read(b"telefono,nombre\n"), [""; 0]);
}

/// A source that breaks off.
#[derive(Debug)]
struct Broken(usize);

impl std::io::Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let rows = b"3001112233,x\n";
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                into[..rows.len()].copy_from_slice(rows);
                Ok(rows.len())
            }
            None => Err(std::io::Error::other("the sender is gone")),
        }
    }
}

#[test]
fn a_source_that_breaks_off_is_an_error_and_the_end() {
    let broken = Importer::new(&settings(), Broken(3)).unwrap_err();
    assert_eq!(
        broken.to_string(),
        "the file cannot be read on: the sender is gone"
    );
    let mut importer = Importer::new(&settings(), Broken(20_000)).unwrap();
    assert_eq!(importer.by_ref().filter(Result::is_ok).count(), 20_000);
    assert!(importer.next().is_none());
}

#[test]
fn a_header_that_does_not_reach_the_numbers_is_no_header_of_theirs() {
    let refused = refusal(settings(), "nombre\nAna,3001112233,Cali\n");
    assert!(refused.ends_with("(columns: nombre)"), "{refused}");
    let rows = read("nombre,\nAna,3001112233\n");
    assert_eq!(rows, ["2 +573001112233 nombre=Ana"]);
}
