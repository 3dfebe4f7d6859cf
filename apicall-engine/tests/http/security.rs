//! What keeps the API to those it is for: headers, origins, the length of what is sent, TLS.

use super::engine::{Engine, Home, PASSWORD};
use reqwest::{Certificate, Method, StatusCode};
use std::io::{Read, Write};
use std::net::TcpStream;

#[tokio::test]
async fn every_answer_tells_a_browser_to_be_careful() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    for path in ["/health", "/me", "/nothing"] {
        let answer = engine.request(Method::GET, path).send().await.unwrap();
        let says = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(says("x-content-type-options"), "nosniff");
        assert_eq!(says("x-frame-options"), "DENY");
        assert_eq!(says("referrer-policy"), "no-referrer");
        assert_eq!(says("cross-origin-resource-policy"), "same-origin");
        assert_eq!(
            says("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert!(
            !answer.headers().contains_key("strict-transport-security"),
            "there is no TLS"
        );
    }
}

#[tokio::test]
async fn pages_of_others_may_not_ask_unless_they_are_configured() {
    let ask = async |engine: &Engine, origin: &str| {
        let preflight = engine
            .client
            .request(Method::OPTIONS, engine.url("/projects"))
            .header("origin", origin.to_owned())
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let allowed = preflight.send().await.unwrap().headers().clone();
        let request = engine
            .request(Method::GET, "/projects")
            .header("origin", origin.to_owned());
        let answer = request.send().await.unwrap().headers().clone();
        [allowed, answer].map(|headers| headers.get("access-control-allow-origin").cloned())
    };
    let home = Home::new();
    let closed = Engine::start(&home).await;
    assert_eq!(ask(&closed, "https://app.example").await, [None, None]);
    let home = Home::with("[http]\ncors_origins = [\"https://app.example\"]\n");
    let open = Engine::start(&home).await;
    for allowed in ask(&open, "https://app.example").await {
        assert_eq!(allowed.unwrap(), "https://app.example");
    }
    assert_eq!(ask(&open, "https://other.example").await, [None, None]);
}

#[test]
fn a_head_has_an_end() {
    let home = Home::new();
    let engine = Engine::run(home.serve());
    let mut stream = TcpStream::connect(&engine.address).unwrap();
    let long = "x".repeat(100_000);
    let request = format!("GET /health HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n");
    // The engine may close before it has read all.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn with_a_certificate_nothing_but_tls_is_spoken() {
    const CERTIFICATE: &str = include_str!("tls/certificate.pem");
    let home = Home::with("[http.tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n");
    std::fs::write(home.dir.path().join("certificate.pem"), CERTIFICATE).unwrap();
    std::fs::write(home.dir.path().join("key.pem"), include_str!("tls/key.pem")).unwrap();
    let engine = Engine::run(home.serve());
    let ours = Certificate::from_pem(CERTIFICATE.as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ours]).build().unwrap();
    let base = format!("https://{}/api/v1", engine.address);
    let login = serde_json::json!({ "username": "admin", "password": PASSWORD });
    let answer = client
        .post(format!("{base}/login"))
        .json(&login)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    let plain = engine.client.get(engine.url("/health")).send().await;
    assert!(plain.is_err(), "{plain:?}");
    let stranger = engine.client.get(format!("{base}/health")).send().await;
    assert!(stranger.is_err(), "nobody signed for it: {stranger:?}");
    // Whoever speaks no TLS, or says nothing, is in nobody's way.
    let _silent = TcpStream::connect(&engine.address).unwrap();
    let again = client.get(format!("{base}/health")).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);
    assert!(engine.stop().success());
}

#[test]
fn a_certificate_that_cannot_be_shown_is_told_at_the_start() {
    let home = Home::with("[http.tls]\ncertificate = \"missing.pem\"\nkey = \"missing.pem\"\n");
    let output = home.serve().output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        told.contains("http.tls.certificate") && told.contains("missing.pem"),
        "{told}"
    );
}
