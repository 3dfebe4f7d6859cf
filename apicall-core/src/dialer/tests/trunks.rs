//! Several trunks of a project: the first that can be used, by weight, another when one fails, and none that is broken.

use super::*;
use crate::model::{ContactState, Limits, Origin, PhoneNumber, ProjectTrunk, ProjectTrunks, Trunk};
use std::collections::BTreeMap;

/// A bench with three trunks, of which these are the project's: trunk, priority, weight.
async fn with(contacts: u64, of: &[(i64, u32, u32)]) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    for name in ["one", "two", "three"] {
        let build = move |id| Trunk {
            name: name.parse().unwrap(),
            breaker: true,
            ..trunk(id)
        };
        store.create_trunk(build).await.unwrap();
    }
    let of = of.iter().map(|(trunk, priority, weight)| ProjectTrunk {
        trunk: (*trunk).try_into().unwrap(),
        priority: *priority,
        weight: *weight,
    });
    let trunks = ProjectTrunks::try_from(of.collect::<Vec<_>>()).unwrap();
    let build = move |id| crate::model::Project {
        trunk: None,
        trunks: trunks.clone(),
        ..project(id)
    };
    let project = store.create_project(None, build).await.unwrap().id;
    let campaign = store
        .create_campaign(move |id| campaign(id, project, "one"))
        .await
        .unwrap()
        .id;
    import(&store, campaign, 0..contacts).await;
    let bench = start(dir, store, project, campaign).await;
    bench.up(&[]);
    bench
}

/// The next call, and the trunk by which it leaves.
async fn leaves(bench: &mut Bench) -> (CallId, String) {
    match bench.command().await {
        Command::Originate(originate) => (originate.call, originate.way.trunk.to_string()),
        other => panic!("{other:?}"),
    }
}

async fn limit(bench: &Bench, cps: Option<f64>, channels: Option<u32>) {
    bench
        .change_project(move |project| {
            project.limits = Limits {
                cps: cps.map(|cps| cps.try_into().unwrap()),
                channels: channels.map(|channels| channels.try_into().unwrap()),
            };
        })
        .await;
}

#[tokio::test]
async fn calls_are_divided_by_weight_among_the_first_priority() {
    let mut bench = with(120, &[(1, 1, 30), (2, 1, 10), (3, 2, 100)]).await;
    limit(&bench, Some(100.0), None).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let mut by: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..120 {
        let (call, trunk) = leaves(&mut bench).await;
        *by.entry(trunk).or_default() += 1;
        bench.end(call, Outcome::InvalidNumber);
    }
    assert_eq!(by.get("three"), None, "{by:?}");
    let (one, two) = (by["one"], by["two"]);
    assert!(one > two && two >= 15, "{by:?}");
    bench.state_of_campaign(CampaignState::Finished).await;
}

#[tokio::test]
async fn a_contact_whose_trunk_had_no_room_is_called_by_another_at_once_and_once() {
    fails_over(&[(1, 1, 10), (2, 1, 10)]).await;
}

#[tokio::test]
async fn a_reserve_takes_the_calls_that_the_first_trunk_failed() {
    fails_over(&[(1, 1, 10), (2, 2, 10)]).await;
}

async fn fails_over(of: &[(i64, u32, u32)]) {
    let mut bench = with(1, of).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let (first, by) = leaves(&mut bench).await;
    bench.end(first, Outcome::Congestion);
    let (second, other) = leaves(&mut bench).await;
    assert_ne!(by, other);
    let record = bench.record(first, CallState::Ended).await;
    let again = bench.store.call(second).await.unwrap().unwrap();
    assert_eq!((again.attempt, again.instead_of), (2, record.trunk));
    bench.end(second, Outcome::Congestion);
    bench.record(second, CallState::Ended).await;
    let page = bench
        .store
        .contacts(bench.campaign, None, None, 10)
        .await
        .unwrap();
    let contact = &page.items[0];
    let later = contact.next_attempt_at.unwrap() > NOW;
    assert!(
        contact.state == ContactState::Done || later,
        "it waits as its retries say: {contact:?}"
    );
    assert_eq!(contact.attempts, 2);
}

#[tokio::test]
async fn what_speaks_of_the_callee_is_not_tried_by_another_trunk() {
    let mut bench = with(1, &[(1, 1, 10), (2, 1, 10)]).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let (first, _) = leaves(&mut bench).await;
    bench.end(first, Outcome::InvalidNumber);
    bench.state_of_campaign(CampaignState::Finished).await;
    let calls = bench
        .store
        .calls(&CallQuery::default(), None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(calls.len(), 1);
}

#[tokio::test]
async fn a_trunk_that_fails_is_let_alone_and_the_next_priority_takes_over() {
    let mut bench = with(40, &[(1, 1, 10), (2, 2, 10)]).await;
    // One after the other: what a call tells is known before the next leaves.
    limit(&bench, None, Some(1)).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let mut failed = 0;
    let first = loop {
        let (call, trunk) = leaves(&mut bench).await;
        let by_reserve = trunk == "two";
        failed += u32::from(!by_reserve);
        let outcome = if by_reserve {
            Outcome::InvalidNumber
        } else {
            Outcome::Congestion
        };
        bench.end(call, outcome);
        bench.record(call, CallState::Ended).await;
        let load = bench.dialer.load().await.unwrap();
        let mut breakers = load.breakers.into_iter();
        if let Some(open) = breakers.find(|breaker| breaker.state == "open") {
            break open;
        }
        assert!(failed < 10, "it is dialed on and on");
    };
    assert_eq!((first.trunk.get(), failed), (1, 10));
    assert!(
        first.until.is_some() && first.why.contains("10 failed"),
        "{first:?}"
    );
    for _ in 0..5 {
        let (call, trunk) = leaves(&mut bench).await;
        assert_eq!(trunk, "two");
        bench.end(call, Outcome::InvalidNumber);
    }
}

#[tokio::test]
async fn single_calls_leave_by_the_open_trunks_or_by_the_one_that_is_named() {
    let mut bench = with(0, &[(1, 1, 10), (2, 2, 10)]).await;
    bench.dialer.load().await.unwrap();
    let number = || "+573001234567".parse::<PhoneNumber>().unwrap();
    for (named, expected) in [(None, "one"), (Some(2), "two"), (Some(3), "three")] {
        let named = named.map(|id: i64| id.try_into().unwrap());
        let placed = bench
            .dialer
            .place(bench.project, number(), named, Default::default());
        let call = placed.await.unwrap();
        assert_eq!(call.origin, Origin::Manual);
        assert_eq!(leaves(&mut bench).await, (call.id, expected.to_owned()));
    }
    let one = |trunk: &mut Trunk| trunk.enabled = false;
    bench
        .store
        .update_trunk(1.try_into().unwrap(), NOW, one)
        .await
        .unwrap();
    bench
        .dialer
        .refresh(Changed::Trunk(1.try_into().unwrap()))
        .await
        .unwrap();
    let placed = bench
        .dialer
        .place(bench.project, number(), None, Default::default());
    placed.await.unwrap();
    assert_eq!(leaves(&mut bench).await.1, "two");
}
