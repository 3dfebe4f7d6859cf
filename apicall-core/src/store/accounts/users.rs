//! Users: made, changed, kept out, deleted. There is always an admin who may log in.

use super::{Account, touch};
use crate::model::{Project, ProjectId, Role, Timestamp, User, Username};
use crate::store::catalog::load;
use crate::store::db::{Connection, Row, sql};
use crate::store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most users: an engine holds them all.
const MOST: i64 = 10_000;

impl Store {
    /// One user; a text that is no username is nobody's.
    pub async fn account(&self, username: &str) -> Result<Option<Account>, StoreError> {
        let row = sql("SELECT * FROM users WHERE username = ?").bind(username);
        let Some(row) = row.first(&self.readers).await? else {
            return Ok(None);
        };
        let projects = sql("SELECT project FROM user_projects WHERE username = ?").bind(username);
        let projects = projects.all(&self.readers).await?;
        let projects: Result<_, StoreError> = projects.iter().map(project).collect();
        account(&row, projects?).map(Some)
    }

    /// Whether there is nobody yet.
    pub async fn users_empty(&self) -> Result<bool, StoreError> {
        let one = sql("SELECT username FROM users LIMIT 1").first(&self.readers);
        Ok(one.await?.is_none())
    }

    /// Everybody, by name.
    pub(super) async fn every_account(&self) -> Result<Vec<Account>, StoreError> {
        let mut projects: BTreeMap<String, BTreeSet<ProjectId>> = BTreeMap::new();
        let assigned = sql("SELECT username, project FROM user_projects");
        for row in assigned.all(&self.readers).await? {
            let of = projects.entry(row.try_get("username")?).or_default();
            of.insert(project(&row)?);
        }
        let users = sql("SELECT * FROM users ORDER BY username");
        let users = users.all(&self.readers).await?;
        let each = users.iter().map(|row| {
            let name: &str = row.try_get("username")?;
            account(row, projects.remove(name).unwrap_or_default())
        });
        each.collect()
    }

    /// Makes a user whose password has this hash.
    pub async fn create_user(&self, user: User, hash: &str) -> Result<User, StoreError> {
        let (given, pen) = (Arc::new((user, hash.to_owned())), self.pen());
        self.edit(move |connection| {
            let (given, pen) = (Arc::clone(&given), pen.clone());
            Box::pin(async move {
                let (user, hash) = &*given;
                let version = touch(connection).await?;
                let known = sql("SELECT count(*) FROM users WHERE username = ?").bind(user.username.as_str());
                if known.number(&mut *connection).await? > 0 {
                    return Err(StoreError::Taken {
                        field: "username",
                        value: user.username.to_string(),
                    });
                }
                if sql("SELECT count(*) FROM users").number(&mut *connection).await? >= MOST {
                    let full = format!("there are {MOST} users, which is the most; delete one first");
                    return Err(StoreError::InUse(full));
                }
                let row = sql(
                    "INSERT INTO users (full_name, role, disabled, password_hash, token_version, created_at, username)
                        VALUES (?, ?, ?, ?, ?, ?, ?)",
                );
                row.bind(&user.full_name)
                    .bind(user.role.as_str())
                    .bind(i64::from(user.disabled))
                    .bind(hash)
                    .bind(version)
                    .bind(user.created_at.millis())
                    .bind(user.username.as_str())
                    .run(connection)
                    .await?;
                assign(connection, user).await?;
                pen.made(connection, "user", &user.username, user).await?;
                Ok(user.clone())
            })
        })
        .await
    }

    /// Changes a user, who may get another password. With that, and when they are kept out, their sessions are void; what else
    /// is changed holds for these as well. Refused to the last admin who may log in, when none would be left.
    pub async fn update_user(
        &self,
        username: &Username,
        hash: Option<String>,
        change: impl Fn(&mut User) + Send + Sync + 'static,
    ) -> Result<User, StoreError> {
        let (given, pen) = (Arc::new((username.clone(), hash, change)), self.pen());
        self.edit(move |connection| {
            let (given, pen) = (Arc::clone(&given), pen.clone());
            Box::pin(async move {
                let (username, hash, change) = &*given;
                let version = touch(connection).await?;
                let Account {
                    user: before,
                    password_hash,
                    token_version,
                } = find(connection, username).await?;
                let mut user = before.clone();
                change(&mut user);
                if is_needed(&before) && !is_needed(&user) {
                    expect_another_admin(connection, username).await?;
                }
                let void = hash.is_some() || user.disabled;
                sql("UPDATE users SET full_name = ?, role = ?, disabled = ?, password_hash = ?, token_version = ? WHERE username = ?")
                    .bind(&user.full_name)
                    .bind(user.role.as_str())
                    .bind(i64::from(user.disabled))
                    .bind(hash.as_ref().unwrap_or(&password_hash))
                    .bind(if void { version } else { token_version })
                    .bind(username.as_str())
                    .run(connection)
                    .await?;
                assign(connection, &user).await?;
                if hash.is_some() {
                    pen.did(connection, "user", username, "password_changed").await?;
                }
                if before != user {
                    pen.changed(connection, "user", username, &before, &user).await?;
                }
                Ok(user)
            })
        })
        .await
    }

