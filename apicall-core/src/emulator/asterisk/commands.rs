//! The AGI commands, by their words.

use super::super::machine::CallKey;
use super::amd;
use super::pbx::{Call, Due, Pbx};
use super::silence;
use super::work::Work;
use crate::model::AmdSettings;
use crate::wire::agi::{Reply, words};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// What a command comes to: a reply, or work that takes its time, and how much.
#[derive(Debug)]
enum Outcome {
    Reply(Reply),
    /// An argument that is none.
    Usage,
    Work(Work, Option<Duration>),
    /// A dial, whose arguments these are.
    Dial(String),
}

/// A command, whether a dead channel still takes it, how many arguments it takes, and what it does.
#[derive(Debug)]
struct Entry {
    words: &'static [&'static str],
    when_dead: bool,
    takes: RangeInclusive<usize>,
    run: fn(&mut Pbx, CallKey, &[String], Instant) -> Outcome,
}

const fn entry(
    words: &'static [&'static str],
    when_dead: bool,
    (least, most): (usize, usize),
    run: fn(&mut Pbx, CallKey, &[String], Instant) -> Outcome,
) -> Entry {
    Entry {
        words,
        when_dead,
        takes: least..=most,
        run,
    }
}

/// All commands. Which of them a dead channel takes was recorded (`agi_wait_digit_hangup`).
const COMMANDS: [Entry; 13] = [
    entry(&["ANSWER"], false, (0, 9), Pbx::agi_answer),
    entry(&["CHANNEL", "STATUS"], false, (0, 1), Pbx::agi_channel_status),
    entry(&["EXEC"], true, (1, 9), Pbx::agi_exec),
    entry(&["GET", "DATA"], false, (1, 3), Pbx::agi_get_data),
    entry(
        &["GET", "FULL", "VARIABLE"],
        true,
        (1, 2),
        Pbx::agi_get_full_variable,
    ),
    entry(&["GET", "VARIABLE"], true, (1, 1), Pbx::agi_get_variable),
    entry(&["HANGUP"], false, (0, 1), Pbx::agi_hang_up),
    entry(&["NOOP"], true, (0, 99), Pbx::agi_noop),
    entry(&["RECORD", "FILE"], false, (4, 8), Pbx::agi_record),
    entry(&["SET", "VARIABLE"], true, (2, 2), Pbx::agi_set_variable),
    entry(&["STREAM", "FILE"], false, (2, 3), Pbx::agi_stream),
    entry(&["VERBOSE"], true, (1, 2), Pbx::agi_verbose),
    entry(&["WAIT", "FOR", "DIGIT"], false, (1, 1), Pbx::agi_wait_for_digit),
];

const DEAD: &str = "Command Not Permitted on a dead channel or intercept routine";

fn found(words: &[String]) -> Option<(&'static Entry, &[String])> {
    let fits = |entry: &&Entry| {
        let given = words.get(..entry.words.len());
        given.is_some_and(|given| {
            given
                .iter()
                .zip(entry.words)
                .all(|(a, b)| a.eq_ignore_ascii_case(b))
        })
    };
    let entry = COMMANDS.iter().find(fits)?;
    Some((entry, &words[entry.words.len()..]))
}

fn usage(entry: &Entry) -> Reply {
    let name = entry.words.join(" ");
    let (least, most) = (entry.takes.start(), entry.takes.end());
    let text = format!(
        "Invalid command syntax.  Proper usage follows:\n{name} takes {least} to {most} arguments.\nEnd of proper usage."
    );
    Reply::refusal(520, &text)
}

impl Pbx {
    /// Carries a command out; its reply, unless it takes its time.
    pub(super) fn carry_out(&mut self, key: CallKey, turn: u32, line: &str, now: Instant) -> Option<Reply> {
        let words = words(line);
        let Some((entry, arguments)) = found(&words) else {
            return Some(Reply::refusal(510, "Invalid or unknown command"));
        };
        let dead = self.calls.get(&key).is_none_or(|call| call.dead);
        if dead && !entry.when_dead {
            return Some(Reply::refusal(511, DEAD));
        }
        if !entry.takes.contains(&arguments.len()) {
            return Some(usage(entry));
        }
        let (work, lasts) = match (entry.run)(self, key, arguments, now) {
            Outcome::Reply(reply) => return Some(reply),
            Outcome::Usage => return Some(usage(entry)),
            Outcome::Work(work, lasts) => (work, lasts),
            Outcome::Dial(arguments) => {
                if let Some(reply) = self.dial(key, &arguments, now) {
                    return Some(reply);
                }
                (Work::Dial, None)
            }
        };
        let call = self.calls.get_mut(&key)?;
        if let Some(running) = call.agi.as_mut().and_then(|agi| agi.running.as_mut()) {
            running.work = work;
        }
        if let Some(lasts) = lasts {
            self.alarm(key, now + lasts, Due::Command(turn));
        }
        None
    }

