//! A store of five million contacts and ten million calls: what a claim, a call's end and statistics cost there, and what they
//! cost on an empty one.
//!
//! Its rows are made by SQL, a table by one recursive statement, without the syncs that durable writing needs.

use super::super::report::Report;
use super::{BIG, Measured, cpu_with, file, lives, stock};
use apicall_core::model::{CallId, CallState, CampaignId, Timestamp};
use apicall_core::store::{Access, CallQuery, Location, Store};
use rusqlite::Connection;
use std::time::Instant;

const CONTACTS: u64 = 5_000_000;
const CALLS: u64 = 10_000_000;
const CAMPAIGNS: u64 = 50;
/// Calls that ended in each minute of the time before.
const A_MINUTE: u64 = 600;
/// Lives measured on either store.
const LIVES: u64 = 40_000;
/// How often statistics are asked for.
const ASKED: u32 = 500;
const STATISTICS_MS: f64 = 5.0;

pub(super) async fn measure(report: &mut Report) {
    let (_dir, empty) = file();
    let claims_empty = lives::flat_out(std::slice::from_ref(&empty), LIVES, None).await;
    claims_empty.show(report, "empty store: claim, attempt, result");
    statistics(&empty, "a")
        .await
        .show(report, "empty store: statistics");
    let (_dir, big) = file();
    build(&big).await.show(report, "rows of the big store made");
    let claims = lives::flat_out(std::slice::from_ref(&big), LIVES, None).await;
    claims.show(report, "5 M contacts, 10 M calls: claim, attempt, result");
    report.at_most(
        "CPU of a call's life in the big store, of that in an empty one",
        claims.cpu_us() / claims_empty.cpu_us(),
        BIG,
    );
    let asked = statistics(&big, "big").await;
    asked.show(report, "5 M contacts, 10 M calls: statistics");
    report.at_most(
        "p99 of statistics with 10 M calls, in ms",
        asked.at(0.99),
        STATISTICS_MS,
    );
    let listed = lists(&big).await;
    listed.show(report, "5 M contacts, 10 M calls: a page of a list");
    report.at_most(
        "p99 of a page of a list with 10 M calls, in ms",
        listed.at(0.99),
        10.0 * STATISTICS_MS,
    );
}

/// Makes the store; how long a row took.
async fn build(place: &Location) -> Measured {
    let store = Store::open(place, Access::Engine).await.unwrap();
    let (project, _) = stock::project(&store).await;
    for n in 1..=CAMPAIGNS {
        stock::campaign(&store, project, &format!("campaign {n}"), 0).await;
    }
    store.close().await.unwrap();
    drop(store);
    let (path, cpu, began) = (place.file().unwrap().to_owned(), cpu_with(None), Instant::now());
    tokio::task::spawn_blocking(move || fill(&Connection::open(path).unwrap()))
        .await
        .unwrap();
    Measured {
        count: (CONTACTS + 2 * CALLS) as f64,
        seconds: began.elapsed().as_secs_f64(),
        cpu: cpu_with(None) - cpu,
        took_ms: vec![],
    }
}

