//! What is old goes, in small steps, and nothing that a rule or a reader needs goes with it.

use super::*;
use crate::model::{Moment, NumberCaps, Origin, PastCall};
use crate::store::Shows;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

super::on_each_database! {
    calls_go_in_the_order_of_their_ends_with_all_that_is_theirs,
    timelines_may_go_before_their_calls,
    what_is_handed_over_comes_again_until_it_is_removed,
    a_call_that_a_cap_counts_stays,
    numbers_of_gone_contacts_stay_while_a_call_needs_them,
    what_nothing_refers_to_goes,
    counts_by_the_minute_go_after_their_calls_and_those_by_the_hour_stay,
    others_write_between_the_steps,
    one_engine_of_several_removes,
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + seconds * 1_000)
}

impl Fixture {
    /// Calls the next contact, from now until then.
    async fn called(&self, until: Timestamp) -> Call {
        let call = self.claim(1, NOW).await.calls.remove(0);
        let call = Call {
            dialed_at: Some(NOW),
            ended_at: Some(until),
            ..ended(&call, Outcome::Busy)
        };
        let cause = Cause::default();
        let end = Moment {
            at: until,
            event: TimelineEvent::Ended {
                outcome: Outcome::Busy,
                cause,
            },
        };
        let finish = self
            .store
            .journal()
            .finish(call.clone(), vec![end], Some(ContactFate::Done));
        finish.unwrap().await.unwrap().unwrap();
        call
    }

    /// Removes all that may go; how many records went.
    async fn pruned(&self, what: Old, before: Timestamp) -> usize {
        let mut pruning = self.store.prune(what, before).await.unwrap();
        let mut gone = 0;
        while let Some(portion) = pruning.next(before).await.unwrap() {
            gone += portion.len();
            pruning.remove(portion).await.unwrap();
        }
        gone
    }

    async fn rows(&self, count: &'static str) -> i64 {
        db::sql(count).number(&self.store.readers).await.unwrap()
    }

    async fn capped(&self, caps: &str) {
        let caps: NumberCaps = serde_json::from_str(caps).unwrap();
        let change = move |project: &mut Project| project.number_caps = caps.clone();
        self.store
            .update_project(1.try_into().unwrap(), NOW, change)
            .await
            .unwrap();
    }
}

async fn calls_go_in_the_order_of_their_ends_with_all_that_is_theirs(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..4).await;
    let mut calls = Vec::new();
    for end in [30, 10, 20] {
        calls.push(fixture.called(later(end)).await);
    }
    let live = fixture.claim(1, NOW).await.calls.remove(0);
    let before = fixture.store.campaign_totals(fixture.campaign).await.unwrap();
    assert_eq!(fixture.store.count_old(Old::Calls, later(30)).await.unwrap(), 2);
    assert_eq!(
        fixture.pruned(Old::Calls, later(30)).await,
        2,
        "one that ended at that time is not older"
    );
    for (call, stays) in [
        (&calls[0], true),
        (&calls[1], false),
        (&calls[2], false),
        (&live, true),
    ] {
        assert_eq!(fixture.store.call(call.id).await.unwrap().is_some(), stays);
    }
    assert_eq!(fixture.rows("SELECT count(*) FROM moments").await, 1);
    let mark = crate::store::retention::complete_after(&fixture.store.readers, Old::Calls)
        .await
        .unwrap();
    assert_eq!(mark, Some(later(20)));
    assert_eq!(
        fixture.store.campaign_totals(fixture.campaign).await.unwrap(),
        before,
        "counts stay"
    );
    assert_eq!(fixture.pruned(Old::Calls, later(30)).await, 0);
    assert_eq!(fixture.pruned(Old::Calls, later(31)).await, 1);
}

async fn timelines_may_go_before_their_calls(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..3).await;
    // Two that end in the same millisecond are told apart by their ids.
    let calls = [
        fixture.called(later(5)).await,
        fixture.called(later(5)).await,
        fixture.called(later(9)).await,
    ];
    assert_eq!(fixture.pruned(Old::Timelines, later(6)).await, 2);
    assert_eq!(
        fixture.pruned(Old::Timelines, later(6)).await,
        0,
        "it goes on where it ended"
    );
    assert_eq!(
        fixture.store.count_old(Old::Timelines, later(20)).await.unwrap(),
        3
    );
    for (call, moments) in calls.iter().zip([0, 0, 1]) {
        assert!(fixture.store.call(call.id).await.unwrap().is_some());
        assert_eq!(fixture.store.timeline(call.id).await.unwrap().len(), moments);
    }
    assert_eq!(fixture.pruned(Old::Calls, later(20)).await, 3);
    assert_eq!(fixture.rows("SELECT count(*) FROM moments").await, 0);
}

