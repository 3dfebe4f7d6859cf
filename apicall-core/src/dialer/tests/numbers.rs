//! The number that a callee sees: one of the project's, chosen by its rule, until the moment at which the call leaves.

use super::*;
use crate::model::{CallerId, CallerIds, ChosenBy, Hold, Project};
use std::collections::BTreeSet;

fn ids(value: serde_json::Value) -> Option<CallerIds> {
    Some(serde_json::from_value(value).unwrap())
}

async fn shown(bench: &mut Bench) -> (CallId, Option<CallerId>) {
    match bench.command().await {
        Command::Originate(originate) => (originate.call, originate.caller_id),
        other => panic!("{other:?}"),
    }
}

async fn with(contacts: u64, change: impl Fn(&mut Project) + Send + Sync + 'static) -> Bench {
    let bench = bench(contacts).await;
    bench.change_project(change).await;
    bench.up(&[]);
    bench
}

#[tokio::test]
async fn callees_see_the_projects_numbers_in_turn_and_the_record_says_why() {
    let two = serde_json::json!({ "numbers": ["5551", "5552"], "policy": "round_robin" });
    let mut bench = with(4, move |project| project.caller_ids = ids(two.clone())).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (call, caller_id) = shown(&mut bench).await;
        let record = bench.store.call(call).await.unwrap().unwrap();
        assert_eq!(record.caller_id, caller_id);
        assert_eq!(record.caller_id_choice.unwrap().by, ChosenBy::Turn);
        seen.push(caller_id.unwrap().to_string());
    }
    let different: BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), 2, "{seen:?}");
    assert!(
        seen.iter().filter(|number| *number == "5551").count() == 2,
        "{seen:?}"
    );
}

#[tokio::test]
async fn when_all_are_used_up_contacts_wait_and_go_on_with_a_change() {
    let capped = serde_json::json!({ "numbers": ["5551"], "policy": "fixed", "daily_cap": 2 });
    let more = serde_json::json!({ "numbers": ["5551", "5552"], "policy": "fixed", "daily_cap": 2 });
    let mut bench = with(3, move |project| project.caller_ids = ids(capped.clone())).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    for _ in 0..2 {
        assert_eq!(shown(&mut bench).await.1, Some("5551".parse().unwrap()));
    }
    let contacts = bench
        .contacts_are(|all| all.iter().any(|contact| contact.held_by.is_some()))
        .await;
    let held = contacts.iter().find(|contact| contact.held_by.is_some()).unwrap();
    assert_eq!((held.held_by, held.attempts), (Some(Hold::CallerId), 0));
    let number = "+573001234567".parse().unwrap();
    let placed = bench
        .dialer
        .place(bench.project, number, None, Default::default());
    let refused = placed.await.unwrap_err();
    assert!(refused.to_string().contains("caller_id"), "{refused}");
    let change = move |project: &mut Project| project.caller_ids = ids(more.clone());
    bench
        .store
        .update_project(bench.project, NOW, change)
        .await
        .unwrap();
    bench.store.let_go(bench.project, None, NOW).await.unwrap();
    bench
        .dialer
        .refresh(Changed::Project(bench.project))
        .await
        .unwrap();
    assert_eq!(shown(&mut bench).await.1, Some("5552".parse().unwrap()));
}

#[tokio::test]
async fn a_number_that_is_the_projects_no_more_is_not_shown_by_calls_that_wait() {
    let first = serde_json::json!({ "numbers": ["5551"], "policy": "fixed" });
    let second = serde_json::json!({ "numbers": ["5552"], "policy": "fixed" });
    let mut bench = with(3, move |project| {
        project.caller_ids = ids(first.clone());
        project.limits.channels = Some(1.try_into().unwrap());
    })
    .await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let (call, caller_id) = shown(&mut bench).await;
    assert_eq!(caller_id, Some("5551".parse().unwrap()));
    bench
        .change_project(move |project| project.caller_ids = ids(second.clone()))
        .await;
    bench.end(call, Outcome::InvalidNumber);
    for _ in 0..2 {
        let (call, caller_id) = shown(&mut bench).await;
        assert_eq!(caller_id, Some("5552".parse().unwrap()));
        bench.end(call, Outcome::InvalidNumber);
    }
    bench.state_of_campaign(CampaignState::Finished).await;
    let calls = bench
        .store
        .calls(&CallQuery::default(), None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(calls.len(), 3, "who was given back was no call");
}

#[tokio::test]
async fn the_projects_own_caller_id_is_shown_when_it_is_to_be() {
    let capped = serde_json::json!({
        "numbers": ["5551"], "policy": "fixed", "daily_cap": 1, "when_none": "caller_id",
    });
    let mut bench = with(3, move |project| {
        project.caller_ids = ids(capped.clone());
        project.caller_id = Some("5550".parse().unwrap());
    })
    .await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (call, caller_id) = shown(&mut bench).await;
        let by = bench
            .store
            .call(call)
            .await
            .unwrap()
            .unwrap()
            .caller_id_choice
            .unwrap()
            .by;
        seen.push((caller_id.unwrap().to_string(), by));
    }
    seen.sort();
    let own = ("5550".to_owned(), ChosenBy::NoneFree);
    assert_eq!(seen, [own.clone(), own, ("5551".to_owned(), ChosenBy::First)]);
}
