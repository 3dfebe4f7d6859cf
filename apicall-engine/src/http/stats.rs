//! Live statistics and health.

use super::auth::Caller;
use super::body::Query;
use super::campaigns::every;
use super::problem::Failure;
use super::{Answer, Engine, Shared};
use apicall_core::api::{
    CampaignProgress, DetectionStats, EngineHealth, LevelLoad, LiveStats, PartHealth, StatsQuery, SwitchInfo,
    SwitchSlowed, SwitchState,
};
use apicall_core::dialer::SwitchHealth;
use apicall_core::model::{CampaignState, ContactState, Outcome, Timestamp};
use apicall_core::schedule::Level;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as Reply};
use futures_util::stream::{self, Stream, StreamExt};
use std::collections::HashMap;
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
pub(super) async fn switches(State(engine): Shared) -> Answer<Reply<Vec<SwitchInfo>>> {
    Ok(Reply(
        engine
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
pub(super) async fn live(State(engine): Shared, Query(query): Query<StatsQuery>) -> Answer<Reply<LiveStats>> {
    take(&engine, &query)
        .await
        .map(|stats| Reply(LiveStats::clone(&stats)))
}

/// `GET /stats/stream`
pub(super) async fn stream(
    State(engine): Shared,
    Extension(caller): Extension<Caller>,
    Query(query): Query<StatsQuery>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let first = take(&engine, &query).await?;
    let rest = stream::unfold((engine, caller, query), |(engine, caller, query)| async move {
        let stop = engine.stop.clone();
        stop.run_until_cancelled(tokio::time::sleep(EVERY)).await?;
        if !caller.still_in(&engine).await {
            return None;
        }
        let stats = take(&engine, &query).await.ok()?;
        Some((stats, (engine, caller, query)))
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
pub(super) struct Recent(Mutex<Option<(StatsQuery, Arc<LiveStats>)>>);

async fn take(engine: &Arc<Engine>, query: &StatsQuery) -> Result<Arc<LiveStats>, Failure> {
    let mut recent = engine.recent.0.lock().await;
    let now = engine.clock.now();
    if let Some((asked, stats)) = &*recent
        && (asked.from, asked.project) == (query.from, query.project)
        && now.since(stats.at) < FRESH
    {
        return Ok(stats.clone());
    }
    let stats = Arc::new(gather(engine, query).await?);
    *recent = Some((query.clone(), stats.clone()));
    Ok(stats)
}

async fn gather(engine: &Arc<Engine>, query: &StatsQuery) -> Result<LiveStats, Failure> {
    let at = engine.clock.now();
    let from = query
        .from
        .unwrap_or_else(|| Timestamp::from_millis(at.millis() - DAY_MS));
    let load = engine.dialer.load().await?;
    let totals = engine.store.totals(from, query.project).await?;
    let detections = engine.store.detections(from, query.project).await?;
    let names = Names::read(engine).await?;
    let mut campaigns = Vec::new();
    for campaign in engine
        .store
        .campaigns(query.project, Some(CampaignState::Running))
        .await?
    {
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
    let levels = load.levels.into_iter().map(|level| LevelLoad {
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
        store_transactions: engine.store.transactions(),
    })
}

/// What levels are called.
struct Names(HashMap<Level, String>);

impl Names {
    async fn read(engine: &Engine) -> Result<Self, Failure> {
        let trunks = engine
            .store
            .trunks()
            .await?
            .into_iter()
            .map(|t| (Level::Trunk(t.id), format!("trunk {}", t.name)));
        let projects = engine.store.projects().await?.into_iter();
        let projects = projects.map(|p| (Level::Project(p.id), format!("project {}", p.name)));
        let campaigns = engine
            .store
            .campaigns(None, Some(CampaignState::Running))
            .await?
            .into_iter();
        let campaigns = campaigns.map(|c| (Level::Campaign(c.id), format!("campaign {}", c.name)));
        Ok(Self(trunks.chain(projects).chain(campaigns).collect()))
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
