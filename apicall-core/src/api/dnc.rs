//! Do-not-call lists.

use super::RejectedRow;
use crate::model::{Country, ProjectId};
use serde::{Deserialize, Serialize};

/// `POST /dnc`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDncEntry {
    /// The number: in E.164, or with a project as its country writes it.
    pub number: String,
    /// The project that is not to call it; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Why, at most 200 characters on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Query of `GET /dnc`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DncFilter {
    /// The list of this project, without that of all projects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Only the list of all projects.
    #[serde(default)]
    pub everybody: bool,
    /// This number only, in E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where the page begins: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many, 1 to 1,000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Query of `POST /dnc/import`; the body is the file as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DncImportQuery {
    /// The project whose list it is; that of all projects when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The country by which national numbers are read; the project's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Why these numbers, at most 200 characters on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The column of the numbers, by header or by position from 1; found by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_column: Option<String>,
    /// The delimiter: `,` `;` `|` or `tab`; found by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether the first row is a header; found by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

/// What an import into a do-not-call list did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DncReport {
    /// Rows read, without header and empty lines.
    pub rows: u64,
    /// Numbers added.
    pub added: u64,
    /// Numbers that the list had already.
    pub known: u64,
    /// Rows refused.
    pub rejected: u64,
    /// The column the numbers came from: its header, or its position from 1.
    pub number_column: String,
    /// The first 100 refused rows.
    pub rejects: Vec<RejectedRow>,
}
