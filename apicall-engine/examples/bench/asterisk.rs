//! The engine on a real Asterisk, beside a bare client, in one run at rising rates.
//!
//! Both call callees that answer at once and stay, both have one FastAGI session a call in which a prompt of three seconds
//! is played and half a second waited for a digit; then the call is hung up. What differs is that the engine keeps every call in its store before it dials, paces it, follows it,
//! runs a flow and writes its end.

use super::bare;
use super::driver::Engine;
use super::load::starts;
use super::process::{cpu_s, lab};
use super::report::{Report, percentile};
use serde_json::{Value, json};
use std::env;
use std::time::Duration;

/// Each rate is held this long.
const STEP_S: u32 = 10;
const RATES: [u32; 9] = [25, 50, 75, 100, 125, 150, 200, 250, 300];
/// A rate is sustained when nearly all calls are answered, at nearly that rate, and set up in bearable time.
const LEAST_ANSWERED: f64 = 0.995;
const LEAST_RATE: f64 = 0.98;
const MOST_SETUP_MS: f64 = 1_000.0;
/// The record keeps whole milliseconds, of the start and of the answer.
const RECORD_MS: f64 = 1.0;

/// One party's step.
struct Step {
    achieved: f64,
    answered: f64,
    p50_ms: f64,
    p99_ms: f64,
    asterisk_cpu_s: f64,
}

impl Step {
    fn of(calls: usize, answered: usize, took: Duration, setup_ms: &[f64], asterisk_cpu_s: f64) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
        let (calls, answered) = (calls as f64, answered as f64);
        Self {
            achieved: (calls - 1.0) / took.as_secs_f64(),
            answered: answered / calls,
            p50_ms: percentile(setup_ms, 0.50),
            p99_ms: percentile(setup_ms, 0.99),
            asterisk_cpu_s,
        }
    }

    fn sustains(&self, rate: u32) -> bool {
        self.answered >= LEAST_ANSWERED
            && self.achieved >= f64::from(rate) * LEAST_RATE
            && self.p99_ms <= MOST_SETUP_MS
    }
}

/// The engine's step, and what only it has.
struct EngineStep {
    step: Step,
    cpu_s: f64,
    ami_bytes_a_call: f64,
}

/// Runs at these rates, or until neither can any more.
pub(crate) async fn run(rates: &[u32]) -> Report {
    let rates = if rates.is_empty() { &RATES } else { rates };
    let binary = env::current_exe().unwrap();
    let engine = Engine::start(&binary.with_file_name("../apicall-engine"), &config()).await;
    let project = project(&engine).await;
    let head = [
        "asked_cps",
        "bare_cps",
        "engine_cps",
        "bare_p50_ms",
        "engine_p50_ms",
        "bare_p99_ms",
        "engine_p99_ms",
        "engine_cpu_ms",
        "asterisk_cpu_ms",
        "ami_bytes",
    ];
    let mut report = Report::new("asterisk", &head);
    let (mut bare_best, mut engine_best, mut both): (f64, f64, Vec<(Step, EngineStep)>) = (0.0, 0.0, vec![]);
    for (index, rate) in rates.iter().copied().enumerate() {
        let bare = bare_step(rate, index).await;
        let ours = engine_step(&engine, project, rate, index).await;
        report.row(&[
            f64::from(rate),
            bare.achieved,
            ours.step.achieved,
            bare.p50_ms,
            ours.step.p50_ms,
            bare.p99_ms,
            ours.step.p99_ms,
            ours.cpu_s * 1_000.0 / f64::from(rate * STEP_S),
            ours.step.asterisk_cpu_s * 1_000.0 / f64::from(rate * STEP_S),
            ours.ami_bytes_a_call,
        ]);
        let (bare_can, engine_can) = (bare.sustains(rate), ours.step.sustains(rate));
        if bare_can {
            bare_best = bare_best.max(bare.achieved);
        }
        if engine_can {
            engine_best = engine_best.max(ours.step.achieved);
        }
        if bare_can && engine_can {
            both.push((bare, ours));
        }
        if !bare_can && !engine_can {
            break;
        }
    }
    promise(&mut report, bare_best, engine_best, both);
    engine.stop().await;
    report
}

/// `both`: the steps that both sustained, by rising rate.
fn promise(report: &mut Report, bare: f64, engine: f64, both: Vec<(Step, EngineStep)>) {
    report.at_least(
        "rate sustained by the engine, of the bare client's",
        engine / bare,
        0.95,
    );
    let Some((_, highest)) = both.last() else {
        report.at_least("rates that both sustain", 0.0, 1.0);
        return;
    };
    let share = highest.cpu_s / highest.step.asterisk_cpu_s;
    report.at_most(
        "CPU of the engine, of Asterisk's, at the highest rate of both",
        share,
        0.1,
    );
    report.at_most(
        "AMI traffic of a call, in bytes",
        highest.ami_bytes_a_call,
        2_500.0,
    );
    // The stricter of the two: at the edge of what the machine bears, a stall of either shows here.
    let (bare, ours) = (&both[both.len() - 1].0, &both[both.len() - 1].1);
    report.at_most(
        "set-up p99 of the engine at the highest rate of both, in ms",
        ours.step.p99_ms,
        bare.p99_ms * 1.25 + RECORD_MS,
    );
    // At one rate the slowest hundredth is ten calls or so: what happens to hit them says little, of either.
    let mut ratios: Vec<_> = both
        .iter()
        .map(|(bare, ours)| (ours.step.p99_ms - RECORD_MS).max(0.0) / bare.p99_ms)
        .collect();
    ratios.sort_by(f64::total_cmp);
    let median = percentile(&ratios, 0.5);
    report.at_most(
        "set-up p99 of the engine, of the bare client's, at the median of rates",
        median,
        1.25,
    );
}

