//! `/users`, and somebody's own password

use super::auth;
use super::body::{Id, Json, name};
use super::by::By;
use super::problem::Failure;
use super::projects::set;
use super::{Answer, Engine};
use crate::password;
use apicall_core::api::{NewPassword, NewUser, UserPatch};
use apicall_core::model::{ProjectId, User, Username};
use apicall_core::store::Account;
use axum::Json as Reply;
use axum::http::StatusCode;
use std::collections::BTreeSet;

pub(super) async fn list(by: By) -> Answer<Reply<Vec<User>>> {
    let all = by.all()?.store.accounts().await?.accounts;
    Ok(Reply(all.into_iter().map(|account| account.user).collect()))
}

pub(super) async fn show(by: By, Id(username): Id<Username>) -> Answer<Reply<User>> {
    find(by.all()?, &username)
        .await
        .map(|account| Reply(account.user))
}

pub(super) async fn create(by: By, Json(new): Json<NewUser>) -> Answer<(StatusCode, Reply<User>)> {
    let engine = by.all()?;
    check_projects(&by, &new.projects).await?;
    let user = User {
        full_name: name(
            "full_name",
            new.full_name.as_deref().unwrap_or(new.username.as_str()),
        )?,
        username: new.username,
        role: new.role,
        projects: new.projects,
        disabled: false,
        created_at: engine.clock.now(),
    };
    password::check(&new.password)?;
    let hash = password::hash(new.password).await?;
    let user = by.store().create_user(user, &hash).await?;
    engine.sessions.learn(engine).await;
    Ok((StatusCode::CREATED, Reply(user)))
}

pub(super) async fn change(
    by: By,
    Id(username): Id<Username>,
    Json(patch): Json<UserPatch>,
) -> Answer<Reply<User>> {
    let engine = by.all()?;
    find(engine, &username).await?;
    if let Some(projects) = &patch.projects {
        check_projects(&by, projects).await?;
    }
    let full_name = patch.full_name.as_deref().map(|text| name("full_name", text));
    let full_name = full_name.transpose()?;
    let hash = match patch.password {
        Some(password) => {
            password::check(&password)?;
            Some(password::hash(password).await?)
        }
        None => None,
    };
    let change = move |user: &mut User| {
        set(&mut user.full_name, full_name.clone());
        set(&mut user.role, patch.role);
        set(&mut user.projects, patch.projects.clone());
        set(&mut user.disabled, patch.disabled);
    };
    let user = by.store().update_user(&username, hash, change).await?;
    engine.sessions.learn(engine).await;
    Ok(Reply(user))
}

pub(super) async fn delete(by: By, Id(username): Id<Username>) -> Answer<StatusCode> {
    let engine = by.all()?;
    by.store().delete_user(&username).await?;
    engine.sessions.learn(engine).await;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /me/password`: whoever has a session knows the password, or found the session; so they are asked for it.
pub(super) async fn change_own_password(by: By, Json(asked): Json<NewPassword>) -> Answer<StatusCode> {
    let (engine, username) = (by.apart(), &by.user().username);
    let guess = engine
        .sessions
        .guess(username.as_str(), by.address(), engine.clock.now())?;
    match auth::look(engine, username.as_str(), asked.current).await {
        Ok(Some(_)) => guess.right(),
        Ok(None) => return Err(Failure::field("current", "that is not your password")),
        Err(failure) => {
            guess.unseen();
            return Err(failure);
        }
    }
    password::check(&asked.new).map_err(|error| Failure::from(error).of("new"))?;
    let hash = password::hash(asked.new).await?;
    by.store().update_user(username, Some(hash), |_| {}).await?;
    engine.sessions.learn(engine).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(engine: &Engine, username: &Username) -> Answer<Account> {
    let account = engine.store.account(username.as_str()).await?;
    account.ok_or_else(|| Failure::not_found("user", username))
}

/// Refuses projects that are not there, and too many of them.
pub(super) async fn check_projects(by: &By, projects: &BTreeSet<ProjectId>) -> Answer<()> {
    if projects.len() > User::MOST_PROJECTS {
        let detail = format!(
            "{} projects are too many; name at most {}",
            projects.len(),
            User::MOST_PROJECTS
        );
        return Err(Failure::field("projects", detail));
    }
    let (_, there) = by.projects().await?;
    match projects
        .iter()
        .find(|id| there.iter().all(|project| project.id != **id))
    {
        Some(id) => Err(Failure::field("projects", format!("no project has the id {id}"))),
        None => Ok(()),
    }
}
