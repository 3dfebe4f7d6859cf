//! `campaign preflight`

use crate::cli::Format;
use crate::error::Error;
use crate::output::{self, Column};
use crate::remote::Remote;
use apicall_core::model::{CampaignId, Obstacle, Preflight, Severity};

const OBSTACLES: &[Column<Obstacle>] = &[
    Column::Text("severity", |one| one.severity.to_string()),
    Column::Text("what", |one| one.what.to_string()),
    Column::Text("says", |one| one.says.clone()),
    Column::Text("remedy", |one| one.remedy.clone()),
];

/// Shows what is in the way; it is a failure when nobody would be called.
pub(super) async fn run(remote: &Remote, format: Format, id: CampaignId) -> Result<(), Error> {
    let found = ask(remote, id).await?;
    match format {
        Format::Json => output::json(&found)?,
        Format::Csv => output::list(format, &found.obstacles, OBSTACLES)?,
        Format::Table => {
            if !found.obstacles.is_empty() {
                output::list(format, &found.obstacles, OBSTACLES)?;
            }
            output::text(&format!("{}\n", answer(&found)))?;
        }
    }
    judge(&found)
}

/// Tells what is in the way beside the data of another command; it is a failure when nobody would be called.
pub(super) async fn before(remote: &Remote, id: CampaignId) -> Result<(), Error> {
    let found = ask(remote, id).await?;
    for one in &found.obstacles {
        let told = format!("{}: {}: {}; {}", one.severity, one.what, one.says, one.remedy);
        output::remark(&output::printable(&told));
    }
    judge(&found)
}

async fn ask(remote: &Remote, id: CampaignId) -> Result<Preflight, Error> {
    remote.get(&format!("/campaigns/{id}/preflight"), &()).await
}

fn judge(found: &Preflight) -> Result<(), Error> {
    match errors(found) {
        0 => Ok(()),
        _ => Err(Error::Expectation(format!(
            "campaign {} would call nobody",
            found.campaign
        ))),
    }
}

fn errors(found: &Preflight) -> u64 {
    let errors = found
        .obstacles
        .iter()
        .filter(|one| one.severity == Severity::Error);
    errors.count() as u64
}

fn answer(found: &Preflight) -> String {
    let errors = errors(found);
    let warnings = found.obstacles.len() as u64 - errors;
    let done_at = found.first_calls_done_at.map(output::local);
    let until = done_at.map(|at| format!("; each may have been called once by {at}"));
    format!(
        "{}, {}; contacts that wait: {}, looked at: {}{}",
        output::counted(errors, "error"),
        output::counted(warnings, "warning"),
        found.pending,
        found.sampled,
        until.unwrap_or_default()
    )
}
