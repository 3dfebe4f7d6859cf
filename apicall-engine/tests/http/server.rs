//! Databases of the MariaDB that `dev/mariadb` started, when it did.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static MADE: AtomicU32 = AtomicU32::new(0);

/// The URL of a new database; `None` without a server.
pub(crate) fn database() -> Option<String> {
    let server = std::env::var("APICALL_MARIADB").ok()?;
    let name = format!("e{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    query(&server, &format!("CREATE DATABASE {name}"));
    Some(format!("{server}/{name}"))
}

/// Tells a server something through the client that comes with it.
fn query(server: &str, sql: &str) {
    let (login, address) = server.trim_start_matches("mysql://").split_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    let (host, port) = address.split_once(':').unwrap();
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "--protocol=TCP",
        "-h",
        host,
        "-P",
        port,
        "-u",
        user,
        "-e",
        sql,
    ]);
    let output = client.env("MYSQL_PWD", password).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
