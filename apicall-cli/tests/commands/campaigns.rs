//! `campaign …`: what it asks, and how waiting ends.

use super::ok;
use super::scripted::records::{campaign, stats};
use super::scripted::{Answer, Engine, run};
use serde_json::{Value, json};

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
fn a_list_is_not_sent_when_its_rejects_cannot_be_written() {
    let engine = Engine::answering([ok(campaign("created")), ok(campaign("created"))]);
    let list = engine.home.path().join("list.csv");
    std::fs::write(&list, "3001112233\n").unwrap();
    let list = list.to_str().unwrap();
    for (rejects, told) in [
        (list, "this file is read; name another to be written"),
        ("/nowhere/rejects.csv", "No such file or directory"),
    ] {
        let ran = run(&mut engine.cli(&["campaign", "import", "3", list, "--rejects", rejects]));
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(
            ran.err.contains(&format!("--rejects {rejects}: {told}")),
            "{}",
            ran.err
        );
    }
    assert_eq!(std::fs::read_to_string(list).unwrap(), "3001112233\n");
    assert_eq!(engine.asked().len(), 2);
}
