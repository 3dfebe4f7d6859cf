//! What detection found, and why.

use crate::model::AmdVerdict;
use std::fmt;
use std::time::Duration;

/// A verdict with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Why.
    pub reason: Reason,
    /// How much had been heard by then.
    pub took: Duration,
}

impl Finding {
    /// What the reason speaks for.
    pub const fn verdict(&self) -> AmdVerdict {
        match self.reason {
            Reason::Human { .. } => AmdVerdict::Human,
            Reason::InitialSilence { .. }
            | Reason::LongGreeting { .. }
            | Reason::MaxWords { .. }
            | Reason::MaxWordLength { .. } => AmdVerdict::Machine,
            Reason::TooLong { .. } => AmdVerdict::Unsure,
        }
    }
}

/// Why, with what was measured and the parameter it had reached. Its text is Asterisk's `AMDCAUSE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A short greeting, and then silence.
    Human {
        /// That silence.
        silence_ms: u32,
        /// What was enough.
        enough_ms: u32,
    },
    /// Nothing was said for so long.
    InitialSilence {
        /// The silence.
        silence_ms: u32,
        /// What was too much.
        most_ms: u32,
    },
    /// All that was said, without its pauses, took so long.
    LongGreeting {
        /// What was said.
        voice_ms: u32,
        /// What was too much.
        most_ms: u32,
    },
    /// So many words were said.
    MaxWords {
        /// How many.
        words: u32,
        /// What would still have been a person's.
        most: u32,
    },
    /// One word took so long.
    MaxWordLength {
        /// The word.
        word_ms: u32,
    },
    /// Time was over.
    TooLong {
        /// How much had been heard.
        total_ms: u32,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Human {
                silence_ms,
                enough_ms,
            } => write!(f, "HUMAN-{silence_ms}-{enough_ms}"),
            Self::InitialSilence { silence_ms, most_ms } => {
                write!(f, "INITIALSILENCE-{silence_ms}-{most_ms}")
            }
            Self::LongGreeting { voice_ms, most_ms } => write!(f, "LONGGREETING-{voice_ms}-{most_ms}"),
            Self::MaxWords { words, most } => write!(f, "MAXWORDS-{words}-{most}"),
            Self::MaxWordLength { word_ms } => write!(f, "MAXWORDLENGTH-{word_ms}"),
            Self::TooLong { total_ms } => write!(f, "TOOLONG-{total_ms}"),
        }
    }
}
