//! Number lists into a campaign.
//!
//! The body is read by a thread of its own, a batch at a time, so that neither its size nor a slow sender costs memory
//! or time of others. An import that breaks off leaves nothing.

use super::body::{Id, Query, page_limit};
use super::campaigns::find;
use super::problem::Failure;
use super::{Answer, Engine, Shared};
use apicall_core::api::{ImportQuery, ImportReport, RejectedRow};
use apicall_core::dialer::Changed;
use apicall_core::import::{ImportError, ImportSettings, Importer, Row};
use apicall_core::model::{CampaignId, Page};
use apicall_core::store::{ImportId, NewContact, Rejected};
use axum::Json as Reply;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use futures_util::StreamExt;
use serde::Deserialize;
use std::io::{self, Read};
use tokio::sync::mpsc;

/// Rows of one batch.
const BATCH: usize = 1_000;
/// Chunks and batches on their way.
const AHEAD: usize = 4;
/// Rejects that the report itself lists.
const LISTED: usize = 100;

/// `POST /campaigns/{id}/import`
pub(super) async fn import(
    State(engine): Shared,
    Id(id): Id<CampaignId>,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Answer<Reply<ImportReport>> {
    let campaign = find(&engine, id).await?;
    let project = engine.store.project(campaign.project).await?;
    let project = project.ok_or_else(|| Failure::not_found("project", campaign.project))?;
    let settings = settings(query, project.country)?;
    let import = engine.store.begin_import(id).await?;
    match take(&engine, id, import, settings, body).await {
        Ok(report) => {
            engine.store.commit_import(import).await?;
            engine.dialer.refresh(Changed::Campaign(id)).await?;
            Ok(Reply(report))
        }
        Err(failure) => {
            engine.store.abort_import(import).await?;
            Err(failure)
        }
    }
}

fn settings(query: ImportQuery, country: apicall_core::model::Country) -> Result<ImportSettings, Failure> {
    let delimiter = match query.delimiter.as_deref() {
        None => None,
        Some("tab") => Some(b'\t'),
        Some("," | ";" | "|") => query.delimiter.as_deref().and_then(|text| text.bytes().next()),
        Some(other) => {
            return Err(Failure::query(
                "delimiter",
                format!("`{other}` is no delimiter; use , ; | or tab"),
            ));
        }
    };
    let rename = query
        .columns
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .filter(|pair| !pair.trim().is_empty());
    let rename: Result<Vec<_>, Failure> = rename
        .map(|pair| {
            let both = pair
                .split_once('=')
                .map(|(from, to)| (from.trim().to_owned(), to.trim().to_owned()));
            both.ok_or_else(|| {
                Failure::query(
                    "columns",
                    format!("`{pair}` is no renaming; write header=variable"),
                )
            })
        })
        .collect();
    Ok(ImportSettings {
        country,
        number_column: query.number_column,
        rename: rename?,
        delimiter,
        header: query.header,
    })
}

/// What the reading thread tells.
enum Told {
    Columns {
        delimiter: &'static str,
        number_column: String,
        variables: Vec<String>,
    },
    Rows(Vec<Row>),
    Failed(ImportError),
}

async fn take(
    engine: &Engine,
    campaign: CampaignId,
    import: ImportId,
    settings: ImportSettings,
    body: Body,
) -> Result<ImportReport, Failure> {
    let (chunks, reading) = mpsc::channel(AHEAD);
    let (tell, mut told) = mpsc::channel(AHEAD);
    tokio::spawn(pour(body, chunks, engine.config.http.max_import_bytes));
    tokio::task::spawn_blocking(move || {
        read(
            &settings,
            Chunks {
                reading,
                at_hand: Bytes::new(),
            },
            &tell,
        )
    });
    let mut report = ImportReport {
        id: import.get(),
        campaign,
        rows: 0,
        added: 0,
        duplicates: 0,
        rejected: 0,
        delimiter: String::new(),
        number_column: String::new(),
        variables: Vec::new(),
        rejects: Vec::new(),
    };
    while let Some(told) = told.recv().await {
        match told {
            Told::Columns {
                delimiter,
                number_column,
                variables,
            } => {
                report.delimiter = delimiter.to_owned();
                report.number_column = number_column;
                report.variables = variables;
            }
            Told::Rows(rows) => keep(engine, import, rows, &mut report).await?,
            Told::Failed(error) => return Err(error.into()),
        }
    }
    Ok(report)
}

async fn keep(
    engine: &Engine,
    import: ImportId,
    rows: Vec<Row>,
    report: &mut ImportReport,
) -> Result<(), Failure> {
    let (mut contacts, mut rejects) = (Vec::new(), Vec::new());
    report.rows += rows.len() as u64;
    for row in rows {
        match row {
            Row::Contact {
                line,
                number,
                variables,
            } => contacts.push(NewContact {
                line,
                number,
                variables,
            }),
            Row::Reject { line, value, reason } => rejects.push(Rejected { line, value, reason }),
        }
    }
    report.rejected += rejects.len() as u64;
    let offered = contacts.len() as u64;
    let numbers: Vec<_> = contacts
        .iter()
        .map(|contact| (contact.line, contact.number.to_string()))
        .collect();
    let duplicates = engine.store.add_contacts(import, contacts).await?;
    report.duplicates += duplicates.len() as u64;
    report.added += offered - duplicates.len() as u64;
    let reason = "the campaign has this number already";
    for line in duplicates {
        let at = numbers.binary_search_by_key(&line, |(line, _)| *line);
        let value = at.map(|at| numbers[at].1.clone()).unwrap_or_default();
        rejects.push(Rejected {
            line,
            value,
            reason: reason.to_owned(),
        });
    }
    rejects.sort_by_key(|reject| reject.line);
    let room = LISTED.saturating_sub(report.rejects.len());
    report.rejects.extend(rejects.iter().take(room).cloned().map(row));
    engine.store.reject(import, rejects).await?;
    Ok(())
}

/// The body's chunks to the reading thread; a broken or endless body ends with its error.
async fn pour(body: Body, chunks: mpsc::Sender<io::Result<Bytes>>, most: u64) {
    let mut stream = body.into_data_stream();
    let mut poured = 0_u64;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(io::Error::other);
        poured += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        let chunk = if poured > most {
            Err(io::Error::other(format!(
                "it is longer than the {most} bytes of http.max_import_bytes"
            )))
        } else {
            chunk
        };
        let over = chunk.is_err();
        if chunks.send(chunk).await.is_err() || over {
            return;
        }
    }
}

