//! The log of accounts: who did what, from where, and how it was before and afterwards. It is only added to.

use crate::model::{AccountEntry, Actor, Page, Timestamp, WithoutSecrets};
use crate::store::calls::page;
use crate::store::db::{Connection, Row, sql};
use crate::store::{Store, StoreError};
use serde::Serialize;
use std::fmt::Display;
use std::sync::Arc;

/// Comes after every entry.
const BEYOND: i64 = i64::MAX;

/// Which entries are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountLogQuery {
    /// Of this user.
    pub username: Option<String>,
    /// About this, as in `project 7`.
    pub subject: Option<String>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

impl Store {
    /// The same store, for somebody: what is changed through it is noted with their name, in the same transaction.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Self {
        let mut theirs = self.clone();
        theirs.pen = Pen(Some(Arc::new(actor)));
        theirs
    }

    /// Notes what was done elsewhere than in this store.
    pub async fn note(
        &self,
        noun: &'static str,
        id: impl Display,
        deed: &'static str,
        after: Option<serde_json::Value>,
    ) -> Result<(), StoreError> {
        let (pen, id) = (self.pen(), id.to_string());
        self.edit(move |connection| {
            let (pen, id, after) = (pen.clone(), id.clone(), after.clone());
            Box::pin(async move {
                let after = after.map(|after| after.to_string());
                pen.write(connection, noun, &id, deed, (None, after)).await
            })
        })
        .await
    }

    /// The log, newest first; `after` is the `next` of the page before.
    pub async fn account_log(
        &self,
        query: &AccountLogQuery,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<AccountEntry>, StoreError> {
        let after = after.and_then(|id| id.parse().ok()).unwrap_or(BEYOND);
        let mut select = sql("SELECT * FROM account_log WHERE id < ");
        select.push_bind(after);
        if let Some(username) = &query.username {
            select.push(" AND username = ").push_bind(username);
        }
        if let Some(subject) = &query.subject {
            select.push(" AND subject = ").push_bind(subject);
        }
        if let Some(from) = query.from {
            select.push(" AND at >= ").push_bind(from.millis());
        }
        if let Some(to) = query.to {
            select.push(" AND at < ").push_bind(to.millis());
        }
        select
            .push(" ORDER BY id DESC LIMIT ")
            .push_bind(i64::from(limit) + 1);
        let rows = select.all(&self.readers).await?;
        let entries: Result<Vec<_>, StoreError> = rows.iter().map(entry).collect();
        Ok(page(entries?, limit, |entry| entry.id.to_string()))
    }

    /// What its writes are noted with.
    pub(in crate::store) fn pen(&self) -> Pen {
        self.pen.clone()
    }
}

/// Notes what somebody does, within the transaction that does it; of what the engine does by itself, nothing.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Pen(Option<Arc<Actor>>);

impl Pen {
    pub(in crate::store) async fn made<T: Serialize + Clone + WithoutSecrets>(
        &self,
        connection: &mut Connection,
        noun: &'static str,
        id: impl Display,
        made: &T,
    ) -> Result<(), StoreError> {
        let after = Some(told(made)?);
        self.write(connection, noun, &id, "created", (None, after)).await
    }

    pub(in crate::store) async fn changed<T: Serialize + Clone + WithoutSecrets>(
        &self,
        connection: &mut Connection,
        noun: &'static str,
        id: impl Display,
        before: &T,
        after: &T,
    ) -> Result<(), StoreError> {
        let both = (Some(told(before)?), Some(told(after)?));
        self.write(connection, noun, &id, "changed", both).await
    }

    pub(in crate::store) async fn deleted<T: Serialize + Clone + WithoutSecrets>(
        &self,
        connection: &mut Connection,
        noun: &'static str,
        id: impl Display,
        before: &T,
    ) -> Result<(), StoreError> {
        let before = Some(told(before)?);
        self.write(connection, noun, &id, "deleted", (before, None)).await
    }

    /// What is neither made, changed nor deleted by it.
    pub(in crate::store) async fn did(
        &self,
        connection: &mut Connection,
        noun: &'static str,
        id: impl Display,
        deed: &'static str,
    ) -> Result<(), StoreError> {
        self.write(connection, noun, &id, deed, (None, None)).await
    }

    async fn write(
        &self,
        connection: &mut Connection,
        noun: &'static str,
        id: &(impl Display + ?Sized),
        deed: &'static str,
        (was, became): (Option<String>, Option<String>),
    ) -> Result<(), StoreError> {
        let Some(actor) = &self.0 else { return Ok(()) };
        let username = actor.username.as_ref().map(ToString::to_string);
        sql("INSERT INTO account_log (at, username, via, address, what, subject, was, became) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(actor.at.millis())
            .bind(username)
            .bind(&actor.via)
            .bind(actor.address.clone())
            .bind(format!("{noun}.{deed}"))
            .bind(format!("{noun} {id}"))
            .bind(was)
            .bind(became)
            .run(connection)
            .await
            .map(drop)
    }
}

fn told<T: Serialize + Clone + WithoutSecrets>(noun: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(&noun.clone().without_secrets())?)
}

fn entry(row: &Row) -> Result<AccountEntry, StoreError> {
    let doc = |column| {
        let text = row.try_get::<Option<&str>>(column)?;
        let doc: Result<Option<serde_json::Value>, StoreError> =
            text.map(|text| Ok(serde_json::from_str(text)?)).transpose();
        doc
    };
    Ok(AccountEntry {
        id: row.try_get("id")?,
        at: Timestamp::from_millis(row.try_get("at")?),
        username: row.try_get("username")?,
        via: row.try_get("via")?,
        address: row.try_get("address")?,
        what: row.try_get("what")?,
        subject: row.try_get("subject")?,
        before: doc("was")?,
        after: doc("became")?,
    })
}
