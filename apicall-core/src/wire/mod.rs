//! BYTES to MESSAGES and back, sans-IO: AMI, AGI and call files.
//!
//! Decoders are fed bytes in any chunks and polled for messages; builders refuse what would break out of its field.
//! Facts about the protocols were recorded from Asterisk 16.28 and 22.10; the recordings are in `tests/transcripts`.
//!
//! Deliberately absent: sockets, clocks, the model, what a message means.

pub mod agi;
pub mod ami;
pub mod callfile;
pub mod capture;
mod line;
#[cfg(test)]
mod tests;

pub use line::{Decoded, InvalidValue, Malformed};
