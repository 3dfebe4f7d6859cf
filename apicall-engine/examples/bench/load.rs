//! More load than a real PBX on one machine can bear: the engine in one process, an emulated PBX in this one, every call
//! durable in SQLite, default settings but for the limits.

use super::capture::Capture;
use super::driver::{Engine, LOOK};
use super::on::On;
use super::process::{cpu_s, memory_kib};
use super::report::{Report, percentile};
use apicall_core::emulator::{Callees, Rule, Shares, Whom, asterisk, freeswitch};
use apicall_core::model::{Act, Callee, Deed};
use serde_json::{Value, json};
use std::env;
use std::net::SocketAddr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Each rate is held this long.
const SUSTAINED_S: u32 = 72;
/// Calls up at once, whatever the rate.
const UP: u32 = 10_000;
const SUSTAINED: [u32; 3] = [500, 1_000, 1_500];
const PROMISED_CPS: u32 = 1_000;
/// The soak: as many calls as an hour has at the promised rate, and the rate they are made at.
const SOAKED: u32 = PROMISED_CPS * 3_600;
const SOAKED_CPS: u32 = 2_000;
const PACED: [u32; 6] = [1, 10, 50, 100, 500, 1_000];
const PACED_S: u32 = 20;

/// The sustained load, at these rates, or until one is not sustained.
pub(crate) async fn sustained(rates: &[u32], on: On) -> Report {
    let rates = if rates.is_empty() { &SUSTAINED } else { rates };
    let head = [
        "asked_cps",
        "achieved_cps",
        "most_in_1s",
        "calls",
        "most_up",
        "cpu_ms_a_call",
        "kib_a_live_call",
        "memory_growth",
        "tx_a_call",
    ];
    let mut report = Report::new(on.name("load", "load-freeswitch"), &head);
    let mut best = 0.0_f64;
    for rate in rates.iter().copied() {
        let step = Step::run(rate, rate * SUSTAINED_S, on).await;
        let achieved = step.achieved_between(0.0, 1.0);
        report.row(&[
            f64::from(rate),
            achieved,
            step.most_in_a_second,
            step.calls,
            step.most_up,
            step.cpu_ms_a_call,
            step.kib_a_live_call,
            step.watched.growth(0.5),
            step.transactions_a_call,
        ]);
        report.at_most(
            format!("starts in a second at {rate}"),
            step.most_in_a_second,
            f64::from(rate),
        );
        report.at_least(
            format!("calls accounted for at {rate}, of all"),
            step.accounted,
            1.0,
        );
        report.at_most(format!("KiB a live call at {rate}"), step.kib_a_live_call, 20.0);
        report.at_most(
            format!("growth of memory while as many are up at {rate}"),
            step.watched.growth(0.5),
            1.1,
        );
        if achieved < f64::from(rate) * 0.995 {
            break;
        }
        best = best.max(achieved);
    }
    report.at_least("sustained calls a second", best, f64::from(PROMISED_CPS) * 0.995);
    report
}

/// The calls of an hour, one after the other: memory is as it was near the beginning.
pub(crate) async fn soak(rates: &[u32]) -> Report {
    let rate = rates.first().copied().unwrap_or(SOAKED_CPS);
    let step = Step::run(rate, SOAKED, On::Asterisk).await;
    let mut report = Report::new("soak", &["of_the_run", "cps", "up", "mib"]);
    for tenth in 1..=10 {
        let share = f64::from(tenth) / 10.0;
        let (up, kib) = step.watched.at(share);
        report.row(&[
            share,
            step.achieved_between(share - 0.1, share),
            up,
            kib / 1_024.0,
        ]);
    }
    report.at_least("calls accounted for, of all", step.accounted, 1.0);
    report.at_least(
        "calls a second",
        step.achieved_between(0.0, 1.0),
        f64::from(PROMISED_CPS) * 0.995,
    );
    report.at_most("starts in a second", step.most_in_a_second, f64::from(rate));
    report.at_most("KiB a live call", step.kib_a_live_call, 20.0);
    report.at_most(
        "growth of memory from a tenth of the run to its end",
        step.watched.growth(0.1),
        1.1,
    );
    report
}

