//! `project …`

use super::ProjectRules;
use crate::values::{Amd, Change};
use apicall_core::model::{Country, Digit, PhoneNumber, ProjectId, SoundName};
use apicall_core::scenario::ProjectRef;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Project {
    /// Make one
    Add(Box<ProjectAdd>),
    /// All of them
    List,
    /// One of them
    Show {
        /// Which, by its id or name
        project: ProjectRef,
    },
    /// Change one; what is not named stays
    Set {
        /// Which, by its id or name
        project: ProjectRef,
        #[command(flatten)]
        change: Box<ProjectChange>,
    },
    /// How its numbers do: uses, answer rate, rest
    CallerIds {
        /// Which, by its id or name
        project: ProjectRef,
    },
    /// Remove one
    Delete {
        /// Which, by its id or name
        project: ProjectRef,
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
    /// What a machine is left, after its greeting; the call ends on a machine otherwise. Only with --amd
    #[arg(long, value_name = "SOUND", conflicts_with = "flow")]
    pub machine_message: Option<SoundName>,
    /// A flow of your own, as YAML or JSON
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
    /// What a machine is left, after its greeting, or none
    #[arg(long, value_name = "SOUND")]
    pub machine_message: Option<Change<SoundName>>,
    /// A flow of your own, as YAML or JSON, instead of the one it has
    #[arg(long, value_name = "FILE", conflicts_with_all = ["audio", "digit", "overflow_number", "amd", "machine_message"])]
    pub flow: Option<PathBuf>,
}
