//! Makes audio piece by piece: speech, tones, noise, silence.

use super::RATE;
use std::f64::consts::TAU;

/// Audio that is being made, by dice of its own.
pub(crate) struct Sound {
    samples: Vec<f64>,
    dice: u64,
    voice: Voice,
}

/// How somebody speaks.
struct Voice {
    /// Of the throat.
    pitch_hz: f64,
    /// Of the mouth, in the vowel that is spoken.
    formants_hz: [f64; 3],
    /// Mean loudness of a vowel, to 32767.
    loudness: f64,
}

impl Sound {
    /// Nothing yet.
    pub(crate) fn new(seed: u64) -> Self {
        let mut sound = Self {
            samples: Vec::new(),
            dice: seed,
            voice: Voice {
                pitch_hz: 0.0,
                formants_hz: [500.0, 1_500.0, 2_500.0],
                loudness: 0.0,
            },
        };
        sound.voice.pitch_hz = sound.draw(90, 240);
        sound.voice.loudness = sound.draw(1_800, 4_500);
        sound
    }

    /// A number from one to the other.
    pub(crate) fn draw(&mut self, least: u32, most: u32) -> f64 {
        f64::from(least) + (f64::from(most) - f64::from(least)) * self.dice()
    }

    /// From 0 to 1 (SplitMix64).
    fn dice(&mut self) -> f64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How loud whoever speaks is.
    pub(crate) fn speak_at(&mut self, loudness: f64) {
        self.voice.loudness = loudness;
    }

    /// Silence, with the hiss that every line has.
    pub(crate) fn silence(&mut self, ms: u32) {
        self.noise(ms, 12.0);
    }

    /// Silence for some time between the two.
    pub(crate) fn pause(&mut self, least_ms: u32, most_ms: u32) {
        let ms = self.draw(least_ms, most_ms) as u32;
        self.silence(ms);
    }

    /// Noise of this mean loudness.
    pub(crate) fn noise(&mut self, ms: u32, loudness: f64) {
        for _ in 0..samples(ms) {
            let sample = (self.dice() - 0.5) * 4.0 * loudness;
            self.samples.push(sample);
        }
    }

    /// Lays noise over all there is.
    pub(crate) fn noise_over(&mut self, loudness: f64) {
        for at in 0..self.samples.len() {
            let noise = (self.dice() - 0.5) * 4.0 * loudness;
            self.samples[at] += noise;
        }
    }

    /// Tones at once, each this loud.
    pub(crate) fn tones(&mut self, hz: &[f64], ms: u32, loudness: f64) {
        for at in 0..samples(ms) {
            let at = at as f64 / RATE as f64;
            let sample: f64 = hz.iter().map(|hz| (TAU * hz * at).sin()).sum();
            self.samples.push(sample * loudness * TAU / 4.0);
        }
    }

    /// Speech of words for about so long.
    pub(crate) fn speech(&mut self, ms: u32) {
        let end = self.samples.len() + samples(ms);
        while self.samples.len() < end {
            let syllables = 1 + (self.dice() * 3.0) as u32;
            for _ in 0..syllables {
                if self.samples.len() < end {
                    self.syllable();
                }
            }
            if self.samples.len() < end {
                self.pause(20, 110);
            }
        }
    }

    /// A breath of a consonant, and a vowel.
    fn syllable(&mut self) {
        let loudness = self.voice.loudness;
        if self.dice() < 0.6 {
            let ms = self.draw(30, 80) as u32;
            self.noise(ms, loudness * 0.15);
        }
        self.voice.formants_hz = [
            self.draw(280, 800),
            self.draw(900, 2_200),
            self.draw(2_300, 3_000),
        ];
        let ms = self.draw(90, 220) as u32;
        let vowel = self.vowel(samples(ms));
        self.samples.extend(vowel);
    }

    fn vowel(&mut self, count: usize) -> Vec<f64> {
        let mut pulses = vec![0.0; count];
        let (mut phase, glide) = (1.0, self.draw(90, 110) / 100.0);
        for (at, pulse) in pulses.iter_mut().enumerate() {
            let pitch = self.voice.pitch_hz * (1.0 + (glide - 1.0) * at as f64 / count as f64);
            phase += pitch / RATE as f64;
            if phase >= 1.0 {
                phase -= 1.0;
                *pulse = 1.0;
            }
        }
        for (hz, width) in self.voice.formants_hz.into_iter().zip([70.0, 110.0, 170.0]) {
            resonate(&mut pulses, hz, width);
        }
        let edge = samples(15).min(count / 2).max(1);
        let mean = pulses.iter().map(|sample| sample.abs()).sum::<f64>() / count.max(1) as f64;
        let scale = self.voice.loudness / mean.max(1e-9);
        for (at, sample) in pulses.iter_mut().enumerate() {
            let near = at.min(count - 1 - at) as f64 / edge as f64;
            *sample *= scale * near.min(1.0);
        }
        pulses
    }

    /// As a telephone carries it.
    pub(crate) fn into_samples(self) -> Vec<i16> {
        let sample = |sample: f64| sample.clamp(-32_767.0, 32_767.0) as i16;
        self.samples.into_iter().map(sample).collect()
    }
}

/// Rings at a frequency.
fn resonate(samples: &mut [f64], hz: f64, width_hz: f64) {
    let radius = (-std::f64::consts::PI * width_hz / RATE as f64).exp();
    let turn = 2.0 * radius * (TAU * hz / RATE as f64).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        let now = *sample + turn * last - radius * radius * before;
        (before, last) = (last, now);
        *sample = now;
    }
}

fn samples(ms: u32) -> usize {
    ms as usize * RATE / 1_000
}