struct Step {
    /// When each call was dialed, in milliseconds, sorted.
    starts: Vec<i64>,
    most_in_a_second: f64,
    calls: f64,
    accounted: f64,
    most_up: f64,
    cpu_ms_a_call: f64,
    kib_a_live_call: f64,
    transactions_a_call: f64,
    watched: Watched,
}

impl Step {
    /// So many calls at this rate.
    async fn run(rate: u32, calls: u32, on: On) -> Self {
        let shutdown = CancellationToken::new();
        let address = on.emulate(UP * 1_000 / rate, &shutdown).await;
        let engine = Engine::start(&engine_binary(), &on.config(address)).await;
        let project = project(&engine).await;
        let numbers: Vec<_> = (0..calls).map(|n| format!("+573{n:09}")).collect();
        // The first is for warmth: code, connections, the store's files.
        let first = engine
            .campaign(project, json!({ "cps": 50 }), &numbers[..50])
            .await;
        engine.finish(first, Duration::from_secs(60)).await;
        let (cpu, idle_kib) = (cpu_s(engine.pid()), memory_kib(engine.pid()));
        let written = engine.get("/stats").await["store_transactions"].as_f64().unwrap();
        let campaign = engine.campaign(project, json!({ "cps": rate }), &numbers).await;
        let within = Duration::from_secs(u64::from(calls / rate) + 240);
        let watched = watch(&engine, campaign, within).await;
        let most_up = watched.most_up();
        let cpu = cpu_s(engine.pid()) - cpu;
        let written = engine.get("/stats").await["store_transactions"].as_f64().unwrap() - written;
        let (mut count, mut answered, mut starts) = (0.0, 0.0, vec![]);
        let see = |call: &Value| {
            count += 1.0;
            answered += f64::from(call["outcome"] == "answered");
            starts.extend(call["dialed_at"].as_i64());
        };
        engine.each_call(campaign, see).await;
        starts.sort_unstable();
        engine.stop().await;
        shutdown.cancel();
        #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
        Self {
            most_in_a_second: most_within(&starts, 1_000) as f64,
            calls: count,
            accounted: answered / f64::from(calls),
            most_up,
            cpu_ms_a_call: cpu * 1_000.0 / count,
            kib_a_live_call: (watched.most_kib() - idle_kib) / most_up,
            transactions_a_call: written / count,
            starts,
            watched,
        }
    }

    /// Calls a second between two shares of all calls.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index of the calls"
    )]
    fn achieved_between(&self, from: f64, to: f64) -> f64 {
        let index = |share: f64| ((self.starts.len() - 1) as f64 * share).round() as usize;
        let (from, to) = (index(from), index(to));
        (to - from) as f64 * 1_000.0 / (self.starts[to] - self.starts[from]) as f64
    }
}

/// How even starts are, at rising rates: by the engine's record, and on the wire. What lies between is the system's
/// scheduling, of the engine and of who looks.
pub(crate) async fn pacing(rates: &[u32], on: On) -> Report {
    let rates = if rates.is_empty() { &PACED } else { rates };
    let head = [
        "asked_cps",
        "achieved_share",
        "most_in_1s",
        "on_the_wire",
        "gap_p50_ms",
        "gap_p99_ms",
        "gap_max_ms",
        "back_to_back",
        "late_p50_ms",
        "late_p99_ms",
        "to_wire_p99_ms",
        "to_wire_max_ms",
    ];
    let mut report = Report::new(on.name("pacing", "pacing-freeswitch"), &head);
    let shutdown = CancellationToken::new();
    let manager = on.emulate(200, &shutdown).await;
    let engine = Engine::start(&engine_binary(), &on.config(manager)).await;
    let project = project(&engine).await;
    for (index, rate) in rates.iter().copied().enumerate() {
        let numbers: Vec<_> = (0..rate * PACED_S)
            .map(|n| format!("+57{}{n:07}", 310 + index))
            .collect();
        let capture = Capture::start(on, manager);
        let campaign = engine.campaign(project, json!({ "cps": rate }), &numbers).await;
        engine
            .finish(campaign, Duration::from_secs(u64::from(PACED_S) + 60))
            .await;
        let recorded = starts(&engine.calls(campaign).await);
        let sent = capture.finish(recorded.len()).await;
        assert_eq!(sent.len(), recorded.len(), "every originate was captured");
        pace(&mut report, rate, &recorded, &sent);
    }
    engine.stop().await;
    shutdown.cancel();
    report
}

