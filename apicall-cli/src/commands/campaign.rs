//! `campaign …`

use super::import;
use super::project::{id_of, id_of_some, limits, some_change};
use crate::cli::{Campaign as Verb, CampaignRules, Format};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use crate::values::{self, At, Change};
use apicall_core::api::{CampaignFilter, CampaignPatch, CampaignStats, DetectionStats, NewCampaign};
use apicall_core::model::{Campaign, CampaignId, CampaignState, ContactState, Timestamp};
use apicall_core::scenario::ProjectRef;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use std::time::Duration;

/// Between two looks while waiting.
const LOOK: Duration = Duration::from_millis(500);

const COLUMNS: &[Column<Campaign>] = &[
    Column::Text("id", |campaign| campaign.id.to_string()),
    Column::Text("project", |campaign| campaign.project.to_string()),
    Column::Text("name", |campaign| campaign.name.clone()),
    Column::Text("state", |campaign| campaign.state.to_string()),
    Column::Text("weight", |campaign| campaign.weight.to_string()),
    Column::Text("cps", |campaign| maybe(campaign.limits.cps)),
    Column::Text("channels", |campaign| maybe(campaign.limits.channels)),
    Column::Text("hours", |campaign| values::show_hours(campaign.hours.as_ref())),
    Column::Time("starts_at", |campaign| campaign.starts_at),
    Column::Time("ends_at", |campaign| campaign.ends_at),
    Column::Time("started_at", |campaign| campaign.started_at),
    Column::Time("ended_at", |campaign| campaign.ended_at),
];

const STATS: &[Column<CampaignStats>] = &[
    Column::Text("campaign", |stats| stats.campaign.to_string()),
    Column::Text("state", |stats| stats.state.to_string()),
    Column::Text("contacts", |stats| stats.contacts.to_string()),
    Column::Text("by_state", |stats| counts(&stats.by_contact_state)),
    Column::Text("calls", |stats| stats.calls.to_string()),
    Column::Text("live", |stats| stats.live.to_string()),
    Column::Text("outcomes", |stats| counts(&stats.by_outcome)),
    Column::Text("answered_by", |stats| counts(&stats.by_answered_by)),
    Column::Text("contradicted", |stats| contradicted(&stats.detection)),
    Column::Text("results", |stats| counts(&stats.by_result)),
    Column::Text("answer_rate", |stats| {
        stats
            .answer_rate
            .map(|rate| format!("{:.1} %", rate * 100.0))
            .unwrap_or_default()
    }),
    Column::Text("talk_s", |stats| stats.talk_s.to_string()),
    Column::Time("next_attempt_at", |stats| stats.next_attempt_at),
    Column::Text("held", |stats| counts(&stats.held)),
    Column::Text("waits_for", |stats| maybe(stats.waits.map(|waits| waits.reason))),
    Column::Time("waits_until", |stats| stats.waits.and_then(|waits| waits.until)),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Create { project, name, rules } => create(remote, format, &project, name, &rules).await,
        Verb::Set { id, name, rules } => set(remote, format, id, name, &rules).await,
        Verb::Import(asked) => import::run(remote, format, asked).await,
        Verb::Preflight { id } => super::preflight::run(remote, format, id).await,
        Verb::Simulate { id, model, seed } => {
            super::simulate::run(remote, format, id, model.as_deref(), seed).await
        }
        Verb::Start { id, preflight, wait } => {
            if preflight {
                super::preflight::before(remote, id).await?;
            }
            start(remote, format, id, wait).await
        }
        Verb::Pause { id } => order(remote, format, id, "pause").await,
        Verb::Resume { id } => order(remote, format, id, "resume").await,
        Verb::Stop { id } => order(remote, format, id, "stop").await,
        Verb::Show { id } => output::one(format, &stats(remote, id).await?, STATS),
        Verb::List { project, state } => {
            let project = id_of_some(remote, project.as_ref()).await?;
            let all: Vec<Campaign> = remote
                .get("/campaigns", &CampaignFilter { project, state })
                .await?;
            output::list(format, &all, COLUMNS)
        }
        Verb::Delete { id } => remote.nothing(Method::DELETE, &format!("/campaigns/{id}")).await,
    }
}

