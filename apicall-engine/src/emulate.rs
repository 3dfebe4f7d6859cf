//! Emulated switches: beside the engine in its own process, for a `[[switch]]` of kind `emulator`, or alone.

use crate::adapter::Adapter;
use crate::config::{Pbx, Switch};
use anyhow::Context;
use apicall_core::emulator::asterisk::{self, Classes, Version};
use apicall_core::emulator::{Cast, Emulator, Fault, Planned, freeswitch};
use apicall_core::scenario;
use clap::{Args, Subcommand};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The manager user of a switch that the engine starts itself.
const USER: &str = "apicall";

/// Which PBX to emulate alone.
#[derive(Debug, Subcommand)]
pub(crate) enum Alone {
    /// An Asterisk: AMI and FastAGI, with callees that are data
    ///
    /// Prints its address, user and secret as KEY=VALUE, then runs until SIGTERM. Each line of stdin is a fault to be
    /// inflicted at once, and is answered with OK or ERROR.
    Asterisk(AsteriskOptions),
    /// A FreeSWITCH: its event socket, with callees that are data
    ///
    /// Prints its address and password as KEY=VALUE, then runs until SIGTERM. Each line of stdin is a fault to be
    /// inflicted at once, and is answered with OK or ERROR.
    #[command(name = "freeswitch")]
    FreeSwitch(FreeSwitchOptions),
}

/// The usual capacity.
const MANY: NonZeroUsize = NonZeroUsize::new(100_000).expect("it is not zero");

/// What any emulated PBX that runs alone is told.
#[derive(Debug, Args)]
pub(crate) struct World {
    /// Who answers, as YAML; the lab's table when absent
    #[arg(long, value_name = "FILE")]
    callees: Option<PathBuf>,
    /// What all drawing begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Most calls at once; one more is refused
    #[arg(long, value_name = "N", default_value_t = MANY)]
    capacity: NonZeroUsize,
    /// What goes wrong, as in cut@10s or crash=5s@1m; may be given several times
    #[arg(long, value_name = "FAULT[@TIME]")]
    fault: Vec<Planned>,
}

/// What an emulated Asterisk that runs alone is told.
#[derive(Debug, Args)]
pub(crate) struct AsteriskOptions {
    /// Where its manager listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    ami: SocketAddr,
    /// Its manager user
    #[arg(long, default_value = USER, value_parser = word)]
    user: String,
    /// That user's secret; drawn when absent
    #[arg(long, env = "APICALL_EMULATOR_SECRET", hide_env_values = true, value_parser = word)]
    secret: Option<String>,
    /// The classes of events that the user may hear, as in manager.conf: system,call; or none
    #[arg(long, value_name = "CLASSES", default_value = "all")]
    read: Classes,
    /// The classes of actions that the user may take: originate,call,system,reporting; or none
    #[arg(long, value_name = "CLASSES", default_value = "all")]
    write: Classes,
    /// Which Asterisk to be: 16 or 22
    #[arg(long = "as", value_name = "VERSION", default_value = "22")]
    version: Version,
    /// Where call files come, for an engine with originate = "spool"; none are taken when absent
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    #[command(flatten)]
    world: World,
}

/// What an emulated FreeSWITCH that runs alone is told.
#[derive(Debug, Args)]
pub(crate) struct FreeSwitchOptions {
    /// Where its event socket listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    esl: SocketAddr,
    /// The event socket's password; drawn when absent
    #[arg(long, env = "APICALL_EMULATOR_PASSWORD", hide_env_values = true, value_parser = word)]
    password: Option<String>,
    /// A user of the directory who may log in as well, with that password
    #[arg(long, value_name = "USER@DOMAIN", value_parser = user_of_domain)]
    user: Option<String>,
    /// The directory that sounds are in, as the engine's `sounds` says
    #[arg(long, value_name = "DIR", default_value = "")]
    sounds: String,
    /// New sessions a second, as FreeSWITCH counts them: of N, N - 1 are let in
    #[arg(long, value_name = "N")]
    sessions_per_second: Option<NonZeroU32>,
    /// A gateway that is down; may be given several times
    #[arg(long, value_name = "GATEWAY")]
    down: Vec<String>,
    /// A gateway that is not there; all other names are
    #[arg(long, value_name = "GATEWAY")]
    missing: Vec<String>,
    #[command(flatten)]
    world: World,
}

