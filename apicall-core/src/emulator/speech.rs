//! What callees say: when they speak, and how it sounds to whoever is sent their audio.
//!
//! It is what the lab's callees say (`dev/lab.d/media.py`): a hello of 0.6 s, an announcement of 8 s, both from 0.3 s after the
//! answer, as two tones at once; or an announcement of 4 s, half a second later a beep of 0.4 s, and silence. Who says nothing
//! sends nothing.

use crate::model::Greeting;
use std::ops::Range;
use std::sync::LazyLock;

/// How long a frame is.
pub(super) const FRAME_MS: u32 = 20;
const SPEECH_FROM_MS: u64 = 300;
const HELLO_UNTIL_MS: u64 = 900;
const ANNOUNCEMENT_UNTIL_MS: u64 = 8_300;
const GREETING_UNTIL_MS: u64 = 4_300;
const BEEP_MS: Range<u64> = 4_800..5_200;

const RATE: u32 = 8_000;
const SAMPLES: usize = 160;
const LOUDNESS: f64 = 8_000.0;
/// Together they are no beep.
const SPEECH_HZ: [u32; 2] = [440, 660];
const BEEP_HZ: [u32; 1] = [1_000];
/// After so many frames the tones of speech are where they began.
const FRAMES_OF_SPEECH: usize = 5;

/// What is heard of a callee for [`FRAME_MS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// They speak; which part of the tones it is.
    Speech(usize),
    /// They beep.
    Beep,
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
            Greeting::Voicemail if BEEP_MS.contains(&at_ms) => return Self::Beep,
            Greeting::Voicemail => GREETING_UNTIL_MS,
        };
        if !(SPEECH_FROM_MS..until).contains(&at_ms) {
            return Self::Silence;
        }
        let frames = usize::try_from(at_ms / u64::from(FRAME_MS)).unwrap_or(0);
        Self::Speech(frames % FRAMES_OF_SPEECH)
    }

    /// Whether it is louder than silence.
    pub(super) const fn is_loud(self) -> bool {
        matches!(self, Self::Speech(_) | Self::Beep)
    }

    /// Its samples. Where nothing came FreeSWITCH fills a frame with bytes of 255.
    pub(super) fn bytes(self) -> &'static Bytes {
        match self {
            Self::Speech(part) => &SPEECH[part % FRAMES_OF_SPEECH],
            Self::Beep => &BEEP,
            Self::Silence => &[0; SAMPLES * 2],
            Self::Nothing => &[0xFF; SAMPLES * 2],
        }
    }
}

static SPEECH: LazyLock<[Bytes; FRAMES_OF_SPEECH]> =
    LazyLock::new(|| std::array::from_fn(|part| tones(&SPEECH_HZ, part)));
static BEEP: LazyLock<Bytes> = LazyLock::new(|| tones(&BEEP_HZ, 0));

/// Tones at once, which share the loudness: a part of a frame's length.
fn tones(all_hz: &[u32], part: usize) -> Bytes {
    let mut bytes = [0; SAMPLES * 2];
    for (place, two) in bytes.chunks_exact_mut(2).enumerate() {
        let at = u32::try_from(part * SAMPLES + place).unwrap_or(0);
        let swing = |hz: &u32| (std::f64::consts::TAU * f64::from(hz * at) / f64::from(RATE)).sin();
        let loudness = all_hz.iter().map(|hz| LOUDNESS * swing(hz)).sum::<f64>() / all_hz.len() as f64;
        #[allow(clippy::cast_possible_truncation, reason = "the loudness is a sample's")]
        let sample = loudness as i16;
        two.copy_from_slice(&sample.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amd::{Detector, Ending, Listener};
    use crate::model::{AmdSettings, GreetingEnd};
    use std::time::Duration;

    /// What the detector makes of the sound is what the lab's Asterisk makes of the same callees (`docs/lab.md`).
    #[test]
    fn callees_sound_like_what_they_are() {
        for (says, reason) in [
            (Greeting::Human, "HUMAN-1000-1000"),
            (Greeting::Machine, "LONGGREETING-1500-1500"),
            (Greeting::Voicemail, "LONGGREETING-1500-1500"),
        ] {
            let found = heard(says, 0, Detector::new(AmdSettings::default(), RATE));
            let reason_told = found.map(|(found, _)| found.reason.to_string());
            assert_eq!(reason_told.as_deref(), Some(reason));
        }
        assert_eq!(Frame::of(Greeting::Nothing, 500), Frame::Nothing);
    }

    #[test]
    fn a_greeting_is_over_with_its_beep_or_in_silence() {
        let ending = || Ending::new(Duration::from_secs(2), Duration::from_secs(8), RATE);
        for (says, from_ms, end, at_ms) in [
            (Greeting::Voicemail, 1_800, GreetingEnd::Beep, 5_400),
            (Greeting::Machine, 1_800, GreetingEnd::TooLong, 9_800),
            (Greeting::Machine, 3_000, GreetingEnd::Silence, 10_300),
            // A hello is no beep.
            (Greeting::Human, 0, GreetingEnd::Silence, 2_900),
        ] {
            let found = heard(says, from_ms, ending());
            assert_eq!(found, Some((end, at_ms)), "{says} from {from_ms}");
        }
    }

    /// What comes of listening from a time on, and when.
    fn heard<L: Listener>(says: Greeting, from_ms: u64, mut listener: L) -> Option<(L::Finding, u64)> {
        (0..800).find_map(|frame| {
            let at_ms = from_ms + u64::from(frame * FRAME_MS);
            let samples = Frame::of(says, at_ms).bytes().chunks_exact(2);
            let found = listener.hear(samples.map(|two| i16::from_le_bytes([two[0], two[1]])));
            found.map(|found| (found, at_ms + u64::from(FRAME_MS)))
        })
    }
}
