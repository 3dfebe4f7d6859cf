//! Counts are what a count would give, whatever happened.

use super::*;
use crate::model::{AnsweredBy, Contradiction, ProjectId};
use std::collections::BTreeMap;

super::on_each_database! {
    counts_are_what_is_there,
    ended_calls_are_counted_from_a_minute_on,
    what_spoke_against_detection_is_counted,
    calls_are_found_by_number_when_their_contacts_are_gone,
}

/// Counts by looking at every row.
async fn looked_at(fixture: &Fixture) -> (BTreeMap<ContactState, u64>, BTreeMap<Outcome, u64>, u64, u64) {
    let (mut states, mut outcomes, mut live, mut talk) = (BTreeMap::new(), BTreeMap::new(), 0, 0);
    let contacts = fixture
        .store
        .contacts(fixture.campaign, None, None, 1_000)
        .await
        .unwrap();
    for contact in contacts.items {
        *states.entry(contact.state).or_default() += 1;
    }
    for call in fixture
        .store
        .calls(&CallQuery::default(), None, 1_000)
        .await
        .unwrap()
        .items
    {
        match call.outcome {
            Some(outcome) => *outcomes.entry(outcome).or_default() += 1,
            None => live += 1,
        }
        if let (Some(Outcome::Answered), Some(from), Some(to)) =
            (call.outcome, call.answered_at, call.ended_at)
        {
            talk += to.since(from).as_millis() as u64;
        }
    }
    (states, outcomes, live, talk)
}

async fn counts_are_what_is_there(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..100).await;
    let expect = async |what: &str| {
        let totals = fixture.store.campaign_totals(fixture.campaign).await.unwrap();
        let (states, outcomes, live, talk) = looked_at(&fixture).await;
        assert_eq!(totals.contacts_by_state, states, "{what}");
        assert_eq!(totals.by_outcome, outcomes, "{what}");
        assert_eq!((totals.live, totals.talk_ms), (live, talk), "{what}");
        let done = states.get(&ContactState::Done).copied().unwrap_or(0);
        let progress = fixture.store.campaign_progress(fixture.campaign).await.unwrap();
        assert_eq!(progress, (done, states.values().sum()), "{what}");
    };
    expect("imported").await;
    let calls = fixture.claim(60, NOW).await.calls;
    expect("claimed").await;
    let journal = fixture.store.journal();
    let released = journal
        .release(calls[..20].iter().map(|call| call.id).collect())
        .unwrap();
    released.await.unwrap().unwrap();
    expect("released").await;
    for (n, call) in calls[20..].iter().enumerate() {
        let answered = Call {
            answered_at: Some(Timestamp::from_millis(NOW.millis() - 1_500)),
            ..call.clone()
        };
        let (outcome, fate) = match n % 3 {
            0 => (Outcome::Answered, ContactFate::Done),
            1 => (Outcome::Busy, ContactFate::RetryAt(NOW)),
            _ => (Outcome::NoAnswer, ContactFate::Done),
        };
        fixture.finish(&answered, outcome, fate).await;
    }
    expect("ended").await;
    fixture.claim(1_000, NOW).await;
    expect("claimed again").await;
    let import = fixture.store.begin_import(fixture.campaign).await.unwrap();
    fixture
        .store
        .add_contacts(import, (90..140).map(new_contact).collect())
        .await
        .unwrap();
    fixture.store.abort_import(import).await.unwrap();
    fixture.import(90..140).await;
    expect("imported again").await;
}

async fn ended_calls_are_counted_from_a_minute_on(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..4).await;
    let calls = fixture.claim(4, NOW).await.calls;
    let journal = fixture.store.journal();
    const HOUR: i64 = 3_600_000;
    let hour = NOW.millis() / HOUR * HOUR;
    // The last minute of an hour, the first of the next, and one of the hour after that.
    for (call, at) in calls.iter().zip([hour - 1, hour, hour + 59_999, hour + HOUR + 1]) {
        let over = Call {
            ended_at: Some(Timestamp::from_millis(at)),
            ..ended(call, Outcome::Busy)
        };
        journal
            .finish(over, vec![], Some(ContactFate::Done))
            .unwrap()
            .await
            .unwrap()
            .unwrap();
    }
    let project: ProjectId = 1.try_into().unwrap();
    for (from, n) in [
        (hour - HOUR, 4),
        (hour - 60_000, 4),
        (hour, 3),
        (hour + 59_999, 3),
        (hour + 60_000, 1),
        (hour + HOUR + 60_000, 0),
    ] {
        for project in [None, Some(project)] {
            let totals = fixture
                .store
                .totals(Timestamp::from_millis(from), project)
                .await
                .unwrap();
            assert_eq!(totals.get(&Outcome::Busy).copied().unwrap_or(0), n, "{from}");
        }
    }
    let other = fixture
        .store
        .totals(NOW, Some(9.try_into().unwrap()))
        .await
        .unwrap();
    assert!(other.is_empty());
}

