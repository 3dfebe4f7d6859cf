//! Who may ask an engine for something: users, their roles, the projects they are assigned, their API tokens; and the log of
//! what they did.
//!
//! Deliberately absent: passwords, keys and the tokens themselves, which are the store's, and who may do what, which is the
//! HTTP API's table of routes.

use super::text::{serde_as_text, text_enum};
use super::{ApiTokenId, Invalid, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

text_enum! {
    /// What a user may do; each may do what those before it may.
    Role as "role" {
        /// Reads what is assigned, and no secret.
        Viewer = "viewer",
        /// Works with the projects assigned.
        Supervisor = "supervisor",
        /// Everything, in all projects.
        Admin = "admin",
    }
}

/// What somebody logs in with: 1 to 64 letters, digits, `_`, `-`, `.`, `@`, `+`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(Arc<str>);

impl Username {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.@+".contains(&b);
        // The two names that a path would take for a direction.
        let ok = (1..=64).contains(&text.len()) && text.bytes().all(plain) && ![".", ".."].contains(&text);
        if ok {
            return Ok(Self(text.into()));
        }
        let remedy = "use 1 to 64 letters, digits, '_', '-', '.', '@' and '+'";
        Err(Invalid::new("username", text, remedy))
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(Username);

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What they log in with; unique.
    pub username: Username,
    /// The name of the person.
    pub full_name: String,
    /// What they may do.
    pub role: Role,
    /// The projects in which a supervisor or a viewer may do it; an admin needs none.
    pub projects: BTreeSet<ProjectId>,
    /// Whether they are kept out, with all their tokens.
    pub disabled: bool,
    /// When they were made.
    pub created_at: Timestamp,
}

impl User {
    /// Most projects of one user.
    pub const MOST_PROJECTS: usize = 100;

    /// How far they reach.
    pub fn reach(&self) -> Reach {
        match self.role {
            Role::Admin => Reach::All,
            Role::Supervisor | Role::Viewer => Reach::Only(self.projects.clone()),
        }
    }
}

/// The projects that somebody has to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All of them, also those to come, and what belongs to none.
    All,
    /// These.
    Only(BTreeSet<ProjectId>),
}

impl Reach {
    /// Whether this project is one of them.
    pub fn has(&self, project: ProjectId) -> bool {
        match self {
            Self::All => true,
            Self::Only(these) => these.contains(&project),
        }
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, reach) | (reach, Self::All) => reach.clone(),
            (Self::Only(some), Self::Only(others)) => Self::Only(some & others),
        }
    }
}

text_enum! {
    /// How much of what its user may do an API token may do.
    TokenAccess as "access" {
        /// What a viewer may.
        Read = "read",
        /// All of it.
        Full = "full",
    }
}

/// A token for programs, which stands for its user until it ends or is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// Whose it is.
    pub username: Username,
    /// What it is for; unique among those of its user.
    pub name: String,
    /// How much it may do.
    pub access: TokenAccess,
    /// In which of its user's projects; all of them when absent.
    pub projects: Option<BTreeSet<ProjectId>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never when absent.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiToken {
    /// What its user may do by it: an admin's token that names projects makes no admin.
    pub fn role(&self, user: &User) -> Role {
        match (self.access, &self.projects) {
            (TokenAccess::Read, _) => Role::Viewer,
            (TokenAccess::Full, Some(_)) => user.role.min(Role::Supervisor),
            (TokenAccess::Full, None) => user.role,
        }
    }

    /// How far its user reaches by it.
    pub fn reach(&self, user: &User) -> Reach {
        let own = user.reach();
        match &self.projects {
            None => own,
            Some(these) => own.and(&Reach::Only(these.clone())),
        }
    }

    /// Whether it has ended.
    pub fn over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Who does something, as the log of accounts tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user; a command on the store itself has none.
    pub username: Option<Username>,
    /// By what: `session`, `token NAME`, `command`.
    pub via: String,
    /// From where; nowhere for a command.
    pub address: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// One deed of an account. Nothing changes or removes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountEntry {
    /// Its place in the log.
    pub id: i64,
    /// When it was done.
    pub at: Timestamp,
    /// By whom; absent for a command on the store itself.
    pub username: Option<String>,
    /// By what: `session`, `token NAME`, `login`, `command`.
    pub via: String,
    /// From which address.
    pub address: Option<String>,
    /// What was done, as in `project.changed`.
    pub what: String,
    /// To what, as in `project 7`.
    pub subject: String,
    /// How it was before, without secrets; absent when it was not there.
    pub before: Option<serde_json::Value>,
    /// How it was afterwards, without secrets; absent when it is gone.
    pub after: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn projects(ids: &[i64]) -> BTreeSet<ProjectId> {
        ids.iter().map(|id| (*id).try_into().unwrap()).collect()
    }

    fn user(role: Role, ids: &[i64]) -> User {
        User {
            username: "ana".parse().unwrap(),
            full_name: "Ana".to_owned(),
            role,
            projects: projects(ids),
            disabled: false,
            created_at: Timestamp::from_millis(0),
        }
    }

    fn token(access: TokenAccess, ids: Option<&[i64]>) -> ApiToken {
        ApiToken {
            id: 1.try_into().unwrap(),
            username: "ana".parse().unwrap(),
            name: "reports".to_owned(),
            access,
            projects: ids.map(projects),
            created_at: Timestamp::from_millis(0),
            expires_at: Some(Timestamp::from_millis(5)),
            last_used_at: None,
        }
    }

    #[test]
    fn each_role_may_do_what_those_before_it_may() {
        assert!(Role::Viewer < Role::Supervisor && Role::Supervisor < Role::Admin);
    }

    #[test]
    fn a_username_fits_a_path_and_a_line() {
        for good in [
            "ana",
            "Ana.Gómez".replace('ó', "o").as_str(),
            "ana+ops@example.com",
            "7",
        ] {
            assert_eq!(good.parse::<Username>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "a b", "año", "a\n", &"a".repeat(65)] {
            assert!(bad.parse::<Username>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_token_never_does_more_than_its_user_and_its_scope() {
        use TokenAccess::{Full, Read};
        let all = Reach::All;
        let only = |ids: &[i64]| Reach::Only(projects(ids));
        for (role, access, of, may, reach) in [
            (Role::Admin, Full, None, Role::Admin, all.clone()),
            (Role::Admin, Read, None, Role::Viewer, all),
            (Role::Admin, Full, Some(&[2][..]), Role::Supervisor, only(&[2])),
            (Role::Admin, Full, Some(&[]), Role::Supervisor, only(&[])),
            (Role::Supervisor, Full, None, Role::Supervisor, only(&[1, 2])),
            (
                Role::Supervisor,
                Full,
                Some(&[2, 3]),
                Role::Supervisor,
                only(&[2]),
            ),
            (Role::Supervisor, Read, Some(&[3]), Role::Viewer, only(&[])),
            (Role::Viewer, Full, None, Role::Viewer, only(&[1, 2])),
            (Role::Viewer, Full, Some(&[1]), Role::Viewer, only(&[1])),
        ] {
            let (user, token) = (user(role, &[1, 2]), token(access, of));
            assert_eq!(
                (token.role(&user), token.reach(&user)),
                (may, reach),
                "{role} {access} {of:?}"
            );
        }
    }

    #[test]
    fn a_token_ends_at_its_time() {
        let token = token(TokenAccess::Full, None);
        assert!(!token.over(Timestamp::from_millis(4)) && token.over(Timestamp::from_millis(5)));
    }
}
