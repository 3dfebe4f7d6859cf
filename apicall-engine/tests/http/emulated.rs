//! Calls through a switch that is not there: the engine starts it itself and drives it over its sockets.

use super::engine::{Engine, Home};
use super::service::Service;
use apicall_core::scenario::{Scenario, Subject, judge};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

pub(super) const SWITCH: &str = "[[switch]]\nname = \"here\"\nkind = \"emulator\"\n";
pub(super) const FREESWITCH: &str =
    "[[switch]]\nname = \"here\"\nkind = \"emulator\"\npbx = \"freeswitch\"\n";
/// Where transfers of the ready-made flow go: somebody who talks for three seconds.
const OVERFLOW: &str = "+573009999930";
/// As in the lab.
const DETECTION: &str = "2500|1500|1000|5000|100|50|4|256";
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

pub(super) async fn until<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let looking = async {
        while !done().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, looking).await;
    assert!(waited.is_ok(), "{what} never came");
}

/// An engine with emulated switches that are up.
pub(super) async fn up(home: &Home) -> Engine {
    let engine = Engine::start(home).await;
    until("the switch", async || {
        engine.get("/health").await.1["status"] == "ok"
    })
    .await;
    engine
}

/// One with a switch, a trunk, and a project with the ready-made flow.
pub(super) async fn ready(home: &Home, amd: Option<&str>) -> (Engine, Value) {
    let engine = up(home).await;
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let project = project(&engine, &trunk, amd).await;
    (engine, project)
}

/// A project with the ready-made flow, whose calls leave by that trunk.
async fn project(engine: &Engine, trunk: &Value, amd: Option<&str>) -> Value {
    let project = json!({
        "name": "tenant", "country": "CO", "trunk": trunk["id"], "caller_id": "5551234", "ring_timeout_s": 6,
        "retry": { "max_attempts": 1 },
        "flow": { "simple": {
            "audio": "prueba", "expected_digit": "1", "overflow_number": OVERFLOW,
            "amd": amd,
        } },
    });
    engine.made("/projects", project).await["id"].clone()
}

