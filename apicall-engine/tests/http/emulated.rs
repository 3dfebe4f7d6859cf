//! Calls through a switch that is not there: the engine starts it itself and drives it over its sockets.

use super::engine::{Engine, Home};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

const SWITCH: &str = "[[switch]]\nname = \"here\"\nkind = \"emulator\"\n";
/// Where transfers of the ready-made flow go: somebody who talks for three seconds.
const OVERFLOW: &str = "+573009999930";
const LOOK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);

/// Digits, outcome, answered_by, result, keys, transfer: what `docs/lab.md` says of a call with the ready-made flow.
const CALLEES: [[&str; 6]; 16] = [
    ["01", "answered", "human", "transferred", "1", "answered"],
    ["02", "answered", "human", "transferred", "1", "answered"],
    ["03", "answered", "human", "transferred", "21", "answered"],
    ["04", "answered", "human", "wrong_input", "23", ""],
    ["05", "answered", "human", "no_input", "", ""],
    ["06", "answered", "human", "hung_up", "", ""],
    ["07", "answered", "unknown", "hung_up", "", ""],
    ["08", "answered", "human", "transferred", "1", "answered"],
    ["09", "answered", "machine", "machine", "", ""],
    ["10", "busy", "", "", "", ""],
    ["11", "unreachable", "", "", "", ""],
    ["12", "invalid_number", "", "", "", ""],
    ["13", "congestion", "", "", "", ""],
    ["14", "rejected", "", "", "", ""],
    ["15", "no_answer", "", "", "", ""],
    ["16", "answered", "human", "transferred", "1", "answered"],
];

async fn until<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let looking = async {
        while !done().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, looking).await;
    assert!(waited.is_ok(), "{what} never came");
}

/// An engine with an emulated switch that is up, a trunk, and a project with the ready-made flow.
async fn ready(home: &Home) -> (Engine, Value) {
    let engine = Engine::start(home).await;
    until("the switch", async || {
        engine.get("/health").await.1["status"] == "ok"
    })
    .await;
    engine.made("/trunks", json!({ "name": "carrier" })).await;
    let project = json!({
        "name": "tenant", "country": "CO", "trunk": 1, "caller_id": "5551234", "ring_timeout_s": 6,
        "retry": { "max_attempts": 1 },
        "flow": { "simple": {
            "audio": "prueba", "expected_digit": "1", "overflow_number": OVERFLOW,
            "amd": "2500|1500|1000|5000|100|50|4|256",
        } },
    });
    let project = engine.made("/projects", project).await["id"].clone();
    (engine, project)
}

async fn ended(engine: &Engine, call: &Value) -> Value {
    let path = format!("/calls/{}", call["id"].as_str().unwrap());
    until("the end of the call", async || {
        engine.get(&path).await.1["state"] == "ended"
    })
    .await;
    engine.get(&path).await.1
}

fn told(call: &Value) -> [&str; 5] {
    [
        "/outcome",
        "/answered_by",
        "/result",
        "/digits",
        "/transfer/status",
    ]
    .map(|place| call.pointer(place).and_then(Value::as_str).unwrap_or_default())
}

#[tokio::test]
async fn every_contact_ends_as_its_callee_of_the_lab_behaves() {
    let home = Home::with(SWITCH);
    let (engine, project) = ready(&home).await;
    let campaign = json!({ "project": project, "name": "all", "limits": { "cps": 50 } });
    let campaign = engine.made("/campaigns", campaign).await["id"].clone();
    let numbers: Vec<_> = CALLEES
        .iter()
        .map(|row| format!("+5730000001{}", row[0]))
        .collect();
    let path = format!("/campaigns/{campaign}");
    let list = format!("number\n{}\n", numbers.join("\n"));
    let (_, report) = engine.import(&format!("{path}/import"), list).await;
    assert_eq!(report["added"], 16, "{report}");
    engine.order(&format!("{path}/start")).await;
    until("the campaign's end", async || {
        engine.get(&path).await.1["state"] == "finished"
    })
    .await;
    let calls = engine.get(&format!("/calls?campaign={campaign}")).await.1;
    let calls = calls["items"].as_array().unwrap();
    assert_eq!(calls.len(), 16);
    for call in calls {
        let number = call["number"].as_str().unwrap();
        let row = CALLEES.iter().find(|row| number.ends_with(row[0])).unwrap();
        assert_eq!(told(call), row[1..], "{call}");
        if row[5] == "answered" {
            let talked = call["transfer"]["talked_ms"].as_u64().unwrap();
            assert!((2_500..4_500).contains(&talked), "{call}");
        }
    }
    assert_eq!(engine.stop().code(), Some(0));
}

