//! A call while it lives.

use super::deadline::Due;
use crate::flow::Report;
use crate::model::{Call, CallState, Cause, Contradiction, Moment, Outcome, TimelineEvent, Timestamp};
use std::time::Instant;
use tokio::task::AbortHandle;

/// A live call: its record, and what is not part of it.
#[derive(Debug)]
pub(super) struct Live {
    /// The record.
    pub call: Call,
    /// What happened since the record was last handed to the store.
    pub moments: Vec<Moment>,
    /// What it waits for.
    pub due: Due,
    /// Until when; `None` between two deadlines.
    pub deadline: Option<Instant>,
    /// When it was answered, until its leg is handed over.
    pub answered_at: Option<Instant>,
    /// Its leg told of the answer, and the switch's own word of it is still to come, behind that of the ringing.
    pub unheard: bool,
    /// The task that walks its flow.
    pub flow: Option<AbortHandle>,
    /// The flow's last word.
    pub report: Option<Report>,
    /// Whether its leg saw the channel's end.
    pub saw_end: bool,
    /// The end as the switch told it, while the flow's last word is awaited.
    pub end: Option<(Outcome, Cause)>,
    /// Whether a transfer's second leg is up beside it.
    pub second_leg: bool,
    /// The do-not-call lists that it was held against, as `Lists::generation` counts them.
    pub lists: u64,
    /// The outcome if it ends without an answer because we hung up.
    pub given_up: Option<Outcome>,
    /// Whether we asked for its end while its flow went on: then a channel that is gone says nothing of its callee.
    pub cut_short: bool,
}

impl Live {
    /// A call that begins, or is found again.
    pub(super) fn new(call: Call, due: Due) -> Self {
        Self {
            call,
            moments: Vec::new(),
            due,
            deadline: None,
            answered_at: None,
            unheard: false,
            flow: None,
            report: None,
            saw_end: false,
            end: None,
            second_leg: false,
            lists: 0,
            given_up: None,
            cut_short: false,
        }
    }

    /// Takes the record to a state, if the table of a call's life allows it; says whether it did.
    pub(super) fn enter(&mut self, state: CallState, at: Timestamp) -> bool {
        if !self.call.state.may_become(state) {
            return false;
        }
        let at = self.not_before(at);
        self.call.state = state;
        match state {
            CallState::Queued | CallState::Ended => {}
            CallState::Dialing => self.call.dialed_at = Some(at),
            CallState::Ringing => self.call.ringing_at = Some(at),
            CallState::Up => self.call.answered_at = Some(at),
        }
        if state != CallState::Ended {
            self.note(at, TimelineEvent::State { state });
        }
        true
    }

    /// Takes in that it rang; says whether that is news. A leg has a connection of its own and may overtake this: then the
    /// ringing is entered where it belongs, before the answer, with the latest time it can have been.
    pub(super) fn ring(&mut self, at: Timestamp) -> bool {
        if self.enter(CallState::Ringing, at) {
            return true;
        }
        let answer = |moment: &Moment| moment.event == TimelineEvent::State { state: CallState::Up };
        let (None, Some(place)) = (self.call.ringing_at, self.moments.iter().position(answer)) else {
            return false;
        };
        let (at, state) = (self.moments[place].at, CallState::Ringing);
        self.call.ringing_at = Some(at);
        let event = TimelineEvent::State { state };
        self.moments.insert(place, Moment { at, event });
        true
    }

    /// What of the timeline can be written: nothing from an answer on before which a ringing may still be told.
    pub(super) fn settled(&mut self) -> Vec<Moment> {
        if self.unheard {
            return Vec::new();
        }
        std::mem::take(&mut self.moments)
    }

    /// A call's times come one after the other, also when the machine's clock went back between two runs.
    fn not_before(&self, at: Timestamp) -> Timestamp {
        let call = &self.call;
        let known = [
            Some(call.created_at),
            call.dialed_at,
            call.ringing_at,
            call.answered_at,
        ];
        known.into_iter().flatten().fold(at, Timestamp::max)
    }

    /// Adds to the timeline.
    pub(super) fn note(&mut self, at: Timestamp, event: TimelineEvent) {
        self.moments.push(Moment { at, event });
    }

    /// Ends the record: exactly one outcome, once.
    pub(super) fn end(&mut self, outcome: Outcome, cause: Cause, at: Timestamp) {
        if !self.enter(CallState::Ended, at) {
            return;
        }
        let at = self.not_before(at);
        let outcome = match (outcome, self.given_up) {
            (Outcome::Answered, _) | (_, None) => outcome,
            (_, Some(given_up)) => given_up,
        };
        if let Some(report) = self.report.take() {
            self.call.result = report.result;
            self.call.digits = report.digits;
            self.call.transfer = report.transfer;
            self.call.answered_by = Some(report.answered_by);
            let by_leaving = |kind: &Contradiction| *kind == Contradiction::MachineHungUp;
            let told = |kind: &Contradiction| !(self.cut_short && by_leaving(kind));
            self.call.contradiction = report.contradiction.filter(told);
        }
        if outcome != Outcome::Answered {
            self.call.answered_by = None;
            self.call.contradiction = None;
        } else if self.call.answered_by.is_none() {
            self.call.answered_by = Some(crate::model::AnsweredBy::Unknown);
        }
        self.call.outcome = Some(outcome);
        self.call.cause = cause.clone();
        self.call.ended_at = Some(at);
        self.note(at, TimelineEvent::Ended { outcome, cause });
    }
}
