//! Who is held back: lists, gates, and what they are told.

mod simulated;

use super::*;
use crate::model::{DncOrigin, Hold, Page, PastCall, PhoneNumber, ProjectId, Waits};
use std::sync::{Arc, Mutex};
use std::time::Duration;

on_each_database!(
    lists_are_of_all_projects_or_of_one,
    a_listed_number_is_no_call,
    an_entry_that_is_taken_off_is_kept,
    a_project_that_is_removed_leaves_no_list,
    who_is_held_waits_on_disk_and_is_let_go,
    what_counts_is_told_to_the_gate,
);

fn number(n: u64) -> PhoneNumber {
    format!("+5730{n:08}").parse().unwrap()
}

fn new(n: u64, project: Option<ProjectId>) -> NewDnc {
    NewDnc {
        number: number(n),
        project,
        origin: DncOrigin::Operator,
        reason: "Él lo pidió".to_owned(),
        call: None,
    }
}

impl Fixture {
    async fn list(&self, entries: Vec<NewDnc>) -> u64 {
        self.store.list_dnc(entries, NOW).await.unwrap()
    }

    async fn entries(&self, query: DncQuery) -> Vec<crate::model::DncEntry> {
        self.store.dnc(&query, None, 100).await.unwrap().items
    }
}

async fn lists_are_of_all_projects_or_of_one(ground: Ground) {
    let fixture = fixture(ground).await;
    let (one, two): (ProjectId, ProjectId) = (1.try_into().unwrap(), 2.try_into().unwrap());
    let entries = vec![
        new(1, None),
        new(2, Some(one)),
        new(3, Some(two)),
        new(2, Some(one)),
    ];
    assert_eq!(
        fixture.list(entries.clone()).await,
        3,
        "what comes twice is listed once"
    );
    assert_eq!(fixture.list(entries).await, 0);
    let numbers: Vec<_> = (1..=4).map(number).collect();
    let listed = |project| fixture.store.listed(project, numbers.clone());
    assert_eq!(listed(one).await.unwrap(), [number(1), number(2)].into());
    assert_eq!(listed(two).await.unwrap(), [number(1), number(3)].into());
    for (project, n, whose) in [(one, 2, vec![Some(one)]), (two, 2, vec![]), (two, 1, vec![None])] {
        let entries = fixture.store.listings(project, &number(n)).await.unwrap();
        let told: Vec<_> = entries.iter().map(|entry| entry.project).collect();
        assert_eq!(told, whose, "{n} of project {project}");
    }
    let all = fixture.entries(DncQuery::default()).await;
    assert_eq!(
        (all.len(), all[0].reason.as_str(), all[0].project),
        (3, "Él lo pidió", None)
    );
    let everybody = DncQuery {
        everybody: true,
        ..DncQuery::default()
    };
    assert_eq!(fixture.entries(everybody).await, [all[0].clone()]);
    let of_two = DncQuery {
        project: Some(two),
        ..DncQuery::default()
    };
    assert_eq!(fixture.entries(of_two).await, [all[2].clone()]);
    let of_number = DncQuery {
        number: Some(number(2)),
        ..DncQuery::default()
    };
    assert_eq!(fixture.entries(of_number).await, [all[1].clone()]);
    let page = fixture.store.dnc(&DncQuery::default(), None, 2).await.unwrap();
    let rest = fixture
        .store
        .dnc(&DncQuery::default(), page.next.as_deref(), 2)
        .await
        .unwrap();
    assert_eq!([page.items, rest.items].concat(), all);
    let since = fixture.store.dnc_since(Some(all[0].id), 10).await.unwrap();
    assert_eq!(since, all[1..]);
    assert_eq!(fixture.store.dnc_since(None, 10).await.unwrap(), all[2..]);
}