fn pace(report: &mut Report, rate: u32, recorded_ms: &[i64], sent_us: &[i64]) {
    #[allow(clippy::cast_precision_loss, reason = "microseconds of one run")]
    let at_s: Vec<_> = sent_us.iter().map(|at| (at - sent_us[0]) as f64 / 1e6).collect();
    let interval = 1.0 / f64::from(rate);
    #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
    let share = (at_s.len() - 1) as f64 / at_s[at_s.len() - 1] * interval;
    #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
    let (most, on_the_wire) = (
        most_within(recorded_ms, 1_000) as f64,
        most_within(sent_us, 1_000_000) as f64,
    );
    let mut gaps: Vec<_> = at_s
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) * 1_000.0)
        .collect();
    gaps.sort_by(f64::total_cmp);
    // Two that left in one tenth of their distance were sent one behind the other.
    let close = gaps.iter().filter(|gap| **gap < interval * 100.0).count();
    #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
    let back_to_back = close as f64 / gaps.len() as f64;
    let late = lateness(&at_s);
    let to_wire = to_wire(recorded_ms, sent_us);
    report.row(&[
        f64::from(rate),
        share,
        most,
        on_the_wire,
        percentile(&gaps, 0.5),
        percentile(&gaps, 0.99),
        gaps[gaps.len() - 1],
        back_to_back,
        percentile(&late, 0.5),
        percentile(&late, 0.99),
        percentile(&to_wire, 0.99),
        to_wire[to_wire.len() - 1],
    ]);
    report.at_most(format!("starts in a second at {rate}"), most, f64::from(rate));
    report.at_most(
        format!("starts on the wire in a second at {rate}"),
        on_the_wire,
        f64::from(rate),
    );
    report.at_least(format!("share of {rate} calls a second"), share, 0.995);
    report.at_most(format!("back to back at {rate}"), back_to_back, 0.05);
}

/// From the record of each start to its packet, in milliseconds, sorted; up to one of them is the record's, which counts
/// whole ones.
fn to_wire(recorded_ms: &[i64], sent_us: &[i64]) -> Vec<f64> {
    let pairs = recorded_ms.iter().zip(sent_us);
    #[allow(clippy::cast_precision_loss, reason = "microseconds of one run")]
    let mut took: Vec<_> = pairs
        .map(|(recorded, sent)| (sent - recorded * 1_000) as f64 / 1_000.0)
        .collect();
    took.sort_by(f64::total_cmp);
    took
}

/// How late each start was, in milliseconds, sorted: against the even line of its own run that none is before.
fn lateness(at_s: &[f64]) -> Vec<f64> {
    #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
    let line = |index: usize| index as f64 * at_s[at_s.len() - 1] / (at_s.len() - 1) as f64;
    let against: Vec<_> = at_s
        .iter()
        .enumerate()
        .map(|(index, at)| at - line(index))
        .collect();
    let earliest = against.iter().copied().fold(f64::INFINITY, f64::min);
    let mut late: Vec<_> = against.iter().map(|at| (at - earliest) * 1_000.0).collect();
    late.sort_by(f64::total_cmp);
    late
}

impl On {
    /// One whose callees pick up at once and hang up after this long.
    async fn emulate(self, call_ms: u32, shutdown: &CancellationToken) -> SocketAddr {
        let callee = Callee {
            acts: vec![Act {
                upon: None,
                after_ms: call_ms,
                deed: Deed::HangUp,
            }],
            ..Callee::default()
        };
        let callees = Callees::new(vec![Rule {
            whom: Whom::Anybody,
            shares: Shares::one(callee),
        }]);
        let emulator = match self {
            Self::Asterisk => {
                let mut config = asterisk::Config::new("apicall", "bench".to_owned().into());
                config.callees = callees;
                asterisk::start(config, shutdown.clone()).await
            }
            Self::FreeSwitch => {
                let mut config = freeswitch::Config::new("bench".to_owned().into());
                config.callees = callees;
                freeswitch::start(config, shutdown.clone()).await
            }
        };
        emulator.unwrap().address()
    }

