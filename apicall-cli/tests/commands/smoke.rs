//! `smoke …` against a scripted engine: what it asks, what it shows, how it ends.

use crate::scripted::records::{call, project, trunk};
use crate::scripted::{Answer, Engine, Ran, run};
use serde_json::{Value, json};
use std::fs;
use std::process::Stdio;

pub(crate) const TWO: &str = r#"
project: 100
cases:
  - name: pressing 1 <connects>
    number: "+525512345678"
    variables: { agent: x }
    expect: { outcome: answered, result: transferred, digits: 1, prompts: [prueba] }
  - name: busy
    number: "+525512345679"
    callee: { response: busy }
    expect: { outcome: busy, answered_within_ms: 10 }
"#;

pub(crate) fn ok(body: Value) -> Answer {
    Answer::json(200, body.to_string())
}

pub(crate) fn placed() -> Answer {
    Answer::json(202, call("queued", None, None).to_string())
}

/// A call of the project's flow that came to its end with this outcome and these keys.
pub(crate) fn ended(outcome: &str, digits: &str) -> Answer {
    let mut call = call("ended", Some(outcome), Some("transferred"));
    call["digits"] = digits.into();
    call["dialed_at"] = json!(1_700_000_000_010_i64);
    let at = |ms: i64| 1_700_000_000_000_i64 + ms;
    call["timeline"] = json!([
        { "at": at(10), "event": "state", "state": "dialing" },
        { "at": at(1000), "event": "state", "state": "up" },
        { "at": at(1001), "event": "step", "step": "ask", "kind": "gather" },
        { "at": at(1001), "event": "played", "sounds": ["prueba"] },
        { "at": at(2000), "event": "digits", "digits": digits },
        { "at": at(3400), "event": "result", "result": "transferred", "by": "wrong" },
        { "at": at(3500), "event": "ended", "outcome": outcome, "cause": { "text": "a\u{1b}[2J" } },
    ]);
    ok(call)
}

/// What is asked before the first call, when a case says how its callee behaves.
pub(crate) fn begin() -> [Answer; 3] {
    [ok(json!([trunk()])), ok(project()), switches("emulator")]
}

/// The same when none does.
fn begin_without_callees() -> [Answer; 2] {
    [ok(json!([trunk()])), ok(project())]
}

fn switches(kind: &str) -> Answer {
    ok(json!([{ "name": "pbx1", "kind": kind, "state": "up", "since": 0 }]))
}

/// Runs a file of this text.
pub(crate) fn smoke(engine: &Engine, text: &str, words: &[&str]) -> Ran {
    fs::write(engine.home.path().join("menu.yaml"), text).unwrap();
    let mut all = vec!["smoke", "run", "menu.yaml", "--jobs", "1"];
    all.extend(words);
    run(engine.cli(&all).current_dir(engine.home.path()))
}

