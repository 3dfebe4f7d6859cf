//! An engine beside the lab's switch.

pub(crate) mod parity;

use crate::driver::{Engine, LOOK};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// Flows may ask services of the machine itself.
const LOCAL_SERVICES: &str = "[webhooks]\nallow = ['127.0.0.1/32']\n";

/// There is one lab, and one story at a time in it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

pub(crate) struct Lab {
    engine: Engine,
    seen_invites: usize,
    overflow: String,
    _turn: MutexGuard<'static, ()>,
}

/// What the carrier got.
pub(crate) struct Invite {
    pub(crate) at_ms: i64,
    pub(crate) number: String,
    pub(crate) caller_id: String,
}

fn lab(name: &str) -> String {
    env::var(format!("APICALL_LAB{name}")).expect("run in the lab: dev/lab run -- cargo test …")
}

/// A size from the environment.
pub(crate) fn size(name: &str, usual: usize) -> usize {
    env::var(name).map_or(usual, |text| text.parse().expect("a size is a number"))
}

/// Which of these, by the environment; all of them as a rule.
pub(crate) fn chosen<const N: usize>(name: &str, all: [&'static str; N]) -> Vec<&'static str> {
    let asked = env::var(name).unwrap_or_else(|_| all.join(","));
    let one = |word: &str| all.into_iter().find(|known| *known == word);
    asked
        .split(',')
        .map(|word| one(word).unwrap_or_else(|| panic!("{name}: {word} is none of {all:?}")))
        .collect()
}

impl Deref for Lab {
    type Target = Engine;
    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl DerefMut for Lab {
    fn deref_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

impl Lab {
    /// What the lab's switch is.
    pub(crate) fn kind() -> &'static str {
        match lab("_SWITCH").as_str() {
            "freeswitch" => "freeswitch",
            _ => "asterisk",
        }
    }

    /// The ways in which calls can be asked for.
    pub(crate) fn ways() -> Vec<&'static str> {
        match Self::kind() {
            "freeswitch" => chosen("APICALL_LAB_WAYS", ["esl"]),
            _ => chosen("APICALL_LAB_WAYS", ["ami", "spool"]),
        }
    }

    /// The lab's switch, and its usual way.
    pub(crate) async fn start() -> Self {
        Self::start_by(Self::ways()[0]).await
    }

    pub(crate) async fn start_by(way: &str) -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let switch = match way {
            "esl" => freeswitch(),
            originate => asterisk(originate),
        };
        let config = format!(
            "[limits]\ndrain_s = 5\n{LOCAL_SERVICES}[[switch]]\nname = 'pbx1'\ndial = '{}'\n{switch}",
            lab("_DIAL")
        );
        let seen_invites = read_invites().len();
        let engine = Engine::start(Path::new(env!("CARGO_BIN_EXE_apicall-engine")), &config).await;
        // No story is about its breaker, and some fail calls on purpose.
        let trunk = json!({ "name": lab("_TRUNK"), "breaker": false });
        engine.post("/trunks", trunk).await;
        Self {
            engine,
            seen_invites,
            overflow: "+573009999930".to_owned(),
            _turn: turn,
        }
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
        self.post("/projects", project).await["id"].as_i64().unwrap()
    }

    /// A project with a flow of its own, whose calls leave by a trunk.
    pub(crate) async fn flow(&self, flow: Value, trunk: i64) -> i64 {
        let project = json!({
            "name": format!("by trunk {trunk}"), "country": "CO", "trunk": trunk, "caller_id": "5551234", "ring_timeout_s": 8,
            "flow": { "custom": flow }, "retry": { "max_attempts": 1 },
        });
        self.post("/projects", project).await["id"].as_i64().unwrap()
    }

    /// Calls a number, and tells what came of it.
    pub(crate) async fn call(&self, project: i64, number: &str) -> Value {
        let call = json!({ "project": project, "number": number });
        let id = self.post("/calls", call).await["id"].as_str().unwrap().to_owned();
        let over = async {
            loop {
                let call = self.get(&format!("/calls/{id}")).await;
                if call["state"] == "ended" {
                    return call;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), over).await;
        waited.unwrap_or_else(|_| panic!("the call to {number} did not end\n{}", self.log()))
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

    /// The INVITEs of this story.
    pub(crate) fn invites(&self) -> Vec<Invite> {
        read_invites().split_off(self.seen_invites)
    }

    /// Proves from the records of this story, the carrier's too, that the rules were kept.
    pub(crate) fn audit(&self) -> Value {
        let text = fs::read_to_string(lab("_INVITES")).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.is_empty())
            .skip(self.seen_invites);
        let own = tempfile::NamedTempFile::new().unwrap();
        fs::write(own.path(), lines.collect::<Vec<_>>().join("\n")).unwrap();
        self.engine.audit(Some(own.path()))
    }

    /// Calls may need a moment to be taken down after their hang-up.
    pub(crate) async fn assert_no_channel(&self) {
        self.assert_no_channel_within(Duration::from_secs(10)).await;
    }

    pub(crate) async fn assert_no_channel_within(&self, time: Duration) {
        let gone = async {
            while self.command(&["channels"]).trim() != "0" {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(time, gone)
            .await
            .expect("the switch has no channel left");
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

    /// Brings a caller to the extension of the dialplan that hands over to this project.
    pub(crate) fn visit(&self, project: i64) {
        let command = match Self::kind() {
            "freeswitch" => format!("bgapi originate loopback/{project}/visitor caller XML desk"),
            _ => format!("channel originate Local/{project}@visitor extension caller@desk"),
        };
        self.command(&["cli", &command]);
    }

    /// Waits until that extension has gone on, and has kept this.
    pub(crate) async fn goes_on(&self, project: i64, kept: &str) {
        let (command, name) = match Self::kind() {
            "freeswitch" => (format!("global_getvar WENT_ON_{project}"), String::new()),
            _ => ("dialplan show globals".to_owned(), format!("WENT_ON_{project}=")),
        };
        let kept = format!("{name}{kept}");
        let gone_on = async {
            while !self.command(&["cli", &command]).contains(&kept) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(40), gone_on).await;
        waited.unwrap_or_else(|_| panic!("the visitor of {project} did not go on\n{}", self.log()));
    }

    /// Waits until the one visitor of this story is in this state; its record.
    pub(crate) async fn visitor(&self, state: &str) -> Value {
        let look = async {
            loop {
                let calls = self.get("/calls?origin=dialplan").await;
                let mut calls = calls["items"].as_array().unwrap().iter();
                if let Some(call) = calls.find(|call| call["state"] == state) {
                    return call.clone();
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(40), look).await;
        waited.unwrap_or_else(|_| panic!("no visitor is {state}\n{}", self.log()))
    }

    /// A file that FreeSWITCH recorded.
    pub(crate) fn recording(&self, name: &str) -> Vec<u8> {
        fs::read(Path::new(&lab("_RECORDINGS")).join(format!("{name}.wav"))).unwrap()
    }

    pub(crate) async fn stop(self) {
        self.engine.stop().await;
    }
}

fn asterisk(originate: &str) -> String {
    format!(
        "kind = 'asterisk'\nami = '{}'\nuser = '{}'\nsecret = '{}'\nagi_listen = '{}'\noriginate = '{originate}'\n\
         spool_dir = '{}'\n",
        lab("_AMI"),
        lab("_AMI_USER"),
        lab("_AMI_SECRET"),
        lab("_AGI"),
        lab("_SPOOL"),
    )
}

fn freeswitch() -> String {
    format!(
        "kind = 'freeswitch'\nesl = '{}'\npassword = '{}'\nvisitors_listen = '{}'\nsounds = '{}'\nrecordings = '{}'\n",
        lab("_ESL"),
        lab("_ESL_PASSWORD"),
        lab("_VISITORS"),
        lab("_SOUNDS"),
        lab("_RECORDINGS"),
    )
}

/// The carrier's log: date, time, seconds since 1970 with a fraction, number, caller id.
fn read_invites() -> Vec<Invite> {
    let text = fs::read_to_string(PathBuf::from(lab("_INVITES"))).unwrap();
    let invite = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let (seconds, fraction) = words[2].split_once('.').unwrap();
        let at_ms = seconds.parse::<i64>().unwrap() * 1_000 + fraction[..3].parse::<i64>().unwrap();
        Invite {
            at_ms,
            number: words[3].to_owned(),
            caller_id: words.get(4).copied().unwrap_or_default().to_owned(),
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
