//! What a simulation has seen so far, in numbers.

use super::Setup;
use crate::model::{Brake, Forecast, Hold, Outcome, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// Counts of a simulation.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// Contacts, those included that are on a list.
    pub(super) contacts: u64,
    reached: u64,
    not_called: BTreeMap<Hold, u64>,
    attempts: u64,
    by_outcome: BTreeMap<Outcome, u64>,
    peak_channels: u32,
    peak_cps: u32,
    waited: BTreeMap<Brake, Duration>,
    held: BTreeMap<Hold, u64>,
    last_end: Option<Timestamp>,
}

impl Course {
    pub(super) fn never(&mut self, by: Hold) {
        self.never_so_many(by, 1);
    }

    pub(super) fn never_so_many(&mut self, by: Hold, count: u64) {
        *self.not_called.entry(by).or_default() += count;
    }

    pub(super) fn held(&mut self, by: Hold) {
        *self.held.entry(by).or_default() += 1;
    }

    pub(super) fn started(&mut self, live: usize, in_a_second: u32) {
        self.attempts += 1;
        self.peak_channels = self.peak_channels.max(u32::try_from(live).unwrap_or(u32::MAX));
        self.peak_cps = self.peak_cps.max(in_a_second);
    }

    pub(super) fn ended(&mut self, outcome: Outcome, is_human: bool, at: Timestamp) {
        *self.by_outcome.entry(outcome).or_default() += 1;
        self.reached += u64::from(is_human);
        self.last_end = Some(at);
    }

    pub(super) fn pass(&mut self, brake: Brake, time: Duration) {
        *self.waited.entry(brake).or_default() += time;
    }

    /// When the last call ended; without one, when it began.
    pub(super) fn last_end(&self, began: Timestamp) -> Timestamp {
        self.last_end.unwrap_or(began)
    }

    pub(super) fn forecast(self, setup: &Setup, ends_at: Timestamp, finishes: bool) -> Forecast {
        let closed = [Brake::CallingHours, Brake::ScheduledStart].map(|brake| self.waited.get(&brake));
        let closed: Duration = closed.into_iter().flatten().sum();
        let open_s = ends_at.since(setup.begins).saturating_sub(closed).as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let mean_cps = self.attempts as f64 / open_s.max(1.0);
        Forecast {
            campaign: setup.campaign.id,
            begins_at: setup.begins,
            ends_at,
            finishes,
            seed: setup.seed,
            learned_from: None,
            contacts: self.contacts,
            reached: self.reached,
            not_called: self.not_called,
            attempts: self.attempts,
            by_outcome: self.by_outcome,
            peak_channels: self.peak_channels,
            peak_cps: self.peak_cps,
            mean_cps,
            waited_s: self
                .waited
                .iter()
                .map(|(brake, time)| (*brake, time.as_secs()))
                .collect(),
            held: self.held,
        }
    }
}
