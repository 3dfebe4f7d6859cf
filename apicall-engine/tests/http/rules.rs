//! Who may be called: hours, schedules, do-not-call lists.

use super::engine::{Engine, Home, project, refused};
use serde_json::{Value, json};

#[tokio::test]
async fn hours_are_kept_changed_and_cleared() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let mut new = project("tenant");
    new["hours"] = json!({ "windows": ["mon-fri  8:00-20:00"] });
    refused(
        &engine.post("/projects", new.clone()).await,
        422,
        "invalid_field",
        Some("hours.windows[0]"),
    );
    new["hours"] =
        json!({ "windows": ["mon-fri 08:00-20:00", "sat,sun 10:00-14:00"], "holidays": ["12-25"] });
    let made = engine.made("/projects", new).await;
    assert_eq!(
        made["hours"],
        json!({ "zone": "project", "windows": ["mon-fri 08:00-20:00", "sat-sun 10:00-14:00"], "holidays": ["12-25"] })
    );
    let path = format!("/projects/{}", made["id"]);
    for (hours, field) in [
        (json!({ "windows": [] }), "hours"),
        (
            json!({ "zone": "theirs", "windows": ["daily 08:00-20:00"] }),
            "hours.zone",
        ),
        (
            json!({ "windows": ["daily 08:00-20:00"], "holidays": ["Christmas"] }),
            "hours.holidays[0]",
        ),
        (json!({ "zone": "callee" }), "hours.windows"),
    ] {
        let answer = engine.patch(&path, json!({ "hours": hours })).await;
        refused(&answer, 422, "invalid_field", Some(field));
    }
    let (_, cleared) = engine.patch(&path, json!({ "hours": null })).await;
    assert_eq!(cleared["hours"], Value::Null);
}

#[tokio::test]
async fn a_campaign_says_what_it_waits_for() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut new = project("tenant");
    new["trunk"] = trunk["id"].clone();
    let id = engine.made("/projects", new).await["id"].clone();
    let starts_at = 4_000_000_000_000_i64;
    let campaign = json!({ "project": id, "name": "May", "starts_at": starts_at, "ends_at": starts_at });
    refused(
        &engine.post("/campaigns", campaign).await,
        422,
        "invalid_field",
        Some("ends_at"),
    );
    let campaign = json!({ "project": id, "name": "May", "starts_at": starts_at });
    let path = format!("/campaigns/{}", engine.made("/campaigns", campaign).await["id"]);
    let early = json!({ "ends_at": starts_at - 1 });
    refused(
        &engine.patch(&path, early).await,
        422,
        "invalid_field",
        Some("ends_at"),
    );
    engine
        .import(&format!("{path}/import"), "number\n3001112233\n")
        .await;
    assert_eq!(engine.get(&format!("{path}/stats")).await.1["waits"], Value::Null);
    assert_eq!(engine.order(&format!("{path}/start")).await.1["state"], "running");
    let waits = engine.get(&format!("{path}/stats")).await.1["waits"].clone();
    assert_eq!(waits, json!({ "reason": "scheduled_start", "until": starts_at }));
    let ended = json!({ "starts_at": null, "ends_at": 1_000 });
    assert_eq!(engine.patch(&path, ended).await.0, 200);
    while engine.get(&path).await.1["state"] != "stopped" {
        tokio::task::yield_now().await;
    }
    let answer = engine.order(&format!("{path}/start")).await;
    refused(&answer, 409, "conflict", None);
    assert!(
        answer.1["detail"].as_str().unwrap().contains("ends_at"),
        "{}",
        answer.1
    );
}

