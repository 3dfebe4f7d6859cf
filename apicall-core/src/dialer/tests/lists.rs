//! Do-not-call lists: against calls that wait already, and from flows.

use super::*;
use crate::model::{ContactState, DncOrigin, Hold, PhoneNumber, ProjectFlow};
use crate::store::{DncQuery, NewDnc};

/// One call at a time: everybody else waits for a slot.
async fn one_at_a_time(contacts: u64) -> Bench {
    let bench = bench(contacts).await;
    bench
        .change_project(|project| project.limits.channels = Some(1.try_into().unwrap()))
        .await;
    bench.up(&[]);
    bench
}

impl Bench {
    async fn list(&self, number: &PhoneNumber) {
        let entry = NewDnc {
            number: number.clone(),
            project: None,
            origin: DncOrigin::Operator,
            reason: String::new(),
            call: None,
        };
        self.store.list_dnc(vec![entry], NOW).await.unwrap();
    }

    /// The calls that are fetched and wait.
    async fn waiting(&self, count: usize) -> Vec<Call> {
        let look = async {
            loop {
                let query = CallQuery {
                    state: Some(CallState::Queued),
                    ..CallQuery::default()
                };
                let calls = self.store.calls(&query, None, 100).await.unwrap().items;
                if calls.len() >= count {
                    return calls;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), look)
            .await
            .expect("calls wait")
    }

    async fn number_of(&self, call: CallId) -> PhoneNumber {
        self.store.call(call).await.unwrap().unwrap().number.unwrap()
    }
}

#[tokio::test]
async fn a_number_that_is_listed_while_its_call_waits_is_not_called() {
    let mut bench = one_at_a_time(3).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let first = bench.originated().await;
    let waiting = bench.waiting(1).await;
    let listed = waiting[0].number.clone().unwrap();
    bench.list(&listed).await;
    bench
        .dialer
        .lists_changed(ListChange::Added(listed.clone(), None))
        .await
        .unwrap();
    bench.end(first, Outcome::InvalidNumber);
    let second = bench.originated().await;
    assert_ne!(bench.number_of(second).await, listed);
    bench.end(second, Outcome::InvalidNumber);
    bench.state_of_campaign(CampaignState::Finished).await;
    let contacts = bench
        .store
        .contacts(bench.campaign, None, None, 10)
        .await
        .unwrap()
        .items;
    let passed_over = contacts.iter().find(|contact| contact.number == listed).unwrap();
    assert_eq!(
        (passed_over.state, passed_over.held_by, passed_over.attempts),
        (ContactState::Done, Some(Hold::DoNotCall), 0)
    );
}

#[tokio::test]
async fn when_many_are_listed_every_call_is_held_against_the_lists_again() {
    let mut bench = one_at_a_time(3).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let first = bench.originated().await;
    let listed = bench.waiting(1).await[0].number.clone().unwrap();
    let single: PhoneNumber = "+573009999999".parse().unwrap();
    let place = |number: &PhoneNumber| {
        bench
            .dialer
            .place(bench.project, number.clone(), None, Default::default())
    };
    let (barred, free) = (
        place(&single).await.unwrap(),
        place(&"+573008888888".parse().unwrap()).await.unwrap(),
    );
    bench.list(&listed).await;
    bench.list(&single).await;
    bench.dialer.lists_changed(ListChange::Many).await.unwrap();
    let refused = place(&single).await.unwrap_err().to_string();
    assert!(refused.contains("do_not_call"), "{refused}");
    bench.end(first, Outcome::InvalidNumber);
    let mut called = Vec::new();
    for _ in 0..2 {
        let call = bench.originated().await;
        called.push(bench.number_of(call).await);
        bench.end(call, Outcome::InvalidNumber);
        bench.record(call, CallState::Ended).await;
    }
    bench.state_of_campaign(CampaignState::Finished).await;
    assert!(
        !called.contains(&listed) && !called.contains(&single),
        "{called:?}"
    );
    let record = bench.record(barred.id, CallState::Ended).await;
    assert_eq!(
        (record.outcome, record.dialed_at),
        (Some(Outcome::Cancelled), None)
    );
    assert!(record.cause.text.unwrap().contains("do_not_call"));
    assert_eq!(
        bench.record(free.id, CallState::Ended).await.outcome,
        Some(Outcome::InvalidNumber)
    );
}

#[tokio::test]
async fn whoever_opts_out_is_listed_before_anything_follows() {
    let mut bench = bench(0).await;
    let flow = serde_json::json!({ "start": "out", "steps": {
        "out": { "do": "opt_out", "next": "goodbye" },
        "goodbye": { "do": "play", "sounds": ["goodbye"] } } });
    let custom = move |project: &mut crate::model::Project| project.flow = ProjectFlow::Custom(flow.clone());
    bench.change_project(custom).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let number: PhoneNumber = "+573001234567".parse().unwrap();
    let (dialer, project) = (bench.dialer.clone(), bench.project);
    let place = || dialer.place(project, number.clone(), None, Default::default());
    let (call, second) = (place().await.unwrap().id, place().await.unwrap().id);
    assert_eq!(bench.originated().await, call);
    assert_eq!(bench.originated().await, second);
    bench.sign(call, Sign::Answered);
    // The caller hangs up in the goodbye.
    bench.say(News::Leg { call, leg: leg([]) });
    let listed = async {
        loop {
            let entries = bench
                .store
                .dnc(&DncQuery::default(), None, 10)
                .await
                .unwrap()
                .items;
            if let [entry] = &entries[..] {
                return entry.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let entry = tokio::time::timeout(Duration::from_secs(10), listed)
        .await
        .expect("it is listed");
    assert_eq!(
        (entry.number, entry.project, entry.origin, entry.call),
        (number.clone(), Some(bench.project), DncOrigin::OptOut, Some(call))
    );
    let refused = place().await.unwrap_err().to_string();
    assert!(refused.contains("do_not_call"), "{refused}");
    bench.end(call, Outcome::Answered);
    let record = bench.record(call, CallState::Ended).await;
    assert_eq!(record.result.unwrap().as_str(), "hung_up");
}
