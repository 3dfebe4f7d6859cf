//! What sessions are signed with: one key, and the one before it, by which sessions of before are still read.

use super::touch;
use crate::model::Timestamp;
use crate::store::db::sql;
use crate::store::settings::{find, put};
use crate::store::{Store, StoreError};

const KEY: &str = "session_key";
const BEFORE: &str = "session_key_before";
const SINCE: &str = "session_key_since";

impl Store {
    /// The key, the one before it if there is one, and since when the key is the key, in epoch milliseconds.
    pub(super) async fn session_keys(&self) -> Result<(Vec<String>, i64), StoreError> {
        let mut keys = Vec::new();
        for name in [KEY, BEFORE] {
            let key = sql("SELECT value FROM settings WHERE name = ?").bind(name);
            let key = key.first(&self.readers).await?;
            keys.extend(key.map(|row| row.try_get("value")).transpose()?);
        }
        let since = sql("SELECT value FROM settings WHERE name = ?").bind(SINCE);
        let since = since.first(&self.readers).await?;
        let since = since.map(|row| row.try_get::<String>("value")).transpose()?;
        Ok((keys, since.and_then(|since| since.parse().ok()).unwrap_or(0)))
    }

    /// Makes this the key that sessions are signed with, if the one there is was made at or before `older_than`; whether it did.
    /// Sessions by that one are read until the next rotation, unless they are to be void.
    pub async fn rotate_session_key(
        &self,
        key: String,
        at: Timestamp,
        older_than: Timestamp,
        void: bool,
    ) -> Result<bool, StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let (key, pen) = (key.clone(), pen.clone());
            Box::pin(async move {
                touch(connection).await?;
                let since = find(connection, SINCE).await?;
                let since = since.and_then(|since| since.parse::<i64>().ok()).unwrap_or(0);
                if since > older_than.millis() {
                    return Ok(false);
                }
                match find(connection, KEY).await?.filter(|_| !void) {
                    Some(before) => put(connection, BEFORE, &before).await?,
                    None => drop(
                        sql("DELETE FROM settings WHERE name = ?")
                            .bind(BEFORE)
                            .run(connection)
                            .await?,
                    ),
                }
                put(connection, KEY, &key).await?;
                put(connection, SINCE, &at.millis().to_string()).await?;
                pen.did(connection, "session_key", "of sessions", "rotated")
                    .await?;
                Ok(true)
            })
        })
        .await
    }
}
