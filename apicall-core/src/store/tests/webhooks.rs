//! Webhooks: who is told what, once each, whatever happens.

use super::*;
use crate::model::{Delivery, DeliveryState, ProjectId, Webhook, WebhookEvent, WebhookEvents, WebhookId};
use secrecy::ExposeSecret;
use std::time::Duration;

super::on_each_database! {
    a_call_is_told_when_it_is_answered_and_when_it_ends_once_each,
    a_call_that_comes_answered_is_told,
    what_is_refused_is_not_told,
    a_campaign_is_told_as_it_changes,
    only_who_is_active_and_wants_it_is_told,
    a_delivery_has_one_sender_at_a_time,
    a_webhook_is_sent_no_more_than_asked_for_and_others_are_not_held_up,
    an_attempt_is_logged_and_followed_by_another_or_by_the_end,
    what_waits_too_long_is_given_up_and_what_is_old_is_forgotten,
    a_delivery_is_sent_once_more_when_somebody_wants_it,
    a_project_has_so_many_webhooks_and_takes_them_with_it,
}

const MINUTE: Duration = Duration::from_secs(60);

pub(super) async fn webhook(store: &Store, events: &str) -> WebhookId {
    let events: WebhookEvents = events.parse().unwrap();
    let build = move |id| Webhook {
        id,
        project: 1.try_into().unwrap(),
        url: format!("https://crm.example/{id}").parse().unwrap(),
        events: events.clone(),
        active: true,
        created_at: NOW,
    };
    store.create_webhook("s3cret".into(), build).await.unwrap().id
}

/// What a webhook was told, oldest first, with the bodies.
async fn told(store: &Store, id: WebhookId) -> Vec<(Delivery, serde_json::Value)> {
    let mut told = Vec::new();
    for delivery in store.deliveries(id, None, None, 1_000).await.unwrap().items {
        let (delivery, body) = store.delivery(delivery.id).await.unwrap().unwrap();
        told.insert(0, (delivery, serde_json::from_str(&body).unwrap()));
    }
    told
}

async fn events(store: &Store, id: WebhookId) -> Vec<&'static str> {
    let mut events: Vec<_> = told(store, id)
        .await
        .iter()
        .map(|(delivery, _)| delivery.event.as_str())
        .collect();
    events.sort_unstable();
    events
}

async fn save(store: &Store, call: &Call) {
    let saved = store.journal().save(call.clone(), vec![]).unwrap();
    saved.await.unwrap().unwrap();
}

fn answered(call: &Call) -> Call {
    Call {
        state: CallState::Up,
        dialed_at: Some(NOW),
        answered_at: Some(NOW),
        ..call.clone()
    }
}

async fn a_call_is_told_when_it_is_answered_and_when_it_ends_once_each(ground: Ground) {
    let fixture = fixture(ground).await;
    let id = webhook(&fixture.store, "call.answered,call.ended").await;
    fixture.import(0..3).await;
    let calls = fixture.claim(3, NOW).await.calls;
    assert_eq!(
        events(&fixture.store, id).await,
        Vec::<&str>::new(),
        "nothing was answered yet"
    );
    let up = answered(&calls[0]);
    save(&fixture.store, &up).await;
    save(&fixture.store, &up).await;
    assert_eq!(events(&fixture.store, id).await, ["call.answered"]);
    fixture.finish(&up, Outcome::Answered, ContactFate::Done).await;
    // Its end again, and a word that comes too late, are nothing new.
    fixture.finish(&up, Outcome::Failed, ContactFate::Done).await;
    save(&fixture.store, &up).await;
    assert_eq!(events(&fixture.store, id).await, ["call.answered", "call.ended"]);
    // Answer and end at once, and an end without an answer.
    let journal = fixture.store.journal();
    let late = answered(&calls[1]);
    let (one, two) = (
        journal.save(late.clone(), vec![]).unwrap(),
        journal
            .finish(ended(&late, Outcome::Answered), vec![], None)
            .unwrap(),
    );
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
    fixture.finish(&calls[2], Outcome::Busy, ContactFate::Done).await;
    let mut of_each: Vec<_> = told(&fixture.store, id)
        .await
        .iter()
        .map(|(delivery, body)| {
            (
                body["call"]["id"].as_str().unwrap().to_owned(),
                delivery.event.as_str(),
            )
        })
        .collect();
    let mut expected = Vec::new();
    for (call, events) in calls.iter().zip([2, 2, 1]) {
        expected.extend((events > 1).then(|| (call.id.to_string(), "call.answered")));
        expected.push((call.id.to_string(), "call.ended"));
    }
    of_each.sort();
    expected.sort();
    assert_eq!(of_each, expected);
    let (delivery, body) = &told(&fixture.store, id).await[0];
    assert_eq!(body["id"], delivery.id.to_string());
    assert_eq!(
        (&body["event"], &body["project"]),
        (&"call.answered".into(), &1.into())
    );
    assert_eq!(body["at"], NOW.millis());
    assert_eq!(
        (
            delivery.state,
            delivery.attempts,
            delivery.next_attempt_at,
            delivery.give_up_at
        ),
        (
            DeliveryState::Waiting,
            0,
            Some(NOW),
            Some(NOW.plus(Delivery::PATIENCE))
        )
    );
}