    fn agi_answer(&mut self, _key: CallKey, _arguments: &[String], _now: Instant) -> Outcome {
        Outcome::Reply(Reply::of(0))
    }

    fn agi_noop(&mut self, _key: CallKey, _arguments: &[String], _now: Instant) -> Outcome {
        Outcome::Reply(Reply::of(0))
    }

    fn agi_verbose(&mut self, _key: CallKey, _arguments: &[String], _now: Instant) -> Outcome {
        Outcome::Reply(Reply::of(1))
    }

    fn agi_channel_status(&mut self, key: CallKey, arguments: &[String], _now: Instant) -> Outcome {
        let call = self.calls.get(&key);
        let named = |name: &String| call.is_some_and(|call| call.first.name == *name);
        let there = arguments.first().is_none_or(named);
        Outcome::Reply(match call {
            Some(call) if there => Reply::of(call.first.state.number()),
            _ => Reply::of(-1),
        })
    }

    fn agi_hang_up(&mut self, key: CallKey, arguments: &[String], now: Instant) -> Outcome {
        let Some(call) = self.calls.get(&key) else {
            return Outcome::Reply(Reply::of(-1));
        };
        if arguments.first().is_some_and(|name| call.first.name != *name) {
            return Outcome::Reply(Reply::of(-1));
        }
        self.desk.soft_hangup_requested(&call.first, 32);
        self.die(key, now);
        Outcome::Reply(Reply::of(1))
    }

    fn agi_get_variable(&mut self, key: CallKey, arguments: &[String], _now: Instant) -> Outcome {
        let value = self.calls.get(&key).and_then(|call| call.variable(&arguments[0]));
        Outcome::Reply(match value {
            Some(value) => Reply::of(1).with(&value),
            None => Reply::of(0),
        })
    }

