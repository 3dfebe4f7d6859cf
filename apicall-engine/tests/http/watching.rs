//! Statistics, switches and health.

use super::engine::{Engine, Home, refused};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn statistics_name_every_level_and_every_outcome() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    engine.made("/trunks", json!({ "name": "carrier" })).await;
    let (status, stats) = engine.get("/stats").await;
    assert_eq!(status, 200, "{stats}");
    let levels: Vec<_> = stats["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|level| level["level"].clone())
        .collect();
    for level in ["engine", "switch pbx1", "trunk carrier"] {
        assert!(levels.contains(&json!(level)), "{level}: {levels:?}");
    }
    assert_eq!(stats["by_outcome"].as_object().unwrap().len(), 10);
    assert_eq!(engine.get("/stats?from=0&project=1").await.0, 200);
    refused(
        &engine.get("/stats?project=x").await,
        400,
        "invalid_query",
        Some("project"),
    );

    let (_, switches) = engine.get("/switches").await;
    assert_eq!(
        (&switches[0]["name"], &switches[0]["state"]),
        (&json!("pbx1"), &json!("down"))
    );
    let health = engine
        .client
        .get(format!("http://{}/health", engine.address))
        .send()
        .await
        .unwrap();
    let health: Value = health.json().await.unwrap();
    assert_eq!(health["status"], "degraded");
}

#[tokio::test]
async fn a_stream_goes_on_until_its_session_ends() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let mut stream = engine.request(Method::GET, "/stats/stream").send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    for _ in 0..2 {
        let event = stream.chunk().await.unwrap().unwrap();
        let event = std::str::from_utf8(&event).unwrap();
        let data = event
            .lines()
            .find_map(|line| line.strip_prefix("data: "))
            .unwrap();
        assert!(event.contains("event: stats"), "{event}");
        let stats: Value = serde_json::from_str(data).unwrap();
        assert!(stats["at"].is_i64());
    }
    assert_eq!(engine.order("/logout").await.0, 204);
    while let Some(event) = stream.chunk().await.unwrap() {
        drop(event);
    }
}