async fn a_call_that_comes_answered_is_told(ground: Ground) {
    let fixture = fixture(ground).await;
    let id = webhook(&fixture.store, "call.answered").await;
    let visitor = Call {
        outcome: None,
        ended_at: None,
        ..answered(&ended_call(Outcome::Answered))
    };
    let placed = fixture.store.journal().place(visitor.clone()).unwrap();
    placed.await.unwrap().unwrap();
    fixture
        .finish(&visitor, Outcome::Answered, ContactFate::Done)
        .await;
    assert_eq!(events(&fixture.store, id).await, ["call.answered"]);
}

async fn what_is_refused_is_not_told(ground: Ground) {
    let fixture = fixture(ground).await;
    let id = webhook(&fixture.store, "call.ended").await;
    let unknown = ended_call(Outcome::Busy);
    let journal = fixture.store.journal();
    journal
        .finish(unknown, vec![], None)
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(events(&fixture.store, id).await, Vec::<&str>::new());
}

async fn a_campaign_is_told_as_it_changes(ground: Ground) {
    use CampaignState::{Paused, Running, Stopped};
    let fixture = fixture(ground).await;
    let id = webhook(
        &fixture.store,
        "campaign.started,campaign.paused,campaign.resumed,campaign.stopped,campaign.finished",
    )
    .await;
    for state in [Running, Paused, Paused, Running, Stopped, Running] {
        let change = move |campaign: &mut Campaign| campaign.state = state;
        fixture
            .store
            .update_campaign(fixture.campaign, NOW, change)
            .await
            .unwrap();
    }
    fixture
        .store
        .finish_campaign(fixture.campaign, NOW)
        .await
        .unwrap();
    fixture
        .store
        .finish_campaign(fixture.campaign, NOW)
        .await
        .unwrap();
    assert_eq!(
        events(&fixture.store, id).await,
        [
            "campaign.finished",
            "campaign.paused",
            "campaign.resumed",
            "campaign.started",
            "campaign.started",
            "campaign.stopped",
        ]
    );
    let told = told(&fixture.store, id).await;
    let end = told
        .iter()
        .find(|(delivery, _)| delivery.event == WebhookEvent::CampaignFinished);
    let body = &end.unwrap().1;
    assert_eq!(body["campaign"]["name"], "one", "{body}");
    assert_eq!(body["campaign"]["state"], "finished", "{body}");
}

async fn only_who_is_active_and_wants_it_is_told(ground: Ground) {
    let fixture = fixture(ground).await;
    let (wants, other) = (
        webhook(&fixture.store, "call.ended").await,
        webhook(&fixture.store, "campaign.finished").await,
    );
    let asleep = webhook(&fixture.store, "call.ended").await;
    let sleep = |webhook: &mut Webhook| webhook.active = false;
    fixture.store.update_webhook(asleep, None, sleep).await.unwrap();
    fixture.import(0..1).await;
    let calls = fixture.claim(1, NOW).await.calls;
    fixture.finish(&calls[0], Outcome::Busy, ContactFate::Done).await;
    assert_eq!(events(&fixture.store, wants).await, ["call.ended"]);
    for nobody in [other, asleep] {
        assert_eq!(events(&fixture.store, nobody).await, Vec::<&str>::new());
    }
    assert!(matches!(
        fixture.store.test_webhook(asleep, NOW).await,
        Err(StoreError::InUse(_))
    ));
    // What waits goes on waiting while its webhook is asleep.
    fixture.store.update_webhook(wants, None, sleep).await.unwrap();
    assert_eq!(fixture.store.due_webhooks(NOW).await.unwrap(), []);
    let claimed = fixture
        .store
        .claim_deliveries(vec![(wants, 9)], NOW, NOW.plus(MINUTE));
    assert!(claimed.await.unwrap().is_empty());
}

