//! The program: starting, stopping, checking, administering.

use super::engine::{Engine, Home, PASSWORD, project};
use reqwest::Method;
use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

fn run(program: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = program.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test]
async fn sigterm_ends_it_with_everything_kept() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("kept")).await;
    let mut watching = engine.request(Method::GET, "/stats/stream").send().await.unwrap();
    watching.chunk().await.unwrap();
    assert_eq!(engine.stop().code(), Some(0));
    while let Ok(Some(_)) = watching.chunk().await {}
    let again = Engine::start(&home).await;
    assert_eq!(again.get("/projects").await.1[0]["name"], "kept");
    again.signal("-INT");
}

#[tokio::test]
async fn a_second_signal_does_not_wait() {
    let home = Home::new();
    let mut engine = Engine::start(&home).await;
    // A request that never comes to its end holds the first one up.
    let mut stream = TcpStream::connect(&engine.address).unwrap();
    stream
        .write_all(b"POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    let _ = engine.get("/me").await;
    engine.signal("-TERM");
    engine.wait_for("stopping");
    engine.signal("-TERM");
    assert_eq!(engine.ended().code(), Some(1));
    assert!(
        engine
            .rest_of_log()
            .iter()
            .any(|line| line.contains("stopped at once"))
    );
}

#[test]
fn the_first_start_draws_a_password_and_tells_it_once() {
    let home = Home::new();
    let start = || {
        let mut program = home.serve();
        program.env_remove("APICALL_ADMIN_PASSWORD");
        program
    };
    let mut program = start();
    let mut child = program.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let told: Vec<_> = lines
        .by_ref()
        .map(Result::unwrap)
        .take_while(|line| !line.contains("\"listening\""))
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        told.iter()
            .filter(|line| line.contains("with the password"))
            .count(),
        1,
        "{told:?}"
    );
    let again = Engine::run(start());
    again.signal("-TERM");
    assert!(again.rest_of_log().iter().all(|line| !line.contains("password")));
}

#[tokio::test]
async fn two_engines_do_not_share_a_store() {
    let home = Home::new();
    let engine = Engine::start(&home).await;
    let (code, _, error) = run(&mut home.serve());
    assert_eq!(code, Some(1));
    assert!(error.contains("another engine uses it"), "{error}");
    let (code, _, error) = run(home.program().args(["admin", "migrate"]));
    assert_eq!(code, Some(1));
    assert!(error.contains("another engine uses it"), "{error}");
    let (code, out, _) = run(home
        .program()
        .arg("check")
        .env("APICALL__HTTP__LISTEN", &engine.address));
    assert_eq!(code, Some(0), "{out}");
    assert!(
        out.contains("an engine uses it") && out.contains("is in use, as an engine is running"),
        "{out}"
    );
}

#[test]
fn an_address_that_is_taken_is_told() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, error) = run(home.serve().env("APICALL__HTTP__LISTEN", &address));
    assert_eq!(code, Some(1));
    assert!(
        error.contains(&address) && error.contains("choose another [http] listen"),
        "{error}"
    );
}

