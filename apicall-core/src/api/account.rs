//! Making and changing users and their tokens, and the log of what they did.

use crate::model::{ApiToken, ProjectId, Role, Timestamp, TokenAccess, Username};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// `POST /users`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What they log in with.
    pub username: Username,
    /// Their password, 8 characters at least.
    pub password: String,
    /// What they may do.
    pub role: Role,
    /// The name of the person; the username when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// The projects in which a supervisor or a viewer may do it.
    #[serde(default)]
    pub projects: BTreeSet<ProjectId>,
}

/// `PATCH /users/{username}`: an absent field stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// See [`NewUser::password`]; their sessions end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// See [`NewUser::role`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// See [`NewUser::full_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// See [`NewUser::projects`]; replaces all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<BTreeSet<ProjectId>>,
    /// Whether they are kept out; their sessions end, and their tokens open nothing as long as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
}

/// `POST /me/password`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password as it is.
    pub current: String,
    /// The password to be, 8 characters at least.
    pub new: String,
}

/// `POST /tokens`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// What it is for.
    pub name: String,
    /// How much it may do.
    pub access: TokenAccess,
    /// In which projects; in all of its user's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<BTreeSet<ProjectId>>,
    /// When it ends; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A new token, shown this once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiTokenTold {
    /// The token.
    #[serde(flatten)]
    pub token: ApiToken,
    /// Send it as `Authorization: Bearer …`.
    pub secret: String,
}

/// Query of `GET /tokens`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenFilter {
    /// Of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
}

/// Query of `GET /account-log`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountLogFilter {
    /// Of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// About this, as in `project 7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// At or after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Where the page begins: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many, 1 to 1,000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
