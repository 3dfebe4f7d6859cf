//! The command tree, and nothing else.

mod dnc;
mod rules;
mod smoke;
mod webhook;
mod why;

pub(crate) use dnc::{Dnc, DncImport};
pub(crate) use rules::{CallerIdArgs, CampaignRules, HoursArgs, ProjectRules};
pub(crate) use smoke::{FileKind, Pbx, Smoke, SmokeRun};
pub(crate) use webhook::Webhook;
pub(crate) use why::Why;

use crate::values::{Amd, At, Change};
use apicall_core::model::{
    CallId, CallState, CallerIdFormat, CampaignId, CampaignState, Channels, ContactId, ContactState, Country,
    Cps, Digit, FlowResult, Origin, Outcome, PhoneNumber, ProjectId, SoundName, SwitchName, TrunkName,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

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
    /// Tenants and their calling rules
    #[command(subcommand)]
    Project(Project),
    /// Ways out to the telephone network
    #[command(subcommand)]
    Trunk(Trunk),
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
pub(crate) enum Project {
    /// Make one
    Add(Box<ProjectAdd>),
    /// All of them
    List,
    /// One of them
    Show {
        /// Which
        id: ProjectId,
    },
    /// Change one; what is not named stays
    Set {
        /// Which
        id: ProjectId,
        #[command(flatten)]
        change: Box<ProjectChange>,
    },
    /// How its numbers do: uses, answer rate, rest
    CallerIds {
        /// Which
        id: ProjectId,
    },
    /// Remove one
    Delete {
        /// Which
        id: ProjectId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProjectAdd {
    /// An id of your choice
    #[arg(long)]
    pub id: Option<ProjectId>,
    /// Its name
    #[arg(long, alias = "nombre")]
    pub name: String,
    /// The country by which national numbers are read, as in CO
    #[arg(long, env = "APICALL_COUNTRY")]
    pub country: Country,
    /// IANA time zone
    #[arg(long, default_value = "UTC")]
    pub timezone: String,
    #[command(flatten)]
    pub rules: ProjectRules,
    /// What is played first
    #[arg(long, default_value = "prueba", conflicts_with = "flow")]
    pub audio: SoundName,
    /// The key that asks for the transfer
    #[arg(long, alias = "dtmf", default_value = "1", conflicts_with = "flow")]
    pub digit: Digit,
    /// Who is called for the transfer, in E.164
    #[arg(long, alias = "overflow", conflicts_with = "flow")]
    pub overflow_number: Option<PhoneNumber>,
    /// Detection of answering machines: true, false, or eight numbers between bars
    #[arg(long, default_value = "false", conflicts_with = "flow")]
    pub amd: Amd,
    /// A flow of your own, as JSON
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ProjectChange {
    /// Its name
    #[arg(long, alias = "nombre")]
    pub name: Option<String>,
    /// The country by which national numbers are read, as in CO
    #[arg(long)]
    pub country: Option<Country>,
    /// IANA time zone
    #[arg(long)]
    pub timezone: Option<String>,
    #[command(flatten)]
    pub rules: ProjectRules,
    /// What is played first
    #[arg(long)]
    pub audio: Option<SoundName>,
    /// The key that asks for the transfer
    #[arg(long)]
    pub digit: Option<Digit>,
    /// Who is called for the transfer, in E.164, or none
    #[arg(long, alias = "overflow")]
    pub overflow_number: Option<Change<PhoneNumber>>,
    /// Detection of answering machines: true, false, or eight numbers between bars
    #[arg(long)]
    pub amd: Option<Amd>,
    /// A flow of your own, as JSON, instead of the one it has
    #[arg(long, value_name = "FILE", conflicts_with_all = ["audio", "digit", "overflow_number", "amd"])]
    pub flow: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Trunk {
    /// Make one
    Add {
        /// Its name on the switch: the PJSIP endpoint, or the gateway of a FreeSWITCH
        #[arg(long)]
        name: TrunkName,
        /// The switch; may be left out when there is one
        #[arg(long)]
        switch: Option<SwitchName>,
        /// Digits put in front of every number
        #[arg(long, default_value = "")]
        prefix: String,
        /// How it wants caller IDs: as_is, plus (with a plus sign in front) or digits (without one)
        #[arg(long, value_name = "FORMAT")]
        caller_id_format: Option<CallerIdFormat>,
        /// Whether it is let alone for a while when its calls fail; it is when nothing is said
        #[arg(long)]
        breaker: Option<bool>,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// All of them
    List,
    /// One of them, and whether it is trusted with calls
    Show {
        /// Which
        name: TrunkName,
    },
    /// Change one; what is not named stays
    Set {
        /// Which
        name: TrunkName,
        /// Digits put in front of every number
        #[arg(long)]
        prefix: Option<String>,
        /// Whether calls may use it
        #[arg(long)]
        enabled: Option<bool>,
        /// How it wants caller IDs: as_is, plus (with a plus sign in front) or digits (without one)
        #[arg(long, value_name = "FORMAT")]
        caller_id_format: Option<CallerIdFormat>,
        /// Whether it is let alone for a while when its calls fail
        #[arg(long)]
        breaker: Option<bool>,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// Remove one
    Delete {
        /// Which
        name: TrunkName,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Campaign {
    /// Make one
    Create {
        /// The project it calls for
        #[arg(long)]
        project: ProjectId,
        /// Its name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        rules: Box<CampaignRules>,
    },
    /// Change one, also while it runs; what is not named stays
    Set {
        /// Which
        id: CampaignId,
        /// Its name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        rules: Box<CampaignRules>,
    },
    /// Add the contacts of a number list
    Import(Import),
    /// What would keep it from dialing well, before it starts; exit 1 when it would call nobody
    Preflight {
        /// Which
        id: CampaignId,
    },
    /// Begin, or begin again
    Start {
        /// Which
        id: CampaignId,
        /// Wait until it has finished; exit 1 when somebody stops it instead
        #[arg(long)]
        wait: bool,
    },
    /// Dial nobody new; live calls go on
    Pause {
        /// Which
        id: CampaignId,
    },
    /// Go on after a pause
    Resume {
        /// Which
        id: CampaignId,
    },
    /// End; live calls go on
    Stop {
        /// Which
        id: CampaignId,
    },
    /// One of them, in numbers
    Show {
        /// Which
        id: CampaignId,
    },
    /// All of them
    List {
        /// Of this project
        #[arg(long)]
        project: Option<ProjectId>,
        /// In this state
        #[arg(long)]
        state: Option<CampaignState>,
    },
    /// Remove one with its contacts; the records of its calls stay
    Delete {
        /// Which
        id: CampaignId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Into which campaign
    pub id: CampaignId,
    /// The CSV file; `-` is stdin
    pub file: PathBuf,
    /// The column of the numbers, by header or by position from 1
    #[arg(long)]
    pub number_column: Option<String>,
    /// Renamed columns: header=variable, several between commas
    #[arg(long)]
    pub columns: Option<String>,
    /// `,` `;` `|` or tab
    #[arg(long)]
    pub delimiter: Option<String>,
    /// Whether the first row is a header
    #[arg(long)]
    pub header: Option<bool>,
    /// Write every refused row to this file, as CSV
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contact {
    /// The contacts of a campaign
    List {
        /// Which campaign
        #[arg(long)]
        campaign: CampaignId,
        /// In this state
        #[arg(long)]
        state: Option<ContactState>,
        /// At most this many; all when absent
        #[arg(long)]
        limit: Option<usize>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    #[command(subcommand)]
    pub verb: Option<CallVerb>,
    #[command(flatten)]
    pub place: Option<Place>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CallVerb {
    /// Place one
    Place(Place),
    /// The record, newest first
    List(Box<CallList>),
    /// One of them, with what happened when
    Show {
        /// Which
        id: CallId,
    },
    /// End one
    Hangup {
        /// Which
        id: CallId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The project, whose flow, trunk and limits apply
    #[arg(long)]
    pub project: ProjectId,
    /// Whom to call; national forms are read by the project's country
    #[arg(long)]
    pub number: String,
    /// Another trunk than the project's
    #[arg(long)]
    pub trunk: Option<TrunkName>,
    /// A variable for the flow: name=value
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Wait until it has ended, and show it
    #[arg(long)]
    pub wait: bool,
    /// Wait, and fail unless it ends so: OUTCOME or OUTCOME/RESULT
    #[arg(long, value_name = "OUTCOME[/RESULT]")]
    pub expect: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CallList {
    /// Of this project
    #[arg(long)]
    pub project: Option<ProjectId>,
    /// Of this campaign
    #[arg(long)]
    pub campaign: Option<CampaignId>,
    /// To this number, in E.164
    #[arg(long)]
    pub number: Option<PhoneNumber>,
    /// In this state
    #[arg(long)]
    pub state: Option<CallState>,
    /// With this outcome
    #[arg(long)]
    pub outcome: Option<Outcome>,
    /// With this result
    #[arg(long)]
    pub result: Option<FlowResult>,
    /// Asked for by: campaign, manual, dialplan
    #[arg(long)]
    pub origin: Option<Origin>,
    /// To this contact
    #[arg(long)]
    pub contact: Option<ContactId>,
    /// Made at or after this time, as in 2026-11-21T08:00:00-05:00
    #[arg(long, value_name = "TIME")]
    pub from: Option<At>,
    /// Made before this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<At>,
    /// At most this many; all when absent
    #[arg(long)]
    pub limit: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Switch {
    /// All of them
    List,
}
