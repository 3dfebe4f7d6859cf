//! Single calls.

use super::emulated::{SWITCH, ready, until};
use super::engine::{Engine, Home, project, refused};
use serde_json::json;

#[tokio::test]
async fn a_call_needs_a_project_a_number_and_a_way_out() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let id = engine.made("/projects", project("tenant")).await["id"].clone();
    for (call, field) in [
        (json!({ "number": "3001234567" }), "project"),
        (json!({ "project": 99, "number": "3001234567" }), "project"),
        (json!({ "project": id }), "number"),
        (json!({ "project": id, "number": "123" }), "number"),
        (json!({ "project": id, "number": "300\r\n1234567" }), "number"),
        (json!({ "project": id, "number": 3_001_234_567_u64 }), "number"),
        (
            json!({ "project": id, "number": "3001234567", "trunk": 9 }),
            "trunk",
        ),
        (
            json!({ "project": id, "number": "3001234567", "variables": { "a b": "c" } }),
            "variables",
        ),
        (
            json!({ "project": id, "number": "3001234567", "variables": { "a": "b\r\nc" } }),
            "variables",
        ),
    ] {
        refused(
            &engine.post("/calls", call).await,
            422,
            "invalid_field",
            Some(field),
        );
    }
    let good = json!({ "project": id, "number": "3001234567" });
    refused(&engine.post("/calls", good).await, 409, "conflict", None);
    assert_eq!(engine.get("/calls").await.1, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn a_call_through_a_switch_that_is_down_is_for_later() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut new = project("tenant");
    new["trunk"] = 1.into();
    let id = engine.made("/projects", new).await["id"].clone();
    let call = json!({ "project": id, "number": "3001234567" });
    let answer = engine
        .request(reqwest::Method::POST, "/calls")
        .json(&call)
        .send()
        .await
        .unwrap();
    assert!(answer.headers().contains_key("retry-after"));
    refused(&super::engine::read(answer).await, 503, "unavailable", None);
    engine.patch("/trunks/1", json!({ "enabled": false })).await;
    refused(&engine.post("/calls", call).await, 409, "conflict", None);
    assert_eq!(engine.get("/calls").await.1["items"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_a_question_for_calls_is_named() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    for (query, field) in [
        ("state=asleep", "state"),
        ("outcome=fine", "outcome"),
        ("origin=moon", "origin"),
        ("number=12", "number"),
        ("campaign=x", "campaign"),
        ("from=yesterday", "from"),
        ("limit=0", "limit"),
        ("after=7", "after"),
        ("nubmer=7", "nubmer"),
    ] {
        let answer = engine.get(&format!("/calls?{query}")).await;
        refused(&answer, 400, "invalid_query", Some(field));
    }
    let all = "state=ended&outcome=busy&result=completed&origin=manual&number=%2B573001234567&campaign=1&project=1&contact=1&from=0&to=1";
    assert_eq!(engine.get(&format!("/calls?{all}")).await.0, 200);
    let unknown = "0192f0c1-5d7e-7cc0-8000-3e4f6a1b2c3d";
    refused(
        &engine.get(&format!("/calls/{unknown}")).await,
        404,
        "not_found",
        None,
    );
    refused(
        &engine.order(&format!("/calls/{unknown}/hangup")).await,
        404,
        "not_found",
        None,
    );
}

#[tokio::test]
async fn a_live_call_shows_what_happened_so_far() {
    let home = Home::with(SWITCH);
    let (engine, project) = ready(&home, None).await;
    // Somebody who picks up, and presses nothing.
    let call = json!({ "project": project, "number": "+573000000105" });
    let (status, call) = engine.post("/calls", call).await;
    assert_eq!(status, 202, "{call}");
    let path = format!("/calls/{}", call["id"].as_str().unwrap());
    until("a step of the live call", async || {
        let now = engine.get(&path).await.1;
        assert_ne!(now["state"], "ended", "{now}");
        let timeline = now["timeline"].as_array().unwrap();
        timeline.iter().any(|moment| moment["event"] == "step")
    })
    .await;
    until("its end", async || engine.get(&path).await.1["state"] == "ended").await;
    let timeline = engine.get(&path).await.1["timeline"].clone();
    let states = timeline
        .as_array()
        .unwrap()
        .iter()
        .filter(|moment| moment["event"] == "state");
    let states: Vec<_> = states.map(|moment| moment["state"].as_str().unwrap()).collect();
    assert_eq!(
        states,
        ["queued", "dialing", "ringing", "up"],
        "each once: {timeline}"
    );
}
