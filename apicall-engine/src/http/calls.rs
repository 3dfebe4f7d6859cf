//! `/calls`

use super::Answer;
use super::body::{Id, Json, Query, page_limit};
use super::by::{By, merged};
use super::problem::Failure;
use super::projects::check_trunk;
use apicall_core::api::{CallDetail, CallFilter, PlaceCall};
use apicall_core::dialer::DialerError;
use apicall_core::model::{Call, CallId, Page, Reach, normalise, so_far};
use apicall_core::store::CallQuery;
use axum::Json as Reply;
use axum::http::StatusCode;

pub(super) async fn place(by: By, Json(asked): Json<PlaceCall>) -> Answer<(StatusCode, Reply<Call>)> {
    // The dialer knows them by heart; the store is asked before anything is refused.
    let known = by.over(asked.project);
    let known = known.and_then(|engine| Some((engine, engine.dialer.country(asked.project)?)));
    let (engine, country) = match known {
        Some(known) => known,
        None => {
            let (engine, project) = by.named(asked.project).await?;
            (engine, project.country)
        }
    };
    let known = |trunk| *by.reach() == Reach::All && engine.dialer.knows(trunk);
    if !asked.trunk.is_none_or(known) {
        check_trunk(&by, asked.trunk).await?;
    }
    let number = normalise(&asked.number, country)
        .map_err(|reason| Failure::field("number", format!("`{}`: {reason}", asked.number)))?;
    let call = engine
        .dialer
        .place(asked.project, number, asked.trunk, asked.variables)
        .await?;
    Ok((StatusCode::ACCEPTED, Reply(call)))
}

pub(super) async fn list(by: By, Query(filter): Query<CallFilter>) -> Answer<Reply<Page<Call>>> {
    let limit = page_limit(filter.limit)?;
    let after: Option<CallId> =
        filter
            .after
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_: apicall_core::model::Invalid| {
                Failure::query(
                    "after",
                    "no place in this list; hand back the `next` of the page before",
                )
            })?;
    let number = filter.number.as_deref().map(str::parse).transpose();
    let mut query = CallQuery {
        project: None,
        campaign: filter.campaign,
        contact: filter.contact,
        number: number
            .map_err(|invalid: apicall_core::model::Invalid| Failure::query("number", invalid.to_string()))?,
        state: filter.state,
        outcome: filter.outcome,
        result: filter.result,
        origin: filter.origin,
        from: filter.from,
        to: filter.to,
    };
    let after = after.map(|id| id.to_string());
    let (engine, of) = by.lists(filter.project);
    let mut pages = Vec::new();
    for project in of {
        query.project = project;
        pages.push(engine.store.calls(&query, after.as_deref(), limit).await?);
    }
    let newest_first = |call: &Call| std::cmp::Reverse(call.id);
    Ok(Reply(merged(pages, limit, newest_first, |call| {
        call.id.to_string()
    })))
}

pub(super) async fn show(by: By, Id(id): Id<CallId>) -> Answer<Reply<CallDetail>> {
    let engine = by.over_call(id).await?;
    // Asked first: what the dialer hands over meanwhile is found in the store.
    let held = match engine.dialer.moments(id).await {
        Ok(held) => held,
        Err(DialerError::Draining) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let call = engine
        .store
        .call(id)
        .await?
        .ok_or_else(|| Failure::not_found("call", id))?;
    let timeline = so_far(engine.store.timeline(id).await?, held);
    Ok(Reply(CallDetail { call, timeline }))
}

pub(super) async fn hangup(by: By, Id(id): Id<CallId>) -> Answer<(StatusCode, Reply<Call>)> {
    let engine = by.over_call(id).await?;
    let call = engine.dialer.hangup(id).await?;
    by.note("call", id, "hung_up", None).await;
    Ok((StatusCode::ACCEPTED, Reply(call)))
}