async fn a_listed_number_is_no_call(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..3).await;
    let project: ProjectId = 1.try_into().unwrap();
    fixture.list(vec![new(0, None), new(1, Some(project))]).await;
    let claimed = fixture.claim(10, NOW).await;
    assert_eq!((claimed.calls.len(), claimed.held), (1, 2));
    assert_eq!(claimed.calls[0].number, Some(number(2)));
    let contacts = fixture
        .store
        .contacts(fixture.campaign, Some(ContactState::Done), None, 10)
        .await
        .unwrap();
    assert!(
        contacts
            .items
            .iter()
            .all(|contact| contact.held_by == Some(Hold::DoNotCall) && contact.attempts == 0)
    );
    let totals = fixture.store.campaign_totals(fixture.campaign).await.unwrap();
    assert_eq!(totals.held, [(Hold::DoNotCall, 2)].into());
    // A single call neither.
    let call = Call {
        contact: None,
        campaign: None,
        ..claimed.calls[0].clone()
    };
    let place = |n, id| {
        let call = Call {
            id,
            number: Some(number(n)),
            ..call.clone()
        };
        fixture
            .store
            .journal()
            .place_through(Gate::open(), Shows::Always(None), call)
            .unwrap()
    };
    let id = crate::model::CallId::draw();
    let refused = place(1, id).await.unwrap().unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Held {
                reason: Hold::DoNotCall,
                ..
            }
        ),
        "{refused}"
    );
    assert!(fixture.store.call(id).await.unwrap().is_none());
    place(2, crate::model::CallId::draw()).await.unwrap().unwrap();
}

async fn a_project_that_is_removed_leaves_no_list(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let project = store.projects().await.unwrap().remove(0);
    let other = ProjectId::try_from(project.id.get() + 1).unwrap();
    fixture
        .list(vec![new(1, None), new(2, Some(project.id)), new(3, Some(other))])
        .await;
    let stop = |campaign: &mut Campaign| campaign.state = CampaignState::Stopped;
    store.update_campaign(fixture.campaign, NOW, stop).await.unwrap();
    store.delete_project(project.id, NOW).await.unwrap();
    let left = async || {
        let entries = fixture.entries(DncQuery::default()).await;
        entries.into_iter().map(|entry| entry.number).collect::<Vec<_>>()
    };
    assert_eq!(left().await, [number(1), number(3)]);
    // Of a removal that broke off something may be left, which its successor does not inherit.
    fixture.list(vec![new(4, Some(project.id))]).await;
    let again = project.clone();
    store
        .create_project(Some(project.id), move |_| again.clone())
        .await
        .unwrap();
    assert_eq!(left().await, [number(1), number(3)]);
}

async fn an_entry_that_is_taken_off_is_kept(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.list(vec![new(1, None)]).await;
    let entry = fixture.entries(DncQuery::default()).await.remove(0);
    assert_eq!(fixture.store.unlist_dnc(entry.id, NOW).await.unwrap(), entry);
    assert!(fixture.entries(DncQuery::default()).await.is_empty());
    let gone = fixture.store.unlist_dnc(entry.id, NOW).await.unwrap_err();
    assert!(matches!(gone, StoreError::NotFound { .. }));
    let kept = db::sql("SELECT count(*) FROM dnc WHERE removed_at IS NOT NULL");
    assert_eq!(
        kept.number(&fixture.store.readers).await.unwrap(),
        1,
        "its row stays"
    );
    assert_eq!(fixture.list(vec![new(1, None)]).await, 1);
    assert!(fixture.entries(DncQuery::default()).await[0].id > entry.id);
}

