//! When the second legs of transfers were answered.
//!
//! Asterisk's ANSWEREDTIME is the time since the caller's own answer, not since the other side's: only the manager's
//! `DialEnd` tells when they began to talk. The session that transfers registers its channel, the client that hears the
//! event notes the moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Transfers under way, by the caller's channel.
#[derive(Debug, Default)]
pub(super) struct SecondLegs {
    answered: Mutex<HashMap<String, Option<Instant>>>,
}

impl SecondLegs {
    /// Registers a transfer, until the watch is dropped.
    pub(super) fn watch(self: &Arc<Self>, channel: &str) -> Watch {
        self.table().insert(channel.to_owned(), None);
        Watch {
            legs: self.clone(),
            channel: channel.to_owned(),
        }
    }

    /// A channel's second leg was answered.
    pub(super) fn answered(&self, channel: &str, now: Instant) {
        if let Some(at) = self.table().get_mut(channel) {
            *at = Some(now);
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Option<Instant>>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A transfer that is watched.
#[derive(Debug)]
pub(super) struct Watch {
    legs: Arc<SecondLegs>,
    channel: String,
}

impl Watch {
    /// When its second leg was answered, if that was heard.
    pub(super) fn answered_at(&self) -> Option<Instant> {
        self.legs.table().get(&self.channel).copied().flatten()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.legs.table().remove(&self.channel);
    }
}
