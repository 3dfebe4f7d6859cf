//! Users, their tokens, the keys of sessions, and the log of what was done.

use super::*;
use crate::model::{AccountEntry, Actor, ApiToken, ApiTokenId, ProjectId, Role, TokenAccess, User, Username};
use std::collections::BTreeSet;

super::on_each_database! {
    a_user_is_made_changed_and_deleted,
    the_last_admin_stays,
    sessions_are_void_after_a_password_a_lock_out_and_a_logout_and_never_come_back,
    a_project_that_goes_is_nobodys,
    a_token_is_kept_until_it_or_its_user_is_deleted,
    a_key_is_rotated_once_by_however_many,
    what_somebody_does_is_noted_with_it_and_stays,
    every_change_is_seen_by_the_version,
}

fn named(name: &str) -> Username {
    name.parse().unwrap()
}

fn projects(ids: &[i64]) -> BTreeSet<ProjectId> {
    ids.iter().map(|id| (*id).try_into().unwrap()).collect()
}

fn supervisor(name: &str, ids: &[i64]) -> User {
    User {
        role: Role::Supervisor,
        projects: projects(ids),
        ..user(name, "Eva")
    }
}

fn token(id: ApiTokenId, name: &str) -> ApiToken {
    ApiToken {
        id,
        username: named("ana"),
        name: name.to_owned(),
        access: TokenAccess::Read,
        projects: Some(projects(&[1, 7])),
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    }
}

async fn version(store: &Store, name: &str) -> i64 {
    store.account(name).await.unwrap().unwrap().token_version
}

async fn a_user_is_made_changed_and_deleted(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    assert!(store.users_empty().await.unwrap());
    store.create_user(user("root", "Root"), "h0").await.unwrap();
    let eva = store.create_user(supervisor("eva", &[1]), "h1").await.unwrap();
    let taken = store.create_user(supervisor("eva", &[]), "h2").await;
    assert!(
        matches!(
            taken,
            Err(StoreError::Taken {
                field: "username",
                ..
            })
        ),
        "{taken:?}"
    );
    let nowhere = store.create_user(supervisor("leo", &[9]), "h3").await;
    assert!(
        matches!(nowhere, Err(StoreError::NotFound { what: "project", .. })),
        "{nowhere:?}"
    );
    let account = store.account("eva").await.unwrap().unwrap();
    assert_eq!((account.user, account.password_hash.as_str()), (eva, "h1"));
    let change = |user: &mut User| {
        user.role = Role::Viewer;
        user.projects.clear();
    };
    let changed = store.update_user(&named("eva"), None, change).await.unwrap();
    let names: Vec<_> = store.accounts().await.unwrap().accounts;
    assert_eq!(names.len(), 2);
    assert_eq!(
        (names[0].user.clone(), names[0].password_hash.as_str()),
        (changed, "h1")
    );
    store.delete_user(&named("eva")).await.unwrap();
    let gone = store.delete_user(&named("eva")).await;
    assert!(
        matches!(gone, Err(StoreError::NotFound { what: "user", .. })),
        "{gone:?}"
    );
    assert_eq!(store.account("eva").await.unwrap(), None);
}

async fn the_last_admin_stays(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    store.create_user(user("root", "Root"), "h").await.unwrap();
    store.create_user(user("ana", "Ana"), "h").await.unwrap();
    let disable = |user: &mut User| user.disabled = true;
    store.update_user(&named("ana"), None, disable).await.unwrap();
    let demote = |user: &mut User| user.role = Role::Viewer;
    for refused in [
        store.delete_user(&named("root")).await,
        store.update_user(&named("root"), None, disable).await.map(drop),
        store.update_user(&named("root"), None, demote).await.map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::InUse(_))), "{refused:?}");
    }
    // One that is kept out is no help, and may go.
    store.delete_user(&named("ana")).await.unwrap();
    store.create_user(user("ana", "Ana"), "h").await.unwrap();
    store.delete_user(&named("root")).await.unwrap();
}

