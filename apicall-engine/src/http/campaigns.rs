//! `/campaigns`

use super::body::{Id, Json, Query, name, page_limit, page_start, within};
use super::by::By;
use super::problem::Failure;
use super::projects::set;
use super::{Answer, Engine, audios, caller_ids};
use apicall_core::api::{
    CampaignFilter, CampaignPatch, CampaignStats, ContactFilter, DetectionStats, NewCampaign,
};
use apicall_core::dialer::{Changed, Order};
use apicall_core::model::{
    AnsweredBy, Campaign, CampaignId, CampaignState, Contact, ContactState, Hold, Outcome, Page, Timestamp,
    Waits,
};
use apicall_core::schedule::eligible;
use apicall_core::store::CampaignTotals;
use axum::Json as Reply;
use axum::http::StatusCode;
use std::collections::BTreeMap;

/// The share of a campaign that names none.
const WEIGHT: u32 = 10;

pub(super) async fn list(by: By, Query(filter): Query<CampaignFilter>) -> Answer<Reply<Vec<Campaign>>> {
    let (engine, of) = by.lists(filter.project);
    let mut campaigns = Vec::new();
    for project in of {
        campaigns.extend(engine.store.campaigns(project, filter.state).await?);
    }
    campaigns.sort_by_key(|campaign| campaign.id);
    Ok(Reply(campaigns))
}

pub(super) async fn show(by: By, Id(id): Id<CampaignId>) -> Answer<Reply<Campaign>> {
    Ok(Reply(by.campaign(id).await?.1))
}

pub(super) async fn create(by: By, Json(new): Json<NewCampaign>) -> Answer<(StatusCode, Reply<Campaign>)> {
    let (engine, _) = by.named(new.project).await?;
    let name = name("name", &new.name)?;
    let weight = within("weight", new.weight.unwrap_or(WEIGHT), 1, 100)?;
    check_schedule(new.starts_at, new.ends_at)?;
    let created_at = engine.clock.now();
    let build = move |id| Campaign {
        id,
        project: new.project,
        name: name.clone(),
        state: CampaignState::Created,
        limits: new.limits,
        weight,
        hours: new.hours.clone(),
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        created_at,
        started_at: None,
        ended_at: None,
    };
    Ok((
        StatusCode::CREATED,
        Reply(by.store().create_campaign(build).await?),
    ))
}

pub(super) async fn change(
    by: By,
    Id(id): Id<CampaignId>,
    Json(patch): Json<CampaignPatch>,
) -> Answer<Reply<Campaign>> {
    let (engine, now) = by.campaign(id).await?;
    let name = patch.name.as_deref().map(|text| name("name", text)).transpose()?;
    let weight = patch
        .weight
        .map(|value| within("weight", value, 1, 100))
        .transpose()?;
    check_schedule(
        patch.starts_at.unwrap_or(now.starts_at),
        patch.ends_at.unwrap_or(now.ends_at),
    )?;
    let judge_anew = patch.hours.is_some() || patch.starts_at.is_some() || patch.ends_at.is_some();
    let change = move |campaign: &mut Campaign| {
        set(&mut campaign.name, name.clone());
        set(&mut campaign.limits, patch.limits);
        set(&mut campaign.weight, weight);
        set(&mut campaign.hours, patch.hours.clone());
        set(&mut campaign.starts_at, patch.starts_at);
        set(&mut campaign.ends_at, patch.ends_at);
    };
    let campaign = by.store().update_campaign(id, engine.clock.now(), change).await?;
    if judge_anew {
        let project = campaign.project;
        engine.store.let_go(project, Some(id), engine.clock.now()).await?;
    }
    engine.tell(Changed::Campaign(id)).await?;
    Ok(Reply(campaign))
}

