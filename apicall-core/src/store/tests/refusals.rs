//! What the database refuses costs itself only, and is told.

use super::*;
use crate::model::{CallId, TransferReport, TransferStatus};

super::on_each_database! {
    a_record_that_is_refused_costs_only_itself_and_is_told,
    what_comes_after_the_end_changes_nothing,
    every_field_of_a_record_comes_back,
}

/// Has the database refuse the record of one call.
async fn refuse(fixture: &Fixture, call: CallId) {
    let trigger = match fixture.location {
        Location::Sqlite(_) => format!(
            "CREATE TRIGGER refusal BEFORE UPDATE ON live_calls WHEN NEW.id = '{call}' BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        ),
        Location::MySql(_) => format!(
            "CREATE TRIGGER refusal BEFORE UPDATE ON live_calls FOR EACH ROW
             BEGIN IF NEW.id = '{call}' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF; END"
        ),
    };
    let trigger: &'static str = trigger.leak();
    let made = fixture
        .store
        .edit(move |connection| Box::pin(db::sql(trigger).run(connection)));
    made.await.unwrap();
}

async fn a_record_that_is_refused_costs_only_itself_and_is_told(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..200).await;
    let calls = fixture.claim(200, NOW).await.calls;
    refuse(&fixture, calls[77].id).await;
    let journal = fixture.store.journal();
    let saved: Vec<_> = calls
        .iter()
        .map(|call| {
            let dialing = Call {
                state: CallState::Dialing,
                dialed_at: Some(NOW),
                ..call.clone()
            };
            journal.save(dialing, vec![]).unwrap()
        })
        .collect();
    for (n, reply) in saved.into_iter().enumerate() {
        match reply.await.unwrap() {
            Ok(()) => assert_ne!(n, 77),
            Err(StoreError::Refused(reason)) => {
                assert!(n == 77 && reason.contains("not this one"), "{n}: {reason}")
            }
            Err(error) => panic!("{n}: {error}"),
        }
    }
    let open = fixture.store.open_calls().await.unwrap();
    let dialing = open
        .iter()
        .filter(|call| call.state == CallState::Dialing)
        .count();
    assert_eq!((open.len(), dialing), (200, 199));
}

async fn what_comes_after_the_end_changes_nothing(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..3).await;
    let calls = fixture.claim(3, NOW).await.calls;
    fixture.finish(&calls[0], Outcome::Busy, ContactFate::Done).await;
    let journal = fixture.store.journal();
    let moment = |text: &str| Moment {
        at: NOW,
        event: TimelineEvent::Note {
            text: text.to_owned(),
        },
    };
    // Together with others', late words of a call that is over.
    let late = [
        journal.save(calls[1].clone(), vec![moment("one")]).unwrap(),
        journal.save(calls[0].clone(), vec![moment("late")]).unwrap(),
        journal
            .finish(
                ended(&calls[0], Outcome::Answered),
                vec![moment("late")],
                Some(ContactFate::Done),
            )
            .unwrap(),
        journal
            .finish(
                ended(&calls[2], Outcome::Answered),
                vec![moment("two")],
                Some(ContactFate::Done),
            )
            .unwrap(),
        journal.save(calls[2].clone(), vec![moment("late")]).unwrap(),
        journal.save(calls[1].clone(), vec![moment("three")]).unwrap(),
    ];
    for reply in late {
        reply.await.unwrap().unwrap();
    }
    let first = fixture.store.call(calls[0].id).await.unwrap().unwrap();
    assert_eq!(first.outcome, Some(Outcome::Busy));
    let mut told = Vec::new();
    for call in &calls {
        told.push(fixture.store.timeline(call.id).await.unwrap());
    }
    assert_eq!(told[0].len(), 1);
    assert_eq!(told[1], [moment("one"), moment("three")]);
    assert_eq!(told[2], [moment("two")]);
    let totals = fixture.store.campaign_totals(fixture.campaign).await.unwrap();
    assert_eq!((totals.calls, totals.live), (3, 1));
    assert_eq!(
        (
            totals.contacts_by_state[&ContactState::Done],
            totals.contacts_by_state[&ContactState::Claimed]
        ),
        (2, 1)
    );
}

async fn every_field_of_a_record_comes_back(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..1).await;
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    let mut variables = Variables::default();
    variables.set("name", "Ána \"\\ \u{1f4de}").unwrap();
    let live = Call {
        state: CallState::Up,
        caller_id: Some("5551234".parse().unwrap()),
        variables,
        dialed_at: Some(NOW),
        ringing_at: Some(Timestamp::from_millis(NOW.millis() + 1)),
        answered_at: Some(Timestamp::from_millis(NOW.millis() + 2)),
        answered_by: Some(crate::model::AnsweredBy::Human),
        digits: "12#".parse().unwrap(),
        ..call
    };
    let journal = fixture.store.journal();
    journal
        .save(live.clone(), vec![])
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fixture.store.call(live.id).await.unwrap().as_ref(), Some(&live));
    let over = Call {
        result: Some("transferred".parse().unwrap()),
        cause: Cause::text("NORMAL_CLEARING"),
        transfer: Some(TransferReport {
            target: "+573001112233".to_owned(),
            status: TransferStatus::Answered,
            total_ms: 9,
            talked_ms: 5,
            cause: Cause::default(),
        }),
        ..ended(&live, Outcome::Answered)
    };
    let finished = journal
        .finish(over.clone(), vec![], Some(ContactFate::Done))
        .unwrap();
    finished.await.unwrap().unwrap();
    assert_eq!(fixture.store.call(over.id).await.unwrap().as_ref(), Some(&over));
    let listed = fixture
        .store
        .calls(&CallQuery::default(), None, 9)
        .await
        .unwrap()
        .items;
    assert_eq!(listed, [over]);
}
