//! `audio …`

use crate::ok;
use crate::scripted::{Answer, Engine, run};
use serde_json::{Value, json};

fn tone(warnings: &Value) -> Value {
    json!({
        "id": 4, "name": "es/tone", "place": "uploaded", "form": "ulaw", "bytes": 3, "duration_ms": 1_250, "peak_dbfs": -3.0,
        "gain_db": 2.5, "warnings": warnings, "created_at": 1,
    })
}

#[test]
fn a_file_is_uploaded_by_what_it_is_called() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tone.ulaw");
    std::fs::write(&file, "abc").unwrap();
    let file = file.to_str().unwrap();
    let engine = Engine::answering([
        Answer::json(201, tone(&json!(["clipped"])).to_string()),
        Answer::json(200, tone(&json!([])).to_string()),
    ]);
    let ran = run(&mut engine.cli(&["audio", "add", file]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("1.2") && ran.out.contains("-3.0") && ran.out.contains("clipped"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("recorded too loud"), "{}", ran.err);
    let add = [
        "audio",
        "add",
        file,
        "--name",
        "es/tone",
        "--form",
        "alaw",
        "--replace",
        "-o",
        "json",
    ];
    let ran = run(&mut engine.cli(&add));
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap(), tone(&json!([])));
    let asked = engine.asked();
    assert_eq!(
        asked[0].line,
        "POST /api/v1/audios?name=tone&form=ulaw&replace=false"
    );
    assert!(asked[0].body.contains("abc"));
    assert_eq!(
        asked[1].line,
        "POST /api/v1/audios?name=es%2Ftone&form=alaw&replace=true"
    );
}

#[test]
fn a_name_that_will_not_do_is_told_before_anything_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("two words.wav");
    std::fs::write(&file, "abc").unwrap();
    let engine = Engine::answering([]);
    let ran = run(&mut engine.cli(&["audio", "add", file.to_str().unwrap()]));
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("two words") && ran.err.contains("--name"),
        "{}",
        ran.err
    );
    let ran = run(&mut engine.cli(&["audio", "add", "x.wav", "--name", "../x"]));
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn audio_is_named_in_every_verb() {
    let declared = json!({ "id": 5, "name": "digits/1", "place": "switch", "created_at": 1 });
    let engine = Engine::answering([
        ok(json!([tone(&json!([])), declared])),
        ok(json!([tone(&json!([]))])),
        ok(json!("bytes")),
        ok(json!([tone(&json!([]))])),
        Answer::json(204, String::new()),
        ok(json!([])),
        ok(json!([declared])),
    ]);
    let ran = run(&mut engine.cli(&["audio", "list", "-o", "csv"]));
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(
        lines[0],
        "id,name,place,form,seconds,peak_dbfs,gain_db,warnings,created_at"
    );
    assert!(lines[2].starts_with("5,digits/1,switch,,,,,,"), "{}", ran.out);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("got.wav");
    let get = [
        "audio",
        "get",
        "es/tone",
        file.to_str().unwrap(),
        "--as-file",
        "wav16",
    ];
    let ran = run(&mut engine.cli(&get));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "\"bytes\"");
    assert_eq!(run(&mut engine.cli(&["audio", "delete", "es/tone"])).code, 0);
    let ran = run(&mut engine.cli(&["audio", "show", "nothing"]));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the library has no nothing"), "{}", ran.err);
    assert_eq!(run(&mut engine.cli(&["audio", "declare", "digits/1"])).code, 0);
    let asked = engine.asked();
    assert_eq!(asked[1].line, "GET /api/v1/audios?name=es%2Ftone");
    assert_eq!(asked[2].line, "GET /api/v1/audios/4/sound?file=wav16");
    assert_eq!(asked[4].line, "DELETE /api/v1/audios/4");
    assert_eq!(asked[6].body, json!({ "names": ["digits/1"] }).to_string());
}