pub(super) async fn delete(by: By, Id(id): Id<CampaignId>) -> Answer<StatusCode> {
    let (engine, _) = by.campaign(id).await?;
    by.store().delete_campaign(id).await?;
    engine.tell(Changed::Campaign(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn start(by: By, Id(id): Id<CampaignId>) -> Answer<Reply<Campaign>> {
    audios::check_campaign(&by, id).await?;
    order(&by, id, Order::Start, "started").await
}

pub(super) async fn pause(by: By, Id(id): Id<CampaignId>) -> Answer<Reply<Campaign>> {
    order(&by, id, Order::Pause, "paused").await
}

pub(super) async fn resume(by: By, Id(id): Id<CampaignId>) -> Answer<Reply<Campaign>> {
    audios::check_campaign(&by, id).await?;
    order(&by, id, Order::Resume, "resumed").await
}

pub(super) async fn stop(by: By, Id(id): Id<CampaignId>) -> Answer<Reply<Campaign>> {
    order(&by, id, Order::Stop, "stopped").await
}

async fn order(by: &By, id: CampaignId, order: Order, deed: &'static str) -> Answer<Reply<Campaign>> {
    let (engine, _) = by.campaign(id).await?;
    let campaign = engine.dialer.order(id, order).await?;
    by.note("campaign", id, deed, None).await;
    Ok(Reply(campaign))
}

pub(super) async fn stats(by: By, Id(id): Id<CampaignId>) -> Answer<Reply<CampaignStats>> {
    let (engine, campaign) = by.campaign(id).await?;
    let totals = engine.store.campaign_totals(id).await?;
    let now = engine.clock.now();
    let waits = waits(engine, &campaign, &totals, now).await?;
    let ended: u64 = totals.by_outcome.values().sum();
    let answered = totals.by_outcome.get(&Outcome::Answered).copied().unwrap_or(0);
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let answer_rate = (ended > 0).then(|| answered as f64 / ended as f64);
    Ok(Reply(CampaignStats {
        campaign: id,
        state: campaign.state,
        contacts: totals.contacts_by_state.values().sum(),
        by_contact_state: every(ContactState::ALL, &totals.contacts_by_state),
        calls: totals.calls,
        live: totals.live,
        by_outcome: every(Outcome::ALL, &totals.by_outcome),
        by_answered_by: every(AnsweredBy::ALL, &totals.by_answered_by),
        detection: DetectionStats::of(&totals.by_answered_by, &totals.contradicted),
        by_result: totals.by_result,
        answer_rate,
        talk_s: totals.talk_ms / 1_000,
        next_attempt_at: totals.next_attempt_at.filter(|at| *at > now),
        waits,
        held: totals.held,
    }))
}

/// Why a running campaign calls nobody new: it as a whole has to wait, or every contact that is left has.
async fn waits(
    engine: &Engine,
    campaign: &Campaign,
    totals: &CampaignTotals,
    now: Timestamp,
) -> Result<Option<Waits>, Failure> {
    if campaign.state != CampaignState::Running {
        return Ok(None);
    }
    if let Some(project) = engine.store.project(campaign.project).await? {
        if let Some(waits) = eligible::campaign(&project, campaign, now) {
            return Ok(Some(waits));
        }
        if totals.held.contains_key(&Hold::CallerId)
            && let Some(waits) = caller_ids::wait(engine, &project, now).await?
        {
            return Ok(Some(waits));
        }
    }
    let all_wait = totals.next_attempt_at.filter(|at| *at > now && totals.live == 0);
    Ok(all_wait.map(|until| Waits {
        reason: totals.next_held_by.unwrap_or(Hold::Retry),
        until: Some(until),
    }))
}

/// Refuses a schedule that ends before it begins.
fn check_schedule(starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> Result<(), Failure> {
    match (starts_at, ends_at) {
        (Some(starts), Some(ends)) if ends <= starts => Err(Failure::field(
            "ends_at",
            format!("{ends} is not after starts_at, {starts}; let it end later"),
        )),
        _ => Ok(()),
    }
}

pub(super) async fn contacts(
    by: By,
    Id(id): Id<CampaignId>,
    Query(filter): Query<ContactFilter>,
) -> Answer<Reply<Page<Contact>>> {
    let (engine, _) = by.campaign(id).await?;
    let limit = page_limit(filter.limit)?;
    Ok(Reply(
        engine
            .store
            .contacts(id, filter.state, page_start(filter.after.as_deref())?, limit)
            .await?,
    ))
}

/// Every kind with its count, those that did not occur with 0.
pub(super) fn every<K: Ord + Copy>(all: &[K], counts: &BTreeMap<K, u64>) -> BTreeMap<K, u64> {
    all.iter()
        .map(|kind| (*kind, counts.get(kind).copied().unwrap_or(0)))
        .collect()
}
