//! `/campaigns/{id}/preflight`: looks up what is known of a campaign, and has it judged. The checks are `schedule`'s.

use super::body::Id;
use super::by::By;
use super::problem::Failure;
use super::{Answer, Engine, audios};
use apicall_core::dialer::DialerLoad;
use apicall_core::model::{
    CallState, CampaignId, ContactState, Limits, Preflight, Project, ProjectId, SwitchName, Timestamp,
    TrunkId,
};
use apicall_core::schedule::preflight::{Plan, Sampled, look};
use apicall_core::schedule::why::Ways;
use apicall_core::schedule::{Level, caller_id};
use apicall_core::store::{CallQuery, Store};
use axum::Json as Reply;
use std::time::Duration;

/// About so many contacts are held against lists, caps and clocks.
const SAMPLE: u32 = 1_000;
/// Calls by which it is told how long one takes: so many of late, and no fewer than so few.
const CALLS: u32 = 1_000;
const FEW_CALLS: u32 = 20;

/// `GET /campaigns/{id}/preflight`
pub(super) async fn preflight(by: By, Id(id): Id<CampaignId>) -> Answer<Reply<Preflight>> {
    let (engine, campaign) = by.campaign(id).await?;
    let (_, project) = by.project(campaign.project).await?;
    let now = engine.clock.now();
    let (store, load) = (&engine.store, engine.dialer.load().await?);
    let totals = store.campaign_totals(id).await?.contacts_by_state;
    let ways = engine.dialer.ways(project.id, &load);
    let day = caller_id::today(&project, now).day;
    let caller_ids = match &project.caller_ids {
        Some(ids) => store.caller_id_facts(project.id, ids.numbers(), day).await?,
        None => Vec::new(),
    };
    let in_state = |state| totals.get(&state).copied().unwrap_or(0);
    let pending = in_state(ContactState::Pending);
    let plan = Plan {
        contacts: totals.values().sum(),
        pending,
        in_calls: in_state(ContactState::Claimed),
        sample: sample(engine, &project, id, pending, now).await?,
        trunk_limits: trunk_limits(engine, &ways, &load).await?,
        engine_limits: limits(&load, &Level::Engine),
        mean_call: mean_call(store, project.id).await?,
        missing: audios::missing(engine, &project).await?,
        fault: engine.fault(),
        project,
        campaign,
        caller_ids,
        day,
        ways,
    };
    Ok(Reply(look(&plan, now)))
}

/// Contacts that wait, from all over the list, and what is known of their numbers.
async fn sample(
    engine: &Engine,
    project: &Project,
    campaign: CampaignId,
    pending: u64,
    now: Timestamp,
) -> Result<Vec<Sampled>, Failure> {
    let store = &engine.store;
    let some = store.sample(campaign, pending, SAMPLE).await?;
    let numbers = some.iter().map(|contact| contact.number.clone()).collect();
    let listed = store.listed(project.id, numbers).await?;
    let mut sample = Vec::with_capacity(some.len());
    for contact in some {
        let number = contact.number;
        let past = match project.number_caps.reach() {
            Some(reach) => store.past_calls(project.id, &number, reach, now).await?,
            None => Vec::new(),
        };
        sample.push(Sampled {
            is_listed: listed.contains(&number),
            due: contact.next_attempt_at,
            number,
            past,
        });
    }
    Ok(sample)
}

/// How long the project's calls of late held their channels.
async fn mean_call(store: &Store, project: ProjectId) -> Result<Option<Duration>, Failure> {
    let ended = CallQuery {
        project: Some(project),
        state: Some(CallState::Ended),
        ..CallQuery::default()
    };
    let calls = store.calls(&ended, None, CALLS).await?.items;
    let held = calls
        .iter()
        .filter_map(|call| Some(call.ended_at?.since(call.dialed_at?)));
    let held: Vec<_> = held.collect();
    let count = u32::try_from(held.len()).unwrap_or(CALLS);
    Ok((count >= FEW_CALLS).then(|| held.iter().sum::<Duration>() / count))
}

/// The limits of trunks: the lower of their own and those of their switches.
async fn trunk_limits(
    engine: &Engine,
    ways: &Ways,
    load: &DialerLoad,
) -> Result<Vec<(TrunkId, Limits)>, Failure> {
    let mut all = Vec::new();
    for trunk in engine.store.trunks().await? {
        if !ways.all.iter().any(|way| way.of.trunk == trunk.id) {
            continue;
        }
        let switch: SwitchName = trunk.switch.clone();
        let both = [trunk.limits, limits(load, &Level::Switch(switch))];
        let cps = both.iter().filter_map(|limits| limits.cps);
        let channels = both.iter().filter_map(|limits| limits.channels);
        let lower = Limits {
            cps: cps.min_by(|a, b| a.per_second().total_cmp(&b.per_second())),
            channels: channels.min_by_key(|channels| channels.get()),
        };
        all.push((trunk.id, lower));
    }
    Ok(all)
}

pub(super) fn limits(load: &DialerLoad, level: &Level) -> Limits {
    let known = load.levels.iter().find(|known| known.level == *level);
    known.map_or_else(Limits::default, |known| Limits {
        cps: known.cps,
        channels: known.channels,
    })
}