async fn a_delivery_has_one_sender_at_a_time(ground: Ground) {
    let fixture = fixture(ground).await;
    let id = webhook(&fixture.store, "call.ended").await;
    for _ in 0..40 {
        fixture.store.test_webhook(id, NOW).await.unwrap();
    }
    assert_eq!(fixture.store.due_webhooks(NOW).await.unwrap(), [id]);
    let until = NOW.plus(MINUTE);
    let claims = fixture.more(4).await.into_iter().map(|store| {
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = store.claim_deliveries(vec![(id, 3)], NOW, until).await.unwrap();
                if claimed.is_empty() && store.due_webhooks(NOW).await.unwrap().is_empty() {
                    return mine;
                }
                mine.extend(claimed.iter().map(|one| one.id));
            }
        })
    });
    let mut all = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        all.extend(claim.await.unwrap());
    }
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!((count, all.len()), (40, 40));
    // Whoever claimed them is gone: they are due again.
    let again = fixture
        .store
        .claim_deliveries(vec![(id, 1)], until, until.plus(MINUTE));
    let again = again.await.unwrap();
    assert_eq!((again.len(), again[0].attempts), (1, 2));
    assert_eq!(again[0].secret.expose_secret(), "s3cret");
    assert!(!format!("{again:?}").contains("s3cret"));
}

async fn a_webhook_is_sent_no_more_than_asked_for_and_others_are_not_held_up(ground: Ground) {
    let fixture = fixture(ground).await;
    let (slow, quick) = (
        webhook(&fixture.store, "call.ended").await,
        webhook(&fixture.store, "call.ended").await,
    );
    fixture.import(0..5).await;
    for call in fixture.claim(5, NOW).await.calls {
        fixture.finish(&call, Outcome::Busy, ContactFate::Done).await;
    }
    assert_eq!(fixture.store.due_webhooks(NOW).await.unwrap(), [slow, quick]);
    let claimed = fixture
        .store
        .claim_deliveries(vec![(slow, 1), (quick, 9)], NOW, NOW.plus(MINUTE))
        .await
        .unwrap();
    let count = |id| claimed.iter().filter(|one| one.webhook == id).count();
    assert_eq!((count(slow), count(quick)), (1, 5));
    assert_eq!(fixture.store.due_webhooks(NOW).await.unwrap(), [slow]);
}

fn attempted(status: Option<u16>, error: Option<&str>) -> Attempted {
    Attempted {
        at: NOW.plus(Duration::from_secs(1)),
        status,
        error: error.map(str::to_owned),
        took: Duration::from_millis(12),
    }
}

async fn an_attempt_is_logged_and_followed_by_another_or_by_the_end(ground: Ground) {
    let fixture = fixture(ground).await;
    let id = webhook(&fixture.store, "call.ended").await;
    let test = fixture.store.test_webhook(id, NOW).await.unwrap().id;
    let look = async || fixture.store.delivery(test).await.unwrap().unwrap().0;
    let next = NOW.plus(MINUTE);
    let wrong = attempted(Some(500), Some(&"x".repeat(2_000)));
    let again = fixture
        .store
        .settle_delivery(test, wrong, DeliveryFate::RetryAt(next));
    again.await.unwrap();
    let seen = look().await;
    assert_eq!(
        (seen.state, seen.status, seen.next_attempt_at),
        (DeliveryState::Waiting, Some(500), Some(next))
    );
    assert_eq!(seen.error.unwrap().len(), 500);
    assert!(fixture.store.due_webhooks(NOW).await.unwrap().is_empty());
    let taken = fixture
        .store
        .settle_delivery(test, attempted(Some(204), None), DeliveryFate::Delivered);
    taken.await.unwrap();
    let seen = look().await;
    assert_eq!(
        (seen.state, seen.status, seen.error, seen.took_ms),
        (DeliveryState::Delivered, Some(204), None, Some(12))
    );
    assert_eq!((seen.next_attempt_at, seen.give_up_at), (None, None));
    // The word of an attempt that was taken for dead changes nothing.
    let late = fixture
        .store
        .settle_delivery(test, attempted(None, Some("late")), DeliveryFate::Failed);
    late.await.unwrap();
    assert_eq!(look().await.state, DeliveryState::Delivered);
}

