//! The levels that limit: how much each allows, and how much of it is used.

use super::limiter::Limiter;
use crate::model::{CampaignId, Channels, Cps, Limits, ProjectId, SwitchName, TrunkId};
use std::time::Instant;

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
    /// Starts in the last second.
    pub starts_last_second: u32,
    /// Its rate.
    pub cps: Option<Cps>,
    /// Its channel cap.
    pub channels: Option<Channels>,
}

/// Limits and their use.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    pub limiter: Limiter,
    channels: Option<Channels>,
    max_unanswered: Option<u32>,
    /// Closed by hand or by a fault: a disabled trunk, a switch that is down.
    pub closed: bool,
    pub live: u32,
    pub unanswered: u32,
    pub waiting: u32,
}

impl Gauge {
    pub(super) fn set(&mut self, limits: Limits, max_unanswered: Option<u32>) {
        self.limiter.set(limits.cps);
        self.channels = limits.channels;
        self.max_unanswered = max_unanswered;
    }

    /// Whether another channel fits.
    pub(super) fn has_room(&self) -> bool {
        !self.closed && self.free() > 0 && self.max_unanswered.is_none_or(|most| self.unanswered < most)
    }

    /// How many more channels fit.
    pub(super) fn free(&self) -> u32 {
        self.channels
            .map_or(u32::MAX, |cap| cap.get().saturating_sub(self.live))
    }

    /// Whether anything is in use.
    pub(super) fn is_idle(&self) -> bool {
        self.live == 0 && self.unanswered == 0 && self.waiting == 0
    }

    pub(super) fn load(&self, level: Level, now: Instant) -> Load {
        Load {
            level,
            live: self.live,
            unanswered: self.unanswered,
            waiting: self.waiting,
            starts_last_second: self.limiter.last_second(now),
            cps: self.limiter.cps(),
            channels: self.channels,
        }
    }
}
