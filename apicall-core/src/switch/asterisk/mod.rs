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
pub use config::{AsteriskConfig, OriginateBy, StartError};

use super::{Event, Switch};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Starts the tasks of a switch. They run until `shutdown`; an Asterisk that is not there is no failure, an address
/// that cannot be listened on is.
pub async fn start(
    mut config: AsteriskConfig,
    events: mpsc::UnboundedSender<Event>,
    shutdown: CancellationToken,
) -> Result<Switch, StartError> {
    let listener = listen(config.agi_listen).map_err(|source| StartError::Listen {
        address: config.agi_listen,
        source,
    })?;
    if let (0, Ok(chosen)) = (config.agi_listen.port(), listener.local_addr()) {
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
        listener,
        config.clone(),
        Arc::clone(&second_legs),
        events.clone(),
        shutdown.clone(),
    ));
    tokio::spawn(client::run(config, second_legs, orders, events, shutdown));
    Ok(Switch { name, commands })
}

/// Sessions that may wait to be accepted. Beyond the system's usual 128 to 1,024 a burst of answers would wait for TCP to
/// try again, a second at least.
const BACKLOG: u32 = 4_096;

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart must not wait for connections of the run before to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