#[test]
fn cases_that_are_as_expected_pass() {
    let script = [placed(), ended("answered", "1"), placed(), ended("busy", "")];
    let engine = Engine::answering(begin().into_iter().chain(script));
    let ran = smoke(
        &engine,
        &TWO.replace("answered_within_ms: 10", "answered_within_ms: 990"),
        &[],
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(
        ran.out,
        "menu.yaml\n  ok      3.5 s  pressing 1 <connects>\n  ok      3.5 s  busy\n\n2 cases: 2 passed, 0 failed\n"
    );
    let asked = engine.asked();
    let body: Value = serde_json::from_str(&asked[3].body).unwrap();
    assert_eq!(asked[3].line, "POST /api/v1/calls");
    assert_eq!(body["number"], "+525512345678");
    assert_eq!(body["variables"], json!({ "agent": "x" }));
    let body: Value = serde_json::from_str(&asked[5].body).unwrap();
    assert_eq!(body["variables"]["APICALL_CALLEE"], "{\"response\":\"busy\"}");
}

#[test]
fn a_failing_expectation_stands_at_its_place_in_the_ladder() {
    let script = [placed(), ended("answered", "21"), placed(), ended("busy", "")];
    let engine = Engine::answering(begin().into_iter().chain(script));
    let ran = smoke(
        &engine,
        TWO,
        &["--junit", "out.xml", "--coverage", "--min-coverage", "90"],
    );
    assert_eq!(ran.code, 1);
    let short = "coverage of project 100, Cobranza MX is 33 %, and 90 % is the least";
    assert_eq!(ran.err, format!("apicall-cli: 2 of the cases failed\n{short}\n"));
    let expected = "\
menu.yaml
  FAIL    3.5 s  pressing 1 <connects>
        line 4, call 0192d2b0-0000-7000-8000-000000000001
        seconds  engine                            callee
          0.000  |── dial +525512345678 ──────────>|
          0.990  |<───────────────────── answers ──|
          0.991  | ask: gather                     |
          0.991  |── play prueba ─────────────────>|
          1.990  |<──────────────────── press 21 ──|
           >>>   digits: expected 1, seen 21
          3.390  | result transferred              |  by wrong
          3.490  |<────────────── ended answered ──|  a\u{fffd}[2J
";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    let words = [
        "           >>>   answered_within_ms: expected at most 10, seen 990\n",
        "coverage of project 100, Cobranza MX: 33 %, 2 of 6 steps and exits\n",
        "    on.1                   never\n",
        "    wrong                  2\n",
        "2 cases: 0 passed, 2 failed\n",
    ];
    for word in words {
        assert!(ran.out.contains(word), "{word}\n{}", ran.out);
    }
    let report = fs::read_to_string(engine.home.path().join("out.xml")).unwrap();
    well_formed(&report);
    assert!(
        report.contains("<testcase name=\"pressing 1 &lt;connects&gt;\""),
        "{report}"
    );
    assert!(
        report.contains("failures=\"2\" errors=\"0\" time=\"7.000\""),
        "{report}"
    );
    assert!(report.contains("digits: expected 1, seen 21"), "{report}");
    let coverage = format!("<failure type=\"coverage\" message=\"{short}\"/>");
    for told in [
        "<testsuite name=\"coverage\" tests=\"1\" failures=\"1\" errors=\"0\">",
        &coverage,
    ] {
        assert!(report.contains(told), "{report}");
    }
}

#[test]
fn a_red_run_is_red_even_if_nobody_reads_it() {
    let script = [placed(), ended("answered", "21"), placed(), ended("busy", "")];
    let engine = Engine::answering(begin().into_iter().chain(script));
    fs::write(engine.home.path().join("menu.yaml"), TWO).unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_apicall-cli"));
    let mut program = program
        .env("APICALL_HOST", &engine.base)
        .env("APICALL_TOKEN", "t0ken")
        .env("XDG_CONFIG_HOME", engine.home.path())
        .args(["smoke", "run", "menu.yaml", "--jobs", "1", "--junit", "out.xml"])
        .current_dir(engine.home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(program.stdout.take());
    assert_eq!(program.wait().unwrap().code(), Some(1));
    let report = fs::read_to_string(engine.home.path().join("out.xml")).unwrap();
    assert!(report.contains("failures=\"2\""), "{report}");
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_any_call() {
    let engine = Engine::answering([]);
    let ran = smoke(&engine, TWO, &["--junit", "nowhere/out.xml"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("--junit nowhere/out.xml"), "{}", ran.err);
    assert!(engine.asked().is_empty());
}

/// Reads XML to its end, every attribute of it.
pub(crate) fn well_formed(text: &str) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                assert!(start.attributes().all(|attribute| attribute.is_ok()));
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn coverage_that_is_too_low_fails_a_run_that_is_as_expected() {
    let engine = || {
        Engine::answering(
            begin_without_callees()
                .into_iter()
                .chain([placed(), ended("answered", "1")]),
        )
    };
    let one = TWO.split("  - name: busy").next().unwrap();
    let low = engine();
    let ran = smoke(&low, one, &["--min-coverage", "34"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(
        ran.err
            .contains("coverage of project 100, Cobranza MX is 33 %, and 34 % is the least"),
        "{}",
        ran.err
    );
    assert_eq!(smoke(&engine(), one, &["--min-coverage", "33"]).code, 0);
}

#[test]
fn coverage_that_nobody_can_tell_is_not_enough() {
    let mut project = project();
    project["flow"] = json!({ "custom": { "start": "a", "steps": { "a": { "do": "sing" } } } });
    let one = TWO.split("  - name: busy").next().unwrap();
    let script = || {
        let begin = [ok(json!([trunk()])), ok(project.clone())];
        Engine::answering(begin.into_iter().chain([placed(), ended("answered", "1")]))
    };
    let ran = smoke(&script(), one, &["--coverage"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = smoke(&script(), one, &["--min-coverage", "0"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let told = "no coverage of project 100, Cobranza MX: apicall-cli 0.";
    assert!(
        ran.err.contains(told) && ran.err.contains("cannot read its flow: steps.a"),
        "{}",
        ran.err
    );
}

#[test]
fn json_and_csv_tell_all_cases() {
    let script = || {
        begin()
            .into_iter()
            .chain([placed(), ended("answered", "1"), placed(), ended("busy", "")])
    };
    let engine = Engine::answering(script());
    let ran = smoke(&engine, TWO, &["-o", "json", "--coverage"]);
    assert_eq!(ran.code, 1);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["passed"], &report["failed"]), (&json!(1), &json!(1)));
    let case = &report["files"][0]["cases"][1];
    let verdict = json!({ "key": "answered_within_ms", "met": false, "expected": "at most 10", "seen": "990", "at": 1 });
    assert_eq!(case["verdicts"][1], verdict);
    assert_eq!(case["call"]["timeline"].as_array().unwrap().len(), 7);
    let coverage = &report["coverage"]["project 100, Cobranza MX"];
    assert_eq!(
        (&coverage["percent"], &coverage["steps"][0]["step"]),
        (&json!(33), &json!("ask"))
    );
    let engine = Engine::answering(script());
    let ran = smoke(&engine, TWO, &["-o", "csv"]);
    assert!(
        ran.out
            .starts_with("file,line,case,passed,call,outcome,result,duration_s,failures\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("menu.yaml,8,busy,false,"), "{}", ran.out);
}

#[test]
fn a_broken_file_is_refused_before_anything_is_asked() {
    let engine = Engine::answering([]);
    let ran = smoke(&engine, &TWO.replace("outcome: busy", "outcom: busy"), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let told = "menu.yaml:11:15: cases[1].expect.outcom: unknown key; did you mean `outcome`?";
    assert!(ran.err.contains(told), "{}", ran.err);
    assert_eq!(smoke(&engine, TWO, &["--filter", "nobody"]).code, 2);
    let ran = smoke(&engine, "cases: 1", &["/nowhere.yaml"]);
    assert_eq!(ran.code, 2);
    for told in ["menu.yaml:1:8: cases: expected a list", "/nowhere.yaml: "] {
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    let ran = smoke(&engine, TWO, &["--local"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("with --local the file brings a `flow`"),
        "{}",
        ran.err
    );
    assert!(engine.asked().is_empty());
}

#[test]
fn a_real_switch_wants_a_number_for_every_callee() {
    let without = TWO.replace("    number: \"+525512345679\"\n", "    transfer_callee: {}\n");
    let begin = |kind: &str| begin_without_callees().into_iter().chain([switches(kind)]);
    let engine = Engine::answering(begin("asterisk"));
    let ran = smoke(&engine, &without, &[]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    for told in [
        "menu.yaml:8: pbx1 is a real switch, so the callee of `busy` needs a number",
        "menu.yaml:8: pbx1 is a real switch, so the transfer_callee of `busy` needs a number",
    ] {
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    let engine = Engine::answering(begin("emulator").chain([placed(), ended("busy", "")]));
    let ran = smoke(&engine, &without.replace("10 }", "990 }"), &["--filter", "busy"]);
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
    assert!(
        engine.asked()[3].body.contains("+12025550100"),
        "{:?}",
        engine.asked()[3]
    );
}

#[test]
fn on_a_real_switch_the_flow_has_to_call_who_stands_for_the_transfer_callee() {
    let text = r#"
project: 100
callees: { agent: { response: busy } }
numbers: { agent: "+573009999931" }
cases: [{ name: x, number: "+525512345678", transfer_callee: agent, expect: { outcome: answered } }]
"#;
    let to = |target: &str| {
        let mut call = call("ended", Some("answered"), Some("transfer_failed"));
        call["timeline"] = json!([
            { "at": 1_700_000_000_010_i64, "event": "transfer_started", "target": target },
            { "at": 1_700_000_000_500_i64, "event": "ended", "outcome": "answered", "cause": {} },
        ]);
        let begin = [ok(json!([trunk()])), ok(project()), switches("asterisk")];
        Engine::answering(begin.into_iter().chain([placed(), ok(call)]))
    };
    let engine = to("+573009999931");
    assert_eq!(smoke(&engine, text, &[]).code, 0);
    assert!(
        !engine.asked()[3].body.contains("APICALL_"),
        "a real switch is told nothing of callees"
    );
    let ran = smoke(&to("+573009999930"), text, &[]);
    let told = "transfer_callee: expected +573009999931, seen +573009999930";
    assert!(ran.code == 1 && ran.out.contains(told), "{}", ran.out);
}

#[test]
fn a_flow_of_the_files_own_gets_a_project_for_the_while() {
    let text = "flow: { audio: prueba, expected_digit: 1 }\ncountry: MX\ncases: [{ name: x, number: +525512345678, expect: { outcome: answered } }]";
    let taken = || Answer::problem(409, "conflict", "the name is taken", Some("name"));
    let busy = || Answer::problem(409, "in_use", "a call lives", None);
    let made = || Answer::json(201, project().to_string());
    let engine = Engine::answering([
        ok(json!([trunk()])),
        taken(),
        made(),
        placed(),
        ended("answered", "1"),
        busy(),
        Answer::json(204, ""),
    ]);
    let ran = smoke(&engine, text, &["--coverage"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(
        ran.out.contains("coverage of the flow of menu.yaml"),
        "{}",
        ran.out
    );
    let asked = engine.asked();
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
    assert_eq!(lines[1..3], ["POST /api/v1/projects"; 2]);
    assert_eq!(lines[5..], ["DELETE /api/v1/projects/100"; 2]);
    let body: Value = serde_json::from_str(&asked[2].body).unwrap();
    assert_eq!(
        (&body["name"], &body["trunk"], &body["country"]),
        (&json!("smoke menu.yaml 2"), &json!(7), &json!("MX"))
    );
}

#[test]
fn a_call_that_takes_too_long_is_hung_up_and_fails() {
    let one = TWO.split("  - name: busy").next().unwrap();
    let up = || {
        let mut call = call("up", None, None);
        call["timeline"] = json!([]);
        ok(call)
    };
    let script = std::iter::once(placed()).chain((0..200).map(|_| up()));
    let engine = Engine::answering(begin_without_callees().into_iter().chain(script));
    // The engine goes on saying `up` whatever it is told.
    let ran = smoke(&engine, one, &["--timeout", "1"]);
    assert_eq!(ran.code, 1, "{} {}", ran.out, ran.err);
    assert!(
        ran.out
            .contains("it was still going on after 1 s, and was hung up, in vain"),
        "{}",
        ran.out
    );
    assert!(engine.lines().iter().any(|line| line.ends_with("/hangup")));
}

#[test]
fn what_the_engine_refuses_fails_the_case_and_an_absent_engine_the_run() {
    let refused = || Answer::problem(422, "invalid_field", "no number", Some("number"));
    let engine = Engine::answering(begin().into_iter().chain([refused(), refused()]));
    let ran = smoke(&engine, TWO, &["--junit", "out.xml"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("line 4, no call\n           >>>   number: no number\n"),
        "{}",
        ran.out
    );
    let report = fs::read_to_string(engine.home.path().join("out.xml")).unwrap();
    assert!(
        report.contains("errors=\"2\"") && report.contains("<error type=\"no call\""),
        "{report}"
    );
    let engine = Engine::answering([Answer::problem(401, "unauthorized", "log in first", None)]);
    assert_eq!(smoke(&engine, TWO, &[]).code, 3);
}

#[test]
fn an_example_is_written_once_and_can_be_run() {
    let engine = Engine::answering([ok(project()), ok(project()), ok(project())]);
    let init = |file: &str| {
        run(engine
            .cli(&["smoke", "init", "100", file])
            .current_dir(engine.home.path()))
    };
    assert_eq!(init("menu.yaml").code, 0);
    let again = init("menu.yaml");
    assert_eq!(again.code, 2, "{}", again.err);
    let kept = fs::read_to_string(engine.home.path().join("menu.yaml")).unwrap();
    assert_eq!(init("-").out, kept);
    assert!(kept.contains("project: 100"));
}

#[test]
fn schemas_are_printed_as_they_are_published() {
    let engine = Engine::answering([]);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for kind in ["scenario", "flow"] {
        let ran = run(&mut engine.stranger(&["smoke", "schema", kind]));
        let kept = fs::read_to_string(root.join(format!("docs/schemas/{kind}.json"))).unwrap();
        assert!(
            ran.out == kept,
            "docs/schemas/{kind}.json is not what the program says"
        );
    }
}
