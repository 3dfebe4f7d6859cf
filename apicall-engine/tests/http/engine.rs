//! A real engine on a port of the system's choice, with a store of its own, and an HTTP client for it.

use super::server;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct-horse";
/// Nothing here takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where an engine lives: its configuration and its store.
pub(crate) struct Home {
    pub dir: TempDir,
    store: String,
}

impl Home {
    /// A home without a switch.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// A home with more configuration.
    pub(crate) fn with(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = format!("sqlite://{}", dir.path().join("a.db").display());
        Self::on(dir, server::database().unwrap_or(file), more)
    }

    /// A home whose store is a file, whatever the others have.
    pub(crate) fn with_file() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = format!("sqlite://{}", dir.path().join("a.db").display());
        Self::on(dir, file, "")
    }

    /// The home of another engine on the same store.
    #[cfg(feature = "mariadb")]
    pub(crate) fn beside(&self, more: &str) -> Self {
        Self::on(tempfile::tempdir().unwrap(), self.store.clone(), more)
    }

    fn on(dir: TempDir, store: String, more: &str) -> Self {
        let home = Self { dir, store };
        let text = format!(
            "[store]\nurl = \"{}\"\n[log]\nformat = \"json\"\n{}",
            home.store_url(),
            more
        );
        let mut file = File::create(home.config()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        home
    }

    /// A home with a switch that stays down: it hangs up on whoever connects.
    pub(crate) fn with_switch() -> Self {
        let manager = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = manager.local_addr().unwrap();
        std::thread::spawn(move || manager.incoming().for_each(drop));
        Self::with(&format!(
            "[[switch]]\nname = \"pbx1\"\nkind = \"asterisk\"\nami = \"{address}\"\nuser = \"u\"\nsecret = \"s\"\n\
             agi_listen = \"127.0.0.1:0\"\nagi_url = \"agi://127.0.0.1:4573\"\n"
        ))
    }

    pub(crate) fn store_url(&self) -> &str {
        &self.store
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("apicall.toml")
    }

    /// The engine's program, with this home and no other environment of ours.
    pub(crate) fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_apicall-engine"));
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("APICALL_"))
        {
            program.env_remove(name);
        }
        program.arg("--config").arg(self.config()).stdin(Stdio::null());
        program
    }

    /// What the audit says, which finds nothing.
    pub(crate) fn audited(&self) -> Value {
        let output = self.program().args(["audit", "-o", "json"]).output().unwrap();
        let (told, failed) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{failed}{told}");
        serde_json::from_str(&told).unwrap()
    }

    pub(crate) fn serve(&self) -> Command {
        let mut program = self.program();
        program
            .arg("serve")
            .env("APICALL_ADMIN_PASSWORD", PASSWORD)
            .env("APICALL__HTTP__LISTEN", "127.0.0.1:0");
        program
    }
}

/// A running engine; killed when dropped.
pub(crate) struct Engine {
    child: Child,
    log: Receiver<String>,
    pub address: String,
    pub client: reqwest::Client,
    pub token: String,
}

impl Engine {
    /// Starts one and logs in.
    pub(crate) async fn start(home: &Home) -> Self {
        let mut engine = Self::run(home.serve());
        engine.token = engine.login("admin", PASSWORD).await;
        engine
    }

    /// Starts one, and waits until it listens.
    pub(crate) fn run(mut program: Command) -> Self {
        let mut child = program.stderr(Stdio::piped()).spawn().unwrap();
        let (sender, log) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        // The ring provider may be in place already, by another test of this process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut engine = Self {
            child,
            log,
            address: String::new(),
            client: reqwest::Client::new(),
            token: String::new(),
        };
        let line = engine.wait_for("\"listening\"");
        let line: Value = serde_json::from_str(&line).unwrap();
        engine.address = line["fields"]["address"].as_str().unwrap().to_owned();
        engine
    }

    /// The next line of the log that has this text.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("the engine never said {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// What the log still holds once the engine has ended.
    pub(crate) fn rest_of_log(&self) -> Vec<String> {
        self.log.iter().collect()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1{path}", self.address)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, self.url(path));
        request.bearer_auth(&self.token).timeout(PATIENCE)
    }

    pub(crate) async fn login(&self, username: &str, password: &str) -> String {
        let answer = self.try_login(username, password).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn try_login(&self, username: &str, password: &str) -> Response {
        let body = serde_json::json!({ "username": username, "password": password });
        let request = self.client.post(self.url("/login")).json(&body);
        request.timeout(PATIENCE).send().await.unwrap()
    }

    /// Status and body of an answer; `Null` for none.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        self.ask(Method::DELETE, path, None).await
    }

    /// An order without a body.
    pub(crate) async fn order(&self, path: &str) -> (u16, Value) {
        self.ask(Method::POST, path, None).await
    }

    /// Sends a number list.
    pub(crate) async fn import(&self, path: &str, list: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "text/csv");
        read(request.body(list).send().await.unwrap()).await
    }

    /// Makes something and returns it.
    pub(crate) async fn made(&self, path: &str, body: Value) -> Value {
        let (status, made) = self.post(path, body).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Asks it to end, and waits.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        self.ended()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and JSON of an answer.
pub(crate) async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let kind = answer
        .headers()
        .get("content-type")
        .map(|kind| kind.to_str().unwrap().to_owned());
    let body = answer.bytes().await.unwrap();
    if status >= 400 {
        assert_eq!(kind.as_deref(), Some("application/problem+json"), "{status}");
    }
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).unwrap()
    };
    (status, body)
}

/// A project's least.
pub(crate) fn project(name: &str) -> Value {
    serde_json::json!({
        "name": name, "country": "CO",
        "flow": { "simple": { "audio": "promo", "expected_digit": "1" } },
    })
}

/// Asserts that an answer is this refusal.
#[track_caller]
pub(crate) fn refused(answer: &(u16, Value), status: u16, code: &str, field: Option<&str>) {
    let (got, problem) = answer;
    assert_eq!((*got, &problem["status"]), (status, &status.into()), "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["type"], format!("urn:apicall:{code}"), "{problem}");
    assert_eq!(problem.get("field").and_then(Value::as_str), field, "{problem}");
    assert!(
        problem["detail"].as_str().is_some_and(|text| text.len() > 10),
        "{problem}"
    );
}
