//! An engine in a process of its own, driven over its API: what the lab's stories and the bench have in common.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;
use tempfile::TempDir;

/// Between two looks at something that takes time.
pub(crate) const LOOK: Duration = Duration::from_millis(100);
/// The same for who measures, and asks as seldom as a dashboard.
const SELDOM: Duration = Duration::from_millis(500);
/// No answer takes this long, whatever is broken.
const PATIENCE: Duration = Duration::from_secs(15);
const PASSWORD: &str = "laboratory";

/// What an engine's process is told beside its configuration.
pub(crate) type Environment = Vec<(&'static str, String)>;

pub(crate) struct Engine {
    client: Client,
    token: String,
    base: String,
    binary: PathBuf,
    store: String,
    environment: Environment,
    process: Child,
    dir: TempDir,
}

impl Engine {
    /// Starts one with a store of its own; `config` says the rest. On return its switches are up.
    pub(crate) async fn start(binary: &Path, config: &str) -> Self {
        Self::start_in(binary, tempfile::tempdir().unwrap(), None, config, Vec::new()).await
    }

    /// The same on a store that is somewhere else.
    #[allow(dead_code, reason = "for the bench")]
    pub(crate) async fn start_on(binary: &Path, store: &str, config: &str) -> Self {
        Self::start_with(binary, store, config, Vec::new()).await
    }

    /// The same in an environment.
    #[allow(dead_code, reason = "for stories of faults")]
    pub(crate) async fn start_with(
        binary: &Path,
        store: &str,
        config: &str,
        environment: Environment,
    ) -> Self {
        Self::start_in(
            binary,
            tempfile::tempdir().unwrap(),
            Some(store),
            config,
            environment,
        )
        .await
    }

    async fn start_in(
        binary: &Path,
        dir: TempDir,
        store: Option<&str>,
        config: &str,
        environment: Environment,
    ) -> Self {
        // A second installation is refused, and needless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listen = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let file = format!("sqlite://{}", dir.path().join("apicall.db").display());
        let store = store.map_or(file, str::to_owned);
        let own = format!("[http]\nlisten = '{listen}'\n[store]\nurl = '{store}'\n");
        fs::write(dir.path().join("apicall.toml"), own + config).unwrap();
        let mut started = Self {
            client: Client::new(),
            token: String::new(),
            base: format!("http://{listen}/api/v1"),
            binary: binary.to_owned(),
            process: spawn(binary, &dir, &environment),
            store,
            environment,
            dir,
        };
        started.ready().await;
        started
    }

    /// Waits until all switches are up, and logs in.
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
        let login = json!({ "username": "admin", "password": PASSWORD });
        let answer = self.post("/login", login).await;
        self.token = answer["token"].as_str().unwrap().to_owned();
    }

    /// Makes a campaign of these numbers, and starts it.
    pub(crate) async fn campaign(&self, project: i64, limits: Value, numbers: &[String]) -> i64 {
        let id = self.prepare(project, limits, numbers).await;
        self.begin(id).await;
        id
    }

    pub(crate) async fn begin(&self, campaign: i64) {
        self.post(&format!("/campaigns/{campaign}/start"), Value::Null)
            .await;
    }

    /// Makes a campaign of these numbers.
    pub(crate) async fn prepare(&self, project: i64, limits: Value, numbers: &[String]) -> i64 {
        let name = format!("{} from {}", numbers.len(), numbers[0]);
        let new = json!({ "project": project, "name": name, "limits": limits });
        let id = self.post("/campaigns", new).await["id"].as_i64().unwrap();
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
        id
    }

    pub(crate) async fn finish(&self, campaign: i64, within: Duration) {
        let finished = async {
            while self.get(&format!("/campaigns/{campaign}")).await["state"] != "finished" {
                tokio::time::sleep(SELDOM).await;
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

    pub(crate) async fn calls(&self, campaign: i64) -> Vec<Value> {
        let mut all = vec![];
        self.each_call(campaign, |call| all.push(call.clone())).await;
        all
    }

    /// Sees every call of a campaign, a page in memory at a time.
    pub(crate) async fn each_call(&self, campaign: i64, mut see: impl FnMut(&Value)) {
        let mut after = String::new();
        loop {
            let page = self
                .get(&format!("/calls?campaign={campaign}&limit=1000{after}"))
                .await;
            page["items"].as_array().unwrap().iter().for_each(&mut see);
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return,
            }
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, Value::Null).await
    }

    /// The status of an answer, whatever it is; `None` when there is none in time.
    #[allow(dead_code, reason = "for stories of faults")]
    pub(crate) async fn status(&self, path: &str) -> Option<u16> {
        let request = self.client.get(format!("{}{path}", self.base));
        let answer = request.bearer_auth(&self.token).timeout(PATIENCE).send().await;
        answer.ok().map(|answer| answer.status().as_u16())
    }

    /// What comes of asking for something: the status, and whether it is told when to try again.
    #[allow(dead_code, reason = "for stories of faults")]
    pub(crate) async fn try_post(&self, path: &str, body: Value) -> (u16, bool) {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        let answer = request.json(&body).timeout(PATIENCE).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.headers().contains_key("retry-after"),
        )
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, path, body).await
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

    /// Where it listens, as an address and as the beginning of a URL.
    #[allow(dead_code, reason = "for the bench")]
    pub(crate) fn address(&self) -> String {
        self.origin().replace("http://", "")
    }

    #[allow(dead_code, reason = "for the bench")]
    pub(crate) fn origin(&self) -> String {
        self.base.replace("/api/v1", "")
    }

    #[allow(dead_code, reason = "for the bench")]
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Proves from the records, and from what the carrier got, that the rules were kept; what the audit says.
    #[allow(dead_code, reason = "for stories of faults")]
    pub(crate) fn audit(&self, carrier: Option<&Path>) -> Value {
        let mut audit = Command::new(&self.binary);
        audit.args(["audit", "-o", "json", "--store", &self.store]);
        if let Some(carrier) = carrier {
            audit.arg("--carrier").arg(carrier);
        }
        let output = audit.output().unwrap();
        let (told, failed) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(
            output.status.success(),
            "{}: {failed}{told}\n{}",
            output.status,
            self.log()
        );
        serde_json::from_str(&told).unwrap()
    }

    /// Its configuration.
    #[allow(dead_code, reason = "for stories of faults")]
    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("apicall.toml")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        log.lines().rev().take(30).collect::<Vec<_>>().join("\n")
    }

    /// SIGKILL.
    #[allow(dead_code, reason = "for stories of crashes")]
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again on the same store.
    #[allow(dead_code, reason = "for stories of crashes")]
    pub(crate) async fn start_again(&mut self) {
        self.process = spawn(&self.binary, &self.dir, &self.environment);
        self.ready().await;
    }

    /// The same in another environment.
    #[allow(dead_code, reason = "for stories of faults")]
    pub(crate) async fn start_again_with(&mut self, environment: Environment) {
        self.environment = environment;
        self.start_again().await;
    }

    /// SIGTERM, and a clean end.
    pub(crate) async fn stop(mut self) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || {
            let status = self.process.wait().unwrap();
            (status, self)
        });
        let (status, _) = tokio::time::timeout(Duration::from_secs(30), ended)
            .await
            .expect("it stops")
            .unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(binary: &Path, dir: &TempDir, environment: &Environment) -> Child {
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(dir.path().join("log"))
        .unwrap();
    Command::new(binary)
        .arg("serve")
        .arg("--config")
        .arg(dir.path().join("apicall.toml"))
        .env("APICALL_ADMIN_PASSWORD", PASSWORD)
        .envs(environment.iter().cloned())
        .stderr(log)
        .spawn()
        .unwrap()
}
