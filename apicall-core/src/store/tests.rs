//! A store in a directory of its own.

use super::*;
use crate::model::{
    Call, CallState, Campaign, CampaignId, CampaignState, Cause, ContactState, Limits, Moment, Outcome,
    Project, ProjectFlow, RetryPolicy, SimpleFlow, TimelineEvent, Timestamp, Trunk, TrunkId, Variables,
};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

struct Fixture {
    store: Store,
    url: String,
    campaign: CampaignId,
    trunk: TrunkId,
    _dir: TempDir,
}

async fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("apicall.db").display());
    let store = Store::open(&url, Access::Engine).await.unwrap();
    let trunk = store.create_trunk(trunk).await.unwrap().id;
    let project = store.create_project(None, project).await.unwrap().id;
    let campaign = store
        .create_campaign(move |id| campaign(id, project, "one"))
        .await
        .unwrap()
        .id;
    Fixture {
        store,
        url,
        campaign,
        trunk,
        _dir: dir,
    }
}

pub(crate) fn trunk(id: TrunkId) -> Trunk {
    Trunk {
        id,
        name: "carrier".parse().unwrap(),
        switch: "pbx1".parse().unwrap(),
        prefix: String::new(),
        limits: Limits::default(),
        enabled: true,
        created_at: NOW,
    }
}

pub(crate) fn project(id: crate::model::ProjectId) -> Project {
    Project {
        id,
        name: format!("project {id}"),
        country: "CO".parse().unwrap(),
        timezone: "America/Bogota".into(),
        caller_id: None,
        trunk: Some(1.try_into().unwrap()),
        flow: ProjectFlow::Simple(SimpleFlow {
            audio: "prueba".parse().unwrap(),
            expected_digit: "1".parse().unwrap(),
            overflow_number: None,
            amd: None,
        }),
        retry: RetryPolicy::default(),
        limits: Limits::default(),
        ring_timeout_s: 30,
        max_call_s: 600,
        created_at: NOW,
    }
}

pub(crate) fn campaign(id: CampaignId, project: crate::model::ProjectId, name: &str) -> Campaign {
    Campaign {
        id,
        project,
        name: name.to_owned(),
        state: CampaignState::Created,
        limits: Limits::default(),
        weight: 10,
        created_at: NOW,
        started_at: None,
        ended_at: None,
    }
}

impl Fixture {
    async fn import(&self, numbers: std::ops::Range<u64>) {
        import(&self.store, self.campaign, numbers).await;
    }

    async fn claim(&self, limit: u32, now: Timestamp) -> Claimed {
        let claim = Claim {
            campaign: self.campaign,
            project: 1.try_into().unwrap(),
            trunk: self.trunk,
            switch: "pbx1".parse().unwrap(),
            caller_id: None,
            limit,
            now,
        };
        self.store.journal().claim(claim).unwrap().await.unwrap().unwrap()
    }

    async fn finish(&self, call: &Call, outcome: Outcome, fate: ContactFate) {
        let call = ended(call, outcome);
        let moment = Moment {
            at: NOW,
            event: TimelineEvent::Ended {
                outcome,
                cause: Cause::default(),
            },
        };
        self.store
            .journal()
            .finish(call, vec![moment], Some(fate))
            .unwrap()
            .await
            .unwrap()
            .unwrap();
    }
}

pub(crate) async fn import(store: &Store, campaign: CampaignId, numbers: std::ops::Range<u64>) {
    let id = store.begin_import(campaign).await.unwrap();
    let contact = |n: u64| NewContact {
        line: n,
        number: format!("+5730{:08}", n).parse().unwrap(),
        variables: Variables::default(),
    };
    store
        .add_contacts(id, numbers.map(contact).collect())
        .await
        .unwrap();
    store.commit_import(id).await.unwrap();
}

fn ended(call: &Call, outcome: Outcome) -> Call {
    Call {
        state: CallState::Ended,
        outcome: Some(outcome),
        ended_at: Some(NOW),
        ..call.clone()
    }
}

