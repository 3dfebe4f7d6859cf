//! An engine beside the lab's Asterisk, driven over its API.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// There is one lab, and one story at a time in it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Between two looks at something that takes time.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) struct Lab {
    client: Client,
    token: String,
    base: String,
    engine: Child,
    dir: TempDir,
    seen_invites: usize,
    overflow: String,
    _turn: MutexGuard<'static, ()>,
}

/// What the carrier got.
pub(crate) struct Invite {
    pub(crate) at_ms: i64,
    pub(crate) number: String,
}

fn lab(name: &str) -> String {
    env::var(format!("APICALL_LAB{name}")).expect("run in the lab: dev/lab run -- cargo test …")
}

/// A size from the environment.
pub(crate) fn size(name: &str, usual: usize) -> usize {
    env::var(name).map_or(usual, |text| text.parse().expect("a size is a number"))
}

impl Lab {
    pub(crate) async fn start(originate: &str) -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        // A second installation is refused, and needless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let listen = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let (host, port) = (lab("_AGI"), lab("_AMI"));
        let config = format!(
            "[http]\nlisten = '{listen}'\n[store]\nurl = 'sqlite://{}'\n[limits]\ndrain_s = 5\n[[switch]]\nname = 'pbx1'\n\
             kind = 'asterisk'\nami = '{port}'\nuser = '{}'\nsecret = '{}'\nagi_listen = '{host}'\ndial = '{}'\n\
             originate = '{originate}'\nspool_dir = '{}'\n",
            dir.path().join("apicall.db").display(),
            lab("_AMI_USER"),
            lab("_AMI_SECRET"),
            lab("_DIAL"),
            lab("_SPOOL"),
        );
        fs::write(dir.path().join("apicall.toml"), config).unwrap();
        let engine = spawn(&dir);
        let mut started = Self {
            client: Client::new(),
            token: String::new(),
            base: format!("http://{listen}/api/v1"),
            engine,
            dir,
            seen_invites: read_invites().len(),
            overflow: "+573009999930".to_owned(),
            _turn: turn,
        };
        started.ready().await;
        started
            .send(Method::POST, "/trunks", json!({ "name": lab("_TRUNK") }))
            .await;
        started
    }

    /// Waits until the switch is up, and logs in.
    async fn ready(&mut self) {
        let up = async {
            loop {
                let health = self.client.get(format!("{}/health", self.base)).send().await;
                if let Ok(answer) = health
                    && answer
                        .json::<Value>()
                        .await
                        .is_ok_and(|health| health["status"] == "ok")
                {
                    return;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), up)
            .await
            .expect("engine and switch come up");
        let login = json!({ "username": "admin", "password": "laboratory" });
        let answer = self.send(Method::POST, "/login", login).await;
        self.token = answer["token"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn project(&self, retry: Value, amd: bool) -> i64 {
        let mut flow = json!({ "audio": "prueba", "expected_digit": "1", "overflow_number": self.overflow });
        if amd {
            flow["amd"] = "2500|1500|1000|5000|100|50|4|256".into();
        }
        let project = json!({
            "name": "lab", "country": "CO", "trunk": 1, "caller_id": "5551234", "ring_timeout_s": 8,
            "flow": { "simple": flow }, "retry": retry,
        });
        self.send(Method::POST, "/projects", project).await["id"]
            .as_i64()
            .unwrap()
    }

    /// Makes a campaign of these numbers, and starts it.
    pub(crate) async fn campaign(&self, project: i64, limits: Value, numbers: &[String]) -> i64 {
        let new = json!({ "project": project, "name": "story", "limits": limits });
        let id = self.send(Method::POST, "/campaigns", new).await["id"]
            .as_i64()
            .unwrap();
        let list = format!("number\n{}\n", numbers.join("\n"));
        let import = self
            .client
            .post(format!("{}/campaigns/{id}/import", self.base))
            .bearer_auth(&self.token);
        let report: Value = import
            .header("content-type", "text/csv")
            .body(list)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(report["added"].as_u64(), Some(numbers.len() as u64), "{report}");
        self.send(Method::POST, &format!("/campaigns/{id}/start"), Value::Null)
            .await;
        id
    }

    pub(crate) async fn finish(&self, campaign: i64, within: Duration) {
        let finished = async {
            while self.get(&format!("/campaigns/{campaign}")).await["state"] != "finished" {
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(within, finished).await;
        if waited.is_err() {
            panic!(
                "not finished: {}\n{}",
                self.get(&format!("/campaigns/{campaign}/stats")).await,
                self.log()
            );
        }
    }

    /// Waits until so many contacts are done.
    pub(crate) async fn some_done(&self, campaign: i64, count: usize) {
        let done = async {
            loop {
                let stats = self.get(&format!("/campaigns/{campaign}/stats")).await;
                if stats["by_contact_state"]["done"].as_u64().unwrap_or(0) >= count as u64 {
                    return;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(90), done).await;
        if waited.is_err() {
            panic!(
                "{count} are not done: {}\n{}",
                self.get(&format!("/campaigns/{campaign}/stats")).await,
                self.log()
            );
        }
    }

    pub(crate) async fn calls(&self, campaign: i64) -> Vec<Value> {
        let (mut all, mut after) = (vec![], String::new());
        loop {
            let page = self
                .get(&format!("/calls?campaign={campaign}&limit=1000{after}"))
                .await;
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return all,
            }
        }
    }

    /// The INVITEs of this story.
    pub(crate) fn invites(&self) -> Vec<Invite> {
        read_invites().split_off(self.seen_invites)
    }

    /// Calls may need a moment to be taken down after their hang-up.
    pub(crate) async fn assert_no_channel(&self) {
        let gone = async {
            while !self
                .command(&["cli", "core show channels count"])
                .starts_with("0 active channels")
            {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .expect("Asterisk has no channel left");
    }

    /// A command of `dev/lab`.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new(lab("")).args(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "dev/lab {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn kill_engine(&mut self) {
        self.engine.kill().unwrap();
        self.engine.wait().unwrap();
    }

    pub(crate) async fn start_engine(&mut self) {
        self.engine = spawn(&self.dir);
        self.ready().await;
    }

    /// SIGTERM, and a clean end.
    pub(crate) async fn stop(mut self) {
        let pid = self.engine.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || {
            let status = self.engine.wait().unwrap();
            (status, self)
        });
        let (status, _) = tokio::time::timeout(Duration::from_secs(30), ended)
            .await
            .expect("it stops")
            .unwrap();
        assert!(status.success(), "{status}");
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, Value::Null).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}\n{}", self.log());
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    fn log(&self) -> String {
        let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        log.lines().rev().take(30).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.engine.kill();
        let _ = self.engine.wait();
    }
}

fn spawn(dir: &TempDir) -> Child {
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(dir.path().join("log"))
        .unwrap();
    Command::new(env!("CARGO_BIN_EXE_apicall-engine"))
        .arg("serve")
        .arg("--config")
        .arg(dir.path().join("apicall.toml"))
        .env("APICALL_ADMIN_PASSWORD", "laboratory")
        .stderr(log)
        .spawn()
        .unwrap()
}

/// The carrier's log: date, time, seconds since 1970 with a fraction, number.
fn read_invites() -> Vec<Invite> {
    let text = fs::read_to_string(PathBuf::from(lab("_INVITES"))).unwrap();
    let invite = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let (seconds, fraction) = words[2].split_once('.').unwrap();
        let at_ms = seconds.parse::<i64>().unwrap() * 1_000 + fraction[..3].parse::<i64>().unwrap();
        Invite {
            at_ms,
            number: words[3].to_owned(),
        }
    };
    text.lines().filter(|line| !line.is_empty()).map(invite).collect()
}

/// INVITEs by number.
pub(crate) fn by_number(invites: &[Invite]) -> BTreeMap<String, usize> {
    invites.iter().fold(BTreeMap::new(), |mut counts, invite| {
        *counts.entry(invite.number.clone()).or_default() += 1;
        counts
    })
}

/// The most in any sliding second; sorted milliseconds.
pub(crate) fn most_in_a_second(at_ms: &[i64]) -> usize {
    let within = |from: usize| {
        at_ms[from..]
            .iter()
            .take_while(|at| **at - at_ms[from] < 1_000)
            .count()
    };
    (0..at_ms.len()).map(within).max().unwrap_or(0)
}
