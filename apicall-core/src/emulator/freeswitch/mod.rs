//! A FreeSWITCH that is not there: its event socket as 1.10.12 speaks it.
//!
//! `pbx::Pbx` is the whole of it as a machine: bytes and times go in, bytes come out. A channel is one leg, with its
//! states, its variables in FreeSWITCH's order, and the applications that run on it.
//!
//! Deliberately absent: audio but that of a greeting, SIP, a dialplan but `inline`. Facts come from recordings, see
//! `tests/transcripts`.

mod api;
mod applications;
mod cause;
mod channel;
mod config;
mod events;
mod gather;
mod hangup;
mod made;
mod media;
mod originate;
mod outbound;
mod pbx;
mod requests;
mod scheduler;
mod session;
mod sip;
mod strings;
#[cfg(test)]
mod tests;
mod transfer;
mod troubles;
mod unicast;
mod variables;

pub use config::Config;

use super::server;
use super::{Emulator, StartError};
use tokio_util::sync::CancellationToken;

/// Starts an emulated FreeSWITCH. It runs until `shutdown`.
pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Emulator, StartError> {
    let (address, faults) = (config.esl, config.faults.clone());
    let machine = |now, epoch_s| pbx::Pbx::new(config, now, epoch_s);
    server::start(address, &faults, machine, shutdown).await
}
