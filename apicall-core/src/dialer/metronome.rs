//! Wakes the owner in time for the next start.
//!
//! The runtime's timer counts whole milliseconds and rounds up, which is more than the distance of two starts at a high
//! rate. So the short wait before a start is slept by a thread of its own, which the system wakes within some tens of
//! microseconds. Should the thread not be there, the runtime's timer rings, late.
//!
//! Deliberately absent: what is due.

use super::owner::now;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What is known so long ahead is left to the runtime's timer, which may be a millisecond late: at rates this low that
/// is little, and waking a thread for each start costs more than the rest of it.
const COARSE: Duration = Duration::from_millis(3);

/// What the owner and the thread share.
#[derive(Debug, Default)]
struct Shared {
    due: Mutex<Due>,
    changed: Condvar,
    rung: Notify,
}

#[derive(Debug, Default)]
struct Due {
    at: Option<Instant>,
    stop: bool,
}

/// The thread, and when it is to ring. It ends with this.
#[derive(Debug)]
pub(super) struct Metronome {
    shared: Arc<Shared>,
    set: Option<Instant>,
    /// What was left to the runtime's timer.
    coarse: Option<Instant>,
}

impl Metronome {
    /// Starts the thread.
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let thread = Arc::clone(&shared);
        let started = std::thread::Builder::new()
            .name("metronome".to_owned())
            .spawn(move || thread.keep_time());
        if let Err(error) = started {
            tracing::warn!(%error, "no thread for exact times: high rates will not be reached");
        }
        Self {
            shared,
            set: None,
            coarse: None,
        }
    }

    /// Waits until a moment. Safe to drop at any time.
    pub(super) async fn wait_until(&mut self, at: Instant) {
        if self.coarse != Some(at) && at.saturating_duration_since(now()) > COARSE {
            self.coarse = Some(at);
        }
        if self.coarse == Some(at) {
            return tokio::time::sleep_until(at.into()).await;
        }
        self.ring_at(at);
        tokio::select! {
            () = self.shared.rung.notified() => {}
            () = tokio::time::sleep_until(at.into()) => {}
        }
        self.set = None;
    }

    fn ring_at(&mut self, at: Instant) {
        if self.set == Some(at) {
            return;
        }
        self.set = Some(at);
        self.shared.lock().at = Some(at);
        self.shared.changed.notify_one();
    }
}

impl Drop for Metronome {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps and rings until it is told to stop.
    fn keep_time(&self) {
        let mut due = self.lock();
        while !due.stop {
            let Some(at) = due.at else {
                due = self.changed.wait(due).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = at.saturating_duration_since(now());
            if left.is_zero() {
                due.at = None;
                self.rung.notify_one();
            } else {
                let waited = self.changed.wait_timeout(due, left);
                due = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}