async fn what_is_handed_over_comes_again_until_it_is_removed(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..1).await;
    let call = fixture.called(later(1)).await;
    let pruning = || fixture.store.prune(Old::Calls, later(9));
    let (first, mut second) = (pruning().await.unwrap(), pruning().await.unwrap());
    let seen = first.next(NOW).await.unwrap().unwrap();
    assert_eq!((seen.len(), &seen[0].call), (1, &call));
    assert_eq!(seen[0].timeline.len(), 1);
    assert_eq!(
        first.next(NOW).await.unwrap().unwrap(),
        seen,
        "nothing is gone yet"
    );
    second.remove(Arc::clone(&seen)).await.unwrap();
    second.remove(seen).await.unwrap();
    assert!(
        first.next(NOW).await.unwrap().is_none(),
        "somebody else removed it"
    );
}

async fn a_call_that_a_cap_counts_stays(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..1).await;
    fixture.called(later(10)).await;
    fixture.capped(r#"["2/1h", "1 answered/2h"]"#).await;
    let hours = |hours: i64| later(10 + hours * 3_600);
    let since = fixture.store.counted_since(hours(2)).await.unwrap();
    assert_eq!(since, Some(later(10)));
    let pruning = fixture.store.prune(Old::Calls, hours(1)).await.unwrap();
    assert!(
        pruning.next(hours(2)).await.unwrap().is_none(),
        "it counts for two hours"
    );
    let told: Arc<Mutex<Vec<PastCall>>> = Arc::default();
    let noting = Arc::clone(&told);
    let gate = Gate::with_past(Some(Duration::from_secs(7_200)), move |_, past| {
        noting.lock().unwrap().extend_from_slice(past);
        None
    });
    let call = Call {
        number: Some("+573000000000".parse().unwrap()),
        origin: Origin::Manual,
        ..loose(hours(1))
    };
    fixture
        .store
        .journal()
        .place_through(gate, Shows::Always(None), call)
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.lock().unwrap().len(), 1);
    let just = Timestamp::from_millis(hours(2).millis() + 1);
    assert!(pruning.next(just).await.unwrap().is_some());
    fixture.capped("[]").await;
    assert!(
        pruning.next(hours(1)).await.unwrap().is_some(),
        "nobody counts it"
    );
}

/// A call of nobody that has not ended.
fn loose(at: Timestamp) -> Call {
    let call = ended_call(Outcome::Busy);
    Call {
        state: CallState::Queued,
        created_at: at,
        ended_at: None,
        outcome: None,
        ..call
    }
}

async fn numbers_of_gone_contacts_stay_while_a_call_needs_them(ground: Ground) {
    const FORMER: &str = "SELECT count(*) FROM former_contacts";
    let fixture = fixture(ground).await;
    fixture.import(0..3).await;
    let old = fixture.called(later(1)).await;
    assert_eq!(fixture.pruned(Old::Calls, later(2)).await, 1);
    let [one, two] = [fixture.called(later(5)).await, fixture.called(later(9)).await];
    fixture.store.delete_campaign(fixture.campaign).await.unwrap();
    assert_eq!(
        fixture.rows(FORMER).await,
        2,
        "the calls to {:?} are gone already",
        old.number
    );
    assert_eq!(fixture.pruned(Old::Calls, later(6)).await, 1);
    let to = |call: &Call| CallQuery {
        number: call.number.clone(),
        ..CallQuery::default()
    };
    assert_eq!(
        fixture.store.calls(&to(&one), None, 9).await.unwrap().items.len(),
        0
    );
    assert_eq!(
        fixture.store.calls(&to(&two), None, 9).await.unwrap().items,
        [two]
    );
    assert_eq!(fixture.rows(FORMER).await, 1);
    assert_eq!(fixture.pruned(Old::Calls, later(10)).await, 1);
    assert_eq!(fixture.rows(FORMER).await, 0);
}

