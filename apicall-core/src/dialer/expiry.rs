//! What happens when a call waited too long for something.

use super::deadline::Due;
use super::owner::Owner;
use super::recovery::UNSEEN;
use crate::model::{CallId, CallState, Cause, FlowResult, Origin, Outcome, TimelineEvent};
use crate::schedule::Missing;
use crate::switch::Command;
use std::time::Instant;

impl Owner {
    /// Deals with every deadline that has passed.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(id) = self.deadlines.pop(now) {
            if let Some(live) = self.calls.get_mut(&id) {
                live.deadline = None;
                let due = live.due;
                self.overdue(id, due, now);
            }
        }
    }

    fn overdue(&mut self, id: CallId, due: Due, now: Instant) {
        match due {
            Due::Slot => {
                self.give_back(vec![id], "no free slot in time", now);
            }
            Due::Answer => {
                self.remark(id, "the switch told no end of its ringing in time", now);
                let live = self.calls.get(&id);
                if let Some(switch) = live.and_then(|live| live.call.switch.clone()) {
                    self.missed(&switch, Missing::End, now);
                }
                self.hang_up(id, Some(Outcome::NoAnswer), now);
            }
            Due::Leg => {
                self.remark(
                    id,
                    "answered, but the switch did not hand it over in time; check agi_url",
                    now,
                );
                if let Some(live) = self.calls.get_mut(&id) {
                    live.call.result = Some(FlowResult::ERROR);
                }
                self.hang_up(id, None, now);
            }
            Due::Flow => {
                self.remark(id, "the longest time a call may take is over", now);
                self.hang_up(id, None, now);
            }
            Due::Gone => self.still_there(id, now),
            Due::LastWord => self.lose(id, UNSEEN, now),
            Due::Switch => self.lose(id, "the switch stayed away", now),
        }
    }

    /// Asks for a call's end. `given_up` is its outcome when that keeps it from an answer.
    pub(super) fn hang_up(&mut self, id: CallId, given_up: Option<Outcome>, now: Instant) {
        let Some(live) = self.calls.get_mut(&id) else {
            return;
        };
        if live.call.origin == Origin::Dialplan {
            // Its channel belongs to the dialplan; without its flow it goes on there.
            self.finish(id, Outcome::Answered, Cause::default(), now);
            return;
        }
        if live.end.is_some() {
            // It is gone already; only its flow's last word is missing.
            return;
        }
        live.given_up = live.given_up.or(given_up);
        live.cut_short |= live.report.is_none();
        if let Some(switch) = live.call.switch.clone() {
            self.command(&switch, Command::Hangup(id));
        }
        self.wait_for(id, Due::Gone, now);
    }

    /// A hang-up had no effect that we heard of.
    fn still_there(&mut self, id: CallId, now: Instant) {
        let Some(live) = self.calls.get(&id) else { return };
        let switch = live.call.switch.clone();
        let station = switch.as_ref().and_then(|switch| self.book.stations.get(switch));
        if station.is_some_and(|station| station.down.is_some()) {
            self.wait_for(id, Due::Switch, now);
            return;
        }
        if let Some(switch) = &switch {
            self.command(switch, Command::Hangup(id));
        }
        if let Some(switch) = switch {
            self.missed(&switch, Missing::Hangup, now);
        }
        self.lose(id, "the switch did not confirm its end", now);
    }

    /// Ends a call of which nobody tells the end: answered when its flow had come to a result of its own
    /// or its leg saw the end, else lost.
    pub(super) fn lose(&mut self, id: CallId, why: &str, now: Instant) {
        let Some(live) = self.calls.get_mut(&id) else {
            return;
        };
        if let Some((outcome, cause)) = live.end.take() {
            self.finish(id, outcome, cause, now);
            return;
        }
        let result = live.report.as_ref().and_then(|report| report.result.as_ref());
        // Without its word for it a caller who hung up cannot be told from a switch that died.
        let came_to_something = result.is_some_and(|result| {
            live.saw_end || (*result != FlowResult::HUNG_UP && *result != FlowResult::ERROR)
        });
        let outcome = if live.call.state == CallState::Up && came_to_something {
            Outcome::Answered
        } else {
            Outcome::Lost
        };
        self.finish(id, outcome, Cause::text(why), now);
    }

    fn remark(&mut self, id: CallId, text: &str, now: Instant) {
        let at = self.clock.timestamp(now);
        if let Some(live) = self.calls.get_mut(&id) {
            live.note(
                at,
                TimelineEvent::Note {
                    text: text.to_owned(),
                },
            );
        }
    }
}
