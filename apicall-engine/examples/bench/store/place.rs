//! Calls placed over HTTP, each answered when it is on disk. Who asks is a process of its own, and light: requests made
//! beforehand, connections kept, answers looked at as far as their first line and their length.

use super::super::driver::Engine;
use super::super::load::engine_binary;
use super::super::process::cpu_s;
use super::Measured;
use apicall_core::model::CallState;
use apicall_core::store::{Access, CallQuery, Location, Store};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CONNECTIONS: u32 = 64;
/// Calls placed; the first connections are for warmth.
const CALLS: u32 = 40_000;
/// Each has room for so many waiting calls.
const PROJECTS: u32 = 8;
/// Nothing is dialed: a switch that answers nobody would only take the time of who is measured.
const CONFIG: &str = "[[switch]]\nname = 'here'\nkind = 'emulator'\n[limits]\ncps = 0.001\n";

/// Places calls with an engine on this store, kills it, and looks for each.
pub(super) async fn measure(url: &str, server: Option<u32>) -> Measured {
    let mut engine = Engine::start_on(&engine_binary(), url, CONFIG).await;
    engine.post("/trunks", json!({ "name": "carrier" })).await;
    for n in 1..=PROJECTS {
        let flow = json!({ "simple": { "audio": "promo", "expected_digit": "1" } });
        let project = json!({ "name": format!("tenant {n}"), "country": "CO", "trunk": 1, "flow": flow });
        engine.post("/projects", project).await;
    }
    let cpu = || cpu_s(engine.pid()) + server.map_or(0.0, cpu_s);
    let before = cpu();
    let told = ask(&engine.address(), engine.token()).await;
    let used = cpu() - before;
    engine.kill();
    let accepted = told["accepted"].as_u64().unwrap();
    assert_eq!(accepted, u64::from(CALLS), "every call was accepted: {told}");
    let location: Location = url.parse().unwrap();
    let store = Store::open(&location, Access::Admin).await.unwrap();
    let over = CallQuery {
        state: Some(CallState::Ended),
        ..CallQuery::default()
    };
    let over = store.calls(&over, None, 1_000).await.unwrap().items.len();
    let kept = (store.open_calls().await.unwrap().len() + over) as u64;
    assert!(kept >= accepted, "{accepted} were accepted, {kept} are on disk");
    Measured {
        count: accepted as f64,
        seconds: told["seconds"].as_f64().unwrap(),
        cpu: used,
        took_ms: told["took_ms"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_f64)
            .collect(),
    }
}

async fn ask(address: &str, token: &str) -> Value {
    let mut client = Command::new(std::env::current_exe().unwrap());
    client.args(["client", address, token]);
    let output = tokio::task::spawn_blocking(move || client.output().unwrap())
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The client's process: places the calls, and tells how that went.
pub(crate) fn client(address: &str, token: &str) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let mut all = JoinSet::new();
        let began = Instant::now();
        for n in 0..CONNECTIONS {
            let requests = requests(token, n);
            all.spawn(connection(address.to_owned(), requests));
        }
        let took: Vec<f64> = all.join_all().await.into_iter().flatten().collect();
        let seconds = began.elapsed().as_secs_f64();
        // Enough of them for a percentile.
        let some: Vec<_> = took.iter().step_by(8).collect();
        json!({ "accepted": took.len(), "seconds": seconds, "took_ms": some })
    })
}

/// What one connection sends, one after another.
fn requests(token: &str, connection: u32) -> Vec<String> {
    let each = CALLS / CONNECTIONS;
    let request = |n| {
        let body = format!(
            r#"{{"project":{},"number":"300{:07}","variables":{{"name":"Customer {n}"}}}}"#,
            n % PROJECTS + 1,
            1_000_000 + n
        );
        format!(
            "POST /api/v1/calls HTTP/1.1\r\nhost: engine\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    (connection * each..(connection + 1) * each)
        .map(request)
        .collect()
}

/// Sends each request when the one before was answered; how long each took, in milliseconds.
async fn connection(address: String, requests: Vec<String>) -> Vec<f64> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut took, mut answer) = (Vec::with_capacity(requests.len()), vec![0; 8_192]);
    for request in requests {
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = 0;
        while !is_whole(&answer[..read]) {
            let more = stream.read(&mut answer[read..]).await.unwrap();
            assert!(
                more > 0,
                "the engine hung up: {}",
                String::from_utf8_lossy(&answer[..read])
            );
            read += more;
        }
        let ok = answer[..read].starts_with(b"HTTP/1.1 202");
        assert!(ok, "{}", String::from_utf8_lossy(&answer[..read]));
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    took
}

/// Whether an answer has come to its end.
fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else {
        return false;
    };
    let text = std::str::from_utf8(&answer[..head]).unwrap();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    answer.len() >= head + 4 + length.unwrap().parse::<usize>().unwrap()
}
