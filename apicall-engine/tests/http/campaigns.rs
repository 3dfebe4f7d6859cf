//! Campaigns and what they are told.

use super::engine::{Engine, Home, project, refused};
use serde_json::{Value, json};

/// A project with a trunk of a switch that is down.
async fn tenant(engine: &Engine) -> Value {
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut new = project("tenant");
    new["trunk"] = trunk["id"].clone();
    engine.made("/projects", new).await["id"].clone()
}

#[tokio::test]
async fn a_campaign_is_made_changed_and_deleted() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let id = engine.made("/projects", project("tenant")).await["id"].clone();
    let made = engine
        .made("/campaigns", json!({ "project": id, "name": "May" }))
        .await;
    assert_eq!((&made["state"], &made["weight"]), (&json!("created"), &json!(10)));
    let path = format!("/campaigns/{}", made["id"]);
    let (status, changed) = engine
        .patch(
            &path,
            json!({ "name": "June", "weight": 100, "limits": { "cps": 2 } }),
        )
        .await;
    assert_eq!(
        (status, &changed["name"], &changed["weight"]),
        (200, &json!("June"), &json!(100))
    );
    assert_eq!(engine.get(&path).await.1, changed);
    for (query, count) in [
        (String::new(), 1),
        (format!("?project={id}"), 1),
        ("?project=99".to_owned(), 0),
        ("?state=created".to_owned(), 1),
        ("?state=running".to_owned(), 0),
    ] {
        let (_, list) = engine.get(&format!("/campaigns{query}")).await;
        assert_eq!(list.as_array().unwrap().len(), count, "{query}");
    }
    let (_, stats) = engine.get(&format!("{path}/stats")).await;
    assert_eq!(
        (&stats["contacts"], &stats["calls"], &stats["live"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!(
        stats["by_contact_state"],
        json!({ "pending": 0, "claimed": 0, "done": 0 })
    );
    assert_eq!(
        stats["by_outcome"].as_object().unwrap().len(),
        10,
        "every outcome is listed"
    );
    assert_eq!(engine.delete(&path).await.0, 204);
    refused(&engine.get(&path).await, 404, "not_found", None);
}

#[tokio::test]
async fn what_is_wrong_with_a_campaign_is_named() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let id = engine.made("/projects", project("tenant")).await["id"].clone();
    engine
        .made("/campaigns", json!({ "project": id, "name": "May" }))
        .await;
    for (new, field) in [
        (json!({ "name": "x" }), "project"),
        (json!({ "project": 99, "name": "x" }), "project"),
        (json!({ "project": id }), "name"),
        (json!({ "project": id, "name": " " }), "name"),
        (json!({ "project": id, "name": "x", "weight": 0 }), "weight"),
        (json!({ "project": id, "name": "x", "weight": 101 }), "weight"),
        (
            json!({ "project": id, "name": "x", "limits": { "cps": "fast" } }),
            "limits.cps",
        ),
        (json!({ "project": id, "name": "x", "state": "running" }), "state"),
    ] {
        refused(
            &engine.post("/campaigns", new).await,
            422,
            "invalid_field",
            Some(field),
        );
    }
    let again = json!({ "project": id, "name": "May" });
    refused(
        &engine.post("/campaigns", again).await,
        409,
        "conflict",
        Some("name"),
    );
    refused(
        &engine.patch("/campaigns/1", json!({ "project": id })).await,
        422,
        "invalid_field",
        Some("project"),
    );
    for (query, field) in [
        ("state=asleep", "state"),
        ("project=x", "project"),
        ("colour=red", "colour"),
    ] {
        let answer = engine.get(&format!("/campaigns?{query}")).await;
        refused(&answer, 400, "invalid_query", Some(field));
    }
}

#[tokio::test]
async fn a_campaign_does_what_it_is_told() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    let id = tenant(&engine).await;
    engine
        .made("/campaigns", json!({ "project": id, "name": "May" }))
        .await;
    refused(&engine.order("/campaigns/1/start").await, 409, "conflict", None);
    engine.import("/campaigns/1/import", "number\n3001234567\n").await;
    let told = |order: &'static str| {
        let engine = &engine;
        async move { engine.order(&format!("/campaigns/1/{order}")).await }
    };
    for order in ["pause", "resume", "stop"] {
        refused(&told(order).await, 409, "conflict", None);
    }
    for (order, state) in [
        ("start", "running"),
        ("start", "running"),
        ("pause", "paused"),
        ("pause", "paused"),
        ("resume", "running"),
        ("resume", "running"),
        ("stop", "stopped"),
        ("stop", "stopped"),
        ("start", "running"),
    ] {
        let (status, campaign) = told(order).await;
        assert_eq!(
            (status, &campaign["state"]),
            (200, &json!(state)),
            "{order}: {campaign}"
        );
    }
    refused(&engine.delete("/campaigns/1").await, 409, "in_use", None);
    refused(
        &engine.delete(&format!("/projects/{id}")).await,
        409,
        "in_use",
        None,
    );
    told("stop").await;
    assert_eq!(engine.delete("/campaigns/1").await.0, 204);
    refused(&told("start").await, 404, "not_found", None);
}

#[tokio::test]
async fn a_campaign_without_a_way_out_is_not_started() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let id = engine.made("/projects", project("tenant")).await["id"].clone();
    engine
        .made("/campaigns", json!({ "project": id, "name": "May" }))
        .await;
    refused(&engine.order("/campaigns/1/start").await, 409, "conflict", None);
    assert_eq!(engine.get("/campaigns/1").await.1["state"], "created");
    // What was prepared and never started does not go silently with its project.
    let project = format!("/projects/{id}");
    refused(&engine.delete(&project).await, 409, "in_use", None);
    assert_eq!(engine.delete("/campaigns/1").await.0, 204);
    assert_eq!(engine.delete(&project).await.0, 204);
}
