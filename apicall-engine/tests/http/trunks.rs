//! A project that leaves by several trunks: what one fails another carries at once, and the audit knows why.

use super::emulated::{SWITCH, until, up};
use super::engine::Home;
use serde_json::{Value, json};

/// Whose carrier has no room.
const NUMBER: &str = "+573000000113";

#[tokio::test]
async fn a_failed_call_is_made_by_another_trunk_at_once_and_once() {
    let home = Home::with(SWITCH);
    let engine = up(&home).await;
    for name in ["first", "reserve"] {
        engine.made("/trunks", json!({ "name": name })).await;
    }
    let project = json!({
        "name": "tenant", "country": "CO", "trunks": [{ "trunk": 1 }, { "trunk": 2, "priority": 2 }],
        "caller_ids": { "numbers": ["5551", "5552"], "policy": "round_robin" },
        "ring_timeout_s": 6, "retry": { "max_attempts": 3, "delay_s": { "busy": 60 } },
        "flow": { "simple": { "audio": "prueba", "expected_digit": "1" } },
    });
    let project = engine.made("/projects", project).await["id"].clone();
    let campaign = json!({ "project": project, "name": "all" });
    let campaign = engine.made("/campaigns", campaign).await["id"].clone();
    let path = format!("/campaigns/{campaign}");
    let list = format!("number\n{NUMBER}\n");
    engine.import(&format!("{path}/import"), list).await;
    engine.order(&format!("{path}/start")).await;
    until("the campaign's end", async || {
        engine.get(&path).await.1["state"] == "finished"
    })
    .await;
    let calls = engine.get(&format!("/calls?campaign={campaign}")).await.1;
    let mut calls = calls["items"].as_array().unwrap().clone();
    calls.sort_by_key(|call| call["attempt"].as_u64());
    let told =
        |call: &Value| ["outcome", "trunk", "instead_of", "caller_id"].map(|field| call[field].clone());
    let expected = [
        [json!("congestion"), json!(1), Value::Null, json!("5551")],
        [json!("congestion"), json!(2), json!(1), json!("5552")],
    ];
    assert_eq!(calls.iter().map(told).collect::<Vec<_>>(), expected);
    let audit = home.audited();
    for (rule, judged) in [("attempts", 1), ("standing", 1), ("caller_id", 2)] {
        let lines = audit["rules"].as_array().unwrap();
        let line = lines.iter().find(|line| line["rule"] == rule).unwrap();
        assert_eq!(line["judged"], judged, "{rule}: {audit}");
    }
}
