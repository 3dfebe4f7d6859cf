//! `campaign …` and `contact …`

use super::CampaignRules;
use apicall_core::model::{CampaignId, CampaignState, ContactState};
use apicall_core::scenario::ProjectRef;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Campaign {
    /// Make one
    Create {
        /// The project it calls for, by its id or name
        #[arg(long)]
        project: ProjectRef,
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
    /// What becomes of it, were it started now: when it is done, calls, channels, rates, and what holds it back
    Simulate {
        /// Which
        id: CampaignId,
        /// How callees behave, as JSON; learned from the project's calls of late when absent
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
        /// What chance is drawn from; the same gives the same answer
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Begin, or begin again
    Start {
        /// Which
        id: CampaignId,
        /// Look first what would keep it from dialing well, tell it on stderr, and start nothing when it would call nobody
        #[arg(long)]
        preflight: bool,
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
        /// Of this project, by its id or name
        #[arg(long)]
        project: Option<ProjectRef>,
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