async fn what_waits_too_long_is_given_up_and_what_is_old_is_forgotten(ground: Ground) {
    let fixture = fixture(ground).await;
    let id = webhook(&fixture.store, "call.ended").await;
    for n in 0..5 {
        let at = NOW.plus(MINUTE * n);
        fixture.store.test_webhook(id, at).await.unwrap();
    }
    let end = NOW.plus(Delivery::PATIENCE + MINUTE * 2);
    // What is under way has its last chance.
    let before = end.minus(MINUTE);
    let claimed = fixture.store.claim_deliveries(vec![(id, 5)], before, end);
    assert_eq!(claimed.await.unwrap().len(), 5);
    assert_eq!(fixture.store.give_up_deliveries(before, 9).await.unwrap(), 0);
    assert_eq!(fixture.store.give_up_deliveries(end, 2).await.unwrap(), 2);
    assert_eq!(fixture.store.give_up_deliveries(end, 2).await.unwrap(), 1);
    assert_eq!(fixture.store.give_up_deliveries(end, 2).await.unwrap(), 0);
    let failed = async || {
        let failed = fixture
            .store
            .deliveries(id, Some(DeliveryState::Failed), None, 10);
        failed.await.unwrap().items
    };
    assert_eq!(failed().await.len(), 3);
    assert_eq!(
        failed().await[0].error.as_deref(),
        Some("it was not sent in time")
    );
    assert_eq!(fixture.store.prune_deliveries(end, 10).await.unwrap(), 0);
    let later = end.plus(MINUTE);
    assert_eq!(fixture.store.prune_deliveries(later, 2).await.unwrap(), 2);
    assert_eq!(fixture.store.prune_deliveries(later, 2).await.unwrap(), 1);
    assert_eq!(told(&fixture.store, id).await.len(), 2, "those that wait stay");
}

async fn a_delivery_is_sent_once_more_when_somebody_wants_it(ground: Ground) {
    let fixture = fixture(ground).await;
    let id = webhook(&fixture.store, "call.ended").await;
    let test = fixture.store.test_webhook(id, NOW).await.unwrap().id;
    let failed = fixture
        .store
        .settle_delivery(test, attempted(None, Some("dead")), DeliveryFate::Failed);
    failed.await.unwrap();
    let later = NOW.plus(Delivery::PATIENCE * 2);
    let again = fixture.store.redeliver(test, later).await.unwrap();
    assert_eq!((again.id, again.state), (test, DeliveryState::Waiting));
    assert_eq!(again.give_up_at, Some(later.plus(Delivery::PATIENCE)));
    let claimed = fixture
        .store
        .claim_deliveries(vec![(id, 9)], later, later.plus(MINUTE));
    assert_eq!(claimed.await.unwrap().len(), 1);
    fixture.store.delete_webhook(id).await.unwrap();
    assert!(fixture.store.delivery(test).await.unwrap().is_none());
    assert!(matches!(
        fixture.store.redeliver(test, later).await,
        Err(StoreError::NotFound { what: "delivery", .. })
    ));
}

async fn a_project_has_so_many_webhooks_and_takes_them_with_it(ground: Ground) {
    let fixture = fixture(ground).await;
    for _ in 0..10 {
        webhook(&fixture.store, "call.ended").await;
    }
    let project: ProjectId = 1.try_into().unwrap();
    let one_more = |id| Webhook {
        id,
        project: 1.try_into().unwrap(),
        url: "https://crm.example/".parse().unwrap(),
        events: "call.ended".parse().unwrap(),
        active: true,
        created_at: NOW,
    };
    assert!(matches!(
        fixture.store.create_webhook("s".into(), one_more).await,
        Err(StoreError::InUse(_))
    ));
    assert_eq!(fixture.store.webhooks(Some(project)).await.unwrap().len(), 10);
    let stop = |campaign: &mut Campaign| campaign.state = CampaignState::Stopped;
    fixture
        .store
        .update_campaign(fixture.campaign, NOW, stop)
        .await
        .unwrap();
    fixture.store.delete_project(project, NOW).await.unwrap();
    assert!(fixture.store.webhooks(None).await.unwrap().is_empty());
}
