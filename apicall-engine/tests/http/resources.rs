//! Projects and trunks.

use super::engine::{Engine, Home, project, refused};
use serde_json::{Value, json};

#[tokio::test]
async fn a_project_is_made_changed_and_deleted() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let made = engine.made("/projects", project("Cartera")).await;
    assert_eq!(made["timezone"], "UTC");
    assert_eq!(
        (&made["ring_timeout_s"], &made["max_call_s"]),
        (&json!(30), &json!(3600))
    );
    assert_eq!(made["retry"]["max_attempts"], 3);
    let path = format!("/projects/{}", made["id"]);
    let change = json!({
        "name": " Cobros ", "caller_id": "6015551234", "timezone": "America/Bogota", "limits": { "cps": 5, "channels": 50 },
        "retry": { "max_attempts": 1 }, "ring_timeout_s": 20, "max_call_s": 60, "country": "mx",
        "flow": { "custom": { "start": "bye", "steps": { "bye": { "do": "hangup", "result": "completed" } } } },
    });
    let (status, changed) = engine.patch(&path, change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["name"], &changed["country"]),
        (&json!("Cobros"), &json!("MX"))
    );
    assert_eq!(changed["limits"]["cps"], 5.0);
    let (_, cleared) = engine.patch(&path, json!({ "caller_id": null })).await;
    assert_eq!(
        (&cleared["caller_id"], &cleared["name"]),
        (&Value::Null, &json!("Cobros"))
    );
    assert_eq!(engine.get(&path).await, (200, cleared.clone()));
    assert_eq!(engine.get("/projects").await.1, json!([cleared]));
    assert_eq!(engine.delete(&path).await.0, 204);
    refused(&engine.delete(&path).await, 404, "not_found", None);
    refused(
        &engine.patch(&path, json!({ "name": "x" })).await,
        404,
        "not_found",
        None,
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_project_is_named() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let first = engine.made("/projects", project("first")).await;
    let path = format!("/projects/{}", first["id"]);
    for (change, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "x".repeat(101) }), "name"),
        (json!({ "name": 7 }), "name"),
        (json!({ "country": "Colombia" }), "country"),
        (json!({ "country": "ZZ" }), "country"),
        (json!({ "timezone": "Bogota" }), "timezone"),
        (json!({ "caller_id": "a\r\nb" }), "caller_id"),
        (json!({ "trunk": 9 }), "trunk"),
        (json!({ "trunk": "x" }), "trunk"),
        (json!({ "limits": { "cps": 2.5 } }), "limits.cps"),
        (json!({ "limits": { "cps": 0 } }), "limits.cps"),
        (json!({ "limits": { "channels": 0 } }), "limits.channels"),
        (json!({ "limits": { "chanels": 1 } }), "limits.chanels"),
        (json!({ "retry": { "max_attempts": 0 } }), "retry"),
        (json!({ "ring_timeout_s": 1 }), "ring_timeout_s"),
        (json!({ "max_call_s": 1 }), "max_call_s"),
        (
            json!({ "flow": { "simple": { "audio": "../x", "expected_digit": "1" } } }),
            "flow.simple.audio",
        ),
        (
            json!({ "flow": { "simple": { "audio": "x", "expected_digit": "12" } } }),
            "flow.simple.expected_digit",
        ),
        (
            json!({ "flow": { "simple": { "audio": "x" } } }),
            "flow.simple.expected_digit",
        ),
        (
            json!({ "flow": { "custom": { "start": "nowhere", "steps": {} } } }),
            "flow",
        ),
        (json!({ "nonsense": 1 }), "nonsense"),
    ] {
        let mut new = project("second");
        new.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        refused(
            &engine.post("/projects", new).await,
            422,
            "invalid_field",
            Some(field),
        );
        refused(
            &engine.patch(&path, change).await,
            422,
            "invalid_field",
            Some(field),
        );
    }
    for missing in ["name", "country", "flow"] {
        let mut new = project("second");
        new.as_object_mut().unwrap().remove(missing);
        refused(
            &engine.post("/projects", new).await,
            422,
            "invalid_field",
            Some(missing),
        );
    }
    assert_eq!(
        engine.get("/projects").await.1,
        json!([first]),
        "a refused request changes nothing"
    );
}

