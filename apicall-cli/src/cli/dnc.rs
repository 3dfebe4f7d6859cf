//! `dnc …`

use apicall_core::model::{Country, PhoneNumber};
use apicall_core::scenario::ProjectRef;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Dnc {
    /// Add a number, at once also for calls that wait
    Add {
        /// In E.164; with --project also as its country writes it
        number: String,
        /// For this project, by its id or name; for all when absent
        #[arg(long)]
        project: Option<ProjectRef>,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// The lists
    List {
        /// That of this project, by its id or name
        #[arg(long)]
        project: Option<ProjectRef>,
        /// That of all projects
        #[arg(long, conflicts_with = "project")]
        everybody: bool,
        /// Entries of this number, in E.164
        #[arg(long)]
        number: Option<PhoneNumber>,
        /// At most this many; all when absent
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Add the numbers of a list
    Import(DncImport),
    /// Write the lists as CSV, as they can be imported again
    Export {
        /// To where; stdout when absent
        file: Option<PathBuf>,
        /// That of this project, by its id or name
        #[arg(long)]
        project: Option<ProjectRef>,
        /// That of all projects
        #[arg(long, conflicts_with = "project")]
        everybody: bool,
    },
    /// Take a number off a list
    Delete {
        /// In E.164
        number: PhoneNumber,
        /// Off the list of this project, by its id or name; off that of all when absent
        #[arg(long)]
        project: Option<ProjectRef>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DncImport {
    /// The CSV file; `-` is stdin
    pub file: PathBuf,
    /// For this project, by its id or name; for all when absent
    #[arg(long)]
    pub project: Option<ProjectRef>,
    /// The country by which national numbers are read, as in CO; the project's when absent
    #[arg(long)]
    pub country: Option<Country>,
    /// Why
    #[arg(long)]
    pub reason: Option<String>,
    /// The column of the numbers, by header or by position from 1
    #[arg(long)]
    pub number_column: Option<String>,
    /// `,` `;` `|` or tab
    #[arg(long)]
    pub delimiter: Option<String>,
    /// Whether the first row is a header
    #[arg(long)]
    pub header: Option<bool>,
}
