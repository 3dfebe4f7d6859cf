//! `/projects`

use super::body::{Id, Json, name, within};
use super::by::By;
use super::problem::Failure;
use super::{Answer, audios, caller_ids};
use apicall_core::api::{NewProject, ProjectPatch};
use apicall_core::dialer::Changed;
use apicall_core::model::{Project, ProjectId, ProjectTrunks, TrunkId};
use apicall_core::schedule::zones;
use axum::Json as Reply;
use axum::http::StatusCode;

/// Highest id an operator may choose: room is left for those the store draws.
const HIGHEST_ID: i64 = 999_999_999;

pub(super) async fn list(by: By) -> Answer<Reply<Vec<Project>>> {
    let (_, projects) = by.projects().await?;
    Ok(Reply(
        projects.into_iter().map(|project| by.shown(project)).collect(),
    ))
}

pub(super) async fn show(by: By, Id(id): Id<ProjectId>) -> Answer<Reply<Project>> {
    let (_, project) = by.project(id).await?;
    Ok(Reply(by.shown(project)))
}

pub(super) async fn create(by: By, Json(new): Json<NewProject>) -> Answer<(StatusCode, Reply<Project>)> {
    let engine = by.all()?;
    audios::check(engine, &new.flow).await?;
    check_trunk(&by, new.trunk).await?;
    check_trunks(&by, new.trunk, Some(&new.trunks)).await?;
    caller_ids::check(new.caller_ids.as_ref(), new.caller_id.as_ref())?;
    let name = name("name", &new.name)?;
    let timezone = timezone(new.timezone.as_deref().unwrap_or("UTC"))?;
    let ring_timeout_s = within("ring_timeout_s", new.ring_timeout_s.unwrap_or(30), 5, 120)?;
    let max_call_s = within("max_call_s", new.max_call_s.unwrap_or(3_600), 10, 14_400)?;
    let created_at = engine.clock.now();
    let wanted = new.id;
    if let Some(id) = wanted.filter(|id| id.get() > HIGHEST_ID) {
        return Err(Failure::field(
            "id",
            format!("{id} is out of range; use 1 to {HIGHEST_ID}"),
        ));
    }
    let build = move |id| Project {
        id,
        name: name.clone(),
        country: new.country,
        timezone: timezone.clone(),
        hours: new.hours.clone(),
        number_caps: new.number_caps.clone(),
        caller_id: new.caller_id.clone(),
        caller_ids: new.caller_ids.clone(),
        trunk: new.trunk,
        trunks: new.trunks.clone(),
        flow: new.flow.clone(),
        retry: new.retry.clone().unwrap_or_default(),
        limits: new.limits,
        ring_timeout_s,
        max_call_s,
        created_at,
    };
    let project = by.store().create_project(wanted, build).await?;
    engine.tell(Changed::Project(project.id)).await?;
    Ok((StatusCode::CREATED, Reply(project)))
}

pub(super) async fn change(
    by: By,
    Id(id): Id<ProjectId>,
    Json(patch): Json<ProjectPatch>,
) -> Answer<Reply<Project>> {
    let (engine, now) = by.project(id).await?;
    check(&by, now, &patch).await?;
    let name = patch.name.as_deref().map(|text| name("name", text)).transpose()?;
    let zone = patch.timezone.as_deref().map(timezone).transpose()?;
    let ring = patch
        .ring_timeout_s
        .map(|value| within("ring_timeout_s", value, 5, 120))
        .transpose()?;
    let longest = patch
        .max_call_s
        .map(|value| within("max_call_s", value, 10, 14_400))
        .transpose()?;
    let judge_anew = patch.hours.is_some()
        || patch.timezone.is_some()
        || patch.number_caps.is_some()
        || patch.caller_ids.is_some();
    let change = move |project: &mut Project| {
        let patch = patch.clone();
        set(&mut project.name, name.clone());
        set(&mut project.country, patch.country);
        set(&mut project.timezone, zone.clone());
        set(&mut project.hours, patch.hours);
        set(&mut project.number_caps, patch.number_caps);
        set(&mut project.caller_id, patch.caller_id);
        set(&mut project.caller_ids, patch.caller_ids);
        // One takes the place of the other.
        if patch.trunk.flatten().is_some() {
            project.trunks = ProjectTrunks::default();
        }
        if patch.trunks.as_ref().is_some_and(|trunks| !trunks.is_empty()) {
            project.trunk = None;
        }
        set(&mut project.trunk, patch.trunk);
        set(&mut project.trunks, patch.trunks);
        set(&mut project.flow, patch.flow);
        set(&mut project.retry, patch.retry);
        set(&mut project.limits, patch.limits);
        set(&mut project.ring_timeout_s, ring);
        set(&mut project.max_call_s, longest);
    };
    let project = by.store().update_project(id, engine.clock.now(), change).await?;
    if judge_anew {
        engine.store.let_go(id, None, engine.clock.now()).await?;
    }
    engine.tell(Changed::Project(id)).await?;
    Ok(Reply(project))
}

/// Refuses a change that names what is not there, or would make two settings contradict each other.
async fn check(by: &By, project: Project, patch: &ProjectPatch) -> Result<(), Failure> {
    if let Some(flow) = &patch.flow {
        audios::check(by.apart(), flow).await?;
    }
    check_trunk(by, patch.trunk.flatten()).await?;
    check_trunks(by, patch.trunk.flatten(), patch.trunks.as_ref()).await?;
    if patch.caller_id.is_some() || patch.caller_ids.is_some() {
        let ids = patch.caller_ids.clone().unwrap_or(project.caller_ids);
        let own = patch.caller_id.clone().unwrap_or(project.caller_id);
        caller_ids::check(ids.as_ref(), own.as_ref())?;
    }
    Ok(())
}

pub(super) async fn delete(by: By, Id(id): Id<ProjectId>) -> Answer<StatusCode> {
    let engine = by.all()?;
    by.store().delete_project(id, engine.clock.now()).await?;
    engine.sessions.learn(engine).await;
    engine.tell(Changed::Project(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes over a value that was given.
pub(super) fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Refuses a trunk that is not there, or by which no call of theirs leaves.
pub(super) async fn check_trunk(by: &By, trunk: Option<TrunkId>) -> Result<(), Failure> {
    match trunk {
        Some(id) if !by.has_trunk(id).await? => Err(Failure::field(
            "trunk",
            format!("no trunk has the id {id}; make it first"),
        )),
        _ => Ok(()),
    }
}

/// The same of several; and refuses one beside them.
async fn check_trunks(by: &By, one: Option<TrunkId>, several: Option<&ProjectTrunks>) -> Result<(), Failure> {
    let several = several.map_or(&[][..], ProjectTrunks::all);
    if one.is_some() && !several.is_empty() {
        return Err(Failure::field(
            "trunks",
            "give one trunk or several trunks, not both; the one can be among them",
        ));
    }
    for one in several {
        if !by.has_trunk(one.trunk).await? {
            return Err(Failure::field(
                "trunks",
                format!("no trunk has the id {}; make it first", one.trunk),
            ));
        }
    }
    Ok(())
}

fn timezone(zone: &str) -> Result<String, Failure> {
    match zones::named(zone) {
        Some(_) => Ok(zone.to_owned()),
        None => Err(Failure::field(
            "timezone",
            format!("`{zone}` is no IANA time zone; use one such as America/Bogota"),
        )),
    }
}
