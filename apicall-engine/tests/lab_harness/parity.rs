//! The same scenario files on two engines, one with the lab's switch and one with an emulated one.

use super::{LOCAL_SERVICES, Lab};
use crate::driver::{Engine, LOOK};
use crate::service::Service;
use apicall_core::api::CallDetail;
use apicall_core::model::TimelineEvent;
use apicall_core::scenario::{Case, Scenario, Subject, judge};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Every call of the files is over by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the files say that the service is which their flows ask.
const SERVICE: &str = "http://127.0.0.1:8099";

/// Both engines, and the service that they ask.
pub(crate) struct Sides {
    pub(crate) lab: Lab,
    emulated: Engine,
    service: Service,
}

impl Sides {
    pub(crate) async fn start() -> Self {
        let pbx = Lab::kind();
        let config = format!("{LOCAL_SERVICES}[[switch]]\nname = 'pbx1'\nkind = 'emulator'\npbx = '{pbx}'\n");
        let emulated = Engine::start(Path::new(env!("CARGO_BIN_EXE_apicall-engine")), &config).await;
        emulated.post("/trunks", json!({ "name": "carrier" })).await;
        let knows = |asked: &str| {
            if asked.contains(r#""choice":"1""#) {
                ("200 OK", r#"{"agent":{"number":"+573009999930"}}"#)
            } else {
                ("404 Not Found", "{}")
            }
        };
        Self {
            lab: Lab::start().await,
            emulated,
            service: Service::start(knows).await,
        }
    }

    /// What is not as a file expects, on either, and what the two do not tell alike.
    pub(crate) async fn differences(&self, name: &str) -> Vec<String> {
        let scenario = self.scenario(name);
        let (real, unreal) = tokio::join!(
            play(&self.lab, name, &scenario),
            play(&self.emulated, name, &scenario)
        );
        let calls = real.iter().zip(&unreal);
        let cases = scenario.cases.iter().zip(calls);
        cases
            .flat_map(|(case, (real, unreal))| compare(&format!("{name}, {}", case.name), case, real, unreal))
            .collect()
    }

    /// A file of `tests/scenarios`.
    fn scenario(&self, name: &str) -> Scenario {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/scenarios")
            .join(name);
        let text = std::fs::read_to_string(file)
            .unwrap()
            .replace(SERVICE, &self.service.url);
        Scenario::parse(&text).unwrap_or_else(|faults| panic!("{name}: {faults}"))
    }

    /// Nothing is left on the switch.
    pub(crate) async fn stop(self) {
        self.lab.assert_no_channel().await;
        self.emulated.stop().await;
        self.lab.stop().await;
    }
}

/// What is wrong with one case, on either side or between them.
fn compare(name: &str, case: &Case, real: &CallDetail, unreal: &CallDetail) -> Vec<String> {
    let mut found = Vec::new();
    for (switch, call) in [("the real switch", real), ("the emulator", unreal)] {
        let failures = failures(case, call).into_iter();
        found.extend(failures.map(|failure| format!("{name}, on {switch}: {failure}")));
        if !call.timeline.is_sorted_by_key(|moment| moment.at) {
            found.push(format!("{name}, on {switch}: the timeline goes back in time"));
        }
    }
    let (of_real, of_unreal) = (story(real), story(unreal));
    if of_real != of_unreal {
        let (of_real, of_unreal) = (of_real.join("\n  "), of_unreal.join("\n  "));
        found.push(format!(
            "{name}, on the real switch:\n  {of_real}\n{name}, on the emulator:\n  {of_unreal}"
        ));
    }
    found
}

/// Plays all cases of a file at once.
async fn play(engine: &Engine, name: &str, scenario: &Scenario) -> Vec<CallDetail> {
    let Subject::Flow(carried) = &scenario.subject else {
        panic!("{name} brings its flow");
    };
    let project = json!({
        "name": name, "country": carried.country, "trunk": 1, "caller_id": carried.caller_id,
        "ring_timeout_s": carried.ring_timeout_s, "flow": carried.flow,
    });
    let project = engine.post("/projects", project).await["id"].clone();
    let mut calls = Vec::new();
    for case in &scenario.cases {
        let call =
            json!({ "project": project, "number": case.number, "variables": case.variables_with_callees() });
        calls.push(
            engine.post("/calls", call).await["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    let mut ended = Vec::new();
    for id in calls {
        let over = async {
            loop {
                let call: Value = engine.get(&format!("/calls/{id}")).await;
                if call["state"] == "ended" {
                    return call;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let call = tokio::time::timeout(PATIENCE, over)
            .await
            .expect("every call ends");
        ended.push(serde_json::from_value(call).unwrap());
    }
    ended
}

/// What is not as the case expects.
fn failures(case: &Case, call: &CallDetail) -> Vec<String> {
    let verdicts = judge(&case.expect, call).into_iter();
    let failed = verdicts.filter(|verdict| !verdict.met);
    failed
        .map(|verdict| {
            format!(
                "{}: expected {}, seen {}",
                verdict.key, verdict.expected, verdict.seen
            )
        })
        .collect()
}

/// What happened, in its order: without times, and without the words of a switch.
fn story(call: &CallDetail) -> Vec<String> {
    let told = |event: &TimelineEvent| match event {
        TimelineEvent::TransferEnded(report) => format!("transfer {}", report.status),
        TimelineEvent::Ended { outcome, .. } => format!("ended {outcome}"),
        // Frames and commands make it some tens of milliseconds longer or shorter.
        TimelineEvent::Recorded { name, length_ms } => {
            format!("recorded {name}, {} half seconds", (length_ms + 250) / 500)
        }
        TimelineEvent::Webhook {
            url, status, error, ..
        } => format!("webhook {url}: {status:?}, failed: {}", error.is_some()),
        other => serde_json::to_string(other).unwrap(),
    };
    let events = call.timeline.iter().map(|moment| &moment.event);
    events.map(told).collect()
}
