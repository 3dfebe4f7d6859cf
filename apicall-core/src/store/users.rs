//! Users, and values the engine keeps for itself.

use super::db::sql;
use super::error::once_more;
use super::{Store, StoreError};

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name to log in with.
    pub username: String,
    /// The name for people.
    pub full_name: String,
    /// An argon2id hash in its text form.
    pub password_hash: String,
    /// Tokens of another version are void.
    pub token_version: i64,
}

impl Store {
    /// One user.
    pub async fn user(&self, username: &str) -> Result<Option<User>, StoreError> {
        let row = sql("SELECT * FROM users WHERE username = ?")
            .bind(username)
            .first(&self.readers)
            .await?;
        row.map(|row| {
            Ok(User {
                username: row.try_get("username")?,
                full_name: row.try_get("full_name")?,
                password_hash: row.try_get("password_hash")?,
                token_version: row.try_get("token_version")?,
            })
        })
        .transpose()
    }

    /// Whether there is nobody yet.
    pub async fn users_empty(&self) -> Result<bool, StoreError> {
        Ok(sql("SELECT username FROM users LIMIT 1")
            .first(&self.readers)
            .await?
            .is_none())
    }

    /// Makes a user, or gives one a new password. Tokens of before are void.
    pub async fn set_password(&self, username: &str, full_name: &str, hash: &str) -> Result<(), StoreError> {
        let (username, full_name, hash) = (username.to_owned(), full_name.to_owned(), hash.to_owned());
        self.edit(move |connection| {
            let (username, full_name, hash) = (username.clone(), full_name.clone(), hash.clone());
            Box::pin(async move {
                let known = sql("UPDATE users SET password_hash = ?, token_version = token_version + 1 WHERE username = ?")
                    .bind(hash.as_str())
                    .bind(username.as_str())
                    .run(connection)
                    .await?;
                if known == 0 {
                    sql("INSERT INTO users (username, full_name, password_hash) VALUES (?, ?, ?)")
                        .bind(username)
                        .bind(full_name)
                        .bind(hash)
                        .run(connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Makes all tokens of a user void.
    pub async fn void_tokens(&self, username: &str) -> Result<(), StoreError> {
        let username = username.to_owned();
        self.edit(move |connection| {
            let username = username.clone();
            Box::pin(async move {
                sql("UPDATE users SET token_version = token_version + 1 WHERE username = ?")
                    .bind(username)
                    .run(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// A value kept under a name; this one, if there was none.
    pub async fn setting_or_insert(&self, name: &'static str, value: String) -> Result<String, StoreError> {
        self.edit(move |connection| {
            let value = value.clone();
            Box::pin(async move {
                let known = sql("SELECT value FROM settings WHERE name = ?").bind(name);
                if let Some(row) = known.first(&mut *connection).await? {
                    return row.try_get("value");
                }
                let insert = sql("INSERT INTO settings (name, value) VALUES (?, ?)");
                insert
                    .bind(name)
                    .bind(value.as_str())
                    .run(connection)
                    .await
                    .map_err(once_more)?;
                Ok(value)
            })
        })
        .await
    }
}
