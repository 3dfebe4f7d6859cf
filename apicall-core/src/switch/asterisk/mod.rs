//! Asterisk behind the port: an AMI client that places calls and hears of them, a FastAGI server that drives them.
//!
//! Calls are followed by a pure tracker that turns events into signs; the client's task only moves bytes. Facts about
//! Asterisk come from recordings of 16.28 and 22.10, see `tests/transcripts`.
//!
//! Deliberately absent: when to dial, what a flow is, what is kept.

mod client;
mod config;
mod fastagi;
mod leg;
mod outcome;
mod second_leg;
mod session;
mod spool;
#[cfg(test)]
mod tests;
mod token;
mod tracker;

pub use super::dial::DialTemplate;
pub use super::socket::Timing;
pub use config::{AsteriskConfig, OriginateBy};

use super::door::Door;
use super::{Event, StartError, Switch};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Starts the tasks of a switch. They run until `shutdown`; an Asterisk that is not there is no failure, an address
/// that cannot be listened on is.
pub async fn start(
    mut config: AsteriskConfig,
    events: mpsc::UnboundedSender<Event>,
    shutdown: CancellationToken,
) -> Result<Switch, StartError> {
    let (address, allow) = (config.agi_listen, config.agi_allow.clone());
    let door = Door::open(address, allow, "agi_allow").map_err(|source| StartError::Listen {
        key: "agi_listen",
        address,
        source,
    })?;
    if let (0, Ok(chosen)) = (config.agi_listen.port(), door.address()) {
        config.agi_url = format!("agi://{chosen}");
    }
    if let OriginateBy::Spool { dir } = &config.originate {
        spool::prepare(dir)?;
    }
    let (commands, orders) = mpsc::unbounded_channel();
    let name = config.name.clone();
    let config = Arc::new(config);
    let second_legs = Arc::default();
    tokio::spawn(fastagi::serve(
        door,
        config.clone(),
        Arc::clone(&second_legs),
        events.clone(),
        shutdown.clone(),
    ));
    tokio::spawn(client::run(config, second_legs, orders, events, shutdown));
    Ok(Switch { name, commands })
}
