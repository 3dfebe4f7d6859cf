//! Cuts audio into frames and says how loud each is.

use super::Listener;
use super::finding::Finding;
use super::judge::{Judge, Sound};
use crate::model::AmdSettings;
use std::time::Duration;

/// What is judged at once.
pub const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);
pub(super) const FRAME_MS: u32 = 20;

/// Listens to 16-bit linear audio, in pieces of any size, until it has a finding.
#[derive(Debug, Clone)]
pub struct Detector {
    judge: Judge,
    threshold: u64,
    /// Samples of a frame.
    frame: u32,
    /// Of the frame that comes in: how many samples, how many of them were heard, and how loud all are together.
    samples: u32,
    heard: u32,
    loudness: u64,
    found: Option<Finding>,
}

impl Detector {
    /// Begins to listen to audio of so many samples a second.
    pub fn new(settings: AmdSettings, rate: u32) -> Self {
        Self {
            judge: Judge::new(settings),
            threshold: settings.silence_threshold.into(),
            frame: (rate / (1_000 / FRAME_MS)).max(1),
            samples: 0,
            heard: 0,
            loudness: 0,
            found: None,
        }
    }

    fn sample(&mut self) -> Option<Finding> {
        self.samples += 1;
        if self.samples >= self.frame && self.found.is_none() {
            let sound = match u64::from(self.heard) {
                0 => Sound::Nothing,
                _ if self.loudness / u64::from(self.samples) < self.threshold => Sound::Silence,
                _ => Sound::Voice,
            };
            (self.samples, self.heard, self.loudness) = (0, 0, 0);
            self.found = self.judge.hear(sound, FRAME_MS);
        }
        self.found
    }
}

impl Listener for Detector {
    type Finding = Finding;

    fn hear(&mut self, audio: impl IntoIterator<Item = i16>) -> Option<Finding> {
        for sample in audio {
            self.loudness += u64::from(sample.unsigned_abs());
            self.heard += 1;
            if self.sample().is_some() {
                break;
            }
        }
        self.found
    }

    fn miss(&mut self, samples: usize) -> Option<Finding> {
        for _ in 0..samples {
            if self.sample().is_some() {
                break;
            }
        }
        self.found
    }
}
