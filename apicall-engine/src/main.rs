//! The apicall engine: serves the dialer over HTTP, and looks after its store and its configuration.
//!
//! Deliberately absent: everything that dials; that is `apicall-core`.

mod adapter;
mod admin;
mod audio;
mod audit;
mod check;
mod config;
mod copy;
mod decode;
mod demo;
mod emulate;
mod http;
mod password;
mod prune;
mod retention;
mod running;
mod serve;
mod webhooks;

use clap::{Parser, Subcommand, ValueEnum};
use config::{Config, Pbx};
use std::path::PathBuf;
use std::process::ExitCode;

/// Calls are many small, short-lived things; the system's allocator takes a fifth of an engine's time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Turns an Asterisk or a FreeSWITCH into an outbound campaign engine.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Configuration file; ./apicall.toml, then /etc/apicall/apicall.toml when absent
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the engine
    Serve {
        /// Stop at once when stdin ends: for a program that starts an engine for itself, and may be killed
        #[arg(long)]
        while_stdin: bool,
    },
    /// Show a campaign on an emulated switch, from the number list to the report; takes half a minute
    Demo {
        /// Leave the engine running afterwards, until Ctrl-C
        #[arg(long)]
        keep: bool,
        /// Which switch is emulated
        #[arg(long, default_value = "asterisk")]
        pbx: Pbx,
    },
    /// Verify configuration, store and switches, and say what to fix
    Check,
    /// Prove from the records that rates, caps, hours, lists and retries were kept, and that every call ended once; changes nothing
    ///
    /// Exit code 0: all was kept. 1: something was not. 3: the audit could not run.
    Audit(audit::Options),
    /// Work on the store directly
    #[command(subcommand)]
    Admin(Admin),
    /// Look at captured bytes
    #[command(subcommand)]
    Wire(Wire),
    /// Be a switch that is not there, for tests and load
    #[command(subcommand)]
    Emulate(emulate::Alone),
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Give a user a new password: asked for at a terminal, else a random one that is printed
    ResetPassword {
        /// Whose
        user: String,
        /// Take the first line of stdin instead
        #[arg(long)]
        stdin: bool,
    },
    /// Give sessions a new key; those that there are go on until they end
    RotateKey {
        /// End them all at once
        #[arg(long)]
        void: bool,
    },
    /// Bring the store to this version's form
    Migrate,
    /// Copy the store's file while an engine works on it
    ///
    /// Only a file can be copied so. The copy is whole and checked when it has its name.
    Backup {
        /// The file to be made
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Remove calls that ended before a time, with their timelines; no engine may use the store
    ///
    /// What a cap on the calls to a number still counts stays. Counts stay, too.
    Prune(prune::Options),
    /// Move everything to another store, which must be empty; neither may have an engine
    ///
    /// Passwords may stand in the URLs, where other users of this machine can see them, or in the variables
    /// APICALL_FROM_PASSWORD and APICALL_TO_PASSWORD.
    Copy {
        /// The store to read, sqlite://PATH or mysql://USER@HOST:PORT/DATABASE
        #[arg(long, value_name = "URL")]
        from: String,
        /// The store to fill
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

#[derive(Debug, Subcommand)]
enum Wire {
    /// Print a capture as JSON lines, one a message with its offset
    Decode {
        /// What was captured
        protocol: Protocol,
        /// The capture; stdin when absent
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Protocol {
    Ami,
    Agi,
    Esl,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "the last word of a command")]
            {
                eprintln!("apicall-engine: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Wire(Wire::Decode { protocol, file }) = cli.command {
        return decode::run(protocol, file.as_deref());
    }
    if let Command::Emulate(alone) = cli.command {
        // One thread: what its calls tell each other crosses none.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        return runtime.block_on(emulate::alone(alone));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Command::Demo { keep, pbx } = cli.command {
        return runtime.block_on(demo::run(keep, pbx));
    }
    if let Command::Admin(Admin::Copy { from, to }) = &cli.command {
        return runtime.block_on(copy::run(from, to));
    }
    if let Command::Audit(options) = &cli.command {
        return Ok(runtime.block_on(audit::run(cli.config.as_deref(), options)));
    }
    let config = Config::load(cli.config.as_deref())?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve { while_stdin } => serve::run(config, while_stdin).await,
            Command::Check => check::run(&config).await,
            Command::Admin(Admin::ResetPassword { user, stdin }) => {
                admin::reset_password(&config, &user, stdin).await
            }
            Command::Admin(Admin::RotateKey { void }) => admin::rotate_key(&config, void).await,
            Command::Admin(Admin::Migrate) => admin::migrate(&config).await,
            Command::Admin(Admin::Backup { to }) => admin::backup(&config, &to).await,
            Command::Admin(Admin::Prune(options)) => prune::run(&config, &options).await,
            Command::Demo { .. }
            | Command::Audit(_)
            | Command::Wire(_)
            | Command::Emulate(_)
            | Command::Admin(Admin::Copy { .. }) => Ok(ExitCode::SUCCESS),
        }
    })
}
