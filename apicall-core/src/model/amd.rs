//! Answering-machine detection: its parameters and its verdict; and how a greeting ended.

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

text_enum! {
    /// One of the parameters.
    AmdKey as "amd parameter" {
        /// See [`AmdSettings::initial_silence_ms`].
        InitialSilence = "initial_silence_ms",
        /// See [`AmdSettings::greeting_ms`].
        Greeting = "greeting_ms",
        /// See [`AmdSettings::after_greeting_silence_ms`].
        AfterGreetingSilence = "after_greeting_silence_ms",
        /// See [`AmdSettings::total_analysis_ms`].
        TotalAnalysis = "total_analysis_ms",
        /// See [`AmdSettings::minimum_word_ms`].
        MinimumWord = "minimum_word_ms",
        /// See [`AmdSettings::between_words_silence_ms`].
        BetweenWordsSilence = "between_words_silence_ms",
        /// See [`AmdSettings::maximum_words`].
        MaximumWords = "maximum_words",
        /// See [`AmdSettings::silence_threshold`].
        SilenceThreshold = "silence_threshold",
        /// See [`AmdSettings::maximum_word_ms`].
        MaximumWord = "maximum_word_ms",
    }
}

/// The largest value of any.
const MOST: u32 = 32_767;

impl AmdSettings {
    /// The same with another value for one.
    pub fn with(mut self, key: AmdKey, value: u32) -> Result<Self, Invalid> {
        let least = u32::from(key == AmdKey::TotalAnalysis);
        if !(least..=MOST).contains(&value) {
            return Err(Invalid::new(
                key.as_str(),
                value,
                format!("use {least} to {MOST}"),
            ));
        }
        let place = match key {
            AmdKey::InitialSilence => &mut self.initial_silence_ms,
            AmdKey::Greeting => &mut self.greeting_ms,
            AmdKey::AfterGreetingSilence => &mut self.after_greeting_silence_ms,
            AmdKey::TotalAnalysis => &mut self.total_analysis_ms,
            AmdKey::MinimumWord => &mut self.minimum_word_ms,
            AmdKey::BetweenWordsSilence => &mut self.between_words_silence_ms,
            AmdKey::MaximumWords => &mut self.maximum_words,
            AmdKey::SilenceThreshold => &mut self.silence_threshold,
            AmdKey::MaximumWord => self.maximum_word_ms.get_or_insert(0),
        };
        *place = value;
        Ok(self)
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
            .map(|n| n.trim().parse().ok().filter(|n| *n <= MOST))
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

text_enum! {
    /// What in a call speaks against the verdict of its detection.
    Contradiction as "contradiction" {
        /// A machine by the verdict, and a key was pressed that leads somewhere.
        MachinePressed = "machine_pressed",
        /// A machine by the verdict, and it hung up within its own greeting.
        MachineHungUp = "machine_hung_up",
        /// A person by the verdict, who was asked to the last try, pressed nothing, and stayed.
        HumanSilent = "human_silent",
    }
}

impl Contradiction {
    /// Whether the verdict was a machine.
    pub const fn of_machine(self) -> bool {
        matches!(self, Self::MachinePressed | Self::MachineHungUp)
    }
}

text_enum! {
    /// How it ended that a greeting was heard out.
    GreetingEnd as "end of a greeting" {
        /// Nothing more was said for long enough.
        Silence = "silence",
        /// A beep was over, where the switch hears one.
        Beep = "beep",
        /// It did not end in time.
        TooLong = "too_long",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_has_a_name_and_is_changed_alone() {
        let nine: AmdSettings = "1|2|3|4|5|6|7|8|9".parse().expect("nine numbers");
        for (place, key) in AmdKey::ALL.iter().enumerate() {
            let changed = nine.with(*key, 500).expect("a value that fits");
            let mut expected: Vec<_> = nine.numbers().collect();
            expected[place] = 500;
            assert_eq!(changed.numbers().collect::<Vec<_>>(), expected, "{key}");
            nine.with(*key, 32_768).expect_err("too much");
        }
        nine.with(AmdKey::TotalAnalysis, 0).expect_err("no time at all");
    }

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
