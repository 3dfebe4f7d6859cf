//! The command line as scripts see it: what it asks the engine, what it writes where, and how it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "commands/accounts.rs"]
mod accounts;
#[path = "commands/amd.rs"]
mod amd;
#[path = "commands/audio.rs"]
mod audio;
#[path = "commands/broken_off.rs"]
mod broken_off;
#[path = "commands/campaigns.rs"]
mod campaigns;
#[path = "commands/rules.rs"]
mod rules;
mod scripted;
#[path = "commands/session.rs"]
mod session;
#[path = "commands/smoke.rs"]
mod smoke;
#[path = "commands/webhooks.rs"]
mod webhooks;
#[path = "commands/why.rs"]
mod why;

use scripted::records::{call, detail, project, trunk};
use scripted::{Answer, Engine, problem, run};
use serde_json::{Value, json};

fn ok(body: Value) -> Answer {
    Answer::json(200, body.to_string())
}

#[test]
fn the_documented_forms_keep_working() {
    let engine = Engine::answering([
        ok(json!([project()])),
        ok(json!([trunk()])),
        ok(json!([trunk()])),
        Answer::json(201, project().to_string()),
        Answer::json(202, call("queued", None, None).to_string()),
    ]);
    assert_eq!(run(&mut engine.cli(&["project", "list"])).code, 0);
    assert_eq!(run(&mut engine.cli(&["trunk", "list"])).code, 0);
    let add = [
        "project",
        "add",
        "--id",
        "100",
        "--nombre",
        "Cobranza MX",
        "--trunk",
        "Trunk_SIP",
        "--cid",
        "5550001234",
        "--amd",
        "true",
    ];
    let ran = run(engine.cli(&add).env("APICALL_COUNTRY", "MX"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run(&mut engine.cli(&["call", "--project", "100", "--number", "525512345678"]));
    assert_eq!(ran.code, 0, "{}", ran.err);

    let asked = engine.asked();
    assert_eq!(asked[3].line, "POST /api/v1/projects");
    let body: Value = serde_json::from_str(&asked[3].body).unwrap();
    assert_eq!(
        (&body["id"], &body["trunk"], &body["country"]),
        (&json!(100), &json!(7), &json!("MX"))
    );
    assert_eq!(body["flow"]["simple"]["amd"], "2500|1500|1000|5000|100|50|4|256");
    assert_eq!(asked[4].line, "POST /api/v1/calls");
    let body: Value = serde_json::from_str(&asked[4].body).unwrap();
    assert_eq!(
        body,
        json!({ "project": 100, "number": "525512345678", "variables": {} })
    );
    assert!(
        asked
            .iter()
            .all(|asked| asked.headers.contains(&"authorization: Bearer t0ken".to_owned()))
    );
}

#[test]
fn a_refusal_names_field_and_remedy_on_stderr() {
    let engine = Engine::answering([Answer::problem(
        422,
        "invalid_field",
        "use 1 to\u{1b}[2J 100",
        Some("weight"),
    )]);
    let words = [
        "campaign",
        "create",
        "--project",
        "100",
        "--name",
        "L",
        "--weight",
        "900",
    ];
    let ran = run(&mut engine.cli(&words));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(ran.err, "apicall-cli: weight: use 1 to\u{fffd}[2J 100\n");
}

#[test]
fn exit_codes_tell_usage_and_absence_apart() {
    let engine = Engine::answering([Answer::problem(401, "unauthorized", "log in first", None)]);
    let ran = run(&mut engine.stranger(&["trunk", "list"]));
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("apicall-cli login"), "{}", ran.err);
    assert_eq!(run(&mut engine.cli(&["bogus"])).code, 2);
    assert_eq!(
        run(&mut engine.cli(&["--host", "pbx.example", "trunk", "list"])).code,
        2
    );
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ran = run(&mut engine.cli(&["--host", &format!("http://{closed}"), "trunk", "list"]));
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("cannot reach"), "{}", ran.err);
}

#[test]
fn a_busy_engine_is_read_again_once_and_never_written_again() {
    let busy = || {
        Answer::with(
            503,
            "retry-after: 0",
            problem(503, "unavailable", "the store is away", None),
        )
    };
    let engine = Engine::answering([busy(), ok(json!([])), busy(), busy(), busy()]);
    assert_eq!(run(&mut engine.cli(&["trunk", "list"])).code, 0);
    assert_eq!(run(&mut engine.cli(&["trunk", "list"])).code, 1);
    let ran = run(&mut engine.cli(&["call", "place", "--project", "100", "--number", "1"]));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, "apicall-cli: the store is away\n")
    );
    assert_eq!(engine.lines().len(), 5);
}

