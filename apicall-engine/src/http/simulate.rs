//! `/campaigns/{id}/simulate`: reads what a campaign is made of, and has its course played in a time that is only counted.
//!
//! The contacts are read a few thousand at a time, beside those that dial, and played on a thread of its own, one simulation at a
//! time. The playing is `schedule`'s.

use super::body::{Id, Json};
use super::by::By;
use super::preflight::limits;
use super::problem::Failure;
use super::{Answer, Engine};
use apicall_core::api::SimulateCampaign;
use apicall_core::model::{
    AnsweredBy, CallState, CalleeModel, CampaignId, ContactState, Forecast, Limits, Outcome, PastCall,
    PhoneNumber, Project, ProjectId, Timestamp,
};
use apicall_core::schedule::exits::{self, Usable};
use apicall_core::schedule::simulate::{Exit, Setup, Simulation, learn};
use apicall_core::schedule::{Level, caller_id};
use apicall_core::store::{CallQuery, Store};
use axum::Json as Reply;
use axum::http::StatusCode;
use std::collections::HashMap;
use std::time::Duration;

/// Contacts of one reading.
const STEP: u32 = 5_000;
/// Contacts of one simulation at most.
const MOST: u64 = 5_000_000;
/// Callees are learned from so many calls of late, and no fewer than so few.
const CALLS: usize = 10_000;
const FEW_CALLS: usize = 20;
/// Calls of one reading.
const PAGE: u32 = 1_000;
/// When to ask again while another simulation is under way, in seconds.
const RETRY_S: u32 = 10;

