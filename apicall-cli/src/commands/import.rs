//! `campaign import`

use crate::cli::{Format, Import};
use crate::error::Error;
use crate::output::{self, Column};
use crate::remote::Remote;
use crate::target::Target;
use apicall_core::api::{ImportQuery, ImportReport, RejectedRow};
use apicall_core::model::Campaign;
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Body;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What lists are sent as.
pub(super) const CSV: &str = "text/csv";
/// Bytes of one chunk.
const CHUNK: usize = 64 * 1024;

const COLUMNS: &[Column<ImportReport>] = &[
    Column::Text("rows", |report| report.rows.to_string()),
    Column::Text("added", |report| report.added.to_string()),
    Column::Text("duplicates", |report| report.duplicates.to_string()),
    Column::Text("rejected", |report| report.rejected.to_string()),
    Column::Text("number_column", |report| report.number_column.clone()),
    Column::Text("variables", |report| report.variables.join(" ")),
];

const REJECTS: &[Column<RejectedRow>] = &[
    Column::Text("line", |row| row.line.to_string()),
    Column::Text("value", |row| row.value.clone()),
    Column::Text("reason", |row| row.reason.clone()),
];

pub(super) async fn run(remote: &Remote, format: Format, asked: Import) -> Result<(), Error> {
    // Said before the list is sent: an answer in the middle of a long body reads like a broken connection.
    remote
        .get::<Campaign>(&format!("/campaigns/{}", asked.id), &())
        .await?;
    let (input, length) = open(&asked.file)?;
    let rejects = asked.rejects.as_ref();
    let rejects = rejects.map(|file| Target::open("--rejects", file, [&asked.file]));
    let rejects = rejects.transpose()?;
    let bar = bar(length);
    let query = ImportQuery {
        number_column: asked.number_column,
        columns: asked.columns,
        delimiter: asked.delimiter,
        header: asked.header,
    };
    let body = Body::wrap_stream(chunks(bar.wrap_read(input)));
    let sent = remote
        .upload::<ImportReport>(&format!("/campaigns/{}/import", asked.id), &query, CSV, body)
        .await;
    bar.finish_and_clear();
    let report = sent?;
    output::one(format, &report, COLUMNS)?;
    if let Some((target, file)) = rejects.zip(asked.rejects) {
        let path = format!("/campaigns/{}/imports/{}/rejects", asked.id, report.id);
        let rejects: Vec<RejectedRow> = remote.all(&path, &[], usize::MAX).await?;
        target.write(|file| output::csv(file, &rejects, REJECTS))?;
        let rows = output::counted(rejects.len() as u64, "row");
        output::remark(&format!("{rows} became no contact; see {}", file.display()));
    } else if format == Format::Table {
        remark_rejects(report.duplicates + report.rejected, "contact", &report.rejects);
    }
    Ok(())
}

/// Says how many rows did not become what they should have, with the first of them.
pub(super) fn remark_rejects(all: u64, what: &str, first: &[RejectedRow]) {
    if first.is_empty() {
        return;
    }
    let rows = output::counted(all, "row");
    let shown = match first.len() as u64 {
        shown if shown < all => format!("; the first {shown}"),
        _ => String::new(),
    };
    output::remark(&format!("{rows} became no {what}{shown}:"));
    for row in first {
        let row = format!("  line {}: {} ({})", row.line, row.reason, row.value);
        output::remark(&output::printable(&row));
    }
}

pub(super) fn open(file: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), Error> {
    if file.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let opened = File::open(file).map_err(|error| Error::Usage(format!("{}: {error}", file.display())))?;
    let metadata = opened.metadata()?;
    if metadata.is_dir() {
        return Err(Error::Usage(format!("{}: is a directory", file.display())));
    }
    let length = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(opened), length))
}

pub(super) fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::new(length),
            "{bar:40} {bytes}/{total_bytes} {bytes_per_sec}",
        ),
        None => (ProgressBar::no_length(), "{spinner} {bytes} {bytes_per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("the template is one"))
}

pub(super) fn chunks(
    input: impl Read + Send + 'static,
) -> impl stream::Stream<Item = io::Result<Vec<u8>>> + Send {
    stream::try_unfold(input, |mut input| async move {
        let mut chunk = vec![0; CHUNK];
        let count = input.read(&mut chunk)?;
        chunk.truncate(count);
        Ok((count > 0).then_some((chunk, input)))
    })
}
