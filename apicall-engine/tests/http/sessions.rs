//! Logging in and out.

use super::emulated::until;
use super::engine::{Engine, Home, PASSWORD, read, refused};
use serde_json::json;

#[tokio::test]
async fn a_login_is_good_until_the_logout_of_its_user() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let (status, me) = engine.get("/me").await;
    assert_eq!(
        (status, &me["username"], &me["role"]),
        (200, &json!("admin"), &json!("admin"))
    );

    let other = engine.login("admin", PASSWORD).await;
    assert_eq!(engine.order("/logout").await.0, 204);
    refused(&engine.get("/me").await, 401, "unauthorized", None);
    let answer = engine
        .client
        .get(engine.url("/me"))
        .bearer_auth(other)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    refused(&read(answer).await, 401, "unauthorized", None);
    engine.login("admin", PASSWORD).await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_read_alike() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let wrong = read(engine.try_login("admin", "incorrect-horse").await).await;
    let unknown = read(engine.try_login("nobody", PASSWORD).await).await;
    refused(&wrong, 401, "unauthorized", None);
    assert_eq!(wrong, unknown);
    for (body, field) in [
        (json!({ "username": "admin" }), "password"),
        (json!({ "username": "admin", "password": 1 }), "password"),
        (
            json!({ "username": "admin", "password": "x", "pasword": "x" }),
            "pasword",
        ),
    ] {
        refused(
            &engine.post("/login", body).await,
            422,
            "invalid_field",
            Some(field),
        );
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_and_others_are_not() {
    let home = Home::with("[http]\ntrusted_proxies = [\"127.0.0.0/8\"]\n");
    let engine = Engine::start(&home).await;
    let login = |from: &'static str, password: &'static str| {
        let body = json!({ "username": "admin", "password": password });
        let request = engine.client.post(engine.url("/login")).json(&body);
        request.header("x-forwarded-for", from).send()
    };
    for _ in 0..5 {
        assert_eq!(login("203.0.113.9", "a-guess").await.unwrap().status(), 401);
    }
    let answer = login("203.0.113.9", PASSWORD).await.unwrap();
    let wait: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=31).contains(&wait), "{wait}");
    refused(&read(answer).await, 429, "too_many_requests", None);
    assert_eq!(login("198.51.100.7", PASSWORD).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_session_outlives_the_engine_and_a_forged_one_does_not_begin() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let token = engine.token.clone();
    assert!(engine.stop().success());
    let mut again = Engine::run(home.serve());
    again.token = token.clone();
    assert_eq!(again.get("/me").await.0, 200);
    let (signed, _) = token.rsplit_once('.').unwrap();
    for forged in [
        signed.to_owned(),
        format!("{signed}."),
        format!("{signed}.AAAA"),
        "x".to_owned(),
    ] {
        again.token = forged;
        refused(&again.get("/me").await, 401, "unauthorized", None);
    }
}

#[tokio::test]
async fn a_reset_password_ends_the_sessions_of_before() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let reset = home
        .program()
        .args(["admin", "reset-password", "admin"])
        .output()
        .unwrap();
    assert!(reset.status.success(), "{reset:?}");
    let drawn = String::from_utf8(reset.stdout).unwrap();
    // Another process's change is known within a second.
    until("the end of the session", async || {
        engine.get("/me").await.0 == 401
    })
    .await;
    refused(
        &read(engine.try_login("admin", PASSWORD).await).await,
        401,
        "unauthorized",
        None,
    );
    engine.login("admin", drawn.trim()).await;
}