/// Starts an emulated switch on a port of the system's choice; what drives it.
pub(crate) async fn beside(
    switch: &Switch,
    token_key: Vec<u8>,
    shutdown: CancellationToken,
) -> anyhow::Result<Adapter> {
    let secret = draw_secret();
    let cast = switch
        .callees
        .as_deref()
        .map(cast)
        .transpose()?
        .unwrap_or_default();
    match switch.emulates() {
        Pbx::Asterisk => {
            let mut config = asterisk::Config::new(USER, secret.clone());
            config.seed = switch.seed.unwrap_or(config.seed);
            config.spool = switch.spool()?;
            (config.callees, config.sounds) = (cast.callees, cast.sounds);
            let emulator = asterisk::start(config, shutdown).await?;
            tracing::info!(switch = %switch.name, ami = %emulator.address(), "emulating an Asterisk");
            let adapter = switch.adapter_of_emulator(token_key, emulator.address(), (USER, secret))?;
            Ok(Adapter::Asterisk(adapter))
        }
        Pbx::FreeSwitch => {
            let mut config = freeswitch::Config::new(secret.clone());
            config.seed = switch.seed.unwrap_or(config.seed);
            (config.callees, config.sounds) = (cast.callees, cast.sounds);
            let emulator = freeswitch::start(config, shutdown).await?;
            tracing::info!(switch = %switch.name, esl = %emulator.address(), "emulating a FreeSWITCH");
            let adapter = switch.adapter_of_emulated_freeswitch(emulator.address(), secret)?;
            Ok(Adapter::FreeSwitch(adapter))
        }
    }
}

/// Runs one until SIGTERM or SIGINT. Faults come from stdin as well, one a line.
pub(crate) async fn alone(alone: Alone) -> anyhow::Result<ExitCode> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let shutdown = CancellationToken::new();
    let emulator = match alone {
        Alone::Asterisk(options) => options.start(shutdown.clone()).await?,
        Alone::FreeSwitch(options) => options.start(shutdown.clone()).await?,
    };
    tokio::select! {
        () = obey(&emulator) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    shutdown.cancel();
    emulator.ended().await;
    Ok(ExitCode::SUCCESS)
}

impl AsteriskOptions {
    /// Starts it, and says how it is reached.
    async fn start(self, shutdown: CancellationToken) -> anyhow::Result<Emulator> {
        let secret = self.secret.map_or_else(draw_secret, SecretString::from);
        let cast = self.world.cast()?;
        let emulator = asterisk::start(
            asterisk::Config {
                ami: self.ami,
                user: self.user.clone(),
                read: self.read,
                write: self.write,
                secret: secret.clone(),
                version: self.version,
                callees: cast.callees,
                sounds: cast.sounds,
                seed: self.world.seed,
                capacity: self.world.capacity.get(),
                spool: self.spool,
                faults: self.world.fault,
            },
            shutdown,
        )
        .await?;
        say(&format!("APICALL_EMULATOR_AMI={}", emulator.address()))?;
        say(&format!("APICALL_EMULATOR_USER={}", self.user))?;
        say(&format!("APICALL_EMULATOR_SECRET={}", secret.expose_secret()))?;
        Ok(emulator)
    }
}

impl FreeSwitchOptions {
    /// Starts it, and says how it is reached.
    async fn start(self, shutdown: CancellationToken) -> anyhow::Result<Emulator> {
        let password = self.password.map_or_else(draw_secret, SecretString::from);
        let cast = self.world.cast()?;
        let emulator = freeswitch::start(
            freeswitch::Config {
                esl: self.esl,
                password: password.clone(),
                user: self.user,
                callees: cast.callees,
                sounds: cast.sounds,
                sounds_dir: self.sounds,
                seed: self.world.seed,
                capacity: self.world.capacity.get(),
                sessions_per_second: self.sessions_per_second.map(NonZeroU32::get),
                gateways_down: self.down,
                gateways_missing: self.missing,
                faults: self.world.fault,
            },
            shutdown,
        )
        .await?;
        say(&format!("APICALL_EMULATOR_ESL={}", emulator.address()))?;
        say(&format!("APICALL_EMULATOR_PASSWORD={}", password.expose_secret()))?;
        Ok(emulator)
    }
}

impl World {
    fn cast(&self) -> anyhow::Result<Cast> {
        Ok(self.callees.as_deref().map(cast).transpose()?.unwrap_or_default())
    }
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
        let fault = line.trim().parse::<Fault>();
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
    std::future::pending().await
}

/// What stands in a line of its own, for whoever logs in and whoever reads what is printed.
fn word(text: &str) -> Result<String, &'static str> {
    match text {
        "" => Err("it is empty; give at least one character"),
        text if text.contains(char::is_control) => {
            Err("it has a line break or another control character; leave that out")
        }
        text => Ok(text.to_owned()),
    }
}

fn user_of_domain(text: &str) -> Result<String, &'static str> {
    let parts = text.split_once('@');
    if parts.is_none_or(|(user, domain)| user.is_empty() || domain.is_empty()) {
        return Err("write USER@DOMAIN, as in 1000@example.org");
    }
    word(text)
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Who answers, and how long sounds last.
fn cast(file: &Path) -> anyhow::Result<Cast> {
    let shown = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("{shown}: give a file of callees"))?;
    scenario::from_yaml(&bytes).map_err(|faults| {
        let lines = faults.0.iter().map(|fault| format!("{shown}:{fault}"));
        anyhow::anyhow!(lines.collect::<Vec<_>>().join("\n"))
    })
}

fn draw_secret() -> SecretString {
    let drawn: u128 = rand::rng().random();
    format!("{drawn:032x}").into()
}
