//! `why`, `campaign preflight`

use super::ok;
use super::scripted::records::{campaign, project};
use super::scripted::{Engine, run};
use serde_json::{Value, json};

fn report(verdict: &str) -> Value {
    let rule = json!({ "rule": "calling_hours", "input": "the project's daily 08:00-20:00", "verdict": verdict,
                       "until": 1_900_069_200_000_i64 });
    let trace = json!({
        "project": 100, "campaign": 3, "contact": 9, "number": "+525512345678", "at": 1_900_000_000_000_i64,
        "rules": [rule], "verdict": verdict, "next_eligible_at": 1_900_069_200_000_i64,
        "because": ["calling_hours"], "answer": "it may be called from Monday on\u{1b}[2J"
    });
    json!({ "at": 1_900_000_000_000_i64, "traces": [trace], "left_off": false })
}

#[test]
fn why_asks_shows_the_rules_and_ends_with_the_answer() {
    let engine = Engine::answering([ok(report("passes")), ok(report("waits")), ok(report("refused"))]);
    let words = [
        "why",
        "55 1234 5678",
        "--project",
        "100",
        "--at",
        "2030-03-17T12:46:40-05:00",
    ];
    let ran = run(&mut engine.cli(&words));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines[0], "+525512345678 for project 100, campaign 3");
    assert!(
        lines[1].contains("RULE") && lines[2].contains("calling_hours"),
        "{}",
        ran.out
    );
    assert_eq!(lines.last(), Some(&"it may be called from Monday on\u{fffd}[2J"));
    let asked = &engine.asked()[0].line;
    let query = "GET /api/v1/why?number=55+1234+5678&project=100&single=false&at=1900000000000";
    assert_eq!(asked, query);

    let ran = run(&mut engine.cli(&["-o", "json", "why", "+525512345678"]));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, "apicall-cli: not to be called at that moment\n")
    );
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap(), report("waits"));
    let ran = run(&mut engine.cli(&["-o", "csv", "why", "+525512345678", "--campaign", "3"]));
    assert_eq!(ran.code, 1);
    let expected = "project,campaign,number,rule,verdict,until,input\n\
                    100,3,+525512345678,calling_hours,refused,2030-03-18T13:00:00.000Z,the project's daily 08:00-20:00\n";
    assert_eq!(ran.out, expected);
}

#[test]
fn a_single_call_is_no_campaigns() {
    let engine = Engine::answering([]);
    let ran = run(&mut engine.cli(&["why", "+525512345678", "--single", "--campaign", "3"]));
    assert_eq!(ran.code, 2, "{}", ran.err);
}

fn found(severity: &str) -> Value {
    let one = json!({ "severity": severity, "what": "trunk", "says": "no trunk", "remedy": "give it one" });
    json!({ "campaign": 3, "at": 1_900_000_000_000_i64, "pending": 7, "sampled": 5, "first_calls_done_at": null,
            "obstacles": [one] })
}

#[test]
fn a_preflight_fails_when_nobody_would_be_called() {
    let engine = Engine::answering([ok(found("error")), ok(found("warning")), ok(found("error"))]);
    let ran = run(&mut engine.cli(&["campaign", "preflight", "3"]));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, "apicall-cli: campaign 3 would call nobody\n")
    );
    let answer = "1 error, 0 warnings; contacts that wait: 7, looked at: 5";
    assert_eq!(ran.out.lines().last(), Some(answer));
    assert!(
        ran.out.contains("no trunk") && ran.out.contains("give it one"),
        "{}",
        ran.out
    );
    assert_eq!(engine.asked()[0].line, "GET /api/v1/campaigns/3/preflight");
    let ran = run(&mut engine.cli(&["-o", "json", "campaign", "preflight", "3"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap(), found("warning"));
    let ran = run(&mut engine.cli(&["-o", "csv", "campaign", "preflight", "3"]));
    assert_eq!(
        ran.out,
        "severity,what,says,remedy\nerror,trunk,no trunk,give it one\n"
    );
}

#[test]
fn a_start_looks_first_when_it_is_asked_to() {
    let engine = Engine::answering([ok(found("error")), ok(found("warning")), ok(campaign("running"))]);
    let start = ["campaign", "start", "3", "--preflight", "-o", "json"];
    let ran = run(&mut engine.cli(&start));
    let told = "error: trunk: no trunk; give it one\napicall-cli: campaign 3 would call nobody\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (1, "", told));
    let ran = run(&mut engine.cli(&start));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (0, "warning: trunk: no trunk; give it one\n")
    );
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["state"], "running");
    let lines = engine.lines();
    assert_eq!(lines[1], "GET /api/v1/campaigns/3/preflight");
    assert_eq!(lines[2], "POST /api/v1/campaigns/3/start");
}

