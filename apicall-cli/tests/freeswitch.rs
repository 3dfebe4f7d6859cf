//! The scenario files that pass on the emulated Asterisk pass unchanged on the emulated FreeSWITCH.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The engine is built here when nothing else has.
fn build_engine() {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--locked", "--package", "apicall-engine"]);
    let built = build
        .args(["--bin", "apicall-engine"])
        .current_dir(root())
        .status();
    assert!(built.unwrap().success(), "the engine can be built");
}

/// The example of `docs/smoke-tests.md`.
fn example() -> String {
    let page = fs::read_to_string(root().join("docs/smoke-tests.md")).unwrap();
    let (_, behind) = page.split_once("```yaml file=menu.yaml\n").unwrap();
    behind.split_once("```").unwrap().0.to_owned()
}

/// Runs files on the emulated PBX of that name; what was printed, when all passed.
fn passed(pbx: &str, files: &[PathBuf]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_apicall-cli"));
    program.args(["smoke", "run", "--local", "--pbx", pbx, "--jobs", "10"]);
    program.args(files).env("XDG_CONFIG_HOME", home.path());
    let ran = program.output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{pbx}: {out}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    out
}

#[test]
fn scenario_files_pass_on_both() {
    build_engine();
    let home = tempfile::tempdir().unwrap();
    let menu = home.path().join("menu.yaml");
    fs::write(&menu, example()).unwrap();
    let scenarios = root().join("apicall-engine/tests/scenarios");
    let ours = [
        "callees.yaml",
        "input.yaml",
        "machines.yaml",
        "transfers.yaml",
        "leaving.yaml",
    ];
    let ours = ours.map(|name| scenarios.join(name));
    let files: Vec<_> = ours.into_iter().chain([menu]).collect();
    let [asterisk, freeswitch] = ["asterisk", "freeswitch"].map(|pbx| passed(pbx, &files));
    let cases = |out: &str| out.lines().filter(|line| line.starts_with("  ok")).count();
    assert_eq!(cases(&asterisk), cases(&freeswitch));
    assert!(cases(&freeswitch) > 20, "{freeswitch}");
}
