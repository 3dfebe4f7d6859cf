//! Which rules calls had to keep to, since when; and when engines started.
//!
//! Rules of projects, trunks and campaigns are written down in the transaction that changes them, those of engines and their
//! switches when an engine starts.

use super::db::{Connection, Row, sql};
use super::{Store, StoreError};
use crate::model::{Campaign, Project, Rules, Scope, Timestamp, Trunk};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An engine's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunBegan {
    /// Which engine; empty where a store has but one.
    pub engine: String,
    /// When, by its clock.
    pub at: Timestamp,
    /// The newest originate of an earlier run, when that lies after this start: the clock went back.
    pub newest: Option<Timestamp>,
}

impl Store {
    /// The name of this engine, as rules have it.
    pub fn engine_name(&self) -> &str {
        self.engine()
    }

    /// Writes down that an engine starts, by its own rules and those of everything that it finds.
    pub async fn begin_run(&self, at: Timestamp, own: Vec<(Scope, Rules)>) -> Result<(), StoreError> {
        let (engine, own) = (self.engine().to_owned(), Arc::new(own));
        self.edit(move |connection| {
            let (engine, own) = (engine.clone(), own.clone());
            Box::pin(async move {
                let newest = sql("SELECT max(dialed_at) AS dialed_at FROM (
                        SELECT dialed_at FROM live_calls WHERE engine = ?
                        UNION ALL SELECT dialed_at FROM calls WHERE ended_at > ? AND engine = ?) AS starts
                     WHERE dialed_at > ?")
                .bind(engine.as_str())
                .bind(at.millis())
                .bind(engine.as_str())
                .bind(at.millis());
                let newest = newest.first(&mut *connection).await?;
                let newest: Option<i64> = match newest {
                    Some(row) => row.try_get("dialed_at")?,
                    None => None,
                };
                sql("INSERT INTO runs (engine, began_at, newest) VALUES (?, ?, ?)")
                    .bind(engine)
                    .bind(at.millis())
                    .bind(newest)
                    .run(connection)
                    .await?;
                for (scope, rules) in own.iter() {
                    note(connection, at, scope, rules).await?;
                }
                note_all(connection, at).await
            })
        })
        .await
    }
}

/// Everything that came from before rules were written down.
async fn note_all(connection: &mut Connection, at: Timestamp) -> Result<(), StoreError> {
    note_each(
        connection,
        at,
        "SELECT doc FROM trunks ORDER BY id",
        |trunk: &Trunk| (Scope::Trunk(trunk.id), trunk.limits.into()),
    )
    .await?;
    note_each(
        connection,
        at,
        "SELECT doc FROM projects ORDER BY id",
        |project: &Project| (Scope::Project(project.id), project.into()),
    )
    .await?;
    note_each(
        connection,
        at,
        "SELECT doc FROM campaigns ORDER BY id",
        |campaign: &Campaign| (Scope::Campaign(campaign.id), campaign.into()),
    )
    .await
}

/// Everything of a kind.
async fn note_each<T: DeserializeOwned>(
    connection: &mut Connection,
    at: Timestamp,
    all: &'static str,
    of: impl Fn(&T) -> (Scope, Rules),
) -> Result<(), StoreError> {
    for one in docs::<T>(sql(all).all(&mut *connection).await?)? {
        let (scope, rules) = of(&one);
        note(connection, at, &scope, &rules).await?;
    }
    Ok(())
}

pub(super) async fn note_project(
    connection: &mut Connection,
    at: Timestamp,
    project: &Project,
) -> Result<(), StoreError> {
    note(connection, at, &Scope::Project(project.id), &Rules::from(project)).await
}

pub(super) async fn note_trunk(
    connection: &mut Connection,
    at: Timestamp,
    trunk: &Trunk,
) -> Result<(), StoreError> {
    note(connection, at, &Scope::Trunk(trunk.id), &trunk.limits.into()).await
}

pub(super) async fn note_campaign(
    connection: &mut Connection,
    at: Timestamp,
    campaign: &Campaign,
) -> Result<(), StoreError> {
    note(
        connection,
        at,
        &Scope::Campaign(campaign.id),
        &Rules::from(campaign),
    )
    .await
}

/// Writes down what is in force from now on, unless it is already.
async fn note(
    connection: &mut Connection,
    at: Timestamp,
    scope: &Scope,
    rules: &Rules,
) -> Result<(), StoreError> {
    let doc = serde_json::to_string(rules)?;
    let last = sql("SELECT doc FROM rules WHERE scope = ? ORDER BY id DESC LIMIT 1").bind(scope.to_string());
    let last = last.first(&mut *connection).await?;
    if last.map(|row| row.try_get::<String>("doc")).transpose()?.as_ref() == Some(&doc) {
        return Ok(());
    }
    sql("INSERT INTO rules (at, scope, doc) VALUES (?, ?, ?)")
        .bind(at.millis())
        .bind(scope.to_string())
        .bind(doc)
        .run(connection)
        .await?;
    Ok(())
}

fn docs<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, StoreError> {
    rows.iter()
        .map(|row| Ok(serde_json::from_str(row.try_get("doc")?)?))
        .collect()
}
