//! The tour: an engine on a temporary store, an emulated switch, a campaign from a number list, and what came of it.
//!
//! The engine is a whole one and is asked over HTTP, as a script would. Deliberately absent: numbers of anybody, and
//! anything that only the tour could do.

mod client;
mod list;
mod show;

use crate::config::{Config, Log, Pbx, Switch};
use crate::password;
use crate::running::Running;
use crate::serve::{Signals, start_log};
use apicall_core::api::{CallDetail, CampaignStats, ImportReport, LiveStats};
use apicall_core::model::{Call, Page, Project, Trunk};
use client::Client;
use serde_json::json;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

/// How fast the tour's campaign is dialed.
const CPS: u32 = 50;
/// Between two looks at the campaign.
const LOOK: Duration = Duration::from_millis(500);
/// What a shell expects of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
/// The tour ends after this long, whatever happens.
const PATIENCE: Duration = Duration::from_secs(180);

/// Shows the tour on an emulated PBX of that kind; with `keep` the engine goes on until SIGINT or SIGTERM.
pub(crate) async fn run(keep: bool, pbx: Pbx) -> anyhow::Result<ExitCode> {
    start_log(&Log {
        level: "warn".to_owned(),
        ..Log::default()
    })?;
    let mut signals = Signals::listen()?;
    let dir = tempdir()?;
    let mut config = Config::default();
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.store.url = Some(format!("sqlite://{}", dir.path().join("apicall.db").display()));
    config.limits.drain_s = 5;
    let mut switch = Switch::emulated("emulated".parse()?);
    switch.pbx = Some(pbx);
    config.switches = vec![switch];
    let password = password::draw();
    let running = Running::start(config, Some(password.clone())).await?;
    let client = Client::log_in(running.address, &password).await?;
    let end = tokio::select! {
        toured = tokio::time::timeout(PATIENCE, tour(&client, pbx)) => End::of(toured),
        () = signals.next() => End::Interrupted,
    };
    if matches!(end, End::Toured) {
        show::look_closer(running.address, &password, keep)?;
        if keep {
            signals.next().await;
        }
    }
    running.stop().await?;
    match end {
        End::Toured | End::Unwatched => Ok(ExitCode::SUCCESS),
        End::Interrupted => Ok(ExitCode::from(INTERRUPTED)),
        End::Failed(error) => Err(error),
    }
}

/// How a tour can end.
enum End {
    Toured,
    /// Whoever reads what is shown has seen enough.
    Unwatched,
    Interrupted,
    Failed(anyhow::Error),
}

impl End {
    fn of(toured: Result<anyhow::Result<()>, tokio::time::error::Elapsed>) -> Self {
        match toured {
            Ok(Ok(())) => Self::Toured,
            Ok(Err(error)) if is_broken_pipe(&error) => Self::Unwatched,
            Ok(Err(error)) => Self::Failed(error),
            Err(_) => Self::Failed(anyhow::anyhow!("the campaign did not finish within {PATIENCE:?}")),
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let told = error.downcast_ref::<io::Error>();
    told.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A directory that goes away with the tour.
fn tempdir() -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("apicall-demo-").tempdir()?)
}

async fn tour(client: &Client, pbx: Pbx) -> anyhow::Result<()> {
    show::title("A switch that is not there, a trunk, and a project with its flow")?;
    let trunk: Trunk = client.post("/trunks", &json!({ "name": "carrier" })).await?;
    let project: Project = client.post("/projects", &project(&trunk)).await?;
    show::project(&project, pbx)?;

    show::title("A number list becomes a campaign")?;
    let campaign = json!({ "project": project.id, "name": "Monday", "limits": { "cps": CPS } });
    let campaign: apicall_core::model::Campaign = client.post("/campaigns", &campaign).await?;
    let report: ImportReport = client
        .import(&format!("/campaigns/{}/import", campaign.id), list::csv())
        .await?;
    show::import(&report)?;

    show::title(&format!("Dialed at {CPS} calls a second"))?;
    client.order(&format!("/campaigns/{}/start", campaign.id)).await?;
    let stats = follow(client, &format!("/campaigns/{}/stats", campaign.id)).await?;

    show::title("What came of it")?;
    show::report(&stats)?;
    let found: Page<Call> = client
        .get(&format!(
            "/calls?campaign={}&result=transferred&limit=1",
            campaign.id
        ))
        .await?;
    if let Some(call) = found.items.first() {
        let detail: CallDetail = client.get(&format!("/calls/{}", call.id)).await?;
        show::title("One of the calls, moment by moment")?;
        show::ladder(&detail)?;
    }
    Ok(())
}

/// The ready-made flow with detection of machines, and retries soon enough to be seen.
fn project(trunk: &Trunk) -> serde_json::Value {
    json!({
        "name": "Demo", "country": "CO", "trunk": trunk.id, "caller_id": "6015551234", "ring_timeout_s": 5,
        "flow": { "simple": {
            "audio": "prueba", "expected_digit": "1", "overflow_number": list::AGENT,
            "amd": "2500|1500|1000|5000|100|50|4|256",
        } },
        "retry": { "max_attempts": 2, "delay_s": { "busy": 2, "no_answer": 2, "congestion": 2 } },
    })
}

/// Shows how the campaign goes on until it has finished.
async fn follow(client: &Client, stats: &str) -> anyhow::Result<CampaignStats> {
    let mut progress = show::Progress::new();
    loop {
        let campaign: CampaignStats = client.get(stats).await?;
        let live: LiveStats = client.get("/stats").await?;
        progress.draw(&campaign, &live)?;
        if campaign.state == apicall_core::model::CampaignState::Finished {
            progress.end()?;
            return Ok(campaign);
        }
        tokio::time::sleep(LOOK).await;
    }
}
