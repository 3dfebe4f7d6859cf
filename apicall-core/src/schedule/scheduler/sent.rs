//! When a start came to the far end: what counts there is not when it was granted.

use super::Scheduler;
use crate::model::CallId;
use std::time::Instant;

impl Scheduler {
    /// The switch has sent a call on its way, which counts from now where it came later than others do. Told once, and of a
    /// call that was started here.
    pub fn sent(&mut self, call: CallId, now: Instant) {
        let Some(running) = self.running.get_mut(&call) else {
            return;
        };
        let Some(started) = running.started.take() else {
            return;
        };
        let way = running.way;
        let took = now.saturating_duration_since(started);
        let late = self.levels[way.switch()].quickest.lateness(took, now);
        for place in way.all() {
            self.levels[place].limiter.came_late(started, late);
        }
    }
}
