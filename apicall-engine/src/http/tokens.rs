//! `/tokens`: what programs ask with. Everybody sees and makes their own; an admin sees and deletes all.

use super::Answer;
use super::auth::SecretToken;
use super::body::{Id, Json, Query, name};
use super::by::By;
use super::problem::Failure;
use super::users::check_projects;
use apicall_core::api::{ApiTokenTold, NewApiToken, TokenFilter};
use apicall_core::model::{ApiToken, ApiTokenId, Role};
use axum::Json as Reply;
use axum::http::StatusCode;

pub(super) async fn list(by: By, Query(filter): Query<TokenFilter>) -> Answer<Reply<Vec<ApiToken>>> {
    let (engine, own) = (by.apart(), &by.user().username);
    let of = match by.role() {
        Role::Admin => filter.username.as_ref(),
        Role::Supervisor | Role::Viewer => Some(own),
    };
    if filter.username.is_some() && filter.username.as_ref() != of {
        return Err(Failure::forbidden(
            "these are another user's tokens; leave `username` out",
        ));
    }
    engine.sessions.write_down(engine).await?;
    Ok(Reply(engine.store.api_tokens(of).await?))
}

/// `POST /tokens`: the only answer that shows one.
pub(super) async fn create(
    by: By,
    Json(new): Json<NewApiToken>,
) -> Answer<(StatusCode, Reply<ApiTokenTold>)> {
    let engine = by.apart();
    let name = name("name", &new.name)?;
    if let Some(projects) = &new.projects {
        check_projects(&by, projects).await?;
    }
    let created_at = engine.clock.now();
    if let Some(end) = new.expires_at.filter(|end| *end <= created_at) {
        let over = format!("{end} is over; name a time to come");
        return Err(Failure::field("expires_at", over));
    }
    let secret = SecretToken::draw();
    let username = by.user().username.clone();
    let build = move |id| ApiToken {
        id,
        username: username.clone(),
        name: name.clone(),
        access: new.access,
        projects: new.projects.clone(),
        created_at,
        expires_at: new.expires_at,
        last_used_at: None,
    };
    let token = by.store().create_api_token(secret.hash(), build).await?;
    engine.sessions.learn(engine).await;
    let told = ApiTokenTold {
        token,
        secret: secret.reveal(),
    };
    Ok((StatusCode::CREATED, Reply(told)))
}

pub(super) async fn delete(by: By, Id(id): Id<ApiTokenId>) -> Answer<StatusCode> {
    let engine = by.apart();
    let token = engine.store.api_token(id).await?;
    let own = token.filter(|token| by.role() == Role::Admin || token.username == by.user().username);
    own.ok_or_else(|| Failure::not_found("token", id))?;
    by.store().delete_api_token(id).await?;
    engine.sessions.learn(engine).await;
    Ok(StatusCode::NO_CONTENT)
}
