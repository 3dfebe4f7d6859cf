//! What a switch says of calls, and what flows do with them.

use super::deadline::Due;
use super::drive::{self, Walk, Walked};
use super::owner::{Owner, now};
use super::recovery::UNSEEN;
use crate::model::{CallId, CallState, Cause, Origin, Outcome, TimelineEvent};
use crate::switch::{Event, Leg, News, Sign, WayOut};
use std::sync::Arc;
use std::time::Instant;

impl Owner {
    /// Takes in what a switch says.
    pub(super) fn hear(&mut self, event: Event) {
        let now = now();
        match event.news {
            News::Up { live } => self.switch_up(&event.switch, live, now),
            News::Down { reason } => self.switch_down(&event.switch, reason, now),
            News::Reacted(seen) => self.reacted(&event.switch, seen, now),
            News::Call { call, sign } => self.sign(call, sign, now),
            News::Leg { call, leg } => self.leg(call, leg, now),
            News::Visitor(visitor) => self.visit(&event.switch, *visitor, now),
        }
    }

    fn sign(&mut self, id: CallId, sign: Sign, now: Instant) {
        match sign {
            Sign::Sent => self.scheduler.sent(id, now),
            Sign::Ringing => {
                let at = self.clock.timestamp(now);
                if self.calls.get_mut(&id).is_some_and(|live| live.ring(at)) {
                    self.save(id);
                }
            }
            Sign::Answered => {
                if self.enter(id, CallState::Up, now) {
                    self.scheduler.answered(id);
                    if let Some(live) = self.calls.get_mut(&id).filter(|live| live.due != Due::Gone) {
                        live.answered_at = Some(now);
                        self.wait_for(id, Due::Leg, now);
                    }
                    self.save(id);
                } else {
                    self.heard(id);
                }
            }
            Sign::Ended { outcome, cause } => self.ended(id, outcome, cause, now),
        }
    }

    /// No word of a ringing comes any more for a call whose leg told of its answer.
    pub(super) fn heard(&mut self, id: CallId) {
        let live = self.calls.get_mut(&id);
        if live.is_some_and(|live| std::mem::take(&mut live.unheard)) {
            self.save(id);
        }
    }

    /// The channel is gone. What the flow has to say is waited for, shortly.
    fn ended(&mut self, id: CallId, outcome: Outcome, cause: Cause, now: Instant) {
        if outcome == Outcome::Answered {
            self.enter(id, CallState::Up, now);
        }
        let Some(live) = self.calls.get_mut(&id) else {
            return;
        };
        if live.end.is_some() {
            return;
        }
        // An answer once seen is not unseen, whatever reason the channel ends with.
        let outcome = if live.call.state == CallState::Up {
            Outcome::Answered
        } else {
            outcome
        };
        if live.flow.is_some() {
            live.end = Some((outcome, cause));
            self.wait_for(id, Due::LastWord, now);
        } else {
            self.finish(id, outcome, cause, now);
        }
    }

    /// An answered call is there to be driven. An unknown one is let go, which hangs it up.
    fn leg(&mut self, id: CallId, leg: Box<dyn Leg>, now: Instant) {
        if self.enter(id, CallState::Up, now) {
            self.scheduler.answered(id);
            if let Some(live) = self.calls.get_mut(&id) {
                live.unheard = true;
            }
            self.save(id);
        }
        let Some(live) = self.calls.get_mut(&id) else {
            tracing::warn!(call = %id, "letting go of an answered call that is not among the live ones");
            return;
        };
        let took = live
            .answered_at
            .take()
            .map(|at| now.saturating_duration_since(at));
        let hanging_up = matches!(live.due, Due::Gone | Due::LastWord);
        if live.flow.is_some() || live.report.is_some() || hanging_up {
            return;
        }
        let switch = live.call.switch.clone();
        if let (Some(took), Some(switch)) = (took, switch) {
            self.handed_over(&switch, took, now);
        }
        self.drive(id, leg, now);
    }

    /// Begins a call's flow on its leg.
    pub(super) fn drive(&mut self, id: CallId, mut leg: Box<dyn Leg>, now: Instant) {
        let Some(live) = self.calls.get_mut(&id) else {
            return;
        };
        let book = Arc::clone(&self.book);
        let flow = book.tenants.get(&live.call.project).map(|tenant| &tenant.flow);
        let Some(Ok(flow)) = flow else {
            tracing::error!(call = %id, "letting go of an answered call whose project has no flow any more");
            return;
        };
        let ours = live.call.origin != Origin::Dialplan;
        let trunk = live.call.trunk.filter(|_| ours);
        if let Some(trunk) = trunk.and_then(|trunk| book.trunks.get(&trunk)) {
            leg.leave_by(WayOut::from(trunk));
        }
        let walk = Walk {
            call: id,
            flow: Arc::clone(flow),
            variables: drive::variables(&live.call),
            hang_up: ours,
            webhooks: Arc::clone(&self.webhooks),
            clock: self.clock,
            tell: self.walked.clone(),
        };
        live.flow = Some(tokio::spawn(walk.walk(leg)).abort_handle());
        self.wait_for(id, Due::Flow, now);
    }

    /// Takes in what a flow did.
    pub(super) fn follow(&mut self, id: CallId, what: Walked) {
        let now = now();
        let Some(live) = self.calls.get_mut(&id) else {
            return;
        };
        match what {
            Walked::Moments(moments) => {
                let opted_out = moments
                    .iter()
                    .any(|moment| moment.event == TimelineEvent::OptedOut);
                live.moments.extend(moments);
                if opted_out {
                    self.opt_out(id, now);
                }
            }
            Walked::TransferBegan => {
                live.second_leg = true;
                self.scheduler.extra_leg_started(id, now);
            }
            Walked::TransferEnded => {
                live.second_leg = false;
                self.scheduler.extra_leg_ended(id);
            }
            Walked::Done(report, saw_end) => {
                live.report = Some(report);
                live.saw_end = saw_end;
                live.flow = None;
                match live.end.take() {
                    Some((outcome, cause)) => self.finish(id, outcome, cause, now),
                    None if live.call.origin == Origin::Dialplan => {
                        self.finish(id, Outcome::Answered, Cause::default(), now);
                    }
                    None if live.due == Due::LastWord => self.lose(id, UNSEEN, now),
                    None => self.wait_for(id, Due::Gone, now),
                }
            }
        }
    }
}
