//! FreeSWITCH behind the port: a client of its event socket that places calls, hears of them and drives them.
//!
//! There are two connections, because FreeSWITCH sends no events while commands wait: one for commands, one for
//! events. Calls are followed by a pure tracker that turns events into signs; the client's task only moves bytes. An
//! answered call is parked, and driven by one application after the other. Answering machines are told by the room
//! `amd`, which FreeSWITCH sends a call's audio to. Facts about FreeSWITCH come from recordings of 1.10.12, see
//! `tests/transcripts`.
//!
//! Deliberately absent: when to dial, what a flow is, what is kept; visitors from the dialplan.

mod client;
mod config;
mod connection;
mod lease;
mod leg;
mod listen;
mod originate;
mod outcome;
#[cfg(test)]
mod tests;
mod tracker;
mod transfer;

pub use super::socket::Timing;
pub use config::{AudioConfig, FreeSwitchConfig};

use super::{Event, Switch};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Starts the task of a switch. It runs until `shutdown`; a FreeSWITCH that is not there is no failure.
pub fn start(
    config: FreeSwitchConfig,
    events: mpsc::UnboundedSender<Event>,
    shutdown: CancellationToken,
) -> Switch {
    let (commands, orders) = mpsc::unbounded_channel();
    let name = config.name.clone();
    tokio::spawn(client::run(Arc::new(config), orders, events, shutdown));
    Switch { name, commands }
}