fn config() -> String {
    let lab =
        |name: &str| env::var(format!("APICALL_LAB_{name}")).expect("run in the lab: dev/bench asterisk");
    format!(
        "[limits]\ncps = 1000\nchannels = 10000\ndrain_s = 5\n[[switch]]\nname = 'pbx1'\nkind = 'asterisk'\nami = '{}'\n\
         user = '{}'\nsecret = '{}'\nagi_listen = '{}'\ndial = '{}'\n",
        lab("AMI"),
        lab("AMI_USER"),
        lab("AMI_SECRET"),
        lab("AGI"),
        lab("DIAL"),
    )
}

async fn project(engine: &Engine) -> i64 {
    let trunk = env::var("APICALL_LAB_TRUNK").unwrap();
    engine.post("/trunks", json!({ "name": trunk })).await;
    let flow = json!({
        "start": "ask",
        "steps": { "ask": { "do": "gather", "sounds": ["prueba"], "max_digits": 1, "first_timeout_ms": 500 } },
    });
    let project = json!({
        "name": "bench", "country": "CO", "trunk": 1, "ring_timeout_s": 30,
        "flow": { "custom": flow }, "retry": { "max_attempts": 1 },
    });
    engine.post("/projects", project).await["id"].as_i64().unwrap()
}

/// Numbers of callees who answer at once and stay; each is called once.
fn numbers(rate: u32, first: usize) -> Vec<String> {
    (0..rate * STEP_S)
        .map(|n| format!("+57{}{n:05}20", 301 + first))
        .collect()
}

async fn bare_step(rate: u32, index: usize) -> Step {
    quiet().await;
    let numbers: Vec<_> = numbers(rate, index)
        .iter()
        .map(|number| number.trim_start_matches('+').to_owned())
        .collect();
    let before = asterisk_cpu_s();
    let tally = bare::run(rate, &numbers).await;
    let cpu_s = asterisk_cpu_s() - before;
    Step::of(numbers.len(), tally.answered, tally.took, &tally.setup_ms, cpu_s)
}

async fn engine_step(engine: &Engine, project: i64, rate: u32, index: usize) -> EngineStep {
    quiet().await;
    let numbers = numbers(rate, index + 50);
    let campaign = engine.prepare(project, json!({ "cps": rate }), &numbers).await;
    // From here on both do the same work: the bare client has its numbers, too.
    let (asterisk, own, traffic) = (asterisk_cpu_s(), cpu_s(engine.pid()), ami_bytes());
    engine.begin(campaign).await;
    engine
        .finish(campaign, Duration::from_secs(u64::from(STEP_S) * 4 + 60))
        .await;
    let asterisk_cpu_s = asterisk_cpu_s() - asterisk;
    let engine_cpu_s = cpu_s(engine.pid()) - own;
    #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
    let ami_bytes_a_call = (ami_bytes() - traffic) / numbers.len() as f64;
    let calls = engine.calls(campaign).await;
    let at = |call: &Value, key: &str| call[key].as_i64();
    let starts = starts(&calls);
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of one call")]
    let mut setup_ms: Vec<_> = calls
        .iter()
        .filter_map(|call| Some((at(call, "answered_at")? - at(call, "dialed_at")?) as f64))
        .collect();
    setup_ms.sort_by(f64::total_cmp);
    let took = starts
        .last()
        .zip(starts.first())
        .map_or(0, |(last, first)| last - first);
    let took = Duration::from_millis(took.unsigned_abs());
    EngineStep {
        step: Step::of(numbers.len(), setup_ms.len(), took, &setup_ms, asterisk_cpu_s),
        cpu_s: engine_cpu_s,
        ami_bytes_a_call,
    }
}

/// Waits until Asterisk has no channel left, so that a step begins where the one before it did.
async fn quiet() {
    let gone = async {
        while lab(&["channels"]).trim() != "0" {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone)
        .await
        .expect("Asterisk has no channel left");
}

fn asterisk_cpu_s() -> f64 {
    lab(&["cpu"]).trim().parse().unwrap()
}

/// Bytes on the manager's connections, both ways.
fn ami_bytes() -> f64 {
    lab(&["traffic"])
        .split_whitespace()
        .map(|word| word.split_once('=').unwrap().1.parse::<f64>().unwrap())
        .sum()
}
