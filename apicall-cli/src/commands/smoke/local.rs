//! An engine of our own for a run: a temporary store, an emulated switch, ports of the system's choice.

use super::Script;
use crate::cli::Pbx;
use crate::error::Error;
use crate::output;
use crate::remote::Remote;
use apicall_core::api::{EngineHealth, LoggedIn, Login, NewTrunk};
use apicall_core::model::{Limits, Trunk, TrunkName};
use apicall_core::scenario::Subject;
use serde_json::Value;
use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// It listens, and its switch is up, within this time.
const STARTED: Duration = Duration::from_secs(30);
/// Between two looks at its health.
const LOOK: Duration = Duration::from_millis(50);
/// The trunk of files that name none.
const TRUNK: &str = "emulated";
const CONFIGURATION: &str = "[http]
listen = \"127.0.0.1:0\"
[store]
url = \"sqlite://apicall.db\"
[log]
format = \"json\"
[webhooks]
allow = [\"127.0.0.0/8\", \"::1/128\"]
[[switch]]
name = \"emulated\"
kind = \"emulator\"
";

/// A running engine; it ends when dropped, with all it kept.
pub(super) struct Engine {
    remote: Remote,
    child: Child,
    _home: TempDir,
}

/// A project lives on an engine that is there; one that is started for the run has none.
pub(super) fn refuse_projects(scripts: &[Script]) -> Result<(), Error> {
    let of_project = |script: &&Script| matches!(script.scenario.subject, Subject::Project(_));
    match scripts.iter().find(of_project) {
        Some(script) => Err(Error::Usage(format!(
            "{}: `project` is on an engine that is there; with --local the file brings a `flow`",
            script.path
        ))),
        None => Ok(()),
    }
}

/// Gives every script a trunk, as on an engine with several each has to name its own; all names there are then.
pub(super) fn name_trunks(scripts: &mut [Script]) -> BTreeSet<TrunkName> {
    let usual = || TRUNK.parse().expect("a word is a name");
    let named = |script: &mut Script| script.scenario.trunk.get_or_insert_with(usual).clone();
    scripts.iter_mut().map(named).collect()
}

impl Engine {
    /// Starts it, logs in, and makes the trunks that calls leave by.
    pub(super) async fn start(pbx: Pbx, trunks: &BTreeSet<TrunkName>) -> Result<Self, Error> {
        let program = program();
        refuse_another_version(&program).await?;
        let home = tempfile::tempdir()?;
        let config = home.path().join("apicall.toml");
        std::fs::write(&config, format!("{CONFIGURATION}pbx = \"{}\"\n", pbx.as_str()))?;
        let password = format!("{:032x}", rand::random::<u128>());
        let mut command = Command::new(&program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("APICALL")) {
            command.env_remove(name);
        }
        command
            .arg("--config")
            .arg(&config)
            .args(["serve", "--while-stdin"])
            .current_dir(home.path());
        command.env("APICALL_ADMIN_PASSWORD", &password);
        // It ends with its stdin, so that nothing is left of a run that was killed.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| cannot_start(&program, &error))?;
        let Some(log) = child.stderr.take() else {
            return Err(Error::Unreachable(
                "--local: the engine has no log to read".to_owned(),
            ));
        };
        let started = tokio::time::timeout(STARTED, enter(log, password, trunks)).await;
        let remote = started.map_err(|_| unready())??;
        Ok(Self {
            remote,
            child,
            _home: home,
        })
    }

    pub(super) fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Ends it; nothing of it is to be kept.
    pub(super) async fn stop(mut self) {
        if let Err(error) = self.child.kill().await {
            output::remark(&format!("--local: the engine cannot be ended: {error}"));
        }
    }
}

/// The engine beside this program, else the one in PATH.
fn program() -> PathBuf {
    let name = format!("apicall-engine{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().ok().map(|own| own.with_file_name(&name));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| name.into())
}

fn cannot_start(program: &Path, error: &std::io::Error) -> Error {
    let program = program.display();
    Error::Usage(format!(
        "--local: cannot start {program}: {error}; put it beside apicall-cli or into PATH"
    ))
}

/// An engine of another version may not know what it is told, and would blame the configuration for it.
async fn refuse_another_version(program: &Path) -> Result<(), Error> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(STARTED, command.output()).await;
    let output = output
        .map_err(|_| unready())?
        .map_err(|error| cannot_start(program, &error))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let found = told
        .trim()
        .strip_prefix("apicall-engine ")
        .unwrap_or("another program");
    let needed = env!("CARGO_PKG_VERSION");
    if found == needed {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "--local: {} is {found}, and this apicall-cli needs apicall-engine {needed}; put that beside it or into PATH",
        program.display()
    )))
}

fn unready() -> Error {
    Error::Unreachable(format!(
        "--local: the engine was not ready within {} s",
        STARTED.as_secs()
    ))
}

/// Waits until the engine listens and its switch is up; logs in.
async fn enter(log: ChildStderr, password: String, trunks: &BTreeSet<TrunkName>) -> Result<Remote, Error> {
    let mut lines = BufReader::new(log).lines();
    let base = format!("http://{}", address(&mut lines).await?);
    // Somebody has to read on, or the engine waits for it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let stranger = Remote::to(base.clone(), None)?;
    let login = Login {
        username: "admin".to_owned(),
        password,
    };
    let answer: LoggedIn = stranger.post("/login", &login).await?;
    let remote = Remote::to(base, Some(answer.token))?;
    while remote.get::<EngineHealth>("/health", &()).await?.status != "ok" {
        tokio::time::sleep(LOOK).await;
    }
    for name in trunks {
        let trunk = NewTrunk {
            name: name.clone(),
            switch: None,
            prefix: String::new(),
            limits: Limits::default(),
            caller_id_format: None,
            // A scenario says what fails, and is called all the same.
            breaker: Some(false),
        };
        remote.post::<Trunk>("/trunks", &trunk).await?;
    }
    Ok(remote)
}

/// Where the engine listens, from its log; its last words when it ends before.
async fn address(lines: &mut Lines<BufReader<ChildStderr>>) -> Result<String, Error> {
    let mut last = String::new();
    while let Some(line) = lines.next_line().await? {
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        if said["fields"]["message"] == "listening"
            && let Some(address) = said["fields"]["address"].as_str()
        {
            return Ok(address.to_owned());
        }
        last = line;
    }
    Err(Error::Unreachable(format!(
        "--local: the engine ended before it listened: {last}"
    )))
}
