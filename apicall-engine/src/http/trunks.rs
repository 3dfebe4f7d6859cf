//! `/trunks`

use super::body::{Id, Json};
use super::by::By;
use super::problem::Failure;
use super::projects::set;
use super::{Answer, Engine};
use apicall_core::api::{NewTrunk, TrunkBreaker, TrunkPatch};
use apicall_core::dialer::Changed;
use apicall_core::model::{CallerIdFormat, SwitchName, Trunk, TrunkId};
use axum::Json as Reply;
use axum::http::StatusCode;

pub(super) async fn list(by: By) -> Answer<Reply<Vec<Trunk>>> {
    Ok(Reply(by.trunks().await?.1))
}

pub(super) async fn show(by: By, Id(id): Id<TrunkId>) -> Answer<Reply<Trunk>> {
    Ok(Reply(by.trunk(id).await?.1))
}

/// `GET /trunks/{id}/breaker`
pub(super) async fn breaker(by: By, Id(id): Id<TrunkId>) -> Answer<Reply<TrunkBreaker>> {
    let (engine, trunk) = by.trunk(id).await?;
    let breakers = engine.dialer.load().await?.breakers;
    let told = breakers.into_iter().find(|breaker| breaker.trunk == id);
    Ok(Reply(match told {
        _ if !trunk.breaker => still("off"),
        None => still("closed"),
        Some(breaker) => TrunkBreaker {
            state: breaker.state.to_owned(),
            until: breaker.until,
            why: Some(breaker.why).filter(|why| !why.is_empty()),
        },
    }))
}

/// A breaker that has nothing to tell.
fn still(state: &str) -> TrunkBreaker {
    TrunkBreaker {
        state: state.to_owned(),
        until: None,
        why: None,
    }
}

pub(super) async fn create(by: By, Json(new): Json<NewTrunk>) -> Answer<(StatusCode, Reply<Trunk>)> {
    let engine = by.all()?;
    let switch = switch(engine, new.switch.clone())?;
    let prefix = prefix(&new.prefix)?;
    let created_at = engine.clock.now();
    let build = move |id| Trunk {
        id,
        name: new.name.clone(),
        switch: switch.clone(),
        prefix: prefix.clone(),
        limits: new.limits,
        caller_id_format: new.caller_id_format.unwrap_or(CallerIdFormat::AsIs),
        enabled: true,
        breaker: new.breaker.unwrap_or(true),
        created_at,
    };
    let trunk = by.store().create_trunk(build).await?;
    engine.tell(Changed::Trunk(trunk.id)).await?;
    Ok((StatusCode::CREATED, Reply(trunk)))
}

pub(super) async fn change(
    by: By,
    Id(id): Id<TrunkId>,
    Json(patch): Json<TrunkPatch>,
) -> Answer<Reply<Trunk>> {
    let engine = by.all()?;
    let prefix = patch.prefix.as_deref().map(prefix).transpose()?;
    let change = move |trunk: &mut Trunk| {
        set(&mut trunk.prefix, prefix.clone());
        set(&mut trunk.caller_id_format, patch.caller_id_format);
        set(&mut trunk.limits, patch.limits);
        set(&mut trunk.enabled, patch.enabled);
        set(&mut trunk.breaker, patch.breaker);
    };
    let trunk = by.store().update_trunk(id, engine.clock.now(), change).await?;
    engine.tell(Changed::Trunk(id)).await?;
    Ok(Reply(trunk))
}

pub(super) async fn delete(by: By, Id(id): Id<TrunkId>) -> Answer<StatusCode> {
    let engine = by.all()?;
    by.store().delete_trunk(id).await?;
    engine.tell(Changed::Trunk(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn switch(engine: &Engine, named: Option<SwitchName>) -> Result<SwitchName, Failure> {
    let known: Vec<_> = engine
        .config
        .switches
        .iter()
        .map(|switch| switch.name.clone())
        .collect();
    let names = || {
        known
            .iter()
            .map(SwitchName::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (named, &known[..]) {
        (_, []) => Err(Failure::field(
            "switch",
            "the engine's configuration has no switch; add a [[switch]] first",
        )),
        (Some(name), _) if known.contains(&name) => Ok(name),
        (Some(name), _) => Err(Failure::field(
            "switch",
            format!("no switch is called {name}; switches are {}", names()),
        )),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Failure::field(
            "switch",
            format!("name the switch, one of {}", names()),
        )),
    }
}

/// Digits put in front of a number: nothing that a dial string could take for syntax.
fn prefix(prefix: &str) -> Result<String, Failure> {
    if prefix.len() <= 16 && prefix.bytes().all(|b| b.is_ascii_digit() || b"*#".contains(&b)) {
        Ok(prefix.to_owned())
    } else {
        Err(Failure::field(
            "prefix",
            format!("`{prefix}` is no prefix; use up to 16 digits, `*` and `#`"),
        ))
    }
}