/// `POST /campaigns/{id}/simulate`
pub(super) async fn simulate(
    by: By,
    Id(id): Id<CampaignId>,
    Json(asked): Json<SimulateCampaign>,
) -> Answer<Reply<Forecast>> {
    let (engine, campaign) = by.campaign(id).await?;
    let (_, project) = by.project(campaign.project).await?;
    let Ok(_alone) = engine.simulating.try_lock() else {
        let busy = "another simulation is under way; ask again when it is done";
        return Err(Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", busy).after(RETRY_S));
    };
    let begins = engine.clock.now();
    let totals = engine.store.campaign_counts(id).await?.contacts_by_state;
    let pending = totals.get(&ContactState::Pending).copied().unwrap_or(0);
    if pending > MOST {
        let many = format!("{pending} contacts wait, and at most {MOST} are simulated; divide the campaign");
        return Err(Failure::new(StatusCode::CONFLICT, "conflict", many));
    }
    let (model, learned_from) = match asked.model {
        Some(model) => (model, None),
        None => learned(&engine.store, project.id).await?,
    };
    let setup = Setup {
        engine: Limits::default(),
        exits: Vec::new(),
        caller_ids: match &project.caller_ids {
            Some(ids) => {
                let day = caller_id::today(&project, begins).day;
                engine
                    .store
                    .caller_id_facts(project.id, ids.numbers(), day)
                    .await?
            }
            None => Vec::new(),
        },
        day: caller_id::today(&project, begins).day,
        seed: asked.seed.unwrap_or(1),
        campaign,
        project,
        model,
        begins,
    };
    let setup = with_limits(engine, setup).await?;
    let past = past_calls(&engine.store, &setup.project, begins).await?;
    let simulation = filled(engine, setup, id, &past).await?;
    let played = tokio::task::spawn_blocking(move || simulation.run()).await;
    let forecast = played.map_err(|_| Failure::internal())?;
    Ok(Reply(Forecast {
        learned_from,
        ..forecast
    }))
}

/// The ways out, as if all trunks could be used, and what limits them.
async fn with_limits(engine: &Engine, setup: Setup) -> Result<Setup, Failure> {
    let load = engine.dialer.load().await?;
    let ways = setup.project.ways_out();
    let open = exits::open(&ways, |_| Usable::Fully);
    let mut all = Vec::new();
    for trunk in engine.store.trunks().await? {
        let Some(way) = open.iter().find(|way| way.trunk == trunk.id) else {
            continue;
        };
        let switch = engine
            .config
            .switches
            .iter()
            .find(|switch| switch.name == trunk.switch);
        all.push(Exit {
            trunk: *way,
            limits: trunk.limits,
            switch_limits: limits(&load, &Level::Switch(trunk.switch.clone())),
            max_unanswered: switch.map_or(u32::MAX, |switch| switch.max_unanswered()),
            switch: trunk.switch,
        });
    }
    if all.is_empty() {
        let id = setup.project.id;
        let none = format!("project {id} has no trunk by which calls could leave; give it one");
        return Err(Failure::new(StatusCode::CONFLICT, "conflict", none));
    }
    Ok(Setup {
        engine: limits(&load, &Level::Engine),
        exits: all,
        ..setup
    })
}

/// How the project's callees behaved of late, and by how many calls.
async fn learned(store: &Store, project: ProjectId) -> Result<(CalleeModel, Option<u64>), Failure> {
    let ended = CallQuery {
        project: Some(project),
        state: Some(CallState::Ended),
        ..CallQuery::default()
    };
    let (mut calls, mut after) = (Vec::new(), None);
    while calls.len() < CALLS {
        let page = store.calls(&ended, after.as_deref(), PAGE).await?;
        calls.extend(page.items.into_iter().filter(|call| call.dialed_at.is_some()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let model = learn(&calls).filter(|_| calls.len() >= FEW_CALLS);
    let model = model.ok_or_else(|| {
        let few = format!(
            "project {project} has made {} calls, and callees are learned from {FEW_CALLS} at least; give a model",
            calls.len()
        );
        Failure::field("model", few)
    })?;
    Ok((model, Some(calls.len() as u64)))
}

/// The project's calls by the numbers they went to, as far back as its caps reach.
async fn past_calls(
    store: &Store,
    project: &Project,
    now: Timestamp,
) -> Result<HashMap<PhoneNumber, Vec<PastCall>>, Failure> {
    let mut past: HashMap<PhoneNumber, Vec<PastCall>> = HashMap::new();
    let Some(reach) = project.number_caps.reach() else {
        return Ok(past);
    };
    let since = CallQuery {
        project: Some(project.id),
        from: Some(now.minus(reach + Duration::from_secs(86_400))),
        ..CallQuery::default()
    };
    let mut after = None;
    loop {
        let page = store.calls(&since, after.as_deref(), PAGE).await?;
        for call in page.items {
            let open = call.state != CallState::Ended;
            let at = call.dialed_at.or_else(|| open.then_some(call.created_at));
            let (Some(number), Some(at)) = (call.number, at) else {
                continue;
            };
            let answered =
                call.outcome == Some(Outcome::Answered) && call.answered_by != Some(AnsweredBy::Machine);
            past.entry(number)
                .or_default()
                .push(PastCall { at, open, answered });
        }
        after = page.next;
        if after.is_none() {
            return Ok(past);
        }
    }
}

/// The simulation with all contacts that wait.
async fn filled(
    engine: &Engine,
    setup: Setup,
    campaign: CampaignId,
    past: &HashMap<PhoneNumber, Vec<PastCall>>,
) -> Result<Simulation, Failure> {
    let project = setup.project.id;
    let mut simulation = Simulation::new(setup, engine.clock.anchored_at());
    let mut after = None;
    loop {
        let some = engine.store.waiting(project, campaign, after, STEP).await?;
        let Some(last) = some.last() else {
            return Ok(simulation);
        };
        after = Some(last.contact);
        for one in some {
            match one.is_listed {
                true => simulation.add_listed(),
                false => {
                    let past = past.get(&one.number).cloned().unwrap_or_default();
                    simulation.add(&one.number, one.due, one.attempts, past);
                }
            }
        }
    }
}
