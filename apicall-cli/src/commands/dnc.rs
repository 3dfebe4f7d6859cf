//! `dnc …`

use super::import::{CSV, bar, chunks, open, remark_rejects};
use super::project::id_of_some;
use crate::cli::{Dnc as Verb, DncImport, Format};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use apicall_core::api::{DncImportQuery, DncReport, NewDncEntry};
use apicall_core::model::{DncEntry, PhoneNumber, ProjectId};
use reqwest::{Body, Method};
use std::fs::File;
use std::io::stdout;
use std::path::PathBuf;

const COLUMNS: &[Column<DncEntry>] = &[
    Column::Text("number", |entry| entry.number.to_string()),
    Column::Text("project", |entry| maybe(entry.project)),
    Column::Text("origin", |entry| entry.origin.to_string()),
    Column::Text("reason", |entry| entry.reason.clone()),
    Column::Text("call", |entry| maybe(entry.call)),
    Column::Time("added_at", |entry| Some(entry.added_at)),
];

const REPORT: &[Column<DncReport>] = &[
    Column::Text("rows", |report| report.rows.to_string()),
    Column::Text("added", |report| report.added.to_string()),
    Column::Text("known", |report| report.known.to_string()),
    Column::Text("rejected", |report| report.rejected.to_string()),
    Column::Text("number_column", |report| report.number_column.clone()),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Add {
            number,
            project,
            reason,
        } => {
            let new = NewDncEntry {
                number,
                project: id_of_some(remote, project.as_ref()).await?,
                reason,
            };
            let entry: DncEntry = remote.post("/dnc", &new).await?;
            output::one(format, &entry, COLUMNS)
        }
        Verb::List {
            project,
            everybody,
            number,
            limit,
        } => {
            let project = id_of_some(remote, project.as_ref()).await?;
            let entries = entries(remote, project, everybody, number, limit.unwrap_or(usize::MAX)).await?;
            output::list(format, &entries, COLUMNS)
        }
        Verb::Import(asked) => import(remote, format, asked).await,
        Verb::Export {
            file,
            project,
            everybody,
        } => {
            let project = id_of_some(remote, project.as_ref()).await?;
            export(
                &entries(remote, project, everybody, None, usize::MAX).await?,
                file,
            )
        }
        Verb::Delete { number, project } => {
            let project = id_of_some(remote, project.as_ref()).await?;
            delete(remote, number, project).await
        }
    }
}

fn export(entries: &[DncEntry], file: Option<PathBuf>) -> Result<(), Error> {
    let Some(file) = file else {
        return output::csv(stdout().lock(), entries, COLUMNS);
    };
    let written =
        File::create(&file).map_err(|error| Error::Usage(format!("{}: {error}", file.display())))?;
    output::csv(written, entries, COLUMNS)?;
    let numbers = output::counted(entries.len() as u64, "number");
    output::remark(&format!("{numbers} written to {}", file.display()));
    Ok(())
}

async fn delete(remote: &Remote, number: PhoneNumber, project: Option<ProjectId>) -> Result<(), Error> {
    let found = entries(remote, project, project.is_none(), Some(number.clone()), 1).await?;
    let Some(entry) = found.first() else {
        let whose = project.map_or_else(|| "all projects".to_owned(), |id| format!("project {id}"));
        return Err(Error::Expectation(format!(
            "{number} is not on the list of {whose}; see: apicall-cli dnc list --number {number}"
        )));
    };
    remote
        .nothing(Method::DELETE, &format!("/dnc/{}", entry.id))
        .await
}

async fn entries(
    remote: &Remote,
    project: Option<ProjectId>,
    everybody: bool,
    number: Option<PhoneNumber>,
    most: usize,
) -> Result<Vec<DncEntry>, Error> {
    let query = [
        ("project", project.map(|id| id.to_string())),
        ("everybody", everybody.then(|| "true".to_owned())),
        ("number", number.map(|number| number.to_string())),
    ];
    let query = query
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    remote.all("/dnc", &query.collect::<Vec<_>>(), most).await
}

async fn import(remote: &Remote, format: Format, asked: DncImport) -> Result<(), Error> {
    let project = id_of_some(remote, asked.project.as_ref()).await?;
    let (input, length) = open(&asked.file)?;
    let bar = bar(length);
    let query = DncImportQuery {
        project,
        country: asked.country,
        reason: asked.reason,
        number_column: asked.number_column,
        delimiter: asked.delimiter,
        header: asked.header,
    };
    let body = Body::wrap_stream(chunks(bar.wrap_read(input)));
    let sent = remote.upload::<DncReport>("/dnc/import", &query, CSV, body).await;
    bar.finish_and_clear();
    let report = sent?;
    output::one(format, &report, REPORT)?;
    if format == Format::Table {
        remark_rejects(report.rejected, "entry", &report.rejects);
    }
    Ok(())
}
