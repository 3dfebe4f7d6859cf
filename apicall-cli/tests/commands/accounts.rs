//! `user …`, `token …`, and the session that goes on by itself.

use crate::ok;
use crate::scripted::{Answer, Engine, run};
use serde_json::{Value, json};

fn user() -> Value {
    json!({
        "username": "ana", "full_name": "Ana", "role": "supervisor", "projects": [100, 101], "disabled": false, "created_at": 1,
    })
}

#[test]
fn a_user_is_made_and_changed_and_the_password_comes_from_stdin() {
    let engine = Engine::answering([
        Answer::json(201, user().to_string()),
        ok(user()),
        ok(json!([user()])),
    ]);
    let add = [
        "user",
        "add",
        "ana",
        "--role",
        "supervisor",
        "--projects",
        "100,101",
        "--password-stdin",
    ];
    let ran = run(engine.cli(&add).write_stdin("correct-horse\n"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.out.contains("horse") && !ran.err.contains("horse"));
    let set = ["user", "set", "ana", "--projects", "none", "--disabled", "true"];
    assert_eq!(run(&mut engine.cli(&set)).code, 0);
    let ran = run(&mut engine.cli(&["user", "list", "-o", "csv"]));
    assert!(
        ran.out.contains("ana,Ana,supervisor,\"100,101\",false"),
        "{}",
        ran.out
    );
    let asked = engine.asked();
    let body = |at: usize| serde_json::from_str::<Value>(&asked[at].body).unwrap();
    assert_eq!(asked[0].line, "POST /api/v1/users");
    let new = json!({ "username": "ana", "password": "correct-horse", "role": "supervisor", "projects": [100, 101] });
    assert_eq!(body(0), new);
    assert_eq!(asked[1].line, "PATCH /api/v1/users/ana");
    assert_eq!(body(1), json!({ "projects": [], "disabled": true }));
    assert_eq!(run(&mut engine.cli(&["user", "set", "ana"])).code, 2);
}

#[test]
fn a_token_is_shown_when_it_is_made() {
    let token = json!({
        "id": 3, "username": "ana", "name": "reports", "access": "read", "projects": [100], "created_at": 1,
        "expires_at": null, "last_used_at": null, "secret": "apicall_1",
    });
    let engine = Engine::answering([Answer::json(201, token.to_string()), Answer::json(204, "")]);
    let add = ["token", "add", "reports", "--access", "read", "--projects", "100"];
    let ran = run(&mut engine.cli(&add));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("apicall_1"), "{}", ran.out);
    assert_eq!(run(&mut engine.cli(&["token", "delete", "3"])).code, 0);
    let asked = engine.asked();
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(
        body,
        json!({ "name": "reports", "access": "read", "projects": [100] })
    );
    assert_eq!(asked[1].line, "DELETE /api/v1/tokens/3");
}

#[test]
fn the_log_tells_which_fields_were_changed() {
    let entry = json!({
        "id": 9, "at": 1, "username": "ana", "via": "session", "address": "203.0.113.9", "what": "project.changed",
        "subject": "project 7", "before": { "name": "a", "weight": 1 }, "after": { "name": "b", "weight": 1 },
    });
    let engine = Engine::answering([ok(json!({ "items": [entry], "next": null }))]);
    let log = [
        "user",
        "log",
        "--user",
        "ana",
        "--subject",
        "project 7",
        "-o",
        "csv",
    ];
    let ran = run(&mut engine.cli(&log));
    assert!(
        ran.out
            .ends_with("ana,session,203.0.113.9,project.changed,project 7,name\n"),
        "{}",
        ran.out
    );
    let line = &engine.asked()[0].line;
    assert_eq!(
        line,
        "GET /api/v1/account-log?username=ana&subject=project+7&limit=100"
    );
}

#[test]
fn a_session_goes_on_when_its_token_has_ended() {
    let session = |token: &str| {
        json!({
            "token": token, "expires_at": 1, "refresh_token": "r3fresh", "refresh_until": 2,
            "user": { "username": "ana", "role": "admin", "fullName": "Ana" },
        })
    };
    let over = || Answer::problem(401, "unauthorized", "the token is not valid any more", None);
    let engine = Engine::answering([
        ok(session("f1rst")),
        over(),
        ok(session("s3cond")),
        ok(json!([])),
        ok(json!([])),
        over(),
        over(),
    ]);
    let login = ["login", "--user", "ana", "--password-stdin"];
    assert_eq!(run(engine.stranger(&login).write_stdin("right\n")).code, 0);
    assert_eq!(run(&mut engine.stranger(&["trunk", "list"])).code, 0);
    assert_eq!(run(&mut engine.stranger(&["trunk", "list"])).code, 0);
    // One that has come to its end is told of, once.
    assert_eq!(run(&mut engine.stranger(&["trunk", "list"])).code, 3);
    let asked = engine.asked();
    let by = |at: usize, token: &str| {
        let header = format!("authorization: Bearer {token}");
        asked[at].headers.contains(&header)
    };
    assert!(by(1, "f1rst") && by(3, "s3cond") && by(4, "s3cond"), "{asked:?}");
    assert_eq!(asked[2].line, "POST /api/v1/refresh");
    let body: Value = serde_json::from_str(&asked[2].body).unwrap();
    assert_eq!(body, json!({ "refresh_token": "r3fresh" }));
    assert_eq!(asked.len(), 7);
}
