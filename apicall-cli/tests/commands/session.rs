//! `login` and `logout`: what is kept, and for whom.

use super::ok;
use super::scripted::{Answer, Engine, run};
use serde_json::{Value, json};

#[test]
fn a_login_is_kept_for_its_host_and_owner_and_can_be_forgotten() {
    let session = json!({
        "token": "s3cret", "expires_at": 1_700_000_000_000_i64,
        "user": { "username": "ana", "role": "admin", "fullName": "Ana" }
    });
    let dead = || Answer::problem(401, "unauthorized", "the session has ended", None);
    let engine = Engine::answering([dead(), ok(session), ok(json!([])), dead(), ok(json!([]))]);
    let login = ["login", "--user", "ana", "--password-stdin"];
    let ran = run(engine.stranger(&login).write_stdin("wrong\n"));
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    let ran = run(engine.stranger(&login).write_stdin("right\n"));
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(!ran.err.contains("s3cret"));
    let body = &engine.asked()[1].body;
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({ "username": "ana", "password": "right" })
    );

    use std::os::unix::fs::PermissionsExt;
    let file = engine.home.path().join("apicall/logins.json");
    assert_eq!(
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(run(&mut engine.stranger(&["trunk", "list"])).code, 0);
    let other = Engine::answering([ok(json!([]))]);
    run(engine
        .stranger(&["trunk", "list"])
        .env("APICALL_HOST", &other.base));
    assert_eq!(run(&mut engine.stranger(&["logout"])).code, 0);
    run(&mut engine.stranger(&["trunk", "list"]));

    let sent = |engine: &Engine, at: usize| {
        engine.asked()[at]
            .headers
            .iter()
            .any(|header| header.contains("s3cret"))
    };
    assert!(
        sent(&engine, 2) && sent(&engine, 3),
        "the engine that gave the token gets it"
    );
    assert!(!sent(&other, 0), "another engine does not");
    assert!(!sent(&engine, 4), "a forgotten token is not sent");
}
