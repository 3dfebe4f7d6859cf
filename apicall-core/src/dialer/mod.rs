//! MAKE IT HAPPEN. Joins schedule, switch, flow and store, and owns every live call.
//!
//! One task, the owner, holds all live calls and the scheduler. Whatever happens reaches it as a message: what a
//! switch says, what somebody asks, what the store has written, what a call's flow did, and time. It never waits for
//! any of them, so that a slow disk or a dead switch delays nothing else. One more task per answered call walks its
//! flow over its leg.
//!
//! Every live call has a deadline for the one thing it waits for; see `deadline::Due` and
//! `docs/CALL_LIFE.md`.
//!
//! Deliberately absent: what to dial next (`schedule`), what is kept (`store`), any vendor's words (`switch`).

mod book;
mod campaigns;
mod deadline;
mod drive;
mod error;
mod expiry;
mod finish;
mod handle;
mod holds;
mod lists;
mod live;
mod metronome;
mod numbers;
mod orders;
mod overload;
mod owner;
mod records;
mod recovery;
mod requests;
mod sharing;
mod signs;
mod stored;
#[cfg(test)]
mod tests;
mod trust;
mod visitors;
mod webhook;

pub use error::DialerError;
pub use handle::{Changed, Dialer, DialerLoad, DialerSettings, SwitchHealth, SwitchSlot};
pub use lists::ListChange;
pub use orders::Order;
pub use trust::BreakerHealth;
pub use webhook::{NoWebhooks, WebhookFuture, Webhooks};
