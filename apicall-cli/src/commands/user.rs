//! `user …`

use super::project::{id_of, some_change};
use crate::cli::{Format, User as Verb, UserSet};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use crate::values::Change;
use apicall_core::api::{NewPassword, NewUser, UserPatch};
use apicall_core::model::{AccountEntry, ProjectId, User};
use apicall_core::scenario::ProjectRef;
use reqwest::Method;
use std::collections::BTreeSet;
use std::io::IsTerminal;

const COLUMNS: &[Column<User>] = &[
    Column::Text("username", |user| user.username.to_string()),
    Column::Text("full_name", |user| user.full_name.clone()),
    Column::Text("role", |user| user.role.to_string()),
    Column::Text("projects", |user| joined(&user.projects)),
    Column::Text("disabled", |user| user.disabled.to_string()),
    Column::Time("created_at", |user| Some(user.created_at)),
];

const LOG: &[Column<AccountEntry>] = &[
    Column::Time("at", |entry| Some(entry.at)),
    Column::Text("username", |entry| maybe(entry.username.as_ref())),
    Column::Text("via", |entry| entry.via.clone()),
    Column::Text("address", |entry| maybe(entry.address.as_ref())),
    Column::Text("what", |entry| entry.what.clone()),
    Column::Text("subject", |entry| entry.subject.clone()),
    Column::Text("changed", changed),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Add {
            username,
            role,
            projects,
            full_name,
            password_stdin,
        } => {
            let projects = ids_of(remote, &projects).await?;
            let new = NewUser {
                password: new_password(username.as_str(), password_stdin)?,
                username,
                role,
                full_name,
                projects,
            };
            let user: User = remote.post("/users", &new).await?;
            output::one(format, &user, COLUMNS)
        }
        Verb::List => {
            let users: Vec<User> = remote.get("/users", &()).await?;
            output::list(format, &users, COLUMNS)
        }
        Verb::Show { username } => {
            let user: User = remote.get(&format!("/users/{username}"), &()).await?;
            output::one(format, &user, COLUMNS)
        }
        Verb::Set(set) => change(remote, format, set).await,
        Verb::Delete { username } => {
            remote
                .nothing(Method::DELETE, &format!("/users/{username}"))
                .await
        }
        Verb::Password { password_stdin } => {
            let passwords = own_passwords(password_stdin)?;
            remote.tell("/me/password", &passwords).await?;
            output::remark("your sessions have ended; log in with the new password");
            Ok(())
        }
        Verb::Log { user, subject, limit } => {
            let user = user.map(|user| ("username".to_owned(), user.to_string()));
            let subject = subject.map(|subject| ("subject".to_owned(), subject));
            let query: Vec<_> = user.into_iter().chain(subject).collect();
            let entries: Vec<AccountEntry> = remote.all("/account-log", &query, limit).await?;
            output::list(format, &entries, LOG)
        }
    }
}

async fn change(remote: &Remote, format: Format, set: UserSet) -> Result<(), Error> {
    let projects = match &set.projects {
        Some(named) => {
            let named: Vec<_> = named.iter().cloned().filter_map(Change::value).collect();
            Some(ids_of(remote, &named).await?)
        }
        None => None,
    };
    let password = match set.password || set.password_stdin {
        true => Some(new_password(set.username.as_str(), set.password_stdin)?),
        false => None,
    };
    let patch = UserPatch {
        password,
        role: set.role,
        full_name: set.full_name,
        projects,
        disabled: set.disabled,
    };
    some_change(&patch, "user set")?;
    let user: User = remote.patch(&format!("/users/{}", set.username), &patch).await?;
    output::one(format, &user, COLUMNS)
}

/// The ids of projects by ids or names.
pub(super) async fn ids_of(remote: &Remote, named: &[ProjectRef]) -> Result<BTreeSet<ProjectId>, Error> {
    let mut ids = BTreeSet::new();
    for one in named {
        ids.insert(id_of(remote, one).await?);
    }
    Ok(ids)
}

pub(super) fn joined(projects: &BTreeSet<ProjectId>) -> String {
    let ids: Vec<_> = projects.iter().map(ToString::to_string).collect();
    ids.join(",")
}

fn new_password(user: &str, from_stdin: bool) -> Result<String, Error> {
    if from_stdin {
        let text = std::io::read_to_string(std::io::stdin())?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    if let Ok(password) = std::env::var("APICALL_NEW_PASSWORD") {
        return Ok(password);
    }
    expect_terminal("--password-stdin or APICALL_NEW_PASSWORD")?;
    twice(&format!("New password of {user}"))
}

fn own_passwords(from_stdin: bool) -> Result<NewPassword, Error> {
    if from_stdin {
        let text = std::io::read_to_string(std::io::stdin())?;
        let mut lines = text.lines().map(str::to_owned);
        let (Some(current), Some(new)) = (lines.next(), lines.next()) else {
            return Err(Error::Usage(
                "stdin has to have two lines: the password as it is, and the new one".to_owned(),
            ));
        };
        return Ok(NewPassword { current, new });
    }
    expect_terminal("--password-stdin")?;
    let current = dialoguer::Password::new().with_prompt("Your password").interact();
    Ok(NewPassword {
        current: current.map_err(|error| Error::Usage(error.to_string()))?,
        new: twice("New password")?,
    })
}

fn twice(prompt: &str) -> Result<String, Error> {
    let asked = dialoguer::Password::new()
        .with_prompt(prompt)
        .with_confirmation("Once more", "the two differ; try again")
        .interact();
    asked.map_err(|error| Error::Usage(error.to_string()))
}

fn expect_terminal(instead: &str) -> Result<(), Error> {
    match std::io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(Error::Usage(format!(
            "no terminal to ask for the password; use {instead}"
        ))),
    }
}

/// The names of what is otherwise than before.
fn changed(entry: &AccountEntry) -> String {
    let (Some(before), Some(after)) = (&entry.before, &entry.after) else {
        return String::new();
    };
    let fields = after.as_object().into_iter().flatten();
    let otherwise = fields.filter(|(name, value)| before.get(name.as_str()) != Some(*value));
    let names: Vec<_> = otherwise.map(|(name, _)| name.as_str()).collect();
    names.join(",")
}
