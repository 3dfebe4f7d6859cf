//! The levels that limit, and how each of them is used.

use crate::model::{CampaignId, Channels, Cps, ProjectId, SwitchName, TrunkId};

/// Something with limits of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Everything.
    Engine,
    /// A switch.
    Switch(SwitchName),
    /// A trunk.
    Trunk(TrunkId),
    /// A project.
    Project(ProjectId),
    /// A campaign.
    Campaign(CampaignId),
}

/// How a level is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Which.
    pub level: Level,
    /// Channels in use, second legs included.
    pub live: u32,
    /// Originates not yet answered or refused.
    pub unanswered: u32,
    /// Calls that wait for their turn.
    pub waiting: u32,
    /// Starts in the last second; second legs included, except at a campaign.
    pub starts_last_second: u32,
    /// Its rate.
    pub cps: Option<Cps>,
    /// Its channel cap.
    pub channels: Option<Channels>,
}

/// The levels of a call that was not started here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The project.
    pub project: ProjectId,
    /// The trunk, when it is one of ours.
    pub trunk: Option<TrunkId>,
    /// The switch.
    pub switch: SwitchName,
    /// The campaign, for a campaign's call.
    pub campaign: Option<CampaignId>,
}

/// An engine's portion of limits that span engines; `None` where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portioned {
    /// The rate of all engines together, and how many of the starts in its window are this engine's.
    pub cps: Option<(Cps, u32)>,
    /// This engine's channels.
    pub channels: Option<u32>,
}
