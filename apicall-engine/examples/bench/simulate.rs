//! How long it takes to foretell a campaign of a million contacts, and what memory that takes.
//!
//! Its hours are read by the callee's clock, numbers have a cap, and whoever is not reached is tried again.

use super::process::memory_kib;
use super::report::Report;
use apicall_core::model::{
    CalendarDay, CalleeModel, Campaign, Forecast, Limits, Project, ProjectTrunk, Timestamp,
};
use apicall_core::schedule::simulate::{Exit, Setup, Simulation};
use serde_json::{from_value, json};
use std::time::Instant;

const CONTACTS: u32 = 1_000_000;
/// A Monday at 9 in Bogotá.
const MONDAY: i64 = 1_900_072_800_000;

pub(crate) fn run() -> Report {
    let head = [
        "contacts",
        "attempts",
        "days",
        "seconds",
        "attempts_a_second",
        "grown_mib",
    ];
    let mut report = Report::new("simulate", &head);
    let before = memory_kib(std::process::id());
    let (told, seconds) = play();
    let grown_mib = (memory_kib(std::process::id()) - before) / 1_024.0;
    assert!(told.finishes, "{told:?}");
    let days = told.ends_at.since(told.begins_at).as_secs_f64() / 86_400.0;
    #[allow(clippy::cast_precision_loss, reason = "counts of calls")]
    let (contacts, attempts) = (told.contacts as f64, told.attempts as f64);
    report.row(&[contacts, attempts, days, seconds, attempts / seconds, grown_mib]);
    report.at_most("seconds for a million contacts", seconds, 60.0);
    report.at_most("memory grown by a million contacts, in MiB", grown_mib, 512.0);
    let (again, _) = play();
    assert_eq!(told, again, "the same seed gives the same answer");
    report
}

fn play() -> (Forecast, f64) {
    let began = Instant::now();
    let mut simulation = Simulation::new(setup(), began);
    for n in 0..CONTACTS {
        // Some are in another zone.
        let country = if n % 10 == 0 { "55119" } else { "573" };
        let number = format!("+{country}{n:09}").parse().unwrap();
        simulation.add(&number, None, 0, vec![]);
    }
    (simulation.run(), began.elapsed().as_secs_f64())
}

fn setup() -> Setup {
    let project: Project = from_value(json!({
        "id": 1, "name": "tenant", "country": "CO", "timezone": "America/Bogota", "trunk": 1, "limits": {},
        "hours": { "zone": "callee", "windows": ["mon-fri 08:00-20:00", "sat 09:00-13:00"], "holidays": ["12-25"] },
        "number_caps": ["3/24h"], "caller_id": "5551", "ring_timeout_s": 30, "max_call_s": 600, "created_at": 0,
        "flow": { "simple": { "audio": "promo", "expected_digit": "1" } },
        "retry": { "max_attempts": 3, "delay_s": { "busy": 600, "no_answer": 7200 } },
    }))
    .unwrap();
    let campaign: Campaign = from_value(json!({
        "id": 1, "project": 1, "name": "million", "state": "created", "limits": { "cps": 100, "channels": 2000 }, "weight": 10,
        "created_at": 0, "started_at": null, "ended_at": null,
    }))
    .unwrap();
    let model: CalleeModel = from_value(json!({ "endings": [
        { "outcome": "answered", "answered_by": "human", "share": 30, "rings_ms": [4000, 9000, 15000], "talks_ms": [5000, 20000, 60000] },
        { "outcome": "no_answer", "share": 50, "rings_ms": [30000] },
        { "outcome": "busy", "share": 20, "rings_ms": [1500] },
    ] }))
    .unwrap();
    Setup {
        project,
        campaign,
        engine: Limits::default(),
        exits: vec![Exit {
            trunk: ProjectTrunk::only(1.try_into().unwrap()),
            limits: Limits::default(),
            switch: "pbx".parse().unwrap(),
            switch_limits: Limits::default(),
            max_unanswered: 100_000,
        }],
        caller_ids: vec![],
        day: CalendarDay(20_300_318),
        model,
        seed: 1,
        begins: Timestamp::from_millis(MONDAY),
    }
}
