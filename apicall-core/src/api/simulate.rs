//! What becomes of a campaign.

use crate::model::CalleeModel;
use serde::{Deserialize, Serialize};

/// `POST /campaigns/{id}/simulate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulateCampaign {
    /// How callees behave; learned from the project's calls of late when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<CalleeModel>,
    /// What chance is drawn from; 1 when absent. The same gives the same answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}