#[test]
fn check_says_what_to_fix_and_makes_nothing() {
    let home = Home::with_switch();
    let (code, out, _) = run(home
        .program()
        .arg("check")
        .env("APICALL__HTTP__LISTEN", "127.0.0.1:0"));
    assert_eq!(code, Some(1), "the switch is down");
    for line in [
        "ok    configuration: ",
        "ok    store: ",
        "ok    audio: ",
        "ok    http: ",
        "ok    switch pbx1 agi: ",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(out.contains("FAIL  switch pbx1 ami: "), "{out}");
    assert!(out.contains("will be made by the first start"), "{out}");
    let left: Vec<_> = std::fs::read_dir(home.dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "only the configuration is there: {left:?}");

    let home = Home::new();
    let (code, out, _) = run(home
        .program()
        .arg("check")
        .env("APICALL__HTTP__LISTEN", "127.0.0.1:0"));
    assert_eq!(code, Some(0), "{out}");
    let (code, _, error) = run(home.program().arg("check").env("APICALL__HTTP__LISSTEN", "x"));
    assert_eq!(code, Some(1));
    assert!(error.contains("APICALL__HTTP__LISSTEN: no such key"), "{error}");
}

#[test]
fn administration_works_on_a_store_that_is_there() {
    let home = Home::new();
    let (code, _, error) = run(home.program().args(["admin", "reset-password", "admin"]));
    assert_eq!(code, Some(1));
    assert!(
        error.contains("no store") && !home.dir.path().join("a.db").exists(),
        "{error}"
    );
    let (code, out, _) = run(home.program().args(["admin", "migrate"]));
    assert_eq!((code, out.contains("up to date")), (Some(0), true));
    assert!(Engine::run(home.serve()).stop().success());
    for (user, password, code) in [
        ("admin", "a-new-password\nmore", 0),
        ("admin", "short", 1),
        ("nobody", PASSWORD, 1),
    ] {
        let mut program = home.program();
        program.args(["admin", "reset-password", "--stdin", user]);
        let mut child = program
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses the user does not read.
        let _ = child.stdin.take().unwrap().write_all(password.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{user}");
        assert!(output.stdout.is_empty(), "a given password is not printed");
    }
}

#[tokio::test]
async fn an_installation_moves_to_another_store() {
    let (home, other) = (Home::new(), Home::with_file());
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("tenant")).await;
    let copy = |from: &Home, to: &Home| {
        let urls = ["--from", from.store_url(), "--to", to.store_url()];
        run(home.program().args(["admin", "copy"]).args(urls))
    };
    let (code, _, error) = copy(&home, &other);
    assert_eq!(code, Some(1));
    assert!(error.contains("another engine uses it"), "{error}");
    assert!(engine.stop().success());
    let (code, out, error) = copy(&home, &other);
    assert_eq!(code, Some(0), "{error}");
    assert!(
        out.contains("compared one by one") && error.contains("copying projects: 1 of 1"),
        "{out}{error}"
    );
    let (code, _, error) = copy(&home, &other);
    assert_eq!(code, Some(1));
    assert!(error.contains("it is not empty"), "{error}");
    // The same users, keys and projects: only the place is another.
    let engine = Engine::start(&other).await;
    assert_eq!(engine.get("/projects").await.1[0]["name"], "tenant");
}

#[test]
fn a_capture_is_shown_with_offsets() {
    let home = Home::new();
    let file = home.dir.path().join("capture");
    std::fs::write(
        &file,
        "Asterisk Call Manager/7.0.3\r\nResponse: Success\r\nMessage: ok\r\n\r\n",
    )
    .unwrap();
    let (code, out, _) = run(home.program().args(["wire", "decode", "ami"]).arg(&file));
    assert_eq!(code, Some(0));
    let lines: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["kind"], &lines[1]["offset"]),
        (&"banner".into(), &29.into())
    );
    std::fs::write(&file, "Content-Type: auth/request\n\n").unwrap();
    let (code, out, _) = run(home.program().args(["wire", "decode", "esl"]).arg(&file));
    assert_eq!((code, out.lines().count()), (Some(0), 1), "{out}");
    assert!(out.contains("auth"), "{out}");
    let (code, _, error) = run(home.program().args(["wire", "decode", "ami", "/nowhere"]));
    assert_eq!((code, error.contains("/nowhere")), (Some(1), true));
}

#[tokio::test]
async fn an_audit_says_by_its_exit_code_what_came_of_it() {
    let home = Home::new();
    let audit = |more: &[&str]| run(home.program().arg("audit").args(more));
    let (code, _, error) = audit(&[]);
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains("there is nothing there"), "{error}");
    let engine = Engine::start(&home).await;
    engine.made("/projects", project("watched")).await;
    let (code, out, error) = audit(&[]);
    assert_eq!(code, Some(0), "{error}{out}");
    assert!(
        out.contains("give what the carrier got") && out.ends_with("clean\n"),
        "{out}"
    );
    assert_eq!(home.audited()["clean"], true);
    for (more, expected) in [
        (["--output", "xml"], 2),
        (["--trunk", "x"], 2),
        (["--carrier", "/nowhere"], 3),
        (["--store", "x:y"], 3),
    ] {
        let (code, _, error) = audit(&more);
        assert_eq!(code, Some(expected), "{more:?}: {error}");
    }
    assert!(engine.stop().success());
}

#[test]
fn old_calls_are_counted_and_removed_by_a_command() {
    let home = Home::new();
    assert_eq!(run(home.program().args(["admin", "migrate"])).0, Some(0));
    let prune = |args: &[&str]| run(home.program().args(["admin", "prune", "--before"]).args(args));
    let (code, out, error) = prune(&["2020-01-01", "--dry-run"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(
        out,
        "0 calls ended before 2020-01-01T00:00:00.000Z and would be removed\n"
    );
    let (code, out, error) = prune(&["2020-01-01T00:00:00-05:00", "--timelines"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(
        out,
        "0 timelines of calls that ended before 2020-01-01T05:00:00.000Z are removed\n"
    );
    for (args, expected, told) in [
        (["2999-01-01", "--dry-run"], 1, "has not come yet"),
        (["soon", "--dry-run"], 2, "write a day such as"),
        (["2020-01-01", "--export=/nowhere"], 1, "--export: /nowhere"),
    ] {
        let (code, _, error) = prune(&args);
        assert_eq!(code, Some(expected), "{error}");
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn an_engine_that_could_not_write_what_goes_does_not_start() {
    let home = Home::new();
    let with = |mut program: Command| {
        program
            .env("APICALL__RETENTION__CALLS_DAYS", "30")
            .env("APICALL__RETENTION__EXPORT", "/nowhere");
        program
    };
    let (code, _, error) = run(&mut with(home.serve()));
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("retention.export: /nowhere"), "{error}");
    let mut check = with(home.program());
    let (code, out, _) = run(check.arg("check"));
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("FAIL  retention: /nowhere"), "{out}");
}