#[tokio::test]
async fn a_claimed_contact_is_a_call_on_disk() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn an_ended_call_is_final_and_its_contact_waits_or_is_done() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn released_calls_never_were() {
    let fixture = fixture().await;
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
    assert_eq!(fixture.store.recent_starts(NOW).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_contact_has_one_open_call_at_most() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn what_must_be_unique_is_told_by_field_and_value() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn duplicates_are_told_and_an_aborted_import_leaves_nothing() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn pages_hold_together() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn one_engine_at_a_time() {
    let fixture = fixture().await;
    let second = Store::open(&fixture.url, Access::Engine)
        .await
        .unwrap_err()
        .to_string();
    assert!(second.contains("another engine uses it"), "{second}");
    let admin = Store::open(&fixture.url, Access::Admin).await.unwrap();
    assert_eq!(admin.projects().await.unwrap().len(), 1);
}

/// A database that cannot be written, here for another's lock: new calls are refused, records of live ones are written
/// once it is free again.
#[tokio::test]
async fn what_must_be_kept_waits_for_the_disk() {
    let fixture = fixture().await;
    fixture.import(0..2).await;
    let calls = fixture.claim(2, NOW).await.calls;
    let options: sqlx::sqlite::SqliteConnectOptions = fixture.url.parse().unwrap();
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut health = fixture.store.health_watch();
    let finished = ended(&calls[0], Outcome::Answered);
    let kept = fixture
        .store
        .journal()
        .finish(finished, vec![], Some(ContactFate::Done))
        .unwrap();
    health.wait_for(|health| *health != Health::Up).await.unwrap();
    let placed = Call {
        id: crate::model::CallId::draw(),
        contact: None,
        ..calls[1].clone()
    };
    let refused = fixture.store.journal().place(placed).unwrap().await.unwrap();
    assert!(matches!(refused, Err(StoreError::Away(_))));
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    kept.await.unwrap().unwrap();
    health.wait_for(|health| *health == Health::Up).await.unwrap();
    assert_eq!(
        fixture.store.call(calls[0].id).await.unwrap().unwrap().outcome,
        Some(Outcome::Answered)
    );
}

/// Nothing waits to be written, and nobody asks any more because the store is away: it must notice by itself.
#[tokio::test]
async fn a_store_that_was_away_comes_back_unasked() {
    let fixture = fixture().await;
    let options: sqlx::sqlite::SqliteConnectOptions = fixture.url.parse().unwrap();
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut health = fixture.store.health_watch();
    let refused = fixture.store.void_tokens("admin").await;
    assert!(matches!(refused, Err(StoreError::Away(_))));
    assert_ne!(fixture.store.health(), Health::Up);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    let back = health.wait_for(|health| *health == Health::Up);
    tokio::time::timeout(std::time::Duration::from_secs(10), back)
        .await
        .unwrap()
        .unwrap();
}

/// The database may not grow (`SQLITE_FULL`, as on a full disk) until somebody makes room in it.
#[tokio::test]
async fn ends_of_calls_wait_until_a_full_disk_has_room() {
    let fixture = fixture().await;
    fixture.import(0..2).await;
    let calls = fixture.claim(2, NOW).await.calls;
    let import = fixture.store.begin_import(fixture.campaign).await.unwrap();
    let ballast = Rejected {
        line: 1,
        value: "x".repeat(1_000_000),
        reason: String::new(),
    };
    fixture.store.reject(import, vec![ballast]).await.unwrap();
    fixture
        .store
        .edit(|connection| Box::pin(stop_growth(connection)))
        .await
        .unwrap();
    let mut health = fixture.store.health_watch();
    let note = Moment {
        at: NOW,
        event: TimelineEvent::Note {
            text: "x".repeat(500_000),
        },
    };
    let journal = fixture.store.journal();
    let first = journal.save(calls[0].clone(), vec![note]).unwrap();
    let second = journal
        .finish(
            ended(&calls[0], Outcome::Answered),
            vec![],
            Some(ContactFate::Done),
        )
        .unwrap();
    let away = health
        .wait_for(|health| *health != Health::Up)
        .await
        .unwrap()
        .clone();
    assert!(
        matches!(&away, Health::Away { reason } if reason.contains("full")),
        "{away:?}"
    );
    let options: sqlx::sqlite::SqliteConnectOptions = fixture.url.parse().unwrap();
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("DELETE FROM rejects")
        .execute(&mut other)
        .await
        .unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    health.wait_for(|health| *health == Health::Up).await.unwrap();
    assert_eq!(fixture.store.timeline(calls[0].id).await.unwrap().len(), 1);
    let record = fixture.store.call(calls[0].id).await.unwrap().unwrap();
    assert_eq!(record.outcome, Some(Outcome::Answered));
}

async fn stop_growth(connection: &mut sqlx::SqliteConnection) -> Result<(), StoreError> {
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *connection)
        .await?;
    let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}

#[tokio::test]
async fn many_refusals_in_one_batch_cost_only_themselves() {
    let fixture = fixture().await;
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
        let refused = matches!(reply.await.unwrap(), Err(StoreError::Refused(_)));
        assert_eq!(refused, n % 2 == 0);
    }
    assert_eq!(fixture.store.open_calls().await.unwrap().len(), 101);
}
