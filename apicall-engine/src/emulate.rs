//! Emulated switches: beside the engine in its own process, for a `[[switch]]` of kind `emulator`, or alone.

use crate::config::Switch;
use anyhow::Context;
use apicall_core::emulator::asterisk::{self, Config, Version};
use apicall_core::emulator::{Cast, Emulator, Fault, Planned};
use apicall_core::scenario;
use apicall_core::switch::asterisk::AsteriskConfig;
use clap::Args;
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The manager user of a switch that the engine starts itself.
const USER: &str = "apicall";

/// What an emulated Asterisk that runs alone is told.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where its manager listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    ami: SocketAddr,
    /// Its manager user
    #[arg(long, default_value = USER)]
    user: String,
    /// That user's secret; drawn when absent
    #[arg(long, env = "APICALL_EMULATOR_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Which Asterisk to be: 16 or 22
    #[arg(long = "as", value_name = "VERSION", default_value = "22")]
    version: Version,
    /// Who answers, as YAML; the lab's table when absent
    #[arg(long, value_name = "FILE")]
    callees: Option<PathBuf>,
    /// What all drawing begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Most calls at once; one more is refused as by a full carrier
    #[arg(long, default_value_t = 100_000)]
    capacity: usize,
    /// Where call files come, for an engine with originate = "spool"; none are taken when absent
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// What goes wrong, as in cut@10s or crash=5s@1m; may be given several times
    #[arg(long, value_name = "FAULT[@TIME]")]
    fault: Vec<Planned>,
}

/// Starts an emulated switch on a port of the system's choice; what the adapter has to know to drive it.
pub(crate) async fn beside(
    switch: &Switch,
    token_key: Vec<u8>,
    shutdown: CancellationToken,
) -> anyhow::Result<AsteriskConfig> {
    let secret = draw_secret();
    let mut config = Config::new(USER, secret.clone());
    config.seed = switch.seed.unwrap_or(config.seed);
    config.spool = switch.spool()?;
    if let Some(file) = &switch.callees {
        enact(&mut config, file)?;
    }
    let emulator = asterisk::start(config, shutdown).await?;
    tracing::info!(switch = %switch.name, ami = %emulator.address(), "emulating an Asterisk");
    Ok(switch.adapter_of_emulator(token_key, emulator.address(), (USER, secret))?)
}

/// Runs one until SIGTERM or SIGINT. Faults come from stdin as well, one a line.
pub(crate) async fn alone(options: Options) -> anyhow::Result<ExitCode> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let secret = options.secret.map_or_else(draw_secret, SecretString::from);
    let mut config = Config::new(&options.user, secret.clone());
    config.ami = options.ami;
    config.version = options.version;
    config.seed = options.seed;
    config.capacity = options.capacity;
    config.spool = options.spool;
    config.faults = options.fault;
    if let Some(file) = &options.callees {
        enact(&mut config, file)?;
    }
    let shutdown = CancellationToken::new();
    let emulator = asterisk::start(config, shutdown.clone()).await?;
    say(&format!("APICALL_EMULATOR_AMI={}", emulator.address()))?;
    say(&format!("APICALL_EMULATOR_USER={}", options.user))?;
    say(&format!("APICALL_EMULATOR_SECRET={}", secret.expose_secret()))?;
    tokio::select! {
        () = obey(&emulator) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    shutdown.cancel();
    emulator.ended().await;
    Ok(ExitCode::SUCCESS)
}

/// Inflicts what stdin says, and goes on without it when it ends.
async fn obey(emulator: &Emulator) {
    let (sender, mut lines) = mpsc::channel(1);
    // Not the runtime's: whoever waits for stdin may wait for ever, and must not hold up the end.
    std::thread::spawn(move || {
        // By bytes: a line that is no text is an error like any other, and the next may be sound.
        for line in io::stdin().lock().split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        match line.trim() {
            "" => {}
            text => {
                let fault = text.parse::<Fault>();
                let answer = match &fault {
                    Ok(fault) => format!("OK {fault}"),
                    Err(invalid) => format!("ERROR {invalid}"),
                };
                if let Ok(fault) = fault {
                    emulator.inflict(fault);
                }
                // Whoever reads no answers may have faults all the same.
                let _ = say(&answer);
            }
        }
    }
    std::future::pending().await
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Who answers, and how long sounds last.
fn enact(config: &mut Config, file: &Path) -> anyhow::Result<()> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("{shown}: give a file of callees"))?;
    let cast: Cast = scenario::from_yaml(&text).map_err(|faults| {
        let lines = faults.0.iter().map(|fault| format!("{shown}:{fault}"));
        anyhow::anyhow!(lines.collect::<Vec<_>>().join("\n"))
    })?;
    config.callees = cast.callees;
    config.sounds = cast.sounds;
    Ok(())
}

fn draw_secret() -> SecretString {
    let drawn: u128 = rand::rng().random();
    format!("{drawn:032x}").into()
}
