//! Hears a greeting out: until nothing more is said, or a beep is over.

use super::Listener;
use super::detector::FRAME;
use super::tones::Tones;
use crate::model::GreetingEnd;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Loudness, the mean of a frame, below which it is silence. Asterisk's `WaitForSilence` has the same.
const SILENCE_BELOW: u64 = 256;
/// How long a beep lasts. What sounds longer is a line's tone, or music.
const BEEP: RangeInclusive<Duration> = Duration::from_millis(160)..=Duration::from_millis(2_000);
/// So much silence tells that a beep is over, and that no other follows at once.
const AFTER_BEEP: Duration = Duration::from_millis(200);
/// A beep keeps its pitch, a voice does not.
const SAME_PITCH_HZ: f32 = 15.0;
const FRAMES_A_SECOND: u32 = 50;

/// Listens to 16-bit linear audio, in pieces of any size, until the greeting is over.
#[derive(Debug, Clone)]
pub struct Ending {
    /// So much silence is the end.
    enough: Duration,
    /// After this it is given up.
    within: Duration,
    tones: Tones,
    /// The frame that comes in, and how long one is.
    frame: Vec<i16>,
    length: usize,
    total: Duration,
    /// How long it has been silent.
    silent: Duration,
    beep: Beep,
    found: Option<GreetingEnd>,
}

/// Where a beep is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Beep {
    Not,
    Sounds {
        /// In Hz.
        pitch: f32,
        lasts: Duration,
        /// One frame of it was no pure tone, as the one within which it ends.
        blurred: bool,
    },
    Over,
}

impl Ending {
    /// Begins to listen to audio of so many samples a second. So much silence is the end; it is given up in time.
    pub fn new(enough: Duration, within: Duration, rate: u32) -> Self {
        let length = (rate / FRAMES_A_SECOND).max(1) as usize;
        Self {
            enough,
            within,
            tones: Tones::new(rate),
            frame: Vec::with_capacity(length),
            length,
            total: Duration::ZERO,
            silent: Duration::ZERO,
            beep: Beep::Not,
            found: None,
        }
    }

    fn sample(&mut self, sample: i16) -> Option<GreetingEnd> {
        if self.found.is_none() {
            self.frame.push(sample);
            if self.frame.len() == self.length {
                self.found = self.judge();
                self.frame.clear();
            }
        }
        self.found
    }

    fn judge(&mut self) -> Option<GreetingEnd> {
        self.total += FRAME;
        let loudness: u64 = self
            .frame
            .iter()
            .map(|sample| u64::from(sample.unsigned_abs()))
            .sum();
        if loudness / (self.length as u64) < SILENCE_BELOW {
            self.silent += FRAME;
            self.beep = self.beep.then_silence();
        } else {
            self.silent = Duration::ZERO;
            self.beep = self.beep.then_sound(self.tones.pure(&self.frame));
        }
        if self.beep == Beep::Over && self.silent >= AFTER_BEEP {
            Some(GreetingEnd::Beep)
        } else if self.silent >= self.enough {
            Some(GreetingEnd::Silence)
        } else {
            (self.total >= self.within).then_some(GreetingEnd::TooLong)
        }
    }
}

impl Listener for Ending {
    type Finding = GreetingEnd;

    fn hear(&mut self, audio: impl IntoIterator<Item = i16>) -> Option<GreetingEnd> {
        audio
            .into_iter()
            .find_map(|sample| self.sample(sample))
            .or(self.found)
    }

    /// What does not come is silence.
    fn miss(&mut self, samples: usize) -> Option<GreetingEnd> {
        self.hear(std::iter::repeat_n(0, samples))
    }
}

impl Beep {
    fn then_silence(self) -> Self {
        match self {
            Self::Sounds { lasts, .. } if BEEP.contains(&lasts) => Self::Over,
            Self::Over => Self::Over,
            Self::Sounds { .. } | Self::Not => Self::Not,
        }
    }

    /// A loud frame, and the pitch when it is a pure tone.
    fn then_sound(self, pitch: Option<f32>) -> Self {
        match (self, pitch) {
            (Self::Sounds { pitch, lasts, .. }, Some(now)) if (pitch - now).abs() <= SAME_PITCH_HZ => {
                Self::Sounds {
                    pitch,
                    lasts: lasts + FRAME,
                    blurred: false,
                }
            }
            (
                Self::Sounds {
                    pitch,
                    lasts,
                    blurred: false,
                },
                None,
            ) => Self::Sounds {
                pitch,
                lasts,
                blurred: true,
            },
            (_, Some(pitch)) => Self::Sounds {
                pitch,
                lasts: FRAME,
                blurred: false,
            },
            (_, None) => Self::Not,
        }
    }
}
