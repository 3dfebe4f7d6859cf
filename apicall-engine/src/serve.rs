//! The command `serve`.

use crate::config::{Config, Log, LogFormat};
use crate::running::{PASSWORD, Running};
use anyhow::Context;
use std::io;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs until SIGTERM or SIGINT, then lets live calls finish; a second signal stops at once.
pub(crate) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    start_log(&config.log)?;
    let mut signals = Signals::listen()?;
    let running = Running::start(config, std::env::var(PASSWORD).ok()).await?;
    tokio::select! {
        () = signals.next() => {}
        () = running.fenced() => {
            tracing::error!("other engines took this one for dead and do its work; it hangs up and stops");
            running.give_up().await;
            return Ok(ExitCode::FAILURE);
        }
    }
    tokio::select! {
        result = running.stop() => result.map(|()| ExitCode::SUCCESS),
        () = signals.next() => {
            tracing::warn!("stopped at once; live calls are found again by the next start");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What tells the engine to stop.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

pub(crate) fn start_log(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.level).with_context(|| format!("[log] level `{}`", log.level))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match log.format {
        LogFormat::Text => subscriber.with_ansi(false).init(),
        LogFormat::Json => subscriber.json().init(),
    }
    Ok(())
}
