//! What an upload is, and the header of those that have none.

use super::AudioError;
use crate::model::AudioForm;

/// The tags of WAVE.
const LINEAR: u16 = 1;
const ALAW: u16 = 6;
const ULAW: u16 = 7;

/// What it is: by how it begins, else as it is said to be.
pub(super) fn of(bytes: &[u8], said: Option<AudioForm>) -> Result<AudioForm, AudioError> {
    if bytes.is_empty() {
        return Err(AudioError::Empty);
    }
    match (begins_like(bytes), said) {
        (None, Some(said)) if is_bare(said) => Ok(said),
        // Two bytes are no proof: samples may look like that as well.
        (Some(AudioForm::Mp3), Some(said)) if is_bare(said) && !bytes.starts_with(b"ID3") => Ok(said),
        (Some(is), Some(said)) if is_bare(said) => Err(AudioError::Mistaken { said, is }),
        (Some(is), _) => Ok(is),
        (None, _) => Err(AudioError::Unknown),
    }
}

/// Whether it has no header.
fn is_bare(form: AudioForm) -> bool {
    form == AudioForm::Gsm || bare(form).is_some()
}

fn begins_like(bytes: &[u8]) -> Option<AudioForm> {
    let is_frame = |head: &[u8]| head.first() == Some(&0xff) && head.get(1).is_some_and(|b| b & 0xe0 == 0xe0);
    match bytes {
        _ if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE") => Some(AudioForm::Wav),
        _ if bytes.starts_with(b"fLaC") => Some(AudioForm::Flac),
        _ if bytes.starts_with(b"OggS") => Some(AudioForm::Ogg),
        _ if bytes.starts_with(b"ID3") || is_frame(bytes) => Some(AudioForm::Mp3),
        _ => None,
    }
}

/// The tag, rate and bytes a sample of those that are nothing but samples.
fn bare(form: AudioForm) -> Option<(u16, u32, u16)> {
    match form {
        AudioForm::Ulaw => Some((ULAW, super::NARROW, 1)),
        AudioForm::Alaw => Some((ALAW, super::NARROW, 1)),
        AudioForm::Sln => Some((LINEAR, super::NARROW, 2)),
        AudioForm::Sln16 => Some((LINEAR, super::WIDE, 2)),
        AudioForm::Wav | AudioForm::Mp3 | AudioForm::Ogg | AudioForm::Flac | AudioForm::Gsm => None,
    }
}

/// The same with a header, so that all are read alike.
pub(super) fn with_header(form: AudioForm, bytes: Vec<u8>) -> Vec<u8> {
    let Some((tag, rate, width)) = bare(form) else {
        return bytes;
    };
    let whole = bytes.len() - bytes.len() % usize::from(width);
    let mut all = header(tag, rate, width, whole);
    all.extend_from_slice(&bytes[..whole]);
    all
}

/// A WAVE file of these samples.
pub(super) fn wave(rate: u32, samples: &[i16]) -> Vec<u8> {
    let mut file = header(LINEAR, rate, 2, samples.len() * 2);
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// The head of a WAVE file of one channel: its form by tag, then the samples' length in bytes.
fn header(tag: u16, rate: u32, width: u16, length: usize) -> Vec<u8> {
    let length = u32::try_from(length).unwrap_or(u32::MAX - 64);
    // All but plain samples have to say that nothing more is said of them.
    let more: u32 = if tag == LINEAR { 0 } else { 2 };
    let mut head = Vec::with_capacity(46 + length as usize);
    head.extend_from_slice(b"RIFF");
    head.extend_from_slice(&(36 + more + length).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt ");
    head.extend_from_slice(&(16 + more).to_le_bytes());
    head.extend_from_slice(&tag.to_le_bytes());
    head.extend_from_slice(&1_u16.to_le_bytes());
    head.extend_from_slice(&rate.to_le_bytes());
    head.extend_from_slice(&(rate * u32::from(width)).to_le_bytes());
    head.extend_from_slice(&width.to_le_bytes());
    head.extend_from_slice(&(8 * width).to_le_bytes());
    head.resize(head.len() + more as usize, 0);
    head.extend_from_slice(b"data");
    head.extend_from_slice(&length.to_le_bytes());
    head
}