#[test]
fn lists_go_on_to_the_end_unless_limited() {
    let page = |next: Value| ok(json!({ "items": [call("ended", Some("busy"), None)], "next": next }));
    let engine = Engine::answering([page(json!("a b")), page(Value::Null), page(json!("more"))]);
    let ran = run(&mut engine.cli(&["call", "list", "--campaign", "3", "-o", "json"]));
    let calls: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(calls, vec![call("ended", Some("busy"), None); 2]);
    let one = [
        "call",
        "list",
        "--limit",
        "1",
        "--from",
        "2026-11-21T08:00:00-05:00",
    ];
    assert_eq!(run(&mut engine.cli(&one)).code, 0);
    let expected = [
        "GET /api/v1/calls?campaign=3&limit=1000",
        "GET /api/v1/calls?campaign=3&limit=1000&after=a+b",
        "GET /api/v1/calls?from=1795266000000&limit=1",
    ];
    assert_eq!(engine.lines(), expected);
}

#[test]
fn csv_is_in_utc_and_tame_and_tables_are_local() {
    let page = || ok(json!({ "items": [call("ended", Some("busy"), None)], "next": null }));
    let engine = Engine::answering([page(), page()]);
    let ran = run(&mut engine.cli(&["call", "list", "-o", "csv"]));
    assert!(ran.out.contains(",+525512345678,"), "{}", ran.out);
    assert!(
        ran.out.contains("2023-11-14T22:13:20.000Z") && ran.out.ends_with("2.5,'=cmd\n"),
        "{}",
        ran.out
    );
    let ran = run(engine.cli(&["call", "list"]).env("TZ", "America/Bogota"));
    assert!(ran.out.contains("2023-11-14"), "{}", ran.out);
    assert!(ran.out.contains("17:13:20"), "{}", ran.out);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    use std::process::{Command, Stdio};
    for format in ["table", "json", "csv"] {
        let items = vec![call("ended", Some("busy"), None); 500];
        let engine = Engine::answering([ok(json!({ "items": items, "next": null }))]);
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("apicall-cli"))
            .args(["call", "list", "-o", format])
            .env("APICALL_HOST", &engine.base)
            .env("APICALL_TOKEN", "t")
            .env("HOME", engine.home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(
            (
                ended.status.code(),
                String::from_utf8(ended.stderr).unwrap().as_str()
            ),
            (Some(0), ""),
            "{format}"
        );
    }
}

#[test]
fn a_call_that_ends_otherwise_fails_the_build() {
    let ended = || ok(detail("ended", Some("answered"), Some("completed")));
    let placed = || Answer::json(202, call("queued", None, None).to_string());
    let engine = Engine::answering([placed(), ok(detail("up", None, None)), ended(), placed(), ended()]);
    let place = [
        "call",
        "place",
        "--project",
        "100",
        "--number",
        "5512345678",
        "--expect",
    ];
    let ran = run(&mut engine.cli(&[&place[..], &["answered/completed"]].concat()));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("1.000  played"), "{}", ran.out);
    assert!(ran.out.contains("prueba\u{fffd}"), "{}", ran.out);
    let ran = run(&mut engine.cli(&[&place[..], &["busy"]].concat()));
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("expected busy, and it ended answered/completed"),
        "{}",
        ran.err
    );
    let ran = run(&mut engine.cli(&[&place[..], &["nonsense"]].concat()));
    assert_eq!((ran.code, engine.lines().len()), (2, 5));
}

#[test]
fn numbers_that_move_come_a_line_at_a_time() {
    let live = json!({ "at": 1, "levels": [], "switches": [], "campaigns": [], "by_outcome": {},
        "detection": { "human": 4, "machine": 8, "contradicted": { "human_silent": 1 }, "human_share": 0.25, "machine_share": 0.0 },
        "store_transactions": 7 });
    let engine = Engine::answering([
        ok(live.clone()),
        ok(live.clone()),
        Answer::problem(404, "not_found", "gone", None),
    ]);
    let ran = run(&mut engine.cli(&["stats", "--watch", "-o", "json"]));
    assert_eq!((ran.code, ran.err.as_str()), (1, "apicall-cli: gone\n"));
    let lines: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines, vec![live; 2]);
}

#[test]
fn the_manual_and_the_completions_are_what_the_program_says() {
    let engine = Engine::answering([]);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (words, page) in [
        (&["manual"][..], "docs/cli.md"),
        (&["completions", "bash"], "completions/apicall-cli.bash"),
        (&["completions", "zsh"], "completions/_apicall-cli"),
        (&["completions", "fish"], "completions/apicall-cli.fish"),
    ] {
        let ran = run(engine.stranger(words).env_remove("APICALL_HOST"));
        let kept = std::fs::read_to_string(root.join(page)).unwrap();
        assert!(
            ran.out == kept,
            "{page} is not what the program says; run dev/cli-manual"
        );
    }
}
