//! SOUND. What was uploaded, as a switch can play it.
//!
//! An upload is decoded, mixed to one channel, brought to 8 and 16 kHz, levelled, and measured; what is found is told. It is then
//! written beside where it goes, and renamed. Decoding and resampling are libraries' work. GSM has no well-kept decoder: switches
//! play it as it is, so it is kept as it is.
//!
//! Deliberately absent: who may upload, what is kept of it in the store, and how a switch reaches it. Nothing here knows the time:
//! whoever waits says whether to go on.

mod decode;
mod directory;
mod form;
mod gsm;
mod level;
mod resample;
#[cfg(test)]
mod tests;

pub use directory::{Directory, Staged};

use crate::model::{AudioForm, AudioWarning, UploadedAudio};
use level::Heard;
use resample::Resampler;
use std::time::Duration;

/// The rates of what is played.
const NARROW: u32 = 8_000;
const WIDE: u32 = 16_000;

/// An upload that can be played.
#[derive(Debug)]
pub struct Prepared {
    /// What is known of it.
    pub about: UploadedAudio,
    files: Files,
}

#[derive(Debug)]
enum Files {
    /// The samples at both rates.
    Linear { narrow: Vec<i16>, wide: Vec<i16> },
    /// As it came.
    Gsm(Vec<u8>),
}

/// Why an upload cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// Nothing came.
    #[error("there is no audio in it; send the file itself")]
    Empty,
    /// It begins like none that is known.
    #[error(
        "it is no wav, mp3, ogg or flac; if it is audio without a header, name its form: gsm, ulaw, alaw, sln or sln16"
    )]
    Unknown,
    /// It is said to be without a header and has one.
    #[error("it is said to be {said}, but begins like {is}; leave the form away")]
    Mistaken {
        /// What it is said to be.
        said: AudioForm,
        /// What it looks like.
        is: AudioForm,
    },
    /// The library cannot read it.
    #[error("it cannot be read as {form}: {reason}; convert it to a wav of 16 bits and send that")]
    Unreadable {
        /// What it was read as.
        form: AudioForm,
        /// What the library says.
        reason: String,
    },
    /// It cannot be brought to the rates of what is played.
    #[error("its rate cannot be changed: {0}; convert it to a wav of 16 bits at 8 or 16 kHz and send that")]
    Rate(String),
    /// It lasts too long.
    #[error("it lasts longer than {} s; shorten it, or raise audio.max_s", .0.as_secs())]
    TooLong(Duration),
    /// Who waited for it waits no longer.
    #[error("reading it took too long; send it as a wav of 16 bits")]
    TooSlow,
}

/// Reads an upload, as long as `go_on` says so.
pub fn prepare(
    bytes: Vec<u8>,
    said: Option<AudioForm>,
    longest: Duration,
    go_on: &dyn Fn() -> bool,
) -> Result<Prepared, AudioError> {
    let form = form::of(&bytes, said)?;
    let size = bytes.len() as u64;
    if form == AudioForm::Gsm {
        return gsm::keep(bytes, longest);
    }
    let mut heard = Heard::of(form);
    let mut both: Option<[Resampler; 2]> = None;
    let mut frames = 0;
    decode::decode(form, bytes, go_on, &mut |rate, channels, samples| {
        let [wide, narrow] = match &mut both {
            Some(both) => both,
            None => both.insert([Resampler::new(rate, WIDE)?, Resampler::new(rate, NARROW)?]),
        };
        heard.hear(channels, samples);
        let mono = mix(channels, samples);
        frames += mono.len() as u64;
        if Duration::from_millis(frames * 1_000 / u64::from(rate)) > longest {
            return Err(AudioError::TooLong(longest));
        }
        wide.push(&mono)?;
        narrow.push(&mono)
    })?;
    let [wide, narrow] = both.ok_or(AudioError::Empty)?;
    let (wide, narrow) = (wide.finish()?, narrow.finish()?);
    let levelled = level::level(&wide, WIDE);
    let mut warnings = levelled.warnings;
    warnings.extend(heard.clipped().then_some(AudioWarning::Clipped));
    Ok(Prepared {
        about: UploadedAudio {
            form,
            bytes: size,
            duration_ms: wide.len() as u64 * 1_000 / u64::from(WIDE),
            peak_dbfs: heard.peak_dbfs(),
            gain_db: levelled.gain_db,
            warnings,
        },
        files: Files::Linear {
            narrow: level::apply(&narrow, levelled.gain_db),
            wide: level::apply(&wide, levelled.gain_db),
        },
    })
}

/// The mean of all channels.
fn mix(channels: usize, samples: &[f32]) -> Vec<f32> {
    #[allow(clippy::cast_precision_loss, reason = "channels are few")]
    let share = 1.0 / channels as f32;
    let frames = samples.chunks_exact(channels);
    frames.map(|frame| frame.iter().sum::<f32>() * share).collect()
}
