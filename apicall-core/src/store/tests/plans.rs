//! Every statement of a campaign's life, of its statistics and of the lists people page through is answered by an index,
//! whatever the size of the store. What they are is not written here: they are seen as they run.

use super::*;
use crate::model::{Delivery, DeliveryState, WebhookId};
use db::{Row, Sql, tap};
use std::collections::BTreeSet;
use std::time::Duration;

super::on_each_database! {
    hot_statements_are_answered_by_indexes,
}

/// Tables that grow with what is dialed. The others have a row for each campaign, switch, user or live call.
const BIG: [&str; 10] = [
    "contacts",
    "former_contacts",
    "calls",
    "moments",
    "rejects",
    "campaign_tallies",
    "caller_id_tallies",
    "outcome_tallies",
    "detection_tallies",
    "deliveries",
];
/// What may be sorted: few rows, of which no index can have the order.
const SORTED: [(&str, &str); 5] = [
    (
        "FROM caller_id_tallies",
        "three counts for each of a project's numbers",
    ),
    ("FROM outcome_tallies", "a count for each of ten outcomes"),
    ("FROM detection_tallies", "a count for each of five words"),
    (") AS found", "the calls to one number"),
    (
        "UNION ALL SELECT dialed_at",
        "the starts within a limiter's window, once at the start",
    ),
];

/// Does everything that is done while campaigns run.
async fn exercise(fixture: &Fixture) {
    let store = &fixture.store;
    let webhook = webhooks::webhook(store, "call.answered,call.ended,campaign.finished").await;
    fixture.import(0..50).await;
    import_in_vain(fixture).await;
    let journal = store.journal();
    let claim = Claim {
        shows: caller_ids::two(),
        ..fixture.asked(10, NOW)
    };
    let calls = journal.claim(claim).unwrap().await.unwrap().unwrap().calls;
    journal
        .release(vec![calls[0].id])
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    let note = Moment {
        at: NOW,
        event: TimelineEvent::State {
            state: CallState::Dialing,
        },
    };
    journal
        .save(calls[1].clone(), vec![note])
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    fixture
        .finish(&calls[1], Outcome::Answered, ContactFate::RetryAt(NOW))
        .await;
    let loose = Call {
        id: crate::model::CallId::draw(),
        campaign: None,
        contact: None,
        ..calls[1].clone()
    };
    journal.place(loose).unwrap().await.unwrap().unwrap();
    look(fixture, &calls[1]).await;
    store.finish_campaign(fixture.campaign, NOW).await.unwrap();
    while let Some(call) = store.open_calls().await.unwrap().first() {
        let fate = call.contact.map(|_| ContactFate::Done);
        let over = journal.finish(ended(call, Outcome::Busy), vec![], fate);
        over.unwrap().await.unwrap().unwrap();
    }
    while !fixture.claim(1_000, NOW).await.exhausted {
        for call in store.open_calls().await.unwrap() {
            fixture.finish(&call, Outcome::Busy, ContactFate::Done).await;
        }
    }
    store.delete_campaign(fixture.campaign).await.unwrap();
    remove_old(store).await;
    tell(store, webhook).await;
}

/// Begins an import and takes it back.
async fn import_in_vain(fixture: &Fixture) {
    let store = &fixture.store;
    let import = store.begin_import(fixture.campaign).await.unwrap();
    store
        .add_contacts(import, (40..60).map(new_contact).collect())
        .await
        .unwrap();
    let rejected = Rejected {
        line: 1,
        value: "x".to_owned(),
        reason: "no number".to_owned(),
    };
    store.reject(import, vec![rejected]).await.unwrap();
    store.abort_import(import).await.unwrap();
}

/// Removes what is old.
async fn remove_old(store: &Store) {
    for what in [Old::Timelines, Old::Calls] {
        store.count_old(what, NOW).await.unwrap();
        let mut pruning = store
            .prune(what, Timestamp::from_millis(NOW.millis() + 1))
            .await
            .unwrap();
        while let Some(portion) = pruning.next(NOW).await.unwrap() {
            pruning.remove(portion).await.unwrap();
        }
    }
    while store.remove_leftovers().await.unwrap() {}
}