async fn who_is_held_waits_on_disk_and_is_let_go(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..2).await;
    let until = NOW.plus(Duration::from_secs(60));
    let closed = Gate::new(move |asked| {
        (*asked == number(0)).then_some(Waits {
            reason: Hold::CallingHours,
            until: Some(until),
        })
    });
    let claim = Claim {
        gate: closed,
        ..fixture.asked(10, NOW)
    };
    let claimed = fixture
        .store
        .journal()
        .claim(claim)
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (claimed.calls.len(), claimed.held, claimed.next_due),
        (1, 1, Some(until))
    );
    assert!(!claimed.exhausted);
    let held = |all: &Page<crate::model::Contact>| {
        (
            all.items[0].held_by,
            all.items[0].next_attempt_at,
            all.items[0].attempts,
        )
    };
    let pending = || {
        fixture
            .store
            .contacts(fixture.campaign, Some(ContactState::Pending), None, 10)
    };
    assert_eq!(
        held(&pending().await.unwrap()),
        (Some(Hold::CallingHours), Some(until), 0)
    );
    assert!(fixture.claim(10, NOW).await.calls.is_empty());
    fixture
        .store
        .let_go(1.try_into().unwrap(), None, NOW)
        .await
        .unwrap();
    assert_eq!(held(&pending().await.unwrap()), (None, Some(NOW), 0));
    let call = fixture.claim(10, NOW).await.calls.remove(0);
    assert_eq!((call.number.clone(), call.attempt), (Some(number(0)), 1));
    // Its turn came too late: it was no attempt.
    let waits = Waits {
        reason: Hold::CallingHours,
        until: Some(until),
    };
    let journal = fixture.store.journal();
    journal
        .room()
        .unwrap()
        .hold(vec![(call.id, waits)], NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        held(&pending().await.unwrap()),
        (Some(Hold::CallingHours), Some(until), 0)
    );
    assert!(fixture.store.call(call.id).await.unwrap().is_none());
    // Whoever is called is held by nothing any more.
    let call = fixture.claim(10, until).await.calls.remove(0);
    fixture
        .finish(
            &call,
            Outcome::Busy,
            ContactFate::RetryAt(until.plus(Duration::from_secs(9))),
        )
        .await;
    assert_eq!(
        held(&pending().await.unwrap()),
        (None, Some(until.plus(Duration::from_secs(9))), 1)
    );
}

/// A gate that notes what it is told of a number's past.
fn noting(told: &Arc<Mutex<Vec<PastCall>>>) -> Gate {
    let told = Arc::clone(told);
    Gate::with_past(Some(Duration::from_secs(3_600)), move |_, past| {
        told.lock().unwrap().extend_from_slice(past);
        None
    })
}

async fn what_counts_is_told_to_the_gate(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..1).await;
    let journal = fixture.store.journal();
    let told = Arc::default();
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    let single = |at: Timestamp| Call {
        id: crate::model::CallId::draw(),
        campaign: None,
        contact: None,
        origin: crate::model::Origin::Manual,
        created_at: at,
        ..call.clone()
    };
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    journal
        .place_through(noting(&told), Shows::Always(None), single(later(5)))
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    let open = PastCall {
        at: NOW,
        open: true,
        answered: false,
    };
    assert_eq!(
        std::mem::take(&mut *told.lock().unwrap()),
        [open],
        "it has not left"
    );
    let answered = Call {
        dialed_at: Some(later(10)),
        answered_at: Some(later(12)),
        answered_by: Some(crate::model::AnsweredBy::Human),
        ..ended(&call, Outcome::Answered)
    };
    journal
        .finish(answered, vec![], Some(ContactFate::Done))
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    // Given up before it left, by a machine, lost before anybody knew.
    for (outcome, dialed, by) in [
        (Outcome::Cancelled, None, None),
        (
            Outcome::Answered,
            Some(later(20)),
            Some(crate::model::AnsweredBy::Machine),
        ),
        (Outcome::Lost, None, None),
    ] {
        let call = single(later(15));
        journal.place(call.clone()).unwrap().await.unwrap().unwrap();
        let answered_at = by.and(dialed);
        let call = Call {
            dialed_at: dialed,
            answered_at,
            answered_by: by,
            ..ended(&call, outcome)
        };
        journal
            .finish(call, vec![], None)
            .unwrap()
            .await
            .unwrap()
            .unwrap();
    }
    journal
        .place_through(noting(&told), Shows::Always(None), single(later(30)))
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    let mut past = std::mem::take(&mut *told.lock().unwrap());
    past.sort_by_key(|call| (call.at, call.open));
    let of = |seconds, open, answered| PastCall {
        at: later(seconds),
        open,
        answered,
    };
    assert_eq!(
        past,
        [
            of(5, true, false),
            of(10, false, true),
            of(15, false, false),
            of(20, false, false)
        ]
    );
    past.push(of(30, true, false));
    let (number, reach) = (call.number.as_ref().unwrap(), Duration::from_secs(86_400));
    let asked = fixture.store.past_calls(call.project, number, reach, later(40));
    let mut asked = asked.await.unwrap();
    asked.sort_by_key(|call| (call.at, call.open));
    assert_eq!(asked, past, "whoever asks is told the same");
}
