//! The command tree, and nothing else.

mod account;
mod amd;
mod audio;
mod call;
mod campaign;
mod dnc;
mod project;
mod rules;
mod smoke;
mod trunk;
mod webhook;
mod why;

pub(crate) use account::{Token, User, UserSet};
pub(crate) use amd::{Amd, AmdTune};
pub(crate) use audio::Audio;
pub(crate) use call::{Call, CallList, CallVerb, Place};
pub(crate) use campaign::{Campaign, Contact, Import};
pub(crate) use dnc::{Dnc, DncImport};
pub(crate) use project::{Project, ProjectAdd, ProjectChange};
pub(crate) use rules::{CallerIdArgs, CampaignRules, HoursArgs, ProjectRules};
pub(crate) use smoke::{FileKind, Pbx, Smoke, SmokeRun};
pub(crate) use trunk::Trunk;
pub(crate) use webhook::Webhook;
pub(crate) use why::Why;

use crate::values::Change;
use apicall_core::model::{Channels, Cps};
use apicall_core::scenario::ProjectRef;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Drives an apicall engine.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110)]
pub(crate) struct Cli {
    /// The engine's address; the profile's, else http://127.0.0.1:8080, when absent
    #[arg(long, global = true, env = "APICALL_HOST", value_name = "URL")]
    pub host: Option<String>,
    /// Which login to use
    #[arg(
        long,
        global = true,
        env = "APICALL_PROFILE",
        default_value = "default",
        value_name = "NAME"
    )]
    pub profile: String,
    /// How to print
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    pub output: Format,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// What the API gives
    Json,
    /// For spreadsheets
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in and remember it
    Login {
        /// Who
        #[arg(long, default_value = "admin")]
        user: String,
        /// Read the password from stdin instead of asking; APICALL_PASSWORD is taken as well
        #[arg(long)]
        password_stdin: bool,
    },
    /// Void every token of this user
    Logout,
    /// Whether the engine and its parts are well, and who is logged in
    Status,
    /// Who may log in, what they may do, and what was done
    #[command(subcommand)]
    User(User),
    /// What programs ask with instead of a login
    #[command(subcommand)]
    Token(Token),
    /// Tenants and their calling rules
    #[command(subcommand)]
    Project(Project),
    /// Ways out to the telephone network
    #[command(subcommand)]
    Trunk(Trunk),
    /// The library: what flows may play, uploaded or declared to be on the switches
    #[command(subcommand)]
    Audio(Audio),
    /// Lists of contacts being called
    #[command(subcommand)]
    Campaign(Campaign),
    /// The contacts of campaigns
    #[command(subcommand)]
    Contact(Contact),
    /// Single calls, and the record of all
    #[command(args_conflicts_with_subcommands = true)]
    Call(Call),
    /// Numbers that are not to be called, by all projects or by one
    #[command(subcommand)]
    Dnc(Dnc),
    /// Why a number is called, or not: every rule, what it says, and when it may be called; exit 1 when that is not now
    Why(Why),
    /// Addresses that are told of a project's calls and campaigns
    #[command(subcommand)]
    Webhook(Webhook),
    /// The PBXs of the engine
    #[command(subcommand)]
    Switch(Switch),
    /// Detection of answering machines: its parameters, on recorded greetings
    #[command(subcommand)]
    Amd(Amd),
    /// Flow tests: files that say how a callee behaves, and what is expected of the call
    #[command(subcommand)]
    Smoke(Smoke),
    /// Completions of a shell, to be sourced by it
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Live statistics
    Stats {
        /// Of this project alone, by its id or name: ended calls, and what detection said
        #[arg(long)]
        project: Option<ProjectRef>,
        /// Go on until interrupted, a line or a screen a second
        #[arg(long)]
        watch: bool,
    },
    /// This manual as Markdown
    #[command(hide = true)]
    Manual,
}

/// Limits of one level.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LimitArgs {
    /// Most originates a second, or none for no limit of its own
    #[arg(long)]
    pub cps: Option<Change<Cps>>,
    /// Most simultaneous channels, or none
    #[arg(long)]
    pub channels: Option<Change<Channels>>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Switch {
    /// All of them
    List,
}
