//! `amd …`

use crate::values::{Set, Try};
use apicall_core::model::AmdSettings;
use apicall_core::scenario::ProjectRef;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Amd {
    /// Judge recorded greetings with other parameters, and show who would be taken for whom
    Tune(AmdTune),
}

#[derive(Debug, Args)]
pub(crate) struct AmdTune {
    /// Recordings (wav, ulaw, sln; sln16 has 16,000 samples a second), or directories of them. Those below a directory `human`
    /// are of persons, those below `machine` of machines
    #[arg(required_unless_present = "labels", value_name = "DIR|FILE")]
    pub paths: Vec<PathBuf>,
    /// Who is in which recording: CSV with the columns file and label, human or machine; files are relative to it. Without paths, all
    /// of them are judged
    #[arg(long, value_name = "CSV")]
    pub labels: Option<PathBuf>,
    /// The parameters to compare with: a project's, by its id or name
    #[arg(long)]
    pub project: Option<ProjectRef>,
    /// The parameters to compare with, as in a project; Asterisk's own otherwise
    #[arg(long, value_name = "NUMBERS", conflicts_with = "project")]
    pub amd: Option<AmdSettings>,
    /// Another value for a parameter, as in greeting_ms=1800; as often as wanted
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<Set>,
    /// Values to try, as in greeting_ms=1200,1500,1800; with several, each with each
    #[arg(long = "try", value_name = "KEY=A,B,C")]
    pub tries: Vec<Try>,
    /// How many of the tried parameters to show
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub best: u32,
    /// Show each recording and what was found, with the parameters that --set changes, instead of counts
    #[arg(long, conflicts_with = "tries")]
    pub files: bool,
}
