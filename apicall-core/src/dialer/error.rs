//! Why the dialer refuses.

use crate::model::{Hold, SwitchName, Timestamp};
use crate::store::StoreError;

/// A refusal. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DialerError {
    /// There is no such thing.
    #[error("no {what} has the id {id}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id given.
        id: String,
    },
    /// The order makes no sense now; what to do instead.
    #[error("{0}")]
    Conflict(String),
    /// There is no usable way out; why.
    #[error("{0}")]
    NoTrunk(String),
    /// Too many calls wait already.
    #[error("{waiting} calls wait for a free slot already; try again in {retry_after_s} s")]
    Full {
        /// How many wait.
        waiting: usize,
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// The switch cannot be used now.
    #[error("switch {switch} is down: {reason}; try again in {retry_after_s} s")]
    SwitchDown {
        /// Which.
        switch: SwitchName,
        /// Why.
        reason: String,
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// The number may not be called now; by which rule, and when it may be.
    #[error("not called: {reason}{}; see `dnc list`, the hours of the project and `project caller-ids`", until.map(|at| format!(" until {at}")).unwrap_or_default())]
    Held {
        /// The rule.
        reason: Hold,
        /// When it is over by time alone.
        until: Option<Timestamp>,
    },
    /// The engine is stopping.
    #[error("the engine is stopping and takes no more calls")]
    Draining,
    /// The store refused, or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}
