//! `/dnc`

use super::body::{Id, Json, Query, media, page_limit, page_start};
use super::by::{By, merged};
use super::imports::{self, LISTED, LISTS, Told};
use super::problem::Failure;
use super::{Answer, Engine};
use apicall_core::api::{DncFilter, DncImportQuery, DncReport, ImportQuery, NewDncEntry, RejectedRow};
use apicall_core::dialer::{DialerError, ListChange};
use apicall_core::import::Row;
use apicall_core::model::{DncEntry, DncOrigin, Invalid, Page, PhoneNumber, ProjectId, normalise};
use apicall_core::store::{DncQuery, NewDnc};
use axum::Json as Reply;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;
use std::sync::Arc;

/// Longest reason.
const REASON: usize = 200;

/// `POST /dnc`: 201 for a new entry, 200 for one that is there.
pub(super) async fn add(by: By, Json(new): Json<NewDncEntry>) -> Answer<(StatusCode, Reply<DncEntry>)> {
    let (engine, number) = number(&by, &new).await?;
    let entry = NewDnc {
        number: number.clone(),
        project: new.project,
        origin: DncOrigin::Operator,
        reason: reason(new.reason.as_deref(), Failure::field)?,
        call: None,
    };
    let added = by.store().list_dnc(vec![entry], engine.clock.now()).await?;
    engine
        .tell_lists(ListChange::Added(number.clone(), new.project))
        .await?;
    let query = DncQuery {
        project: new.project,
        everybody: new.project.is_none(),
        number: Some(number),
    };
    let entry = engine.store.dnc(&query, None, 1).await?.items.pop();
    let entry = entry.ok_or_else(|| {
        let taken_off = "somebody took the number off the list at the same time; add it again";
        Failure::new(StatusCode::CONFLICT, "conflict", taken_off)
    })?;
    let status = if added > 0 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Reply(entry)))
}

/// The number that is meant, and the engine for whoever may list it.
async fn number<'a>(by: &'a By, new: &NewDncEntry) -> Answer<(&'a Arc<Engine>, PhoneNumber)> {
    let wrong = |why: String| Failure::field("number", format!("`{}`: {why}", new.number));
    match new.project {
        Some(project) => {
            let (engine, project) = by.named(project).await?;
            let number = normalise(&new.number, project.country).map_err(wrong)?;
            Ok((engine, number))
        }
        None => {
            let engine = by.all()?;
            let plain = new.number.trim();
            let whole = plain.parse().ok().filter(|_| plain.starts_with('+'));
            let remedy = "write it with plus sign and country code, as in +573001112233, or name a project";
            let number = whole.ok_or_else(|| wrong(remedy.to_owned()))?;
            Ok((engine, number))
        }
    }
}

fn reason(text: Option<&str>, wrong: fn(&'static str, String) -> Failure) -> Result<String, Failure> {
    let text = text.unwrap_or_default().trim();
    if text.chars().count() <= REASON && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(wrong(
            "reason",
            format!("use at most {REASON} characters on one line"),
        ))
    }
}

/// `GET /dnc`
pub(super) async fn list(by: By, Query(filter): Query<DncFilter>) -> Answer<Reply<Page<DncEntry>>> {
    let limit = page_limit(filter.limit)?;
    let number = filter.number.as_deref().map(str::parse).transpose();
    let mut query = DncQuery {
        project: None,
        everybody: filter.everybody,
        number: number.map_err(|invalid: Invalid| Failure::query("number", invalid.to_string()))?,
    };
    let after = page_start(filter.after.as_deref())?;
    let (engine, of) = by.lists(filter.project);
    let mut pages = Vec::new();
    // Everybody's list is of no project that somebody could have been assigned.
    for project in of.into_iter().filter(|of| of.is_none() || !filter.everybody) {
        query.project = project;
        pages.push(engine.store.dnc(&query, after, limit).await?);
    }
    Ok(Reply(merged(
        pages,
        limit,
        |entry| entry.id,
        |entry| entry.id.to_string(),
    )))
}

/// `DELETE /dnc/{id}`
pub(super) async fn delete(by: By, Id(id): Id<i64>) -> Answer<StatusCode> {
    let (engine, _) = by.dnc_entry(id).await?;
    let entry = by.store().unlist_dnc(id, engine.clock.now()).await?;
    engine
        .tell_lists(ListChange::Removed(entry.number, entry.project))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /dnc/import`. What was read before a list broke off stays listed.
pub(super) async fn import(
    by: By,
    Query(query): Query<DncImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Reply<DncReport>> {
    media(&headers, &LISTS)?;
    let reason = reason(query.reason.as_deref(), Failure::query)?;
    let (engine, own) = match query.project {
        Some(id) => {
            let (engine, project) = by.asked(id).await?;
            (engine, Some(project.country))
        }
        None => (by.all()?, None),
    };
    let country = query.country.or(own).ok_or_else(|| {
        let why = "by which country are national numbers read? name it, as in CO, or a project";
        Failure::query("country", why)
    })?;
    let reading = ImportQuery {
        number_column: query.number_column,
        columns: None,
        delimiter: query.delimiter,
        header: query.header,
    };
    let settings = imports::settings(reading, country)?;
    let taken = take(engine, settings, query.project, &reason, body).await;
    // Also when it broke off: some of it is listed.
    engine.tell_lists(ListChange::Many).await?;
    let report = taken
        .as_ref()
        .ok()
        .map(|report| json!({ "added": report.added, "rows": report.rows }));
    let whose = query.project.map_or("everybody".to_owned(), |id| id.to_string());
    by.note("dnc", format!("list of {whose}"), "imported", report)
        .await;
    taken.map(Reply)
}

async fn take(
    engine: &Engine,
    settings: apicall_core::import::ImportSettings,
    project: Option<ProjectId>,
    reason: &str,
    body: Body,
) -> Result<DncReport, Failure> {
    let (mut told, broken) = imports::reading(engine, settings, body);
    let mut report = DncReport::default();
    while let Some(told) = told.recv().await {
        match told {
            Told::Columns { number_column, .. } => report.number_column = number_column,
            Told::Rows(rows) => keep(engine, rows, project, reason, &mut report).await?,
            Told::Failed(error) => return Err(broken.why().unwrap_or_else(|| error.into())),
        }
    }
    Ok(report)
}

async fn keep(
    engine: &Engine,
    rows: Vec<Row>,
    project: Option<ProjectId>,
    reason: &str,
    report: &mut DncReport,
) -> Result<(), Failure> {
    let mut entries = Vec::with_capacity(rows.len());
    report.rows += rows.len() as u64;
    for row in rows {
        match row {
            Row::Contact { number, .. } => entries.push(NewDnc {
                number,
                project,
                origin: DncOrigin::Import,
                reason: reason.to_owned(),
                call: None,
            }),
            Row::Reject { line, value, reason } => {
                report.rejected += 1;
                if report.rejects.len() < LISTED {
                    report.rejects.push(RejectedRow { line, value, reason });
                }
            }
        }
    }
    let offered = entries.len() as u64;
    let added = engine.store.list_dnc(entries, engine.clock.now()).await?;
    report.added += added;
    report.known += offered - added;
    Ok(())
}

impl Engine {
    /// Lets the dialer know of a change. One that has stopped calls nobody.
    async fn tell_lists(&self, change: ListChange) -> Result<(), Failure> {
        match self.dialer.lists_changed(change).await {
            Ok(()) | Err(DialerError::Draining) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