async fn what_nothing_refers_to_goes(ground: Ground) {
    const DAY: i64 = 86_400;
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    for day in 0..6 {
        let caps = format!(r#"["{}/24h"]"#, day + 1);
        let caps: NumberCaps = serde_json::from_str(&caps).unwrap();
        let change = move |project: &mut Project| project.number_caps = caps.clone();
        let at = later(day * DAY);
        store
            .update_project(1.try_into().unwrap(), at, change)
            .await
            .unwrap();
        store.begin_run(at, Vec::new()).await.unwrap();
    }
    fixture.import(0..1).await;
    let import = store.begin_import(fixture.campaign).await.unwrap();
    let rejected = Rejected {
        line: 1,
        value: "x".to_owned(),
        reason: "no number".to_owned(),
    };
    store.reject(import, vec![rejected]).await.unwrap();
    store.commit_import(import).await.unwrap();
    fixture.called(later(5 * DAY)).await;
    let project = "SELECT count(*) FROM rules WHERE scope = 'project 1'";
    let (rules, runs) = (
        fixture.rows(project).await,
        fixture.rows("SELECT count(*) FROM runs").await,
    );
    while store.remove_leftovers().await.unwrap() {}
    assert_eq!(
        fixture.rows(project).await,
        rules,
        "no call is gone, and all may be asked for"
    );
    assert_eq!(fixture.rows("SELECT count(*) FROM rejects").await, 1);
    let mut pruning = fixture.store.prune(Old::Calls, later(9 * DAY)).await.unwrap();
    let portion = pruning.next(later(99 * DAY)).await.unwrap().unwrap();
    pruning.remove(portion).await.unwrap();
    store.delete_campaign(fixture.campaign).await.unwrap();
    while store.remove_leftovers().await.unwrap() {}
    // The last call that is gone ended on the fifth day, and others may have begun two days before: what was in force on the third.
    let left = fixture
        .rows("SELECT min(at) FROM rules WHERE scope = 'project 1'")
        .await;
    assert_eq!(left, later(2 * DAY).millis());
    assert_eq!(fixture.rows("SELECT count(*) FROM runs").await, runs - 3);
    for table in ["SELECT count(*) FROM rejects", "SELECT count(*) FROM imports"] {
        assert_eq!(fixture.rows(table).await, 0, "{table}");
    }
}

async fn counts_by_the_minute_go_after_their_calls_and_those_by_the_hour_stay(ground: Ground) {
    const DAY: i64 = 86_400;
    const MINUTES: &str = "SELECT count(*) FROM outcome_tallies WHERE span_ms = 60000";
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    fixture.import(0..2).await;
    for end in [60, 9 * DAY] {
        fixture.called(later(end)).await;
    }
    while store.remove_leftovers().await.unwrap() {}
    assert_eq!(fixture.rows(MINUTES).await, 2, "both calls are there");
    assert_eq!(fixture.pruned(Old::Calls, later(99 * DAY)).await, 2);
    while store.remove_leftovers().await.unwrap() {}
    assert_eq!(fixture.rows(MINUTES).await, 1);
    for (from, calls) in [(later(-3_600), 2), (later(DAY), 1), (later(9 * DAY), 1)] {
        let totals = store.totals(from, None).await.unwrap();
        assert_eq!(totals.get(&Outcome::Busy), Some(&calls), "from {from:?}");
    }
}

/// Old calls by the thousand are no reason to wait for the writer: it removes some hundred at a time.
async fn others_write_between_the_steps(ground: Ground) {
    const OLD: u64 = 3_000;
    let fixture = fixture(ground).await;
    fixture.import(0..OLD).await;
    let journal = fixture.store.journal();
    let mut written = Vec::new();
    loop {
        let calls = fixture.claim(1_000, NOW).await.calls;
        if calls.is_empty() {
            break;
        }
        for call in calls {
            let end = Moment {
                at: NOW,
                event: TimelineEvent::State {
                    state: CallState::Ended,
                },
            };
            let finish = journal.finish(ended(&call, Outcome::Busy), vec![end], Some(ContactFate::Done));
            written.push(finish.unwrap());
        }
    }
    for written in written {
        written.await.unwrap().unwrap();
    }
    let (store, before) = (fixture.store.clone(), fixture.store.transactions());
    let pruning = tokio::spawn(async move {
        let mut pruning = store.prune(Old::Calls, later(1)).await.unwrap();
        let (mut gone, mut longest) = (0, Duration::ZERO);
        while let Some(portion) = pruning.next(later(1)).await.unwrap() {
            assert!(portion.len() <= 250, "{} calls of a step", portion.len());
            gone += portion.len() as u64;
            let began = Instant::now();
            pruning.remove(portion).await.unwrap();
            longest = longest.max(began.elapsed());
        }
        (gone, longest)
    });
    let (mut placed, mut waited) = (0, Duration::ZERO);
    while !pruning.is_finished() {
        let began = Instant::now();
        journal.place(loose(later(9))).unwrap().await.unwrap().unwrap();
        waited = waited.max(began.elapsed());
        placed += 1;
    }
    let (gone, longest) = pruning.await.unwrap();
    assert_eq!(gone, OLD);
    assert!(fixture.store.transactions() - before >= OLD / 250);
    // One step at most is waited for, and the transaction that it is part of.
    assert!(placed >= 5, "only {placed} calls were placed meanwhile");
    let bound = longest * 3 + Duration::from_millis(500);
    assert!(
        waited <= bound,
        "a call waited {waited:?}, a step took {longest:?}"
    );
}

async fn one_engine_of_several_removes(ground: Ground) {
    let fixture = fixture(ground).await;
    assert!(fixture.store.is_to_prune().await.unwrap());
    if matches!(fixture.location, Location::Sqlite(_)) {
        return;
    }
    let other = Store::open_as(&fixture.location, Access::Engine, "a")
        .await
        .unwrap();
    assert!(other.is_to_prune().await.unwrap());
    assert!(!fixture.store.is_to_prune().await.unwrap());
    other.close().await.unwrap();
    assert!(fixture.store.is_to_prune().await.unwrap());
}