#[test]
fn a_project_may_be_named() {
    let name = project()["name"].as_str().unwrap().to_owned();
    let all = || ok(json!([project()]));
    let page = || ok(json!({ "items": [], "next": null }));
    let engine = Engine::answering([
        all(),
        ok(report("passes")),
        all(),
        ok(json!([])),
        all(),
        page(),
        all(),
        page(),
        all(),
        ok(json!([])),
        all(),
        all(),
        ok(json!([])),
        all(),
    ]);
    for words in [
        vec!["why", "+525512345678", "--project", &name],
        vec!["campaign", "list", "--project", &name],
        vec!["call", "list", "--project", &name],
        vec!["dnc", "list", "--project", &name],
        vec!["webhook", "list", "--project", &name],
        vec!["project", "show", &name],
        vec!["project", "caller-ids", &name],
    ] {
        let ran = run(&mut engine.cli(&words));
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.err);
    }
    let ran = run(&mut engine.cli(&["campaign", "create", "--project", "nobody", "--name", "May"]));
    let told = format!("apicall-cli: no project is called `nobody`; projects are: {name}\n");
    assert_eq!((ran.code, ran.err), (1, told));
    let lines = engine.lines();
    let asked: Vec<_> = lines
        .iter()
        .filter(|line| *line != "GET /api/v1/projects")
        .collect();
    assert_eq!(
        asked,
        [
            "GET /api/v1/why?number=%2B525512345678&project=100&single=false",
            "GET /api/v1/campaigns?project=100",
            "GET /api/v1/calls?project=100&limit=1000",
            "GET /api/v1/dnc?project=100&limit=1000",
            "GET /api/v1/webhooks?project=100",
            "GET /api/v1/projects/100/caller-ids",
        ]
    );
}

#[test]
fn a_simulation_takes_a_model_and_tells_what_becomes_of_it() {
    let told = json!({
        "campaign": 3, "begins_at": 1_900_000_000_000_i64, "ends_at": 1_900_005_400_000_i64, "finishes": true, "seed": 4,
        "contacts": 10, "reached": 6, "not_called": { "do_not_call": 1 }, "attempts": 12,
        "by_outcome": { "answered": 6, "busy": 6 }, "peak_channels": 3, "peak_cps": 2, "mean_cps": 0.5,
        "waited_s": { "rate": 20, "retry": 5000 }, "held": {}
    });
    let engine = Engine::answering([ok(told.clone()), ok(told.clone())]);
    let model = json!({ "endings": [{ "outcome": "busy", "share": 1, "rings_ms": [500] }] });
    let file = engine.home.path().join("callees.json");
    std::fs::write(&file, model.to_string()).unwrap();
    let simulate = [
        "campaign",
        "simulate",
        "3",
        "--seed",
        "4",
        "--model",
        file.to_str().unwrap(),
    ];
    let ran = run(&mut engine.cli(&simulate));
    assert_eq!(ran.code, 0, "{}", ran.err);
    for line in [
        "lasts          1 h 30 min",
        "waited         rate 20 s, retry 1 h 23 min",
    ] {
        assert!(ran.out.lines().any(|told| told == line), "{}", ran.out);
    }
    let ran = run(&mut engine.cli(&["-o", "json", "campaign", "simulate", "3"]));
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap(), told);
    let asked = engine.asked();
    assert_eq!(asked[0].line, "POST /api/v1/campaigns/3/simulate");
    let bodies = [0, 1].map(|place| serde_json::from_str::<Value>(&asked[place].body).unwrap());
    assert_eq!(
        bodies,
        [json!({ "model": model, "seed": 4 }), json!({ "seed": 1 })]
    );
    std::fs::write(&file, r#"{ "endings": [] }"#).unwrap();
    let ran = run(&mut engine.cli(&simulate));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("give 1 to 50"), "{}", ran.err);
}