async fn what_spoke_against_detection_is_counted(ground: Ground) {
    use AnsweredBy::{Human, Machine, Unknown};
    use Contradiction::{HumanSilent, MachinePressed};
    let fixture = fixture(ground).await;
    fixture.import(0..6).await;
    let calls = fixture.claim(6, NOW).await.calls;
    const HOUR: i64 = 3_600_000;
    let hour = NOW.millis() / HOUR * HOUR;
    let said = [
        (Machine, Some(MachinePressed), hour - 1),
        (Machine, Some(MachinePressed), hour),
        (Machine, None, hour + 1),
        (Human, None, hour + HOUR - 1),
        (Human, Some(HumanSilent), hour + HOUR),
        (Unknown, None, hour),
    ];
    for (call, (by, contradiction, at)) in calls.iter().zip(said) {
        let over = Call {
            answered_by: Some(by),
            contradiction,
            answered_at: Some(Timestamp::from_millis(at)),
            ended_at: Some(Timestamp::from_millis(at)),
            ..ended(call, Outcome::Answered)
        };
        let journal = fixture.store.journal();
        let finished = journal
            .finish(over.clone(), vec![], Some(ContactFate::Done))
            .unwrap();
        finished.await.unwrap().unwrap();
        let kept = fixture.store.call(call.id).await.unwrap().unwrap();
        assert_eq!(kept.contradiction, contradiction);
    }
    let project: ProjectId = 1.try_into().unwrap();
    let other: ProjectId = 9.try_into().unwrap();
    for (from, project, verdicts, contradicted) in [
        (
            hour - 1,
            None,
            vec![(Human, 2), (Machine, 3)],
            vec![(MachinePressed, 2), (HumanSilent, 1)],
        ),
        (
            hour + 5,
            Some(project),
            vec![(Human, 2), (Machine, 2)],
            vec![(MachinePressed, 1), (HumanSilent, 1)],
        ),
        (
            hour + HOUR,
            Some(project),
            vec![(Human, 1)],
            vec![(HumanSilent, 1)],
        ),
        (hour - 1, Some(other), vec![], vec![]),
    ] {
        let totals = fixture
            .store
            .detections(Timestamp::from_millis(from), project)
            .await
            .unwrap();
        assert_eq!(
            totals.by_answered_by,
            verdicts.into_iter().collect(),
            "{from} {project:?}"
        );
        assert_eq!(
            totals.contradicted,
            contradicted.into_iter().collect(),
            "{from} {project:?}"
        );
    }
    let totals = fixture.store.campaign_totals(fixture.campaign).await.unwrap();
    assert_eq!(
        totals.contradicted,
        [(MachinePressed, 2), (HumanSilent, 1)].into()
    );
    assert_eq!(
        totals.by_answered_by,
        [(Human, 2), (Machine, 3), (Unknown, 1)].into()
    );
}

async fn calls_are_found_by_number_when_their_contacts_are_gone(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..3).await;
    let calls = fixture.claim(2, NOW).await.calls;
    let loose = Call {
        id: crate::model::CallId::draw(),
        campaign: None,
        contact: None,
        ..calls[0].clone()
    };
    let journal = fixture.store.journal();
    journal.place(loose.clone()).unwrap().await.unwrap().unwrap();
    let to_number = CallQuery {
        number: calls[0].number.clone(),
        ..CallQuery::default()
    };
    let found = async || -> Vec<_> {
        let page = fixture.store.calls(&to_number, None, 9).await.unwrap();
        page.items
            .into_iter()
            .map(|call| (call.id, call.outcome))
            .collect()
    };
    assert_eq!(found().await, [(loose.id, None), (calls[0].id, None)]);
    for call in [&calls[0], &calls[1], &loose] {
        let fate = call.contact.map(|_| ContactFate::Done);
        let over = journal.finish(ended(call, Outcome::Busy), vec![], fate).unwrap();
        over.await.unwrap().unwrap();
    }
    let both = [
        (loose.id, Some(Outcome::Busy)),
        (calls[0].id, Some(Outcome::Busy)),
    ];
    assert_eq!(found().await, both);
    fixture.store.delete_campaign(fixture.campaign).await.unwrap();
    assert_eq!(found().await, both);
}
