//! Answering-machine detection: its parameters and its verdict.

use super::Invalid;
use super::text::{serde_as_text, text_enum};
use std::fmt;
use std::str::FromStr;

/// The parameters of Asterisk's `AMD()`, in its order, durations in milliseconds.
///
/// Text form: `default`, which is Asterisk's own, or eight numbers between bars, as in the default `2500|1500|1000|5000|100|50|4|256`, or nine; commas are
/// read as well. Source: `AMD` application, Asterisk 16 and 22.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AmdSettings {
    /// Silence before anything is said that makes it a machine.
    pub initial_silence_ms: u32,
    /// A greeting longer than this is a machine's.
    pub greeting_ms: u32,
    /// Silence after a greeting that makes it a human.
    pub after_greeting_silence_ms: u32,
    /// Time after which the verdict is unsure.
    pub total_analysis_ms: u32,
    /// Shortest sound that counts as a word.
    pub minimum_word_ms: u32,
    /// Silence that separates two words.
    pub between_words_silence_ms: u32,
    /// More words than this are a machine's.
    pub maximum_words: u32,
    /// Loudness, 0 to 32767, below which it is silence.
    pub silence_threshold: u32,
    /// A word as long as this is a machine's; when absent, what the switch holds to be too long.
    pub maximum_word_ms: Option<u32>,
}

impl AmdSettings {
    /// All that are given, in Asterisk's order.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.values().into_iter().chain(self.maximum_word_ms)
    }

    /// The eight that always are, in Asterisk's order.
    pub const fn values(&self) -> [u32; 8] {
        [
            self.initial_silence_ms,
            self.greeting_ms,
            self.after_greeting_silence_ms,
            self.total_analysis_ms,
            self.minimum_word_ms,
            self.between_words_silence_ms,
            self.maximum_words,
            self.silence_threshold,
        ]
    }
}

impl Default for AmdSettings {
    fn default() -> Self {
        Self {
            initial_silence_ms: 2500,
            greeting_ms: 1500,
            after_greeting_silence_ms: 1000,
            total_analysis_ms: 5000,
            minimum_word_ms: 100,
            between_words_silence_ms: 50,
            maximum_words: 4,
            silence_threshold: 256,
            maximum_word_ms: None,
        }
    }
}

/// The word for the parameters that Asterisk has when none are given.
const DEFAULT: &str = "default";

impl FromStr for AmdSettings {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refusal = || {
            Invalid::new(
                "amd setting",
                text,
                "use default, or give eight numbers between bars, as in 2500|1500|1000|5000|100|50|4|256, or a ninth for the longest \
                 word, each at most 32767",
            )
        };
        if text == DEFAULT {
            return Ok(Self::default());
        }
        let numbers: Option<Vec<u32>> = text
            .split(['|', ','])
            .map(|n| n.trim().parse().ok().filter(|n| *n <= 32_767))
            .collect();
        let numbers = numbers.ok_or_else(refusal)?;
        let (eight, ninth) = numbers.split_at_checked(8).ok_or_else(refusal)?;
        match (eight, ninth) {
            (&[initial, greeting, after, total, word, between, words, threshold], [] | [_]) if total > 0 => {
                Ok(Self {
                    initial_silence_ms: initial,
                    greeting_ms: greeting,
                    after_greeting_silence_ms: after,
                    total_analysis_ms: total,
                    minimum_word_ms: word,
                    between_words_silence_ms: between,
                    maximum_words: words,
                    silence_threshold: threshold,
                    maximum_word_ms: ninth.first().copied(),
                })
            }
            _ => Err(refusal()),
        }
    }
}

impl fmt::Display for AmdSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<_> = self.numbers().map(|n| n.to_string()).collect();
        f.write_str(&numbers.join("|"))
    }
}

serde_as_text!(AmdSettings, { "type": "string", "pattern": "^(default| *[0-9]+ *([|,] *[0-9]+ *){7,8})$" });

text_enum! {
    /// What detection heard.
    AmdVerdict as "detection verdict" {
        /// A person.
        Human = "human",
        /// A machine; silence counts as one.
        Machine = "machine",
        /// Not enough to tell.
        Unsure = "unsure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_numbers_or_nine_are_read_and_written_alike() {
        let eight: AmdSettings = "2500,1500, 1000|5000|100|50|4|256"
            .parse()
            .expect("eight numbers");
        assert_eq!(eight, AmdSettings::default());
        assert_eq!(eight.to_string(), "2500|1500|1000|5000|100|50|4|256");
        let nine: AmdSettings = "2500|1500|1000|5000|100|50|4|256|700"
            .parse()
            .expect("nine numbers");
        assert_eq!(nine.maximum_word_ms, Some(700));
        assert_eq!(nine.to_string(), "2500|1500|1000|5000|100|50|4|256|700");
        for refused in [
            "",
            "2500|1500|1000|5000|100|50|4",
            "2500|1500|1000|5000|100|50|4|256|700|1",
            "2500|1500|1000|0|100|50|4|256",
            "2500|1500|1000|5000|100|50|4|32768",
            "2500|1500|1000|5000|100|50|4|-1",
        ] {
            refused.parse::<AmdSettings>().expect_err(refused);
        }
    }
}
