//! From one rate to another, piece by piece.

use super::AudioError;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

/// Samples of one step, about.
const CHUNK: usize = 4_096;

/// One channel on its way to another rate.
pub(super) struct Resampler {
    /// Nothing is to be done where the rate is right already.
    engine: Option<Fft<f32>>,
    /// What does not fill a step yet.
    waiting: Vec<f32>,
    done: Vec<f32>,
    /// How much of what comes first is only the delay.
    delay: usize,
    taken: u64,
    ratio: f64,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32) -> Result<Self, AudioError> {
        let new = || Fft::<f32>::new(from as usize, to as usize, CHUNK, 1, FixedSync::Input);
        let engine = (from != to)
            .then(new)
            .transpose()
            .map_err(|error| fault(&error))?;
        let delay = engine.as_ref().map_or(0, |engine| engine.output_delay());
        Ok(Self {
            engine,
            waiting: Vec::new(),
            done: Vec::new(),
            delay,
            taken: 0,
            ratio: f64::from(to) / f64::from(from),
        })
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        self.taken += samples.len() as u64;
        if self.engine.is_none() {
            self.done.extend_from_slice(samples);
            return Ok(());
        }
        self.waiting.extend_from_slice(samples);
        self.work()
    }

    /// All of it: as long as what was given, and what is still on its way.
    pub(super) fn finish(mut self) -> Result<Vec<f32>, AudioError> {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "minutes of samples"
        )]
        let length = (self.taken as f64 * self.ratio).ceil() as usize;
        while self.engine.is_some() && self.done.len() < self.delay + length {
            let step = self.step();
            self.waiting.resize(step.max(self.waiting.len()), 0.0);
            self.work()?;
        }
        self.done.drain(..self.delay);
        self.done.truncate(length);
        Ok(self.done)
    }

    fn step(&self) -> usize {
        self.engine
            .as_ref()
            .map_or(0, |engine| engine.input_frames_next())
    }

    fn work(&mut self) -> Result<(), AudioError> {
        let Some(engine) = &mut self.engine else {
            return Ok(());
        };
        let mut from = 0;
        while self.waiting.len() - from >= engine.input_frames_next() {
            let step = engine.input_frames_next();
            let input = InterleavedSlice::new(&self.waiting[from..from + step], 1, step);
            let room = engine.output_frames_next();
            let begin = self.done.len();
            self.done.resize(begin + room, 0.0);
            let output = InterleavedSlice::new_mut(&mut self.done[begin..], 1, room);
            let (input, mut output) = (input.map_err(|e| fault(&e))?, output.map_err(|e| fault(&e))?);
            let whole: Option<&Indexing> = None;
            let (_, made) = engine
                .process_into_buffer(&input, &mut output, whole)
                .map_err(|error| fault(&error))?;
            self.done.truncate(begin + made);
            from += step;
        }
        self.waiting.drain(..from);
        Ok(())
    }
}

fn fault(error: &dyn std::error::Error) -> AudioError {
    AudioError::Rate(error.to_string())
}
