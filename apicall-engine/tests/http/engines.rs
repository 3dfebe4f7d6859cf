//! Several engines on one MariaDB: what spans them holds whatever happens to one of them. The record is looked at as a whole,
//! whoever wrote which part of it.

use super::engine::{Engine, Home, project};
use super::service::Service;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

const CPS: usize = 40;
const CHANNELS: usize = 60;
const CONTACTS: usize = 1_000;
const LOOK: Duration = Duration::from_millis(200);
/// A lease, some retries, and the contacts at the rate, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(240);

/// What an engine of this name has of its own: a switch that is called as those of the others.
fn config(name: &str) -> String {
    format!("[engine]\nname = \"{name}\"\n[[switch]]\nname = \"pbx\"\nkind = \"emulator\"\n")
}

async fn until<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let looking = async {
        while !done().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, looking).await;
    assert!(waited.is_ok(), "{what} never came");
}

/// A project and its campaign, with limits that all engines share.
async fn furnish(engine: &Engine) -> Value {
    let trunk = json!({ "name": "carrier", "switch": "pbx", "limits": { "cps": CPS, "channels": CHANNELS } });
    let trunk = engine.made("/trunks", trunk).await["id"].clone();
    let project = json!({
        "name": "tenant", "country": "CO", "trunk": trunk, "ring_timeout_s": 6,
        "retry": { "max_attempts": 3, "delay_s": { "lost": 1 } },
        "flow": { "simple": { "audio": "prueba", "expected_digit": "1" } },
    });
    let project = engine.made("/projects", project).await["id"].clone();
    let campaign = json!({ "project": project, "name": "all" });
    let campaign = engine.made("/campaigns", campaign).await["id"].clone();
    // Busy, and those that hang up after the answer.
    let numbers = (0..CONTACTS).map(|n| format!("+573000{n:04}{}", if n % 4 == 0 { "06" } else { "10" }));
    let list = format!("number\n{}\n", numbers.collect::<Vec<_>>().join("\n"));
    let (_, report) = engine
        .import(&format!("/campaigns/{campaign}/import"), list)
        .await;
    assert_eq!(report["added"], CONTACTS, "{report}");
    campaign
}

async fn calls(engine: &Engine, campaign: &Value) -> Vec<Value> {
    let (mut all, mut after) = (vec![], String::new());
    loop {
        let page = engine
            .get(&format!("/calls?campaign={campaign}&limit=1000{after}"))
            .await
            .1;
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return all,
        }
    }
}

/// The merged record of all engines keeps every rule, and everybody was called.
fn expect_rules_kept(home: &Home) {
    let audit = home.audited();
    let judged = |rule: &str| {
        let lines = audit["rules"].as_array().unwrap();
        lines.iter().find(|line| line["rule"] == rule).unwrap()["judged"].as_u64()
    };
    assert_eq!(judged("one_call"), Some(CONTACTS as u64), "{audit}");
    assert!(judged("rate") >= Some(CONTACTS as u64), "{audit}");
}

#[tokio::test]
async fn limits_hold_over_three_engines_while_one_is_killed_and_another_joins() {
    let home = Home::with(&config("a"));
    let a = Engine::start(&home).await;
    let campaign = furnish(&a).await;
    let (home_b, home_c, home_d) = (
        home.beside(&config("b")),
        home.beside(&config("c")),
        home.beside(&config("d")),
    );
    let b = Engine::start(&home_b).await;
    let c = Engine::start(&home_c).await;
    a.order(&format!("/campaigns/{campaign}/start")).await;
    let stats = format!("/campaigns/{campaign}/stats");
    let called = async |most: u64| a.get(&stats).await.1["calls"].as_u64().unwrap() > most;
    until("a quarter", async || called(CONTACTS as u64 / 4).await).await;
    // SIGKILL, with calls of its own under way.
    drop(b);
    let d = Engine::start(&home_d).await;
    let path = format!("/campaigns/{campaign}");
    until("the end", async || c.get(&path).await.1["state"] == "finished").await;
    let calls = calls(&d, &campaign).await;
    expect_rules_kept(&home);
    let lost = calls.iter().filter(|call| call["outcome"] == "lost").count();
    assert!(lost > 0, "the calls of the killed one are accounted for");
    for engine in [a, c, d] {
        assert!(engine.stop().success());
    }
}

/// An engine that stood still for longer than its lease finds its calls taken over: it dials nobody any more, and stops.
#[tokio::test]
async fn an_engine_that_was_taken_for_dead_stops() {
    let home = Home::with(&config("a"));
    let a = Engine::start(&home).await;
    let campaign = furnish(&a).await;
    let home_b = home.beside(&config("b"));
    let mut b = Engine::start(&home_b).await;
    a.order(&format!("/campaigns/{campaign}/start")).await;
    let stats = format!("/campaigns/{campaign}/stats");
    until("some calls", async || {
        a.get(&stats).await.1["calls"].as_u64().unwrap() > 200
    })
    .await;
    b.signal("-STOP");
    let lost = async || a.get(&stats).await.1["by_outcome"]["lost"].as_u64().unwrap() > 0;
    until("its calls to be taken over", lost).await;
    b.signal("-CONT");
    b.wait_for("took this one for dead");
    assert!(!b.ended().success());
    let path = format!("/campaigns/{campaign}");
    until("the end", async || a.get(&path).await.1["state"] == "finished").await;
    expect_rules_kept(&home);
    assert!(a.stop().success());
}

