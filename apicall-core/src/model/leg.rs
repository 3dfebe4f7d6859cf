//! The words in which a flow speaks to an answered channel, and hears back. No vendor's words.

use super::{
    AmdSettings, AmdVerdict, CallerId, DigitSet, Digits, GreetingEnd, PhoneNumber, SoundName, TransferReport,
};
use std::time::Duration;

/// One thing a leg is asked to do. A leg does one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegCommand {
    /// Answer a channel that is not yet up; nothing when it is.
    Answer,
    /// Listen for an answering machine.
    Detect(AmdSettings),
    /// Hear a greeting out.
    HearOut {
        /// So much silence is its end.
        silence: Duration,
        /// It is given up after this.
        within: Duration,
    },
    /// Play sounds in order; a key of `interrupt` stops them.
    Play {
        /// What to play.
        sounds: Vec<SoundName>,
        /// Keys that stop it; the key is reported and taken.
        interrupt: DigitSet,
    },
    /// Play sounds and collect keys; a key pressed during a sound stops the sounds and counts.
    Gather {
        /// What to play first; may be empty.
        prompt: Vec<SoundName>,
        /// Stop after this many keys, at least 1.
        max_digits: u32,
        /// A key that ends the input and is not part of it.
        terminators: DigitSet,
        /// How long to wait after the sounds for the first key.
        first_timeout: Duration,
        /// How long to wait for each further key.
        next_timeout: Duration,
    },
    /// Connect the caller to somebody else and wait until they part.
    Transfer {
        /// Whom to call.
        target: TransferTarget,
        /// What the second leg shows; the caller's own when `None`.
        caller_id: Option<CallerId>,
        /// How long to let it ring.
        ring_timeout: Duration,
        /// How long they may talk.
        max_talk: Duration,
    },
    /// Record the caller.
    Record {
        /// Name without extension, relative to where the switch keeps recordings.
        name: SoundName,
        /// At most this long.
        max_length: Duration,
        /// End after this much silence; zero is never.
        silence: Duration,
        /// Keys that end it.
        stop_on: DigitSet,
        /// Whether to beep first.
        beep: bool,
    },
    /// Set a channel variable.
    SetVariable {
        /// Its name.
        name: String,
        /// Its value, one line.
        value: String,
    },
    /// End the call.
    Hangup,
}

/// Whom a transfer calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferTarget {
    /// A number, through the trunk the call itself uses.
    Number(PhoneNumber),
    /// Something the switch knows: a dialplan `extension@context`, a queue.
    Extension(String),
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegReply {
    /// Done, nothing to tell.
    Done,
    /// The verdict of a detection, and the detector's own words for why.
    Detected(AmdVerdict, String),
    /// A greeting was heard out, or given up.
    HeardOut(GreetingEnd),
    /// The sounds ended, or a key stopped them.
    Played(Option<super::Digit>),
    /// The keys collected; fewer than asked for when time ran out.
    Gathered(Digits),
    /// The transfer is over; the caller may still be there.
    Transferred(TransferReport),
    /// The recording is complete.
    Recorded(Recording),
    /// It could not be done, the caller is still there: why.
    Failed(String),
    /// The caller is gone.
    Gone,
}

/// A finished recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its name as asked for.
    pub name: SoundName,
    /// How long it is.
    pub length: Duration,
    /// The key that ended it, if one did.
    pub stopped_by: Option<super::Digit>,
}
