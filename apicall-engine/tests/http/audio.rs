//! Audio: uploaded, listed, fetched, played only when it is there.

use super::engine::{Engine, Home, project, read, refused};
use reqwest::Method;
use serde_json::{Value, json};

const MP3: &[u8] = include_bytes!("../../../apicall-core/tests/uploads/tone.mp3");
const GSM: &[u8] = include_bytes!("../../../apicall-core/tests/uploads/tone.gsm");

impl Engine {
    async fn upload(&self, query: &str, body: &[u8]) -> (u16, Value) {
        let request = self.request(Method::POST, &format!("/audios?{query}"));
        let request = request.header("content-type", "application/octet-stream");
        read(request.body(body.to_vec()).send().await.unwrap()).await
    }
}

/// The files of a home's directory of audio, with those that are not in place.
fn files(home: &Home) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(home.dir.path().join("audio")) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn audio_is_uploaded_shown_fetched_and_deleted() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    assert_eq!(engine.get("/audios").await, (200, json!([])));
    let (status, made) = engine.upload("name=tone", MP3).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["name"], &made["place"], &made["form"], &made["warnings"]),
        (&json!("tone"), &json!("uploaded"), &json!("mp3"), &json!([]))
    );
    assert!(
        (900..1_100).contains(&made["duration_ms"].as_u64().unwrap()),
        "{made}"
    );
    assert!((made["peak_dbfs"].as_f64().unwrap() + 12.0).abs() < 1.0, "{made}");
    let path = format!("/audios/{}", made["id"]);
    assert_eq!(engine.get(&path).await, (200, made.clone()));
    assert_eq!(engine.get("/audios?name=tone").await, (200, json!([made])));
    for (query, rate) in [("", 8_000_u32), ("?file=wav", 8_000), ("?file=wav16", 16_000)] {
        let answer = engine.request(Method::GET, &format!("{path}/sound{query}"));
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "audio/wav");
        let wave = answer.bytes().await.unwrap();
        assert_eq!(
            (&wave[..4], &wave[24..28]),
            (&b"RIFF"[..], &rate.to_le_bytes()[..])
        );
    }
    refused(
        &engine.get(&format!("{path}/sound?file=gsm")).await,
        404,
        "not_found",
        None,
    );
    assert_eq!(files(&home), ["tone.wav", "tone.wav16"]);
    refused(&engine.upload("name=tone", MP3).await, 409, "conflict", None);
    let (status, replaced) = engine.upload("name=tone&form=gsm&replace=true", GSM).await;
    assert_eq!(
        (status, &replaced["id"], &replaced["form"]),
        (200, &made["id"], &json!("gsm"))
    );
    assert_eq!(files(&home), ["tone.gsm"]);
    assert_eq!(engine.delete(&path).await.0, 204);
    refused(&engine.get(&path).await, 404, "not_found", None);
    assert_eq!(files(&home), Vec::<String>::new());
}

#[tokio::test]
async fn an_upload_that_will_not_do_leaves_nothing() {
    let home = Home::with("[audio]\nmax_bytes = 100000\nmax_s = 2\n");
    let engine = Engine::start(&home).await;
    for name in ["..%2F..%2Fetc%2Fpasswd", "%2Ftmp%2Fa", "a.wav", "", ".a", "a%00b"] {
        let answer = engine.upload(&format!("name={name}"), MP3).await;
        refused(&answer, 400, "invalid_query", Some("name"));
    }
    refused(
        &engine.upload("name=a&form=midi", MP3).await,
        400,
        "invalid_query",
        Some("form"),
    );
    refused(
        &engine.upload("name=a", b"<html></html>").await,
        422,
        "invalid_audio",
        None,
    );
    refused(&engine.upload("name=a", b"").await, 422, "invalid_audio", None);
    refused(
        &engine.upload("name=a", &[0xff; 4_000]).await,
        422,
        "invalid_audio",
        None,
    );
    let long = [0; 8_000 * 2 * 3];
    refused(
        &engine.upload("name=a&form=sln", &long).await,
        422,
        "invalid_audio",
        None,
    );
    refused(
        &engine.upload("name=a", &[0; 100_001]).await,
        413,
        "too_large",
        None,
    );
    let form = engine.request(Method::POST, "/audios?name=a");
    let form = form
        .header("content-type", "application/x-www-form-urlencoded")
        .body("a=b");
    refused(
        &read(form.send().await.unwrap()).await,
        415,
        "unsupported_media_type",
        None,
    );
    assert_eq!(
        (engine.get("/audios").await, files(&home)),
        ((200, json!([])), vec![])
    );
}

