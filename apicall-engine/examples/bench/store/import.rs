//! A million contacts through the command line, as a user sends them.

use super::super::driver::Engine;
use super::super::load::engine_binary;
use super::super::process::{cpu_s, memory_kib};
use super::super::report::Report;
use super::Measured;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How mobile numbers of Colombia begin.
const OPERATORS: [u32; 17] = [
    300, 301, 302, 304, 305, 310, 311, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321,
];
const ROWS: u64 = 1_000_000;
/// One in a hundred is no number, another one is there already.
const ODD: u64 = 100;
/// A tenth of it, to which its memory is compared.
const FEWER: u64 = 100_000;
const WITHIN_S: f64 = 15.0;
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn measure(report: &mut Report) {
    let engine = Engine::start(&engine_binary(), "").await;
    let flow = json!({ "simple": { "audio": "promo", "expected_digit": "1" } });
    engine
        .post(
            "/projects",
            json!({ "name": "tenant", "country": "CO", "flow": flow }),
        )
        .await;
    let (_, small_kib) = import(&engine, FEWER).await;
    let (measured, big_kib) = import(&engine, ROWS).await;
    measured.show(report, "SQLite: rows imported by the command line");
    report.at_most(
        "seconds to import a million rows on SQLite",
        measured.seconds,
        WITHIN_S,
    );
    report.at_most(
        "memory of the engine with a million rows, of that with a tenth of them",
        big_kib / small_kib,
        1.5,
    );
    engine.stop().await;
}

/// Imports so many rows into a campaign of their own; the most memory the engine had, in KiB.
async fn import(engine: &Engine, rows: u64) -> (Measured, f64) {
    let campaign = json!({ "project": 1, "name": format!("{rows} rows") });
    let campaign = engine.post("/campaigns", campaign).await["id"].to_string();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("list.csv");
    std::fs::write(&file, list(rows)).unwrap();
    let (cpu, began) = (cpu_s(engine.pid()), Instant::now());
    let mut client = command(engine, &campaign, &file).spawn().unwrap();
    let mut most_kib = 0.0_f64;
    while client.try_wait().unwrap().is_none() {
        most_kib = most_kib.max(memory_kib(engine.pid()));
        tokio::time::sleep(LOOK).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let told = client.wait_with_output().unwrap();
    assert!(told.status.success());
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let odd = rows / ODD;
    let expected = json!([rows, rows - 2 * odd, odd, odd]);
    let got = json!([told["rows"], told["added"], told["duplicates"], told["rejected"]]);
    assert_eq!(got, expected, "{told}");
    let measured = Measured {
        count: rows as f64,
        seconds,
        cpu: cpu_s(engine.pid()) - cpu,
        took_ms: vec![],
    };
    (measured, most_kib)
}

fn command(engine: &Engine, campaign: &str, file: &Path) -> Command {
    let mut client = Command::new(engine_binary().with_file_name("apicall-cli"));
    client
        .args(["-o", "json", "campaign", "import", campaign])
        .arg(file)
        .env("APICALL_HOST", engine.origin())
        .env("APICALL_TOKEN", engine.token())
        .stdout(Stdio::piped());
    client
}

fn list(rows: u64) -> String {
    let mut list = "name,phone,balance\n".to_owned();
    for n in 0..rows {
        let number = match n % ODD {
            0 => "nobody".to_owned(),
            1 => scattered(n + 1),
            _ => scattered(n),
        };
        writeln!(list, "Customer {n},{number},{}.50", n % 9_999).unwrap();
    }
    list
}

/// A number as people write them, each its own and in no order.
fn scattered(n: u64) -> String {
    let number = n * 61_764_741 % 99_999_989;
    let operator = OPERATORS[usize::try_from(number).unwrap() % OPERATORS.len()];
    format!("{operator} {:03} {:04}", number / 10_000 % 1_000, number % 10_000)
}
