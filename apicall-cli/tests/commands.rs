//! The command line as scripts see it: what it asks the engine, what it writes where, and how it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "commands/broken_off.rs"]
mod broken_off;
mod scripted;
#[path = "commands/smoke.rs"]
mod smoke;
#[path = "commands/webhooks.rs"]
mod webhooks;
#[path = "commands/why.rs"]
mod why;

use scripted::records::{call, campaign, detail, project, stats, trunk};
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
fn smart_caller_ids_choose_the_policy_that_fits() {
    let made = || Answer::json(201, project().to_string());
    let engine = Engine::answering([made(), made()]);
    let add = ["project", "add", "--name", "x", "--country", "MX"];
    let one = [&add[..], &["--cid", "5550001234", "--smart-cid", "true"]].concat();
    let several = [
        &add[..],
        &["--caller-ids", "5550001234,5550001235", "--smart-cid", "true"],
    ]
    .concat();
    for words in [&one, &several] {
        assert_eq!(run(&mut engine.cli(words)).code, 0);
    }
    let none = [&add[..], &["--smart-cid", "true"]].concat();
    let ran = run(&mut engine.cli(&none));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("give --caller-ids"), "{}", ran.err);
    let asked = engine.asked();
    assert_eq!(asked.len(), 2);
    for (asked, numbers) in asked.iter().zip([1, 2]) {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let ids = &body["caller_ids"];
        assert_eq!(ids["policy"], "local_presence");
        assert_eq!(ids["numbers"].as_array().map(Vec::len), Some(numbers));
    }
}

#[test]
fn several_trunks_are_named_with_priority_and_weight() {
    let engine = Engine::answering([ok(project()), ok(json!([trunk()])), ok(project())]);
    let ran = run(&mut engine.cli(&["project", "set", "100", "--trunks", "Trunk_SIP:2:30"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let body: Value = serde_json::from_str(&engine.asked()[2].body).unwrap();
    assert_eq!(
        body,
        json!({ "trunks": [{ "trunk": 7, "priority": 2, "weight": 30 }] })
    );
    for wrong in ["Trunk_SIP:first", "Trunk_SIP:1:2:3", "a/b"] {
        let ran = run(&mut engine.cli(&["project", "set", "100", "--trunks", wrong]));
        assert_eq!(ran.code, 2, "{}", ran.err);
    }
    let broken = json!({ "state": "open", "until": 1_700_000_000_000_i64, "why": "a probe failed" });
    let engine = Engine::answering([ok(json!([trunk()])), ok(broken)]);
    let ran = run(&mut engine.cli(&["-o", "csv", "trunk", "show", "Trunk_SIP"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("open") && ran.out.contains("a probe failed"),
        "{}",
        ran.out
    );
    assert_eq!(engine.asked()[1].line, "GET /api/v1/trunks/7/breaker");
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
fn waiting_for_a_campaign_ends_with_its_numbers() {
    let started = || ok(campaign("running"));
    let engine = Engine::answering([
        started(),
        ok(stats("running", 1)),
        ok(stats("finished", 2)),
        started(),
        ok(stats("stopped", 1)),
    ]);
    let ran = run(&mut engine.cli(&["campaign", "start", "3", "--wait", "-o", "json"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        serde_json::from_str::<Value>(&ran.out).unwrap(),
        stats("finished", 2)
    );
    let ran = run(&mut engine.cli(&["campaign", "start", "3", "--wait"]));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("stopped, not finished"), "{}", ran.err);
}

#[test]
fn an_import_streams_and_lists_what_it_refused() {
    let row = json!({ "line": 2, "value": "=cmd\u{1b}", "reason": "not a number" });
    let report = json!({
        "id": 5, "campaign": 3, "rows": 2, "added": 1, "duplicates": 0, "rejected": 1, "delimiter": ",",
        "number_column": "1", "variables": [], "rejects": [row]
    });
    let page = json!({ "items": [row], "next": null });
    let engine = Engine::answering([
        ok(campaign("created")),
        ok(report.clone()),
        ok(campaign("created")),
        ok(report),
        ok(page),
        Answer::problem(404, "not_found", "no campaign has the id 3", None),
    ]);
    let import = ["campaign", "import", "3", "-"];
    let ran = run(engine.cli(&import).write_stdin("+573001234567\n=cmd\n"));
    assert_eq!((ran.code, ran.out.contains("added")), (0, true), "{}", ran.err);
    assert!(
        ran.err.contains("line 2: not a number (=cmd\u{fffd})"),
        "{}",
        ran.err
    );
    let rejects = engine.home.path().join("rejects.csv");
    let words = [
        &import[..],
        &["--number-column", "1", "--rejects", rejects.to_str().unwrap()],
    ]
    .concat();
    assert_eq!(run(engine.cli(&words).write_stdin("x")).code, 0);
    assert_eq!(
        std::fs::read_to_string(rejects).unwrap(),
        "line,value,reason\n2,'=cmd\u{1b},not a number\n"
    );
    let ran = run(engine.cli(&import).write_stdin("x"));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, "apicall-cli: no campaign has the id 3\n")
    );

    let asked = engine.asked();
    assert_eq!(asked[1].body, "+573001234567\n=cmd\n");
    assert!(asked[1].headers.contains(&"content-type: text/csv".to_owned()));
    assert_eq!(asked[3].line, "POST /api/v1/campaigns/3/import?number_column=1");
    assert_eq!(
        asked[4].line,
        "GET /api/v1/campaigns/3/imports/5/rejects?limit=1000"
    );
}

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

#[test]
fn what_is_not_named_stays() {
    let engine = Engine::answering([
        ok(json!([trunk()])),
        ok(trunk()),
        ok(project()),
        ok(json!([trunk()])),
    ]);
    assert_eq!(
        run(&mut engine.cli(&["trunk", "set", "Trunk_SIP", "--channels", "30"])).code,
        0
    );
    let body: Value = serde_json::from_str(&engine.asked()[1].body).unwrap();
    assert_eq!(body, json!({ "limits": { "cps": 9.0, "channels": 30 } }));
    assert_eq!(run(&mut engine.cli(&["project", "set", "100"])).code, 2);
    assert_eq!(run(&mut engine.cli(&["trunk", "set", "Trunk_SIP"])).code, 2);
    assert!(
        engine
            .lines()
            .iter()
            .all(|line| !line.starts_with("PATCH /api/v1/projects"))
    );
}

#[test]
fn none_takes_away_and_a_running_campaign_can_be_slowed() {
    let engine = Engine::answering([
        ok(project()),
        ok(project()),
        ok(campaign("running")),
        ok(campaign("running")),
    ]);
    let words = [
        "project",
        "set",
        "100",
        "--trunk",
        "none",
        "--caller-id",
        "none",
        "--overflow-number",
        "none",
    ];
    let ran = run(&mut engine.cli(&words));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run(&mut engine.cli(&["campaign", "set", "3", "--cps", "none", "--channels", "4"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let asked = engine.asked();
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    let flow = json!({ "simple": { "audio": "prueba", "expected_digit": "1" } });
    assert_eq!(body, json!({ "trunk": null, "caller_id": null, "flow": flow }));
    assert_eq!(asked[3].line, "PATCH /api/v1/campaigns/3");
    let body: Value = serde_json::from_str(&asked[3].body).unwrap();
    assert_eq!(body, json!({ "limits": { "channels": 4 } }));
}

#[test]
fn numbers_that_move_come_a_line_at_a_time() {
    let live = json!({ "at": 1, "levels": [], "switches": [], "campaigns": [], "by_outcome": {}, "store_transactions": 7 });
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
