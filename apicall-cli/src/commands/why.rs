//! `why`

use super::project::id_of_some;
use crate::cli::{Format, Why};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use apicall_core::api::{WhyQuery, WhyReport};
use apicall_core::model::{CampaignId, Judged, PhoneNumber, ProjectId, RuleVerdict, Trace};
use serde::Serialize;

const RULES: &[Column<Judged>] = &[
    Column::Text("rule", |judged| judged.rule.to_string()),
    Column::Text("verdict", |judged| judged.verdict.to_string()),
    Column::Time("until", |judged| judged.until),
    Column::Text("input", |judged| judged.input.clone()),
];

/// A rule, and of which call.
#[derive(Debug, Serialize)]
struct Row {
    project: ProjectId,
    campaign: Option<CampaignId>,
    number: PhoneNumber,
    judged: Judged,
}

const ROWS: &[Column<Row>] = &[
    Column::Text("project", |row| row.project.to_string()),
    Column::Text("campaign", |row| maybe(row.campaign)),
    Column::Text("number", |row| row.number.to_string()),
    Column::Text("rule", |row| row.judged.rule.to_string()),
    Column::Text("verdict", |row| row.judged.verdict.to_string()),
    Column::Time("until", |row| row.judged.until),
    Column::Text("input", |row| row.judged.input.clone()),
];

/// Shows why; it is a failure when no call that was asked about may be made at that moment.
pub(super) async fn run(remote: &Remote, format: Format, asked: Why) -> Result<(), Error> {
    let query = WhyQuery {
        number: asked.number,
        project: id_of_some(remote, asked.project.as_ref()).await?,
        campaign: asked.campaign,
        single: asked.single,
        at: asked.at.map(|at| at.0),
    };
    let report: WhyReport = remote.get("/why", &query).await?;
    print(format, &report)?;
    if report.left_off {
        output::remark("there are more; name a --project or a --campaign");
    }
    let passes = |trace: &Trace| trace.verdict == RuleVerdict::Passes;
    match report.traces.iter().any(passes) {
        true => Ok(()),
        false => Err(Error::Expectation("not to be called at that moment".to_owned())),
    }
}

fn print(format: Format, report: &WhyReport) -> Result<(), Error> {
    match format {
        Format::Json => output::json(report),
        Format::Csv => {
            let rows: Vec<_> = report.traces.iter().flat_map(rows).collect();
            output::list(format, &rows, ROWS)
        }
        Format::Table => {
            for (place, trace) in report.traces.iter().enumerate() {
                let gap = if place > 0 { "\n" } else { "" };
                let head = format!(
                    "{} for project {}{}",
                    trace.number,
                    trace.project,
                    by(trace.campaign)
                );
                output::text(&format!("{gap}{}\n", output::printable(&head)))?;
                output::list(format, &trace.rules, RULES)?;
                output::text(&format!("{}\n", output::printable(&trace.answer)))?;
            }
            Ok(())
        }
    }
}

fn rows(trace: &Trace) -> impl Iterator<Item = Row> {
    trace.rules.iter().map(|judged| Row {
        project: trace.project,
        campaign: trace.campaign,
        number: trace.number.clone(),
        judged: judged.clone(),
    })
}

fn by(campaign: Option<CampaignId>) -> String {
    campaign.map_or_else(
        || ", singly".to_owned(),
        |campaign| format!(", campaign {campaign}"),
    )
}