fn read(settings: &ImportSettings, chunks: Chunks, tell: &mpsc::Sender<Told>) {
    let importer = match Importer::new(settings, chunks) {
        Ok(importer) => importer,
        Err(error) => {
            let _ = tell.blocking_send(Told::Failed(error));
            return;
        }
    };
    let columns = Told::Columns {
        delimiter: importer.delimiter(),
        number_column: importer.columns().number_name().to_owned(),
        variables: importer.columns().variable_names().map(str::to_owned).collect(),
    };
    let mut going = tell.blocking_send(columns).is_ok();
    let mut batch = Vec::with_capacity(BATCH);
    for row in importer {
        match row {
            Ok(row) => batch.push(row),
            Err(error) => {
                let _ = tell.blocking_send(Told::Failed(error));
                return;
            }
        }
        if batch.len() == BATCH {
            going = going && tell.blocking_send(Told::Rows(std::mem::take(&mut batch))).is_ok();
        }
        if !going {
            return;
        }
    }
    let _ = tell.blocking_send(Told::Rows(batch));
}

/// Chunks as a reader, on a thread that may wait.
struct Chunks {
    reading: mpsc::Receiver<io::Result<Bytes>>,
    at_hand: Bytes,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at_hand.is_empty() {
            match self.reading.blocking_recv() {
                Some(chunk) => self.at_hand = chunk?,
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.at_hand.len());
        into[..count].copy_from_slice(&self.at_hand.split_to(count));
        Ok(count)
    }
}

/// Query of a page of rejects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RejectsQuery {
    after: Option<String>,
    limit: Option<u32>,
}

/// `GET /campaigns/{id}/imports/{import}/rejects`
pub(super) async fn rejects(
    State(engine): Shared,
    Path((campaign, import)): Path<(String, String)>,
    Query(query): Query<RejectsQuery>,
) -> Answer<Reply<Page<RejectedRow>>> {
    let campaign: CampaignId = campaign.parse()?;
    let import: i64 = import
        .parse()
        .map_err(|_| Failure::new(StatusCode::NOT_FOUND, "not_found", "no such import"))?;
    let limit = page_limit(query.limit)?;
    let page = engine
        .store
        .rejects(campaign, import.into(), query.after.as_deref(), limit)
        .await?;
    Ok(Reply(page.map(row)))
}

fn row(rejected: Rejected) -> RejectedRow {
    RejectedRow {
        line: rejected.line,
        value: rejected.value,
        reason: rejected.reason,
    }
}
