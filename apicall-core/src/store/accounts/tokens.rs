//! API tokens. Of a token itself only its hash is kept.

use super::touch;
use crate::model::{ApiToken, ApiTokenId, ProjectId, Timestamp, Username};
use crate::store::catalog::draw_id;
use crate::store::db::{Connection, Row, sql};
use crate::store::{Store, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most tokens of a user.
const MOST: i64 = 50;

impl Store {
    /// All tokens by id, those that have ended as well.
    pub(super) async fn every_token(&self) -> Result<Vec<(ApiToken, String)>, StoreError> {
        let rows = sql("SELECT * FROM api_tokens ORDER BY id")
            .all(&self.readers)
            .await?;
        let kept = |row: &Row| Ok((token(row)?, row.try_get("hash")?));
        rows.iter().map(kept).collect()
    }

    /// One token.
    pub async fn api_token(&self, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError> {
        let row = sql("SELECT * FROM api_tokens WHERE id = ?").bind(id.get());
        row.first(&self.readers).await?.as_ref().map(token).transpose()
    }

    /// All of them by id, or those of a user.
    pub async fn api_tokens(&self, username: Option<&Username>) -> Result<Vec<ApiToken>, StoreError> {
        let mut select = sql("SELECT * FROM api_tokens");
        if let Some(username) = username {
            select.push(" WHERE username = ").push_bind(username.as_str());
        }
        select.push(" ORDER BY id");
        select.all(&self.readers).await?.iter().map(token).collect()
    }

    /// Makes one of a user that exists and has not too many.
    pub async fn create_api_token(
        &self,
        hash: String,
        build: impl Fn(ApiTokenId) -> ApiToken + Send + Sync + 'static,
    ) -> Result<ApiToken, StoreError> {
        let (given, pen) = (Arc::new((hash, build)), self.pen());
        self.edit(move |connection| {
            let (given, pen) = (Arc::clone(&given), pen.clone());
            Box::pin(async move {
                let (hash, build) = &*given;
                touch(connection).await?;
                let token = build(draw_id(connection, "api_token").await?.try_into()?);
                expect_room(connection, &token).await?;
                let row = sql(
                    "INSERT INTO api_tokens (id, username, name, hash, access, projects, created_at, expires_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                );
                row.bind(token.id.get())
                    .bind(token.username.as_str())
                    .bind(&token.name)
                    .bind(hash)
                    .bind(token.access.as_str())
                    .bind(token.projects.as_ref().map(joined))
                    .bind(token.created_at.millis())
                    .bind(token.expires_at.map(Timestamp::millis))
                    .run(connection)
                    .await?;
                pen.made(connection, "token", token.id, &token).await?;
                Ok(token)
            })
        })
        .await
    }

    /// Removes one: it opens nothing any more.
    pub async fn delete_api_token(&self, id: ApiTokenId) -> Result<(), StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let pen = pen.clone();
            Box::pin(async move {
                touch(connection).await?;
                let row = sql("SELECT * FROM api_tokens WHERE id = ?").bind(id.get());
                let row = row.first(&mut *connection).await?;
                let row = row.ok_or_else(|| StoreError::NotFound {
                    what: "token",
                    id: id.to_string(),
                })?;
                let gone = sql("DELETE FROM api_tokens WHERE id = ?").bind(id.get());
                gone.run(&mut *connection).await?;
                pen.deleted(connection, "token", id, &token(&row)?).await
            })
        })
        .await
    }

    /// Keeps when tokens were used; a time before the one that is known changes nothing.
    pub async fn tokens_used(&self, used: Vec<(ApiTokenId, Timestamp)>) -> Result<(), StoreError> {
        let used = Arc::new(used);
        self.edit(move |connection| {
            let used = Arc::clone(&used);
            Box::pin(async move {
                for (id, at) in used.iter() {
                    sql("UPDATE api_tokens SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?")
                        .bind(at.millis())
                        .bind(id.get())
                        .bind(at.millis())
                        .run(connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// Refuses a token of nobody, one too many, and one whose name its user has given already.
async fn expect_room(connection: &mut Connection, token: &ApiToken) -> Result<(), StoreError> {
    let name = token.username.as_str();
    let user = sql("SELECT count(*) FROM users WHERE username = ?").bind(name);
    if user.number(&mut *connection).await? == 0 {
        return Err(StoreError::NotFound {
            what: "user",
            id: name.to_owned(),
        });
    }
    let all = sql("SELECT count(*) FROM api_tokens WHERE username = ?").bind(name);
    if all.number(&mut *connection).await? >= MOST {
        let full = format!("{name} has {MOST} tokens, which is the most; delete one first");
        return Err(StoreError::InUse(full));
    }
    let same = sql("SELECT count(*) FROM api_tokens WHERE username = ? AND name = ?");
    if same.bind(name).bind(&token.name).number(connection).await? > 0 {
        return Err(StoreError::Taken {
            field: "name",
            value: token.name.clone(),
        });
    }
    Ok(())
}

fn joined(projects: &BTreeSet<ProjectId>) -> String {
    let ids: Vec<_> = projects.iter().map(ToString::to_string).collect();
    ids.join(",")
}

fn token(row: &Row) -> Result<ApiToken, StoreError> {
    let time = |column| Ok::<_, StoreError>(row.try_get::<Option<i64>>(column)?.map(Timestamp::from_millis));
    let projects = row.try_get::<Option<&str>>("projects")?;
    let ids = |text: &str| {
        let ids = text.split(',').filter(|id| !id.is_empty());
        ids.map(str::parse).collect::<Result<BTreeSet<ProjectId>, _>>()
    };
    Ok(ApiToken {
        id: row.try_get::<i64>("id")?.try_into()?,
        username: row.try_get::<&str>("username")?.parse()?,
        name: row.try_get("name")?,
        access: row.try_get::<&str>("access")?.parse()?,
        projects: projects.map(ids).transpose()?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        expires_at: time("expires_at")?,
        last_used_at: time("last_used_at")?,
    })
}