    /// Removes a user with their tokens. Refused to the last admin who may log in.
    pub async fn delete_user(&self, username: &Username) -> Result<(), StoreError> {
        let (username, pen) = (username.clone(), self.pen());
        self.edit(move |connection| {
            let (username, pen) = (username.clone(), pen.clone());
            Box::pin(async move {
                touch(connection).await?;
                let account = find(connection, &username).await?;
                if is_needed(&account.user) {
                    expect_another_admin(connection, &username).await?;
                }
                for rest in [
                    "DELETE FROM api_tokens WHERE username = ?",
                    "DELETE FROM user_projects WHERE username = ?",
                    "DELETE FROM users WHERE username = ?",
                ] {
                    sql(rest).bind(username.as_str()).run(connection).await?;
                }
                pen.deleted(connection, "user", &username, &account.user).await
            })
        })
        .await
    }

    /// Makes all sessions of a user void.
    pub async fn void_sessions(&self, username: &Username) -> Result<(), StoreError> {
        let (username, pen) = (username.clone(), self.pen());
        self.edit(move |connection| {
            let (username, pen) = (username.clone(), pen.clone());
            Box::pin(async move {
                let version = touch(connection).await?;
                sql("UPDATE users SET token_version = ? WHERE username = ?")
                    .bind(version)
                    .bind(username.as_str())
                    .run(connection)
                    .await?;
                pen.did(connection, "user", &username, "logged_out").await
            })
        })
        .await
    }
}

/// Takes a project that goes from whoever has it.
pub(in crate::store) async fn unassign(
    connection: &mut Connection,
    project: ProjectId,
) -> Result<(), StoreError> {
    let assigned = sql("DELETE FROM user_projects WHERE project = ?").bind(project.get());
    if assigned.run(&mut *connection).await? > 0 {
        touch(connection).await?;
    }
    Ok(())
}

/// The user as they are within the transaction, which [`touch`] has made the only one that changes users.
async fn find(connection: &mut Connection, username: &Username) -> Result<Account, StoreError> {
    let row = sql("SELECT * FROM users WHERE username = ?").bind(username.as_str());
    let row = row.first(&mut *connection).await?;
    let row = row.ok_or_else(|| StoreError::NotFound {
        what: "user",
        id: username.to_string(),
    })?;
    let projects = sql("SELECT project FROM user_projects WHERE username = ?").bind(username.as_str());
    let projects = projects.all(connection).await?;
    let projects: Result<_, StoreError> = projects.iter().map(project).collect();
    account(&row, projects?)
}

/// Writes which projects are a user's; each must be there.
async fn assign(connection: &mut Connection, user: &User) -> Result<(), StoreError> {
    let before = sql("DELETE FROM user_projects WHERE username = ?").bind(user.username.as_str());
    before.run(&mut *connection).await?;
    for id in &user.projects {
        let _: Project = load(connection, "project", "projects", id.get()).await?;
        sql("INSERT INTO user_projects (username, project) VALUES (?, ?)")
            .bind(user.username.as_str())
            .bind(id.get())
            .run(connection)
            .await?;
    }
    Ok(())
}

/// Whether somebody could do what only an admin can.
fn is_needed(user: &User) -> bool {
    user.role == Role::Admin && !user.disabled
}

async fn expect_another_admin(connection: &mut Connection, username: &Username) -> Result<(), StoreError> {
    let others = sql("SELECT count(*) FROM users WHERE role = 'admin' AND disabled = 0 AND username <> ?");
    if others.bind(username.as_str()).number(connection).await? > 0 {
        return Ok(());
    }
    let alone = format!("{username} is the last admin who may log in; make another one first");
    Err(StoreError::InUse(alone))
}

fn project(row: &Row) -> Result<ProjectId, StoreError> {
    Ok(row.try_get::<i64>("project")?.try_into()?)
}

fn account(row: &Row, projects: BTreeSet<ProjectId>) -> Result<Account, StoreError> {
    Ok(Account {
        user: User {
            username: row.try_get::<&str>("username")?.parse()?,
            full_name: row.try_get("full_name")?,
            role: row.try_get::<&str>("role")?.parse()?,
            projects,
            disabled: row.try_get::<i64>("disabled")? != 0,
            created_at: Timestamp::from_millis(row.try_get("created_at")?),
        },
        password_hash: row.try_get("password_hash")?,
        token_version: row.try_get("token_version")?,
    })
}
