//! `webhook …`

use crate::ok;
use crate::scripted::{Answer, Engine, run};
use serde_json::{Value, json};

const ID: &str = "0192f0c1-5d7e-7cc0-8000-3e4f6a1b2c3d";

fn webhook(secret: Option<&str>) -> Value {
    let mut webhook = json!({
        "id": 3, "project": 1, "url": "https://crm.example/hook", "events": ["call.ended"], "active": true, "created_at": 1,
    });
    if let Some(secret) = secret {
        webhook["secret"] = secret.into();
    }
    webhook
}

fn delivery(state: &str, attempts: u32, error: Option<&str>) -> Value {
    json!({
        "id": ID, "webhook": 3, "event": "test", "state": state, "attempts": attempts, "created_at": 1,
        "next_attempt_at": null, "give_up_at": null, "attempted_at": (attempts > 0).then_some(2), "status": null,
        "error": error, "took_ms": null, "ended_at": null, "body": {},
    })
}

#[test]
fn a_webhook_is_made_changed_and_listed_and_its_secret_is_shown_once() {
    let engine = Engine::answering([
        Answer::json(201, webhook(Some("whsec_1")).to_string()),
        ok(webhook(None)),
        ok(json!([webhook(Some("whsec_1"))])),
    ]);
    let url = "https://crm.example/hook";
    let add = [
        "webhook",
        "add",
        "--project",
        "1",
        "--url",
        url,
        "--events",
        "call.ended",
    ];
    let ran = run(&mut engine.cli(&add));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("whsec_1"), "{}", ran.out);
    let set = ["webhook", "set", "3", "--active", "false"];
    assert_eq!(run(&mut engine.cli(&set)).code, 0);
    let ran = run(&mut engine.cli(&["webhook", "list", "--project", "1"]));
    assert!(
        ran.out.contains(url) && !ran.out.contains("whsec_"),
        "{}",
        ran.out
    );
    let asked = engine.asked();
    assert_eq!(asked[0].line, "POST /api/v1/webhooks");
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(
        body,
        json!({ "project": 1, "url": url, "events": ["call.ended"] })
    );
    assert_eq!(asked[1].line, "PATCH /api/v1/webhooks/3");
    assert_eq!(asked[1].body, r#"{"active":false}"#);
    assert_eq!(asked[2].line, "GET /api/v1/webhooks?project=1");
}

#[test]
fn a_test_waits_for_the_answer_and_fails_with_it() {
    for (last, code) in [
        (delivery("delivered", 1, None), 0),
        (delivery("waiting", 1, Some("it answered 500, not 2xx")), 1),
    ] {
        let engine = Engine::answering([
            Answer::json(202, delivery("waiting", 0, None).to_string()),
            ok(delivery("waiting", 0, None)),
            ok(last),
        ]);
        let ran = run(&mut engine.cli(&["webhook", "test", "3"]));
        assert_eq!(ran.code, code, "{}", ran.err);
        assert!(code == 0 || ran.err.contains("it answered 500"), "{}", ran.err);
        let asked = engine.asked();
        assert_eq!(asked[0].line, "POST /api/v1/webhooks/3/test");
        assert_eq!(asked[2].line, format!("GET /api/v1/deliveries/{ID}"));
    }
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_asked() {
    let engine = Engine::answering([]);
    for (wrong, word) in [
        (
            [
                "webhook",
                "add",
                "--project",
                "1",
                "--url",
                "crm.example",
                "--events",
                "call.ended",
            ],
            "https://",
        ),
        (
            [
                "webhook",
                "add",
                "--project",
                "1",
                "--url",
                "https://a",
                "--events",
                "test",
            ],
            "leave it out",
        ),
        (
            [
                "webhook",
                "add",
                "--project",
                "1",
                "--url",
                "https://u:p@a",
                "--events",
                "call.ended",
            ],
            "leave user",
        ),
    ] {
        let ran = run(&mut engine.cli(&wrong));
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(word), "{}", ran.err);
    }
    let ran = run(&mut engine.cli(&["webhook", "set", "3"]));
    assert_eq!(ran.code, 2, "{}", ran.err);
}
