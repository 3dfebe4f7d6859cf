//! The command `serve`.

use crate::config::{Config, Log, LogFormat};
use crate::running::{PASSWORD, Running};
use anyhow::Context;
use std::io;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Runs until SIGTERM or SIGINT, then lets live calls finish; a second signal stops at once.
///
/// `while_stdin`: and no longer than whoever started it keeps stdin open.
pub(crate) async fn run(config: Config, while_stdin: bool) -> anyhow::Result<ExitCode> {
    start_log(&config.log)?;
    let mut signals = Signals::listen()?;
    let orphaned = if while_stdin {
        stdin_ends()?
    } else {
        CancellationToken::new()
    };
    let running = Running::start(config, std::env::var(PASSWORD).ok()).await?;
    tokio::select! {
        () = signals.next() => {}
        () = orphaned.cancelled() => {
            tracing::warn!("stopped at once, because whoever started it is gone");
            return Ok(ExitCode::FAILURE);
        }
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

/// Tells when stdin ends. It is read by a thread of its own, which the program does not wait for at its end.
fn stdin_ends() -> io::Result<CancellationToken> {
    let ended = CancellationToken::new();
    let tell = ended.clone().drop_guard();
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            drop(tell);
        })?;
    Ok(ended)
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