    /// The engine's configuration for the one at that address.
    fn config(self, address: SocketAddr) -> String {
        let how = match self {
            Self::Asterisk => {
                let agi = std::net::TcpListener::bind("127.0.0.1:0")
                    .unwrap()
                    .local_addr()
                    .unwrap();
                format!(
                    "kind = 'asterisk'\nami = '{address}'\nuser = 'apicall'\nsecret = 'bench'\nagi_listen = '{agi}'\n"
                )
            }
            Self::FreeSwitch => format!("kind = 'freeswitch'\nesl = '{address}'\npassword = 'bench'\n"),
        };
        format!(
            "[limits]\ncps = 10000\nchannels = 100000\ndrain_s = 5\n[[switch]]\nname = 'emulated'\n{how}\
             max_unanswered = 5000\n",
        )
    }
}

pub(crate) fn engine_binary() -> std::path::PathBuf {
    env::current_exe().unwrap().with_file_name("../apicall-engine")
}

async fn project(engine: &Engine) -> i64 {
    engine.post("/trunks", json!({ "name": "carrier" })).await;
    let flow = json!({
        "start": "wait",
        "steps": { "wait": { "do": "gather", "max_digits": 1, "first_timeout_ms": 60000 } },
    });
    let project = json!({
        "name": "bench", "country": "CO", "trunk": 1,
        "flow": { "custom": flow }, "retry": { "max_attempts": 1 },
    });
    engine.post("/projects", project).await["id"].as_i64().unwrap()
}

/// Looks at an engine: calls up, and its memory in KiB.
struct Watched(Vec<(f64, f64)>);

impl Watched {
    fn most_up(&self) -> f64 {
        self.0.iter().map(|(up, _)| *up).fold(1.0, f64::max)
    }

    fn most_kib(&self) -> f64 {
        self.0.iter().map(|(_, kib)| *kib).fold(0.0, f64::max)
    }

    /// Calls up and KiB at this share of the time in which nearly the most are up.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index of the looks"
    )]
    fn at(&self, share: f64) -> (f64, f64) {
        let full = self.most_up() * 0.95;
        let plateau: Vec<_> = self.0.iter().filter(|(up, _)| *up >= full).collect();
        *plateau[((plateau.len() - 1) as f64 * share) as usize]
    }

    /// Memory at the end of that time, of that at a share of it: what comes before is caches that fill.
    fn growth(&self, from: f64) -> f64 {
        self.at(1.0).1 / self.at(from).1
    }
}

/// Watches a campaign until it has finished.
async fn watch(engine: &Engine, campaign: i64, within: Duration) -> Watched {
    let mut looks = vec![];
    let watched = async {
        while engine.get(&format!("/campaigns/{campaign}")).await["state"] != "finished" {
            let stats = engine.get("/stats").await;
            looks.push((
                stats["levels"][0]["live"].as_f64().unwrap(),
                memory_kib(engine.pid()),
            ));
            tokio::time::sleep(LOOK * 5).await;
        }
    };
    tokio::time::timeout(within, watched)
        .await
        .expect("the campaign finishes");
    Watched(looks)
}

/// When calls were dialed, in milliseconds, sorted.
pub(crate) fn starts(calls: &[Value]) -> Vec<i64> {
    let mut starts: Vec<_> = calls
        .iter()
        .filter_map(|call| call["dialed_at"].as_i64())
        .collect();
    starts.sort_unstable();
    starts
}

/// The most in any sliding window; sorted.
fn most_within(at: &[i64], window: i64) -> usize {
    let (mut first, mut most) = (0, 0);
    for (last, now) in at.iter().enumerate() {
        while now - at[first] >= window {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}
