//! A whole installation, moved.

use super::*;

super::on_each_database! {
    an_installation_moves_with_nothing_lost,
    a_copy_goes_into_an_empty_store_only,
    part_of_a_copy_is_no_store,
}

/// A store with some of everything.
async fn furnished(ground: Ground) -> Fixture {
    let fixture = fixture(ground).await;
    fixture
        .store
        .create_user(user("admin", "Ána"), "hash")
        .await
        .unwrap();
    fixture
        .store
        .setting_or_insert("key", "värde".to_owned())
        .await
        .unwrap();
    fixture.import(0..1_200).await;
    let calls = fixture.claim(50, NOW).await.calls;
    for call in &calls[..20] {
        fixture.finish(call, Outcome::Busy, ContactFate::Done).await;
    }
    let import = fixture.store.begin_import(fixture.campaign).await.unwrap();
    let rejected = Rejected {
        line: 7,
        value: "=1+1 \"'\\ \u{1f4de}".to_owned(),
        reason: "not a number".to_owned(),
    };
    fixture.store.reject(import, vec![rejected]).await.unwrap();
    fixture.store.commit_import(import).await.unwrap();
    let sounds = vec!["digits/1".parse().unwrap(), "es/bienvenida".parse().unwrap()];
    fixture.store.declare_sounds(sounds, vec![], NOW).await.unwrap();
    fixture
}

/// The other database than this, empty.
async fn elsewhere(ground: Ground, dir: &TempDir) -> Location {
    match ground {
        #[cfg(feature = "mariadb")]
        Ground::Sqlite => server::database().await,
        #[cfg(not(feature = "mariadb"))]
        Ground::Sqlite => file_in(dir),
        #[cfg(feature = "mariadb")]
        Ground::MariaDb => file_in(dir),
    }
}

async fn an_installation_moves_with_nothing_lost(ground: Ground) {
    let (fixture, dir) = (furnished(ground).await, tempfile::tempdir().unwrap());
    let calls = fixture
        .store
        .calls(&CallQuery::default(), None, 1_000)
        .await
        .unwrap()
        .items;
    let totals = fixture.store.campaign_totals(fixture.campaign).await.unwrap();
    fixture.store.close().await.unwrap();
    let Fixture {
        store,
        location,
        campaign,
        _dir,
        ..
    } = fixture;
    drop(store);
    let to = elsewhere(ground, &dir).await;
    let told = std::cell::RefCell::new(Vec::new());
    let rows = copy(&location, &to, |progress| told.borrow_mut().push(progress))
        .await
        .unwrap();
    let last = told
        .borrow()
        .iter()
        .rev()
        .find(|seen| seen.table == "contacts")
        .copied()
        .unwrap();
    assert_eq!((last.rows, last.of), (1_200, 1_200));
    assert!(rows > 1_200 + 50 + 20, "{rows}");
    let moved = Store::open(&to, Access::Engine).await.unwrap();
    assert_eq!(
        moved
            .calls(&CallQuery::default(), None, 1_000)
            .await
            .unwrap()
            .items,
        calls
    );
    assert_eq!(moved.campaign_totals(campaign).await.unwrap(), totals);
    assert_eq!(moved.timeline(calls[49].id).await.unwrap().len(), 1);
    assert_eq!(
        moved.account("admin").await.unwrap().unwrap().user.full_name,
        "Ána"
    );
    assert_eq!(
        moved.setting_or_insert("key", String::new()).await.unwrap(),
        "värde"
    );
    let rejects = moved.rejects(campaign, 2.into(), None, 9).await.unwrap().items;
    assert_eq!(rejects[0].value, "=1+1 \"'\\ \u{1f4de}");
    // Ids go on where they were.
    import(&moved, campaign, 2_000..2_001).await;
    let newest = moved
        .contacts(campaign, None, Some("1199"), 9)
        .await
        .unwrap()
        .items;
    assert_eq!(newest.iter().map(|contact| contact.id.get()).max(), Some(1_201));
    assert_eq!(moved.begin_import(campaign).await.unwrap().get(), 4);
}

/// The first store is free as soon as the engine's hold on it has ended.
async fn copy(from: &Location, to: &Location, tell: impl Fn(Progress)) -> Result<u64, StoreError> {
    while Store::inspect(from).await.unwrap().in_use {
        tokio::task::yield_now().await;
    }
    Store::copy(from, to, tell).await
}

async fn a_copy_goes_into_an_empty_store_only(ground: Ground) {
    let (fixture, dir) = (furnished(ground).await, tempfile::tempdir().unwrap());
    let to = elsewhere(ground, &dir).await;
    let there = Store::open(&to, Access::Engine).await.unwrap();
    there.create_user(user("admin", "Ana"), "hash").await.unwrap();
    there.close().await.unwrap();
    drop(there);
    let Fixture {
        store,
        location,
        _dir,
        ..
    } = fixture;
    store.close().await.unwrap();
    drop(store);
    while Store::inspect(&to).await.unwrap().in_use {
        tokio::task::yield_now().await;
    }
    let refused = copy(&location, &to, drop).await.unwrap_err().to_string();
    assert!(refused.contains("there are rows in users"), "{refused}");
    let nothing = file_in(&tempfile::tempdir().unwrap());
    let refused = Store::copy(&nothing, &to, drop).await.unwrap_err().to_string();
    assert!(
        refused.contains("there is nothing there") || refused.contains("no directory"),
        "{refused}"
    );
}

async fn part_of_a_copy_is_no_store(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture
        .store
        .setting_or_insert("copy_unfinished", "yes".to_owned())
        .await
        .unwrap();
    fixture.store.close().await.unwrap();
    let Fixture {
        store,
        location,
        _dir,
        ..
    } = fixture;
    drop(store);
    let refused = Store::open(&location, Access::Admin)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("part of a copy"), "{refused}");
}
