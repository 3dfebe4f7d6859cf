//! What a store promises, on whatever database.

use super::*;
use futures_util::future::join_all;
use std::collections::HashSet;

super::on_each_database! {
    a_claimed_contact_is_a_call_on_disk,
    an_ended_call_is_final_and_its_contact_waits_or_is_done,
    released_calls_never_were,
    a_contact_has_one_open_call_at_most,
    what_must_be_unique_is_told_by_field_and_value,
    duplicates_are_told_and_an_aborted_import_leaves_nothing,
    pages_hold_together,
    many_refusals_in_one_batch_cost_only_themselves,
    names_differ_by_every_letter,
    what_is_over_is_finished_and_may_be_removed,
    an_ended_record_is_changed_by_no_statement,
    a_value_is_kept_as_it_was_first,
    writers_that_claim_at_once_never_share_a_contact,
    imports_at_once_never_add_a_number_twice,
}

async fn a_claimed_contact_is_a_call_on_disk(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..5).await;
    let claimed = fixture.claim(3, NOW).await;
    assert_eq!(
        (claimed.calls.len(), claimed.next_due, claimed.exhausted),
        (3, Some(NOW), false)
    );
    assert_eq!(fixture.store.open_calls().await.unwrap().len(), 3);
    assert_eq!(
        fixture.store.call(claimed.calls[0].id).await.unwrap().as_ref(),
        Some(&claimed.calls[0])
    );
    let claimed = fixture.claim(10, NOW).await;
    assert_eq!(
        (claimed.calls.len(), claimed.next_due, claimed.exhausted),
        (2, None, false)
    );
}

async fn an_ended_call_is_final_and_its_contact_waits_or_is_done(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..2).await;
    let calls = fixture.claim(2, NOW).await.calls;
    let later = Timestamp::from_millis(NOW.millis() + 60_000);
    fixture
        .finish(&calls[0], Outcome::Busy, ContactFate::RetryAt(later))
        .await;
    fixture
        .finish(&calls[0], Outcome::Answered, ContactFate::Done)
        .await;
    fixture
        .finish(&calls[1], Outcome::Answered, ContactFate::Done)
        .await;
    let first = fixture.store.call(calls[0].id).await.unwrap().unwrap();
    assert_eq!(first.outcome, Some(Outcome::Busy));
    assert_eq!(fixture.store.timeline(calls[0].id).await.unwrap().len(), 1);
    let claimed = fixture.claim(10, NOW).await;
    assert_eq!(
        (claimed.calls.len(), claimed.next_due, claimed.exhausted),
        (0, Some(later), false)
    );
    let claimed = fixture.claim(10, later).await;
    assert_eq!((claimed.calls.len(), claimed.calls[0].attempt), (1, 2));
    fixture
        .finish(&claimed.calls[0], Outcome::NoAnswer, ContactFate::Done)
        .await;
    assert!(fixture.claim(10, later).await.exhausted);
    let totals = fixture.store.campaign_totals(fixture.campaign).await.unwrap();
    assert_eq!(
        (totals.calls, totals.live, totals.by_outcome[&Outcome::Busy]),
        (3, 0, 1)
    );
    assert_eq!(totals.contacts_by_state[&ContactState::Done], 2);
}

async fn released_calls_never_were(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..2).await;
    let calls = fixture.claim(2, NOW).await.calls;
    let dialing = Call {
        state: CallState::Dialing,
        dialed_at: Some(NOW),
        ..calls[1].clone()
    };
    fixture
        .store
        .journal()
        .save(dialing, vec![])
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    let ids = calls.iter().map(|call| call.id).collect();
    fixture
        .store
        .journal()
        .release(ids)
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    let open = fixture.store.open_calls().await.unwrap();
    assert_eq!(
        open.iter().map(|call| call.id).collect::<Vec<_>>(),
        [calls[1].id],
        "one that left stays"
    );
    assert_eq!(fixture.claim(2, NOW).await.calls[0].attempt, 1);
    let earlier = Timestamp::from_millis(NOW.millis() - 1);
    for now in [NOW, earlier] {
        // By a clock that went back its start is still to come, and counts.
        let starts = fixture.store.recent_starts(earlier, now).await.unwrap();
        assert_eq!(starts.len(), 1);
    }
}