#[tokio::test]
async fn names_and_ids_are_taken_once() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let with = |id: i64, name: &str| {
        let mut new = project(name);
        new["id"] = id.into();
        new
    };
    assert_eq!(engine.made("/projects", with(70, "a")).await["id"], 70);
    refused(
        &engine.post("/projects", with(70, "b")).await,
        409,
        "conflict",
        Some("id"),
    );
    refused(
        &engine.post("/projects", with(71, "a")).await,
        409,
        "conflict",
        Some("name"),
    );
    refused(
        &engine.post("/projects", with(i64::MAX, "b")).await,
        422,
        "invalid_field",
        Some("id"),
    );
    refused(
        &engine.post("/projects", with(0, "b")).await,
        422,
        "invalid_field",
        Some("id"),
    );
    let next = engine.made("/projects", project("b")).await;
    assert_eq!(
        next["id"], 71,
        "after the highest, and a refused one has changed nothing"
    );
    let path = format!("/projects/{}", next["id"]);
    refused(
        &engine.patch(&path, json!({ "name": "a" })).await,
        409,
        "conflict",
        Some("name"),
    );
}

#[tokio::test]
async fn a_trunk_is_made_changed_and_deleted_when_nobody_uses_it() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    let made = engine.made("/trunks", json!({ "name": "carrier" })).await;
    assert_eq!(
        (&made["switch"], &made["enabled"]),
        (&json!("pbx1"), &json!(true))
    );
    let path = format!("/trunks/{}", made["id"]);
    let (status, changed) = engine
        .patch(
            &path,
            json!({ "prefix": "9*", "limits": { "cps": 0.5 }, "enabled": false }),
        )
        .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["prefix"], &changed["limits"]["cps"]),
        (&json!("9*"), &json!(0.5))
    );
    assert_eq!(engine.get(&path).await, (200, changed.clone()));
    assert_eq!(engine.get("/trunks").await.1, json!([changed]));

    let mut tenant = project("tenant");
    tenant["trunk"] = made["id"].clone();
    let tenant = format!("/projects/{}", engine.made("/projects", tenant).await["id"]);
    refused(&engine.delete(&path).await, 409, "in_use", None);
    engine.patch(&tenant, json!({ "trunk": null })).await;
    assert_eq!(engine.delete(&path).await.0, 204);
    refused(&engine.get(&path).await, 404, "not_found", None);
    let again = engine.made("/trunks", json!({ "name": "carrier" })).await;
    assert_ne!(again["id"], made["id"], "ids come once");
}

#[tokio::test]
async fn what_is_wrong_with_a_trunk_is_named() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    engine
        .made("/trunks", json!({ "name": "carrier", "switch": "pbx1" }))
        .await;
    for (new, field) in [
        (json!({}), "name"),
        (json!({ "name": "a/b" }), "name"),
        (json!({ "name": "a&b" }), "name"),
        (json!({ "name": "b", "switch": "pbx2" }), "switch"),
        (json!({ "name": "b", "prefix": "12a" }), "prefix"),
        (json!({ "name": "b", "prefix": "1".repeat(17) }), "prefix"),
        (
            json!({ "name": "b", "limits": { "channels": -1 } }),
            "limits.channels",
        ),
    ] {
        refused(
            &engine.post("/trunks", new).await,
            422,
            "invalid_field",
            Some(field),
        );
    }
    refused(
        &engine.post("/trunks", json!({ "name": "carrier" })).await,
        409,
        "conflict",
        Some("name"),
    );
    refused(
        &engine.patch("/trunks/1", json!({ "name": "other" })).await,
        422,
        "invalid_field",
        Some("name"),
    );
}

#[tokio::test]
async fn without_a_switch_there_is_no_trunk() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    refused(
        &engine.post("/trunks", json!({ "name": "carrier" })).await,
        422,
        "invalid_field",
        Some("switch"),
    );
}
