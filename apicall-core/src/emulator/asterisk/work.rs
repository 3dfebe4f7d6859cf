//! AGI commands that take their time: what ends them, and with which reply.

use super::super::machine::CallKey;
use super::amd::Verdict;
use super::pbx::{Due, Pbx};
use super::silence::Waited;
use crate::wire::agi::Reply;
use std::time::{Duration, Instant};

/// Samples a second; positions are told in whole frames of 20 ms.
const SAMPLE_RATE: u64 = 8_000;
const FRAME_SAMPLES: u64 = 160;

/// What a command is busy with.
#[derive(Debug)]
pub(super) enum Work {
    /// Nothing: its reply follows at once.
    Instant,
    /// A sound, which these keys stop.
    Stream { length: Duration, escape: String },
    /// A sound, and keys until there are enough, `#`, or a pause.
    Data {
        playing: bool,
        keys: String,
        most: usize,
        pause: Duration,
    },
    /// One key.
    Key,
    /// A recording, which these keys stop.
    Record { escape: String },
    /// Detection, whose verdict is known.
    Listen(Verdict),
    /// Waiting for silence, whose end is known.
    Hush(Waited),
    /// A second leg, which has its own ways to end.
    Dial,
    /// Sounds of the application `Playback`.
    Playback,
    /// Time alone.
    Wait,
}

/// Samples of that time, in whole frames.
fn samples(time: Duration) -> u64 {
    let samples = u64::try_from(time.as_millis()).unwrap_or(u64::MAX) * SAMPLE_RATE / 1_000;
    samples - samples % FRAME_SAMPLES
}

/// The whole of a sound, which need not end with a frame.
fn all_samples(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX) * SAMPLE_RATE / 1_000
}

impl Pbx {
    /// The caller has pressed a key. While no command wants keys it is lost, as on a real channel.
    pub(super) fn key_pressed(&mut self, key: CallKey, pressed: char, now: Instant) {
        let Some(call) = self.calls.get_mut(&key).filter(|call| !call.dead) else {
            return;
        };
        self.desk.key_pressed(&call.first, pressed, 100);
        let Some(running) = call.agi.as_mut().and_then(|agi| agi.running.as_mut()) else {
            return;
        };
        let played = samples(now - running.began_at);
        let code = u32::from(pressed);
        let reply = match &mut running.work {
            Work::Stream { escape, .. } if escape.contains(pressed) => Reply::of(code).at(played),
            Work::Record { escape } if escape.contains(pressed) => Reply::of(code).with("dtmf").at(played),
            Work::Key => Reply::of(code),
            Work::Data { keys, .. } if pressed == '#' => Reply::of(keys),
            Work::Data {
                playing,
                keys,
                most,
                pause,
            } => {
                *playing = false;
                keys.push(pressed);
                if keys.len() < *most {
                    let pause = *pause;
                    return self.next_turn(key, now + pause);
                }
                Reply::of(keys)
            }
            _ => return,
        };
        self.finish_command(key, &reply, now);
    }

    /// Sets the alarm of the command under way anew; an earlier one is of no more account.
    fn next_turn(&mut self, key: CallKey, at: Instant) {
        self.commands = self.commands.wrapping_add(1);
        let turn = self.commands;
        let call = self.calls.get_mut(&key);
        if let Some(running) = call.and_then(|call| call.agi.as_mut()?.running.as_mut()) {
            running.turn = turn;
            self.alarm(key, at, Due::Command(turn));
        }
    }

    /// A command's own time is over.
    pub(super) fn command_over(&mut self, key: CallKey, turn: u32, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let agi = call.agi.as_mut();
        let Some(running) = agi
            .and_then(|agi| agi.running.as_mut())
            .filter(|running| running.turn == turn)
        else {
            return;
        };
        let took = now - running.began_at;
        let reply = match &mut running.work {
            Work::Stream { length, .. } => Reply::of(0).at(all_samples(*length)),
            Work::Data { playing, pause, .. } if *playing => {
                *playing = false;
                let pause = *pause;
                return self.next_turn(key, now + pause);
            }
            Work::Data { keys, .. } => Reply::of(keys).with("timeout"),
            Work::Record { .. } => Reply::of(0).with("timeout").at(samples(took)),
            Work::Listen(verdict) => {
                let (status, cause) = (verdict.status, verdict.cause.clone());
                call.set_variable("AMDSTATUS", status);
                call.set_variable("AMDCAUSE", &cause);
                Reply::of(0)
            }
            Work::Hush(waited) => {
                let status = waited.status;
                call.set_variable("WAITSTATUS", status);
                Reply::of(0)
            }
            Work::Key | Work::Playback | Work::Wait => Reply::of(0),
            Work::Instant | Work::Dial => return,
        };
        self.finish_command(key, &reply, now);
    }

    /// The channel was hung up under a command.
    pub(super) fn break_off(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(running) = call.agi.as_ref().and_then(|agi| agi.running.as_ref()) else {
            return;
        };
        let played = samples(now - running.began_at);
        let reply = match &running.work {
            // It is still being carried out: its reply comes first.
            Work::Instant => return,
            Work::Stream { .. } => Reply::of(-1).at(played),
            Work::Record { .. } => Reply::of(-1).with("hangup").at(played),
            Work::Listen(_) => {
                call.set_variable("AMDSTATUS", "HANGUP");
                call.set_variable("AMDCAUSE", "");
                Reply::of(0)
            }
            Work::Hush(_) => {
                call.set_variable("WAITSTATUS", "HANGUP");
                Reply::of(0)
            }
            Work::Playback => {
                call.set_variable("PLAYBACKSTATUS", "FAILED");
                Reply::of(0)
            }
            Work::Data { .. } | Work::Key | Work::Dial | Work::Wait => Reply::of(-1),
        };
        self.finish_command(key, &reply, now);
    }
}
