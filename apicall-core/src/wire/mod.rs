//! BYTES to MESSAGES and back, sans-IO: AMI, AGI, FreeSWITCH's event socket and call files.
//!
//! Decoders are fed bytes in any chunks and polled for messages; builders refuse what would break out of its field.
//! Facts about the protocols were recorded from Asterisk 16.28 and 22.10 and FreeSWITCH 1.10.12; the recordings are in
//! `tests/transcripts`.
//!
//! Deliberately absent: sockets, clocks, the model, what a message means.

pub mod agi;
pub mod ami;
pub mod callfile;
pub mod capture;
pub mod esl;
mod line;
#[cfg(test)]
mod tests;

pub use line::{Decoded, InvalidValue, Malformed};