/// Does everything that is done with what a webhook is told.
async fn tell(store: &Store, webhook: WebhookId) {
    store.test_webhook(webhook, NOW).await.unwrap();
    store.due_webhooks(NOW).await.unwrap();
    let claimed = store
        .claim_deliveries(vec![(webhook, 9)], NOW, NOW.plus(Duration::from_secs(30)))
        .await
        .unwrap();
    let first = claimed[0].id;
    let attempted = Attempted {
        at: NOW,
        status: Some(200),
        error: None,
        took: Duration::ZERO,
    };
    store
        .settle_delivery(first, attempted, DeliveryFate::Delivered)
        .await
        .unwrap();
    for state in [None, Some(DeliveryState::Failed)] {
        for after in [None, Some(first)] {
            store.deliveries(webhook, state, after, 100).await.unwrap();
        }
    }
    store.delivery(first).await.unwrap();
    store.redeliver(first, NOW).await.unwrap();
    let late = NOW.plus(Delivery::PATIENCE * 2);
    assert!(store.give_up_deliveries(late, 9).await.unwrap() > 0);
    assert!(
        store
            .prune_deliveries(late.plus(Duration::from_secs(1)), 9)
            .await
            .unwrap()
            > 0
    );
    store.delete_webhook(webhook).await.unwrap();
}

/// Asks everything that is asked while campaigns run.
async fn look(fixture: &Fixture, call: &Call) {
    let store = &fixture.store;
    store.campaign_totals(fixture.campaign).await.unwrap();
    store.campaign_progress(fixture.campaign).await.unwrap();
    store.sample(fixture.campaign, 50, 5).await.unwrap();
    store
        .waiting(call.project, fixture.campaign, None, 10)
        .await
        .unwrap();
    for project in [None, Some(call.project)] {
        store.totals(NOW, project).await.unwrap();
        store.detections(NOW, project).await.unwrap();
    }
    store.call(call.id).await.unwrap();
    store.timeline(call.id).await.unwrap();
    // As with any: few of all calls are as young as that.
    let soon = Timestamp::from_millis(NOW.millis() + 1);
    store.recent_starts(soon, soon).await.unwrap();
    store.own_open_calls().await.unwrap();
    let (project, number) = (call.project, call.number.as_ref().unwrap());
    store.open_calls_to(project, number).await.unwrap();
    store.contacts_with(project, number).await.unwrap();
    store.listings(project, number).await.unwrap();
    let reach = Duration::from_secs(86_400);
    store.past_calls(project, number, reach, NOW).await.unwrap();
    let any = CallQuery::default();
    let lists = [
        any.clone(),
        CallQuery {
            project: Some(call.project),
            ..any.clone()
        },
        CallQuery {
            campaign: call.campaign,
            ..any.clone()
        },
        CallQuery {
            contact: call.contact,
            ..any.clone()
        },
        CallQuery {
            number: call.number.clone(),
            ..any
        },
    ];
    for query in lists {
        for after in [None, Some("01")] {
            store.calls(&query, after, 100).await.unwrap();
        }
    }
    for state in [None, Some(ContactState::Done)] {
        store.contacts(fixture.campaign, state, None, 100).await.unwrap();
    }
}