async fn sessions_are_void_after_a_password_a_lock_out_and_a_logout_and_never_come_back(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    store.create_user(user("root", "Root"), "h").await.unwrap();
    store.create_user(supervisor("eva", &[]), "h").await.unwrap();
    let mut seen = vec![version(store, "eva").await];
    let eva = named("eva");
    let leave = |_: &mut User| {};
    store
        .update_user(&eva, None, |user| user.role = Role::Viewer)
        .await
        .unwrap();
    assert_eq!(
        version(store, "eva").await,
        seen[0],
        "a role holds for sessions that there are"
    );
    store
        .update_user(&eva, Some("other".to_owned()), leave)
        .await
        .unwrap();
    seen.push(version(store, "eva").await);
    store
        .update_user(&eva, None, |user| user.disabled = true)
        .await
        .unwrap();
    seen.push(version(store, "eva").await);
    store
        .update_user(&eva, None, |user| user.disabled = false)
        .await
        .unwrap();
    assert_eq!(version(store, "eva").await, seen[2], "what was void stays it");
    store.void_sessions(&eva).await.unwrap();
    seen.push(version(store, "eva").await);
    store.delete_user(&eva).await.unwrap();
    store.create_user(supervisor("eva", &[]), "h").await.unwrap();
    seen.push(version(store, "eva").await);
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
}

async fn a_project_that_goes_is_nobodys(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let id = store
        .create_project(None, |id| Project {
            trunk: None,
            ..project(id)
        })
        .await
        .unwrap()
        .id;
    store
        .create_user(supervisor("eva", &[1, id.get()]), "h")
        .await
        .unwrap();
    let before = store.accounts_version().await.unwrap();
    store.delete_project(id, NOW).await.unwrap();
    assert!(store.accounts_version().await.unwrap() > before);
    // Another of the same id is not theirs.
    store.create_project(Some(id), project).await.unwrap();
    assert_eq!(
        store.account("eva").await.unwrap().unwrap().user.projects,
        projects(&[1])
    );
}

async fn a_token_is_kept_until_it_or_its_user_is_deleted(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let nobody = store.create_api_token("a".repeat(64), |id| token(id, "x")).await;
    assert!(
        matches!(nobody, Err(StoreError::NotFound { what: "user", .. })),
        "{nobody:?}"
    );
    store.create_user(user("root", "Root"), "h").await.unwrap();
    store.create_user(user("ana", "Ana"), "h").await.unwrap();
    let one = store
        .create_api_token("a".repeat(64), |id| token(id, "x"))
        .await
        .unwrap();
    let again = store.create_api_token("b".repeat(64), |id| token(id, "x")).await;
    assert!(
        matches!(again, Err(StoreError::Taken { field: "name", .. })),
        "{again:?}"
    );
    let two = store
        .create_api_token("b".repeat(64), |id| token(id, "y"))
        .await
        .unwrap();
    assert_eq!(
        store.accounts().await.unwrap().tokens,
        [(one.clone(), "a".repeat(64)), (two.clone(), "b".repeat(64))]
    );
    let later = NOW.plus(std::time::Duration::from_secs(9));
    store.tokens_used(vec![(one.id, later)]).await.unwrap();
    store.tokens_used(vec![(one.id, NOW)]).await.unwrap();
    let used = store.api_token(one.id).await.unwrap().unwrap();
    assert_eq!(used.last_used_at, Some(later));
    store.delete_api_token(one.id).await.unwrap();
    let gone = store.delete_api_token(one.id).await;
    assert!(
        matches!(gone, Err(StoreError::NotFound { what: "token", .. })),
        "{gone:?}"
    );
    assert_eq!(store.api_tokens(Some(&named("ana"))).await.unwrap(), [two]);
    store.delete_user(&named("ana")).await.unwrap();
    assert_eq!(store.api_tokens(None).await.unwrap(), []);
}

