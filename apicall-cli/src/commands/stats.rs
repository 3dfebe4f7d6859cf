//! `stats`, `switch list`

use super::project;
use crate::cli::Format;
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use apicall_core::api::{
    CampaignProgress, DetectionStats, LevelLoad, LiveStats, StatsQuery, SwitchInfo, SwitchState,
};
use apicall_core::scenario::ProjectRef;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Between two looks of `--watch`.
const EVERY: Duration = Duration::from_secs(1);

const LEVELS: &[Column<LevelLoad>] = &[
    Column::Text("level", |level| level.level.clone()),
    Column::Text("live", |level| level.live.to_string()),
    Column::Text("of", |level| maybe(level.channels)),
    Column::Text("unanswered", |level| level.unanswered.to_string()),
    Column::Text("waiting", |level| level.waiting.to_string()),
    Column::Text("started_1s", |level| level.starts_last_second.to_string()),
    Column::Text("cps", |level| maybe(level.cps)),
];

const CAMPAIGNS: &[Column<CampaignProgress>] = &[
    Column::Text("campaign", |campaign| campaign.campaign.to_string()),
    Column::Text("name", |campaign| campaign.name.clone()),
    Column::Text("done", |campaign| campaign.done.to_string()),
    Column::Text("contacts", |campaign| campaign.contacts.to_string()),
    Column::Text("live", |campaign| campaign.live.to_string()),
];

const SWITCHES: &[Column<SwitchInfo>] = &[
    Column::Text("name", |switch| switch.name.to_string()),
    Column::Text("kind", |switch| switch.kind.clone()),
    Column::Text("state", |switch| {
        if switch.state == SwitchState::Up {
            "up"
        } else {
            "down"
        }
        .to_owned()
    }),
    Column::Time("since", |switch| Some(switch.since)),
    Column::Text("reason", |switch| maybe(switch.reason.as_ref())),
    Column::Text("slowed", |switch| {
        maybe(
            switch
                .slowed
                .as_ref()
                .map(|slowed| format!("to {}/s, {} %: {}", slowed.cps, slowed.percent, slowed.reason)),
        )
    }),
];

pub(super) async fn switches(remote: &Remote, format: Format) -> Result<(), Error> {
    output::list(
        format,
        &remote.get::<Vec<SwitchInfo>>("/switches", &()).await?,
        SWITCHES,
    )
}

pub(super) async fn run(
    remote: &Remote,
    format: Format,
    project: Option<&ProjectRef>,
    watch: bool,
) -> Result<(), Error> {
    let query = StatsQuery {
        project: project::id_of_some(remote, project).await?,
        ..StatsQuery::default()
    };
    loop {
        let stats: LiveStats = remote.get("/stats", &query).await?;
        if !watch {
            return print(format, &stats);
        }
        if format == Format::Json {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{}", serde_json::to_string(&stats)?)?;
            out.flush()?;
        } else {
            if std::io::stdout().is_terminal() {
                write!(std::io::stdout(), "\x1b[H\x1b[J")?;
            }
            print(format, &stats)?;
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn print(format: Format, stats: &LiveStats) -> Result<(), Error> {
    match format {
        Format::Json => output::json(stats),
        Format::Csv => output::list(format, &stats.levels, LEVELS),
        Format::Table => {
            output::list(format, &stats.levels, LEVELS)?;
            writeln!(std::io::stdout())?;
            output::list(format, &stats.switches, SWITCHES)?;
            if !stats.campaigns.is_empty() {
                writeln!(std::io::stdout())?;
                output::list(format, &stats.campaigns, CAMPAIGNS)?;
            }
            let some = stats.by_outcome.iter().filter(|(_, count)| **count > 0);
            let ended: Vec<_> = some
                .map(|(outcome, count)| format!("{outcome} {count}"))
                .collect();
            writeln!(
                std::io::stdout(),
                "\nended in the last 24 h: {}",
                ended.join(", ")
            )?;
            let said = detection(&stats.detection);
            if !said.is_empty() {
                writeln!(std::io::stdout(), "detection in the last 24 h: {said}")?;
            }
            Ok(())
        }
    }
}

/// What detection said, and of how many calls it was contradicted; nothing where it said nothing.
fn detection(stats: &DetectionStats) -> String {
    let kinds = |machine: bool| {
        let kinds = stats
            .contradicted
            .iter()
            .filter(move |(kind, _)| kind.of_machine() == machine);
        let some = kinds.filter(|(_, count)| **count > 0);
        some.map(|(kind, count)| format!("{kind} {count}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let verdicts = [
        ("human", stats.human, stats.human_share, kinds(false)),
        ("machine", stats.machine, stats.machine_share, kinds(true)),
    ];
    let said = verdicts.into_iter().filter_map(|(by, calls, share, kinds)| {
        let percent = share? * 100.0;
        let kinds = if kinds.is_empty() {
            kinds
        } else {
            format!(": {kinds}")
        };
        Some(format!("{by} {calls} ({percent:.1} % contradicted{kinds})"))
    });
    said.collect::<Vec<_>>().join(", ")
}
