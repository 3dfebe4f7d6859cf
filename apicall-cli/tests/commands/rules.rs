//! What is set of projects, trunks and campaigns, and what stays.

use super::ok;
use super::scripted::records::{campaign, project, trunk};
use super::scripted::{Answer, Engine, run};
use serde_json::{Value, json};

#[test]
fn smart_caller_ids_choose_the_policy_that_fits() {
    let made = || Answer::json(201, project().to_string());
    let engine = Engine::answering([made(), made()]);
    let add = ["project", "add", "--name", "x", "--country", "MX"];
    let one = [&add[..], &["--cid", "5550001234", "--smart-cid", "true"]].concat();
    let several = [
        &add[..],
        &["--caller-ids", "5550001234,5550001235", "--smart-cid", "true"],
    ]
    .concat();
    for words in [&one, &several] {
        assert_eq!(run(&mut engine.cli(words)).code, 0);
    }
    let none = [&add[..], &["--smart-cid", "true"]].concat();
    let ran = run(&mut engine.cli(&none));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("give --caller-ids"), "{}", ran.err);
    let asked = engine.asked();
    assert_eq!(asked.len(), 2);
    for (asked, numbers) in asked.iter().zip([1, 2]) {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let ids = &body["caller_ids"];
        assert_eq!(ids["policy"], "local_presence");
        assert_eq!(ids["numbers"].as_array().map(Vec::len), Some(numbers));
    }
}

#[test]
fn several_trunks_are_named_with_priority_and_weight() {
    let engine = Engine::answering([ok(project()), ok(json!([trunk()])), ok(project())]);
    let ran = run(&mut engine.cli(&["project", "set", "100", "--trunks", "Trunk_SIP:2:30"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body: Value = serde_json::from_str(&engine.asked()[2].body).unwrap();
    assert_eq!(
        body,
        json!({ "trunks": [{ "trunk": 7, "priority": 2, "weight": 30 }] })
    );
    for wrong in ["Trunk_SIP:first", "Trunk_SIP:1:2:3", "a/b"] {
        let ran = run(&mut engine.cli(&["project", "set", "100", "--trunks", wrong]));
        assert_eq!(ran.code, 2, "{}", ran.err);
    }
    let broken = json!({ "state": "open", "until": 1_700_000_000_000_i64, "why": "a probe failed" });
    let engine = Engine::answering([ok(json!([trunk()])), ok(broken)]);
    let ran = run(&mut engine.cli(&["-o", "csv", "trunk", "show", "Trunk_SIP"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("open") && ran.out.contains("a probe failed"),
        "{}",
        ran.out
    );
    assert_eq!(engine.asked()[1].line, "GET /api/v1/trunks/7/breaker");
}

#[test]
fn what_is_not_named_stays() {
    let engine = Engine::answering([
        ok(json!([trunk()])),
        ok(trunk()),
        ok(project()),
        ok(json!([trunk()])),
    ]);
    assert_eq!(
        run(&mut engine.cli(&["trunk", "set", "Trunk_SIP", "--channels", "30"])).code,
        0
    );
    let body: Value = serde_json::from_str(&engine.asked()[1].body).unwrap();
    assert_eq!(body, json!({ "limits": { "cps": 9.0, "channels": 30 } }));
    assert_eq!(run(&mut engine.cli(&["project", "set", "100"])).code, 2);
    assert_eq!(run(&mut engine.cli(&["trunk", "set", "Trunk_SIP"])).code, 2);
    assert!(
        engine
            .lines()
            .iter()
            .all(|line| !line.starts_with("PATCH /api/v1/projects"))
    );
}

#[test]
fn none_takes_away_and_a_running_campaign_can_be_slowed() {
    let engine = Engine::answering([
        ok(project()),
        ok(project()),
        ok(campaign("running")),
        ok(campaign("running")),
    ]);
    let words = [
        "project",
        "set",
        "100",
        "--trunk",
        "none",
        "--caller-id",
        "none",
        "--overflow-number",
        "none",
    ];
    let ran = run(&mut engine.cli(&words));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run(&mut engine.cli(&["campaign", "set", "3", "--cps", "none", "--channels", "4"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let asked = engine.asked();
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    let flow = json!({ "simple": { "audio": "prueba", "expected_digit": "1" } });
    assert_eq!(body, json!({ "trunk": null, "caller_id": null, "flow": flow }));
    assert_eq!(asked[3].line, "PATCH /api/v1/campaigns/3");
    let body: Value = serde_json::from_str(&asked[3].body).unwrap();
    assert_eq!(body, json!({ "limits": { "channels": 4 } }));
}

#[test]
fn an_ending_that_is_not_named_is_tried_again_as_before_and_one_of_none_is_final() {
    let made = || Answer::json(201, project().to_string());
    let engine = Engine::answering([made(), made()]);
    let add = ["project", "add", "--name", "x", "--country", "MX", "--retry"];
    for list in ["busy=60", "busy=60,machine=none"] {
        let ran = run(&mut engine.cli(&[&add[..], &[list]].concat()));
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let delays = |place: usize| {
        let body: Value = serde_json::from_str(&engine.asked()[place].body).unwrap();
        body["retry"]["delay_s"].clone()
    };
    assert_eq!(
        (&delays(0)["busy"], &delays(0)["machine"]),
        (&json!(60), &json!(3600))
    );
    assert_eq!(
        (&delays(1)["busy"], &delays(1)["machine"]),
        (&json!(60), &Value::Null)
    );
    let ran = run(&mut engine.cli(&[&add[..], &["busy=soon"]].concat()));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("or outcome=none"), "{}", ran.err);
}
