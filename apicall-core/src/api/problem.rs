//! How an error looks: RFC 9457 problem details with a stable code.

use serde::{Deserialize, Serialize};

/// A problem, sent as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:apicall:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// A stable word for programs: `invalid_field`, `not_found`, `conflict`, `unauthorized`, `unavailable` …
    pub code: String,
    /// A few words for people.
    pub title: String,
    /// What happened, with the values, and what to do.
    pub detail: String,
    /// The field at fault, as in `limits.cps`, when one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
