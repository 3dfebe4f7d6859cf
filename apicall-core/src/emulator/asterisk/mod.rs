//! An Asterisk that is not there: AMI as 22.10 or 16.28 speaks it, and FastAGI sessions to whoever an originate names.
//!
//! `pbx::Pbx` is the whole of it as a machine: bytes and times go in, bytes come out. `server` gives it sockets and
//! a clock. One task owns all calls; a connection's own task only moves bytes.
//!
//! Deliberately absent: audio, SIP, a dialplan, call files. Facts come from recordings, see `tests/transcripts`.

mod actions;
mod agi;
mod amd;
mod channel;
mod classes;
mod commands;
mod config;
mod connection;
mod dial;
mod events;
mod faults;
mod login;
mod originate;
mod pbx;
mod progress;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod timers;
mod troubles;
mod work;

pub use config::{Config, Version};
pub use faults::{Fault, Planned};
pub use server::{Emulator, StartError, start};

/// The dialplan context that channels show.
const CONTEXT: &str = "from-carrier";
