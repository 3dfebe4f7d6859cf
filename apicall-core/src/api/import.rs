//! Importing number lists.

use crate::model::CampaignId;
use serde::{Deserialize, Serialize};

/// Query of `POST /campaigns/{id}/import`; the body is the file as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// The column of the numbers, by header or by position from 1; found by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_column: Option<String>,
    /// Renamed columns: `header=variable`, several between commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// The delimiter: `,` `;` `|` or `tab`; found by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether the first row is a header; found by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Its id, to list all refused rows with.
    pub id: i64,
    /// The campaign.
    pub campaign: CampaignId,
    /// Rows read, without header and empty lines.
    pub rows: u64,
    /// Contacts added.
    pub added: u64,
    /// Rows whose number the campaign already had.
    pub duplicates: u64,
    /// Rows refused.
    pub rejected: u64,
    /// The delimiter used.
    pub delimiter: String,
    /// The column the numbers came from: its header, or its position from 1.
    pub number_column: String,
    /// The variables the other columns became, in order.
    pub variables: Vec<String>,
    /// The first 100 refused or duplicate rows; the rest by `GET /campaigns/{id}/imports/{import}/rejects`.
    pub rejects: Vec<RejectedRow>,
}

/// A row that became no contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What stood in the number's place.
    pub value: String,
    /// Why, and what to do.
    pub reason: String,
}
