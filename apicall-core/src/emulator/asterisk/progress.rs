//! A leg between dialing and its end: what the callee does, and when nobody waits any longer.

use super::channel::{Channel, Stage, State, dial_status};
use super::config::Version;
use super::pbx::{CallKey, Due, Pbx, Side};
use crate::model::{Callee, Deed, Response};
use rand::RngExt;
use std::time::{Duration, Instant};

/// After this SIP gives up on a request that nobody answers (timer B), and Asterisk calls it 408.
const SIP_GIVES_UP: Duration = Duration::from_secs(32);
/// How long a key is held, and how long a hand takes to the next.
const KEY_HELD: Duration = Duration::from_millis(100);
const KEY_TO_KEY: Duration = Duration::from_millis(200);

/// How long it is silent at first.
pub(super) fn first_wait(callee: &Callee) -> Duration {
    match callee.response {
        Response::Swallowed => SIP_GIVES_UP,
        _ => millis(callee.delay_ms),
    }
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// What comes next on the way to an answer.
enum Step {
    Ring,
    EarlyMedia,
    Answer,
    Refuse(u16),
    Nothing,
}

fn next_step(leg: &Channel) -> Step {
    let callee = &leg.callee;
    match (leg.stage, callee.response) {
        (Stage::Queued | Stage::Decided, _) => Step::Nothing,
        (_, Response::Swallowed) => Step::Refuse(408),
        (Stage::Silent, _) if callee.ring_ms > 0 => Step::Ring,
        (Stage::Silent | Stage::Rung, _) if callee.early_media_ms > 0 => Step::EarlyMedia,
        (_, Response::Answer) => Step::Answer,
        (_, Response::Refuse(status)) => Step::Refuse(status),
        (_, Response::NoAnswer) => Step::Nothing,
    }
}

impl Pbx {
    /// The callee's next step.
    pub(super) fn proceed(&mut self, key: CallKey, side: Side, now: Instant) {
        let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.leg(side)) else {
            return;
        };
        match next_step(leg) {
            Step::Nothing => {}
            Step::Ring => {
                leg.stage = Stage::Rung;
                let lasts = millis(leg.callee.ring_ms);
                self.ring(key, side);
                self.alarm(key, now + lasts, Due::Next(side));
            }
            Step::EarlyMedia => {
                leg.stage = Stage::Early;
                let lasts = millis(leg.callee.early_media_ms);
                self.tell_state(key, side, "PROGRESS");
                self.alarm(key, now + lasts, Due::Next(side));
            }
            Step::Answer => {
                leg.stage = Stage::Decided;
                leg.acted = vec![false; leg.callee.acts.len()];
                match side {
                    Side::First => self.first_answered(key, now),
                    Side::Second(_) => self.second_answered(key, now),
                }
            }
            Step::Refuse(status) => match side {
                Side::First => self.first_refused(key, status),
                Side::Second(_) => self.second_refused(key, status, now),
            },
        }
    }

    /// Two signs of ringing, in an order that varies.
    fn ring(&mut self, key: CallKey, side: Side) {
        let state_first = self.random.random_bool(0.3);
        if state_first {
            self.tell_state(key, side, "RINGING");
        }
        if let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.leg(side)) {
            leg.state = State::Ringing;
            self.desk.new_state(leg);
        }
        if !state_first {
            self.tell_state(key, side, "RINGING");
        }
    }

    fn tell_state(&mut self, key: CallKey, side: Side, status: &str) {
        if let Some((caller, callee)) = self.calls.get(&key).and_then(|call| call.legs(side)) {
            self.desk.dial_state(caller, callee, status);
        }
    }

    /// The time to answer is over.
    pub(super) fn give_up(&mut self, key: CallKey, side: Side, now: Instant) {
        let version = self.config.version;
        let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.leg(side)) else {
            return;
        };
        if matches!(leg.stage, Stage::Queued | Stage::Decided) {
            return;
        }
        leg.stage = Stage::Decided;
        match side {
            Side::First => {
                if version == Version::V22 {
                    (leg.cause, leg.tech) = (19, Some(480));
                }
                self.first_failed(key, None, 3);
            }
            Side::Second(_) => self.second_not_answered(key, now),
        }
    }

    /// Somebody on our side ends the call.
    pub(super) fn hang_up(&mut self, key: CallKey, cause: u16, now: Instant) {
        let Some(call) = self.calls.get_mut(&key).filter(|call| !call.dead) else {
            return;
        };
        if cause != 0 {
            call.first.cause = cause;
        }
        if call.first.state == State::Up {
            return self.die(key, now);
        }
        call.first.stage = Stage::Decided;
        // Busy is told to the far end, and by 22 in its words (a hang-up with cause 17 while it rings).
        call.first.tech = (cause == 17).then_some(486);
        self.first_failed(key, Some(dial_status(cause)), 0);
    }

    /// Schedules what a callee does at times after the answer.
    pub(super) fn act_unprompted(&mut self, key: CallKey, side: Side, now: Instant) {
        let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.leg(side)) else {
            return;
        };
        let callee = leg.callee.clone();
        for (place, act) in callee.acts.iter().enumerate() {
            if act.upon.is_none() {
                leg.acted[place] = true;
                self.timers.set(
                    now + millis(act.after_ms),
                    super::pbx::Alarm::Call(key, Due::Act(side, place)),
                );
            }
        }
    }

    /// Schedules what the caller does upon a prompt that begins: the first such act that is left.
    pub(super) fn act_upon(&mut self, key: CallKey, prompt: &str, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let leg = &mut call.first;
        let acts = leg.callee.acts.iter().zip(&leg.acted);
        let found = acts
            .enumerate()
            .find(|(_, (act, done))| !**done && act.upon.as_ref().is_some_and(|upon| upon.as_str() == prompt))
            .map(|(place, (act, _))| (place, act.after_ms));
        if let Some((place, after_ms)) = found {
            leg.acted[place] = true;
            self.alarm(key, now + millis(after_ms), Due::Act(Side::First, place));
        }
    }

    /// An act's time has come.
    pub(super) fn act(&mut self, key: CallKey, side: Side, place: usize, now: Instant) {
        let Some(call) = self.calls.get_mut(&key).filter(|call| !call.dead) else {
            return;
        };
        let Some(leg) = call.leg(side) else { return };
        match leg.callee.acts.get(place).map(|act| act.deed.clone()) {
            Some(Deed::HangUp) => match side {
                Side::First => self.first_leaves(key, now),
                Side::Second(_) => self.second_leaves(key, now),
            },
            Some(Deed::Press(keys)) if side == Side::First => {
                let mut at = now + KEY_HELD;
                for pressed in keys.as_str().chars() {
                    self.alarm(key, at, Due::Key(pressed));
                    at += KEY_TO_KEY;
                }
            }
            // Whoever is talked to may press what they like.
            Some(Deed::Press(_)) | None => {}
        }
    }

    /// The callee hangs up. Alone with the switch it leaves no cause on 22, 16 on 16 (`docs/lab.md`); talking to
    /// somebody it asks without one on 16, and with it on 22.
    fn first_leaves(&mut self, key: CallKey, now: Instant) {
        let version = self.config.version;
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let talks = call.second.as_ref().is_some_and(|second| second.bridge.is_some());
        let told = talks == (version == Version::V22);
        if told {
            call.first.cause = 16;
        }
        self.desk.hangup_requested(&call.first);
        self.die(key, now);
    }
}