/// What is asked of one engine is known to all.
#[tokio::test]
async fn what_one_engine_is_told_all_engines_do() {
    let home = Home::with(&config("a"));
    let a = Engine::start(&home).await;
    let campaign = furnish(&a).await;
    let home_b = home.beside(&config("b"));
    let b = Engine::start(&home_b).await;
    let path = format!("/campaigns/{campaign}");
    b.order(&format!("{path}/start")).await;
    let stats = format!("{path}/stats");
    until("calls", async || {
        a.get(&stats).await.1["calls"].as_u64().unwrap() > 20
    })
    .await;
    // Somebody who does not answer, for six seconds.
    let (status, call) = b
        .post("/calls", json!({ "project": 1, "number": "3001234515" }))
        .await;
    assert_eq!(status, 202, "{call}");
    let there = format!("/calls/{}", call["id"].as_str().unwrap());
    assert_eq!(a.get(&there).await.0, 200, "its record is everybody's");
    let refused = a.order(&format!("{there}/hangup")).await;
    assert_eq!(refused.0, 409, "{}", refused.1);
    a.order(&format!("{path}/stop")).await;
    until("quiet", async || a.get(&stats).await.1["live"] == 0).await;
    assert_eq!(b.get(&path).await.1["state"], "stopped");
    for engine in [a, b] {
        assert!(engine.stop().success());
    }
}

/// As many as one engine sends to one webhook at once.
const AT_ONCE: usize = 16;
const TESTS: usize = 40;

/// An engine that may send to this machine.
fn config_of_teller(name: &str) -> String {
    format!("{}[webhooks]\nallow = [\"127.0.0.0/8\"]\n", config(name))
}

async fn order_tests(engine: &Engine, count: usize) {
    for _ in 0..count {
        assert_eq!(engine.order("/webhooks/1/test").await.0, 202);
    }
}

/// Takes what a webhook is sent and answers nothing, until so many deliveries were begun.
async fn hold(silent: &TcpListener, held: &mut BTreeMap<String, TcpStream>, count: usize) {
    while held.len() < count {
        let (mut stream, _) = silent.accept().await.unwrap();
        let (mut asked, mut part) = (String::new(), [0; 4096]);
        while !asked.ends_with('}') {
            let count = stream.read(&mut part).await.unwrap();
            asked.push_str(std::str::from_utf8(&part[..count]).unwrap());
        }
        held.insert(id_of(&asked), stream);
    }
}

fn id_of(asked: &str) -> String {
    let (_, body) = asked.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    body["id"].as_str().unwrap().to_owned()
}

async fn until_delivered(engine: &Engine, count: usize) {
    let path = "/webhooks/1/deliveries?state=delivered&limit=1000";
    let delivered = async || engine.get(path).await.1["items"].as_array().unwrap().len();
    until("the last delivery", async || delivered().await == count).await;
}

/// How often each delivery was told.
fn told(service: &mut Service) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    while let Ok(asked) = service.asked.try_recv() {
        *told.entry(id_of(&asked)).or_default() += 1;
    }
    told
}

/// Each delivery is one engine's at a time, and what a killed one had begun another tells.
#[tokio::test]
async fn engines_share_what_webhooks_are_to_be_told() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = Home::with(&config_of_teller("a"));
    let a = Engine::start(&home).await;
    a.made("/projects", project("tenant")).await;
    let url = format!("http://{}", silent.local_addr().unwrap());
    a.made(
        "/webhooks",
        json!({ "project": 1, "url": url, "events": ["call.ended"] }),
    )
    .await;
    order_tests(&a, TESTS).await;
    let mut held = BTreeMap::new();
    hold(&silent, &mut held, AT_ONCE).await;
    let home_b = home.beside(&config_of_teller("b"));
    let b = Engine::start(&home_b).await;
    // Alone, the first would begin one of the others every ten seconds, as the webhook fails.
    let both = hold(&silent, &mut held, 2 * AT_ONCE);
    let both = tokio::time::timeout(Duration::from_secs(60), both).await;
    assert!(both.is_ok(), "the other engine sends nothing");
    // SIGKILL, with what it sends under way.
    drop(b);
    let mut service = Service::start(|_| ("204 No Content", "")).await;
    a.patch("/webhooks/1", json!({ "url": service.url })).await;
    drop((silent, held));
    until_delivered(&a, TESTS).await;
    assert_eq!(told(&mut service).len(), TESTS);
    let b = Engine::start(&home_b).await;
    order_tests(&a, TESTS).await;
    until_delivered(&b, 2 * TESTS).await;
    let told = told(&mut service);
    assert_eq!(told.len(), TESTS);
    assert!(told.values().all(|times| *times == 1), "{told:?}");
    for engine in [a, b] {
        assert!(engine.stop().success());
    }
}
