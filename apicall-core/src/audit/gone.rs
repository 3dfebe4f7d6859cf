//! What is not on record any more, because it was old.

use crate::model::Timestamp;

/// What was removed belongs to calls that ended until these times; of those that ended later all is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gone {
    /// Calls.
    pub calls: Option<Timestamp>,
    /// Timelines of calls that are there.
    pub timelines: Option<Timestamp>,
}

/// Why something cannot be judged.
pub(super) const REMOVED: &str = "earlier calls were removed";

impl Gone {
    /// Whether calls may be missing that ended at a time, or before.
    pub(super) fn has_calls_of(&self, at: Timestamp) -> bool {
        self.calls.is_some_and(|until| at <= until)
    }

    /// The same of the timelines of calls that are there.
    pub(super) fn has_timelines_of(&self, at: Timestamp) -> bool {
        self.timelines.is_some_and(|until| at <= until)
    }
}
