//! `smoke run` that does not come to its end.

use crate::scripted::records::{project, trunk};
use crate::scripted::{Answer, Engine};
use crate::smoke::{TWO, begin, ended, ok, placed, smoke, well_formed};
use serde_json::{Value, json};
use std::fs;
use std::process::{Child, Command, Stdio};

#[test]
fn a_run_that_breaks_off_tells_of_every_case() {
    let script = || {
        let lost = Answer::problem(401, "unauthorized", "log in first", None);
        Engine::answering(
            begin()
                .into_iter()
                .chain([placed(), ended("answered", "1"), lost]),
        )
    };
    let engine = script();
    let ran = smoke(&engine, TWO, &["--junit", "out.xml"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let told = "  ok      3.5 s  pressing 1 <connects>\n  --      0.0 s  busy\n\n2 cases: 1 passed, 0 failed, 1 not played\n";
    assert!(ran.out.ends_with(told), "{}", ran.out);
    let report = fs::read_to_string(engine.home.path().join("out.xml")).unwrap();
    well_formed(&report);
    for told in [
        "tests=\"2\" failures=\"0\" errors=\"1\"",
        "<error type=\"not played\" message=\"the run broke off: log in first",
    ] {
        assert!(report.contains(told), "{report}");
    }
    let ran = smoke(&script(), TWO, &["-o", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["failed"], &report["broken_off"]), (&json!(0), &json!(1)));
    assert_eq!(report["files"][0]["cases"][1]["broken_off"], true);
}

/// Asked to end while the second file's project is being made: it is removed again, and no case is forgotten.
#[test]
fn a_run_that_is_ended_while_it_prepares_leaves_nothing_behind() {
    let text = "flow: { audio: prueba, expected_digit: 1 }\ncases: [{ name: x, number: +525512345678, expect: { outcome: answered } }]";
    let made = || Answer::json(201, project().to_string());
    let (held, release) = made().held();
    let removed = || Answer::json(204, "");
    let first = [
        ok(json!([trunk()])),
        ok(json!([trunk()])),
        made(),
        placed(),
        ended("answered", "1"),
        removed(),
    ];
    let second = [held, removed()];
    let engine = Engine::answering(first.into_iter().chain(second));
    for file in ["one.yaml", "two.yaml"] {
        fs::write(engine.home.path().join(file), text).unwrap();
    }
    let program = run_until(&engine, &["one.yaml", "two.yaml"], 7);
    drop(release);
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(engine.lines().last().unwrap(), "DELETE /api/v1/projects/100");
    let report = fs::read_to_string(engine.home.path().join("out.xml")).unwrap();
    assert!(
        report.contains("<error type=\"not played\" message=\"the run broke off: interrupted"),
        "{report}"
    );
}

/// Asked to end in the moment in which a call is placed: that call is hung up, and no other placed.
#[test]
fn a_call_that_is_being_placed_when_the_run_is_ended_is_hung_up() {
    let (held, release) = placed().held();
    let hung_up = ended("cancelled", "");
    let removed = Answer::json(204, "");
    let made = Answer::json(201, project().to_string());
    let engine = Engine::answering([ok(json!([trunk()])), made, held, placed(), hung_up, removed]);
    fs::write(engine.home.path().join("one.yaml"), ONE_OF_TWO).unwrap();
    let program = run_until(&engine, &["one.yaml", "--jobs", "1"], 3);
    drop(release);
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines = engine.lines();
    let count = |asked: &dyn Fn(&str) -> bool| lines.iter().filter(|line| asked(line)).count();
    assert_eq!(count(&|line| line == "POST /api/v1/calls"), 1, "{lines:?}");
    assert_eq!(count(&|line| line.ends_with("/hangup")), 1, "{lines:?}");
    let report = fs::read_to_string(engine.home.path().join("out.xml")).unwrap();
    let cut_short = "<error type=\"not played\" message=\"the run broke off, and the call was hung up\">        line 3, call ";
    assert!(report.contains(cut_short), "{report}");
    let counts = "tests=\"2\" failures=\"0\" errors=\"2\"";
    assert!(report.contains(counts), "{report}");
    assert_eq!(lines.last().unwrap(), "DELETE /api/v1/projects/100");
}

const ONE_OF_TWO: &str = "\
flow: { audio: prueba, expected_digit: 1 }
cases:
  - { name: x, number: +525512345678, expect: { outcome: answered } }
  - { name: y, number: +525512345678, expect: { outcome: answered } }
";

/// Runs these files, and asks it to end once it has asked the engine so many things and waits for the last answer.
fn run_until(engine: &Engine, words: &[&str], asked: usize) -> Child {
    let program = Command::new(env!("CARGO_BIN_EXE_apicall-cli"))
        .env("APICALL_HOST", &engine.base)
        .env("APICALL_TOKEN", "t0ken")
        .env("XDG_CONFIG_HOME", engine.home.path())
        .args(["smoke", "run", "--junit", "out.xml"])
        .args(words)
        .current_dir(engine.home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while engine.asked().len() < asked {
        std::thread::yield_now();
    }
    let pid = program.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    program
}
