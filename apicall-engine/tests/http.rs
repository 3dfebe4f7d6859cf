//! The real engine on a store of its own, without a switch: the API by its contract.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::fs;
use std::process::{Child, Command};
use std::time::Duration;
use tempfile::TempDir;

struct Engine {
    child: Child,
    client: Client,
    base: String,
    token: String,
    _dir: TempDir,
}

impl Engine {
    /// Starts one, waits until it answers, and logs in.
    async fn start() -> Self {
        // A second installation is refused, and needless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let listen = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let agi = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let config = format!(
            "[http]\nlisten = '{listen}'\n[store]\nurl = 'sqlite://{}'\n[[switch]]\nname = 'pbx1'\nkind = 'asterisk'\n\
             ami = '127.0.0.1:1'\nuser = 'u'\nsecret = 's'\nagi_listen = '{agi}'\n",
            dir.path().join("apicall.db").display()
        );
        let file = dir.path().join("apicall.toml");
        fs::write(&file, config).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_apicall-engine"))
            .args(["serve", "--config"])
            .arg(file)
            .env("APICALL_ADMIN_PASSWORD", "correct horse")
            .stderr(fs::File::create(dir.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let base = format!("http://{listen}/api/v1");
        let mut engine = Self {
            child,
            client: Client::new(),
            base,
            token: String::new(),
            _dir: dir,
        };
        let up = async {
            while engine
                .client
                .get(format!("{}/health", engine.base))
                .send()
                .await
                .is_err()
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), up)
            .await
            .expect("the engine comes up");
        let login = json!({ "username": "admin", "password": "correct horse" });
        let (_, answer) = engine.ask(Method::POST, "/login", login).await;
        engine.token = answer["token"].as_str().unwrap().to_owned();
        engine
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(
                answer.headers()["content-type"],
                "application/problem+json",
                "{path}"
            );
        }
        (
            status,
            serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null),
        )
    }

    async fn made(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{path}: {answer}");
        answer
    }

    async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String, String) {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(
            status.is_client_error() || status.is_server_error(),
            "{path}: {answer}"
        );
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer["status"], status.as_u16());
        assert!(!text("detail").is_empty());
        (status.as_u16(), text("code"), text("field"))
    }

    async fn project(&self) -> i64 {
        self.made("/trunks", json!({ "name": "carrier" })).await;
        self.made("/projects", project()).await["id"].as_i64().unwrap()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn project() -> Value {
    json!({ "name": "p", "country": "CO", "trunk": 1, "flow": { "simple": { "audio": "a", "expected_digit": "1" } } })
}

#[tokio::test]
async fn only_who_logged_in_gets_in() {
    let mut engine = Engine::start().await;
    let wrong = json!({ "username": "admin", "password": "wrong" });
    assert_eq!(engine.refused(Method::POST, "/login", wrong).await.0, 401);
    let unknown = json!({ "username": "nobody", "password": "wrong" });
    assert_eq!(engine.refused(Method::POST, "/login", unknown).await.0, 401);
    assert_eq!(
        engine.ask(Method::GET, "/me", Value::Null).await.1["username"],
        "admin"
    );
    let good = engine.token.clone();
    let forged = format!("{}x", &good[..good.len() - 1]);
    engine.token = forged;
    assert_eq!(engine.refused(Method::GET, "/projects", Value::Null).await.0, 401);
    engine.token = good;
    assert_eq!(
        engine.ask(Method::POST, "/logout", Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        engine.refused(Method::GET, "/projects", Value::Null).await.0,
        401,
        "a logout voids the token"
    );
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let engine = Engine::start().await;
    let wrong = || json!({ "username": "victim", "password": "wrong" });
    for _ in 0..5 {
        assert_eq!(engine.refused(Method::POST, "/login", wrong()).await.0, 401);
    }
    assert_eq!(engine.refused(Method::POST, "/login", wrong()).await.0, 429);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let engine = Engine::start().await;
    let id = engine.project().await;
    let with = |key: &str, value: Value| {
        let mut body = project();
        body["name"] = "q".into();
        body[key] = value;
        body
    };
    let rows = [
        (with("name", "".into()), 422, "name"),
        (with("name", "p".into()), 409, "name"),
        (with("country", "Colombia".into()), 422, "country"),
        (with("timezone", "Mars/Base".into()), 422, "timezone"),
        (with("trunk", 77.into()), 422, "trunk"),
        (with("caller_id", "abc".into()), 422, "caller_id"),
        (with("ring_timeout_s", 2.into()), 422, "ring_timeout_s"),
        (with("limits", json!({ "cps": 2.5 })), 422, "limits.cps"),
        (
            with("flow", json!({ "custom": { "start": "x", "steps": {} } })),
            422,
            "flow",
        ),
        (with("colour", "red".into()), 422, "colour"),
        (json!({ "name": "q" }), 422, "country"),
    ];
    for (body, status, field) in rows {
        let refused = engine.refused(Method::POST, "/projects", body.clone()).await;
        assert_eq!((refused.0, refused.2.as_str()), (status, field), "{body}");
    }
    let patch = json!({ "max_call_s": 1 });
    assert_eq!(
        engine
            .refused(Method::PATCH, &format!("/projects/{id}"), patch)
            .await
            .2,
        "max_call_s"
    );
    assert_eq!(
        engine.refused(Method::GET, "/calls?limit=0", Value::Null).await.2,
        "limit"
    );
    assert_eq!(
        engine
            .refused(Method::GET, "/calls?colour=red", Value::Null)
            .await
            .2,
        "colour"
    );
    assert_eq!(engine.refused(Method::GET, "/calls/x", Value::Null).await.0, 400);
    assert_eq!(engine.refused(Method::GET, "/nothing", Value::Null).await.0, 404);
    assert_eq!(engine.refused(Method::DELETE, "/calls", Value::Null).await.0, 405);
    assert_eq!(
        engine.refused(Method::DELETE, "/trunks/1", Value::Null).await.1,
        "in_use"
    );
}

#[tokio::test]
async fn a_list_becomes_contacts_and_every_other_row_is_told() {
    let engine = Engine::start().await;
    let project = engine.project().await;
    let campaign = engine
        .made("/campaigns", json!({ "project": project, "name": "c" }))
        .await["id"]
        .as_i64()
        .unwrap();
    let refused = engine
        .refused(Method::POST, &format!("/campaigns/{campaign}/start"), Value::Null)
        .await;
    assert_eq!(refused.0, 409, "there is nobody to call");
    let list = "telefono;saldo\n3001234567;5\n300 123 4567;6\n12;7\n";
    let path = format!("{}/campaigns/{campaign}/import", engine.base);
    let import = engine
        .client
        .post(path)
        .bearer_auth(&engine.token)
        .header("content-type", "text/csv")
        .body(list);
    let report: Value = import.send().await.unwrap().json().await.unwrap();
    let counts = ["rows", "added", "duplicates", "rejected"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(counts, [3, 1, 1, 1], "{report}");
    assert_eq!(report["rejects"][1]["line"], 4);
    let rejects = format!("/campaigns/{campaign}/imports/{}/rejects", report["id"]);
    let (_, page) = engine.ask(Method::GET, &rejects, Value::Null).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let (_, contacts) = engine
        .ask(
            Method::GET,
            &format!("/campaigns/{campaign}/contacts"),
            Value::Null,
        )
        .await;
    assert_eq!(contacts["items"][0]["variables"]["saldo"], "5");
    let (status, started) = engine
        .ask(Method::POST, &format!("/campaigns/{campaign}/start"), Value::Null)
        .await;
    assert_eq!(
        (status, &started["state"]),
        (StatusCode::OK, &json!("running")),
        "the switch is down, and it waits"
    );
    assert_eq!(
        engine
            .refused(Method::DELETE, &format!("/campaigns/{campaign}"), Value::Null)
            .await
            .1,
        "in_use"
    );
    let (_, stats) = engine.ask(Method::GET, "/stats", Value::Null).await;
    assert_eq!(stats["campaigns"][0]["contacts"], 1);
}

#[tokio::test]
async fn a_call_that_cannot_be_placed_now_is_refused() {
    let engine = Engine::start().await;
    let project = engine.project().await;
    let refused = engine
        .refused(
            Method::POST,
            "/calls",
            json!({ "project": project, "number": "12" }),
        )
        .await;
    assert_eq!((refused.0, refused.2.as_str()), (422, "number"));
    let call = json!({ "project": project, "number": "3001234567" });
    let request = engine
        .client
        .post(format!("{}/calls", engine.base))
        .bearer_auth(&engine.token)
        .json(&call);
    let answer = request.send().await.unwrap();
    assert_eq!(
        answer.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "the switch is down"
    );
    assert!(answer.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn sigterm_ends_it_well() {
    let mut engine = Engine::start().await;
    let pid = engine.child.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    let status = engine.child.wait().unwrap();
    assert!(status.success(), "{status}");
}
