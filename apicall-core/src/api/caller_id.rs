//! How a project's numbers do.

use crate::model::{CallerId, Timestamp};
use serde::{Deserialize, Serialize};

/// One of `GET /projects/{id}/caller-ids`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallerIdUse {
    /// The number.
    pub caller_id: CallerId,
    /// Calls it was chosen for today, by the project's calendar.
    pub used_today: u32,
    /// Most calls a day, if there is a cap.
    pub daily_cap: Option<u32>,
    /// Calls of late that reached a telephone.
    pub tried: u32,
    /// Those that were answered, unless by a machine.
    pub answered: u32,
    /// Their share, when there are any.
    pub answer_rate: Option<f64>,
    /// Until when it rests because of its rate.
    pub resting_until: Option<Timestamp>,
    /// When it may be shown again: its rest is over, or its cap is of another day; `None` is now.
    pub free_at: Option<Timestamp>,
}
