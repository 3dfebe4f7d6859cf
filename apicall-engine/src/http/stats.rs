//! Live statistics and health.

use super::body::Query;
use super::by::By;
use super::campaigns::every;
use super::problem::Failure;
use super::{Answer, Engine, Shared};
use apicall_core::api::{
    CampaignProgress, DetectionStats, EngineHealth, LevelLoad, LiveStats, PartHealth, StatsQuery, SwitchInfo,
    SwitchSlowed, SwitchState,
};
use apicall_core::dialer::SwitchHealth;
use apicall_core::model::{CampaignState, ContactState, Outcome, ProjectId, Reach, Timestamp};
use apicall_core::schedule::Level;
use apicall_core::store::DetectionTotals;
use axum::Json as Reply;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Counted back from now when nothing is said.
const DAY_MS: i64 = 86_400_000;
/// Between two events of the stream.
const EVERY: Duration = Duration::from_secs(1);
/// Statistics of this age are still shown.
const FRESH: Duration = Duration::from_millis(500);
/// When to ask again for a store that is away, in seconds.
const RETRY_S: &str = "2";

/// `GET /health`
pub(super) async fn health(State(engine): Shared) -> Response {
    let store = engine.fault();
    let failing = store.is_some();
    let mut parts = vec![PartHealth {
        part: "store".to_owned(),
        ok: !failing,
        reason: store,
    }];
    if let Ok(load) = engine.dialer.load().await {
        parts.extend(load.switches.into_iter().map(|switch| PartHealth {
            part: format!("switch {}", switch.name),
            ok: switch.down.is_none(),
            reason: switch.down,
        }));
    }
    let degraded = parts.iter().any(|part| !part.ok);
    let (code, status) = match (failing, degraded) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
        (false, true) => (StatusCode::OK, "degraded"),
        (false, false) => (StatusCode::OK, "ok"),
    };
    let health = EngineHealth {
        status: status.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        parts,
    };
    if failing {
        (code, [(header::RETRY_AFTER, RETRY_S)], Reply(health)).into_response()
    } else {
        (code, Reply(health)).into_response()
    }
}

/// `GET /switches`
pub(super) async fn switches(by: By) -> Answer<Reply<Vec<SwitchInfo>>> {
    Ok(Reply(
        by.apart()
            .dialer
            .load()
            .await?
            .switches
            .into_iter()
            .map(info)
            .collect(),
    ))
}

/// `GET /stats`
pub(super) async fn live(by: By, Query(query): Query<StatsQuery>) -> Answer<Reply<LiveStats>> {
    take(&by, &query)
        .await
        .map(|stats| Reply(LiveStats::clone(&stats)))
}

