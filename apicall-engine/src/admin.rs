//! Work on the store without an engine, or beside one.

use crate::config::Config;
use crate::http::draw_key;
use crate::password;
use anyhow::Context;
use apicall_core::model::{Actor, Clock};
use apicall_core::store::{Access, Form, Store};
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Gives a user a new password; their tokens are void from then on.
pub(crate) async fn reset_password(config: &Config, user: &str, stdin: bool) -> anyhow::Result<ExitCode> {
    let store = open(config).await?;
    let Some(known) = store.account(user).await? else {
        anyhow::bail!("there is no user {user}")
    };
    let given = ask(user, stdin)?;
    let new = given.clone().unwrap_or_else(password::draw);
    password::check(&new)?;
    let hash = password::hash(new.clone()).await?;
    let mine = by_command(&store);
    mine.update_user(&known.user.username, Some(hash), |_| {}).await?;
    if known.user.disabled {
        #[allow(clippy::print_stderr, reason = "beside the password, which is data")]
        {
            eprintln!("{user} is still disabled; another admin has to enable them");
        }
    }
    store.close().await?;
    if given.is_none() {
        writeln!(std::io::stdout(), "{new}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Gives sessions a new key. Those that there are go on, or end at once when `void`.
pub(crate) async fn rotate_key(config: &Config, void: bool) -> anyhow::Result<ExitCode> {
    let store = open(config).await?;
    let now = Clock::anchor().now();
    let mine = by_command(&store);
    let rotated = mine.rotate_session_key(draw_key(), now, now, void).await?;
    anyhow::ensure!(
        rotated,
        "the key there is was made after now; see to this machine's clock"
    );
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// The store for a command: what it changes is noted as a command's.
fn by_command(store: &Store) -> Store {
    store.by(Actor {
        username: None,
        via: "command".to_owned(),
        address: None,
        at: Clock::anchor().now(),
    })
}

/// Brings the store to this version's form. An engine that runs does not expect that, so there must be none.
pub(crate) async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    let location = config.store_to_open()?;
    let store = Store::open(&location, Access::Alone).await?;
    store.close().await?;
    writeln!(std::io::stdout(), "{location} is up to date")?;
    Ok(ExitCode::SUCCESS)
}

/// Copies the store's file, also beside a running engine.
pub(crate) async fn backup(config: &Config, to: &Path) -> anyhow::Result<ExitCode> {
    let location = config.store()?;
    let bytes = Store::backup(&location, to).await?;
    writeln!(
        std::io::stdout(),
        "{location} is copied to {}, {bytes} bytes, checked",
        to.display()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The store as it is: one that is not there, or of another version, is not for a command to make or change.
pub(crate) async fn open(config: &Config) -> anyhow::Result<Store> {
    let url = config.store()?;
    match Store::inspect(&url).await?.form {
        Form::Current => Ok(Store::open(&url, Access::Admin).await?),
        Form::Absent => {
            anyhow::bail!("there is no store {url} yet; the first `apicall-engine serve` makes it")
        }
        Form::Older(_) => {
            anyhow::bail!("{url} is of an older version; run `apicall-engine admin migrate` first")
        }
        Form::Newer => anyhow::bail!("{url} was made by a newer version; use that one"),
    }
}

/// A password from a person at a terminal, or the first line of stdin; `None` asks for a random one.
fn ask(user: &str, stdin: bool) -> anyhow::Result<Option<String>> {
    if stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let typed = dialoguer::Password::new()
        .with_prompt(format!("New password of {user} (nothing for a random one)"))
        .with_confirmation("Once more", "the two differ; try again")
        .allow_empty_password(true)
        .interact()
        .context("no password was read")?;
    Ok((!typed.is_empty()).then_some(typed))
}