async fn a_contact_has_one_open_call_at_most(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..1).await;
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    let second = Call {
        id: crate::model::CallId::draw(),
        ..call.clone()
    };
    let other = Call {
        id: crate::model::CallId::draw(),
        contact: None,
        ..call
    };
    let journal = fixture.store.journal();
    let refused = journal.place(second).unwrap();
    let taken = journal.place(other).unwrap();
    assert!(matches!(refused.await.unwrap(), Err(StoreError::Refused(_))));
    assert!(taken.await.unwrap().is_ok(), "a refused row costs only itself");
}

async fn what_must_be_unique_is_told_by_field_and_value(ground: Ground) {
    let fixture = fixture(ground).await;
    let taken = fixture.store.create_trunk(trunk).await.unwrap_err();
    assert_eq!(taken.to_string(), "name `carrier` is taken; choose another");
    let taken = fixture
        .store
        .create_project(Some(1.try_into().unwrap()), project)
        .await
        .unwrap_err();
    assert_eq!(taken.to_string(), "id `1` is taken; choose another");
    assert!(matches!(
        fixture.store.delete_trunk(fixture.trunk).await,
        Err(StoreError::InUse(_))
    ));
}

async fn duplicates_are_told_and_an_aborted_import_leaves_nothing(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..3).await;
    let id = fixture.store.begin_import(fixture.campaign).await.unwrap();
    let contact = |line: u64, n: u64| NewContact {
        line,
        number: format!("+5730{n:08}").parse().unwrap(),
        variables: Variables::default(),
    };
    let rows = vec![contact(1, 2), contact(2, 9), contact(3, 9)];
    assert_eq!(fixture.store.add_contacts(id, rows).await.unwrap(), [1, 3]);
    assert_eq!(
        fixture.store.campaign_progress(fixture.campaign).await.unwrap(),
        (0, 3)
    );
    fixture.store.abort_import(id).await.unwrap();
    fixture.import(9..10).await;
    assert_eq!(
        fixture.store.campaign_progress(fixture.campaign).await.unwrap(),
        (0, 4)
    );
}

async fn pages_hold_together(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..25).await;
    let all = fixture.claim(25, NOW).await.calls;
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page = fixture
            .store
            .calls(&CallQuery::default(), after.as_deref(), 10)
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|call| call.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut ids: Vec<_> = all.iter().map(|call| call.id).collect();
    ids.sort();
    ids.reverse();
    assert_eq!(seen, ids);
    let numbered = CallQuery {
        number: all[3].number.clone(),
        ..CallQuery::default()
    };
    assert_eq!(
        fixture.store.calls(&numbered, None, 10).await.unwrap().items,
        [all[3].clone()]
    );
}

async fn many_refusals_in_one_batch_cost_only_themselves(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..1).await;
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    let another = |contact| Call {
        id: crate::model::CallId::draw(),
        contact,
        ..call.clone()
    };
    let journal = fixture.store.journal();
    let placed: Vec<_> = (0..200)
        .map(|n| {
            (
                n,
                journal
                    .place(another(call.contact.filter(|_| n % 2 == 0)))
                    .unwrap(),
            )
        })
        .collect();
    for (n, reply) in placed {
        let answer = reply.await.unwrap();
        let refused = matches!(answer, Err(StoreError::Refused(_)));
        assert_eq!(refused, n % 2 == 0, "{n}: {answer:?}");
    }
    assert_eq!(fixture.store.open_calls().await.unwrap().len(), 101);
}

