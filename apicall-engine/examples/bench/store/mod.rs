//! The store: how many calls it keeps durable, how long that takes, and whether its size matters.
//!
//! CPU is that of this process, of the engine and of the database's server, whichever of them work, without that of who asks
//! over HTTP.

mod big;
mod import;
mod lives;
mod place;
mod stock;

pub(crate) use place::client;

use super::process::cpu_s;
use super::report::{Report, percentile};
use apicall_core::store::Location;
use std::process::Command;
use tempfile::TempDir;

/// What a database is held to.
struct Promised {
    lives_a_second: f64,
    placed_a_second: f64,
}

const SQLITE: Promised = Promised {
    lives_a_second: 40_000.0,
    placed_a_second: 10_000.0,
};
const MARIADB: Promised = Promised {
    lives_a_second: 20_000.0,
    placed_a_second: 5_000.0,
};
/// A claim and its call's end may cost so much more in a big store.
const BIG: f64 = 1.25;

/// What was measured of something done many times.
struct Measured {
    count: f64,
    seconds: f64,
    /// Seconds of CPU.
    cpu: f64,
    /// How long each took, in milliseconds.
    took_ms: Vec<f64>,
}

impl Measured {
    fn a_second(&self) -> f64 {
        self.count / self.seconds
    }

    fn cpu_us(&self) -> f64 {
        self.cpu * 1e6 / self.count
    }

    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.took_ms.clone();
        sorted.sort_by(f64::total_cmp);
        percentile(&sorted, share)
    }

    fn show(&self, report: &mut Report, name: &'static str) {
        let numbers = [
            self.count,
            self.a_second(),
            self.cpu_us(),
            self.at(0.5),
            self.at(0.99),
        ];
        report.named_row(name, &numbers);
    }
}

/// What can be measured alone, by its word on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    SqliteLives,
    SqlitePlaced,
    MariadbLives,
    MariadbPlaced,
    Import,
    Big,
}

impl Part {
    const ALL: [(&'static str, Self); 6] = [
        ("sqlite-lives", Self::SqliteLives),
        ("sqlite-placed", Self::SqlitePlaced),
        ("mariadb-lives", Self::MariadbLives),
        ("mariadb-placed", Self::MariadbPlaced),
        ("import", Self::Import),
        ("big", Self::Big),
    ];

    /// The parts that are asked for: all of them by no word, all but the last by `1`.
    pub(crate) fn asked(words: &[String]) -> Result<Vec<Self>, String> {
        let all = Self::ALL.map(|(_, part)| part);
        match words {
            [] => Ok(all.to_vec()),
            [word] if word == "1" => Ok(all.into_iter().filter(|part| *part != Self::Big).collect()),
            words => words.iter().map(|word| Self::named(word)).collect(),
        }
    }

    fn named(word: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(name, _)| *name == word);
        known.map(|(_, part)| *part).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!(
                "`{word}` is no part of store; parts are: {}, or 1 for all but big",
                names.join(", ")
            )
        })
    }

    async fn measure(self, report: &mut Report) {
        match self {
            Self::SqliteLives => sqlite_lives(report).await,
            Self::SqlitePlaced => sqlite_placed(report).await,
            Self::MariadbLives => mariadb_lives(report).await,
            Self::MariadbPlaced => mariadb_placed(report).await,
            Self::Import => import::measure(report).await,
            Self::Big => big::measure(report).await,
        }
    }
}

/// These parts, one after the other.
pub(crate) async fn run(parts: &[Part]) -> Report {
    let head = ["count", "a_second", "cpu_us_each", "p50_ms", "p99_ms"];
    let mut report = Report::new("store", &head);
    for part in parts {
        part.measure(&mut report).await;
    }
    report
}

async fn sqlite_lives(report: &mut Report) {
    let (_dir, location) = file();
    let empty = lives::flat_out(std::slice::from_ref(&location), 0, None).await;
    empty.show(report, "SQLite: claim, attempt, result");
    report.at_least(
        "calls a second on SQLite",
        empty.a_second(),
        SQLITE.lives_a_second,
    );
    let paced = lives::paced(&location).await;
    paced
        .lives
        .show(report, "SQLite: a record, at 1,000 calls a second");
    report.at_most(
        "transactions a second at 1,000 calls a second",
        paced.transactions_a_second,
        100.0,
    );
    report.at_most(
        "p99 of a record at 1,000 calls a second, in ms",
        paced.lives.at(0.99),
        50.0,
    );
}

async fn sqlite_placed(report: &mut Report) {
    let (_dir, location) = file();
    let placed = place::measure(&location.to_string(), None).await;
    placed.show(report, "SQLite: placed over HTTP");
    report.at_least(
        "calls placed a second on SQLite",
        placed.a_second(),
        SQLITE.placed_a_second,
    );
}

async fn mariadb_lives(report: &mut Report) {
    let server = server();
    let engines = 8;
    let url = format!("{}/{}", server.url, server.database("lives"));
    let locations: Vec<Location> = (0..engines).map(|_| url.parse().unwrap()).collect();
    let lives = lives::flat_out(&locations, 0, Some(server.pid)).await;
    lives.show(report, "MariaDB, 8 engines: claim, attempt, result");
    report.at_least(
        "calls a second on MariaDB",
        lives.a_second(),
        MARIADB.lives_a_second,
    );
}

async fn mariadb_placed(report: &mut Report) {
    let server = server();
    let url = format!("{}/{}", server.url, server.database("placed"));
    let placed = place::measure(&url, Some(server.pid)).await;
    placed.show(report, "MariaDB: placed over HTTP");
    report.at_least(
        "calls placed a second on MariaDB",
        placed.a_second(),
        MARIADB.placed_a_second,
    );
}

/// A file of its own.
fn file() -> (TempDir, Location) {
    let dir = tempfile::tempdir().unwrap();
    let location = format!("sqlite://{}", dir.path().join("apicall.db").display());
    (dir, location.parse().unwrap())
}

/// The server that `dev/mariadb` started.
struct Server {
    url: String,
    pid: u32,
    socket: String,
}

fn server() -> Server {
    let told = |name| std::env::var(name).expect("run as dev/bench store, which starts a MariaDB");
    Server {
        url: told("APICALL_MARIADB"),
        pid: told("APICALL_MARIADB_PID").parse().unwrap(),
        socket: told("APICALL_MARIADB_SOCKET"),
    }
}

impl Server {
    /// Makes a database; its name.
    fn database(&self, name: &'static str) -> &'static str {
        let mut client = Command::new("mariadb");
        client.args([
            "--no-defaults",
            "--user=root",
            &format!("--socket={}", self.socket),
            "-e",
        ]);
        let made = client.arg(format!("CREATE DATABASE {name}")).status().unwrap();
        assert!(made.success());
        name
    }
}

/// CPU of this process and of another, in seconds.
fn cpu_with(other: Option<u32>) -> f64 {
    cpu_s(std::process::id()) + other.map_or(0.0, cpu_s)
}
