//! The engine on a real switch, beside a bare client, in one run at rising rates.
//!
//! Both call callees that answer at once and stay, both play a prompt of three seconds and wait half a second for a digit; then
//! the call is hung up. What differs is that the engine keeps every call in its store before it dials, paces it, follows
//! it, runs a flow and writes its end.

use super::bare;
use super::driver::Engine;
use super::load::starts;
use super::on::On;
use super::process::{Machine, cpu_s, lab};
use super::report::{Report, percentile};
use serde_json::{Value, json};
use std::env;
use std::time::Duration;

/// Each rate is held this long by each party, and this often in turn, who is first changing from round to round. Set-up
/// times are the median round's, and compared round by round: the ten worst of a thousand calls are those of one moment in
/// which the machine stood still, and that says little of either.
const STEP_S: u32 = 10;
const ROUNDS: usize = 7;
/// Up to where neither party is served any more, on two cores.
const RATES: [u32; 6] = [50, 75, 100, 125, 150, 200];
/// Up to where FreeSWITCH has no processor left, on two cores: from there on the engine slows down, and the bare client does not.
const RATES_OF_FREESWITCH: [u32; 3] = [25, 50, 75];
/// A rate is sustained when nearly all calls are answered, and set up within what the engine takes for the delay of a switch
/// that is overloaded (`docs/pacing.md`).
const LEAST_ANSWERED: f64 = 0.995;
const MOST_SETUP_MS: f64 = 400.0;
/// The engine may use this share of the switch's CPU.
const MOST_CPU: f64 = 0.1;
/// And its set-up may take so much of the bare client's time.
const MOST_SETUP: f64 = 1.25;
/// The record keeps whole milliseconds, of the start and of the answer.
const RECORD_MS: f64 = 1.0;

/// What one party's rounds at a rate come to.
#[derive(Default)]
struct Rounds {
    calls: u32,
    /// Gaps between two starts, and how long they took together.
    gaps: u32,
    took: Duration,
    /// Of each round's calls that were answered, in rising order.
    setup_ms: Vec<Vec<f64>>,
    switch_cpu_s: f64,
    own_cpu_s: f64,
    control_bytes: f64,
    /// Of the machine while it dialed, and what the switch used of it.
    machine: Machine,
    dialing_cpu_s: f64,
}

impl Rounds {
    fn add(&mut self, mut setup_ms: Vec<f64>) {
        setup_ms.sort_by(f64::total_cmp);
        self.setup_ms.push(setup_ms);
    }
}

/// One party at a rate.
struct Step {
    calls: u32,
    achieved: f64,
    answered: f64,
    p50_ms: f64,
    p99_ms: f64,
    switch_cpu_s: f64,
    own_cpu_s: f64,
    control_bytes_a_call: f64,
    /// The share of the machine that nobody used while it dialed, and that of the switch.
    idle: f64,
    switch_share: f64,
}

impl Step {
    fn of(rounds: &Rounds) -> Self {
        let answered: usize = rounds.setup_ms.iter().map(Vec::len).sum();
        let answered = u32::try_from(answered).expect("no more answers than calls");
        Self {
            calls: rounds.calls,
            achieved: f64::from(rounds.gaps) / rounds.took.as_secs_f64(),
            answered: f64::from(answered) / f64::from(rounds.calls),
            p50_ms: median(&rounds.setup_ms, 0.50),
            p99_ms: median(&rounds.setup_ms, 0.99),
            switch_cpu_s: rounds.switch_cpu_s,
            own_cpu_s: rounds.own_cpu_s,
            control_bytes_a_call: rounds.control_bytes / f64::from(rounds.calls),
            idle: rounds.machine.idle_s / rounds.machine.all_s,
            switch_share: rounds.dialing_cpu_s / rounds.machine.all_s,
        }
    }

    fn sustains(&self) -> bool {
        self.answered >= LEAST_ANSWERED && self.p99_ms <= MOST_SETUP_MS
    }

    /// Whether what the engine may use leaves the queue for the processor as long as set-up times may: who takes a share of
    /// what is idle makes it longer by as much.
    fn leaves_room(&self) -> bool {
        self.idle / (self.idle - MOST_CPU * self.switch_share) <= MOST_SETUP
            && self.idle > MOST_CPU * self.switch_share
    }
}

/// Both parties at a rate, and by how much set-up takes the engine longer.
struct Pair {
    rate: u32,
    bare: Step,
    ours: Step,
    p99_ratio: f64,
}

