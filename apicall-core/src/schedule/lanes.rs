//! Lanes of waiting calls.

use super::levels::Way;
use super::shares::Pace;
use crate::model::{CallId, CampaignId, Limits, ProjectId, TrunkId};
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// A queue of calls that wait for their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// A campaign's through a trunk.
    Campaign(CampaignId, TrunkId),
    /// Single calls of a project through a trunk.
    Manual(ProjectId, TrunkId),
}

/// Where a lane leads, and its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSettings {
    /// The project its calls are for.
    pub project: ProjectId,
    /// The trunk they leave by.
    pub trunk: TrunkId,
    /// The campaign's own limits; of no use for single calls.
    pub limits: Limits,
    /// Its share against other lanes, from 1.
    pub weight: u32,
}

/// A lane's calls, in the order they came, and how far it has come in its turns.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Queue {
    pub lane: Lane,
    pub settings: LaneSettings,
    /// The levels it passes; `None` while its trunk is unknown.
    pub way: Option<Way>,
    /// What is fair for it.
    pub pace: Pace,
    /// The number of its last start among all starts.
    pub last_start: u64,
    waiting: BTreeMap<u64, CallId>,
}

impl Queue {
    /// How many calls wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Those calls.
    pub(super) fn calls(&self) -> Vec<CallId> {
        self.waiting.values().copied().collect()
    }

    /// Its weight among others.
    pub(super) fn weight(&self) -> f64 {
        f64::from(self.settings.weight.max(1))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// All lanes. One is found by its name, a waiting call by its id, neither by a search.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Lanes {
    queues: Vec<Queue>,
    places: HashMap<Lane, usize>,
    calls: HashMap<CallId, (Lane, u64)>,
    arrivals: u64,
}

impl Lanes {
    /// All of them, in no order that means anything.
    pub(super) fn all(&self) -> &[Queue] {
        &self.queues
    }

    pub(super) fn all_mut(&mut self) -> &mut [Queue] {
        &mut self.queues
    }

    /// Those of a campaign.
    pub(super) fn of(&self, campaign: CampaignId) -> impl Iterator<Item = &Queue> {
        let all = self.queues.iter();
        all.filter(move |queue| matches!(queue.lane, Lane::Campaign(of, _) if of == campaign))
    }

    pub(super) fn find(&self, lane: Lane) -> Option<&Queue> {
        self.places.get(&lane).map(|place| &self.queues[*place])
    }

    pub(super) fn find_mut(&mut self, lane: Lane) -> Option<&mut Queue> {
        self.places.get(&lane).map(|place| &mut self.queues[*place])
    }

    /// A lane with new settings; who waits in it stays.
    pub(super) fn open(&mut self, lane: Lane, settings: LaneSettings, now: Instant) -> &mut Queue {
        let place = *self.places.entry(lane).or_insert_with(|| {
            self.queues.push(Queue {
                lane,
                settings,
                way: None,
                pace: Pace::new(now),
                last_start: 0,
                waiting: BTreeMap::new(),
            });
            self.queues.len() - 1
        });
        let queue = &mut self.queues[place];
        queue.settings = settings;
        queue
    }

    /// Removes a lane and whoever waits in it.
    pub(super) fn close(&mut self, lane: Lane) {
        self.withdraw(lane);
        if let Some(place) = self.places.remove(&lane) {
            self.queues.swap_remove(place);
            if let Some(moved) = self.queues.get(place) {
                self.places.insert(moved.lane, place);
            }
        }
    }

    /// Adds a call to a lane that is open.
    pub(super) fn offer(&mut self, lane: Lane, call: CallId) {
        let arrival = self.arrivals;
        if let Some(queue) = self.find_mut(lane) {
            queue.waiting.insert(arrival, call);
            self.calls.insert(call, (lane, arrival));
            self.arrivals += 1;
        }
    }

    /// Takes the first call out of the lane at a place.
    pub(super) fn take(&mut self, place: usize) -> Option<CallId> {
        let (_, call) = self.queues[place].waiting.pop_first()?;
        self.calls.remove(&call);
        Some(call)
    }

    /// Takes all calls out of a lane.
    pub(super) fn withdraw(&mut self, lane: Lane) -> Vec<CallId> {
        let Some(queue) = self.find_mut(lane) else {
            return Vec::new();
        };
        let calls: Vec<_> = std::mem::take(&mut queue.waiting).into_values().collect();
        for call in &calls {
            self.calls.remove(call);
        }
        calls
    }

    /// Takes one call out, wherever it waits; says whether it did.
    pub(super) fn withdraw_call(&mut self, call: CallId) -> bool {
        let Some((lane, arrival)) = self.calls.remove(&call) else {
            return false;
        };
        let queue = self.find_mut(lane);
        queue.is_some_and(|queue| queue.waiting.remove(&arrival).is_some())
    }
}
