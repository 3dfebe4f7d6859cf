//! What keeps somebody from being called, and until when.

use super::Timestamp;
use super::text::text_enum;
use serde::{Deserialize, Serialize};

text_enum! {
    /// Which rule holds a call back.
    Hold as "hold" {
        /// The campaign's scheduled start is yet to come.
        ScheduledStart = "scheduled_start",
        /// The campaign's scheduled end has passed.
        ScheduledEnd = "scheduled_end",
        /// It is outside the calling hours.
        CallingHours = "calling_hours",
        /// Nobody can say what time it is where the number is.
        UnknownZone = "unknown_zone",
        /// The number is on a do-not-call list.
        DoNotCall = "do_not_call",
        /// The number was called as often as it may be.
        NumberCap = "number_cap",
        /// None of the project's numbers may be shown: each was used as often as it may be, or rests.
        CallerId = "caller_id",
        /// It was called, and the next try is yet to come.
        Retry = "retry",
    }
}

/// Something that waits: why, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// The rule.
    pub reason: Hold,
    /// When it is over by time alone; `None` when time alone does not end it.
    pub until: Option<Timestamp>,
}

impl Waits {
    /// What a number waits for that is on a do-not-call list: nothing.
    pub const LISTED: Self = Self {
        reason: Hold::DoNotCall,
        until: None,
    };
}
