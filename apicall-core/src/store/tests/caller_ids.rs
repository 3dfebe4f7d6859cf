//! The numbers that calls show: what is known of them is kept with the calls, whoever makes them.

use super::*;
use crate::model::{
    AnsweredBy, CalendarDay, CallerId, CallerIdChoice, CallerIdFacts, ChosenBy, Hold, PhoneNumber, Waits,
};
use std::sync::Arc;

on_each_database!(
    uses_are_counted_with_the_calls_and_nobody_goes_over,
    what_never_left_is_no_use,
    what_is_known_is_told_after_a_restart,
);

const TODAY: CalendarDay = CalendarDay(20_231_114);
const LATER: Timestamp = Timestamp::from_millis(NOW.millis() + 3_600_000);

/// Shows the number that was used least, ten times each; one of which no call in five is answered is known anew.
#[derive(Debug)]
struct TenEach(Vec<CallerId>);

impl CallerIdRule for TenEach {
    fn numbers(&self) -> &[CallerId] {
        &self.0
    }

    fn day(&self) -> CalendarDay {
        TODAY
    }

    fn judge(&self, facts: &CallerIdFacts) -> CallerIdFacts {
        if facts.tried < 5 || facts.answered > 0 {
            return facts.clone();
        }
        CallerIdFacts {
            tried: 0,
            rests_until: Some(LATER),
            ..facts.clone()
        }
    }

    fn choose(&self, facts: &[CallerIdFacts], _callee: &PhoneNumber) -> Chosen {
        let place = (0..facts.len())
            .min_by_key(|place| facts[*place].used_today)
            .unwrap();
        if facts[place].used_today >= 10 {
            return Chosen::Wait(Waits {
                reason: Hold::CallerId,
                until: Some(LATER),
            });
        }
        let by = ChosenBy::LeastUsed;
        Chosen::Number(place, CallerIdChoice { by, day: TODAY })
    }
}

/// A rule of two numbers.
pub(super) fn two() -> Shows {
    Shows::Chosen(Arc::new(TenEach(numbers())))
}

fn numbers() -> Vec<CallerId> {
    vec!["+5760111".parse().unwrap(), "+5760122".parse().unwrap()]
}

async fn claim(fixture: &Fixture, store: &Store, limit: u32) -> Claimed {
    let claim = Claim {
        shows: two(),
        ..fixture.asked(limit, NOW)
    };
    store.journal().claim(claim).unwrap().await.unwrap().unwrap()
}

async fn known(store: &Store) -> Vec<CallerIdFacts> {
    let numbers = numbers();
    let known = store.caller_id_facts(1.try_into().unwrap(), &numbers, TODAY);
    known.await.unwrap()
}

pub(super) async fn used(store: &Store) -> [u32; 2] {
    let known = known(store).await;
    [known[0].used_today, known[1].used_today]
}

async fn uses_are_counted_with_the_calls_and_nobody_goes_over(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..60).await;
    let others = fixture.more(3).await;
    let claims = others.iter().map(|store| claim(&fixture, store, 8));
    let claimed = futures_util::future::join_all(claims).await;
    let calls: Vec<_> = claimed.iter().flat_map(|claimed| &claimed.calls).collect();
    assert_eq!((calls.len(), used(&fixture.store).await), (20, [10, 10]));
    for number in numbers() {
        let showing = calls
            .iter()
            .filter(|call| call.caller_id.as_ref() == Some(&number));
        assert_eq!(showing.count(), 10);
    }
    let held: usize = claimed.iter().map(|claimed| claimed.held).sum();
    assert_eq!(held, 4);
    let stalled = claimed.iter().find_map(|claimed| claimed.stalled).unwrap();
    assert_eq!((stalled.reason, stalled.until), (Hold::CallerId, Some(LATER)));
    let contacts = fixture
        .store
        .contacts(fixture.campaign, None, None, 100)
        .await
        .unwrap();
    let mut waiting = contacts.items.iter().filter(|contact| contact.held_by.is_some());
    assert!(waiting.all(|contact| contact.held_by == Some(Hold::CallerId)
        && contact.next_attempt_at == Some(LATER)
        && contact.attempts == 0));
    let single = Call {
        campaign: None,
        contact: None,
        id: crate::model::CallId::draw(),
        caller_id: None,
        caller_id_choice: None,
        ..calls[0].clone()
    };
    let refused = fixture.store.journal().place_through(Gate::open(), two(), single);
    let refused = refused.unwrap().await.unwrap();
    assert!(
        matches!(
            refused,
            Err(StoreError::Held {
                reason: Hold::CallerId,
                ..
            })
        ),
        "{refused:?}"
    );
}

async fn what_never_left_is_no_use(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..6).await;
    let calls = claim(&fixture, &fixture.store, 6).await.calls;
    assert_eq!(used(&fixture.store).await, [3, 3]);
    let (journal, of) = (fixture.store.journal(), |place: usize| vec![calls[place].id]);
    journal.release(of(0)).unwrap().await.unwrap().unwrap();
    let waits = Waits {
        reason: Hold::CallingHours,
        until: Some(LATER),
    };
    let hold = journal.room().unwrap().hold(vec![(calls[1].id, waits)], NOW);
    hold.await.unwrap().unwrap();
    assert_eq!(used(&fixture.store).await, [2, 2]);
    fixture
        .finish(&calls[2], Outcome::Cancelled, ContactFate::Done)
        .await;
    let dialed = Call {
        dialed_at: Some(NOW),
        ..calls[3].clone()
    };
    fixture.finish(&dialed, Outcome::Busy, ContactFate::Done).await;
    assert_eq!(used(&fixture.store).await, [1, 2], "the one had left");
}

async fn what_is_known_is_told_after_a_restart(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..20).await;
    let calls = claim(&fixture, &fixture.store, 11).await.calls;
    let first: Vec<_> = calls
        .iter()
        .filter(|call| call.caller_id == calls[0].caller_id)
        .collect();
    for (n, call) in first.iter().enumerate() {
        let call = Call {
            dialed_at: Some(NOW),
            answered_by: (n == 0).then_some(AnsweredBy::Machine),
            ..(*call).clone()
        };
        let outcome = [
            Outcome::Answered,
            Outcome::NoAnswer,
            Outcome::Busy,
            Outcome::Rejected,
        ];
        let outcome = outcome.get(n).copied().unwrap_or(Outcome::Unreachable);
        fixture.finish(&call, outcome, ContactFate::Done).await;
    }
    let again = fixture.more(1).await.remove(0);
    let before = known(&again).await;
    assert_eq!(
        (before[0].tried, before[0].answered),
        (4, 0),
        "machines and dead lines apart"
    );
    assert_eq!((before[0].turn, before[1].turn), (11, 10));
    let next = claim(&fixture, &fixture.store, 1).await.calls.remove(0);
    assert_eq!(next.caller_id, Some(numbers().remove(1)), "its turn");
    let busy = Call {
        dialed_at: Some(NOW),
        ..claim(&fixture, &fixture.store, 1).await.calls.remove(0)
    };
    fixture.finish(&busy, Outcome::NoAnswer, ContactFate::Done).await;
    assert_eq!(known(&again).await[0].tried, 5);
    claim(&fixture, &fixture.store, 1).await;
    let rests = &known(&again).await[0];
    assert_eq!(
        (rests.tried, rests.rests_until),
        (0, Some(LATER)),
        "it is known anew"
    );
}
