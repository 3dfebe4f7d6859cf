//! `/projects/{id}/caller-ids`: how a project's numbers do.

use super::body::Id;
use super::by::By;
use super::problem::Failure;
use super::{Answer, Engine};
use apicall_core::api::CallerIdUse;
use apicall_core::model::{
    CallerId, CallerIdFacts, CallerIds, Hold, Project, ProjectId, Timestamp, Waits, WhenNone,
};
use apicall_core::schedule::caller_id;
use axum::Json as Reply;

/// `GET /projects/{id}/caller-ids`
pub(super) async fn list(by: By, Id(id): Id<ProjectId>) -> Answer<Reply<Vec<CallerIdUse>>> {
    let (engine, project) = by.project(id).await?;
    let Some(ids) = &project.caller_ids else {
        return Ok(Reply(Vec::new()));
    };
    let now = engine.clock.now();
    let facts = facts(engine, &project, ids, now).await?;
    let each = ids.numbers().iter().zip(&facts);
    let each = each.map(|(number, facts)| told(&project, ids, number, facts, now));
    Ok(Reply(each.collect()))
}

/// What all contacts of a project wait for: none of its numbers is free.
pub(super) async fn wait(
    engine: &Engine,
    project: &Project,
    now: Timestamp,
) -> Result<Option<Waits>, Failure> {
    let waiting = |ids: &&CallerIds| ids.when_none() == WhenNone::Wait;
    let Some(ids) = project.caller_ids.as_ref().filter(waiting) else {
        return Ok(None);
    };
    let facts = facts(engine, project, ids, now).await?;
    let until = caller_id::all_busy_until(ids, &facts, now, caller_id::today(project, now));
    Ok(until.map(|until| Waits {
        reason: Hold::CallerId,
        until: Some(until),
    }))
}

/// Refuses numbers that have none to fall back on although they are to.
pub(super) fn check(ids: Option<&CallerIds>, own: Option<&CallerId>) -> Result<(), Failure> {
    match ids.map(CallerIds::when_none) {
        Some(WhenNone::OwnCallerId) if own.is_none() => Err(Failure::field(
            "caller_ids.when_none",
            "`caller_id` is to be shown when no number is free, and the project has none; give it a caller_id, or use wait",
        )),
        _ => Ok(()),
    }
}

/// What is known of the numbers, as a call would find it now.
async fn facts(
    engine: &Engine,
    project: &Project,
    ids: &CallerIds,
    now: Timestamp,
) -> Result<Vec<CallerIdFacts>, Failure> {
    let day = caller_id::today(project, now).day;
    let known = engine
        .store
        .caller_id_facts(project.id, ids.numbers(), day)
        .await?;
    Ok(known
        .iter()
        .map(|facts| caller_id::judge(ids, facts, now))
        .collect())
}

fn told(
    project: &Project,
    ids: &CallerIds,
    number: &CallerId,
    facts: &CallerIdFacts,
    now: Timestamp,
) -> CallerIdUse {
    CallerIdUse {
        caller_id: number.clone(),
        used_today: facts.used_today,
        daily_cap: ids.daily_cap(),
        tried: facts.tried,
        answered: facts.answered,
        answer_rate: (facts.tried > 0).then(|| f64::from(facts.answered) / f64::from(facts.tried)),
        resting_until: facts.rests_until.filter(|_| ids.rest().is_some()),
        free_at: caller_id::busy_until(ids, facts, now, caller_id::today(project, now)),
    }
}