fn fill(connection: &Connection) {
    let numbers = |most: u64| {
        format!(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {})",
            most - 1
        )
    };
    let each = CONTACTS / CAMPAIGNS;
    let began = stock::NOW.millis() - i64::try_from(CALLS / A_MINUTE * 60_000).unwrap();
    let apart = 60_000 / A_MINUTE;
    let run = |sql: String| {
        connection
            .execute_batch(&sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    };
    run(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY; BEGIN".to_owned(),
    );
    // Every other contact is done, the rest wait.
    run(format!(
        "{} INSERT INTO contacts (id, campaign, number, variables, state, attempts, next_attempt_at, import)
         SELECT n + 1, n / {each} + 1, printf('+573%09d', n * 617647411 % 999999937), '{{\"name\":\"Customer\",\"balance\":\"12.50\"}}',
                CASE n % 2 WHEN 0 THEN 'done' ELSE 'pending' END, 2, 1, 1 FROM n",
        numbers(CONTACTS)
    ));
    run(format!(
        "{} INSERT INTO calls (id, project, campaign, contact, origin, number, switch, trunk, created_at, dialed_at, answered_at,
                               ended_at, outcome, answered_by, result, engine, rest)
         SELECT printf('%08x-%04x-7000-8000-%012x', ({began} + n * {apart}) >> 16, ({began} + n * {apart}) & 65535, n),
                1, n % {CONTACTS} / {each} + 1, n % {CONTACTS} + 1, 'campaign', printf('+573%09d', n % {CONTACTS} * 617647411 % 999999937),
                'pbx1', 1, {began} + n * {apart}, {began} + n * {apart}, {began} + n * {apart}, {began} + n * {apart},
                CASE n % 4 WHEN 0 THEN 'answered' WHEN 1 THEN 'no_answer' WHEN 2 THEN 'busy' ELSE 'failed' END, NULL, NULL, '',
                '{{\"attempt\":1,\"variables\":{{\"name\":\"Customer\",\"balance\":\"12.50\"}},\"cause\":{{\"text\":\"NORMAL_CLEARING\"}}}}'
         FROM n",
        numbers(CALLS)
    ));
    run("INSERT INTO moments (call_id, piece, events)
         SELECT id, 1, '[{\"at\":1700000000000,\"event\":\"state\",\"state\":\"dialing\"},{\"at\":1700000000000,\"event\":\"state\",\"state\":\"up\"}]'
         FROM calls ORDER BY id"
        .to_owned());
    for span in [3_600_000, 60_000] {
        run(format!(
            "INSERT INTO outcome_tallies (span_ms, at, project, outcome, engine, n)
             SELECT {span}, ended_at / {span} * {span} AS span, project, outcome, '', count(*) FROM calls GROUP BY span, project, outcome"
        ));
    }
    run("INSERT INTO campaign_tallies (campaign, what, engine, n)
         SELECT campaign, 'outcome ' || outcome, '', count(*) FROM calls GROUP BY campaign, outcome;
         INSERT INTO campaign_tallies (campaign, what, engine, n) SELECT campaign, 'calls', '', count(*) FROM calls GROUP BY campaign;
         INSERT INTO campaign_tallies (campaign, what, engine, n)
         SELECT campaign, 'contacts ' || state, '', count(*) FROM contacts GROUP BY campaign, state;
         COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"
        .to_owned());
}

/// What `/stats` and a campaign's statistics ask of the store, again and again.
async fn statistics(place: &Location, of: &str) -> Measured {
    let store = Store::open(place, Access::Admin).await.unwrap();
    let campaigns = store.campaigns(None, None).await.unwrap();
    assert!(!campaigns.is_empty(), "{of}");
    let day = Timestamp::from_millis(stock::NOW.millis() - 86_400_000);
    timed(async |n| {
        let campaign = campaigns[n as usize % campaigns.len()].id;
        store.totals(day, None).await.unwrap();
        store.campaign_progress(campaign).await.unwrap();
        store.campaign_totals(campaign).await.unwrap();
    })
    .await
}

/// Pages as people look at them.
async fn lists(place: &Location) -> Measured {
    let store = Store::open(place, Access::Admin).await.unwrap();
    let campaign: CampaignId = 7.try_into().unwrap();
    let any = CallQuery::default();
    let number = stock::scattered(4_321).parse().unwrap();
    let queries = [
        any.clone(),
        CallQuery {
            campaign: Some(campaign),
            ..any.clone()
        },
        CallQuery {
            number: Some(number),
            ..any.clone()
        },
        CallQuery {
            state: Some(CallState::Up),
            ..any
        },
    ];
    timed(async |n| match n as usize % (queries.len() + 2) {
        4 => drop(store.contacts(campaign, None, None, 100).await.unwrap()),
        5 => drop(store.call(CallId::draw()).await.unwrap()),
        query => drop(store.calls(&queries[query], None, 100).await.unwrap()),
    })
    .await
}

async fn timed(ask: impl AsyncFn(u32)) -> Measured {
    ask(0).await;
    let (cpu, all, mut took_ms) = (cpu_with(None), Instant::now(), Vec::new());
    for n in 0..ASKED {
        let began = Instant::now();
        ask(n).await;
        took_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Measured {
        count: f64::from(ASKED),
        seconds: all.elapsed().as_secs_f64(),
        cpu: cpu_with(None) - cpu,
        took_ms,
    }
}
