//! Every route with every role, with no token, one that has ended, one of a user who is gone or kept out, and about another's
//! project.

use super::examples::{About, Example, example};
use super::world::{FOREIGN, FOREIGN_NUMBER, PASSWORD, SECRET, Things, World};
use crate::http::routes::{Route, Who, table};
use apicall_core::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

const OWN_NUMBER: &str = "+573001112202";
/// What the log of accounts does not tell: a question in a body, and calls, which are records of their own.
const NOT_NOTED: [&str; 3] = ["/campaigns/{id}/simulate", "/calls", "/refresh"];

/// Routes after which whoever took them has to log in again.
const ENDS_SESSIONS: [&str; 2] = ["/logout", "/me/password"];

fn of(route: &Route, things: &Things, unique: &str) -> Example {
    example(route.method.as_str(), route.path, things, unique)
}

fn name(role: Role) -> String {
    format!("the-{role}")
}

/// Somebody of a role, logged in.
async fn log_in(world: &World, role: Role) -> String {
    world.login(&name(role), PASSWORD).await
}

#[tokio::test]
async fn nobody_gets_in_by_what_is_no_valid_token() {
    let world = World::new().await;
    let things = world.things("own", OWN_NUMBER).await;
    let gone = world.user("gone", "admin").await;
    let out = world.user("out", "admin").await;
    let of_gone = world.token(&gone, json!({ "name": "t", "access": "full" })).await;
    let of_out = world.token(&out, json!({ "name": "t", "access": "full" })).await;
    world.make(Method::DELETE, "/users/gone", None).await;
    let disabled = Some(json!({ "disabled": true }));
    world.make(Method::PATCH, "/users/out", disabled).await;
    let refresh = world.session("admin", PASSWORD).await["refresh_token"].clone();
    let refresh = refresh.as_str().unwrap();
    let expired = world.expired("admin").await;
    for (what, token) in [
        ("no token", ""),
        ("nonsense", "x.y.z"),
        ("one that has ended", expired.as_str()),
        ("a deleted user's session", &gone),
        ("a deleted user's token", &of_gone),
        ("a disabled user's session", &out),
        ("a disabled user's token", &of_out),
        ("one for refreshing", refresh),
    ] {
        for route in table() {
            let Example { path, body, .. } = of(&route, &things, "x");
            let (status, text) = world.ask(token, route.method.clone(), &path, body).await;
            let expected = match (route.who, route.path) {
                (Who::Everybody, "/refresh") => 401,
                (Who::Everybody, _) => 200,
                _ => 401,
            };
            assert_eq!(
                status, expected,
                "{what}: {} {}: {text}",
                route.method, route.path
            );
            assert!(
                status != 401 || text.contains("\"code\":\"unauthorized\""),
                "{what}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn each_role_does_what_it_may_in_what_it_is_assigned() {
    let world = World::new().await;
    for role in Role::ALL {
        world.user(&name(*role), role.as_str()).await;
    }
    world.user("vera", "viewer").await;
    let foreign = world.things(FOREIGN, FOREIGN_NUMBER).await;
    let shared = world.things("shared", OWN_NUMBER).await;
    for role in Role::ALL {
        let mut token = log_in(&world, *role).await;
        for (at, route) in table().iter().enumerate() {
            let unique = format!("{at}-{role}");
            // What changes something has things of its own to change.
            let fresh = match may(route, *role) && route.method != Method::GET {
                true => Some(world.things(&unique, OWN_NUMBER).await),
                false => None,
            };
            let own = fresh.as_ref().unwrap_or(&shared);
            world.assign(&name(*role), json!([own.project])).await;
            try_one(&world, route, *role, &token, &of(route, own, &unique)).await;
            if ENDS_SESSIONS.contains(&route.path) {
                token = log_in(&world, *role).await;
            }
            if *role != Role::Admin && may(route, *role) {
                try_foreign(&world, route, &token, &foreign, &unique).await;
            }
        }
    }
}

fn may(route: &Route, role: Role) -> bool {
    match route.who {
        Who::Everybody | Who::LoggedIn => true,
        Who::Least(least) => role >= least,
    }
}

/// About what they are assigned: refused by the role, or not refused.
async fn try_one(world: &World, route: &Route, role: Role, token: &str, asked: &Example) {
    let what = format!("{} {} by a {role}", route.method, route.path);
    let before = world.noted().await;
    let (status, text) = world
        .ask(token, route.method.clone(), &asked.path, asked.body.clone())
        .await;
    if !may(route, role) {
        assert_eq!(status, 403, "{what}: {text}");
        assert!(text.contains("\"forbidden\""), "{what}: {text}");
        assert_eq!(world.noted().await, before, "{what} changed something");
        return;
    }
    let expected = match (route.method.as_str(), route.path) {
        (_, "/refresh") => 401..=401,
        // There is no such user, no such token, no such audio.
        ("DELETE", "/users/{username}" | "/tokens/{id}") => 404..=404,
        (_, "/audios/{id}" | "/audios/{id}/sound") => 404..=404,
        ("POST", "/audios") => 415..=415,
        // The order makes no sense to the campaign, or the project is at work; but they may give it.
        ("POST", "/campaigns/{id}/pause" | "/campaigns/{id}/resume" | "/campaigns/{id}/stop") => 409..=409,
        ("DELETE", "/projects/{id}" | "/trunks/{id}") => 409..=409,
        _ => 200..=204,
    };
    assert!(expected.contains(&status), "{what}: {status} {text}");
    if role == Role::Viewer {
        assert!(
            !text.contains(SECRET) && !text.contains("whsec_"),
            "{what} tells a secret: {text}"
        );
    }
    let changes = route.method != Method::GET && status < 300 && !NOT_NOTED.contains(&route.path);
    if changes {
        assert!(
            world.noted().await > before,
            "{what} is not in the log of accounts"
        );
    }
}

/// About what they are not assigned: as if it were not there.
async fn try_foreign(world: &World, route: &Route, token: &str, foreign: &Things, unique: &str) {
    let asked = of(route, foreign, &format!("f{unique}"));
    let what = format!("{} {} about another's project", route.method, route.path);
    if asked.about == About::Nothing {
        return;
    }
    let before = world.noted().await;
    let (status, text) = world
        .ask(token, route.method.clone(), &asked.path, asked.body.clone())
        .await;
    match asked.about {
        About::Path => assert_eq!(status, 404, "{what}: {text}"),
        About::Body => assert!(
            [400, 422].contains(&status) && text.contains("no project has the id"),
            "{what}: {text}"
        ),
        About::List => {
            assert_eq!(status, 200, "{what}: {text}");
            let only = format!("{}?project={}", asked.path, foreign.project);
            let (_, more) = match route.path {
                "/trunks" | "/projects" => (200, String::new()),
                _ => world.ask(token, route.method.clone(), &only, None).await,
            };
            for told in [&text, &more] {
                assert!(
                    !told.contains(FOREIGN) && !told.contains(FOREIGN_NUMBER),
                    "{what}: {told}"
                );
            }
        }
        About::Nothing => {}
    }
    assert_eq!(world.noted().await, before, "{what} changed something");
}

#[tokio::test]
async fn what_is_everybodys_takes_somebody_who_reaches_all() {
    let world = World::new().await;
    let supervisor = world.user("sara", "supervisor").await;
    let everybody = json!({ "number": "+573005555555", "reason": "all" });
    let (status, text) = world
        .ask(&supervisor, Method::POST, "/dnc", Some(everybody.clone()))
        .await;
    assert_eq!(status, 403, "{text}");
    let entry = world.make(Method::POST, "/dnc", Some(everybody)).await;
    for path in ["/dnc", "/dnc?everybody=true"] {
        let (status, text) = world.ask(&supervisor, Method::GET, path, None).await;
        assert_eq!((status, text.contains("5555555")), (200, false), "{path}: {text}");
    }
    let one = format!("/dnc/{}", entry["id"]);
    assert_eq!(world.ask(&supervisor, Method::DELETE, &one, None).await.0, 404);
}

#[tokio::test]
async fn an_api_token_does_what_its_scope_lets_it() {
    let world = World::new().await;
    let own = world.things("own", OWN_NUMBER).await;
    let foreign = world.things(FOREIGN, FOREIGN_NUMBER).await;
    let read = world
        .token(&world.admin, json!({ "name": "read", "access": "read" }))
        .await;
    let some = json!({ "name": "some", "access": "full", "projects": [own.project] });
    let some = world.token(&world.admin, some).await;
    for route in table() {
        let what = format!("{} {}", route.method, route.path);
        let Example { path, body, about } = of(&route, &own, "x");
        if route.who == Who::Everybody || about == About::Nothing && route.who != Who::LoggedIn {
            continue;
        }
        let refused = |role| route.who == Who::LoggedIn || !may(&route, role);
        let (status, text) = world.ask(&read, route.method.clone(), &path, body.clone()).await;
        assert_eq!(status == 403, refused(Role::Viewer), "{what}: {status} {text}");
        assert!(!text.contains(SECRET), "{what}: {text}");
        let elsewhere = of(&route, &foreign, "y");
        if about == About::Path {
            let (status, text) = world
                .ask(&some, route.method.clone(), &elsewhere.path, elsewhere.body)
                .await;
            let expected = if refused(Role::Supervisor) { 403 } else { 404 };
            assert_eq!(status, expected, "{what}: {text}");
        }
    }
    let listed: Value = world.make(Method::GET, "/tokens", None).await;
    assert!(
        listed[0]["last_used_at"].is_i64() && listed[0].get("secret").is_none(),
        "{listed}"
    );
}
