//! Random work, compared with a model of contacts that knows no database.

use super::*;
use crate::model::ContactId;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};

on_each_database!(
    caps_are_kept_across_campaigns,
    whatever_is_done_nobody_is_called_who_may_not_be,
);

async fn caps_are_kept_across_campaigns(ground: Ground) {
    let fixture = fixture(ground).await;
    let project: ProjectId = 1.try_into().unwrap();
    let build = move |id| campaign(id, project, "two");
    let other = fixture.store.create_campaign(build).await.unwrap().id;
    fixture.import(0..4).await;
    import(&fixture.store, other, 0..4).await;
    let texts = ["2/24h", "3/72h", "1 answered/48h"];
    let caps: Vec<crate::model::CallCap> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let mut random = StdRng::seed_from_u64(7);
    let (mut now, mut left): (_, BTreeMap<String, Vec<(i64, bool)>>) = (NOW, BTreeMap::new());
    for _ in 0..80 {
        now = now.plus(Duration::from_secs(random.random_range(0..40_000)));
        let (asked, at) = (caps.clone(), now);
        let gate = Gate::with_past(Some(Duration::from_secs(72 * 3_600)), move |_, past| {
            let until = crate::schedule::caps::wait(&asked, past, at)?;
            Some(Waits {
                reason: Hold::NumberCap,
                until: Some(until),
            })
        });
        let campaign = if random.random_bool(0.5) {
            other
        } else {
            fixture.campaign
        };
        let claim = Claim {
            gate,
            campaign,
            ..fixture.asked(4, now)
        };
        let claimed = fixture
            .store
            .journal()
            .claim(claim)
            .unwrap()
            .await
            .unwrap()
            .unwrap();
        for call in claimed.calls {
            let answered = random.random_bool(0.3);
            let of_number = left.entry(call.number.as_ref().unwrap().to_string()).or_default();
            for (most, hours, only_answered) in [(2, 24, false), (3, 72, false), (1, 48, true)] {
                let begins = now.millis() - hours * 3_600_000;
                let counted = of_number
                    .iter()
                    .filter(|(at, yes)| *at > begins && (*yes || !only_answered));
                assert!(
                    counted.count() < most,
                    "{most} in {hours} hours: {of_number:?} and {now}"
                );
            }
            of_number.push((now.millis(), answered));
            let outcome = if answered {
                Outcome::Answered
            } else {
                Outcome::NoAnswer
            };
            let call = Call {
                dialed_at: Some(now),
                ended_at: Some(now),
                answered_at: answered.then_some(now),
                answered_by: answered.then_some(crate::model::AnsweredBy::Human),
                ..ended(&call, outcome)
            };
            let fate = Some(ContactFate::RetryAt(now.plus(Duration::from_secs(60))));
            fixture
                .store
                .journal()
                .finish(call, vec![], fate)
                .unwrap()
                .await
                .unwrap()
                .unwrap();
        }
    }
    assert!(
        left.len() == 4 && left.values().all(|calls| calls.len() > 5),
        "{left:?}"
    );
}

/// What becomes of a contact, told without a database.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Modelled {
    state: ContactState,
    due: i64,
    attempts: u32,
    held_by: Option<Hold>,
}

