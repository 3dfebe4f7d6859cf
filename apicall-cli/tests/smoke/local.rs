//! What an engine of its own needs: trunks by name, a program of the same version.

use crate::programs::programs;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

const FLOW: &str = "flow: { start: bye, steps: { bye: { do: hangup, result: done } } }\n";
/// What is shown of a run that did not come to its only case.
const UNPLAYED: &str = "\n1 case: 0 passed, 0 failed, 1 not played\n";
const CASE: &str = "cases: [{ name: it ends, expect: { result: done } }]\n";

/// Runs these files, with both programs in the directory where they are looked for.
fn run(home: &Path, program: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command
        .args(["smoke", "run", "--local"])
        .args(words)
        .current_dir(home);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home);
    command.output().unwrap()
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_trunk_that_a_file_names_is_there() {
    let home = tempfile::tempdir().unwrap();
    for (file, trunk) in [
        ("one.yaml", "trunk: carrier-1\n"),
        ("two.yaml", "trunk: b.2\n"),
        ("none.yaml", ""),
    ] {
        fs::write(home.path().join(file), format!("{FLOW}{trunk}{CASE}")).unwrap();
    }
    let program = programs().join("apicall-cli");
    let (code, out, err) = told(&run(
        home.path(),
        &program,
        &["one.yaml", "two.yaml", "none.yaml"],
    ));
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.ends_with("\n3 cases: 3 passed, 0 failed\n"), "{out}");
}

/// The command line beside an engine that is this script.
fn beside(script: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("it.yaml"), format!("{FLOW}{CASE}")).unwrap();
    let engine = home.path().join("apicall-engine");
    fs::write(&engine, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    // A link would lead to the directory of the real one.
    let program = home.path().join("apicall-cli");
    let real = programs().join("apicall-cli");
    if fs::hard_link(&real, &program).is_err() {
        fs::copy(&real, &program).unwrap();
    }
    home
}

#[test]
fn an_engine_of_its_own_and_another_are_one_too_many() {
    let home = tempfile::tempdir().unwrap();
    let program = programs().join("apicall-cli");
    for name in ["--host", "--profile"] {
        let (code, out, err) = told(&run(home.path(), &program, &[name, "x", "it.yaml"]));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        let expected = format!("--local starts an engine of its own, and {name} names another");
        assert!(err.contains(&expected), "{err}");
    }
}

/// The engine holds the other end of a pipe: it is open once the engine runs, and closed once it has ended.
#[test]
fn nothing_is_left_of_a_run_that_is_killed() {
    let engine = programs().join("apicall-engine");
    let held = tempfile::tempdir().unwrap();
    let pipe = held.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let home = beside(&format!(
        "[ \"$1\" = --version ] || exec 3>{pipe}\nexec {engine} \"$@\"",
        pipe = pipe.display(),
        engine = engine.display(),
    ));
    let mut running = Command::new(home.path().join("apicall-cli"))
        .args(["smoke", "run", "--local", "it.yaml"])
        .current_dir(home.path())
        .spawn()
        .unwrap();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut pipe = fs::File::open(pipe).unwrap();
        tell.send("runs").unwrap();
        pipe.read_to_end(&mut Vec::new()).unwrap();
        tell.send("has ended").unwrap();
    });
    let minute = Duration::from_secs(60);
    assert_eq!(told.recv_timeout(minute), Ok("runs"));
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(told.recv_timeout(minute), Ok("has ended"));
}

#[test]
fn an_engine_of_another_version_is_told_as_that() {
    for (script, found) in [
        (
            "echo apicall-engine 9.9.9",
            "is 9.9.9, and this apicall-cli needs apicall-engine 0.",
        ),
        (
            "exit 1",
            "is another program, and this apicall-cli needs apicall-engine 0.",
        ),
    ] {
        let home = beside(script);
        let program = home.path().join("apicall-cli");
        let (code, out, err) = told(&run(home.path(), &program, &["--junit", "out.xml", "it.yaml"]));
        assert_eq!((code, out.as_str()), (Some(2), UNPLAYED), "{err}");
        assert!(err.contains(found), "{err}");
        let report = fs::read_to_string(home.path().join("out.xml")).unwrap();
        assert!(report.contains(found), "{report}");
    }
}

/// The engine has told that it was started, and says nothing more.
#[test]
fn a_run_that_is_ended_while_its_engine_starts_is_told() {
    let held = tempfile::tempdir().unwrap();
    let pipe = held.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let home = beside(&format!("echo started >{}\nexec sleep 60", pipe.display()));
    let stale = home.path().join("out.xml");
    fs::write(&stale, "of the run before").unwrap();
    let running = Command::new(home.path().join("apicall-cli"))
        .args(["smoke", "run", "--local", "--junit", "out.xml", "it.yaml"])
        .current_dir(home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(fs::read_to_string(&pipe).unwrap(), "started\n");
    let pid = running.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let (code, out, err) = told(&running.wait_with_output().unwrap());
    assert_eq!((code, out.as_str()), (Some(1), UNPLAYED), "{err}");
    let report = fs::read_to_string(stale).unwrap();
    assert!(report.contains("the run broke off: interrupted"), "{report}");
}
