//! Users, and values the engine keeps for itself.

use super::{Store, StoreError};
use sqlx::Row;

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
        let row = sqlx::query("SELECT * FROM users WHERE username = ?")
            .bind(username)
            .fetch_optional(&self.readers)
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
        Ok(sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM users)")
            .fetch_one(&self.readers)
            .await?)
    }

    /// Makes a user, or gives one a new password. Tokens of before are void.
    pub async fn set_password(&self, username: &str, full_name: &str, hash: &str) -> Result<(), StoreError> {
        let (username, full_name, hash) = (username.to_owned(), full_name.to_owned(), hash.to_owned());
        self.edit(move |connection| {
            let (username, full_name, hash) = (username.clone(), full_name.clone(), hash.clone());
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO users (username, full_name, password_hash) VALUES (?, ?, ?) ON CONFLICT (username)
                     DO UPDATE SET password_hash = excluded.password_hash, token_version = token_version + 1",
                )
                .bind(username)
                .bind(full_name)
                .bind(hash)
                .execute(connection)
                .await?;
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
                let sql = "UPDATE users SET token_version = token_version + 1 WHERE username = ?";
                sqlx::query(sql).bind(username).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// A value kept under a key; this one, if there was none.
    pub async fn setting_or_insert(&self, key: &'static str, value: String) -> Result<String, StoreError> {
        self.edit(move |connection| {
            let value = value.clone();
            Box::pin(async move {
                let insert =
                    sqlx::query("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING");
                insert.bind(key).bind(value).execute(&mut *connection).await?;
                Ok(sqlx::query_scalar("SELECT value FROM settings WHERE key = ?")
                    .bind(key)
                    .fetch_one(connection)
                    .await?)
            })
        })
        .await
    }
}
