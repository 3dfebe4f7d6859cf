//! Verifies what `serve` would need, and says what to fix.

use crate::config::{Config, Switch};
use apicall_core::store::{Access, Store};
use apicall_core::switch::{News, asterisk};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long a switch may take to log us in.
const PATIENCE: Duration = Duration::from_secs(10);

/// One line an item; fails when one does.
pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut sound = true;
    let mut line = |what: &str, result: Result<String, String>| {
        sound &= result.is_ok();
        match result {
            Ok(text) => writeln!(std::io::stdout(), "ok    {what}: {text}"),
            Err(text) => writeln!(std::io::stdout(), "FAIL  {what}: {text}"),
        }
    };
    line("configuration", Ok(format!("{} switches", config.switches.len())))?;
    line("store", store(config).await)?;
    line("audio", audio(config))?;
    for switch in &config.switches {
        line(&format!("switch {}", switch.name), reach(switch).await)?;
    }
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn store(config: &Config) -> Result<String, String> {
    let url = config.store_url().map_err(|error| error.to_string())?;
    let store = Store::open(&url, Access::Admin)
        .await
        .map_err(|error| error.to_string())?;
    store.close().await.map_err(|error| error.to_string())?;
    Ok(url)
}

fn audio(config: &Config) -> Result<String, String> {
    let dir = &config.audio.dir;
    match std::fs::metadata(dir) {
        Ok(found) if found.is_dir() => Ok(dir.display().to_string()),
        Ok(_) => Err(format!("{} is not a directory; set [audio] dir", dir.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(format!(
            "{} does not exist; sounds come from the switch alone",
            dir.display()
        )),
        Err(error) => Err(format!("{}: {error}", dir.display())),
    }
}

async fn reach(switch: &Switch) -> Result<String, String> {
    let config = switch
        .adapter(b"check".to_vec())
        .map_err(|error| error.to_string())?;
    let (sender, mut events) = mpsc::unbounded_channel();
    let shutdown = CancellationToken::new();
    let _end = shutdown.clone().drop_guard();
    asterisk::start(config, sender, shutdown)
        .await
        .map_err(|error| error.to_string())?;
    match tokio::time::timeout(PATIENCE, events.recv()).await {
        Ok(Some(event)) => match event.news {
            News::Up { live } => Ok(format!(
                "logged in at {}, {} calls of ours",
                switch.ami,
                live.len()
            )),
            News::Down { reason } => Err(reason),
            News::Call { .. } | News::Leg { .. } | News::Visitor(_) => Ok("it talks".to_owned()),
        },
        Ok(None) => Err("the adapter ended".to_owned()),
        Err(_) => Err(format!("no answer from {} within {PATIENCE:?}", switch.ami)),
    }
}
