//! What only a server can do: go away over a transaction, and be reached by others.

use super::*;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where `dev/mariadb` has a server, as a URL without a database.
fn server() -> MySqlConnectOptions {
    let url = std::env::var("APICALL_MARIADB");
    let url = url.expect("APICALL_MARIADB names a server; run this as dev/mariadb run -- cargo test …");
    url.parse().unwrap()
}

/// A database of its own.
pub(super) async fn database() -> Location {
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    let mut connection = server().connect().await.unwrap();
    let make = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(make).await.unwrap();
    connection.close().await.unwrap();
    Location::MySql(Box::new(server().database(&name)))
}

/// A way to the server that breaks when told: it passes a COMMIT on and keeps the answer to itself.
struct Wire {
    location: Location,
    broken: watch::Sender<Break>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    No,
    AfterCommit,
    BeforeCommit,
    Closed,
}

async fn wire(location: &Location) -> Wire {
    let Location::MySql(options) = location else {
        panic!("a server")
    };
    let target = (options.get_host().to_owned(), options.get_port());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (broken, seen) = watch::channel(Break::No);
    let say = broken.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            if *seen.borrow() != Break::Closed {
                tokio::spawn(carry(client, target.clone(), say.clone()));
            }
        }
    });
    let options = (**options)
        .clone()
        .host("127.0.0.1")
        .port(port)
        .ssl_mode(sqlx::mysql::MySqlSslMode::Disabled);
    Wire {
        location: Location::MySql(Box::new(options)),
        broken,
    }
}