async fn what_is_over_is_finished_and_may_be_removed(ground: Ground) {
    let fixture = fixture(ground).await;
    let (store, id) = (&fixture.store, fixture.campaign);
    fixture.import(0..2).await;
    let run = |campaign: &mut Campaign| campaign.state = CampaignState::Running;
    store.update_campaign(id, NOW, run).await.unwrap();
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    assert_eq!(
        store.finish_campaign(id, NOW).await.unwrap().state,
        CampaignState::Running
    );
    fixture.finish(&call, Outcome::Busy, ContactFate::Done).await;
    assert_eq!(
        store.finish_campaign(id, NOW).await.unwrap().state,
        CampaignState::Running
    );
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    assert!(matches!(
        store.delete_campaign(id).await,
        Err(StoreError::InUse(_))
    ));
    fixture.finish(&call, Outcome::Busy, ContactFate::Done).await;
    let running = Some(CampaignState::Running);
    assert_eq!(store.campaigns(None, running).await.unwrap().len(), 1);
    assert_eq!(
        store.finish_campaign(id, NOW).await.unwrap().state,
        CampaignState::Finished
    );
    assert!(store.campaigns(None, running).await.unwrap().is_empty());
    assert_eq!(store.totals(NOW, None).await.unwrap()[&Outcome::Busy], 2);
    let done = store
        .contacts(id, Some(ContactState::Done), None, 9)
        .await
        .unwrap();
    assert_eq!(
        (done.items.len(), done.items[0].last_outcome),
        (2, Some(Outcome::Busy))
    );
    let project = store.campaign(id).await.unwrap().unwrap().project;
    store
        .update_project(project, NOW, |project| project.name = "other".to_owned())
        .await
        .unwrap();
    store
        .update_trunk(fixture.trunk, NOW, |trunk| trunk.enabled = false)
        .await
        .unwrap();
    store.delete_project(project, NOW).await.unwrap();
    store.delete_trunk(fixture.trunk).await.unwrap();
    assert!(store.campaigns(Some(project), None).await.unwrap().is_empty());
    assert_eq!(
        store
            .calls(&CallQuery::default(), None, 9)
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}

async fn names_differ_by_every_letter(ground: Ground) {
    let fixture = fixture(ground).await;
    for name in ["Año", "año", "ano", "ANO"] {
        let build = move |id| Project {
            name: name.to_owned(),
            ..project(id)
        };
        fixture.store.create_project(None, build).await.unwrap();
    }
    for (name, hash) in [("admin", "a"), ("Admin", "b")] {
        fixture.store.create_user(user(name, "Ana"), hash).await.unwrap();
    }
    for (name, hash) in [("admin", "a"), ("Admin", "b")] {
        let account = fixture.store.account(name).await.unwrap().unwrap();
        assert_eq!(
            (account.user.username.as_str(), account.password_hash.as_str()),
            (name, hash)
        );
    }
}

async fn an_ended_record_is_changed_by_no_statement(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..1).await;
    let call = fixture.claim(1, NOW).await.calls.remove(0);
    fixture.finish(&call, Outcome::Busy, ContactFate::Done).await;
    for statement in [
        "UPDATE calls SET outcome = 'answered'",
        "UPDATE calls SET outcome = 'busy'",
        "UPDATE calls SET rest = '{}'",
    ] {
        let change = fixture
            .store
            .edit(move |connection| Box::pin(db::sql(statement).run(connection)));
        let refused = change.await;
        assert!(
            matches!(&refused, Err(StoreError::Refused(why)) if why.contains("final")),
            "{refused:?}"
        );
    }
}

async fn a_value_is_kept_as_it_was_first(ground: Ground) {
    let store = fixture(ground).await.store;
    let kept = store.setting_or_insert("key", "first".to_owned()).await.unwrap();
    let again = store.setting_or_insert("key", "second".to_owned()).await.unwrap();
    assert_eq!((kept.as_str(), again.as_str()), ("first", "first"));
}

/// Several writers of one database, as several engines are: each contact goes to one of them, and is a call of it.
async fn writers_that_claim_at_once_never_share_a_contact(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..400).await;
    let stores = fixture.more(4).await;
    let claims = stores.iter().map(|store| {
        let claim = fixture.asked(20, NOW);
        async move {
            let mut mine = Vec::new();
            loop {
                let claimed = store
                    .journal()
                    .claim(claim.clone())
                    .unwrap()
                    .await
                    .unwrap()
                    .unwrap();
                if claimed.calls.is_empty() && claimed.next_due.is_none() {
                    return mine;
                }
                mine.extend(claimed.calls);
            }
        }
    });
    let all: Vec<_> = join_all(claims).await.into_iter().flatten().collect();
    let contacts: HashSet<_> = all.iter().map(|call| call.contact).collect();
    assert_eq!((all.len(), contacts.len()), (400, 400));
    assert_eq!(fixture.store.open_calls().await.unwrap().len(), 400);
}

async fn imports_at_once_never_add_a_number_twice(ground: Ground) {
    let fixture = fixture(ground).await;
    let stores = fixture.more(3).await;
    let imports = stores.iter().map(|store| {
        let campaign = fixture.campaign;
        async move {
            let id = store.begin_import(campaign).await.unwrap();
            let mut duplicates = 0;
            for first in (0..500).step_by(50) {
                let rows = (first..first + 50).map(new_contact).collect();
                duplicates += store.add_contacts(id, rows).await.unwrap().len();
            }
            store.commit_import(id).await.unwrap();
            duplicates
        }
    });
    let duplicates: usize = join_all(imports).await.into_iter().sum();
    assert_eq!(duplicates, 1_000);
    let progress = fixture.store.campaign_progress(fixture.campaign).await.unwrap();
    assert_eq!(progress, (0, 500));
}