async fn create(
    remote: &Remote,
    format: Format,
    project: &ProjectRef,
    name: String,
    rules: &CampaignRules,
) -> Result<(), Error> {
    let new = NewCampaign {
        project: id_of(remote, project).await?,
        name,
        limits: limits(&rules.limits),
        weight: rules.weight,
        hours: values::hours(&rules.hours, None)?.flatten(),
        starts_at: time(rules.starts_at).flatten(),
        ends_at: time(rules.ends_at).flatten(),
    };
    let campaign: Campaign = remote.post("/campaigns", &new).await?;
    output::one(format, &campaign, COLUMNS)
}

async fn set(
    remote: &Remote,
    format: Format,
    id: CampaignId,
    name: Option<String>,
    rules: &CampaignRules,
) -> Result<(), Error> {
    let path = format!("/campaigns/{id}");
    let now: Campaign = remote.get(&path, &()).await?;
    let patch = CampaignPatch {
        name,
        limits: values::limits(&rules.limits, now.limits),
        weight: rules.weight,
        hours: values::hours(&rules.hours, now.hours)?,
        starts_at: time(rules.starts_at),
        ends_at: time(rules.ends_at),
    };
    some_change(&patch, "campaign set")?;
    output::one(format, &remote.patch::<Campaign>(&path, &patch).await?, COLUMNS)
}

async fn start(remote: &Remote, format: Format, id: CampaignId, wait: bool) -> Result<(), Error> {
    if !wait {
        return order(remote, format, id, "start").await;
    }
    remote
        .order::<Campaign>(&format!("/campaigns/{id}/start"))
        .await?;
    self::wait(remote, format, id).await
}

async fn order(remote: &Remote, format: Format, id: CampaignId, order: &str) -> Result<(), Error> {
    let campaign: Campaign = remote.order(&format!("/campaigns/{id}/{order}")).await?;
    output::one(format, &campaign, COLUMNS)
}

async fn stats(remote: &Remote, id: CampaignId) -> Result<CampaignStats, Error> {
    remote.get(&format!("/campaigns/{id}/stats"), &()).await
}

/// Waits until a campaign runs no more; one that was stopped meanwhile is a failed expectation.
async fn wait(remote: &Remote, format: Format, id: CampaignId) -> Result<(), Error> {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} contacts done, {msg}, {elapsed}");
    bar.set_style(style.expect("the template is one"));
    loop {
        let now = stats(remote, id).await?;
        bar.set_length(now.contacts);
        bar.set_position(
            now.by_contact_state
                .get(&ContactState::Done)
                .copied()
                .unwrap_or(0),
        );
        bar.set_message(format!("{} live", now.live));
        let over = matches!(now.state, CampaignState::Finished | CampaignState::Stopped) && now.live == 0;
        if over {
            bar.finish_and_clear();
            output::one(format, &now, STATS)?;
            return match now.state {
                CampaignState::Finished => Ok(()),
                state => Err(Error::Expectation(format!(
                    "campaign {id} is {state}, not finished"
                ))),
            };
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A time, or none; `None` when it stays.
fn time(change: Option<Change<At>>) -> Option<Option<Timestamp>> {
    change.map(|change| change.value().map(|at| at.0))
}

/// Kinds that occurred, with their counts.
/// How many calls contradicted the verdict of their detection, and which share that is.
fn contradicted(detection: &DetectionStats) -> String {
    let percent = |share: Option<f64>| share.map(|share| format!("{:.1} %", share * 100.0));
    let shares = [
        ("human", detection.human_share),
        ("machine", detection.machine_share),
    ];
    let shares = shares
        .into_iter()
        .filter_map(|(by, share)| Some(format!("{} of {by}", percent(share)?)));
    let kinds = Some(counts(&detection.contradicted)).filter(|kinds| !kinds.is_empty());
    shares.chain(kinds).collect::<Vec<_>>().join(", ")
}

fn counts<K: ToString>(counts: &std::collections::BTreeMap<K, u64>) -> String {
    let some = counts.iter().filter(|(_, count)| **count > 0);
    some.map(|(kind, count)| format!("{} {count}", kind.to_string()))
        .collect::<Vec<_>>()
        .join(", ")
}