/// `GET /stats/stream`
pub(super) async fn stream(
    by: By,
    Query(query): Query<StatsQuery>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let first = take(&by, &query).await?;
    let rest = stream::unfold((by, query), |(by, query)| async move {
        let stop = by.apart().stop.clone();
        stop.run_until_cancelled(tokio::time::sleep(EVERY)).await?;
        // Who was kept out meanwhile is told no more, and who was assigned other projects, of those.
        let by = by.still()?;
        let stats = take(&by, &query).await.ok()?;
        Some((stats, (by, query)))
    });
    let all = stream::once(async { first }).chain(rest);
    let events = all.map(|stats| {
        Ok(Event::default()
            .event("stats")
            .json_data(&*stats)
            .unwrap_or_default())
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The last statistics taken: many who watch the same cost as much as one.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Option<(Asked, Arc<LiveStats>)>>);

/// What statistics are of: since when, of which projects, and whether what is nobody's is told as well.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    from: Option<Timestamp>,
    of: Vec<Option<ProjectId>>,
    all: bool,
}

async fn take(by: &By, query: &StatsQuery) -> Result<Arc<LiveStats>, Failure> {
    let (engine, of) = by.lists(query.project);
    let asked = Asked {
        from: query.from,
        of,
        all: *by.reach() == Reach::All,
    };
    let mut recent = engine.recent.0.lock().await;
    let now = engine.clock.now();
    if let Some((before, stats)) = &*recent
        && *before == asked
        && now.since(stats.at) < FRESH
    {
        return Ok(stats.clone());
    }
    let stats = Arc::new(gather(by, engine, &asked).await?);
    *recent = Some((asked, stats.clone()));
    Ok(stats)
}

async fn gather(by: &By, engine: &Arc<Engine>, asked: &Asked) -> Result<LiveStats, Failure> {
    let at = engine.clock.now();
    let from = asked
        .from
        .unwrap_or_else(|| Timestamp::from_millis(at.millis() - DAY_MS));
    let load = engine.dialer.load().await?;
    let (mut totals, mut detections, mut running) = (BTreeMap::new(), DetectionTotals::default(), Vec::new());
    for project in &asked.of {
        for (outcome, count) in engine.store.totals(from, *project).await? {
            *totals.entry(outcome).or_default() += count;
        }
        detections += engine.store.detections(from, *project).await?;
        let campaigns = engine.store.campaigns(*project, Some(CampaignState::Running));
        running.extend(campaigns.await?);
    }
    let names = Names::read(by).await?;
    let mut campaigns = Vec::new();
    for campaign in running {
        let counts = engine.store.campaign_counts(campaign.id).await?;
        let contacts = &counts.contacts_by_state;
        campaigns.push(CampaignProgress {
            campaign: campaign.id,
            name: campaign.name,
            done: contacts.get(&ContactState::Done).copied().unwrap_or(0),
            contacts: contacts.values().sum(),
            live: u32::try_from(counts.live).unwrap_or(u32::MAX),
        });
    }
    let told = load
        .levels
        .into_iter()
        .filter(|level| asked.all || names.are_of(&level.level));
    let levels = told.map(|level| LevelLoad {
        level: names.of(&level.level),
        live: level.live,
        unanswered: level.unanswered,
        waiting: level.waiting,
        starts_last_second: level.starts_last_second,
        cps: level.cps,
        channels: level.channels,
    });
    Ok(LiveStats {
        at,
        levels: levels.collect(),
        switches: load.switches.into_iter().map(info).collect(),
        campaigns,
        by_outcome: every(Outcome::ALL, &totals),
        detection: DetectionStats::of(&detections.by_answered_by, &detections.contradicted),
        store_transactions: if asked.all { engine.store.transactions() } else { 0 },
    })
}

/// What levels are called.
struct Names(HashMap<Level, String>);

impl Names {
    /// Of what somebody has to do with; of campaigns, those that run.
    async fn read(by: &By) -> Result<Self, Failure> {
        let (_, trunks) = by.trunks().await?;
        let trunks = trunks
            .into_iter()
            .map(|t| (Level::Trunk(t.id), format!("trunk {}", t.name)));
        let (_, projects) = by.projects().await?;
        let projects = projects
            .into_iter()
            .map(|p| (Level::Project(p.id), format!("project {}", p.name)));
        let (engine, of) = by.lists(None);
        let mut campaigns = Vec::new();
        for project in of {
            let running = engine.store.campaigns(project, Some(CampaignState::Running));
            campaigns.extend(running.await?);
        }
        let campaigns = campaigns
            .into_iter()
            .map(|c| (Level::Campaign(c.id), format!("campaign {}", c.name)));
        Ok(Self(trunks.chain(projects).chain(campaigns).collect()))
    }

    /// Whether what a level counts is somebody's alone: a trunk, a switch and the engine carry other projects' calls as well.
    fn are_of(&self, level: &Level) -> bool {
        matches!(level, Level::Project(_) | Level::Campaign(_)) && self.0.contains_key(level)
    }

    fn of(&self, level: &Level) -> String {
        let known = self.0.get(level).cloned();
        known.unwrap_or_else(|| match level {
            Level::Engine => "engine".to_owned(),
            Level::Switch(name) => format!("switch {name}"),
            Level::Trunk(id) => format!("trunk {id}"),
            Level::Project(id) => format!("project {id}"),
            Level::Campaign(id) => format!("campaign {id}"),
        })
    }
}

fn info(switch: SwitchHealth) -> SwitchInfo {
    SwitchInfo {
        name: switch.name,
        kind: switch.kind.to_owned(),
        state: if switch.down.is_none() {
            SwitchState::Up
        } else {
            SwitchState::Down
        },
        reason: switch.down,
        since: switch.since,
        slowed: switch.slowed.map(|slowed| SwitchSlowed {
            cps: slowed.cps,
            percent: slowed.percent,
            reason: slowed.why.to_string(),
        }),
    }
}