#[tokio::test]
async fn do_not_call_lists_are_kept() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    let id = engine.made("/projects", project("tenant")).await["id"].clone();
    let (status, entry) = engine
        .post(
            "/dnc",
            json!({ "number": "300 111 2233", "project": id, "reason": "by letter" }),
        )
        .await;
    assert_eq!(status, 201, "{entry}");
    assert_eq!(
        (&entry["number"], &entry["origin"], &entry["reason"]),
        (&json!("+573001112233"), &json!("operator"), &json!("by letter"))
    );
    let again = json!({ "number": "+573001112233", "project": id });
    assert_eq!(
        engine.post("/dnc", again).await,
        (200, entry.clone()),
        "it stays as it was"
    );
    for (new, field) in [
        (json!({ "number": "3001112233" }), "number"),
        (json!({ "number": "nobody", "project": id }), "number"),
        (json!({ "number": "3001112233", "project": 99 }), "project"),
        (json!({ "number": "+573001112233", "reason": "a\nb" }), "reason"),
        (json!({ "project": id }), "number"),
    ] {
        refused(&engine.post("/dnc", new).await, 422, "invalid_field", Some(field));
    }
    let (status, report) = engine
        .import(
            "/dnc/import?country=CO&reason=registry",
            "number\n3001112233\n3001112233\nx\n3001112244\n",
        )
        .await;
    assert_eq!(status, 200, "{report}");
    for (key, value) in [("rows", 4), ("added", 2), ("known", 1), ("rejected", 1)] {
        assert_eq!(report[key], value, "{key}: {report}");
    }
    assert_eq!(report["rejects"][0]["line"], 4);
    let broken = engine.import("/dnc/import", "number\n3001112233\n").await;
    refused(&broken, 400, "invalid_query", Some("country"));
    for (query, count) in [
        ("", 3),
        ("?everybody=true", 2),
        ("?project=1", 1),
        ("?number=%2B573001112233", 2),
        ("?number=%2B573001112244&project=1", 0),
        ("?limit=2", 2),
    ] {
        let (_, page) = engine.get(&format!("/dnc{query}")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}: {page}");
    }
    refused(
        &engine.get("/dnc?number=1").await,
        400,
        "invalid_query",
        Some("number"),
    );
    let path = format!("/dnc/{}", entry["id"]);
    assert_eq!(engine.delete(&path).await.0, 204);
    refused(&engine.delete(&path).await, 404, "not_found", None);
}

#[tokio::test]
async fn caps_and_retries_are_kept_and_what_is_wrong_with_them_is_named() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let path = format!(
        "/projects/{}",
        engine.made("/projects", project("tenant")).await["id"]
    );
    let (status, changed) = engine
        .patch(
            &path,
            json!({ "number_caps": ["us_florida", "7 / 7d"], "retry": { "max_attempts": 4, "delay_s": { "busy": 60 },
                    "backoff": { "busy": 2 }, "longest_s": 600, "other_hour": ["busy"] } }),
        )
        .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["number_caps"], json!(["us_florida", "7/7d"]));
    assert_eq!(
        changed["retry"],
        json!({ "max_attempts": 4, "delay_s": { "busy": 60 }, "backoff": { "busy": 2 }, "longest_s": 600,
                "other_hour": ["busy"] })
    );
    for (change, field) in [
        (json!({ "number_caps": ["often"] }), "number_caps[0]"),
        (json!({ "number_caps": "3/24h" }), "number_caps"),
        (
            json!({ "retry": { "max_attempts": 2, "delay_s": { "busy": 60 }, "backoff": { "busy": 0 } } }),
            "retry",
        ),
        (
            json!({ "retry": { "max_attempts": 2, "other_hour": ["busy"] } }),
            "retry",
        ),
    ] {
        refused(
            &engine.patch(&path, change).await,
            422,
            "invalid_field",
            Some(field),
        );
    }
    let (_, cleared) = engine.patch(&path, json!({ "number_caps": [] })).await;
    assert_eq!(cleared["number_caps"], json!([]));
}

