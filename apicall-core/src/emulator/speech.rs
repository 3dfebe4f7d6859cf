//! What callees say: when they speak, and how it sounds to whoever is sent their audio.
//!
//! It is what the lab's callees say (`dev/lab.d/media.py`): a hello of 0.6 s, an announcement of 8 s, both from 0.3 s after the
//! answer, as a tone. Who says nothing sends nothing.

use crate::model::Greeting;
use std::sync::LazyLock;

/// How long a frame is.
pub(super) const FRAME_MS: u32 = 20;
const SPEECH_FROM_MS: u64 = 300;
const HELLO_UNTIL_MS: u64 = 900;
const ANNOUNCEMENT_UNTIL_MS: u64 = 8_300;

const RATE: u32 = 8_000;
const SAMPLES: usize = 160;
const LOUDNESS: f64 = 8_000.0;
const TONE_HZ: u32 = 440;
/// After so many frames the tone is where it began.
const FRAMES_OF_TONE: usize = 5;

/// What is heard of a callee for [`FRAME_MS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// They speak; which part of the tone it is.
    Speech(usize),
    /// They are silent.
    Silence,
    /// They send nothing.
    Nothing,
}

/// A frame as bytes: 16-bit samples, the lower byte first.
type Bytes = [u8; SAMPLES * 2];

impl Frame {
    /// What a callee is heard to say, at a time after the answer.
    pub(super) fn of(says: Greeting, at_ms: u64) -> Self {
        let until = match says {
            Greeting::Nothing => return Self::Nothing,
            Greeting::Human => HELLO_UNTIL_MS,
            Greeting::Machine => ANNOUNCEMENT_UNTIL_MS,
        };
        if !(SPEECH_FROM_MS..until).contains(&at_ms) {
            return Self::Silence;
        }
        let frames = usize::try_from(at_ms / u64::from(FRAME_MS)).unwrap_or(0);
        Self::Speech(frames % FRAMES_OF_TONE)
    }

    /// Its samples. Where nothing came FreeSWITCH fills a frame with bytes of 255.
    pub(super) fn bytes(self) -> &'static Bytes {
        match self {
            Self::Speech(part) => &TONE[part % FRAMES_OF_TONE],
            Self::Silence => &[0; SAMPLES * 2],
            Self::Nothing => &[0xFF; SAMPLES * 2],
        }
    }
}

static TONE: LazyLock<[Bytes; FRAMES_OF_TONE]> = LazyLock::new(|| std::array::from_fn(tone));

fn tone(part: usize) -> Bytes {
    let mut bytes = [0; SAMPLES * 2];
    for (place, two) in bytes.chunks_exact_mut(2).enumerate() {
        let at = u32::try_from(part * SAMPLES + place).unwrap_or(0);
        let angle = std::f64::consts::TAU * f64::from(TONE_HZ * at) / f64::from(RATE);
        #[allow(clippy::cast_possible_truncation, reason = "the loudness is a sample's")]
        let sample = (LOUDNESS * angle.sin()) as i16;
        two.copy_from_slice(&sample.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amd::Detector;
    use crate::model::AmdSettings;

    /// What the detector makes of the sound is what the lab's Asterisk makes of the same callees (`docs/lab.md`).
    #[test]
    fn callees_sound_like_what_they_are() {
        for (says, reason) in [
            (Greeting::Human, "HUMAN-1000-1000"),
            (Greeting::Machine, "LONGGREETING-1500-1500"),
        ] {
            let mut detector = Detector::new(AmdSettings::default(), RATE);
            let found = (0..500).find_map(|frame| {
                let bytes = Frame::of(says, u64::from(frame * FRAME_MS)).bytes();
                let samples = bytes.chunks_exact(2);
                detector.hear(samples.map(|two| i16::from_le_bytes([two[0], two[1]])))
            });
            assert_eq!(
                found.map(|found| found.reason.to_string()).as_deref(),
                Some(reason)
            );
        }
        assert_eq!(Frame::of(Greeting::Nothing, 500), Frame::Nothing);
    }
}
