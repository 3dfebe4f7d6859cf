//! Logging in.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// Who it is for.
    pub user: UserInfo,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfo {
    /// The user's name.
    pub username: String,
    /// What the user may do.
    pub role: String,
    /// The name of the person.
    #[serde(rename = "fullName")]
    pub full_name: String,
}
