//! How quick a switch is.

use std::time::Duration;

/// How quick a switch was since the last such report, its callees apart: only what it has to do itself counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reactions {
    /// Originates that it acknowledged.
    pub originates: u32,
    /// The median time that its replies took; `None` when there was none.
    pub typical: Option<Duration>,
    /// How long the oldest command has waited for its reply.
    pub waiting: Duration,
}
