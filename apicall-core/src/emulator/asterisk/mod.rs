//! An Asterisk that is not there: AMI as 22.10 or 16.28 speaks it, and FastAGI sessions to whoever an originate names.
//!
//! `pbx::Pbx` is the whole of it as a machine: bytes and times go in, bytes come out.
//!
//! Deliberately absent: audio, SIP, a dialplan. Facts come from recordings, see `tests/transcripts`.

mod actions;
mod agi;
mod amd;
mod channel;
mod classes;
mod commands;
mod config;
mod dial;
mod events;
mod login;
mod originate;
mod pbx;
mod progress;
mod session;
mod silence;
mod spool;
#[cfg(test)]
mod tests;
mod troubles;
mod work;

pub use classes::Classes;
pub use config::{Config, Version};

use super::server;
use super::{Emulator, StartError};
use tokio_util::sync::CancellationToken;

/// Starts an emulated Asterisk. It runs until `shutdown`.
pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Emulator, StartError> {
    let (address, faults) = (config.ami, config.faults.clone());
    let machine = |now, epoch_s| pbx::Pbx::new(config, now, epoch_s);
    server::start(address, &faults, machine, shutdown).await
}

/// The dialplan context that channels show.
const CONTEXT: &str = "from-carrier";