#[tokio::test]
async fn a_call_says_how_its_callees_behave() {
    let home = Home::with(SWITCH);
    let (engine, project) = ready(&home).await;
    let callee = json!({
        "ring_ms": 100, "says": "human",
        "do": [
            { "upon": "prueba", "after_ms": 300, "press": "7" },
            { "upon": "prueba", "after_ms": 200, "press": "1" },
        ],
    });
    let call = json!({
        "project": project, "number": "3001234510",
        "variables": {
            "APICALL_CALLEE": callee.to_string(),
            "APICALL_TRANSFER_CALLEE": r#"{"response":"busy"}"#,
        },
    });
    let (status, call) = engine.post("/calls", call).await;
    assert_eq!(status, 202, "{call}");
    let call = ended(&engine, &call).await;
    assert_eq!(
        told(&call),
        ["answered", "human", "transfer_failed", "71", "busy"],
        "{call}"
    );
    let seen = engine.get("/stats").await.1;
    assert_eq!(seen["switches"][0]["kind"], "emulator", "{seen}");
}

#[test]
fn a_broken_file_of_callees_is_refused_with_every_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("callees.yaml");
    let broken = "\
callees:
  - number: 57x
    callee: { response: engaged }
  - { number: 1, ends_with: 2, callee: {} }
  - number: 1
  - shares: [{ weight: 0 }]
sounds: { menu: long }
";
    std::fs::write(&file, broken).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_apicall-engine"));
    let output = program
        .args(["emulate", "asterisk", "--callees"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    for place in [
        ":2:13: callees[0].number: \"57x\" is no number: write digits",
        ":3:25: callees[0].callee.response: \"engaged\" is no response",
        ":4:5: callees[1]: \"number, ends_with, callee\" is no rule: give one of number",
        ":5:5: callees[2]: \"number\" is no rule: give either `callee` or `shares`",
        ":6:13: callees[3].shares: \"0\" is no shares: give at least one share a weight",
        ":7:17: sounds.menu: expected a whole number",
    ] {
        assert!(told.contains(&format!("callees.yaml{place}")), "{place}: {told}");
    }
}

#[test]
fn alone_it_tells_its_address_takes_faults_and_ends_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let callees = dir.path().join("callees.yaml");
    std::fs::write(&callees, "callees:\n  - callee: { response: busy }\n").unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_apicall-engine"));
    program.args([
        "emulate",
        "asterisk",
        "--as",
        "16",
        "--fault",
        "garbage@60m",
        "--callees",
    ]);
    let mut emulator = program
        .arg(&callees)
        .env("APICALL_EMULATOR_SECRET", "s3cret")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(emulator.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let ami = lines.next().unwrap();
    let ami = ami.strip_prefix("APICALL_EMULATOR_AMI=").unwrap();
    assert_eq!(lines.next().unwrap(), "APICALL_EMULATOR_USER=apicall");
    assert_eq!(lines.next().unwrap(), "APICALL_EMULATOR_SECRET=s3cret");
    let mut manager = BufReader::new(std::net::TcpStream::connect(ami).unwrap()).lines();
    assert_eq!(manager.next().unwrap().unwrap(), "Asterisk Call Manager/5.0.4");
    let mut stdin = emulator.stdin.take().unwrap();
    stdin.write_all(b"explode\n\xff\xfe close\nclose\n").unwrap();
    assert!(lines.next().unwrap().starts_with("ERROR "));
    assert!(lines.next().unwrap().starts_with("ERROR "), "what is no text");
    assert_eq!(lines.next().unwrap(), "OK close");
    assert!(manager.next().is_none(), "its connection is closed");
    let pid = emulator.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let status = emulator.wait().unwrap();
    assert!(status.success(), "{status}");
}
