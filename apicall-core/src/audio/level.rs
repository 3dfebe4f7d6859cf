//! How loud it is, and how loud it becomes.
//!
//! Loudness is the mean power of what is not silence, so that pauses make nobody shout. It is brought to −20 dBFS, as telephone
//! prompts usually have; no peak comes above −1 dBFS by that, and nothing is made louder by more than 20 dB, or its noise would be.

use crate::model::{AudioForm, AudioWarning};

const TARGET_DBFS: f64 = -20.0;
const MOST_GAIN_DB: f64 = 20.0;
const HEADROOM_DBFS: f64 = -1.0;
/// Below this nothing is heard.
const SILENCE_DBFS: f64 = -50.0;
/// What is loud or silent is told of so many at once.
const FRAMES_A_SECOND: u32 = 50;
/// A beginning without sound is told of from so many on.
const LATE: usize = FRAMES_A_SECOND as usize;
/// So many samples in a row at full scale are no peak any more.
const CUT_OFF: u32 = 4;

/// What is measured before anything is done with it.
#[derive(Debug)]
pub(super) struct Heard {
    full_scale: f32,
    peak: f32,
    /// Of each channel: samples at full scale, up to now.
    runs: Vec<u32>,
    clipped: bool,
}

impl Heard {
    pub(super) fn of(form: AudioForm) -> Self {
        // The loudest that the laws can say is 32124 and 32256 of 32768.
        let full_scale = match form {
            AudioForm::Ulaw | AudioForm::Alaw => 0.98,
            _ => 0.9999,
        };
        Self {
            full_scale,
            peak: 0.0,
            runs: Vec::new(),
            clipped: false,
        }
    }

    pub(super) fn hear(&mut self, channels: usize, samples: &[f32]) {
        self.runs.resize(channels, 0);
        for frame in samples.chunks_exact(channels) {
            for (run, sample) in self.runs.iter_mut().zip(frame) {
                let height = sample.abs();
                self.peak = self.peak.max(height);
                *run = if height >= self.full_scale { *run + 1 } else { 0 };
                self.clipped |= *run >= CUT_OFF;
            }
        }
    }

    pub(super) fn peak_dbfs(&self) -> Option<f64> {
        (self.peak > 0.0).then(|| tenths(decibels(self.peak.into())))
    }

    pub(super) const fn clipped(&self) -> bool {
        self.clipped
    }
}

/// What is to be done with it.
#[derive(Debug)]
pub(super) struct Levelled {
    pub gain_db: Option<f64>,
    pub warnings: Vec<AudioWarning>,
}

pub(super) fn level(samples: &[f32], rate: u32) -> Levelled {
    let frame = (rate / FRAMES_A_SECOND) as usize;
    let power: Vec<f64> = samples.chunks(frame).map(mean_power).collect();
    let threshold = 10_f64.powf(SILENCE_DBFS / 10.0);
    let loud: Vec<f64> = power.iter().copied().filter(|power| *power > threshold).collect();
    let Some(first) = power.iter().position(|power| *power > threshold) else {
        return Levelled {
            gain_db: None,
            warnings: vec![AudioWarning::Silent],
        };
    };
    #[allow(clippy::cast_precision_loss, reason = "frames of minutes")]
    let loudness = 10.0 * (loud.iter().sum::<f64>() / loud.len() as f64).log10();
    let peak = samples
        .iter()
        .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let room = HEADROOM_DBFS - decibels(peak.into());
    let gain = (TARGET_DBFS - loudness).min(MOST_GAIN_DB).min(room);
    Levelled {
        gain_db: Some(tenths(gain)),
        warnings: (first > LATE)
            .then_some(AudioWarning::StartsSilent)
            .into_iter()
            .collect(),
    }
}

/// As it is played.
pub(super) fn apply(samples: &[f32], gain_db: Option<f64>) -> Vec<i16> {
    let factor = 10_f64.powf(gain_db.unwrap_or(0.0) / 20.0);
    let as_played = |sample: &f32| {
        let scaled = (f64::from(*sample) * factor * 32_767.0).round();
        #[allow(clippy::cast_possible_truncation, reason = "within the range of the type")]
        let sample = scaled.clamp(-32_768.0, 32_767.0) as i16;
        sample
    };
    samples.iter().map(as_played).collect()
}

fn mean_power(samples: &[f32]) -> f64 {
    let power = |sample: &f32| f64::from(*sample) * f64::from(*sample);
    #[allow(clippy::cast_precision_loss, reason = "samples of a frame")]
    let mean = samples.iter().map(power).sum::<f64>() / samples.len() as f64;
    mean
}

fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.log10()
}

fn tenths(decibels: f64) -> f64 {
    (decibels * 10.0).round() / 10.0
}
