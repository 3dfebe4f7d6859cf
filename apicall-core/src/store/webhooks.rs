//! Webhooks: the addresses of projects that are told of events. What they are told is `deliveries`.
//!
//! A secret stands in a column of its own: it leaves with what is to be sent, and with nothing else.

use super::catalog::{draw_id, load};
use super::db::{Connection, Row, sql};
use super::{Store, StoreError, deliveries};
use crate::model::{Project, ProjectId, Webhook, WebhookId};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// Most webhooks of a project.
const MOST: i64 = 10;

impl Store {
    /// All webhooks by id, or those of a project.
    pub async fn webhooks(&self, project: Option<ProjectId>) -> Result<Vec<Webhook>, StoreError> {
        let mut select = sql("SELECT doc FROM webhooks");
        if let Some(project) = project {
            select.push(" WHERE project = ").push_bind(project.get());
        }
        select.push(" ORDER BY id");
        select.all(&self.readers).await?.iter().map(webhook).collect()
    }

    /// One of them.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let row = sql("SELECT doc FROM webhooks WHERE id = ?").bind(id.get());
        row.first(&self.readers).await?.as_ref().map(webhook).transpose()
    }

    /// Makes one of a project that exists and has not too many.
    pub async fn create_webhook(
        &self,
        secret: SecretString,
        build: impl Fn(WebhookId) -> Webhook + Send + Sync + 'static,
    ) -> Result<Webhook, StoreError> {
        let (given, pen) = (Arc::new((secret, build)), self.pen());
        self.edit(move |connection| {
            let (given, pen) = (Arc::clone(&given), pen.clone());
            Box::pin(async move {
                let (secret, build) = &*given;
                let webhook = build(draw_id(connection, "webhook").await?.try_into()?);
                let project = webhook.project;
                let _: Project = load(connection, "project", "projects", project.get()).await?;
                let there = sql("SELECT count(*) FROM webhooks WHERE project = ?").bind(project.get());
                if there.number(&mut *connection).await? >= MOST {
                    return Err(StoreError::InUse(format!(
                        "project {project} has {MOST} webhooks, which is the most; delete one first"
                    )));
                }
                let row =
                    sql("INSERT INTO webhooks (project, active, events, secret, doc, id) VALUES (?, ?, ?, ?, ?, ?)");
                write(connection, row, &webhook, secret).await?;
                pen.made(connection, "webhook", webhook.id, &webhook).await?;
                Ok(webhook)
            })
        })
        .await
    }

    /// Changes one, and gives it another secret when there is one.
    pub async fn update_webhook(
        &self,
        id: WebhookId,
        secret: Option<SecretString>,
        change: impl Fn(&mut Webhook) + Send + Sync + 'static,
    ) -> Result<Webhook, StoreError> {
        let (given, pen) = (Arc::new((secret, change)), self.pen());
        self.edit(move |connection| {
            let (given, pen) = (Arc::clone(&given), pen.clone());
            Box::pin(async move {
                let (new, change) = &*given;
                let mut webhook: Webhook = load(connection, "webhook", "webhooks", id.get()).await?;
                let before = webhook.clone();
                change(&mut webhook);
                let kept = sql("SELECT secret FROM webhooks WHERE id = ?").bind(id.get());
                let kept: String = kept.one(&mut *connection).await?.try_get(0)?;
                let secret = new.clone().unwrap_or_else(|| kept.into());
                let row = sql(
                    "UPDATE webhooks SET project = ?, active = ?, events = ?, secret = ?, doc = ? WHERE id = ?",
                );
                write(connection, row, &webhook, &secret).await?;
                pen.changed(connection, "webhook", id, &before, &webhook).await?;
                if new.is_some() {
                    pen.did(connection, "webhook", id, "secret_changed").await?;
                }
                Ok(webhook)
            })
        })
        .await
    }

    /// Removes one, and in steps its log with what it was still to be told.
    pub async fn delete_webhook(&self, id: WebhookId) -> Result<(), StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let pen = pen.clone();
            Box::pin(async move {
                let webhook: Webhook = load(connection, "webhook", "webhooks", id.get()).await?;
                let gone = sql("DELETE FROM webhooks WHERE id = ?").bind(id.get());
                gone.run(&mut *connection).await?;
                pen.deleted(connection, "webhook", id, &webhook).await
            })
        })
        .await?;
        while self
            .edit(move |connection| Box::pin(deliveries::delete_some_of(connection, id)))
            .await?
        {}
        Ok(())
    }
}

/// Removes those of a project within the transaction that removes it. Their logs go in time, as all do.
pub(super) async fn delete_of(connection: &mut Connection, project: ProjectId) -> Result<(), StoreError> {
    let gone = sql("DELETE FROM webhooks WHERE project = ?").bind(project.get());
    gone.run(connection).await.map(drop)
}

async fn write(
    connection: &mut Connection,
    row: super::db::Sql,
    webhook: &Webhook,
    secret: &SecretString,
) -> Result<(), StoreError> {
    row.bind(webhook.project.get())
        .bind(i64::from(webhook.active))
        .bind(webhook.events.to_string())
        .bind(secret.expose_secret())
        .bind(serde_json::to_string(webhook)?)
        .bind(webhook.id.get())
        .run(connection)
        .await
        .map(drop)
}

pub(super) fn webhook(row: &Row) -> Result<Webhook, StoreError> {
    Ok(serde_json::from_str(row.try_get("doc")?)?)
}
