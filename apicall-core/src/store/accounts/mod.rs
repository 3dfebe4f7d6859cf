//! Who may ask an engine for something, and what they did.
//!
//! Users, their tokens and the keys of sessions are few: an engine holds them all in memory and reads them again when the
//! sequence `accounts` has risen, which every change of them makes it do. What somebody does through [`Store::by`] is noted in
//! the log of accounts by the transaction that does it.
//!
//! Deliberately absent: hashing, signing, and who may do what.

mod keys;
mod log;
mod tokens;
mod users;

pub use log::AccountLogQuery;
pub(super) use log::Pen;
pub(super) use users::unassign;

use super::catalog::draw_id;
use super::db::{Connection, sql};
use super::{Store, StoreError};
use crate::model::{ApiToken, User};

/// A user as the store keeps one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who it is.
    pub user: User,
    /// An argon2id hash in its text form.
    pub password_hash: String,
    /// Sessions of another version are void.
    pub token_version: i64,
}

/// All that is to be known of who may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// What the sequence was when they were read, or before.
    pub version: i64,
    /// Every user, by name.
    pub accounts: Vec<Account>,
    /// Every API token with what is kept of it, by id.
    pub tokens: Vec<(ApiToken, String)>,
    /// What sessions are signed with: the first of these; the others are good to read by.
    pub session_keys: Vec<String>,
    /// When the first of them was made, in epoch milliseconds; 0 when it is the first ever.
    pub session_key_since: i64,
}

impl Store {
    /// Rises with every change of what [`Store::accounts`] tells.
    pub async fn accounts_version(&self) -> Result<i64, StoreError> {
        sql("SELECT last FROM sequences WHERE name = 'accounts'")
            .number(&self.readers)
            .await
    }

    /// Everybody who may ask for something.
    pub async fn accounts(&self) -> Result<Accounts, StoreError> {
        // Read first: what changes meanwhile is read again.
        let version = self.accounts_version().await?;
        let (session_keys, session_key_since) = self.session_keys().await?;
        Ok(Accounts {
            version,
            accounts: self.every_account().await?,
            tokens: self.every_token().await?,
            session_keys,
            session_key_since,
        })
    }
}

/// Lets engines know of a change, and others who change accounts wait for the end of this transaction; the new version.
async fn touch(connection: &mut Connection) -> Result<i64, StoreError> {
    draw_id(connection, "accounts").await
}
