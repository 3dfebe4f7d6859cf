//! Webhooks over the API, told by a real engine over real sockets.

use super::engine::{Engine, Home, project, refused};
use super::service::Service;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

const LOCAL: &str = "[webhooks]\nallow = [\"127.0.0.0/8\"]\n";
const SWITCH: &str = "[[switch]]\nname = \"pbx\"\nkind = \"emulator\"\n";
const PATIENCE: Duration = Duration::from_secs(120);

async fn made(engine: &Engine, url: &str, events: Value) -> Value {
    let new = json!({ "project": 1, "url": url, "events": events });
    engine.made("/webhooks", new).await
}

/// The next thing that a service is told: its headers, in small letters, and its body.
async fn told(service: &mut Service) -> (String, Value) {
    let asked = tokio::time::timeout(PATIENCE, service.asked.recv()).await;
    let asked = asked.expect("nobody told it anything").unwrap();
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), serde_json::from_str(body).unwrap())
}

fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(key, _)| *key == name).unwrap().1
}

/// Waits until a delivery has this state.
async fn until(engine: &Engine, delivery: &str, state: &str) -> Value {
    let path = format!("/deliveries/{delivery}");
    let looking = async {
        loop {
            let (_, seen) = engine.get(&path).await;
            if seen["state"] == state {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect(state)
}

#[tokio::test]
async fn calls_and_campaigns_are_told_signed_and_logged() {
    let mut service = Service::start(|_| ("200 OK", "{}")).await;
    let home = Home::with(&format!("{LOCAL}{SWITCH}"));
    let engine = Engine::start(&home).await;
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut new = project("tenant");
    new["trunk"] = trunk["id"].clone();
    new["retry"] = json!({ "max_attempts": 1 });
    new["flow"]["simple"]["audio"] = json!("prueba");
    engine.made("/projects", new).await;
    let wanted = json!([
        "call.answered",
        "call.ended",
        "campaign.started",
        "campaign.finished"
    ]);
    let webhook = made(&engine, &format!("{}/hook", service.url), wanted).await;
    let secret = webhook["secret"].as_str().unwrap();
    let campaign = engine
        .made("/campaigns", json!({ "project": 1, "name": "May" }))
        .await;
    let path = format!("/campaigns/{}", campaign["id"]);
    // One who answers, and hangs up.
    engine
        .import(&format!("{path}/import"), "number\n+573000000006\n")
        .await;
    engine.order(&format!("{path}/start")).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (head, body) = told(&mut service).await;
        assert!(head.starts_with("post /hook http/1.1"), "{head}");
        assert_eq!(header(&head, "content-type"), "application/json");
        assert_eq!(header(&head, "apicall-delivery"), body["id"]);
        assert_eq!(header(&head, "apicall-event"), body["event"]);
        seen.push(body);
    }
    let mut events: Vec<_> = seen.iter().map(|body| body["event"].as_str().unwrap()).collect();
    events.sort_unstable();
    assert_eq!(
        events,
        [
            "call.answered",
            "call.ended",
            "campaign.finished",
            "campaign.started"
        ]
    );
    let end = seen.iter().find(|body| body["event"] == "call.ended").unwrap();
    assert_eq!(end["call"]["number"], "+573000000006");
    assert_eq!(end["call"]["outcome"], "answered");
    let logged = until(&engine, end["id"].as_str().unwrap(), "delivered").await;
    assert_eq!((&logged["status"], &logged["attempts"]), (&json!(200), &json!(1)));
    assert_eq!(&logged["body"], end);
    let (_, log) = engine
        .get(&format!("/webhooks/{}/deliveries?limit=3", webhook["id"]))
        .await;
    assert_eq!(log["items"].as_array().unwrap().len(), 3);
    let rest = format!(
        "/webhooks/{}/deliveries?after={}",
        webhook["id"],
        log["next"].as_str().unwrap()
    );
    assert_eq!(engine.get(&rest).await.1["items"].as_array().unwrap().len(), 1);
    // Nothing of this shows the secret again.
    for path in ["/webhooks", "/webhooks/1", "/webhooks/1/deliveries"] {
        assert!(!engine.get(path).await.1.to_string().contains(secret), "{path}");
    }
    assert!(engine.stop().success());
}

#[tokio::test]
async fn a_signature_can_be_verified_with_the_secret_and_no_other() {
    let mut service = Service::start(|_| ("204 No Content", "")).await;
    let home = Home::with(LOCAL);
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("tenant")).await;
    let webhook = made(&engine, &service.url, json!(["call.ended"])).await;
    let path = format!("/webhooks/{}", webhook["id"]);
    let verified = |secret: &str, asked: &str| {
        let (head, body) = asked.split_once("\r\n\r\n").unwrap();
        let value = header(head, "apicall-signature");
        let (time, given) = value.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.{body}").as_bytes());
        let right: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        right == given
    };
    engine.order(&format!("{path}/test")).await;
    let asked = service.asked.recv().await.unwrap();
    let secret = webhook["secret"].as_str().unwrap();
    assert!(verified(secret, &asked), "{asked}");
    assert!(!verified("whsec_other", &asked));
    let (_, changed) = engine.patch(&path, json!({ "new_secret": true })).await;
    let new = changed["secret"].as_str().unwrap();
    assert_ne!(new, secret);
    engine.order(&format!("{path}/test")).await;
    let asked = service.asked.recv().await.unwrap();
    assert!(verified(new, &asked) && !verified(secret, &asked));
}

#[tokio::test]
async fn a_failure_is_logged_and_tried_again_with_the_same_id() {
    let mut service = Service::start(|asked| {
        // The first attempts at each are refused.
        static SEEN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        assert!(asked.contains("apicall-delivery"));
        match SEEN.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => ("302 Found", ""),
            _ => ("200 OK", ""),
        }
    })
    .await;
    let home = Home::with(LOCAL);
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("tenant")).await;
    let webhook = made(&engine, &service.url, json!(["call.ended"])).await;
    let (status, test) = engine.order(&format!("/webhooks/{}/test", webhook["id"])).await;
    assert_eq!((status, &test["state"]), (202, &json!("waiting")), "{test}");
    let id = test["id"].as_str().unwrap();
    let (_, first) = told(&mut service).await;
    let (_, second) = told(&mut service).await;
    assert_eq!(first, second);
    let seen = until(&engine, id, "delivered").await;
    assert_eq!((&seen["attempts"], &seen["status"]), (&json!(2), &json!(200)));
    // Once more, because somebody wants it.
    let (status, _) = engine.order(&format!("/deliveries/{id}/redeliver")).await;
    assert_eq!(status, 202);
    assert_eq!(told(&mut service).await.1, first);
}

