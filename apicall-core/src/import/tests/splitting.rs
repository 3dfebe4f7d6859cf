//! Where rows begin and end, and on which line.

use super::*;

#[test]
fn lines_are_counted_through_quoted_cells_and_empty_lines() {
    let file = "telefono,nota\r\n\r\n3001112233,\"una\r\ndos\n\ntres\"\r\n,,\r\n3002223344,\"di \"\"hola\"\"\"\r\n12,x\r\n";
    assert_eq!(
        read(file),
        [
            "3 +573001112233 nota=una dos  tres",
            "8 +573002223344 nota=di \"hola\"",
            "9 ! 12: too short for CO",
        ]
    );
}

#[test]
fn every_kind_of_line_end_ends_a_line() {
    for end in ["\n", "\r\n", "\r"] {
        let file = ["telefono,a", "3001112233,1", "", "3002223344,2"].join(end);
        assert_eq!(
            read(file),
            ["2 +573001112233 a=1", "4 +573002223344 a=2"],
            "{end:?}"
        );
    }
}

#[test]
fn a_stray_quote_costs_its_own_line_and_no_other() {
    let file =
        "telefono,nombre\n3001112233,\"Juan\n3002223344,Ana\n3003334455,\"Luis\" Paz\n3004445566,5\" pipe\n";
    assert_eq!(
        read(file),
        [
            "2 ! 3001112233,\"Juan: a quote stands inside a quoted cell; double it",
            "3 +573002223344 nombre=Ana",
            "4 ! 3003334455,\"Luis\" Paz: a quote stands inside a quoted cell; double it",
            "5 +573004445566 nombre=5\" pipe",
        ]
    );
    let file = format!(
        "telefono,nombre\n3001112233,\"Juan\n{}",
        "3002223344,Ana\n".repeat(500)
    );
    let rows = read(&file);
    assert_eq!(rows.len(), 501);
    assert_eq!(
        rows[0],
        "2 ! 3001112233,\"Juan: a quote is opened and not closed within 64 KiB and 100 lines"
    );
    assert_eq!(rows[500], "502 +573002223344 nombre=Ana");
    assert_eq!(
        read("telefono,a\n3001112233,\"x"),
        ["2 ! 3001112233,\"x: a quote is opened and not closed within 64 KiB and 100 lines"]
    );
}

#[test]
fn an_endless_row_is_refused_and_reading_goes_on_behind_it() {
    let long = "x".repeat(300_000);
    let file =
        format!("telefono,nota\n3001112233,{long}\r\n3002223344,ok\n3003334455,\"{long}\"\n3004445566,ok\n");
    let rows = read(file);
    assert!(
        rows[0].starts_with("2 ! 3001112233,xxx") && rows[0].ends_with(": longer than 65536 bytes"),
        "{}",
        rows[0]
    );
    assert_eq!(rows[1], "3 +573002223344 nota=ok");
    assert!(rows[2].starts_with("4 ! 3003334455,\"xxx"));
    assert_eq!(rows[3..], ["5 +573004445566 nota=ok"]);
}

#[test]
fn a_row_with_more_cells_than_columns_is_refused_and_one_with_fewer_is_not() {
    let file = "telefono,a,b\n3001112233,1,2,,\n3002223344,1\n3003334455,Paz, Juan,2\n";
    assert_eq!(
        read(file),
        [
            "2 +573001112233 a=1 b=2",
            "3 +573002223344 a=1",
            "4 ! 3003334455: 4 cells, 3 columns: more cells than columns; a cell with the delimiter in it needs quotes",
        ]
    );
}

#[test]
fn a_value_that_no_call_can_carry_refuses_its_row() {
    let file = format!(
        "telefono,nota\n3001112233,{}\n3002223344,a\0b\n3003334455,{}\n",
        "x".repeat(1025),
        "y".repeat(1024)
    );
    let rows = read(file);
    assert_eq!(
        rows[0],
        "2 ! 3001112233: column nota: nota must be one line of at most 1024 bytes"
    );
    assert_eq!(
        rows[1],
        "3 ! 3002223344: column nota: nota must be one line of at most 1024 bytes"
    );
    assert!(rows[2].starts_with("4 +573003334455 nota=yyy"));
}
