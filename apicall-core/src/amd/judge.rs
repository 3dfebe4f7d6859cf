//! Decides by what is heard piece after piece: voice, silence, or nothing at all.

use super::finding::{Finding, Reason};
use crate::model::AmdSettings;
use std::time::Duration;

/// What Asterisk holds for the longest word when nobody says: in effect any.
const LONGEST_WORD_MS: u32 = 5_000;

/// What a piece of audio is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// As loud as the threshold.
    Voice,
    /// Less loud.
    Silence,
    /// No audio came. Before any did, that says nothing of who picked up; afterwards it is silence, as networks make
    /// it that send none.
    Nothing,
}

/// Listens to a greeting until it has a finding.
#[derive(Debug, Clone)]
pub struct Judge {
    settings: AmdSettings,
    total_ms: u32,
    /// Audio came at some time.
    connected: bool,
    /// Of the silence that lasts; 0 while somebody speaks.
    silence_ms: u32,
    /// Of all that was said.
    voice_ms: u32,
    /// Of what was said without a pause.
    word_ms: u32,
    words: u32,
    /// No pause since the last word. It begins so: who is cut in on is in the midst of a word that is not counted.
    in_word: bool,
    /// A first word was said.
    greeted: bool,
}

impl Judge {
    /// Begins to listen.
    pub fn new(settings: AmdSettings) -> Self {
        Self {
            settings,
            total_ms: 0,
            connected: false,
            silence_ms: 0,
            voice_ms: 0,
            word_ms: 0,
            words: 0,
            in_word: true,
            greeted: false,
        }
    }

    /// Takes in the next piece. Behind a finding there is nothing to be taken in any more.
    pub fn hear(&mut self, sound: Sound, for_ms: u32) -> Option<Finding> {
        self.total_ms += for_ms;
        let reason = if self.total_ms >= self.settings.total_analysis_ms {
            let total_ms = self.total_ms;
            Some(Reason::TooLong { total_ms })
        } else {
            match sound {
                Sound::Voice => self.voice(for_ms),
                Sound::Nothing if !self.connected => None,
                Sound::Silence | Sound::Nothing => self.silence(for_ms),
            }
        };
        reason.map(|reason| Finding {
            reason,
            took: Duration::from_millis(self.total_ms.into()),
        })
    }

    fn silence(&mut self, for_ms: u32) -> Option<Reason> {
        let settings = self.settings;
        self.connected = true;
        self.silence_ms += for_ms;
        let silence_ms = self.silence_ms;
        if silence_ms >= settings.between_words_silence_ms {
            self.in_word = false;
            self.word_ms = 0;
        }
        let (most_ms, enough_ms) = (settings.initial_silence_ms, settings.after_greeting_silence_ms);
        if !self.greeted {
            (silence_ms >= most_ms).then_some(Reason::InitialSilence { silence_ms, most_ms })
        } else {
            (silence_ms >= enough_ms).then_some(Reason::Human {
                silence_ms,
                enough_ms,
            })
        }
    }

    fn voice(&mut self, for_ms: u32) -> Option<Reason> {
        let settings = self.settings;
        self.connected = true;
        self.silence_ms = 0;
        self.voice_ms += for_ms;
        self.word_ms += for_ms;
        let (voice_ms, word_ms) = (self.voice_ms, self.word_ms);
        let is_word = word_ms >= settings.minimum_word_ms;
        if is_word && !self.in_word {
            self.words += 1;
            self.in_word = true;
        }
        let greeted = self.greeted;
        self.greeted |= is_word;
        let words = self.words;
        if word_ms >= settings.maximum_word_ms.unwrap_or(LONGEST_WORD_MS) {
            Some(Reason::MaxWordLength { word_ms })
        } else if words > settings.maximum_words {
            let most = settings.maximum_words;
            Some(Reason::MaxWords { words, most })
        } else if greeted && voice_ms >= settings.greeting_ms {
            let most_ms = settings.greeting_ms;
            Some(Reason::LongGreeting { voice_ms, most_ms })
        } else {
            None
        }
    }
}
