//! What can go wrong with the store.

use super::db::{self, Fault};
use super::journal::Full;

/// A failure. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing.
    #[error("no {what} has the id {id}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id given.
        id: String,
    },
    /// It must be unique, and is not.
    #[error("{field} `{value}` is taken; choose another")]
    Taken {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// It cannot be removed or changed now; by whom it is used and what to do.
    #[error("{0}")]
    InUse(String),
    /// The number may not be called now.
    #[error("not called: {reason}{}", until.map(|at| format!(" until {at}")).unwrap_or_default())]
    Held {
        /// The rule.
        reason: crate::model::Hold,
        /// When it is over by time alone.
        until: Option<crate::model::Timestamp>,
    },
    /// More waits to be written than is good.
    #[error("the store is behind; try again in a moment")]
    Full,
    /// The disk refuses, or the store is closed.
    #[error("the store is away: {0}")]
    Away(String),
    /// The database cannot be opened.
    #[error("cannot open the store {url}: {reason}")]
    Open {
        /// Its URL.
        url: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// A row that is not what this version writes.
    #[error("the store holds something unreadable: {0}")]
    Unreadable(String),
    /// This run of the engine was taken for dead, and another does its work now.
    #[error("engine {0} was taken for dead, and its calls were taken over; start it again")]
    Fenced(String),
    /// Another transaction was in the way, again and again.
    #[error("the store is busy with others: {0}")]
    Collided(String),
    /// A guard of the database said no.
    #[error("the store refused a row: {0}")]
    Refused(String),
}

impl From<Full> for StoreError {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => match db::fault(refusal.as_ref()) {
                Fault::Refused => Self::Refused(refusal.to_string()),
                Fault::Collided => Self::Collided(refusal.to_string()),
                Fault::Away => Self::Away(error.to_string()),
            },
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => Self::Unreadable(error.to_string()),
            _ => Self::Away(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<crate::model::Invalid> for StoreError {
    fn from(invalid: crate::model::Invalid) -> Self {
        Self::Unreadable(invalid.to_string())
    }
}

/// A row that was not there a moment ago, and is now: somebody else brought it, and looking again shows it.
pub(super) fn once_more(error: StoreError) -> StoreError {
    match error {
        StoreError::Refused(reason) => StoreError::Collided(reason),
        other => other,
    }
}
