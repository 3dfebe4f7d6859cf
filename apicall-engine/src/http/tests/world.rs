//! An engine in this process with two projects, one of which somebody is assigned, and everybody who could ask.

use crate::config::{Config, Switch};
use crate::http::auth::{Claims, Kind, sign};
use crate::running::Running;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

pub(super) const PASSWORD: &str = "correct-horse";
/// What stands in everything of the project that nobody but admins has to do with.
pub(super) const FOREIGN: &str = "FOREIGN";
pub(super) const FOREIGN_NUMBER: &str = "+573009999902";
/// Between two looks at what is awaited; the test as a whole has an end.
const LOOK: Duration = Duration::from_millis(20);
/// What stands where secrets may be.
pub(super) const SECRET: &str = "S3CRET";

pub(super) struct World {
    pub client: Client,
    pub base: String,
    pub admin: String,
    store: String,
    _running: Running,
    _dir: TempDir,
}

/// A project and one of each of its things, by the ids that paths take.
pub(super) struct Things {
    pub project: Value,
    pub trunk: Value,
    pub campaign: Value,
    pub import: Value,
    pub call: Value,
    pub dnc: Value,
    pub webhook: Value,
    pub delivery: Value,
}

impl World {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("a.db").display().to_string();
        let mut config = Config::default();
        config.http.listen = ([127, 0, 0, 1], 0).into();
        config.store.url = Some(format!("sqlite://{store}"));
        config.limits.drain_s = 0;
        config.switches = vec![Switch::emulated("here".parse().unwrap())];
        // The ring provider may be in place already, by another test of this process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = Running::start(config, Some(PASSWORD.to_owned())).await.unwrap();
        let mut world = Self {
            client: Client::new(),
            base: format!("http://{}/api/v1", running.address),
            admin: String::new(),
            store,
            _running: running,
            _dir: dir,
        };
        world.admin = world.login("admin", PASSWORD).await;
        while world.make(Method::GET, "/health", None).await["status"] != "ok" {
            tokio::time::sleep(LOOK).await;
        }
        world
    }

    pub(super) async fn send(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        request = match body {
            Some(Value::String(list)) => request.header("content-type", "text/csv").body(list),
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// Status and text of an answer; of one that does not end, its beginning.
    pub(super) async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, String) {
        let mut answer = self.send(token, method, path, body).await;
        let status = answer.status().as_u16();
        let endless = answer
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream");
        let bytes = match endless {
            true => answer.chunk().await.unwrap().unwrap_or_default(),
            false => answer.bytes().await.unwrap(),
        };
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Makes something as the admin.
    pub(super) async fn make(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, text) = self.ask(&self.admin, method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub(super) async fn session(&self, username: &str, password: &str) -> Value {
        let body = json!({ "username": username, "password": password });
        let (status, text) = self.ask("", Method::POST, "/login", Some(body)).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(super) async fn login(&self, username: &str, password: &str) -> String {
        let session = self.session(username, password).await;
        session["token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn user(&self, username: &str, role: &str) -> String {
        let user = json!({ "username": username, "password": PASSWORD, "role": role });
        self.make(Method::POST, "/users", Some(user)).await;
        self.login(username, PASSWORD).await
    }

    pub(super) async fn assign(&self, username: &str, projects: Value) {
        let patch = json!({ "projects": projects });
        self.make(Method::PATCH, &format!("/users/{username}"), Some(patch))
            .await;
    }

    /// An API token of whoever has this session.
    pub(super) async fn token(&self, session: &str, new: Value) -> String {
        let (status, text) = self.ask(session, Method::POST, "/tokens", Some(new)).await;
        assert_eq!(status, 201, "{text}");
        let told: Value = serde_json::from_str(&text).unwrap();
        told["secret"].as_str().unwrap().to_owned()
    }

    /// A project with one of everything; `name` stands in each.
    pub(super) async fn things(&self, name: &str, number: &str) -> Things {
        let post =
            |path: String, body: Value| async move { self.make(Method::POST, &path, Some(body)).await };
        let trunk = post("/trunks".into(), json!({ "name": format!("t-{name}") })).await;
        let flow = json!({ "start": "ask", "steps": {
            "ask": { "do": "webhook", "url": format!("https://crm.example/{SECRET}"),
                     "headers": { "authorization": SECRET }, "body": { "key": SECRET }, "next": "bye" },
            "bye": { "do": "hangup", "result": "completed" },
        } });
        let project =
            json!({ "name": name, "country": "CO", "trunk": trunk["id"], "flow": { "custom": flow } });
        let project = post("/projects".into(), project).await;
        let campaign = json!({ "project": project["id"], "name": name });
        let campaign = post("/campaigns".into(), campaign).await;
        let import = format!("/campaigns/{}/import", campaign["id"]);
        let import = post(import, Value::String(format!("number\n{number}\n{name}\n"))).await;
        let call = json!({ "project": project["id"], "number": number });
        let call = post("/calls".into(), call).await;
        let dnc = json!({ "project": project["id"], "number": "+573008888888", "reason": name });
        let dnc = post("/dnc".into(), dnc).await;
        let url = format!("https://crm.example/{SECRET}/{name}");
        let webhook = json!({ "project": project["id"], "url": url, "events": ["call.ended"] });
        let webhook = post("/webhooks".into(), webhook).await;
        let delivery = format!("/webhooks/{}/test", webhook["id"]);
        let delivery = self.make(Method::POST, &delivery, None).await;
        Things {
            project: project["id"].clone(),
            trunk: trunk["id"].clone(),
            campaign: campaign["id"].clone(),
            import: import["id"].clone(),
            call: call["id"].clone(),
            dnc: dnc["id"].clone(),
            webhook: webhook["id"].clone(),
            delivery: delivery["id"].clone(),
        }
    }

    /// A session's token as the engine would have made it, which has ended.
    pub(super) async fn expired(&self, username: &str) -> String {
        let file = rusqlite::Connection::open(&self.store).unwrap();
        let key = "SELECT value FROM settings WHERE name = 'session_key'";
        let key: String = file.query_row(key, [], |row| row.get(0)).unwrap();
        let version = "SELECT token_version FROM users WHERE username = ?";
        let ver: i64 = file.query_row(version, [username], |row| row.get(0)).unwrap();
        let claims = |exp| Claims {
            sub: username.to_owned(),
            ver,
            exp,
            kind: Kind::Access,
            end: None,
        };
        let keys = vec![key].into();
        // Nothing but its time is wrong with it.
        let (status, text) = self
            .ask(&sign(&keys, &claims(i64::MAX / 1_000)), Method::GET, "/me", None)
            .await;
        assert_eq!(status, 200, "{text}");
        sign(&keys, &claims(1))
    }

    /// How many entries the log of accounts has had.
    pub(super) async fn noted(&self) -> i64 {
        let log = self.make(Method::GET, "/account-log?limit=1", None).await;
        log["items"][0]["id"].as_i64().unwrap_or(0)
    }
}