const HEAD: [&str; 13] = [
    "asked_cps",
    "bare_cps",
    "engine_cps",
    "bare_p50_ms",
    "engine_p50_ms",
    "bare_p99_ms",
    "engine_p99_ms",
    "engine_cpu_ms",
    "bare_switch_ms",
    "switch_cpu_ms",
    "control_bytes",
    "bare_idle",
    "p99_ratio",
];

impl Pair {
    fn row(&self) -> [f64; HEAD.len()] {
        let Self { bare, ours, .. } = self;
        let a_call = |cpu_s: f64, party: &Step| cpu_s * 1_000.0 / f64::from(party.calls);
        [
            f64::from(self.rate),
            bare.achieved,
            ours.achieved,
            bare.p50_ms,
            ours.p50_ms,
            bare.p99_ms,
            ours.p99_ms,
            a_call(ours.own_cpu_s, ours),
            a_call(bare.switch_cpu_s, bare),
            a_call(ours.switch_cpu_s, ours),
            ours.control_bytes_a_call,
            bare.idle,
            self.p99_ratio,
        ]
    }
}

/// How long set-up takes the engine at p99, of the bare client's time, in the median of the rounds.
fn p99_ratio(bare: &Rounds, ours: &Rounds) -> f64 {
    let p99 = |round: &[f64]| percentile(round, 0.99);
    let pairs = bare.setup_ms.iter().zip(&ours.setup_ms);
    middle(pairs.map(|(bare, ours)| (p99(ours) - RECORD_MS).max(0.0) / p99(bare)))
}

