//! The command `admin copy`.

use anyhow::Context;
use apicall_core::store::{Location, Progress, Store};
use secrecy::SecretString;
use std::cell::Cell;
use std::io::{self, Write};
use std::process::ExitCode;

/// Rows between two words about a table that takes long.
const WORD: u64 = 20_000;

/// Moves everything from one store to another. Passwords may stand in the URLs or in the environment.
pub(crate) async fn run(from: &str, to: &str) -> anyhow::Result<ExitCode> {
    let from = location(from, "APICALL_FROM_PASSWORD").context("--from")?;
    let to = location(to, "APICALL_TO_PASSWORD").context("--to")?;
    let told = Cell::new(("", "", 0));
    let tell = |progress: Progress| {
        let now = (progress.doing, progress.table, progress.rows / WORD);
        if told.replace(now) != now || progress.rows == progress.of {
            // Who does not listen does not stop it.
            let _ = writeln!(
                io::stderr(),
                "{} {}: {} of {}",
                progress.doing,
                progress.table,
                progress.rows,
                progress.of
            );
        }
    };
    let rows = Store::copy(&from, &to, tell).await?;
    writeln!(
        io::stdout(),
        "{rows} rows of {from} are in {to}, compared one by one; set [store] url to it"
    )?;
    Ok(ExitCode::SUCCESS)
}

fn location(url: &str, variable: &str) -> anyhow::Result<Location> {
    let location: Location = url.parse()?;
    Ok(match std::env::var(variable) {
        Ok(password) => location.with_password(&SecretString::from(password))?,
        Err(_) => location,
    })
}
