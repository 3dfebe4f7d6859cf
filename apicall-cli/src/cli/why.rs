//! `why`

use crate::values::At;
use apicall_core::model::CampaignId;
use apicall_core::scenario::ProjectRef;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The number, in E.164 or as the project's country writes it
    pub number: String,
    /// For this project, by its id or name; for each that knows the number, or else for all, when absent
    #[arg(long)]
    pub project: Option<ProjectRef>,
    /// By this campaign; by each that has the number, or singly when none has, when absent
    #[arg(long)]
    pub campaign: Option<CampaignId>,
    /// As a single call, whatever campaigns have the number
    #[arg(long, conflicts_with = "campaign")]
    pub single: bool,
    /// At this moment, as in 2026-11-21T08:00:00-05:00; now when absent
    #[arg(long, value_name = "TIME")]
    pub at: Option<At>,
}
