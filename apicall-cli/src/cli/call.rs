//! `call …`

use crate::values::At;
use apicall_core::model::{
    CallId, CallState, CampaignId, ContactId, FlowResult, Origin, Outcome, PhoneNumber, TrunkName,
};
use apicall_core::scenario::ProjectRef;
use clap::{Args, Subcommand};

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
    /// The project, by its id or name, whose flow, trunk and limits apply
    #[arg(long)]
    pub project: ProjectRef,
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
    /// Of this project, by its id or name
    #[arg(long)]
    pub project: Option<ProjectRef>,
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
