//! Number lists.

use super::engine::{Engine, Home, project, read, refused};
use futures_util::stream;
use reqwest::Method;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;

const IMPORT: &str = "/campaigns/1/import";

async fn with_campaign(home: &Home) -> Engine {
    let engine = Engine::start(home).await;
    let id = engine.made("/projects", project("tenant")).await["id"].clone();
    engine
        .made("/campaigns", json!({ "project": id, "name": "May" }))
        .await;
    engine
}

#[tokio::test]
async fn a_list_becomes_contacts_and_what_does_not_is_listed_by_line() {
    let home = Home::new();
    let engine = with_campaign(&home).await;
    let list = "Nombre;Teléfono;Deuda\nAna;300 123 4567;10\n\nLuis;nobody;20\nEva;+573001234567;30\nIvo;3017654321;\n";
    let (status, report) = engine.import(IMPORT, list).await;
    assert_eq!(status, 200, "{report}");
    for (key, value) in [("rows", 4), ("added", 2), ("duplicates", 1), ("rejected", 1)] {
        assert_eq!(report[key], value, "{key}: {report}");
    }
    assert_eq!(
        (&report["delimiter"], &report["number_column"]),
        (&json!(";"), &json!("Teléfono"))
    );
    assert_eq!(report["variables"], json!(["nombre", "deuda"]));
    let lines: Vec<_> = report["rejects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["line"].clone())
        .collect();
    assert_eq!(lines, [4, 5]);
    let (_, page) = engine.get("/campaigns/1/contacts").await;
    let contact = &page["items"][0];
    assert_eq!(
        (&contact["number"], &contact["state"]),
        (&json!("+573001234567"), &json!("pending"))
    );
    assert_eq!(contact["variables"], json!({ "nombre": "Ana", "deuda": "10" }));

    let (_, again) = engine.import(IMPORT, list).await;
    assert_eq!((&again["added"], &again["duplicates"]), (&json!(0), &json!(3)));
    assert_ne!(again["id"], report["id"]);
}

#[tokio::test]
async fn long_answers_come_in_pages() {
    let home = Home::new();
    let engine = with_campaign(&home).await;
    let mut list = "number\n".to_owned();
    for n in 0..250 {
        write!(list, "300{:07}\nbad {n}\n", 1_000_000 + n).unwrap();
    }
    let (_, report) = engine.import(IMPORT, list).await;
    assert_eq!(
        (&report["added"], &report["rejected"]),
        (&json!(250), &json!(250))
    );
    assert_eq!(
        report["rejects"].as_array().unwrap().len(),
        100,
        "the report lists the first"
    );
    let rejects = format!("/campaigns/1/imports/{}/rejects", report["id"]);
    for (path, pages) in [("/campaigns/1/contacts".to_owned(), 3), (rejects.clone(), 3)] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        for page in 1.. {
            let (status, body) = engine.get(&format!("{path}?limit=100{after}")).await;
            assert_eq!(status, 200, "{body}");
            seen.extend(body["items"].as_array().unwrap().clone());
            let Some(next) = body["next"].as_str() else {
                assert_eq!(page, pages);
                break;
            };
            after = format!("&after={next}");
        }
        assert_eq!(seen.len(), 250, "{path}");
        let different: std::collections::BTreeSet<_> = seen.iter().map(Value::to_string).collect();
        assert_eq!(different.len(), 250, "{path}");
    }
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("after=x", "after"),
    ] {
        for path in ["/campaigns/1/contacts", &rejects] {
            refused(
                &engine.get(&format!("{path}?{query}")).await,
                400,
                "invalid_query",
                Some(field),
            );
        }
    }
    refused(
        &engine.get("/campaigns/1/imports/99/rejects").await,
        404,
        "not_found",
        None,
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_import_is_named_and_nothing_is_kept() {
    let home = Home::with("[http]\nmax_import_bytes = 100000\n");
    let engine = with_campaign(&home).await;
    let good = "a,number\nx,3001234567\n";
    for (query, field) in [
        ("number_column=mobile", "number_column"),
        ("number_column=3", "number_column"),
        ("delimiter=x", "delimiter"),
        ("columns=a", "columns"),
        ("columns=b%3Dc", "columns"),
        ("header=maybe", "header"),
        ("colums=a", "colums"),
    ] {
        let answer = engine.import(&format!("{IMPORT}?{query}"), good).await;
        refused(&answer, 400, "invalid_query", Some(field));
    }
    refused(&engine.import(IMPORT, "").await, 400, "invalid_body", None);
    refused(
        &engine.import(IMPORT, "a,b\nc,d\n").await,
        400,
        "invalid_query",
        Some("number_column"),
    );
    refused(
        &engine.import("/campaigns/9/import", good).await,
        404,
        "not_found",
        None,
    );
    let long = format!("number\n{}", "3001234567\n".repeat(20_000));
    refused(&engine.import(IMPORT, long).await, 413, "too_large", None);
    let form = engine
        .request(Method::POST, IMPORT)
        .header("content-type", "multipart/form-data; boundary=x");
    refused(
        &read(form.body(good).send().await.unwrap()).await,
        415,
        "unsupported_media_type",
        None,
    );
    assert_eq!(engine.get("/campaigns/1/contacts").await.1["items"], json!([]));
    let (_, report) = engine.import(IMPORT, good).await;
    assert_eq!((&report["added"], &report["duplicates"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn the_sender_reads_why_a_list_is_refused_however_much_it_still_has_to_send() {
    let home = Home::new();
    let engine = with_campaign(&home).await;
    let rows = (0..400).map(|_| Ok::<_, std::io::Error>("x,3001234567\n".repeat(5_000)));
    let body = reqwest::Body::wrap_stream(stream::iter(rows));
    let answer = engine
        .import(&format!("{IMPORT}?number_column=mobile"), body)
        .await;
    refused(&answer, 400, "invalid_query", Some("number_column"));
}

#[tokio::test]
async fn a_list_that_breaks_off_leaves_nothing() {
    let home = Home::new();
    let engine = with_campaign(&home).await;
    let list: String = (0..5_000).map(|n| format!("300{:07}\n", 1_000_000 + n)).collect();
    let mut stream = TcpStream::connect(&engine.address).unwrap();
    let head = format!(
        "POST /api/v1{IMPORT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n",
        engine.token,
        2 * list.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(list.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    drop(stream);
    // The first is taken back by a task of its own; a campaign's numbers are free again once it has.
    for _ in 0..500 {
        let probe = engine.import(IMPORT, "3009999999\n3001000000\n").await.1;
        if probe["duplicates"] == 0 {
            break;
        }
    }
    let (_, page) = engine.get("/campaigns/1/contacts?limit=1000").await;
    assert!(page["items"].as_array().unwrap().len() <= 2, "{page}");
    let (_, report) = engine.import(IMPORT, list).await;
    assert_eq!(
        report["added"].as_i64().unwrap() + report["duplicates"].as_i64().unwrap(),
        5_000
    );
    assert!(report["duplicates"].as_i64().unwrap() <= 1, "{report}");
}

/// The engine is killed while a list comes in: nothing of the list is there afterwards, and all of it can be sent again.
#[tokio::test]
async fn a_list_that_came_in_when_the_engine_was_killed_leaves_nothing() {
    let home = Home::new();
    let mut engine = with_campaign(&home).await;
    let list: String = (0..20_000)
        .map(|n| format!("300{:07}\n", 1_000_000 + n))
        .collect();
    let mut stream = TcpStream::connect(&engine.address).unwrap();
    let head = format!(
        "POST /api/v1{IMPORT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n",
        engine.token,
        2 * list.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(list.as_bytes()).unwrap();
    // One number after the other is tried, until one is found to be on its way already.
    let mut tried = 0;
    loop {
        let probe = engine
            .import(IMPORT, format!("{}\n", 3_001_000_000_u64 + tried))
            .await
            .1;
        if probe["duplicates"] == 1 {
            break;
        }
        tried += 1;
    }
    engine.signal("-KILL");
    engine.ended();
    let engine = Engine::start(&home).await;
    let (_, page) = engine.get("/campaigns/1/contacts?limit=1000").await;
    assert_eq!(page["items"].as_array().unwrap().len() as u64, tried);
    let (_, report) = engine.import(IMPORT, list).await;
    assert_eq!(
        (&report["added"], &report["duplicates"]),
        (&json!(20_000 - tried), &json!(tried))
    );
}
