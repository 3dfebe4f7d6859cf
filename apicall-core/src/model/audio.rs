//! The library: what flows may play.
//!
//! A sound in it was uploaded, or is declared to be there on the switches.

use super::text::{serde_as_text, text_enum};
use super::{AudioId, Invalid, SoundName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of an audio that is uploaded: one of a sound, at most 100 letters, digits, `_`, `-` and `/`, without a dot. So its files
/// cannot leave their directory, are never hidden, and a name is never another's with an extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AudioName(SoundName);

impl AudioName {
    /// The same as flows call it.
    pub const fn sound(&self) -> &SoundName {
        &self.0
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for AudioName {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.parse() {
            Ok(name) if text.len() <= 100 && !text.contains('.') => Ok(Self(name)),
            _ => Err(Invalid::new(
                "audio name",
                text,
                "use up to 100 letters, digits, '_', '-' and '/', without extension",
            )),
        }
    }
}

impl fmt::Display for AudioName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

serde_as_text!(AudioName);

text_enum! {
    /// What an upload is. Those without a header, from `gsm` on, have to be named; the others are known by how they begin.
    AudioForm as "form of audio" {
        /// RIFF WAVE, of PCM, floats or G.711.
        Wav = "wav",
        /// MPEG-1 layer 3.
        Mp3 = "mp3",
        /// Ogg with Vorbis or FLAC.
        Ogg = "ogg",
        /// FLAC.
        Flac = "flac",
        /// GSM 06.10 full rate, frames of 33 bytes.
        Gsm = "gsm",
        /// G.711 µ-law at 8 kHz.
        Ulaw = "ulaw",
        /// G.711 A-law at 8 kHz.
        Alaw = "alaw",
        /// Signed linear, 16 bits, little-endian, at 8 kHz.
        Sln = "sln",
        /// The same at 16 kHz.
        Sln16 = "sln16",
    }
}

text_enum! {
    /// What whoever uploads an audio should know of it.
    AudioWarning as "warning of audio" {
        /// There is nothing to be heard.
        Silent = "silent",
        /// Nothing is heard for more than a second at the beginning.
        StartsSilent = "starts_silent",
        /// It was recorded too loud: its peaks are cut off.
        Clipped = "clipped",
        /// It was kept as it is, neither measured nor levelled.
        Unmeasured = "unmeasured",
    }
}

text_enum! {
    /// A file that a switch can play.
    AudioFile as "file of audio" {
        /// WAVE of 16 bits at 8 kHz.
        Narrow = "wav",
        /// The same at 16 kHz.
        Wide = "wav16",
        /// GSM 06.10.
        Gsm = "gsm",
    }
}

impl AudioFile {
    /// What HTTP calls it.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Narrow | Self::Wide => "audio/wav",
            Self::Gsm => "audio/gsm",
        }
    }
}

/// A sound of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audio {
    /// Its id.
    pub id: AudioId,
    /// What flows call it.
    pub name: SoundName,
    /// Where it is.
    #[serde(flatten)]
    pub place: AudioPlace,
    /// When it was uploaded or declared.
    pub created_at: Timestamp,
}

/// Where a sound is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum AudioPlace {
    /// On the switches, as somebody says.
    Switch,
    /// Here.
    Uploaded(UploadedAudio),
}

/// What is known of an audio that was uploaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadedAudio {
    /// What it was.
    pub form: AudioForm,
    /// How long it was, in bytes.
    pub bytes: u64,
    /// How long it lasts.
    pub duration_ms: u64,
    /// The highest sample of what was uploaded, in decibels of full scale; `None` when it was not measured, or is all zeros.
    pub peak_dbfs: Option<f64>,
    /// By how much it was made louder or softer, in decibels.
    pub gain_db: Option<f64>,
    /// What should be known of it.
    pub warnings: Vec<AudioWarning>,
}

impl UploadedAudio {
    /// The file that is played where there is one rate only.
    pub fn file(&self) -> AudioFile {
        match self.form {
            AudioForm::Gsm => AudioFile::Gsm,
            _ => AudioFile::Narrow,
        }
    }
}

impl Audio {
    /// What is known of it, if it was uploaded.
    pub const fn uploaded(&self) -> Option<&UploadedAudio> {
        match &self.place {
            AudioPlace::Uploaded(uploaded) => Some(uploaded),
            AudioPlace::Switch => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_cannot_leave_its_directory() {
        for fine in ["promo", "es/en_breve", "a-B_9/c/d", &"x".repeat(100)] {
            assert_eq!(fine.parse::<AudioName>().unwrap().to_string(), fine);
        }
        let long = "x".repeat(101);
        for refused in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../a",
            "a/../b",
            "a/..",
            ".a",
            "a/.b",
            "a//b",
            "a/",
            "a.wav",
            "a b",
            "a\0b",
            "a\nb",
            "a\\b",
            "ñ",
            "~",
            "a:b",
            "%2e%2e",
            long.as_str(),
        ] {
            assert!(refused.parse::<AudioName>().is_err(), "{refused:?}");
        }
    }

    #[test]
    fn an_audio_tells_where_it_is() {
        let declared = json!({ "id": 1, "name": "digits/1", "place": "switch", "created_at": 5 });
        let uploaded = json!({
            "id": 2, "name": "promo", "place": "uploaded", "form": "mp3", "bytes": 9, "duration_ms": 3,
            "peak_dbfs": -0.5, "gain_db": null, "warnings": ["clipped"], "created_at": 5,
        });
        for written in [declared, uploaded] {
            let audio: Audio = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&audio).unwrap(), written);
        }
    }
}