async fn carry(mut client: TcpStream, target: (String, u16), broken: watch::Sender<Break>) {
    let mut server = TcpStream::connect((target.0.as_str(), target.1)).await.unwrap();
    let (mut up, mut down) = ([0; 65_536], [0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(read @ 1..) = read else { return };
                let commits = up[..read].ends_with(b"COMMIT");
                let when = *broken.borrow();
                if commits && when == Break::BeforeCommit {
                    broken.send_replace(Break::Closed);
                    return;
                }
                server.write_all(&up[..read]).await.unwrap();
                if commits && when == Break::AfterCommit {
                    // Its answer is heard, so that it is done, and goes no further.
                    let _ = server.read(&mut down).await;
                    broken.send_replace(Break::Closed);
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(read @ 1..) = read else { return };
                if client.write_all(&down[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Claims contacts over a wire that breaks with the transaction, and says what became of the claim once it is mended.
async fn claim_over_a_break(when: Break) -> (Fixture, Claimed) {
    let mut fixture = fixture(Ground::MariaDb).await;
    fixture.import(0..5).await;
    fixture.store.close().await.unwrap();
    let wire = wire(&fixture.location).await;
    let store = Store::open(&wire.location, Access::Engine).await.unwrap();
    let before = std::mem::replace(&mut fixture.store, store);
    drop(before);
    let mut health = fixture.store.health_watch();
    wire.broken.send_replace(when);
    let claim = fixture.store.journal().claim(fixture.asked(3, NOW)).unwrap();
    health.wait_for(|health| *health != Health::Up).await.unwrap();
    wire.broken.send_replace(Break::No);
    let claimed = claim.await.unwrap().unwrap();
    health.wait_for(|health| *health == Health::Up).await.unwrap();
    (fixture, claimed)
}

/// What was answered is what is there, each contact once.
async fn expect_told_as_it_is(fixture: &Fixture, claimed: Claimed) {
    let mut claimed: Vec<_> = claimed.calls.iter().map(|call| call.id).collect();
    claimed.sort();
    let open = fixture.store.open_calls().await.unwrap();
    let mut open: Vec<_> = open.iter().map(|call| call.id).collect();
    open.sort();
    assert_eq!(claimed.len(), 3);
    assert_eq!(claimed, open);
    assert_eq!(fixture.claim(9, NOW).await.calls.len(), 2);
}

#[tokio::test]
async fn a_claim_whose_commit_was_heard_is_not_done_twice() {
    let (fixture, claimed) = claim_over_a_break(Break::AfterCommit).await;
    expect_told_as_it_is(&fixture, claimed).await;
}

#[tokio::test]
async fn a_claim_whose_commit_was_never_heard_is_done_again() {
    let (fixture, claimed) = claim_over_a_break(Break::BeforeCommit).await;
    expect_told_as_it_is(&fixture, claimed).await;
}

#[tokio::test]
async fn ends_of_calls_wait_until_a_lost_server_is_back() {
    let fixture = fixture(Ground::MariaDb).await;
    fixture.import(0..2).await;
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    fixture.store.close().await.unwrap();
    let wire = wire(&fixture.location).await;
    let store = Store::open(&wire.location, Access::Engine).await.unwrap();
    let mut health = store.health_watch();
    wire.broken.send_replace(Break::BeforeCommit);
    let moment = Moment {
        at: NOW,
        event: TimelineEvent::Note { text: "x".to_owned() },
    };
    let finished = ended(&call, Outcome::Answered);
    let kept = store
        .journal()
        .finish(finished, vec![moment], Some(ContactFate::Done))
        .unwrap();
    health.wait_for(|health| *health != Health::Up).await.unwrap();
    let refused = store.void_sessions(&"admin".parse().unwrap()).await;
    assert!(matches!(refused, Err(StoreError::Away(_))), "{refused:?}");
    wire.broken.send_replace(Break::No);
    kept.await.unwrap().unwrap();
    assert_eq!(store.timeline(call.id).await.unwrap().len(), 1);
    let record = store.call(call.id).await.unwrap().unwrap();
    assert_eq!(record.outcome, Some(Outcome::Answered));
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_told_with_the_remedy() {
    let location = database().await;
    let Location::MySql(options) = &location else {
        panic!("a server")
    };
    let database = options.get_database().unwrap().to_owned();
    // MySQL's users have names of at most 32 characters.
    let user: String = database.chars().rev().take(32).collect();
    let mut root = server().connect().await.unwrap();
    for statement in [
        format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'right'"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON {database}.* TO '{user}'@'%'"),
    ] {
        root.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    let as_user = (**options).clone().username(&user).password("right");
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let table = [
        (
            as_user.clone(),
            "the user lacks ALTER, INDEX, DROP, REFERENCES, TRIGGER; GRANT",
        ),
        (as_user.clone().password("wrong"), "check the user"),
        (as_user.clone().database("absent"), "GRANT"),
        (server().database("absent"), "CREATE DATABASE `absent`"),
        (as_user.port(nobody), "check that a server listens at"),
    ];
    for (options, remedy) in table {
        let said = Store::inspect(&Location::MySql(Box::new(options)))
            .await
            .unwrap_err()
            .to_string();
        assert!(said.contains(remedy), "{said}");
        assert!(!said.contains("right") && !said.contains("wrong"), "{said}");
    }
    let found = Store::inspect(&location).await.unwrap();
    assert_eq!((found.form, found.in_use), (Form::Absent, false));
    let store = Store::open(&location, Access::Engine).await.unwrap();
    let found = Store::inspect(&location).await.unwrap();
    assert_eq!((found.form, found.in_use), (Form::Current, true));
    store.close().await.unwrap();
}

/// Gives tables the statistics that they would have with ten million rows.
pub(super) async fn pretend_to_be_big(database: &str, tables: &[&str]) {
    let mut root = server().connect().await.unwrap();
    for table in tables {
        let numbers = format!(
            "ALTER TABLE {database}.{table} STATS_PERSISTENT = 1, STATS_AUTO_RECALC = 0;
             ANALYZE TABLE {database}.{table};
             UPDATE mysql.innodb_table_stats SET n_rows = 10000000, clustered_index_size = 400000, sum_of_other_index_sizes = 400000
                 WHERE database_name = '{database}' AND table_name = '{table}';
             UPDATE mysql.innodb_index_stats SET stat_value = CASE
                     WHEN stat_name IN ('size', 'n_leaf_pages') THEN 100000
                     WHEN index_name IN ('calls_by_project', 'calls_by_campaign', 'contacts_by_campaign', 'contacts_due', 'campaign',
                                         'deliveries_by_webhook', 'deliveries_by_state', 'deliveries_due')
                          AND stat_name = 'n_diff_pfx01' THEN 50
                     WHEN index_name IN ('contacts_due', 'deliveries_by_state', 'deliveries_due') AND stat_name = 'n_diff_pfx02' THEN 200
                     WHEN index_name = 'deliveries_late' AND stat_name = 'n_diff_pfx01' THEN 3
                     WHEN '{table}' = 'outcome_tallies' AND stat_name = 'n_diff_pfx01' THEN 2
                     ELSE 10000000 END
                 WHERE database_name = '{database}' AND table_name = '{table}';
             FLUSH TABLES {database}.{table}"
        );
        root.execute(AssertSqlSafe(numbers)).await.unwrap();
    }
    root.close().await.unwrap();
}