/// A percentile of the median round.
fn median(rounds: &[Vec<f64>], share: f64) -> f64 {
    middle(rounds.iter().map(|round| percentile(round, share)))
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs at these rates, or until neither can any more.
pub(crate) async fn run(rates: &[u32], on: On) -> Report {
    let binary = env::current_exe().unwrap();
    let engine = Engine::start(&binary.with_file_name("../apicall-engine"), &config(on)).await;
    let project = project(&engine).await;
    let mut report = Report::new(on.name("asterisk", "freeswitch"), &HEAD);
    let mut pairs: Vec<Pair> = vec![];
    for (index, rate) in or_usual(rates, on).iter().copied().enumerate() {
        let pair = by_turns(&engine, project, on, rate, index * ROUNDS).await;
        report.row(&pair.row());
        let somebody_can = pair.bare.sustains() || pair.ours.sustains();
        pairs.push(pair);
        if !somebody_can {
            break;
        }
    }
    promise(&mut report, on, &pairs);
    engine.stop().await;
    report
}

/// Both at a rate, round by round.
async fn by_turns(engine: &Engine, project: i64, on: On, rate: u32, first: usize) -> Pair {
    let (mut bare, mut ours) = (Rounds::default(), Rounds::default());
    for round in 0..ROUNDS {
        for ours_now in [round % 2 == 1, round % 2 == 0] {
            if ours_now {
                engine_round(&mut ours, engine, project, rate, first + round).await;
            } else {
                bare_round(&mut bare, on, rate, first + round).await;
            }
        }
    }
    Pair {
        rate,
        p99_ratio: p99_ratio(&bare, &ours),
        bare: Step::of(&bare),
        ours: Step::of(&ours),
    }
}

/// These rates, or those that are worth a look.
fn or_usual(rates: &[u32], on: On) -> &[u32] {
    match (rates, on) {
        ([], On::Asterisk) => &RATES,
        ([], On::FreeSwitch) => &RATES_OF_FREESWITCH,
        (rates, _) => rates,
    }
}

fn promise(report: &mut Report, on: On, pairs: &[Pair]) {
    let best = |party: fn(&Pair) -> &Step| {
        let sustained = pairs.iter().map(party).filter(|step| step.sustains());
        sustained.map(|step| step.achieved).fold(0.0, f64::max)
    };
    report.at_least(
        "rate sustained by the engine, of the bare client's",
        best(|pair| &pair.ours) / best(|pair| &pair.bare),
        0.95,
    );
    let both = || {
        let pairs = pairs.iter();
        pairs.filter(|pair| pair.bare.sustains() && pair.ours.sustains())
    };
    let Some(Pair { ours: highest, .. }) = both().next_back() else {
        report.at_least("rates that both sustain", 0.0, 1.0);
        return;
    };
    let share = highest.own_cpu_s / highest.switch_cpu_s;
    report.at_most(
        "CPU of the engine, of the switch's, at the highest rate of both",
        share,
        MOST_CPU,
    );
    if let On::Asterisk = on {
        report.at_most(
            "AMI traffic of a call, in bytes",
            highest.control_bytes_a_call,
            2_500.0,
        );
    }
    let worst = both()
        .filter(|pair| pair.bare.leaves_room())
        .map(|pair| pair.p99_ratio)
        .max_by(f64::total_cmp);
    report.at_most(
        "set-up p99 of the engine, of the bare client's, at the worst rate that leaves room for the engine",
        worst.unwrap_or(f64::INFINITY),
        MOST_SETUP,
    );
}

fn config(on: On) -> String {
    let lab = |name: &str| env::var(format!("APICALL_LAB_{name}")).expect("run in the lab, by dev/bench");
    let how = match on {
        On::Asterisk => format!(
            "kind = 'asterisk'\nami = '{}'\nuser = '{}'\nsecret = '{}'\nagi_listen = '{}'\n",
            lab("AMI"),
            lab("AMI_USER"),
            lab("AMI_SECRET"),
            lab("AGI"),
        ),
        On::FreeSwitch => format!(
            "kind = 'freeswitch'\nesl = '{}'\npassword = '{}'\nsounds = '{}'\n",
            lab("ESL"),
            lab("ESL_PASSWORD"),
            lab("SOUNDS"),
        ),
    };
    let dial = lab("DIAL");
    format!(
        "[limits]\ncps = 1000\nchannels = 10000\ndrain_s = 5\n[[switch]]\nname = 'pbx1'\n{how}dial = '{dial}'\n"
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

async fn bare_round(sum: &mut Rounds, on: On, rate: u32, index: usize) {
    quiet().await;
    let numbers: Vec<_> = numbers(rate, index)
        .iter()
        .map(|number| number.trim_start_matches('+').to_owned())
        .collect();
    let (switch, machine) = (switch_cpu_s(), Machine::now());
    let dialed = async {
        tokio::time::sleep(Duration::from_secs(u64::from(STEP_S))).await;
        (switch_cpu_s() - switch, Machine::now() - machine)
    };
    let (tally, (dialing, machine)) = tokio::join!(bare::run(on, rate, &numbers), dialed);
    sum.switch_cpu_s += switch_cpu_s() - switch;
    sum.dialing_cpu_s += dialing;
    sum.machine += machine;
    sum.calls += rate * STEP_S;
    sum.gaps += rate * STEP_S - 1;
    sum.took += tally.took;
    sum.add(tally.setup_ms);
}

async fn engine_round(sum: &mut Rounds, engine: &Engine, project: i64, rate: u32, index: usize) {
    quiet().await;
    let numbers = numbers(rate, index + 50);
    let campaign = engine.prepare(project, json!({ "cps": rate }), &numbers).await;
    // From here on both do the same work: the bare client has its numbers, too.
    let (switch, own, traffic) = (switch_cpu_s(), cpu_s(engine.pid()), control_bytes());
    engine.begin(campaign).await;
    engine
        .finish(campaign, Duration::from_secs(u64::from(STEP_S) * 4 + 60))
        .await;
    sum.switch_cpu_s += switch_cpu_s() - switch;
    sum.own_cpu_s += cpu_s(engine.pid()) - own;
    sum.control_bytes += control_bytes() - traffic;
    let calls = engine.calls(campaign).await;
    let starts = starts(&calls);
    let took = starts
        .last()
        .zip(starts.first())
        .map_or(0, |(last, first)| last - first);
    sum.calls += rate * STEP_S;
    sum.gaps += rate * STEP_S - 1;
    sum.took += Duration::from_millis(took.unsigned_abs());
    let at = |call: &Value, key: &str| call[key].as_i64();
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of one call")]
    let setup_ms = |call| Some((at(call, "answered_at")? - at(call, "dialed_at")?) as f64);
    sum.add(calls.iter().filter_map(setup_ms).collect());
}

/// Waits until the switch has no channel left, so that a step begins where the one before it did.
async fn quiet() {
    let gone = async {
        while lab(&["channels"]).trim() != "0" {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone)
        .await
        .expect("the switch has no channel left");
}

fn switch_cpu_s() -> f64 {
    lab(&["cpu"]).trim().parse().unwrap()
}

/// Bytes on the connections it is controlled by, both ways.
fn control_bytes() -> f64 {
    lab(&["traffic"])
        .split_whitespace()
        .map(|word| word.split_once('=').unwrap().1.parse::<f64>().unwrap())
        .sum()
}