/// What was written before the engine was killed is told by the next one.
#[tokio::test]
async fn a_killed_engine_loses_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let home = Home::with(LOCAL);
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("tenant")).await;
    let webhook = made(&engine, &url, json!(["call.ended"])).await;
    let (_, test) = engine.order(&format!("/webhooks/{}/test", webhook["id"])).await;
    // Its attempt is under way, and never answered.
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = [0; 64];
    assert!(stream.read(&mut bytes).await.unwrap() > 0);
    drop(engine);
    drop(stream);
    let engine = Engine::start(&home).await;
    let seen = engine
        .get(&format!("/deliveries/{}", test["id"].as_str().unwrap()))
        .await
        .1;
    assert_eq!(seen["state"], "waiting", "{seen}");
    assert!(seen["attempts"].as_u64() >= Some(1), "{seen}");
    let (mut stream, _) = tokio::time::timeout(PATIENCE, listener.accept())
        .await
        .unwrap()
        .unwrap();
    let count = stream.read(&mut bytes).await.unwrap();
    assert!(String::from_utf8_lossy(&bytes[..count]).starts_with("POST /"));
}

#[tokio::test]
async fn a_webhook_that_never_answers_holds_up_no_other() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut service = Service::start(|_| ("200 OK", "")).await;
    let home = Home::with(LOCAL);
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("tenant")).await;
    let dead = made(
        &engine,
        &format!("http://{}", silent.local_addr().unwrap()),
        json!(["call.ended"]),
    )
    .await;
    let quick = made(&engine, &service.url, json!(["call.ended"])).await;
    for _ in 0..20 {
        engine.order(&format!("/webhooks/{}/test", dead["id"])).await;
    }
    // All places of the dead one are taken before the other is told anything.
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(silent.accept().await.unwrap());
    }
    let (_, test) = engine.order(&format!("/webhooks/{}/test", quick["id"])).await;
    told(&mut service).await;
    until(&engine, test["id"].as_str().unwrap(), "delivered").await;
    let (_, log) = engine.get(&format!("/webhooks/{}/deliveries", dead["id"])).await;
    let waiting = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["state"] == "waiting");
    assert_eq!(waiting.count(), 20, "{log}");
    // With its connections closed under way, the engine still ends.
    assert!(engine.stop().success());
}

