//! GSM 06.10: kept as it is. Only its frames are looked at: 33 bytes for 20 ms, each beginning with the four bits of its mark.

use super::{AudioError, Files, Prepared};
use crate::model::{AudioForm, AudioWarning, UploadedAudio};
use std::time::Duration;

const FRAME: usize = 33;
const FRAME_MS: u64 = 20;
const MARK: u8 = 0xd;

pub(super) fn keep(bytes: Vec<u8>, longest: Duration) -> Result<Prepared, AudioError> {
    let frames = bytes.chunks(FRAME);
    let whole = |frame: &[u8]| frame.len() == FRAME && frame[0] >> 4 == MARK;
    if let Some(place) = frames.clone().position(|frame| !whole(frame)) {
        return Err(AudioError::Unreadable {
            form: AudioForm::Gsm,
            reason: format!("frame {} is none of {FRAME} bytes", place + 1),
        });
    }
    let duration_ms = frames.len() as u64 * FRAME_MS;
    if Duration::from_millis(duration_ms) > longest {
        return Err(AudioError::TooLong(longest));
    }
    Ok(Prepared {
        about: UploadedAudio {
            form: AudioForm::Gsm,
            bytes: bytes.len() as u64,
            duration_ms,
            peak_dbfs: None,
            gain_db: None,
            warnings: vec![AudioWarning::Unmeasured],
        },
        files: Files::Gsm(bytes),
    })
}
