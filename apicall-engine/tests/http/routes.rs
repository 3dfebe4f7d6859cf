//! What holds for every route, and for what is none. Who may take each is tried with the table (`src/http/tests`).

use super::engine::{Engine, Home, read, refused};
use reqwest::Method;
use std::io::{Read, Write};
use std::net::TcpStream;

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    for path in ["/nothing", "/projects/1/nothing", "//"] {
        refused(&engine.get(path).await, 404, "not_found", None);
    }
    let root = engine
        .client
        .get(format!("http://{}/", engine.address))
        .send()
        .await
        .unwrap();
    refused(&read(root).await, 404, "not_found", None);
    for (method, path) in [
        (Method::DELETE, "/projects"),
        (Method::PUT, "/projects/1"),
        (Method::POST, "/health"),
        (Method::GET, "/login"),
    ] {
        let answer = engine.request(method, path).send().await.unwrap();
        assert!(answer.headers().contains_key("allow"));
        refused(&read(answer).await, 405, "method_not_allowed", None);
    }
    for path in [
        "/projects/x",
        "/projects/0",
        "/trunks/-1",
        "/campaigns/1.5",
        "/calls/7",
    ] {
        refused(&engine.get(path).await, 400, "invalid_query", Some("id"));
    }
    refused(
        &engine.get("/campaigns/1/imports/x/rejects").await,
        400,
        "invalid_query",
        Some("import"),
    );
    for path in [
        "/projects/9",
        "/trunks/9",
        "/campaigns/9",
        "/campaigns/9/stats",
        "/campaigns/9/contacts",
    ] {
        refused(&engine.get(path).await, 404, "not_found", None);
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = engine.request(Method::POST, "/projects");
        request.header("content-type", kind).body(body).send()
    };
    let json = "application/json; charset=utf-8";
    for (kind, body, status, code) in [
        ("text/plain", b"{}".to_vec(), 415, "unsupported_media_type"),
        ("application/jsonx", b"{}".to_vec(), 415, "unsupported_media_type"),
        (json, b"{".to_vec(), 400, "invalid_body"),
        (json, b"".to_vec(), 400, "invalid_body"),
        (json, b"[]".to_vec(), 400, "invalid_body"),
        (json, b"\xff".to_vec(), 400, "invalid_body"),
        (json, vec![b' '; 2 << 20], 413, "too_large"),
    ] {
        refused(&read(post(kind, body).await.unwrap()).await, status, code, None);
    }
    let trailing = br#"{"name":"a","country":"CO","flow":{"simple":{"audio":"a","expected_digit":"1"}}} {}"#;
    refused(
        &read(post(json, trailing.to_vec()).await.unwrap()).await,
        400,
        "invalid_body",
        None,
    );
    assert_eq!(engine.get("/projects").await.1, serde_json::json!([]));
}

#[tokio::test]
async fn health_is_for_everybody_and_head_has_no_body() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    for path in ["/health", "/api/v1/health"] {
        let url = format!("http://{}{path}", engine.address);
        let (status, health) = read(engine.client.get(&url).send().await.unwrap()).await;
        assert_eq!((status, &health["status"]), (200, &"ok".into()));
        let head = engine.client.head(&url).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert!(head.bytes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_not_to_be_kept() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let ask = |id: &'static str| {
        engine
            .request(Method::GET, "/me")
            .header("x-request-id", id)
            .send()
    };
    let answer = ask("job-7").await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "job-7");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let answer = ask("not plain, and long").await.unwrap();
    assert_eq!(answer.headers()["x-request-id"].len(), 16);
}

#[test]
fn what_is_no_http_does_no_harm() {
    let home = Home::new();
    let engine = Engine::run(home.serve());
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        &[b'A'; 100_000],
        b"\r\n\r\n\0\0",
    ] {
        let mut stream = TcpStream::connect(&engine.address).unwrap();
        // The engine may close before it has read all.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let mut stream = TcpStream::connect(&engine.address).unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}
