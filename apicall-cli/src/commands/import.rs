//! `campaign import`

use crate::cli::{Format, Import};
use crate::error::Error;
use crate::output::{self, Column};
use crate::remote::Remote;
use apicall_core::api::{ImportQuery, ImportReport, RejectedRow};
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Body;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes of one chunk.
const CHUNK: usize = 64 * 1024;

const COLUMNS: &[Column<ImportReport>] = &[
    ("rows", |report| report.rows.to_string()),
    ("added", |report| report.added.to_string()),
    ("duplicates", |report| report.duplicates.to_string()),
    ("rejected", |report| report.rejected.to_string()),
    ("number_column", |report| report.number_column.clone()),
    ("variables", |report| report.variables.join(" ")),
];

const REJECTS: &[Column<RejectedRow>] = &[
    ("line", |row| row.line.to_string()),
    ("value", |row| row.value.clone()),
    ("reason", |row| row.reason.clone()),
];

pub(super) async fn run(remote: &Remote, format: Format, asked: Import) -> Result<(), Error> {
    let (input, length) = open(&asked.file)?;
    let bar = bar(length);
    let query = ImportQuery {
        number_column: asked.number_column,
        columns: asked.columns,
        delimiter: asked.delimiter,
        header: asked.header,
    };
    let body = Body::wrap_stream(chunks(bar.wrap_read(input)));
    let sent = remote
        .upload::<ImportReport>(&format!("/campaigns/{}/import", asked.id), &query, body)
        .await;
    bar.finish_and_clear();
    let report = sent?;
    output::one(format, &report, COLUMNS)?;
    if let Some(file) = &asked.rejects {
        let path = format!("/campaigns/{}/imports/{}/rejects", asked.id, report.id);
        write_rejects(file, &remote.all(&path, &[], usize::MAX).await?)?;
    } else if format == Format::Table && !report.rejects.is_empty() {
        let all = report.duplicates + report.rejected;
        output::remark(&format!(
            "{all} rows became no contact; the first {}:",
            report.rejects.len()
        ));
        for row in &report.rejects {
            output::remark(&format!("  line {}: {} ({})", row.line, row.reason, row.value));
        }
    }
    Ok(())
}

fn open(file: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), Error> {
    if file.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let opened = File::open(file).map_err(|error| Error::Usage(format!("{}: {error}", file.display())))?;
    let length = opened.metadata()?.len();
    Ok((Box::new(opened), Some(length)))
}

fn bar(length: Option<u64>) -> ProgressBar {
    match length {
        Some(length) => {
            let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}");
            ProgressBar::new(length).with_style(style.expect("the template is one"))
        }
        None => ProgressBar::new_spinner(),
    }
}

fn chunks(input: impl Read + Send + 'static) -> impl stream::Stream<Item = io::Result<Vec<u8>>> + Send {
    stream::try_unfold(input, |mut input| async move {
        let mut chunk = vec![0; CHUNK];
        let count = input.read(&mut chunk)?;
        chunk.truncate(count);
        Ok((count > 0).then_some((chunk, input)))
    })
}

fn write_rejects(file: &Path, rejects: &[RejectedRow]) -> Result<(), Error> {
    let mut writer = csv::Writer::from_path(file)?;
    writer.write_record(REJECTS.iter().map(|(name, _)| *name))?;
    for row in rejects {
        writer.write_record(REJECTS.iter().map(|(_, cell)| cell(row)))?;
    }
    writer.flush()?;
    output::remark(&format!(
        "{} rows became no contact; see {}",
        rejects.len(),
        file.display()
    ));
    Ok(())
}
