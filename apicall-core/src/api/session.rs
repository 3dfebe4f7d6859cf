//! Logging in.

use crate::model::{ProjectId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// `POST /login`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// A session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoggedIn {
    /// Send it as `Authorization: Bearer …`.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Good for nothing but [`Refresh`]. Engines of before give none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// When that ends, and with it the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_until: Option<Timestamp>,
    /// Who it is for.
    pub user: UserInfo,
}

/// `POST /refresh`: another token for the session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// What the login gave.
    pub refresh_token: String,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfo {
    /// The user's name.
    pub username: String,
    /// What the user may do.
    pub role: Role,
    /// The name of the person.
    #[serde(rename = "fullName")]
    pub full_name: String,
    /// The projects in which a supervisor or a viewer may do it.
    #[serde(default)]
    pub projects: BTreeSet<ProjectId>,
}
