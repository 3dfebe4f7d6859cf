//! A leg between dialing and its end: what the callee does, and when nobody waits any longer.

use super::super::course::{Step, strokes};
use super::super::machine::CallKey;
use super::channel::{State, dial_status};
use super::config::Version;
use super::pbx::{Due, Pbx, Side};
use crate::model::Deed;
use rand::RngExt;
use std::time::Instant;

impl Pbx {
    /// The callee's next step.
    pub(super) fn proceed(&mut self, key: CallKey, side: Side, now: Instant) {
        let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.leg(side)) else {
            return;
        };
        match leg.course.step() {
            None => {}
            Some(Step::Ring(lasts)) => {
                self.ring(key, side);
                self.alarm(key, now + lasts, Due::Next(side));
            }
            Some(Step::EarlyMedia(lasts)) => {
                self.tell_state(key, side, "PROGRESS");
                self.alarm(key, now + lasts, Due::Next(side));
            }
            Some(Step::Answer) => match side {
                Side::First => self.first_answered(key, now),
                Side::Second(_) => self.second_answered(key, now),
            },
            Some(Step::Refuse(status)) => match side {
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
        if !leg.course.give_up() {
            return;
        }
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
        call.first.course.end();
        // Busy is told to the far end, and by 22 in its words (a hang-up with cause 17 while it rings).
        call.first.tech = (cause == 17).then_some(486);
        self.first_failed(key, Some(dial_status(cause)), 0);
    }

    /// Schedules what a callee does at times after the answer.
    pub(super) fn act_unprompted(&mut self, key: CallKey, side: Side, now: Instant) {
        let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.leg(side)) else {
            return;
        };
        for (after, place) in leg.course.unprompted() {
            self.alarm(key, now + after, Due::Act(side, place));
        }
    }

    /// Schedules what the caller does upon a prompt that begins: the first such act that is left.
    pub(super) fn act_upon(&mut self, key: CallKey, prompt: &str, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        if let Some((after, place)) = call.first.course.upon(prompt) {
            self.alarm(key, now + after, Due::Act(Side::First, place));
        }
    }

    /// An act's time has come.
    pub(super) fn act(&mut self, key: CallKey, side: Side, place: usize, now: Instant) {
        let Some(call) = self.calls.get_mut(&key).filter(|call| !call.dead) else {
            return;
        };
        let Some(leg) = call.leg(side) else { return };
        match leg.course.deed(place) {
            Some(Deed::HangUp) => match side {
                Side::First => self.first_leaves(key, now),
                Side::Second(_) => self.second_leaves(key, now),
            },
            Some(Deed::Press(keys)) if side == Side::First => {
                for (after, pressed) in strokes(&keys) {
                    self.alarm(key, now + after, Due::Key(pressed));
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
