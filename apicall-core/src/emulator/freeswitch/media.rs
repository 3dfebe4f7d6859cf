//! Playing and recording: durations, and what is told of them.

use super::super::machine::CallKey;
use super::applications::Work;
use super::channel::Channel;
use super::events::Desk;
use super::pbx::{Due, Pbx};
use super::strings::split;
use crate::model::Greeting;
use std::time::{Duration, Instant};

const SAMPLES_PER_MS: u64 = 8;
const WAV_HEAD_BYTES: u64 = 44;

impl Pbx {
    pub(super) fn play(&mut self, key: CallKey, path: &str, now: Instant) {
        if let Some(length) = self.sound_begins(key, path, now) {
            return self.busy(key, Work::Play(path.to_owned()), Some(length), now);
        }
        if let Some(channel) = self.channels.get_mut(&key) {
            channel
                .variables
                .set("current_application_response", "FILE NOT FOUND");
        }
        self.complete(key, now);
    }

    /// A file begins to be played; how long it is, unless it is not there.
    pub(super) fn sound_begins(&mut self, key: CallKey, path: &str, now: Instant) -> Option<Duration> {
        let sound = self.config.sound_of(path).to_owned();
        let length = tone(path).or_else(|| self.config.sounds.length(&sound))?;
        let channel = self.channels.get_mut(&key)?;
        let shown = [("Playback-File-Path", path)];
        self.desk.of("PLAYBACK_START", channel, &shown);
        if let Some((after, place)) = channel.course.upon(&sound) {
            self.alarm(key, now + after, Due::Act(place));
        }
        Some(length)
    }

    /// `record PATH [SECONDS [ENERGY [SILENT_SECONDS]]]`. Silence ends it: after the greeting nobody speaks.
    pub(super) fn record(&mut self, key: CallKey, argument: &str, now: Instant) {
        let words = split(argument, ' ', 4);
        let seconds = |place: usize| {
            let seconds = words
                .get(place)
                .and_then(|word| word.trim_start_matches('+').parse().ok());
            seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs)
        };
        let path = words.first().cloned().unwrap_or_default();
        let time = seconds(1).into_iter().chain(seconds(3)).min();
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        channel.variables.set("silence_hits_exhausted", "false");
        channel.reads_as("L16");
        let shown = [("Record-File-Path", path.as_str())];
        self.desk.of("RECORD_START", channel, &shown);
        self.busy(key, Work::Record(path), time, now);
    }

    /// The innermost application stops doing what it did.
    pub(super) fn say_stopped(&mut self, key: CallKey, how: &str, response: &str, now: Instant) {
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        let Some(running) = channel.running.last() else {
            return;
        };
        let ms = u64::try_from(running.took(now).as_millis()).unwrap_or(u64::MAX);
        match running.work.clone() {
            Work::Play(path) => {
                self.desk.played(channel, &path, how, ms);
                channel.variables.set("current_application_response", response);
            }
            Work::Gather(gather) => {
                if let Some(path) = gather.plays() {
                    self.desk.played(channel, path, how, ms);
                }
            }
            Work::Record(path) => {
                let heard = channel.course.says() != Greeting::Nothing;
                channel.recorded(if heard { ms } else { 0 });
                let shown = [("Record-File-Path", path.as_str())];
                self.desk.of("RECORD_STOP", channel, &shown);
                channel.reads_as("PCMU");
            }
            Work::Park { .. } => self.desk.of("CHANNEL_UNPARK", channel, &[]),
            Work::Instant | Work::Connect | Work::Sleep | Work::Bridge(_) => {}
        }
    }
}

impl Desk {
    /// A file is not played any more.
    fn played(&mut self, channel: &mut Channel, path: &str, how: &str, ms: u64) {
        channel.played(ms);
        let shown = [("Playback-File-Path", path), ("Playback-Status", how)];
        self.of("PLAYBACK_STOP", channel, &shown);
    }
}

impl Channel {
    fn played(&mut self, ms: u64) {
        let samples = ms * SAMPLES_PER_MS;
        for (name, value) in [
            ("playback_last_offset_pos", samples),
            ("playback_seconds", ms / 1_000),
            ("playback_ms", ms),
            ("playback_samples", samples),
        ] {
            self.variables.set(name, value.to_string());
        }
    }

    fn recorded(&mut self, ms: u64) {
        let samples = ms * SAMPLES_PER_MS;
        let bytes = WAV_HEAD_BYTES + samples * 2;
        for (name, value) in [
            ("record_record_file_size", bytes),
            ("record_file_size", bytes),
            ("record_seconds", ms / 1_000),
            ("record_ms", ms),
            ("record_samples", samples),
        ] {
            self.variables.set(name, value.to_string());
        }
    }

    fn reads_as(&mut self, codec: &'static str) {
        self.read_codec = Some(codec);
        self.variables.set("read_codec", codec);
        self.variables.set("read_rate", "8000");
    }
}

/// How long a tone lasts: `tone_stream://%(MS,…)` or `silence_stream://MS`.
fn tone(path: &str) -> Option<Duration> {
    let text = path
        .strip_prefix("tone_stream://%(")
        .or_else(|| path.strip_prefix("silence_stream://"))?;
    let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_millis)
}
