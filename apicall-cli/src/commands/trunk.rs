//! `trunk …`

use super::project::{limits, some_change};
use crate::cli::{Format, Trunk as Verb};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use crate::values::{self, Change, NamedTrunk};
use apicall_core::api::{NewTrunk, TrunkBreaker, TrunkPatch};
use apicall_core::model::{ProjectTrunk, ProjectTrunks, Trunk, TrunkId, TrunkName};
use reqwest::Method;
use serde::Serialize;
use std::collections::BTreeSet;

const COLUMNS: &[Column<Trunk>] = &[
    Column::Text("id", |trunk| trunk.id.to_string()),
    Column::Text("name", |trunk| trunk.name.to_string()),
    Column::Text("switch", |trunk| trunk.switch.to_string()),
    Column::Text("prefix", |trunk| trunk.prefix.clone()),
    Column::Text("enabled", |trunk| trunk.enabled.to_string()),
    Column::Text("cps", |trunk| maybe(trunk.limits.cps)),
    Column::Text("channels", |trunk| maybe(trunk.limits.channels)),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Add {
            name,
            switch,
            prefix,
            caller_id_format,
            breaker,
            limits: args,
        } => {
            let new = NewTrunk {
                name,
                switch,
                prefix,
                limits: limits(&args),
                breaker,
                caller_id_format,
            };
            output::one(format, &remote.post::<Trunk>("/trunks", &new).await?, COLUMNS)
        }
        Verb::Show { name } => show(remote, format, &name).await,
        Verb::List => output::list(format, &all(remote).await?, COLUMNS),
        Verb::Set {
            name,
            prefix,
            enabled,
            caller_id_format,
            breaker,
            limits: args,
        } => {
            let now = find(remote, &name).await?;
            let patch = TrunkPatch {
                prefix,
                limits: values::limits(&args, now.limits),
                enabled,
                breaker,
                caller_id_format,
            };
            some_change(&patch, "trunk set")?;
            output::one(
                format,
                &remote
                    .patch::<Trunk>(&format!("/trunks/{}", now.id), &patch)
                    .await?,
                COLUMNS,
            )
        }
        Verb::Delete { name } => {
            let id = find(remote, &name).await?.id;
            remote.nothing(Method::DELETE, &format!("/trunks/{id}")).await
        }
    }
}

/// A trunk, and how its breaker stands.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    trunk: Trunk,
    breaker_now: TrunkBreaker,
}

const SHOWN: &[Column<Shown>] = &[
    Column::Text("id", |shown| shown.trunk.id.to_string()),
    Column::Text("name", |shown| shown.trunk.name.to_string()),
    Column::Text("switch", |shown| shown.trunk.switch.to_string()),
    Column::Text("prefix", |shown| shown.trunk.prefix.clone()),
    Column::Text("caller_id_format", |shown| {
        shown.trunk.caller_id_format.to_string()
    }),
    Column::Text("enabled", |shown| shown.trunk.enabled.to_string()),
    Column::Text("cps", |shown| maybe(shown.trunk.limits.cps)),
    Column::Text("channels", |shown| maybe(shown.trunk.limits.channels)),
    Column::Text("breaker", |shown| shown.breaker_now.state.clone()),
    Column::Time("until", |shown| shown.breaker_now.until),
    Column::Text("why", |shown| maybe(shown.breaker_now.why.as_ref())),
];

async fn show(remote: &Remote, format: Format, name: &TrunkName) -> Result<(), Error> {
    let trunk = find(remote, name).await?;
    let breaker_now = remote.get(&format!("/trunks/{}/breaker", trunk.id), &()).await?;
    output::one(format, &Shown { trunk, breaker_now }, SHOWN)
}

/// The trunks of a project by their names; `None` when none are named.
pub(super) async fn several(
    remote: &Remote,
    named: &[Change<NamedTrunk>],
) -> Result<Option<ProjectTrunks>, Error> {
    if named.is_empty() {
        return Ok(None);
    }
    let mut trunks = Vec::new();
    let mut names = BTreeSet::new();
    for one in named.iter().filter_map(|one| one.clone().value()) {
        if !names.insert(one.name.clone()) {
            let name = &one.name;
            return Err(Error::Usage(format!(
                "--trunks: {name} is named twice; name each trunk once"
            )));
        }
        let usual = ProjectTrunk::only(find(remote, &one.name).await?.id);
        trunks.push(ProjectTrunk {
            priority: one.priority.unwrap_or(usual.priority),
            weight: one.weight.unwrap_or(usual.weight),
            ..usual
        });
    }
    if !trunks.is_empty() && trunks.len() < named.len() {
        return Err(Error::Usage("--trunks none stands alone".to_owned()));
    }
    let trunks = ProjectTrunks::try_from(trunks);
    trunks
        .map(Some)
        .map_err(|error| Error::Usage(format!("--trunks: {error}")))
}

/// The id of a trunk by its name.
pub(super) async fn id_of(remote: &Remote, name: Option<&TrunkName>) -> Result<Option<TrunkId>, Error> {
    match name {
        Some(name) => Ok(Some(find(remote, name).await?.id)),
        None => Ok(None),
    }
}

pub(super) async fn all(remote: &Remote) -> Result<Vec<Trunk>, Error> {
    remote.get("/trunks", &()).await
}

async fn find(remote: &Remote, name: &TrunkName) -> Result<Trunk, Error> {
    let trunks = all(remote).await?;
    let names: Vec<_> = trunks.iter().map(|trunk| trunk.name.to_string()).collect();
    let found = trunks.into_iter().find(|trunk| trunk.name == *name);
    found.ok_or_else(|| {
        Error::Expectation(format!(
            "no trunk is called {name}; trunks are: {}",
            names.join(", ")
        ))
    })
}
