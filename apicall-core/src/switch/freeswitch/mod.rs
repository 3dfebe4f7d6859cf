//! FreeSWITCH behind the port: a client of its event socket that places calls, hears of them and drives them.
//!
//! There are two connections, because FreeSWITCH sends no events while commands wait: one for commands, one for
//! events. Calls are followed by a pure tracker that turns events into signs; the client's task only moves bytes. An
//! answered call is parked, and driven by one application after the other. A channel that the dialplan hands over comes by a
//! connection of its own, over which it is driven in the same way. Answering machines are told by the room
//! `amd`, which FreeSWITCH sends a call's audio to. Facts about FreeSWITCH come from recordings of 1.10.12, see
//! `tests/transcripts`.
//!
//! Deliberately absent: when to dial, what a flow is, what is kept.

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
mod visitors;
mod wishes;

pub use super::socket::Timing;
pub use config::{AudioConfig, FreeSwitchConfig, VisitorsConfig};

use super::door::Door;
use super::{Event, StartError, Switch};
use listen::Ears;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Starts the tasks of a switch. They run until `shutdown`; a FreeSWITCH that is not there is no failure, an address
/// that cannot be listened on is.
pub fn start(
    config: FreeSwitchConfig,
    events: mpsc::UnboundedSender<Event>,
    shutdown: CancellationToken,
) -> Result<Switch, StartError> {
    let (commands, orders) = mpsc::unbounded_channel();
    let (name, visitors) = (config.name.clone(), config.visitors.clone());
    let (ears, config) = (Ears::new(config.audio.clone()), Arc::new(config));
    if let Some(visitors) = visitors {
        let address = visitors.listen;
        let door = Door::open(address, visitors.allow, "visitors_allow");
        let door = door.map_err(|source| StartError::Listen {
            key: "visitors_listen",
            address,
            source,
        })?;
        let host = visitors::Host::new(config.clone(), ears.clone(), events.clone());
        tokio::spawn(host.serve(door, shutdown.clone()));
    }
    tokio::spawn(client::run(config, ears, orders, events, shutdown));
    Ok(Switch { name, commands })
}