pub(super) async fn ended(engine: &Engine, call: &Value) -> Value {
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

/// Calls one number of each kind, and waits for the end of all.
async fn campaign(engine: &Engine, project: &Value, name: &str) -> Vec<Value> {
    let campaign = json!({ "project": project, "name": name, "limits": { "cps": 50 } });
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
    let calls = calls["items"].as_array().unwrap().clone();
    assert_eq!(calls.len(), 16);
    calls
}

#[tokio::test]
async fn every_contact_ends_as_its_callee_of_the_lab_behaves() {
    for switch in [SWITCH, FREESWITCH] {
        let home = Home::with(switch);
        let (engine, project) = ready(&home, Some(DETECTION)).await;
        for call in &campaign(&engine, &project, "all").await {
            assert_as_in_the_lab(call);
        }
        assert_eq!(engine.stop().code(), Some(0));
    }
}

fn assert_as_in_the_lab(call: &Value) {
    let number = call["number"].as_str().unwrap();
    let row = CALLEES.iter().find(|row| number.ends_with(row[0])).unwrap();
    assert_eq!(told(call), row[1..], "{call}");
    if row[5] == "answered" {
        let talked = call["transfer"]["talked_ms"].as_u64().unwrap();
        assert!((2_500..4_500).contains(&talked), "{call}");
    }
}

/// An Asterisk and a FreeSWITCH in one engine, a trunk on each, and one project that goes from the one to the other.
#[tokio::test]
async fn a_project_is_called_on_either_of_two_switches() {
    let home = Home::with(&format!("{SWITCH}{}", FREESWITCH.replace("here", "there")));
    let engine = up(&home).await;
    let mut trunks = Vec::new();
    for switch in ["here", "there"] {
        let trunk = json!({ "name": format!("by-{switch}"), "switch": switch });
        trunks.push((switch, engine.made("/trunks", trunk).await));
    }
    let project = project(&engine, &trunks[0].1, Some(DETECTION)).await;
    for (switch, trunk) in &trunks {
        let path = format!("/projects/{project}");
        let (status, changed) = engine.patch(&path, json!({ "trunk": trunk["id"] })).await;
        assert_eq!(status, 200, "{changed}");
        for call in &campaign(&engine, &project, switch).await {
            assert_eq!(call["switch"], *switch, "{call}");
            assert_as_in_the_lab(call);
        }
    }
    // And a call may go its own way.
    let call = json!({ "project": project, "number": "3000000110", "trunk": trunks[0].1["id"] });
    let (status, call) = engine.post("/calls", call).await;
    assert_eq!(status, 202, "{call}");
    let call = ended(&engine, &call).await;
    assert_eq!(
        (&call["switch"], told(&call)[0]),
        (&json!("here"), "busy"),
        "{call}"
    );
    assert_eq!(engine.stop().code(), Some(0));
}

#[test]
fn a_freeswitch_alone_tells_its_address_and_how_to_log_in() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_apicall-engine"));
    let mut emulator = program
        .args(["emulate", "freeswitch", "--user", "apicall@here"])
        .env("APICALL_EMULATOR_PASSWORD", "s3cret")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(emulator.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let esl = lines.next().unwrap();
    let esl = esl.strip_prefix("APICALL_EMULATOR_ESL=").unwrap();
    assert_eq!(lines.next().unwrap(), "APICALL_EMULATOR_PASSWORD=s3cret");
    let mut client = std::net::TcpStream::connect(esl).unwrap();
    let mut heard = BufReader::new(client.try_clone().unwrap())
        .lines()
        .map(Result::unwrap);
    assert_eq!(heard.next().unwrap(), "Content-Type: auth/request");
    client.write_all(b"userauth apicall@here:s3cret\n\n").unwrap();
    assert_eq!(heard.nth(2).unwrap(), "Reply-Text: +OK accepted");
    emulator.stdin.take().unwrap().write_all(b"close\n").unwrap();
    assert_eq!(lines.next().unwrap(), "OK close");
    assert!(heard.any(|line| line == "The system is being shut down."));
    let pid = emulator.id().to_string();
    let ended = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(ended.success());
    assert!(emulator.wait().unwrap().success());
}

#[tokio::test]
async fn a_call_says_how_its_callees_behave() {
    let home = Home::with(SWITCH);
    let (engine, project) = ready(&home, Some(DETECTION)).await;
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

/// Call files instead of actions.
#[tokio::test]
async fn calls_are_placed_by_file_too() {
    let spool = tempfile::tempdir().unwrap();
    let dir = spool.path().join("outgoing");
    std::fs::create_dir(&dir).unwrap();
    let spooled = format!("originate = \"spool\"\nspool_dir = \"{}\"\n", dir.display());
    let home = Home::with(&format!("{SWITCH}{spooled}"));
    let (engine, project) = ready(&home, Some(DETECTION)).await;
    let callee = json!({ "ring_ms": 100, "says": "human", "do": [{ "upon": "prueba", "after_ms": 300, "press": "1" }] });
    for (callee, ends) in [
        (callee, ["answered", "human", "transferred", "1", "answered"]),
        (json!({ "response": "busy" }), ["busy", "", "", "", ""]),
        (
            json!({ "ring_ms": 2, "response": "no_answer" }),
            ["no_answer", "", "", "", ""],
        ),
    ] {
        let variables = json!({
            "APICALL_CALLEE": callee.to_string(), "APICALL_TRANSFER_CALLEE": r#"{"do":[{"hang_up":true}]}"#,
        });
        let call = json!({ "project": project, "number": "3001234510", "variables": variables });
        let (status, call) = engine.post("/calls", call).await;
        assert_eq!(status, 202, "{call}");
        let call = ended(&engine, &call).await;
        assert_eq!(told(&call), ends, "{call}");
    }
    until("an empty spool", async || {
        std::fs::read_dir(&dir).unwrap().next().is_none()
    })
    .await;
    assert_eq!(engine.stop().code(), Some(0));
}

/// A scenario file whose flow asks a service, from the key pressed to the agent that the service names.
#[tokio::test]
async fn a_flow_asks_a_service_on_the_way_to_the_agent() {
    let service = Service::start(|_| ("200 OK", r#"{"agent":{"number":"+573009999930"}}"#)).await;
    let (url, mut asked) = (service.url, service.asked);
    let file = format!(
        r#"
flow:
  start: menu
  steps:
    menu: {{ do: gather, sounds: [prueba], max_digits: 1, any: ask }}
    ask: {{ do: webhook, url: "{url}/calls/{{call_id}}", body: {{ choice: "{{digits}}", who: "{{number}}" }}, save: {{ agent: /agent/number }}, next: agent }}
    agent: {{ do: transfer, to: {{ number: "{{agent}}" }} }}
country: CO
cases:
  - name: asks
    callee: {{ do: [{{ upon: prueba, press: "7" }}] }}
    transfer_callee: {{ do: [{{ hang_up: true }}] }}
    expect:
      result: transferred
      transfer: {{ target: "+573009999930", result: answered }}
      variables: {{ agent: "+573009999930" }}
      webhooks: [{{ step: ask, url: "{url}", status: 200, failed: false }}]
"#
    );
    let scenario = Scenario::parse(&file).unwrap_or_else(|faults| panic!("{faults}"));
    let Subject::Flow(carried) = &scenario.subject else {
        panic!("it brings its flow")
    };
    let home = Home::with(&format!("[webhooks]\nallow = [\"127.0.0.1/32\"]\n{SWITCH}"));
    let (engine, _) = ready(&home, None).await;
    let project = json!({ "name": "hooks", "country": "CO", "trunk": 1, "flow": carried.flow });
    let project = engine.made("/projects", project).await["id"].clone();
    let case = &scenario.cases[0];
    let call =
        json!({ "project": project, "number": "3001234567", "variables": case.variables_with_callees() });
    let (status, call) = engine.post("/calls", call).await;
    assert_eq!(status, 202, "{call}");
    let call = ended(&engine, &call).await;
    let sent = asked.recv().await.unwrap();
    let line = format!("POST /calls/{} HTTP/1.1\r\n", call["id"].as_str().unwrap());
    assert!(
        sent.starts_with(&line) && sent.ends_with(r#"{"choice":"7","who":"+573001234567"}"#),
        "{sent}"
    );
    let detail = serde_json::from_value(call).unwrap();
    let failed: Vec<_> = judge(&case.expect, &detail)
        .into_iter()
        .filter(|verdict| !verdict.met)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(engine.stop().code(), Some(0));
}

#[test]
fn a_spool_that_is_not_there_is_told() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_apicall-engine"));
    let output = program
        .args(["emulate", "asterisk", "--spool", "/nowhere/outgoing"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1)
            && told.contains("the spool /nowhere/outgoing cannot be read; give a directory that is there: "),
        "{told}"
    );
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
        ":4:5: callees[1]: a rule has one of number, starts_with and ends_with",
        ":5:5: callees[2]: a rule has either `callee` or `shares`",
        ":6:13: callees[3].shares: nobody has a share; give at least one a weight",
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

/// Calls are placed over many connections at once until the engine is killed: each that was accepted is there afterwards.
#[tokio::test]
async fn calls_that_were_accepted_survive_a_kill() {
    let home = Home::with(&format!("[limits]\ncps = 0.001\n{SWITCH}"));
    let (mut engine, project) = ready(&home, None).await;
    let (accept, mut accepted) = tokio::sync::mpsc::unbounded_channel();
    let mut asking = tokio::task::JoinSet::new();
    for connection in 0..16 {
        let (client, url, token) = (engine.client.clone(), engine.url("/calls"), engine.token.clone());
        let (accept, project) = (accept.clone(), project.clone());
        asking.spawn(async move {
            for n in 0.. {
                let number = format!("300{:07}", 1_000_000 + 100_000 * connection + n);
                let call = json!({ "project": project, "number": number });
                let Ok(answer) = client.post(&url).bearer_auth(&token).json(&call).send().await else {
                    return;
                };
                assert_eq!(answer.status(), 202);
                let Ok(call) = answer.json::<Value>().await else {
                    return;
                };
                accept.send(call["id"].as_str().unwrap().to_owned()).unwrap();
            }
        });
    }
    drop(accept);
    let mut ids = Vec::new();
    while ids.len() < 400 {
        ids.push(accepted.recv().await.unwrap());
    }
    engine.signal("-KILL");
    engine.ended();
    asking.join_all().await;
    while let Some(id) = accepted.recv().await {
        ids.push(id);
    }
    let again = Engine::start(&home).await;
    for id in ids {
        assert_eq!(again.get(&format!("/calls/{id}")).await.0, 200, "{id}");
    }
}
