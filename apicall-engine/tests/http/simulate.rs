//! What becomes of a campaign, before it starts.

use super::engine::{Engine, Home, project, refused};
use serde_json::{Value, json};

fn model() -> Value {
    json!({ "endings": [
        { "outcome": "answered", "answered_by": "human", "share": 1, "rings_ms": [1000], "talks_ms": [9000] },
        { "outcome": "busy", "share": 1, "rings_ms": [500] },
    ] })
}

#[tokio::test]
async fn a_campaign_is_played_without_calling_anybody() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut new = project("tenant");
    new["number_caps"] = json!(["3/24h"]);
    let id = engine.made("/projects", new).await["id"].clone();
    let campaign = json!({ "project": id, "name": "May", "limits": { "cps": 10 } });
    let campaign = engine.made("/campaigns", campaign).await["id"].clone();
    let path = format!("/campaigns/{campaign}/simulate");
    let numbers: Vec<_> = (0..300).map(|n| format!("3001{n:06}")).collect();
    let list = format!("number\n{}\n", numbers.join("\n"));
    engine
        .import(&format!("/campaigns/{campaign}/import"), list)
        .await;
    engine.made("/dnc", json!({ "number": "+573001000007" })).await;

    let asked = json!({ "model": model(), "seed": 5 });
    refused(&engine.post(&path, asked.clone()).await, 409, "conflict", None);
    engine
        .patch(&format!("/projects/{id}"), json!({ "trunk": trunk["id"] }))
        .await;
    let (status, told) = engine.post(&path, asked.clone()).await;
    assert_eq!(
        (status, &told["contacts"], &told["seed"]),
        (200, &json!(300), &json!(5)),
        "{told}"
    );
    assert_eq!(told["not_called"], json!({ "do_not_call": 1 }), "{told}");
    assert_eq!(told["finishes"], true, "{told}");
    assert!(told["attempts"].as_u64() > Some(299), "{told}");
    assert!(told["reached"].as_u64() > Some(200), "{told}");
    assert!(told["waited_s"]["retry"].as_u64() > Some(100), "{told}");
    let (_, again) = engine.post(&path, asked).await;
    assert_eq!(
        (&again["attempts"], &again["reached"]),
        (&told["attempts"], &told["reached"])
    );
    let (_, stats) = engine.get(&format!("/campaigns/{campaign}/stats")).await;
    assert_eq!((&stats["calls"], &stats["state"]), (&json!(0), &json!("created")));
}

#[tokio::test]
async fn a_model_is_needed_where_nothing_was_learned_and_is_checked() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    let id = engine.made("/projects", project("tenant")).await["id"].clone();
    let campaign = json!({ "project": id, "name": "May" });
    let campaign = engine.made("/campaigns", campaign).await["id"].clone();
    let path = format!("/campaigns/{campaign}/simulate");
    refused(
        &engine.post(&path, json!({})).await,
        422,
        "invalid_field",
        Some("model"),
    );
    let mut wrong = model();
    wrong["endings"][1]["talks_ms"] = json!([1]);
    let (status, told) = engine.post(&path, json!({ "model": wrong })).await;
    assert_eq!(status, 422, "{told}");
    refused(
        &engine.post("/campaigns/9/simulate", json!({})).await,
        404,
        "not_found",
        None,
    );
}
