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
    let found: Preflight = remote.get(&format!("/campaigns/{id}/preflight"), &()).await?;
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
    let errors = errors(&found);
    match errors {
        0 => Ok(()),
        _ => Err(Error::Expectation(format!("campaign {id} would call nobody"))),
    }
}

fn errors(found: &Preflight) -> usize {
    let errors = found
        .obstacles
        .iter()
        .filter(|one| one.severity == Severity::Error);
    errors.count()
}

fn answer(found: &Preflight) -> String {
    let errors = errors(found);
    let warnings = found.obstacles.len() - errors;
    let done_at = found.first_calls_done_at.map(output::local);
    let until = done_at.map(|at| format!("; each may have been called once by {at}"));
    format!(
        "{errors} errors, {warnings} warnings; {} contacts wait, {} of them were looked at{}",
        found.pending,
        found.sampled,
        until.unwrap_or_default()
    )
}
