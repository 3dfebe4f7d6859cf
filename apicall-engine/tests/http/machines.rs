//! Machines are left a message, and what speaks against a verdict is counted.

use super::emulated::{FREESWITCH, SWITCH, ended, until, up};
use super::engine::{Engine, Home, refused};
use serde_json::{Value, json};

fn flow(amd: Value) -> Value {
    json!({ "simple": {
        "audio": "prueba", "expected_digit": "1", "amd": amd, "machine_message": "prueba",
    } })
}

/// A campaign with a voicemail and with somebody who sounds like one, of a project that leaves messages.
async fn called(engine: &Engine) -> (Value, Value) {
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let project = json!({
        "name": "tenant", "country": "CO", "trunk": trunk["id"], "caller_id": "5551234", "retry": { "max_attempts": 1 },
        "flow": flow("default".into()),
    });
    let project = engine.made("/projects", project).await["id"].clone();
    let campaign = json!({ "project": project, "name": "all" });
    let campaign = engine.made("/campaigns", campaign).await["id"].clone();
    let path = format!("/campaigns/{campaign}");
    let list = "number\n+573000000125\n+573000000126\n";
    let (_, report) = engine.import(&format!("{path}/import"), list).await;
    assert_eq!(report["added"], 2, "{report}");
    engine.order(&format!("{path}/start")).await;
    until("the campaign's end", async || {
        engine.get(&path).await.1["state"] == "finished"
    })
    .await;
    (project, campaign)
}

#[tokio::test]
async fn a_machine_is_left_a_message_and_a_key_contradicts_the_verdict() {
    for (switch, end) in [(SWITCH, "silence"), (FREESWITCH, "beep")] {
        let home = Home::with(switch);
        let engine = up(&home).await;
        let (project, campaign) = called(&engine).await;
        let calls = engine.get(&format!("/calls?campaign={campaign}")).await.1;
        for call in calls["items"].as_array().unwrap() {
            let call = ended(&engine, call).await;
            let told = ["answered_by", "result", "digits", "contradiction"]
                .map(|key| call[key].as_str().unwrap_or_default());
            let expected = if call["number"] == "+573000000125" {
                ["machine", "voicemail_left", "", ""]
            } else {
                ["machine", "completed", "1", "machine_pressed"]
            };
            assert_eq!(told, expected, "{call}");
            let timeline = call["timeline"].as_array().unwrap();
            let heard = timeline.iter().find(|moment| moment["event"] == "heard_out");
            assert_eq!(heard.unwrap()["end"], end, "{call}");
        }
        let counted = json!({
            "human": 0, "machine": 2, "human_share": null, "machine_share": 0.5,
            "contradicted": { "machine_pressed": 1, "machine_hung_up": 0, "human_silent": 0 },
        });
        for path in [
            format!("/campaigns/{campaign}/stats"),
            format!("/stats?project={project}"),
            "/stats".to_owned(),
        ] {
            assert_eq!(engine.get(&path).await.1["detection"], counted, "{path}");
        }
        let others = engine.get("/stats?project=999").await.1;
        assert_eq!(others["detection"]["machine"], 0);
        let deaf = engine
            .patch(
                &format!("/projects/{project}"),
                json!({ "flow": flow(Value::Null) }),
            )
            .await;
        refused(&deaf, 422, "invalid_field", Some("flow"));
        assert_eq!(engine.stop().code(), Some(0));
    }
}
