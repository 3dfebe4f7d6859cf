//! Looking at a store without changing it.

use super::open::{MIGRATIONS, is_locked, options};
use super::{Store, StoreError};
use sqlx::{ConnectOptions, Connection};

/// What is at a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection {
    /// The form of the database.
    pub form: Form,
    /// Whether an engine uses it now.
    pub in_use: bool,
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
    /// Looks at the database of `sqlite://PATH`; neither makes nor migrates it.
    pub async fn inspect(url: &str) -> Result<Inspection, StoreError> {
        let cannot = |reason: String| StoreError::Open {
            url: url.to_owned(),
            reason,
        };
        let options = options(url)?;
        let path = options.get_filename().to_owned();
        if !path.exists() {
            let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
            return match directory {
                Some(directory) if !directory.is_dir() => Err(cannot(format!(
                    "there is no directory {}; make it, or set another [store] url",
                    directory.display()
                ))),
                _ => Ok(Inspection {
                    form: Form::Absent,
                    in_use: false,
                }),
            };
        }
        let mut connection = options
            .read_only(true)
            .create_if_missing(false)
            .connect()
            .await
            .map_err(|error| cannot(error.to_string()))?;
        let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
            .fetch_all(&mut connection)
            .await
            .map_err(|error| cannot(format!("{error}; it is no database of apicall")))?;
        let _ = connection.close().await;
        Ok(Inspection {
            form: form(&applied),
            in_use: is_locked(&path),
        })
    }
}

fn form(applied: &[i64]) -> Form {
    let known: Vec<_> = MIGRATIONS.iter().map(|migration| migration.version).collect();
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
    use crate::store::{Access, Store};

    #[tokio::test]
    async fn a_store_that_is_not_there_is_not_made() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let found = Store::inspect(&format!("sqlite://{}", path.display()))
            .await
            .unwrap();
        assert_eq!(
            found,
            Inspection {
                form: Form::Absent,
                in_use: false
            }
        );
        assert!(!path.exists());
        let nowhere = directory.path().join("none/a.db");
        let error = Store::inspect(&format!("sqlite://{}", nowhere.display()))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("there is no directory"), "{error}");
    }

    #[tokio::test]
    async fn an_engine_that_uses_it_is_seen() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("a.db").display());
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
        let error = Store::inspect(&format!("sqlite://{}", file.path().display()))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("not a database"), "{error}");
    }

    #[test]
    fn the_form_follows_from_what_was_applied() {
        let all: Vec<_> = super::MIGRATIONS
            .iter()
            .map(|migration| migration.version)
            .collect();
        assert_eq!(super::form(&all), Form::Current);
        assert_eq!(super::form(&[]), Form::Older(all.len()));
        assert_eq!(super::form(&[all[0], 99_999_999]), Form::Newer);
    }
}
