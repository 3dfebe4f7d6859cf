//! `play_and_get_digits`: a prompt, keys, and another try (recording `play_and_get_digits`).

use super::super::machine::CallKey;
use super::applications::Work;
use super::pbx::Pbx;
use super::strings::split;
use regex::Regex;
use std::time::{Duration, Instant};

/// What is gathered, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gather {
    least: usize,
    most: usize,
    tries: u32,
    timeout: Duration,
    next_timeout: Duration,
    terminators: String,
    prompt: String,
    invalid: String,
    variable: String,
    pattern: String,
    keys: String,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Prompt,
    Keys,
    Invalid,
}

impl Gather {
    /// `MIN MAX TRIES TIMEOUT TERMINATORS PROMPT INVALID [VARIABLE [PATTERN [DIGIT_TIMEOUT]]]`
    fn parse(argument: &str) -> Option<Self> {
        let words = split(argument, ' ', 10);
        let word = |place: usize| words.get(place).cloned();
        let ms = |place| Some(Duration::from_millis(word(place)?.parse().ok()?));
        let timeout = ms(3)?;
        Some(Self {
            least: word(0)?.parse().ok()?,
            most: word(1)?.parse().ok()?,
            tries: word(2)?.parse().ok()?,
            timeout,
            next_timeout: ms(9).unwrap_or(timeout),
            terminators: word(4)?,
            prompt: word(5)?,
            invalid: word(6)?,
            variable: word(7).unwrap_or_default(),
            pattern: word(8).unwrap_or_else(|| ".*".to_owned()),
            keys: String::new(),
            stage: Stage::Prompt,
        })
    }

    /// The file that is being played.
    pub(super) fn plays(&self) -> Option<&str> {
        match self.stage {
            Stage::Prompt => Some(&self.prompt),
            Stage::Keys => None,
            Stage::Invalid => Some(&self.invalid),
        }
    }

    fn is_good(&self) -> bool {
        let matches = Regex::new(&self.pattern).is_ok_and(|pattern| pattern.is_match(&self.keys));
        self.keys.len() >= self.least && matches
    }
}

impl Pbx {
    pub(super) fn gather(&mut self, key: CallKey, argument: &str, now: Instant) {
        let Some(gather) = Gather::parse(argument) else {
            return self.complete(key, now);
        };
        if let Some(channel) = self.channels.get_mut(&key) {
            channel.variables.unset("read_result");
            channel.variables.unset(&gather.variable);
        }
        self.go_on(key, gather, Stage::Prompt, now);
    }

    /// Its time is over: a file has ended, or nothing more was pressed.
    pub(super) fn gather_over(&mut self, key: CallKey, gather: Gather, now: Instant) {
        match gather.stage {
            Stage::Prompt => {
                self.say_stopped(key, "done", "", now);
                self.go_on(key, gather, Stage::Keys, now);
            }
            Stage::Keys => self.judge(key, gather, now),
            Stage::Invalid => {
                self.say_stopped(key, "done", "", now);
                self.try_again(key, gather, now);
            }
        }
    }

    /// The callee has pressed a key meanwhile.
    pub(super) fn gather_key(&mut self, key: CallKey, mut gather: Gather, pressed: char, now: Instant) {
        if gather.stage != Stage::Keys {
            self.say_stopped(key, "break", "", now);
        }
        let last = gather.terminators.contains(pressed);
        match self.channels.get_mut(&key) {
            Some(channel) if last => channel.variables.set("read_terminator_used", pressed),
            _ => gather.keys.push(pressed),
        }
        if last || gather.keys.len() >= gather.most {
            self.judge(key, gather, now);
        } else {
            self.go_on(key, gather, Stage::Keys, now);
        }
    }

    fn judge(&mut self, key: CallKey, gather: Gather, now: Instant) {
        let good = gather.is_good();
        if let Some(channel) = self.channels.get_mut(&key) {
            let result = if good { "success" } else { "failure" };
            channel.variables.set("read_result", result);
            if good {
                channel.variables.set(&gather.variable, gather.keys.clone());
            }
        }
        if good {
            self.complete(key, now);
        } else {
            self.go_on(key, gather, Stage::Invalid, now);
        }
    }

    fn try_again(&mut self, key: CallKey, mut gather: Gather, now: Instant) {
        gather.tries = gather.tries.saturating_sub(1);
        gather.keys.clear();
        if gather.tries == 0 {
            self.complete(key, now);
        } else {
            self.go_on(key, gather, Stage::Prompt, now);
        }
    }

    fn go_on(&mut self, key: CallKey, mut gather: Gather, stage: Stage, now: Instant) {
        gather.stage = stage;
        let time = match gather.plays() {
            Some(path) => self.sound_begins(key, path, now),
            None if gather.keys.is_empty() => Some(gather.timeout),
            None => Some(gather.next_timeout),
        };
        // A file that is not there is over at once.
        let time = time.unwrap_or_default();
        self.busy(key, Work::Gather(Box::new(gather)), Some(time), now);
    }
}