#[tokio::test]
async fn what_nobody_has_is_refused_before_it_is_dialed() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    // While nothing is known of any sound, all are taken to be on the switch.
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut old = project("old");
    old["trunk"] = trunk["id"].clone();
    let old = engine.made("/projects", old).await;
    let (status, tone) = engine.upload("name=tone", MP3).await;
    assert_eq!(status, 201, "{tone}");
    // What was played before still is, and so is what the ready-made flow plays.
    let (_, all) = engine.get("/audios").await;
    let known: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|audio| (&audio["name"], &audio["place"]))
        .collect();
    let (switch, here) = (json!("switch"), json!("uploaded"));
    let names = ["en_breve", "opcion_invalida", "promo", "tone"].map(|name| json!(name));
    assert_eq!(
        known,
        [
            (&names[0], &switch),
            (&names[1], &switch),
            (&names[2], &switch),
            (&names[3], &here)
        ]
    );
    let campaign = engine
        .made("/campaigns", json!({ "project": old["id"], "name": "c" }))
        .await;
    let campaign = format!("/campaigns/{}", campaign["id"]);
    engine
        .import(&format!("{campaign}/import"), "number\n+573001112233\n")
        .await;
    let (status, started) = engine.order(&format!("{campaign}/start")).await;
    assert_eq!(status, 200, "{started}");
    assert_eq!(engine.order(&format!("{campaign}/pause")).await.0, 200);

    let with = |audio: &str| json!({ "simple": { "audio": audio, "expected_digit": "1" } });
    let mut new = project("new");
    new["flow"] = with("nowhere");
    let answer = engine.post("/projects", new.clone()).await;
    refused(&answer, 422, "invalid_field", Some("flow"));
    assert!(
        answer.1["detail"].as_str().unwrap().contains("nowhere"),
        "{}",
        answer.1
    );
    let path = format!("/projects/{}", old["id"]);
    let patch = engine.patch(&path, json!({ "flow": with("nowhere") })).await;
    refused(&patch, 422, "invalid_field", Some("flow"));
    let (status, declared) = engine
        .post("/audios/declare", json!({ "names": ["nowhere"] }))
        .await;
    assert_eq!((status, &declared[0]["place"]), (200, &switch));
    engine.made("/projects", new).await;

    // What is played is not deleted; and when its file is gone nobody is called.
    assert_eq!(engine.patch(&path, json!({ "flow": with("tone") })).await.0, 200);
    let tone = format!("/audios/{}", tone["id"]);
    let kept = engine.delete(&tone).await;
    refused(&kept, 409, "in_use", None);
    assert!(kept.1["detail"].as_str().unwrap().contains("(old)"), "{}", kept.1);
    std::fs::remove_file(home.dir.path().join("audio/tone.wav")).unwrap();
    let (_, preflight) = engine.get(&format!("{campaign}/preflight")).await;
    let told = preflight["obstacles"].as_array().unwrap().iter();
    let told: Vec<_> = told.filter(|obstacle| obstacle["what"] == "audio").collect();
    assert_eq!(
        (told.len(), &told[0]["severity"]),
        (1, &json!("error")),
        "{preflight}"
    );
    refused(
        &engine.order(&format!("{campaign}/resume")).await,
        409,
        "conflict",
        None,
    );
    assert_eq!(engine.upload("name=tone&replace=true", MP3).await.0, 200);
    assert_eq!(engine.order(&format!("{campaign}/resume")).await.0, 200);
}

#[tokio::test]
async fn a_link_that_nobody_was_given_leads_nowhere() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let (_, tone) = engine.upload("name=tone", MP3).await;
    let file = format!("{}.wav", tone["id"]);
    let forged = "0".repeat(32);
    for link in [
        format!("99999999999/{forged}/{file}"),
        format!("0/{forged}/{file}"),
        format!("x/{forged}/{file}"),
        format!("99999999999/{forged}/tone"),
        format!("99999999999/{forged}/..%2F..%2Fa.db"),
        format!("99999999999/{forged}/77.wav"),
    ] {
        let url = format!("http://{}/media/{link}", engine.address);
        refused(
            &read(engine.client.get(url).send().await.unwrap()).await,
            404,
            "not_found",
            None,
        );
    }
}

#[tokio::test]
async fn where_audio_is_found_is_configured_so_that_it_can_be() {
    let home = Home::with("[audio]\nmax_s = 901\n");
    let refused = home.program().arg("check").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("audio.max_s"),
        "{said}"
    );
}
