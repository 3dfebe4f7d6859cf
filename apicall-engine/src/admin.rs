//! Work on the store without an engine, or beside one.

use crate::config::Config;
use crate::password;
use apicall_core::store::{Access, Store};
use std::io::Write;
use std::process::ExitCode;

/// Gives a user a new password; their tokens are void from then on.
pub(crate) async fn reset_password(config: &Config, user: &str, stdin: bool) -> anyhow::Result<ExitCode> {
    let store = Store::open(&config.store_url()?, Access::Admin).await?;
    let known = store.user(user).await?;
    let Some(known) = known else {
        anyhow::bail!("there is no user {user}")
    };
    let new = if stdin {
        std::io::read_to_string(std::io::stdin())?
            .trim_end_matches(['\r', '\n'])
            .to_owned()
    } else {
        password::draw()
    };
    password::check(&new)?;
    store
        .set_password(user, &known.full_name, &password::hash(new.clone()).await?)
        .await?;
    store.close().await?;
    if !stdin {
        writeln!(std::io::stdout(), "{new}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Brings the store to this version's form; opening it does.
pub(crate) async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    let url = config.store_url()?;
    let store = Store::open(&url, Access::Admin).await?;
    store.close().await?;
    writeln!(std::io::stdout(), "{url} is up to date")?;
    Ok(ExitCode::SUCCESS)
}
