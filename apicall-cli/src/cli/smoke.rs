//! `smoke …`: flow tests.

use super::{Cli, Command};
use apicall_core::scenario::ProjectRef;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Subcommand, ValueEnum};
use std::path::PathBuf;

impl Cli {
    /// Reads the command line; ends the program when it makes no sense.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let read = Self::from_arg_matches(&matches).and_then(|cli| cli.with_one_engine(&matches));
        read.unwrap_or_else(|error| error.format(&mut Self::command()).exit())
    }

    /// Refuses to be told of an engine where one of its own is started. The environment may name one all the same: it is
    /// there for all that somebody does.
    fn with_one_engine(self, matches: &ArgMatches) -> Result<Self, clap::Error> {
        let local = matches!(&self.command, Command::Smoke(Smoke::Run(run)) if run.local);
        let leaf = std::iter::successors(Some(matches), |at| at.subcommand().map(|(_, inner)| inner)).last();
        let told = |name| leaf.and_then(|leaf| leaf.value_source(name)) == Some(ValueSource::CommandLine);
        match ["host", "profile"].into_iter().find(|name| local && told(name)) {
            Some(name) => Err(clap::Error::raw(
                ErrorKind::ArgumentConflict,
                format!(
                    "--local starts an engine of its own, and --{name} names another; give one of them\n"
                ),
            )),
            None => Ok(self),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Smoke {
    /// Run scenario files: place their calls, and judge them
    Run(SmokeRun),
    /// Write a commented example for a project
    Init {
        /// Which project, by its id or name
        project: ProjectRef,
        /// Into which file, which must not be there yet; `-` is stdout
        #[arg(default_value = "smoke.yaml")]
        file: PathBuf,
    },
    /// The JSON schema of a kind of file, for editors
    Schema {
        /// Which kind
        kind: FileKind,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SmokeRun {
    /// The scenario files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Start an engine with an emulated switch and an empty store for this, and stop it afterwards
    #[arg(long)]
    pub local: bool,
    /// Which PBX the emulated switch is
    #[arg(long, value_name = "PBX", default_value = "asterisk", requires = "local")]
    pub pbx: Pbx,
    /// Only cases that have this in their name
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// How many calls at a time, 1 to 100
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100), value_name = "N")]
    pub jobs: u16,
    /// How long one call may take, in seconds; then it is hung up, and has failed
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400), value_name = "SECONDS")]
    pub timeout: u64,
    /// Write a JUnit report to this file as well
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Tell which steps and exits of each flow the calls went through
    #[arg(long)]
    pub coverage: bool,
    /// Fail when the calls went through less of a flow, in percent
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100), value_name = "PERCENT")]
    pub min_coverage: Option<u8>,
}

/// A PBX that the engine can emulate.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Pbx {
    Asterisk,
    #[value(name = "freeswitch")]
    FreeSwitch,
}

impl Pbx {
    /// Its name, as configured.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Asterisk => "asterisk",
            Self::FreeSwitch => "freeswitch",
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FileKind {
    /// What `smoke run` reads
    Scenario,
    /// What `project add --flow` reads
    Flow,
}
