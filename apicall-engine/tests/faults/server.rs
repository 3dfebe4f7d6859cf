//! A MariaDB of a story's own, to be stopped, killed and started again.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

pub(crate) struct Server {
    dir: TempDir,
    port: u16,
    process: Child,
}

impl Server {
    /// Makes one with an empty database, and waits until it answers.
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = File::create(dir.path().join("install.log")).unwrap();
        let made = Command::new("mariadb-install-db")
            .args([
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ])
            .arg(format!("--user={}", user()))
            .arg(format!("--datadir={}", dir.path().join("data").display()))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status();
        assert!(
            made.expect("MariaDB is installed; dev/faults does that")
                .success()
        );
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = spawn(&dir, port);
        let mut server = Self { dir, port, process };
        server.wait();
        server.run(
            "CREATE DATABASE apicall; CREATE USER apicall@'127.0.0.1' IDENTIFIED BY 'laboratory';
             GRANT ALL PRIVILEGES ON apicall.* TO apicall@'127.0.0.1'",
        );
        server
    }

    /// Where an engine finds it.
    pub(crate) fn url(&self) -> String {
        format!("mysql://apicall:laboratory@127.0.0.1:{}/apicall", self.port)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Tells it something as its administrator, and what it says.
    pub(crate) fn run(&self, sql: &str) -> String {
        let since = Instant::now();
        loop {
            let mut client = self.client();
            client.args(["--batch", "--skip-column-names", "-e", sql]);
            let output = client.output().unwrap();
            if output.status.success() {
                return String::from_utf8(output.stdout).unwrap();
            }
            // The one place that is kept for the administrator may be taken by who is about to leave it.
            let said = String::from_utf8_lossy(&output.stderr);
            let full = said.contains("Too many connections");
            assert!(full && since.elapsed() < PATIENCE, "{said}");
        }
    }

    /// A client of the administrator's.
    pub(crate) fn client(&self) -> Command {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "--user=root"]);
        client.arg(format!("--socket={}", self.dir.path().join("socket").display()));
        client
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again where it was.
    pub(crate) fn start_again(&mut self) {
        self.process = spawn(&self.dir, self.port);
        self.wait();
    }

    fn wait(&mut self) {
        let since = Instant::now();
        loop {
            let mut ping = Command::new("mariadb-admin");
            ping.args(["--no-defaults", "--user=root", "ping"]);
            ping.arg(format!("--socket={}", self.dir.path().join("socket").display()));
            if ping
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap()
                .success()
            {
                return;
            }
            assert!(self.process.try_wait().unwrap().is_none(), "MariaDB ended");
            assert!(since.elapsed() < PATIENCE, "MariaDB does not answer");
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(dir: &TempDir, port: u16) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(dir.path().join("log"))
        .unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    Command::new("mariadbd")
        .arg("--no-defaults")
        .arg(format!("--user={}", user()))
        .arg(format!("--datadir={}", at("data")))
        .arg(format!("--socket={}", at("socket")))
        .arg(format!("--pid-file={}", at("pid")))
        .args(["--bind-address=127.0.0.1", "--innodb-print-all-deadlocks=1"])
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
