//! Looking at a store without changing it.

use super::db::{Connection, Location, sql};
use super::open::is_locked;
use super::{Store, StoreError, tenure};
use std::path::Path;

/// What is at a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection {
    /// The form of the database.
    pub form: Form,
    /// Whether an engine uses it now.
    pub in_use: bool,
    /// Whether the server is one of several nodes that engines must not use side by side.
    pub is_node: bool,
}

/// The form of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// There is no database yet.
    Absent,
    /// This version's.
    Current,
    /// An older version's: so many migrations are to come.
    Older(usize),
    /// A newer version's, which this one must not touch.
    Newer,
}

impl Store {
    /// Looks at a store; neither makes nor migrates it.
    pub async fn inspect(location: &Location) -> Result<Inspection, StoreError> {
        let cannot = |reason: String| StoreError::Open {
            url: location.to_string(),
            reason,
        };
        if let Some(path) = location.file().filter(|path| !path.exists()) {
            return nothing_at(path).map_err(cannot);
        }
        let mut connection = location.reach_to_look().await.map_err(cannot)?;
        let found = look(&mut connection, location).await;
        let is_node = connection.is_node().await;
        connection.close().await;
        let (found, is_node) = (found.map_err(cannot)?, is_node?);
        Ok(Inspection { is_node, ..found })
    }
}

fn nothing_at(path: &Path) -> Result<Inspection, String> {
    match path.parent().filter(|path| !path.as_os_str().is_empty()) {
        Some(directory) if !directory.is_dir() => Err(format!(
            "there is no directory {}; make it, or set another [store] url",
            directory.display()
        )),
        _ => Ok(NOTHING),
    }
}

async fn look(connection: &mut Connection, location: &Location) -> Result<Inspection, String> {
    let tables = connection.tables().await.map_err(|error| error.to_string())?;
    if tables.is_empty() {
        connection.may_be_made().await?;
        return Ok(NOTHING);
    }
    if !tables.iter().any(|table| table == "_sqlx_migrations") {
        return Err(
            "it holds other tables and is no database of apicall; name another, an empty one".to_owned(),
        );
    }
    let versions = sql("SELECT version FROM _sqlx_migrations WHERE success")
        .all(&mut *connection)
        .await;
    let versions = versions.map_err(|error| error.to_string())?;
    let applied: Result<Vec<i64>, _> = versions.iter().map(|row| row.try_get(0)).collect();
    let known = connection
        .dialect()
        .migrations
        .iter()
        .map(|migration| migration.version)
        .collect::<Vec<_>>();
    let form = form(&known, &applied.map_err(|error| error.to_string())?);
    let in_use = match location.file() {
        Some(path) => is_locked(path),
        None if tables.iter().any(|table| table == "engines") => tenure::is_held(connection)
            .await
            .map_err(|error| error.to_string())?,
        None => false,
    };
    Ok(Inspection {
        form,
        in_use,
        ..NOTHING
    })
}

const NOTHING: Inspection = Inspection {
    form: Form::Absent,
    in_use: false,
    is_node: false,
};

fn form(known: &[i64], applied: &[i64]) -> Form {
    if applied.iter().any(|version| !known.contains(version)) {
        return Form::Newer;
    }
    match known.iter().filter(|version| !applied.contains(version)).count() {
        0 => Form::Current,
        missing => Form::Older(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Inspection};
    use crate::store::{Access, Location, Store};
    use std::path::Path;

    fn at(path: &Path) -> Location {
        format!("sqlite://{}", path.display()).parse().unwrap()
    }

    #[tokio::test]
    async fn a_store_that_is_not_there_is_not_made() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let found = Store::inspect(&at(&path)).await.unwrap();
        assert_eq!(
            found,
            Inspection {
                form: Form::Absent,
                in_use: false,
                is_node: false,
            }
        );
        assert!(!path.exists());
        let nowhere = directory.path().join("none/a.db");
        let error = Store::inspect(&at(&nowhere)).await.unwrap_err();
        assert!(error.to_string().contains("there is no directory"), "{error}");
    }

    #[tokio::test]
    async fn an_engine_that_uses_it_is_seen() {
        let directory = tempfile::tempdir().unwrap();
        let url = at(&directory.path().join("a.db"));
        let store = Store::open(&url, Access::Engine).await.unwrap();
        let seen = Store::inspect(&url).await.unwrap();
        assert_eq!((seen.form, seen.in_use), (Form::Current, true));
        store.close().await.unwrap();
        drop(store);
        let seen = Store::inspect(&url).await.unwrap();
        assert_eq!((seen.form, seen.in_use), (Form::Current, false));
    }

    #[tokio::test]
    async fn another_file_is_no_store() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "this is text").unwrap();
        let error = Store::inspect(&at(file.path())).await.unwrap_err();
        assert!(error.to_string().contains("not a database"), "{error}");
    }

    #[test]
    fn the_form_follows_from_what_was_applied() {
        let known = [1, 2];
        assert_eq!(super::form(&known, &known), Form::Current);
        assert_eq!(super::form(&known, &[]), Form::Older(2));
        assert_eq!(super::form(&known, &[1, 99]), Form::Newer);
    }
}
