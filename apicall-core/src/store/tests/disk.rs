//! What only a file can do.

use super::*;

#[tokio::test]
async fn one_engine_at_a_time() {
    let fixture = fixture(Ground::Sqlite).await;
    let second = Store::open(&fixture.location, Access::Engine)
        .await
        .unwrap_err()
        .to_string();
    assert!(second.contains("another engine uses it"), "{second}");
    let admin = Store::open(&fixture.location, Access::Admin).await.unwrap();
    assert_eq!(admin.projects().await.unwrap().len(), 1);
}

/// A database that cannot be written, here for another's lock: new calls are refused, records of live ones are written
/// once it is free again.
#[tokio::test]
async fn what_must_be_kept_waits_for_the_disk() {
    let fixture = fixture(Ground::Sqlite).await;
    fixture.import(0..2).await;
    let calls = fixture.claim(2, NOW).await.calls;
    let options = fixture.file();
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
    let fixture = fixture(Ground::Sqlite).await;
    let options = fixture.file();
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut health = fixture.store.health_watch();
    let refused = fixture.store.void_sessions(&"admin".parse().unwrap()).await;
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
    let fixture = fixture(Ground::Sqlite).await;
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
    let options = fixture.file();
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

async fn stop_growth(connection: &mut db::Connection) -> Result<(), StoreError> {
    let pages = db::sql("PRAGMA page_count").number(&mut *connection).await?;
    let mut stop = db::sql("PRAGMA max_page_count = ");
    stop.push_number(pages);
    stop.run(connection).await?;
    Ok(())
}

/// An import breaks off while the database refuses: it is taken back when it no longer does, and the campaign can end.
#[tokio::test]
async fn an_import_is_taken_back_once_the_disk_is_there_again() {
    let fixture = fixture(Ground::Sqlite).await;
    let import = fixture.store.begin_import(fixture.campaign).await.unwrap();
    let contacts = (0..10).map(new_contact).collect();
    fixture.store.add_contacts(import, contacts).await.unwrap();
    let run = |campaign: &mut Campaign| campaign.state = CampaignState::Running;
    fixture
        .store
        .update_campaign(fixture.campaign, NOW, run)
        .await
        .unwrap();
    let mut other = sqlx::ConnectOptions::connect(&fixture.file()).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut health = fixture.store.health_watch();
    let store = fixture.store.clone();
    let taken_back = tokio::spawn(async move { store.abort_import(import).await });
    health.wait_for(|health| *health != Health::Up).await.unwrap();
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    taken_back.await.unwrap().unwrap();
    let finished = fixture
        .store
        .finish_campaign(fixture.campaign, NOW)
        .await
        .unwrap();
    assert_eq!(finished.state, CampaignState::Finished);
    fixture.import(0..10).await;
    let progress = fixture.store.campaign_progress(fixture.campaign).await.unwrap();
    assert_eq!(progress, (0, 10));
}
