//! Whether a frame is one pure tone, and which: the powers of frequencies that a beep may have (Goertzel).

/// The frequencies: 400 to 1,950 Hz. Frames of 20 ms tell apart what is 50 Hz away.
const LOWEST_HZ: f32 = 400.0;
const STEP_HZ: f32 = 50.0;
const COUNT: usize = 32;
/// How much of a frame's energy a pure tone has at its frequency and the two beside it. Half way between two of
/// them it is 0.85; a vowel has its energy in several harmonics.
const PURE: f32 = 0.8;

/// Looks for tones in frames of 20 ms.
#[derive(Debug, Clone)]
pub(super) struct Tones {
    /// Twice the cosine of what each frequency turns in a sample.
    turns: [f32; COUNT],
}

impl Tones {
    /// In audio of so many samples a second.
    #[allow(clippy::cast_precision_loss, reason = "rates and places are small")]
    pub(super) fn new(rate: u32) -> Self {
        let turn = |place: usize| {
            let hz = LOWEST_HZ + STEP_HZ * place as f32;
            2.0 * (std::f32::consts::TAU * hz / rate as f32).cos()
        };
        Self {
            turns: std::array::from_fn(turn),
        }
    }

    /// The place of the frequency, when the frame is one tone.
    #[allow(clippy::cast_precision_loss, reason = "a frame is short")]
    pub(super) fn pure(&self, frame: &[i16]) -> Option<usize> {
        let energy: f32 = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum();
        let powers = self.powers(frame);
        let (strongest, _) = powers
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let around = strongest.saturating_sub(1)..=(strongest + 1).min(COUNT - 1);
        let here: f32 = powers[around].iter().sum();
        // A tone of amplitude A has the power (N A / 2)², and the energy N A² / 2.
        let share = 2.0 * here / (energy * frame.len() as f32);
        (share >= PURE).then_some(strongest)
    }

    /// Of all frequencies in a frame: a sample at a time, so that the processor takes several frequencies at once.
    fn powers(&self, frame: &[i16]) -> [f32; COUNT] {
        let (mut last, mut before) = ([0.0_f32; COUNT], [0.0_f32; COUNT]);
        for sample in frame {
            let sample = f32::from(*sample);
            for ((last, before), turn) in last.iter_mut().zip(&mut before).zip(&self.turns) {
                (*last, *before) = (sample + turn * *last - *before, *last);
            }
        }
        std::array::from_fn(|place| {
            let (last, before) = (last[place], before[place]);
            last * last + before * before - self.turns[place] * last * before
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rate: u32, tones: &[(f32, f32)]) -> Vec<i16> {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a test's samples"
        )]
        let sample = |at: u32| {
            let of =
                |(hz, loud): &(f32, f32)| loud * (std::f32::consts::TAU * hz * at as f32 / rate as f32).sin();
            tones.iter().map(of).sum::<f32>() as i16
        };
        (0..rate / 50).map(sample).collect()
    }

    #[test]
    fn a_tone_of_any_pitch_and_loudness_is_pure() {
        for rate in [8_000, 16_000] {
            let tones = Tones::new(rate);
            for hz in (405_u16..1_945).step_by(7) {
                for loud in [400.0, 8_000.0, 32_000.0] {
                    let place = tones.pure(&frame(rate, &[(hz.into(), loud)]));
                    let nearest = (f32::from(hz) - LOWEST_HZ) / STEP_HZ;
                    #[allow(clippy::cast_precision_loss, reason = "a place is small")]
                    let near = place.is_some_and(|place| (place as f32 - nearest).abs() < 0.6);
                    assert!(near, "{hz} Hz at {rate}: {place:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_single_tone_is_not() {
        let tones = Tones::new(8_000);
        for mixed in [
            // Keys: 1 and 9.
            &[(697.0, 8_000.0), (1_209.0, 8_000.0)][..],
            &[(852.0, 8_000.0), (1_477.0, 8_000.0)],
            // A vowel: harmonics of 150 Hz.
            &[
                (150.0, 4_000.0),
                (300.0, 5_000.0),
                (450.0, 7_000.0),
                (600.0, 5_000.0),
                (750.0, 4_000.0),
            ],
            // The hum of a line, and a tone too high.
            &[(50.0, 8_000.0)],
            &[(3_000.0, 8_000.0)],
        ] {
            assert_eq!(tones.pure(&frame(8_000, mixed)), None, "{mixed:?}");
        }
        assert_eq!(tones.pure(&[0; 160]), None);
    }
}
