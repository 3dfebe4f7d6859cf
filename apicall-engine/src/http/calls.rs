//! `/calls`

use super::body::{Id, Json, Query, page_limit};
use super::problem::Failure;
use super::projects::{check_trunk, named};
use super::{Answer, Shared};
use apicall_core::api::{CallDetail, CallFilter, PlaceCall};
use apicall_core::dialer::DialerError;
use apicall_core::model::{Call, CallId, Page, normalise, so_far};
use apicall_core::store::CallQuery;
use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;

pub(super) async fn place(
    State(engine): Shared,
    Json(asked): Json<PlaceCall>,
) -> Answer<(StatusCode, Reply<Call>)> {
    // The dialer knows them by heart; the store is asked before anything is refused.
    let country = match engine.dialer.country(asked.project) {
        Some(country) => country,
        None => named(&engine, asked.project).await?.country,
    };
    if !asked.trunk.is_none_or(|trunk| engine.dialer.knows(trunk)) {
        check_trunk(&engine, asked.trunk).await?;
    }
    let number = normalise(&asked.number, country)
        .map_err(|reason| Failure::field("number", format!("`{}`: {reason}", asked.number)))?;
    let call = engine
        .dialer
        .place(asked.project, number, asked.trunk, asked.variables)
        .await?;
    Ok((StatusCode::ACCEPTED, Reply(call)))
}

pub(super) async fn list(
    State(engine): Shared,
    Query(filter): Query<CallFilter>,
) -> Answer<Reply<Page<Call>>> {
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
    let query = CallQuery {
        project: filter.project,
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
    Ok(Reply(
        engine
            .store
            .calls(&query, after.map(|id| id.to_string()).as_deref(), limit)
            .await?,
    ))
}

pub(super) async fn show(State(engine): Shared, Id(id): Id<CallId>) -> Answer<Reply<CallDetail>> {
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

pub(super) async fn hangup(State(engine): Shared, Id(id): Id<CallId>) -> Answer<(StatusCode, Reply<Call>)> {
    Ok((StatusCode::ACCEPTED, Reply(engine.dialer.hangup(id).await?)))
}