#[tokio::test]
async fn addresses_of_the_own_network_are_refused_unless_allowed() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("tenant")).await;
    for (url, word) in [
        ("http://127.0.0.1:9/", "webhooks.allow"),
        ("http://[::1]/", "webhooks.allow"),
        ("http://169.254.169.254/latest", "webhooks.allow"),
        ("http://10.1.2.3/", "webhooks.allow"),
    ] {
        let answer = engine
            .post(
                "/webhooks",
                json!({ "project": 1, "url": url, "events": ["call.ended"] }),
            )
            .await;
        refused(&answer, 422, "invalid_field", Some("url"));
        assert!(
            answer.1["detail"].as_str().unwrap().contains(word),
            "{}",
            answer.1
        );
    }
    // A name tells nothing until it is looked up, at every attempt.
    let webhook = made(&engine, "http://localhost:9/", json!(["call.ended"])).await;
    let (_, test) = engine.order(&format!("/webhooks/{}/test", webhook["id"])).await;
    let path = format!("/deliveries/{}", test["id"].as_str().unwrap());
    let looking = async {
        loop {
            let seen = engine.get(&path).await.1;
            if seen["error"].is_string() {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let seen = tokio::time::timeout(PATIENCE, looking).await.unwrap();
    let reason = seen["error"].as_str().unwrap();
    assert!(reason.starts_with("webhooks may not go to "), "{reason}");
    assert_eq!(seen["state"], "waiting");
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_named() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("tenant")).await;
    let with = |key: &str, value: Value| {
        let mut new = json!({ "project": 1, "url": "https://crm.example/", "events": ["call.ended"] });
        new[key] = value;
        new
    };
    for (key, value, field) in [
        ("project", json!(9), "project"),
        ("url", json!("crm.example"), "url"),
        ("events", json!([]), "events"),
        ("events", json!(["test"]), "events"),
        ("events", json!(["call.began"]), "events[0]"),
        ("secret", json!("mine"), "secret"),
    ] {
        let answer = engine.post("/webhooks", with(key, value)).await;
        refused(&answer, 422, "invalid_field", Some(field));
    }
    let made = engine.made("/webhooks", with("project", json!(1))).await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let path = format!("/webhooks/{}", made["id"]);
    let (_, changed) = engine
        .patch(
            &path,
            json!({ "active": false, "events": ["campaign.finished", "call.ended"] }),
        )
        .await;
    assert_eq!(changed["events"], json!(["call.ended", "campaign.finished"]));
    assert_eq!(changed.get("secret"), None);
    refused(&engine.order(&format!("{path}/test")).await, 409, "in_use", None);
    assert_eq!(engine.delete(&path).await.0, 204);
    for (answer, status) in [
        (engine.get(&path).await, 404),
        (engine.delete(&path).await, 404),
        (engine.get(&format!("{path}/deliveries")).await, 404),
        (engine.get("/deliveries/7").await, 400),
    ] {
        assert_eq!(answer.0, status, "{}", answer.1);
    }
}
