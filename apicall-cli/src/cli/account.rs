//! `user …` and `token …`

use crate::values::Change;
use apicall_core::model::{ApiTokenId, Role, TokenAccess, Username};
use apicall_core::scenario::ProjectRef;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make one
    Add {
        /// What they log in with
        username: Username,
        /// What they may do: admin, supervisor or viewer
        #[arg(long)]
        role: Role,
        /// The projects in which a supervisor or a viewer may do it, by ids or names, several between commas
        #[arg(long, value_name = "LIST", value_delimiter = ',')]
        projects: Vec<ProjectRef>,
        /// The name of the person; the username when absent
        #[arg(long)]
        full_name: Option<String>,
        /// Read the password from stdin instead of asking; APICALL_NEW_PASSWORD is taken as well
        #[arg(long)]
        password_stdin: bool,
    },
    /// All of them
    List,
    /// One of them
    Show {
        /// Who
        username: Username,
    },
    /// Change one; what is not named stays
    Set(UserSet),
    /// Remove one with their tokens
    Delete {
        /// Who
        username: Username,
    },
    /// Change your own password; every session of yours ends
    Password {
        /// Read the password as it is, and on a second line the new one, from stdin instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// What was done, by whom and from where, newest first
    Log {
        /// By this user
        #[arg(long)]
        user: Option<Username>,
        /// To this, as in "project 7"
        #[arg(long)]
        subject: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
}

#[derive(Debug, Args)]
pub(crate) struct UserSet {
    /// Who
    pub username: Username,
    /// What they may do: admin, supervisor or viewer
    #[arg(long)]
    pub role: Option<Role>,
    /// The projects in which they may do it, by ids or names, several between commas, or none; replaces those they have
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub projects: Option<Vec<Change<ProjectRef>>>,
    /// The name of the person
    #[arg(long)]
    pub full_name: Option<String>,
    /// Whether they are kept out, with all their sessions and tokens
    #[arg(long)]
    pub disabled: Option<bool>,
    /// Give them another password, which is asked for, or taken from APICALL_NEW_PASSWORD; their sessions end
    #[arg(long)]
    pub password: bool,
    /// The same, read from stdin
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make one for programs of yours; it is shown this once
    Add {
        /// What it is for
        name: String,
        /// How much of what you may do it may do: read or full
        #[arg(long)]
        access: TokenAccess,
        /// In which of your projects, by ids or names, several between commas; in all of them when absent
        #[arg(long, value_name = "LIST", value_delimiter = ',')]
        projects: Option<Vec<ProjectRef>>,
        /// For how many days; until it is deleted when absent
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: Option<u32>,
    },
    /// Yours; an admin's list has everybody's
    List {
        /// Of this user
        #[arg(long)]
        user: Option<Username>,
    },
    /// Remove one: it opens nothing any more
    Delete {
        /// Which
        id: ApiTokenId,
    },
}
