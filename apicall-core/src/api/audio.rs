//! Audio.

use crate::model::{AudioFile, AudioForm, AudioName, SoundName};
use serde::{Deserialize, Serialize};

/// Query of `GET /audios`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioFilter {
    /// The one of this name only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<SoundName>,
}

/// Query of `POST /audios`; the body is the file as it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioUpload {
    /// What flows call it.
    pub name: AudioName,
    /// What it is, where it has no header that tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<AudioForm>,
    /// Whether it takes the place of one of the same name.
    #[serde(default)]
    pub replace: bool,
}

/// Query of `GET /audios/{id}/sound`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioSound {
    /// Which file; what a telephone plays when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<AudioFile>,
}

/// `POST /audios/declare`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclareSounds {
    /// Sounds that the switches have themselves, 1 to 1,000.
    pub names: Vec<SoundName>,
}
