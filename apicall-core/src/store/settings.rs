//! Values that the engine keeps for itself, by name.

use super::db::{Connection, sql};
use super::error::once_more;
use super::{Store, StoreError};

impl Store {
    /// A value kept under a name; this one, if there was none.
    pub async fn setting_or_insert(&self, name: &'static str, value: String) -> Result<String, StoreError> {
        self.edit(move |connection| {
            let value = value.clone();
            Box::pin(async move {
                if let Some(known) = find(connection, name).await? {
                    return Ok(known);
                }
                insert(connection, name, &value).await?;
                Ok(value)
            })
        })
        .await
    }
}

/// The value, within a transaction.
pub(super) async fn find(
    connection: &mut Connection,
    name: &'static str,
) -> Result<Option<String>, StoreError> {
    let known = sql("SELECT value FROM settings WHERE name = ?").bind(name);
    let row = known.first(connection).await?;
    row.map(|row| row.try_get("value")).transpose()
}

/// Puts a value in the place of another, or of none.
pub(super) async fn put(
    connection: &mut Connection,
    name: &'static str,
    value: &str,
) -> Result<(), StoreError> {
    let gone = sql("DELETE FROM settings WHERE name = ?").bind(name);
    gone.run(&mut *connection).await?;
    insert(connection, name, value).await
}

async fn insert(connection: &mut Connection, name: &'static str, value: &str) -> Result<(), StoreError> {
    let insert = sql("INSERT INTO settings (name, value) VALUES (?, ?)");
    let inserted = insert.bind(name).bind(value).run(connection).await;
    inserted.map(drop).map_err(once_more)
}
