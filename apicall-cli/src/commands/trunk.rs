//! `trunk …`

use super::project::{limits, some_change};
use crate::cli::{Format, Trunk as Verb};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use crate::values;
use apicall_core::api::{NewTrunk, TrunkPatch};
use apicall_core::model::{Trunk, TrunkId, TrunkName};
use reqwest::Method;

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
            limits: args,
        } => {
            let new = NewTrunk {
                name,
                switch,
                prefix,
                limits: limits(&args),
            };
            output::one(format, &remote.post::<Trunk>("/trunks", &new).await?, COLUMNS)
        }
        Verb::List => output::list(format, &all(remote).await?, COLUMNS),
        Verb::Set {
            name,
            prefix,
            enabled,
            limits: args,
        } => {
            let now = find(remote, &name).await?;
            let patch = TrunkPatch {
                prefix,
                limits: values::limits(&args, now.limits),
                enabled,
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
