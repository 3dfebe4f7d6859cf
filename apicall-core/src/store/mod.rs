//! MEMORY. What is kept, and how: SQLite, MariaDB or MySQL, one writer an engine, group commit.
//!
//! All writes are work of one task, which puts what waits into one transaction and answers once it is on disk.
//! While the database refuses, new claims and calls are refused at once, and records of live calls are kept in memory and
//! written when it is back. Readers have connections of their own. `docs/store.md` describes the tables.
//!
//! Deliberately absent: what the dialer decides.

mod accounts;
mod archive;
mod audios;
mod backup;
mod caller_ids;
mod calls;
mod campaign_changes;
mod catalog;
mod contacts;
mod copy;
mod db;
mod deliveries;
mod dnc;
mod error;
mod holds;
mod inspect;
mod journal;
mod ledger;
mod leftovers;
mod line;
mod link;
mod open;
mod placings;
mod records;
mod retention;
mod rules;
mod settings;
mod sharing;
mod tallies;
mod tenure;
#[cfg(test)]
pub(crate) mod tests;
mod waiting;
mod webhooks;
mod work;
mod writer;

pub use accounts::{Account, AccountLogQuery, Accounts};
pub use archive::{Archive, Kept, Place, SecondLeg, Starts};
pub use caller_ids::{CallerIdRule, Chosen, Shows};
pub use calls::{CallQuery, CampaignTotals, DetectionTotals, Start};
pub use contacts::{ImportId, NewContact, Rejected};
pub use copy::Progress;
pub use db::Location;
pub use deliveries::{Attempted, DeliveryFate, Outgoing};
pub use dnc::{DncQuery, NewDnc};
pub use error::StoreError;
pub use holds::Gate;
pub use inspect::{Form, Inspection};
pub use journal::{Claim, Claimed, ContactFate, Full, Journal, Reply, Room};
pub use ledger::{Ask, Portion};
pub use open::{Access, Store};
pub use retention::{Old, OldRecord, Pruning};
pub use rules::RunBegan;
pub use sharing::Settled;
pub use waiting::Waiting;
pub use writer::Health;

/// Where the answer to somebody who waits goes.
type Answer<T> = tokio::sync::oneshot::Sender<Result<T, StoreError>>;
