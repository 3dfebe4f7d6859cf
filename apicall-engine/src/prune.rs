//! The command `admin prune`: removes old calls at once, or tells how many there are.

use crate::admin;
use crate::config::Config;
use crate::retention::{Files, Order, Pruner};
use anyhow::Context;
use apicall_core::model::{Clock, Timestamp};
use apicall_core::store::{Access, Old, Store};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What goes, and whether it does.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// What ended before: a day in UTC such as 2026-01-31, or a time such as 2026-01-31T09:00:00-05:00
    #[arg(long, value_name = "DATE", value_parser = time)]
    before: Timestamp,
    /// Only timelines: the calls stay
    #[arg(long)]
    timelines: bool,
    /// Write what goes to files in this directory before, a line of JSON a call
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Only tell how much would go; an engine may use the store
    #[arg(long)]
    dry_run: bool,
}

/// A day or a time.
fn time(text: &str) -> Result<Timestamp, String> {
    let at_midnight = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    let time = text.parse::<jiff::Timestamp>().ok().or_else(at_midnight);
    let time = time.ok_or("write a day such as 2026-01-31, or a time such as 2026-01-31T09:00:00Z")?;
    Ok(Timestamp::from_millis(time.as_millisecond()))
}

/// Prunes, or tells what would go.
pub(crate) async fn run(config: &Config, options: &Options) -> anyhow::Result<ExitCode> {
    let clock = Clock::anchor();
    anyhow::ensure!(
        options.before <= clock.now(),
        "--before: {} has not come yet",
        options.before
    );
    // One that is not there, or of another version, is refused here.
    let store = admin::open(config).await?;
    let order = order(&store, options, clock).await?;
    let before = order.before;
    let out = &mut std::io::stdout();
    if before < options.before {
        writeln!(
            out,
            "calls that ended since {before} stay: a cap on the calls to a number counts them"
        )?;
    }
    let name = if options.timelines {
        "timelines of calls"
    } else {
        "calls"
    };
    if options.dry_run {
        let count = store.count_old(order.what, before).await?;
        store.close().await?;
        writeln!(out, "{count} {name} ended before {before} and would be removed")?;
        return Ok(ExitCode::SUCCESS);
    }
    store.close().await?;
    drop(store);
    let gone = remove(config, options, order, clock).await?;
    let written = options.export.as_ref();
    let written = written.map_or_else(String::new, |dir| format!(", written to {}", dir.display()));
    writeln!(
        out,
        "{gone} {name} that ended before {before} are removed{written}"
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What may go of what was asked for.
async fn order(store: &Store, options: &Options, clock: Clock) -> anyhow::Result<Order> {
    let before = options.before;
    if options.timelines {
        let what = Old::Timelines;
        return Ok(Order { what, before });
    }
    let counted = store.counted_since(clock.now()).await?;
    Ok(Order {
        what: Old::Calls,
        before: counted.map_or(before, |since| since.min(before)),
    })
}

/// Removes it, alone on the store; of how many calls.
async fn remove(config: &Config, options: &Options, order: Order, clock: Clock) -> anyhow::Result<u64> {
    let files = options.export.as_deref().map(Files::new);
    if let Some(files) = &files {
        files
            .check()
            .with_context(|| format!("--export: {}", files.directory().display()))?;
    }
    let store = Store::open(&config.store()?, Access::Alone).await?;
    let gone = Pruner::new(store.clone(), files)
        .carry_out(order, clock, 0)
        .await?;
    while store.remove_leftovers().await? {}
    store.close().await?;
    Ok(gone)
}
