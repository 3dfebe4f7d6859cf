//! Recorded greetings, judged again with other parameters: what a change of them would do.
//!
//! A recording is kept as how loud its frames are, so that thousands of parameters are tried on it in a moment.

use super::detector::FRAME_MS;
use super::{Finding, Judge, Sound};
use crate::model::{AmdSettings, AmdVerdict};
use std::time::Duration;

/// A recorded greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// How loud each frame is.
    frames: Vec<u32>,
}

impl Recording {
    /// Of so many samples a second. Only whole frames count.
    pub fn new(audio: &[i16], rate: u32) -> Self {
        let length = (rate / (1_000 / FRAME_MS)).max(1);
        let loudness = |frame: &[i16]| {
            let all: u64 = frame.iter().map(|sample| u64::from(sample.unsigned_abs())).sum();
            u32::try_from(all / u64::from(length)).unwrap_or(u32::MAX)
        };
        let frames = audio.chunks_exact(length as usize).map(loudness).collect();
        Self { frames }
    }

    /// What detection finds. Behind its end the line is silent.
    pub fn judged(&self, settings: AmdSettings) -> Finding {
        let mut judge = Judge::new(settings);
        let sound = |loudness: &u32| {
            if *loudness < settings.silence_threshold {
                Sound::Silence
            } else {
                Sound::Voice
            }
        };
        let heard = self.frames.iter().map(sound);
        let mut heard = heard.chain(std::iter::repeat(Sound::Silence));
        let found = heard.find_map(|sound| judge.hear(sound, FRAME_MS));
        found.expect("the time of a detection ends")
    }
}

/// How recordings of known origin were judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Recordings of persons.
    pub humans: Verdicts,
    /// Recordings of machines.
    pub machines: Verdicts,
    /// How long all findings took together.
    took: Duration,
}

/// Recordings of one origin, by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// A person, by the verdict.
    pub human: u32,
    /// A machine.
    pub machine: u32,
    /// Not to be told.
    pub unsure: u32,
}

impl Confusion {
    /// Of recordings, each with whether a machine picked up.
    pub fn of<'a>(
        recordings: impl IntoIterator<Item = (&'a Recording, bool)>,
        settings: AmdSettings,
    ) -> Self {
        let mut confusion = Self::default();
        for (recording, machine) in recordings {
            let found = recording.judged(settings);
            confusion.took += found.took;
            let judged = if machine {
                &mut confusion.machines
            } else {
                &mut confusion.humans
            };
            *match found.verdict() {
                AmdVerdict::Human => &mut judged.human,
                AmdVerdict::Machine => &mut judged.machine,
                AmdVerdict::Unsure => &mut judged.unsure,
            } += 1;
        }
        confusion
    }

    /// Of persons, how many would be taken for machines, 0 to 1.
    pub fn humans_lost(&self) -> f64 {
        share(self.humans.machine, self.humans.all())
    }

    /// Of machines, how many would not be told, 0 to 1: doubt counts as a person, as flows take it.
    pub fn machines_missed(&self) -> f64 {
        share(self.machines.human + self.machines.unsure, self.machines.all())
    }

    /// How bad it is: both shares, so that it does not matter of whom there are more recordings.
    pub fn badness(&self) -> f64 {
        self.humans_lost() + self.machines_missed()
    }

    /// How long a finding takes.
    pub fn mean_took(&self) -> Duration {
        self.took / (self.humans.all() + self.machines.all()).max(1)
    }
}

impl Verdicts {
    /// All of them.
    pub const fn all(&self) -> u32 {
        self.human + self.machine + self.unsure
    }
}

fn share(of: u32, all: u32) -> f64 {
    if all == 0 {
        0.0
    } else {
        f64::from(of) / f64::from(all)
    }
}
