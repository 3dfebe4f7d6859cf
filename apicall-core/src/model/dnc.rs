//! A number that is not to be called.

use super::text::text_enum;
use super::{CallId, PhoneNumber, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};

text_enum! {
    /// How a number came onto a do-not-call list.
    DncOrigin as "origin of a do-not-call entry" {
        /// Somebody put it there.
        Operator = "operator",
        /// A list had it.
        Import = "import",
        /// The callee asked for it in a call.
        OptOut = "opt_out",
    }
}

/// When a number stood on a list, now or then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The number.
    pub number: PhoneNumber,
    /// The project that did not call it; `None` is all of them.
    pub project: Option<ProjectId>,
    /// Since when.
    pub added_at: Timestamp,
    /// Until when; `None` while it stands there.
    pub removed_at: Option<Timestamp>,
}

/// An entry of a do-not-call list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DncEntry {
    /// Its id.
    pub id: i64,
    /// The number.
    pub number: PhoneNumber,
    /// The project that does not call it; `None` is all of them.
    pub project: Option<ProjectId>,
    /// How it came here.
    pub origin: DncOrigin,
    /// Why, in somebody's words; may be empty.
    pub reason: String,
    /// The call in which the callee asked for it.
    pub call: Option<CallId>,
    /// Since when.
    pub added_at: Timestamp,
}
