//! The one place that decides by what name a switch is told to play a sound.
//!
//! What was uploaded a switch is given by its path, where it sees the directory, or by a link that it fetches it from. Any other sound
//! is the switch's own, and goes by its name. A link is signed, and good for one to two days: it stays the same for a day, so that
//! a switch fetches a file once a day and keeps it meanwhile.
//!
//! Deliberately absent: files, and who may upload them.

use crate::model::{Audio, AudioFile, AudioId, Clock, SoundName, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq;

/// How long a link stays the same.
const DAY_S: i64 = 86_400;

/// All sounds that flows may play, as an engine knows them.
#[derive(Debug, Default)]
pub struct Library(RwLock<HashMap<SoundName, Option<Upload>>>);

/// One that was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Upload {
    id: AudioId,
    at: Timestamp,
    file: AudioFile,
}

impl Library {
    /// Takes over what there is now.
    pub fn set(&self, audios: &[Audio]) {
        let known = audios
            .iter()
            .map(|audio| (audio.name.clone(), upload(audio)))
            .collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Which of these nobody has: neither was it uploaded, nor is it declared to be on the switches. None, while the library is empty.
    pub fn missing<'a>(&self, sounds: impl IntoIterator<Item = &'a SoundName>) -> Vec<SoundName> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |sound: &&SoundName| !known.is_empty() && !known.contains_key(*sound);
        sounds.into_iter().filter(is_missing).cloned().collect()
    }

    fn find(&self, sound: &SoundName) -> Option<Upload> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(sound).copied().flatten()
    }
}

fn upload(audio: &Audio) -> Option<Upload> {
    audio.uploaded().map(|uploaded| Upload {
        id: audio.id,
        at: audio.created_at,
        file: uploaded.file(),
    })
}

/// How what was uploaded reaches a switch.
#[derive(Debug, Clone, Default)]
pub struct Supply {
    library: Arc<Library>,
    by: Option<By>,
}

#[derive(Debug, Clone)]
enum By {
    /// The directory, as the switch sees it.
    Path(String),
    Link(Links),
}

/// What a switch is to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Playable {
    /// A sound of its own.
    Own,
    /// A file: its path without extension, and that.
    File(String, AudioFile),
    /// A file to be fetched.
    Link(String),
}

impl Supply {
    /// By its path in a directory, as the switch sees it.
    pub fn by_path(library: Arc<Library>, directory: &str) -> Self {
        let directory = directory.trim_end_matches('/').to_owned();
        Self {
            library,
            by: Some(By::Path(directory)),
        }
    }

    /// By links.
    pub const fn by_link(library: Arc<Library>, links: Links) -> Self {
        Self {
            library,
            by: Some(By::Link(links)),
        }
    }

    pub(super) fn playable(&self, sound: &SoundName) -> Playable {
        match (&self.by, self.library.find(sound)) {
            (Some(By::Path(directory)), Some(upload)) => {
                Playable::File(format!("{directory}/{sound}"), upload.file)
            }
            (Some(By::Link(links)), Some(upload)) => Playable::Link(links.to(upload)),
            _ => Playable::Own,
        }
    }
}

/// Where a switch fetches what was uploaded.
#[derive(Clone)]
pub struct Links {
    base: String,
    key: Vec<u8>,
    clock: Clock,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Links {
    /// Below the address at which the switch reaches the engine.
    pub fn new(base: &str, key: Vec<u8>, clock: Clock) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { base, key, clock }
    }

    fn to(&self, upload: Upload) -> String {
        let day = self.clock.now().millis().div_euclid(DAY_S * 1_000);
        let until_s = (day + 2) * DAY_S;
        let signature = signature(&self.key, upload.id, upload.at, until_s);
        format!(
            "{}/media/{until_s}/{signature}/{}.{}",
            self.base, upload.id, upload.file
        )
    }
}

/// Whether a link to this upload of an audio is one that was given, and is still good.
pub fn is_good(
    key: &[u8],
    (id, at): (AudioId, Timestamp),
    until_s: i64,
    given: &str,
    now: Timestamp,
) -> bool {
    let right = signature(key, id, at, until_s);
    bool::from(right.as_bytes().ct_eq(given.as_bytes())) && now.millis().div_euclid(1_000) < until_s
}

fn signature(key: &[u8], id: AudioId, at: Timestamp, until_s: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{id} {} {until_s}", at.millis()).as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
