//! PROOF, afterwards: whether what the records tell kept to the rules. Pure.
//!
//! Each machine is fed with rows in one order and says what it found to [`Findings`]. None of them remembers more than
//! what is going on at one moment of the record, however long that is:
//!
//! - [`Pace`]: starts in the order of time; rates and channel caps.
//! - [`NumberCaps`]: the same; caps on the calls to a number.
//! - [`callee`]: starts one by one; nobody is called outside calling hours, while a list has the number, or
//!   from a number that is not the project's.
//! - [`outcome`]: calls one by one; each ends once.
//! - [`contact`]: a contact with all its calls; never two at a time, never more than its policy allows, and it stands where
//!   they leave it.
//! - [`Carrier`]: calls and what a carrier got, both in the order of time; nobody was called without a record.
//!
//! Deliberately absent: where rows come from, and what the dialer believes. The rules are those that were written down
//! when they came in force ([`History`]). What was removed because it was old proves nothing, and what needs it is said not to
//! be judged ([`Gone`]).

pub mod callee;
mod caps;
mod carrier;
pub mod contact;
mod findings;
mod gone;
mod history;
pub mod outcome;
mod pace;
#[cfg(test)]
mod tests;

pub use caps::{NumberCaps, Share};
pub use carrier::{Carrier, Invite, InviteError};
pub use findings::{Findings, Rule, Tally, Violation};
pub use gone::Gone;
pub use history::{ALLOWANCE, History};
pub use pace::Pace;