async fn whatever_is_done_nobody_is_called_who_may_not_be(ground: Ground) {
    let seeds = if ground == Ground::Sqlite { 12 } else { 3 };
    for seed in 0..seeds {
        let fixture = fixture(ground).await;
        fixture.import(0..20).await;
        let mut random = StdRng::seed_from_u64(seed);
        let project: ProjectId = 1.try_into().unwrap();
        let fresh = Modelled {
            state: ContactState::Pending,
            due: 0,
            attempts: 0,
            held_by: None,
        };
        let mut model: BTreeMap<u64, Modelled> = (0..20).map(|n| (n, fresh.clone())).collect();
        let mut listed: BTreeSet<u64> = BTreeSet::new();
        let mut live: Vec<(u64, Call)> = Vec::new();
        let mut now = NOW;
        for step in 0..60 {
            now = now.plus(Duration::from_secs(random.random_range(0..40)));
            match random.random_range(0..10) {
                0 => {
                    let n = random.random_range(0..20);
                    let whose = random.random_bool(0.5).then_some(project);
                    fixture.list(vec![new(n, whose)]).await;
                    listed.insert(n);
                }
                1 => {
                    let n = random.random_range(0..20);
                    let query = DncQuery {
                        number: Some(number(n)),
                        ..DncQuery::default()
                    };
                    for entry in fixture.entries(query).await {
                        fixture.store.unlist_dnc(entry.id, now).await.unwrap();
                    }
                    listed.remove(&n);
                }
                2 => {
                    fixture.store.let_go(project, None, now).await.unwrap();
                    for one in model
                        .values_mut()
                        .filter(|one| one.state == ContactState::Pending && one.held_by.is_some())
                    {
                        (one.due, one.held_by) = (now.millis(), None);
                    }
                }
                3..6 => {
                    if let Some((n, call)) = live.pop() {
                        let retry = now.plus(Duration::from_secs(30));
                        let again = random.random_bool(0.7);
                        let fate = if again {
                            ContactFate::RetryAt(retry)
                        } else {
                            ContactFate::Done
                        };
                        fixture.finish(&call, Outcome::Busy, fate).await;
                        let one = model.get_mut(&n).unwrap();
                        (one.held_by, one.due) = (None, if again { retry.millis() } else { 0 });
                        one.state = if again {
                            ContactState::Pending
                        } else {
                            ContactState::Done
                        };
                    }
                }
                _ => {
                    // Every third number sleeps.
                    let until = now.plus(Duration::from_secs(60));
                    let sleeps = |n: u64| n % 3 == step % 3;
                    let asleep: BTreeSet<_> = (0..20).filter(|n| sleeps(*n)).map(number).collect();
                    let waits = Waits {
                        reason: Hold::CallingHours,
                        until: Some(until),
                    };
                    let gate = Gate::new(move |asked| asleep.contains(asked).then_some(waits));
                    let claim = Claim {
                        gate,
                        ..fixture.asked(random.random_range(1..6), now)
                    };
                    let most = usize::try_from(claim.limit).unwrap();
                    let claimed = fixture
                        .store
                        .journal()
                        .claim(claim)
                        .unwrap()
                        .await
                        .unwrap()
                        .unwrap();
                    let mut due: Vec<_> = model
                        .iter()
                        .filter(|(_, one)| one.state == ContactState::Pending && one.due <= now.millis())
                        .map(|(n, one)| (one.due, *n))
                        .collect();
                    due.sort_unstable();
                    let mut expected = BTreeSet::new();
                    for (_, n) in due.into_iter().take(most) {
                        let one = model.get_mut(&n).unwrap();
                        if listed.contains(&n) {
                            (one.state, one.due, one.held_by) =
                                (ContactState::Done, 0, Some(Hold::DoNotCall));
                        } else if sleeps(n) {
                            (one.due, one.held_by) = (until.millis(), Some(Hold::CallingHours));
                        } else {
                            one.state = ContactState::Claimed;
                            one.attempts += 1;
                            expected.insert(n);
                        }
                    }
                    let mut called = BTreeSet::new();
                    for call in claimed.calls {
                        let n = (0..20).find(|n| call.number == Some(number(*n))).unwrap();
                        called.insert(n);
                        live.insert(0, (n, call));
                    }
                    assert_eq!(called, expected, "seed {seed}, step {step}");
                }
            }
            compare(&fixture, &model, seed, step).await;
        }
    }
}

async fn compare(fixture: &Fixture, model: &BTreeMap<u64, Modelled>, seed: u64, step: u64) {
    let contacts = fixture
        .store
        .contacts(fixture.campaign, None, None, 100)
        .await
        .unwrap()
        .items;
    let ids: BTreeSet<ContactId> = contacts.iter().map(|contact| contact.id).collect();
    assert_eq!(ids.len(), model.len());
    for contact in contacts {
        let n = (0..20).find(|n| contact.number == number(*n)).unwrap();
        let one = &model[&n];
        // What a claimed contact was held by before says nothing.
        let held = |held: Option<Hold>| held.filter(|_| one.state != ContactState::Claimed);
        let told = (contact.state, contact.attempts, held(contact.held_by));
        assert_eq!(
            told,
            (one.state, one.attempts, held(one.held_by)),
            "seed {seed}, step {step}, number {n}"
        );
        if one.state == ContactState::Pending {
            let due = contact.next_attempt_at.map_or(0, Timestamp::millis);
            assert_eq!(due, one.due, "seed {seed}, step {step}, number {n}");
        }
    }
}
