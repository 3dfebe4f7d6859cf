//! EARS. Whether a person or a machine picked up, told by the rhythm of what is heard: silence, words, pauses.
//!
//! It decides by the parameters of Asterisk's `AMD()` and gives its reasons under Asterisk's names, so that a flow goes
//! the same way behind a switch that has no such detection. What `AMD()` does was learnt from its documentation and
//! its published source, and from recordings (`agi_amd_*` of `tests/transcripts`). `dev/bench amd` plays the same audio to
//! both.
//!
//! A [`Detector`] takes audio and cuts it into frames; a [`Judge`] takes what each frame was.
//!
//! Deliberately absent: sockets, clocks, codecs; what is done about a machine.

mod detector;
mod finding;
mod judge;
#[cfg(test)]
mod tests;

pub use detector::{Detector, FRAME};
pub use finding::{Finding, Reason};
pub use judge::{Judge, Sound};
