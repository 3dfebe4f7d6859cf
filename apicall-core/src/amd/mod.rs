//! EARS. Whether a person or a machine picked up, told by the rhythm of what is heard: silence, words, pauses. And when a
//! machine has said what it says.
//!
//! Detection decides by the parameters of Asterisk's `AMD()` and gives its reasons under Asterisk's names, so that a flow goes
//! the same way behind a switch that has no such detection. What `AMD()` does was learnt from its documentation and
//! its published source, and from recordings (`agi_amd_*` of `tests/transcripts`). `dev/bench amd` plays the same audio to
//! both.
//!
//! A [`Detector`] takes audio and cuts it into frames; a [`Judge`] takes what each frame was. An [`Ending`] hears a greeting
//! out, with an ear for the beep. A [`Recording`] is judged again with other parameters.
//!
//! Deliberately absent: sockets, clocks, codecs; what is done about a machine.

mod detector;
mod ending;
mod finding;
mod judge;
#[cfg(test)]
mod tests;
mod tones;
mod tuning;

pub use detector::{Detector, FRAME};
pub use ending::Ending;
pub use finding::{Finding, Reason};
pub use judge::{Judge, Sound};
pub use tuning::{Confusion, Recording, Verdicts};

/// Takes 16-bit linear audio in, in pieces of any size, until it has a finding.
pub trait Listener {
    /// What is found.
    type Finding: Copy;

    /// Takes in what was heard. A finding stays.
    fn hear(&mut self, audio: impl IntoIterator<Item = i16>) -> Option<Self::Finding>;

    /// Takes in that no audio came for so many samples. A finding stays.
    fn miss(&mut self, samples: usize) -> Option<Self::Finding>;
}
