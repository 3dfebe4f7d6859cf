//! An import is there as a whole or not at all, whatever breaks off.

use super::*;

super::on_each_database! {
    an_import_that_was_decided_is_carried_through_by_the_next_start,
    an_import_that_was_not_leaves_nothing_at_the_next_start,
    an_import_is_committed_once,
}

async fn numbers(store: &Store, campaign: CampaignId) -> usize {
    store
        .contacts(campaign, None, None, 1_000)
        .await
        .unwrap()
        .items
        .len()
}

/// Ends the engine without a word, and starts it again.
async fn start_again(fixture: Fixture) -> (Store, CampaignId, TempDir) {
    let Fixture {
        store,
        location,
        campaign,
        _dir: dir,
        ..
    } = fixture;
    store.close().await.unwrap();
    drop(store);
    (
        Store::open(&location, Access::Engine).await.unwrap(),
        campaign,
        dir,
    )
}

async fn an_import_that_was_decided_is_carried_through_by_the_next_start(ground: Ground) {
    let fixture = fixture(ground).await;
    let import = fixture.store.begin_import(fixture.campaign).await.unwrap();
    fixture
        .store
        .add_contacts(import, (0..700).map(new_contact).collect())
        .await
        .unwrap();
    // As if the engine had been killed right after it was decided.
    let decided = "UPDATE imports SET state = 'committed'";
    let decided = fixture
        .store
        .edit(move |connection| Box::pin(db::sql(decided).run(connection)));
    decided.await.unwrap();
    let run = |campaign: &mut Campaign| campaign.state = CampaignState::Running;
    fixture
        .store
        .update_campaign(fixture.campaign, NOW, run)
        .await
        .unwrap();
    let unfinished = fixture
        .store
        .finish_campaign(fixture.campaign, NOW)
        .await
        .unwrap();
    assert_eq!(unfinished.state, CampaignState::Running, "somebody is on the way");
    let (store, campaign, _dir) = start_again(fixture).await;
    assert_eq!(numbers(&store, campaign).await, 700);
    assert_eq!(store.campaign_progress(campaign).await.unwrap(), (0, 700));
}

async fn an_import_that_was_not_leaves_nothing_at_the_next_start(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.import(0..5).await;
    let import = fixture.store.begin_import(fixture.campaign).await.unwrap();
    fixture
        .store
        .add_contacts(import, (0..700).map(new_contact).collect())
        .await
        .unwrap();
    let (store, campaign, _dir) = start_again(fixture).await;
    assert_eq!(numbers(&store, campaign).await, 5);
    let import = store.begin_import(campaign).await.unwrap();
    let duplicates = store
        .add_contacts(import, (0..700).map(new_contact).collect())
        .await
        .unwrap();
    assert_eq!(duplicates.len(), 5);
    store.commit_import(import).await.unwrap();
    assert_eq!(store.campaign_progress(campaign).await.unwrap(), (0, 700));
}

async fn an_import_is_committed_once(ground: Ground) {
    let fixture = fixture(ground).await;
    let import = fixture.store.begin_import(fixture.campaign).await.unwrap();
    fixture
        .store
        .add_contacts(import, vec![new_contact(1)])
        .await
        .unwrap();
    fixture.store.commit_import(import).await.unwrap();
    for refused in [
        fixture.store.commit_import(import).await,
        fixture
            .store
            .add_contacts(import, vec![new_contact(2)])
            .await
            .map(drop),
    ] {
        assert!(
            matches!(
                refused,
                Err(StoreError::NotFound {
                    what: "open import",
                    ..
                })
            ),
            "{refused:?}"
        );
    }
    fixture.store.abort_import(import).await.unwrap();
    assert_eq!(
        numbers(&fixture.store, fixture.campaign).await,
        1,
        "what is committed stays"
    );
}