    fn agi_get_full_variable(&mut self, key: CallKey, arguments: &[String], _now: Instant) -> Outcome {
        let call = self.calls.get(&key);
        let named = |call: &&Call| arguments.get(1).is_none_or(|name| call.first.name == *name);
        let Some(call) = call.filter(named) else {
            return Outcome::Reply(Reply::of(0));
        };
        let (mut text, mut rest) = (String::new(), arguments[0].as_str());
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(&call.variable(name).unwrap_or_default());
            rest = after;
        }
        text.push_str(rest);
        Outcome::Reply(Reply::of(1).with(&text))
    }

    fn agi_set_variable(&mut self, key: CallKey, arguments: &[String], _now: Instant) -> Outcome {
        if let Some(call) = self.calls.get_mut(&key) {
            call.set_variable(&arguments[0], &arguments[1]);
            self.desk.variable_set(&call.first, &arguments[0], &arguments[1]);
        }
        Outcome::Reply(Reply::of(1))
    }

    fn agi_stream(&mut self, key: CallKey, arguments: &[String], now: Instant) -> Outcome {
        let Some(length) = self.config.sounds.length(&arguments[0]) else {
            return Outcome::Reply(Reply::of(-1).at(0));
        };
        self.act_upon(key, &arguments[0], now);
        let escape = arguments[1].clone();
        Outcome::Work(Work::Stream { length, escape }, Some(length))
    }

    fn agi_get_data(&mut self, key: CallKey, arguments: &[String], now: Instant) -> Outcome {
        let Some(length) = self.config.sounds.length(&arguments[0]) else {
            return Outcome::Reply(Reply::of(-1));
        };
        self.act_upon(key, &arguments[0], now);
        let number = |place: usize| arguments.get(place).and_then(|text| text.parse::<u64>().ok());
        let work = Work::Data {
            playing: true,
            keys: String::new(),
            most: number(2)
                .and_then(|most| usize::try_from(most).ok())
                .unwrap_or(1_024),
            pause: Duration::from_millis(number(1).unwrap_or(6_000)),
        };
        Outcome::Work(work, Some(length))
    }

    fn agi_wait_for_digit(&mut self, _key: CallKey, arguments: &[String], _now: Instant) -> Outcome {
        match arguments[0].parse::<i64>() {
            Ok(timeout) => {
                let limit = u64::try_from(timeout).ok().map(Duration::from_millis);
                Outcome::Work(Work::Key, limit)
            }
            Err(_) => Outcome::Usage,
        }
    }

    /// `RECORD FILE name format escape timeout [offset] [BEEP] [s=silence]`. Silence ends it when nobody speaks, and
    /// after the answer's greeting nobody does.
    fn agi_record(&mut self, _key: CallKey, arguments: &[String], _now: Instant) -> Outcome {
        if !["wav", "gsm", "ulaw", "alaw", "sln", "wav49"].contains(&arguments[1].as_str()) {
            return Outcome::Reply(Reply::of(-1).with("writefile"));
        }
        let silence = arguments[4..]
            .iter()
            .find_map(|argument| argument.strip_prefix("s="));
        let silence = silence
            .and_then(|seconds| seconds.parse().ok())
            .map(Duration::from_secs);
        let longest = arguments[3]
            .parse::<i64>()
            .ok()
            .and_then(|ms| u64::try_from(ms).ok());
        let longest = longest.map(Duration::from_millis);
        let work = Work::Record {
            escape: arguments[2].clone(),
        };
        Outcome::Work(work, longest.into_iter().chain(silence).min())
    }

    fn agi_exec(&mut self, key: CallKey, arguments: &[String], now: Instant) -> Outcome {
        let data = arguments.get(1).map_or("", String::as_str);
        match arguments[0].to_ascii_lowercase().as_str() {
            "amd" => self.exec_amd(key, data, now),
            "dial" => Outcome::Dial(data.to_owned()),
            "waitforsilence" => self.exec_wait_for_silence(key, data, now),
            "playback" => self.exec_playback(key, data, now),
            "wait" => {
                let dead = self.calls.get(&key).is_none_or(|call| call.dead);
                let wait = data
                    .parse()
                    .ok()
                    .and_then(|s| Duration::try_from_secs_f64(s).ok());
                match wait {
                    Some(wait) if !dead => Outcome::Work(Work::Wait, Some(wait)),
                    _ => Outcome::Reply(Reply::of(0)),
                }
            }
            "hangup" => {
                if let Some(call) = self.calls.get_mut(&key) {
                    call.first.cause = data.parse().unwrap_or(16);
                    call.first.tech = (call.first.cause == 17).then_some(486);
                }
                self.die(key, now);
                Outcome::Reply(Reply::of(-1))
            }
            "answer" | "verbose" | "noop" | "progress" | "ringing" | "dumpchan" => {
                Outcome::Reply(Reply::of(0))
            }
            // No such application.
            _ => Outcome::Reply(Reply::of(-2)),
        }
    }

    fn exec_amd(&mut self, key: CallKey, data: &str, now: Instant) -> Outcome {
        let Some(call) = self.calls.get_mut(&key) else {
            return Outcome::Reply(Reply::of(0));
        };
        // Whoever has left already says nothing more (docs/lab.md, callee 07).
        if call.dead {
            call.set_variable("AMDSTATUS", "HANGUP");
            call.set_variable("AMDCAUSE", "");
            return Outcome::Reply(Reply::of(0));
        }
        let settings = amd_settings(data);
        let verdict = amd::listen(call.first.course.says(), call.first.up_for_ms(now), settings);
        let took = Duration::from_millis(verdict.took_ms.into());
        Outcome::Work(Work::Listen(verdict), Some(took))
    }

    fn exec_wait_for_silence(&mut self, key: CallKey, data: &str, now: Instant) -> Outcome {
        let Some(call) = self.calls.get_mut(&key) else {
            return Outcome::Reply(Reply::of(0));
        };
        if call.dead {
            call.set_variable("WAITSTATUS", "HANGUP");
            return Outcome::Reply(Reply::of(0));
        }
        let waited = silence::wait(call.first.course.says(), call.first.up_for_ms(now), data);
        let took = Duration::from_millis(waited.took_ms);
        Outcome::Work(Work::Hush(waited), Some(took))
    }

    fn exec_playback(&mut self, key: CallKey, data: &str, now: Instant) -> Outcome {
        let files = data.split(',').next().unwrap_or_default().split('&');
        let lengths: Vec<_> = files
            .clone()
            .map(|file| self.config.sounds.length(file))
            .collect();
        let all: Option<Duration> = lengths.into_iter().sum();
        let dead = self.calls.get(&key).is_none_or(|call| call.dead);
        // Nobody is left to hear it: it fails at once, and that is no error of the command (`app_playback.c`).
        let all = all.filter(|_| !dead);
        let status = if all.is_some() { "SUCCESS" } else { "FAILED" };
        if let Some(call) = self.calls.get_mut(&key) {
            call.set_variable("PLAYBACKSTATUS", status);
        }
        match all {
            Some(length) => {
                for file in files {
                    self.act_upon(key, file, now);
                }
                Outcome::Work(Work::Playback, Some(length))
            }
            None => Outcome::Reply(Reply::of(0)),
        }
    }
}

/// The parameters of `AMD()`, of which any may be missing; then those of `amd.conf` as it is shipped hold.
fn amd_settings(data: &str) -> AmdSettings {
    let mut values = AmdSettings {
        after_greeting_silence_ms: 800,
        maximum_words: 3,
        ..AmdSettings::default()
    }
    .values();
    for (value, given) in values.iter_mut().zip(data.split(',')) {
        if let Ok(given) = given.trim().parse() {
            *value = given;
        }
    }
    let [initial, greeting, after, total, word, between, words, threshold] = values;
    let longest_word = data.split(',').nth(8);
    AmdSettings {
        initial_silence_ms: initial,
        greeting_ms: greeting,
        after_greeting_silence_ms: after,
        total_analysis_ms: total,
        minimum_word_ms: word,
        between_words_silence_ms: between,
        maximum_words: words,
        silence_threshold: threshold,
        maximum_word_ms: longest_word.and_then(|given| given.trim().parse().ok()),
    }
}
