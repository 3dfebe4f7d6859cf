//! A server of databases that stands still, dies, has no connection left, or takes sides in deadlocks.

use crate::driver::Engine;
use crate::pbx::Pbx;
use crate::server::Server;
use crate::story::{Story, binary};
use serde_json::json;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const CONTACTS: usize = 600;
const CPS: u32 = 40;
/// For so long it is away: more than a lease, less than a call may take.
const AWAY: Duration = Duration::from_secs(30);

async fn begin(server: &Server) -> Story {
    let pbx = Pbx::start();
    let engine = Engine::start_with(binary(), &server.url(), &pbx.config(), Vec::new()).await;
    Story::begin(engine, pbx, CONTACTS, CPS).await
}

/// What is asked of the engine meanwhile is answered, and with what to do.
async fn expect_refusals(story: &Story) {
    story.wait_for_health(503).await;
    let call = json!({ "project": 1, "number": "+573001234521" });
    assert_eq!(
        story.engine.try_post("/calls", call).await,
        (503, true),
        "a call cannot be kept"
    );
    assert_eq!(
        story.engine.status("/calls?limit=1").await,
        Some(503),
        "calls cannot be read"
    );
}

#[tokio::test]
async fn a_server_that_stands_still_for_half_a_minute_loses_nothing() {
    let server = Server::start();
    let story = begin(&server).await;
    story.pbx.wait_for(CONTACTS / 3);
    server.signal("-STOP");
    let away = tokio::time::Instant::now();
    expect_refusals(&story).await;
    tokio::time::sleep_until(away + AWAY).await;
    server.signal("-CONT");
    story.wait_for_health(200).await;
    story.expect_sound().await;
    story.engine.stop().await;
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_half_a_minute_later_loses_nothing() {
    let mut server = Server::start();
    let story = begin(&server).await;
    story.pbx.wait_for(CONTACTS / 3);
    server.kill();
    let away = tokio::time::Instant::now();
    expect_refusals(&story).await;
    tokio::time::sleep_until(away + AWAY).await;
    server.start_again();
    story.wait_for_health(200).await;
    story.expect_sound().await;
    story.engine.stop().await;
}

/// Others take every connection that there is, and the engine's are ended.
#[tokio::test]
async fn without_a_connection_it_waits_for_one() {
    let server = Server::start();
    let story = begin(&server).await;
    story.pbx.wait_for(CONTACTS / 3);
    // The administrator has one more than all others.
    server.run(&format!("SET GLOBAL max_connections = {PLACES}"));
    let mut others: Vec<Child> = Vec::new();
    while held(&server).len() < PLACES {
        // Those that find no place end at once; the engine tries again as well, and may have been quicker.
        others.extend((0..PLACES).map(|_| hold(&server).spawn().unwrap()));
        end(&server, &of_engine(&server));
    }
    expect_refusals(&story).await;
    server.run("SET GLOBAL max_connections = 100");
    end(&server, &held(&server));
    for other in &mut others {
        other.wait().unwrap();
    }
    story.wait_for_health(200).await;
    story.expect_sound().await;
    story.engine.stop().await;
}

/// The fewest connections that a MariaDB can be told to have.
const PLACES: usize = 10;
const HOLDING: &str = "SELECT SLEEP(600)";

/// The connections that others hold.
fn held(server: &Server) -> Vec<String> {
    connections(server, &format!("info LIKE '{HOLDING}%'"))
}

/// Those that the engine has.
fn of_engine(server: &Server) -> Vec<String> {
    connections(
        server,
        &format!("user = 'apicall' AND (info IS NULL OR info NOT LIKE '{HOLDING}%')"),
    )
}

fn connections(server: &Server, which: &str) -> Vec<String> {
    let ids = server.run(&format!(
        "SELECT id FROM information_schema.processlist WHERE {which}"
    ));
    ids.lines().map(str::to_owned).collect()
}

/// Ends connections; some may have ended by themselves.
fn end(server: &Server, connections: &[String]) {
    let kill: String = connections.iter().map(|id| format!("KILL {id};")).collect();
    let mut client = server.client();
    client
        .args(["--force", "-e", &kill])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    client.status().unwrap();
}

/// A client that holds a connection as another program would, under the engine's own name.
fn hold(server: &Server) -> Command {
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "--protocol=TCP",
        "--host=127.0.0.1",
        "--user=apicall",
        "--password=laboratory",
    ]);
    client
        .arg(format!("--port={}", server.port()))
        .args(["-e", HOLDING])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    client
}

/// Another program locks what the engine writes, in the other order, and is the one that the server spares: it has more to
/// undo.
#[tokio::test]
async fn deadlocks_cost_a_retry_and_nothing_else() {
    let server = Server::start();
    let story = begin(&server).await;
    story.pbx.wait_for(CONTACTS / 10);
    let mut other = server.client();
    let mut other = other
        .arg("--force")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = other.stdin.take().unwrap();
    let before = deadlocks(&server);
    let mut dialed = story.pbx.dialed();
    while deadlocks(&server) < before + 20 {
        input.write_all(QUARREL.as_bytes()).unwrap();
        // Everything else goes on between.
        dialed += 3;
        story.pbx.wait_for(dialed);
    }
    drop(input);
    other.wait().unwrap();
    story.expect_sound().await;
    story.engine.stop().await;
}

const QUARREL: &str = "USE apicall; START TRANSACTION;
    INSERT INTO rejects (import, line, value, reason) SELECT 0, seq, 'x', 'x' FROM seq_1_to_2000;
    SELECT id FROM live_calls FOR UPDATE;
    DO SLEEP(0.1);
    UPDATE engines SET buried = 0;
    ROLLBACK;\n";

fn deadlocks(server: &Server) -> u64 {
    let told = server.run("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
    told.split_whitespace().last().unwrap().parse().unwrap()
}
