//! Options that say who may be called, and when.

use super::LimitArgs;
use crate::values::{At, Change, NamedTrunk};
use apicall_core::model::{
    CallerId, CallerIdPolicy, Holiday, HoursZone, NumberCap, RestRule, TrunkName, WhenNone, Window,
};
use clap::Args;

/// Rules that can be given and changed alike.
#[derive(Debug, Args)]
pub(crate) struct ProjectRules {
    /// The trunk its calls leave by, or none
    #[arg(long)]
    pub trunk: Option<Change<TrunkName>>,
    /// Several trunks instead, between commas: name:priority:weight, as in carrier:1:30,other:1:10,reserve:2; or none
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with = "trunk")]
    pub trunks: Vec<Change<NamedTrunk>>,
    /// The number callees see, or none
    #[arg(long, alias = "cid")]
    pub caller_id: Option<Change<CallerId>>,
    #[command(flatten)]
    pub caller_ids: CallerIdArgs,
    /// Most calls to one contact
    #[arg(long, value_name = "N")]
    pub max_attempts: Option<u32>,
    /// Wait before another call: outcome=seconds, as in busy=300, or outcome=none for none; several between commas. What is
    /// not named stays; at first it is machine=3600, busy=300, no_answer=1800, unreachable=1800, congestion=60, failed=300, lost=60
    #[arg(long, value_name = "LIST")]
    pub retry: Option<String>,
    /// Make each further wait so many times as long: outcome=times, as in no_answer=2; several between commas, or none
    #[arg(long, value_name = "LIST")]
    pub backoff: Option<String>,
    /// The longest of these waits, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub longest_wait_s: Option<u32>,
    /// Call in another hour of the callee's day after these outcomes, several between commas, or none
    #[arg(long, value_name = "LIST")]
    pub other_hour: Option<String>,
    /// How long a call may ring, in seconds
    #[arg(long)]
    pub ring_timeout_s: Option<u32>,
    /// How long an answered call may last, in seconds
    #[arg(long)]
    pub max_call_s: Option<u32>,
    /// Most calls to a number in any window, across campaigns: 3/24h, 1 answered/7d, or a policy, as in us_regulation_f;
    /// several between commas, or none
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub number_caps: Vec<Change<NumberCap>>,
    #[command(flatten)]
    pub hours: HoursArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Several numbers, of which callees see one.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CallerIdArgs {
    /// Numbers of which callees see one, several between commas, or none
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub caller_ids: Vec<Change<CallerId>>,
    /// Which of them: fixed, round_robin, least_used, local_presence or learned; round_robin when nothing is said
    #[arg(long, value_name = "POLICY")]
    pub caller_id_policy: Option<CallerIdPolicy>,
    /// Most calls a day from each of them, or none
    #[arg(long, value_name = "N")]
    pub caller_id_daily_cap: Option<Change<u32>>,
    /// When one of them rests: "5% of 100 for 24h" is when fewer than 5 in 100 calls are answered, for 24 hours; or none
    #[arg(long, value_name = "RULE")]
    pub caller_id_rest: Option<Change<RestRule>>,
    /// In how many of 100 calls the policy learned draws any of them
    #[arg(long, value_name = "PERCENT")]
    pub caller_id_explore: Option<u32>,
    /// When none of them is free: wait, or show the project's own caller_id
    #[arg(long, value_name = "WHAT")]
    pub when_no_caller_id: Option<WhenNone>,
    /// True: the policy local_presence, with --caller-ids or else --caller-id; false: one number for all
    #[arg(long, conflicts_with = "caller_id_policy")]
    pub smart_cid: Option<bool>,
}

/// When people may be called.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct HoursArgs {
    /// When people may be called: days and minutes, as in "mon-fri 08:00-20:00"; may be given several times; or none
    #[arg(long, value_name = "WINDOW")]
    pub hours: Vec<Change<Window>>,
    /// By whose clock: project or callee
    #[arg(long, value_name = "WHOSE")]
    pub hours_zone: Option<HoursZone>,
    /// Days off: 2026-04-03, or 12-25 for every year; several between commas, or none
    #[arg(long, value_name = "DATES", value_delimiter = ',')]
    pub holidays: Vec<Change<Holiday>>,
}

/// Rules of a campaign that can be given and changed alike.
#[derive(Debug, Args)]
pub(crate) struct CampaignRules {
    /// Its share among the running campaigns, 1 to 100
    #[arg(long)]
    pub weight: Option<u32>,
    #[command(flatten)]
    pub hours: HoursArgs,
    /// Call nobody before this time, as in 2026-11-21T08:00:00-05:00, or none
    #[arg(long, value_name = "TIME")]
    pub starts_at: Option<Change<At>>,
    /// Stop at this time, or none
    #[arg(long, value_name = "TIME")]
    pub ends_at: Option<Change<At>>,
    #[command(flatten)]
    pub limits: LimitArgs,
}
