//! `login logout status`

use crate::cli::Format;
use crate::error::Error;
use crate::output::{self, Column};
use crate::profile::{self, Profile};
use crate::remote::Remote;
use apicall_core::api::{EngineHealth, LoggedIn, Login, PartHealth, UserInfo};
use reqwest::Method;
use std::io::IsTerminal;

pub(super) async fn login(remote: &Remote, name: &str, user: &str, from_stdin: bool) -> Result<(), Error> {
    let login = Login {
        username: user.to_owned(),
        password: password(user, from_stdin)?,
    };
    let answer = remote
        .post::<LoggedIn>("/login", &login)
        .await
        .map_err(|error| match error {
            Error::NotLoggedIn(detail) => Error::Unreachable(detail),
            other => other,
        })?;
    profile::keep(
        name,
        Some(Profile {
            host: remote.host().to_owned(),
            token: answer.token,
            refresh_token: answer.refresh_token,
        }),
    )?;
    output::remark(&format!(
        "logged in to {} as {} until {}",
        remote.host(),
        user,
        output::local(answer.refresh_until.unwrap_or(answer.expires_at))
    ));
    Ok(())
}

fn password(user: &str, from_stdin: bool) -> Result<String, Error> {
    if from_stdin {
        let text = std::io::read_to_string(std::io::stdin())?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    if let Ok(password) = std::env::var("APICALL_PASSWORD") {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::Usage(
            "no terminal to ask for the password; use --password-stdin or APICALL_PASSWORD".to_owned(),
        ));
    }
    let asked = dialoguer::Password::new()
        .with_prompt(format!("Password of {user}"))
        .interact();
    asked.map_err(|error| Error::Usage(error.to_string()))
}

pub(super) async fn logout(remote: &Remote, name: &str) -> Result<(), Error> {
    let ended = match remote.is_logged_in() {
        true => remote.nothing(Method::POST, "/logout").await,
        false => Ok(()),
    };
    // Forgotten here whatever the engine says; a session it does not know has ended already.
    profile::keep(name, None)?;
    match ended {
        Err(Error::NotLoggedIn(_)) => Ok(()),
        other => other,
    }
}

pub(super) async fn status(remote: &Remote, format: Format) -> Result<(), Error> {
    let health: EngineHealth = remote.get("/health", &()).await?;
    if format == Format::Json {
        output::json(&health)?;
    } else {
        output::list::<PartHealth>(
            format,
            &health.parts,
            &[
                Column::Text("part", |part| part.part.clone()),
                Column::Text("ok", |part| part.ok.to_string()),
                Column::Text("reason", |part| output::maybe(part.reason.as_ref())),
            ],
        )?;
    }
    let who = match remote.is_logged_in() {
        true => remote.get::<UserInfo>("/me", &()).await.map_or_else(
            |_| "not logged in".to_owned(),
            |user| format!("logged in as {}, {}", user.username, user.role),
        ),
        false => "not logged in".to_owned(),
    };
    output::remark(&format!(
        "{}: {}, version {}, {who}",
        remote.host(),
        health.status,
        health.version
    ));
    if health.status == "ok" {
        Ok(())
    } else {
        Err(Error::Expectation(format!("the engine is {}", health.status)))
    }
}