#[tokio::test]
async fn caller_ids_are_kept_shown_and_what_is_wrong_with_them_is_named() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let path = format!(
        "/projects/{}",
        engine.made("/projects", project("tenant")).await["id"]
    );
    let uses = format!("{path}/caller-ids");
    assert_eq!(engine.get(&uses).await, (200, json!([])));
    let ids = json!({ "numbers": ["5551", "5552"], "policy": "learned", "daily_cap": 3, "rest": "5% of 100 for 24h" });
    let (status, changed) = engine.patch(&path, json!({ "caller_ids": ids })).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (
            &changed["caller_ids"]["explore_percent"],
            &changed["caller_ids"]["when_none"]
        ),
        (&json!(10), &json!("wait"))
    );
    let expected = |number: &str| {
        json!({ "caller_id": number, "used_today": 0, "daily_cap": 3, "tried": 0, "answered": 0,
                "answer_rate": null, "resting_until": null, "free_at": null })
    };
    assert_eq!(
        engine.get(&uses).await,
        (200, json!([expected("5551"), expected("5552")]))
    );
    let with = |key: &str, value: Value| {
        let mut ids = ids.clone();
        ids[key] = value;
        json!({ "caller_ids": ids })
    };
    for (change, field) in [
        (with("numbers", json!([])), "caller_ids"),
        (with("numbers", json!(["x"])), "caller_ids.numbers[0]"),
        (with("policy", json!("random")), "caller_ids.policy"),
        (with("rest", json!("often")), "caller_ids.rest"),
        (with("when_none", json!("caller_id")), "caller_ids.when_none"),
    ] {
        refused(
            &engine.patch(&path, change).await,
            422,
            "invalid_field",
            Some(field),
        );
    }
    let own =
        json!({ "caller_id": "5550", "caller_ids": with("when_none", json!("caller_id"))["caller_ids"] });
    assert_eq!(engine.patch(&path, own).await.0, 200);
    let bare = engine.patch(&path, json!({ "caller_id": null })).await;
    refused(&bare, 422, "invalid_field", Some("caller_ids.when_none"));
    let (_, cleared) = engine.patch(&path, json!({ "caller_ids": null })).await;
    assert_eq!(cleared["caller_ids"], Value::Null);
}

#[tokio::test]
async fn a_project_has_one_trunk_or_several() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    for name in ["carrier", "reserve"] {
        engine.made("/trunks", json!({ "name": name })).await;
    }
    let mut new = project("tenant");
    new["trunks"] = json!([{ "trunk": 1, "weight": 30 }, { "trunk": 2, "priority": 2 }]);
    let made = engine.made("/projects", new.clone()).await;
    assert_eq!(
        made["trunks"],
        json!([{ "trunk": 1, "priority": 1, "weight": 30 }, { "trunk": 2, "priority": 2, "weight": 10 }])
    );
    refused(&engine.delete("/trunks/2").await, 409, "in_use", None);
    let path = format!("/projects/{}", made["id"]);
    for change in [
        json!({ "trunks": [{ "trunk": 9 }] }),
        json!({ "trunks": [{ "trunk": 1 }, { "trunk": 1 }] }),
        json!({ "trunks": [{ "trunk": 1, "priority": 0 }] }),
        json!({ "trunks": [{ "trunk": 1 }], "trunk": 2 }),
    ] {
        refused(
            &engine.patch(&path, change).await,
            422,
            "invalid_field",
            Some("trunks"),
        );
    }
    let (_, one) = engine.patch(&path, json!({ "trunk": 1 })).await;
    assert_eq!((&one["trunk"], &one["trunks"]), (&json!(1), &json!([])));
    let (_, several) = engine.patch(&path, json!({ "trunks": [{ "trunk": 2 }] })).await;
    assert_eq!(several["trunk"], Value::Null);
    let breaker = |state: &str| (200, json!({ "state": state, "until": null, "why": null }));
    assert_eq!(engine.get("/trunks/1/breaker").await, breaker("closed"));
    engine.patch("/trunks/1", json!({ "breaker": false })).await;
    assert_eq!(engine.get("/trunks/1/breaker").await, breaker("off"));
}
