//! Number lists into a campaign.
//!
//! The body is read by a thread of its own, a batch at a time, so that neither its size nor a slow sender costs memory
//! or time of others. An import that breaks off leaves nothing.

use super::body::{Id, Ids, Query, media, page_limit, page_start};
use super::by::By;
use super::problem::Failure;
use super::{Answer, Engine};
use apicall_core::api::{ImportQuery, ImportReport, RejectedRow};
use apicall_core::dialer::Changed;
use apicall_core::import::{ImportError, ImportSettings, Importer, Row};
use apicall_core::model::{CampaignId, Page};
use apicall_core::store::{ImportId, NewContact, Rejected};
use axum::Json as Reply;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc;

/// Rows of one batch, which is one transaction: calls in progress wait for it.
const BATCH: usize = 2_000;
/// Chunks and batches on their way.
const AHEAD: usize = 4;
/// Silence after which a sender is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the answer to one that broke off waits for it to be gone.
const TAKING_BACK: Duration = Duration::from_secs(5);
/// After a failure this much more is read and thrown away, so that the sender gets to read why.
const THROWN_AWAY: u64 = 1 << 28;
/// What lists are sent as; the last two by browsers and by tools that do not know.
pub(super) const LISTS: [&str; 6] = [
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
    "application/csv",
    "application/vnd.ms-excel",
    "application/octet-stream",
];
/// Rejects that the report itself lists.
pub(super) const LISTED: usize = 100;

/// `POST /campaigns/{id}/import`
pub(super) async fn import(
    by: By,
    Id(id): Id<CampaignId>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Reply<ImportReport>> {
    media(&headers, &LISTS)?;
    let (engine, campaign) = by.campaign(id).await?;
    let (_, project) = by.project(campaign.project).await?;
    let settings = settings(query, project.country)?;
    let import = engine.store.begin_import(id).await?;
    let done = match take(engine, id, import, settings, body).await {
        Ok(report) => engine
            .store
            .commit_import(import)
            .await
            .map(|()| report)
            .map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match done {
        Ok(report) => {
            let added = json!({ "import": report.id, "rows": report.rows, "added": report.added });
            by.note("campaign", id, "imported", Some(added)).await;
            engine.tell(Changed::Campaign(id)).await?;
            Ok(Reply(report))
        }
        Err(failure) => {
            take_back(engine, import).await;
            Err(failure)
        }
    }
}

/// Takes an import back, however long the store is away. Who asked waits for it a moment only.
async fn take_back(engine: &Engine, import: ImportId) {
    let store = engine.store.clone();
    let taking = tokio::spawn(async move {
        if let Err(error) = store.abort_import(import).await {
            tracing::error!(import = import.get(), %error, "an import that broke off is taken back by the next start only");
        }
    });
    let _ = tokio::time::timeout(TAKING_BACK, taking).await;
}

pub(super) fn settings(
    query: ImportQuery,
    country: apicall_core::model::Country,
) -> Result<ImportSettings, Failure> {
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
pub(super) enum Told {
    Columns {
        delimiter: &'static str,
        number_column: String,
        variables: Vec<String>,
    },
    Rows(Vec<Row>),
    Failed(ImportError),
}

/// Reads a list: what is told of it, and why it broke off if it does.
pub(super) fn reading(
    engine: &Engine,
    settings: ImportSettings,
    body: Body,
) -> (mpsc::Receiver<Told>, Broken) {
    let (chunks, reading) = mpsc::channel(AHEAD);
    let (tell, told) = mpsc::channel(AHEAD);
    let broken = Broken::default();
    tokio::spawn(pour(
        body,
        chunks,
        engine.config.http.max_import_bytes,
        broken.clone(),
    ));
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
    (told, broken)
}

async fn take(
    engine: &Engine,
    campaign: CampaignId,
    import: ImportId,
    settings: ImportSettings,
    body: Body,
) -> Result<ImportReport, Failure> {
    let (mut told, broken) = reading(engine, settings, body);
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
    // Rows that became no contacts are written with the batch that comes after theirs: one transaction for both.
    let mut rejects = Vec::new();
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
            Told::Rows(rows) => {
                let before = std::mem::take(&mut rejects);
                rejects = keep(engine, import, rows, before, &mut report).await?;
            }
            Told::Failed(error) => return Err(broken.why().unwrap_or_else(|| error.into())),
        }
    }
    engine.store.reject(import, rejects).await?;
    Ok(report)
}

/// Stages the contacts of a batch, and writes the rows of the one before that became none; those of this one.
async fn keep(
    engine: &Engine,
    import: ImportId,
    rows: Vec<Row>,
    before: Vec<Rejected>,
    report: &mut ImportReport,
) -> Result<Vec<Rejected>, Failure> {
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
    let staged = engine.store.add_contacts(import, contacts);
    let (duplicates, ()) = tokio::try_join!(staged, engine.store.reject(import, before))?;
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
    Ok(rejects)
}

/// Why a body came to no end.
#[derive(Clone, Default)]
pub(super) struct Broken(Arc<OnceLock<Cut>>);

#[derive(Clone, Copy)]
pub(super) enum Cut {
    TooLong(u64),
    TooSlow,
    Lost,
}

impl Broken {
    pub(super) fn why(&self) -> Option<Failure> {
        Some(match self.0.get()? {
            Cut::TooLong(most) => {
                let detail =
                    format!("the list is longer than the {most} bytes of http.max_import_bytes; split it");
                Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
            }
            Cut::TooSlow => Failure::slow(),
            Cut::Lost => Failure::new(
                StatusCode::BAD_REQUEST,
                "invalid_body",
                "the list broke off; nothing of it was kept",
            ),
        })
    }
}

/// The body's chunks to the reading thread. When that wants no more, or the body is too long, reads on for a while.
async fn pour(body: Body, chunks: mpsc::Sender<io::Result<Bytes>>, most: u64, broken: Broken) {
    let mut stream = body.into_data_stream();
    let (mut poured, mut thrown) = (0_u64, 0_u64);
    let mut chunks = Some(chunks);
    while thrown <= THROWN_AWAY {
        let (chunk, cut) = match tokio::time::timeout(PATIENCE, stream.next()).await {
            Ok(None) => return,
            Ok(Some(Ok(chunk))) => {
                poured += chunk.len() as u64;
                let cut = (poured > most).then_some(Cut::TooLong(most));
                (chunk, cut)
            }
            Ok(Some(Err(_))) => (Bytes::new(), Some(Cut::Lost)),
            Err(_) => (Bytes::new(), Some(Cut::TooSlow)),
        };
        let Some(open) = &chunks else {
            if chunk.is_empty() {
                return;
            }
            thrown += chunk.len() as u64;
            continue;
        };
        let taken = match cut {
            None => open.send(Ok(chunk)).await,
            Some(cut) => {
                let _ = broken.0.set(cut);
                let _ = open.send(Err(io::ErrorKind::InvalidData.into())).await;
                chunks = None;
                continue;
            }
        };
        if taken.is_err() {
            chunks = None;
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
    by: By,
    Ids(campaign, import): Ids<CampaignId, i64>,
    Query(query): Query<RejectsQuery>,
) -> Answer<Reply<Page<RejectedRow>>> {
    let engine = by.over_campaign(campaign).await?;
    let limit = page_limit(query.limit)?;
    let page = engine
        .store
        .rejects(
            campaign,
            import.into(),
            page_start(query.after.as_deref())?,
            limit,
        )
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