async fn hot_statements_are_answered_by_indexes(ground: Ground) {
    let fixture = fixture(ground).await;
    tap::open();
    exercise(&fixture).await;
    let mut texts = BTreeSet::new();
    let mut seen: Vec<Sql> = tap::close();
    seen.retain(|statement| statement.is_explained() && texts.insert(statement.text().to_owned()));
    assert!(seen.len() > 50, "only {} statements were seen", seen.len());
    let mut faults = Vec::new();
    if ground == Ground::Sqlite {
        for statement in &seen {
            if makes_a_table(&fixture, statement).await {
                faults.push(format!("a table is made for each row\n    {}", statement.text()));
            }
        }
    }
    // A new store has no statistics, and SQLite gathers none by itself; one of the full size has them, if somebody did.
    for size in ["as it is", "with five million contacts and ten million calls"] {
        for statement in &seen {
            for fault in slow_parts(&fixture, statement).await {
                faults.push(format!("{size}: {fault}\n    {}", statement.text()));
            }
        }
        pretend_to_be_big(&fixture).await;
        if ground != Ground::Sqlite {
            // A server asks its statistics always: what an empty store would do says nothing.
            faults.retain(|fault| !fault.starts_with("as it is"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether SQLite makes a table of its own whenever it runs a statement for a row: to look something up in a list, as a rule. That
/// costs more than the rest of the statement.
async fn makes_a_table(fixture: &Fixture, statement: &Sql) -> bool {
    let Some(steps) = statement.steps() else {
        return false;
    };
    let steps = fixture.store.edit(move |connection| {
        let steps = steps.clone();
        Box::pin(async move { steps.all(connection).await })
    });
    let steps = steps.await.unwrap();
    steps
        .iter()
        .any(|step| step.try_get::<&str>("opcode").unwrap().contains("OpenEphemeral"))
}

/// What of a plan goes through a big table from end to end, or sorts.
async fn slow_parts(fixture: &Fixture, statement: &Sql) -> Vec<String> {
    let explain = statement.explain(matches!(fixture.location, Location::Sqlite(_)));
    let plan = fixture.store.edit(move |connection| {
        let explain = explain.clone();
        Box::pin(async move { explain.all(connection).await })
    });
    let sorts = SORTED.iter().any(|(part, _)| statement.text().contains(part));
    let plan = plan.await.unwrap();
    let slow = |row: &Row| match &fixture.location {
        Location::Sqlite(_) => slow_in_sqlite(row, sorts),
        Location::MySql(_) => slow_on_server(row, sorts),
    };
    plan.iter().filter_map(slow).collect()
}

fn slow_in_sqlite(row: &Row, sorts: bool) -> Option<String> {
    let detail: &str = row.try_get("detail").unwrap();
    let scanned = detail
        .strip_prefix("SCAN ")
        .map(|rest| rest.split(' ').next().unwrap_or_default());
    let whole = scanned.is_some_and(|table| BIG.contains(&table));
    let sorted = detail.contains("TEMP B-TREE") && !sorts;
    (whole || sorted).then(|| detail.to_owned())
}

fn slow_on_server(row: &Row, sorts: bool) -> Option<String> {
    let text = |column| row.try_get::<Option<&str>>(column).unwrap().unwrap_or_default();
    let (table, kind, extra) = (text("table"), text("type"), text("Extra"));
    let whole = BIG.contains(&table) && ["ALL", "index"].contains(&kind);
    let sorted =
        (extra.contains("filesort") || extra.contains("temporary")) && BIG.contains(&table) && !sorts;
    (whole || sorted).then(|| format!("{table}: {kind}, {extra}"))
}

/// Gives the database the statistics of a big store.
async fn pretend_to_be_big(fixture: &Fixture) {
    match &fixture.location {
        Location::Sqlite(_) => {
            let mut connection = sqlx::ConnectOptions::connect(&fixture.file()).await.unwrap();
            let numbers = "ANALYZE; DELETE FROM sqlite_stat1; INSERT INTO sqlite_stat1 VALUES
                ('contacts', 'sqlite_autoindex_contacts_1', '5000000 100000 1'), ('contacts', 'contacts_by_campaign', '5000000 100000 1'),
                ('contacts', 'contacts_due', '2500000 50000 50000 1'), ('calls', 'calls', '10000000 1'),
                ('calls', 'calls_by_project', '10000000 1000000 1'), ('calls', 'calls_by_campaign', '10000000 200000 1'),
                ('calls', 'calls_by_contact', '10000000 2 1'), ('calls', 'calls_by_number', '100000 2 1'),
                ('calls', 'calls_by_ended', '10000000 2'), ('moments', 'moments', '30000000 3 1'),
                ('rejects', 'rejects_by_import', '100000 1000 1'), ('former_contacts', 'former_contacts', '100000 2 1'),
                ('campaign_tallies', 'campaign_tallies', '1000 20 1 1'),
                ('caller_id_tallies', 'caller_id_tallies', '500000 20000 500 1 1'),
                ('detection_tallies', 'detection_tallies', '500000 50 6 1 1'),
                ('outcome_tallies', 'outcome_tallies', '500000 250000 50 6 1 1'), ('live_calls', 'live_calls', '5000 1'),
                ('deliveries', 'deliveries', '10000000 1'), ('deliveries', 'deliveries_by_webhook', '10000000 200000 1'),
                ('deliveries', 'deliveries_by_state', '10000000 200000 100000 1'), ('deliveries', 'deliveries_due', '100000 2000 2 1'),
                ('deliveries', 'deliveries_late', '100000 2'), ('deliveries', 'deliveries_by_end', '10000000 2'),
                ('live_calls', 'sqlite_autoindex_live_calls_2', '5000 1'), ('campaigns', 'sqlite_autoindex_campaigns_1', '50 10 1')";
            sqlx::raw_sql(numbers).execute(&mut connection).await.unwrap();
            // The writer reads them when the form of the database changes.
            sqlx::raw_sql("CREATE TABLE changed (n); DROP TABLE changed")
                .execute(&mut connection)
                .await
                .unwrap();
        }
        #[cfg(feature = "mariadb")]
        Location::MySql(options) => server::pretend_to_be_big(options.get_database().unwrap(), &BIG).await,
        #[cfg(not(feature = "mariadb"))]
        Location::MySql(_) => {}
    }
}