async fn a_key_is_rotated_once_by_however_many(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    store
        .setting_or_insert("session_key", "first".to_owned())
        .await
        .unwrap();
    let keys = async || store.accounts().await.unwrap().session_keys;
    assert_eq!(keys().await, ["first"]);
    let rotate = |key: &str, void| {
        store.rotate_session_key(
            key.to_owned(),
            NOW,
            NOW.minus(std::time::Duration::from_secs(1)),
            void,
        )
    };
    assert!(rotate("second", false).await.unwrap());
    assert!(
        !rotate("third", false).await.unwrap(),
        "the one there is is younger"
    );
    assert_eq!(keys().await, ["second", "first"]);
    let void = store
        .rotate_session_key("fourth".to_owned(), NOW, NOW, true)
        .await;
    assert!(void.unwrap());
    assert_eq!(keys().await, ["fourth"]);
}

async fn what_somebody_does_is_noted_with_it_and_stays(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let mine = store.by(Actor {
        username: Some(named("ana")),
        via: "session".to_owned(),
        address: Some("203.0.113.9".to_owned()),
        at: NOW,
    });
    mine.create_user(user("root", "Root"), "S3CRET").await.unwrap();
    mine.update_user(&named("root"), Some("S3CRET".to_owned()), |user| {
        user.full_name = "R".to_owned()
    })
    .await
    .unwrap();
    mine.update_project(1.try_into().unwrap(), NOW, |project| {
        project.name = "other".to_owned()
    })
    .await
    .unwrap();
    // A change that is refused, and what the engine does by itself, are nobody's deeds.
    mine.delete_user(&named("root")).await.unwrap_err();
    store
        .update_project(1.try_into().unwrap(), NOW, |_| {})
        .await
        .unwrap();
    let all = store
        .account_log(&AccountLogQuery::default(), None, 10)
        .await
        .unwrap()
        .items;
    let told: Vec<_> = all
        .iter()
        .map(|entry| (entry.what.as_str(), entry.subject.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("project.changed", "project 1"),
            ("user.changed", "user root"),
            ("user.password_changed", "user root"),
            ("user.created", "user root"),
        ]
    );
    let AccountEntry {
        username,
        address,
        via,
        before,
        after,
        ..
    } = &all[0];
    assert_eq!(
        (username.as_deref(), address.as_deref(), via.as_str()),
        (Some("ana"), Some("203.0.113.9"), "session")
    );
    let name = |doc: &Option<serde_json::Value>| doc.as_ref().unwrap()["name"].as_str().unwrap().to_owned();
    assert_eq!(
        (name(before), name(after)),
        ("project 1".to_owned(), "other".to_owned())
    );
    assert!(!format!("{all:?}").contains("S3CRET"));
    let first = store
        .account_log(&AccountLogQuery::default(), None, 3)
        .await
        .unwrap();
    let rest = store
        .account_log(&AccountLogQuery::default(), first.next.as_deref(), 3)
        .await
        .unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (3, 1, None));
    let about = AccountLogQuery {
        subject: Some("project 1".to_owned()),
        ..AccountLogQuery::default()
    };
    assert_eq!(store.account_log(&about, None, 10).await.unwrap().items, all[..1]);
    for statement in ["UPDATE account_log SET via = 'x'", "DELETE FROM account_log"] {
        let change = store.edit(move |connection| Box::pin(db::sql(statement).run(connection)));
        assert!(matches!(change.await, Err(StoreError::Refused(_))), "{statement}");
    }
}

async fn every_change_is_seen_by_the_version(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let mut seen = vec![store.accounts_version().await.unwrap()];
    store.create_user(user("ana", "Ana"), "h").await.unwrap();
    seen.push(store.accounts_version().await.unwrap());
    store.update_user(&named("ana"), None, |_| {}).await.unwrap();
    seen.push(store.accounts_version().await.unwrap());
    store.void_sessions(&named("ana")).await.unwrap();
    seen.push(store.accounts_version().await.unwrap());
    let token = store
        .create_api_token("a".repeat(64), |id| token(id, "x"))
        .await
        .unwrap();
    seen.push(store.accounts_version().await.unwrap());
    store.delete_api_token(token.id).await.unwrap();
    seen.push(store.accounts_version().await.unwrap());
    assert!(
        store
            .rotate_session_key("k".to_owned(), NOW, NOW, true)
            .await
            .unwrap()
    );
    seen.push(store.accounts_version().await.unwrap());
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
}
