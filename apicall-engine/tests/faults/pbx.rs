//! An emulated Asterisk in a process of its own, and a manager's client that writes down whom it dials.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Nothing that is waited for here takes this long, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const USER: &str = "apicall";
const SECRET: &str = "laboratory";

pub(crate) struct Pbx {
    process: Child,
    _stdin: ChildStdin,
    manager: String,
    agi: String,
    dials: Arc<Dials>,
    dir: TempDir,
}

/// How many were dialed so far, to be waited for.
#[derive(Default)]
struct Dials {
    count: Mutex<usize>,
    more: Condvar,
}

impl Pbx {
    /// Starts one with the lab's callees.
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_apicall-engine"))
            .args(["emulate", "asterisk", "--user", USER])
            .env("APICALL_EMULATOR_SECRET", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let manager = address(process.stdout.take().unwrap());
        let dials = Arc::new(Dials::default());
        watch(&manager, &dir.path().join("invites"), Arc::clone(&dials));
        // The engine's, the same in all its lives.
        let agi = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self {
            process,
            _stdin: stdin,
            manager,
            agi: agi.to_string(),
            dials,
            dir,
        }
    }

    /// The switch, as an engine's configuration has it.
    pub(crate) fn config(&self) -> String {
        format!(
            "[[switch]]\nname = 'pbx'\nkind = 'asterisk'\nemulated = true\nami = '{}'\nuser = '{USER}'\nsecret = '{SECRET}'\n\
             agi_listen = '{}'\n",
            self.manager, self.agi
        )
    }

    /// What it was asked for, as a carrier writes it down.
    pub(crate) fn invites(&self) -> PathBuf {
        self.dir.path().join("invites")
    }

    /// How many it dialed so far.
    pub(crate) fn dialed(&self) -> usize {
        *self.dials.count.lock().unwrap()
    }

    /// Waits until it has dialed so many.
    pub(crate) fn wait_for(&self, count: usize) {
        let dialed = self.dials.count.lock().unwrap();
        let waited = self
            .dials
            .more
            .wait_timeout_while(dialed, PATIENCE, |dialed| *dialed < count);
        let (dialed, _) = waited.unwrap();
        assert!(
            *dialed >= count,
            "{count} were to be dialed, and {} were",
            *dialed
        );
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where its manager listens, once it has said all that it says.
fn address(stdout: ChildStdout) -> String {
    let lines = BufReader::new(stdout).lines().map(Result::unwrap);
    // A reader that left early would be its end.
    let told: Vec<_> = lines.take(3).collect();
    let address = told
        .iter()
        .find_map(|line| line.strip_prefix("APICALL_EMULATOR_AMI="));
    address.expect("it says where it listens").to_owned()
}

/// Writes down every number that it dials, until it is gone.
fn watch(manager: &str, file: &Path, dials: Arc<Dials>) {
    let mut stream = TcpStream::connect(manager).unwrap();
    write!(
        stream,
        "Action: Login\r\nUsername: {USER}\r\nSecret: {SECRET}\r\nEvents: call\r\n\r\n"
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let accepted = lines.any(|line| line.starts_with("Response: Success"));
    assert!(accepted, "the manager lets the test in");
    let mut invites = File::create(file).unwrap();
    std::thread::spawn(move || {
        let mut begins = false;
        for line in lines {
            match line.split_once(": ") {
                Some(("Event", event)) => begins = event == "DialBegin",
                Some(("DialString", dialed)) if begins => {
                    let number: String = dialed.chars().take_while(char::is_ascii_digit).collect();
                    writeln!(invites, "{} {number}", epoch()).unwrap();
                    *dials.count.lock().unwrap() += 1;
                    dials.more.notify_all();
                }
                _ => {}
            }
        }
    });
}

/// The seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "a carrier has a clock of its own")]
fn epoch() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    format!("{}.{:06}", now.as_secs(), now.subsec_micros())
}
