//! What the scheduler tells of who waits, and of how levels are used.

use super::Scheduler;
use crate::model::{CallId, CampaignId};
use crate::schedule::lanes::{Lane, Queue};
use crate::schedule::level::{Level, Load};
use crate::schedule::levels::Way;
use std::collections::HashMap;
use std::time::Instant;

impl Scheduler {
    /// How many calls wait in a lane.
    pub fn waiting(&self, lane: Lane) -> usize {
        self.lanes.find(lane).map_or(0, Queue::len)
    }

    /// Which calls of a campaign wait, whichever way they lead.
    pub fn waiting_of(&self, campaign: CampaignId) -> Vec<CallId> {
        self.lanes.of(campaign).flat_map(Queue::calls).collect()
    }

    /// Which calls wait in a lane, first come first.
    pub fn waiting_calls(&self, lane: Lane) -> Vec<CallId> {
        self.lanes.find(lane).map_or_else(Vec::new, Queue::calls)
    }

    /// Whether no call of a campaign waits, and none lives.
    pub fn is_idle(&self, campaign: CampaignId) -> bool {
        let live = self.levels.live(&Level::Campaign(campaign));
        live == 0 && self.lanes.of(campaign).all(Queue::is_empty)
    }

    /// How every level is used that somebody set up or that has live calls, in order.
    pub fn load(&self, now: Instant) -> Vec<Load> {
        let mut waiting = HashMap::new();
        for queue in self.lanes.all() {
            for place in queue.way.into_iter().flat_map(Way::all) {
                *waiting.entry(place).or_insert(0) += queue.len();
            }
        }
        let used = self
            .levels
            .iter()
            .filter(|(_, gauge, _)| gauge.known || gauge.live > 0);
        let mut all: Vec<_> = used
            .map(|(level, gauge, place)| Load {
                level: level.clone(),
                live: gauge.live,
                unanswered: gauge.unanswered,
                waiting: u32::try_from(waiting.get(&place).copied().unwrap_or(0)).unwrap_or(u32::MAX),
                starts_last_second: gauge.limiter.last_second(now),
                cps: gauge.cps,
                channels: gauge.channels,
            })
            .collect();
        all.sort_by(|a, b| a.level.cmp(&b.level));
        all
    }
}
