//! Whether a frame is one pure tone, and which: the powers of frequencies that a beep may have (Goertzel).

/// The frequencies: 400 to 1,950 Hz. Frames of 20 ms tell apart what is 50 Hz away.
const LOWEST_HZ: f32 = 400.0;
const STEP_HZ: f32 = 50.0;
const COUNT: usize = 32;
/// How much of a frame's energy a pure tone has at its frequency, noise of a line allowed for. A vowel has its energy in
/// several harmonics.
const PURE: f32 = 0.92;

/// Looks for tones in frames of 20 ms.
#[derive(Debug, Clone)]
pub(super) struct Tones {
    rate: f32,
    /// Twice the cosine of what each frequency turns in a sample.
    turns: [f32; COUNT],
}

impl Tones {
    /// In audio of so many samples a second.
    #[allow(clippy::cast_precision_loss, reason = "rates and places are small")]
    pub(super) fn new(rate: u32) -> Self {
        let rate = rate as f32;
        Self {
            rate,
            turns: std::array::from_fn(|place| turn(LOWEST_HZ + STEP_HZ * place as f32, rate)),
        }
    }

    /// The pitch in Hz, when the frame is one tone.
    #[allow(clippy::cast_precision_loss, reason = "a frame is short")]
    pub(super) fn pure(&self, frame: &[i16]) -> Option<f32> {
        let of_each = powers(&self.turns, frame);
        let places = of_each.iter().enumerate();
        let (strongest, _) = places.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let at = |place: Option<usize>| {
            place
                .and_then(|place| of_each.get(place))
                .map_or(0.0, |power| power.sqrt())
        };
        let (below, here, above) = (
            at(strongest.checked_sub(1)),
            at(Some(strongest)),
            at(Some(strongest + 1)),
        );
        // Between two frequencies a tone shows in both, the more the nearer: over whole frames as 1/distance.
        let aside = if above > below {
            above / (here + above)
        } else {
            -below / (here + below)
        };
        let pitch = LOWEST_HZ + STEP_HZ * (strongest as f32 + aside);
        let [power] = powers(&[turn(pitch, self.rate)], frame);
        let energy: f32 = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum();
        // A tone of amplitude A has the power (N A / 2)², and the energy N A² / 2.
        let share = 2.0 * power / (energy * frame.len() as f32);
        (share >= PURE).then_some(pitch)
    }
}

/// Twice the cosine of what a frequency turns in a sample.
fn turn(hz: f32, rate: f32) -> f32 {
    2.0 * (std::f32::consts::TAU * hz / rate).cos()
}

/// Of all frequencies in a frame: a sample at a time, so that the processor takes several frequencies at once.
fn powers<const N: usize>(turns: &[f32; N], frame: &[i16]) -> [f32; N] {
    let (mut last, mut before) = ([0.0_f32; N], [0.0_f32; N]);
    for sample in frame {
        let sample = f32::from(*sample);
        for ((last, before), turn) in last.iter_mut().zip(&mut before).zip(turns) {
            (*last, *before) = (sample + turn * *last - *before, *last);
        }
    }
    std::array::from_fn(|place| {
        let (last, before) = (last[place], before[place]);
        // Rounding makes less than nothing of nothing.
        (last * last + before * before - turns[place] * last * before).max(0.0)
    })
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
                    let pitch = tones.pure(&frame(rate, &[(hz.into(), loud)]));
                    let near = pitch.is_some_and(|pitch| (pitch - f32::from(hz)).abs() < 5.0);
                    assert!(near, "{hz} Hz at {rate}: {pitch:?}");
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
