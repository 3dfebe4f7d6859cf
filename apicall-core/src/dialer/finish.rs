//! How calls end.

use super::campaigns::Again;
use super::deadline::Due;
use super::live::Live;
use super::owner::Owner;
use super::records::Entry;
use super::stored::{Stored, written};
use crate::model::{Call, CallId, CampaignId, Cause, Origin, Outcome, RetryPolicy};
use crate::schedule::retry::{self, Next};
use crate::schedule::{eligible, exits};
use crate::store::ContactFate;
use std::time::Instant;

impl Owner {
    /// Ends a call: its record gets its outcome, its contact its fate, its slots go to others.
    pub(super) fn finish(&mut self, id: CallId, outcome: Outcome, cause: Cause, now: Instant) {
        let Some(mut live) = self.forget(id) else { return };
        live.end(outcome, cause, self.clock.timestamp(now));
        let again = self.again(&live.call);
        let fate = self.fate(&live.call, again.as_ref());
        let look = self.look_after(&live.call, fate, now);
        self.tells_of_trunk(&live.call, now);
        match self.records.write(Entry::Finish(live.call, live.moments, fate)) {
            Some(reply) => {
                self.follow_up(async move { Stored::Finished(id, look, again, written(reply).await) });
            }
            None => self.decide_pause(),
        }
    }

    /// Takes a call out of everything that counts live ones.
    pub(super) fn forget(&mut self, id: CallId) -> Option<Live> {
        let mut live = self.calls.remove(&id)?;
        self.deadlines.clear(id, live.deadline.take());
        if let Some(flow) = live.flow.take() {
            flow.abort();
        }
        if live.second_leg {
            self.scheduler.extra_leg_ended(id);
        }
        if live.due == Due::Slot {
            self.scheduler.withdraw_call(id);
        }
        self.scheduler.ended(id);
        Some(live)
    }

    /// When to look for contacts of a call's campaign: when its own may be called again, or at once when it was the last.
    fn look_after(
        &self,
        call: &Call,
        fate: Option<ContactFate>,
        now: Instant,
    ) -> Option<(CampaignId, Instant)> {
        let campaign = call.campaign?;
        match fate? {
            ContactFate::RetryAt(at) => Some((campaign, now + at.since(self.clock.timestamp(now)))),
            ContactFate::Done if self.scheduler.is_idle(campaign) => Some((campaign, now)),
            ContactFate::Done => None,
        }
    }

    fn fate(&self, call: &Call, again: Option<&Again>) -> Option<ContactFate> {
        call.contact?;
        let outcome = call.outcome?;
        let default = RetryPolicy::default();
        let tenant = self.book.tenants.get(&call.project);
        let policy = tenant.map_or(&default, |tenant| &tenant.project.retry);
        let ended_at = call.ended_at?;
        if again.is_some() {
            // It is fetched at once; should that not come to pass, it is due a little later.
            return Some(ContactFate::RetryAt(ended_at.plus(exits::ELSEWHERE_WITHIN)));
        }
        Some(
            match retry::after(policy, call.attempt, outcome, call.answered_by, ended_at) {
                Next::RetryAt(due) => {
                    let project = tenant.map(|tenant| &tenant.project);
                    let zones = call
                        .number
                        .as_ref()
                        .map(|number| eligible::zones_of(project, number));
                    ContactFate::RetryAt(retry::in_its_hour(policy, call, due, &zones.unwrap_or_default()))
                }
                Next::Done => ContactFate::Done,
            },
        )
    }

    /// Gives up calls that never left: a campaign's contact waits again as if nothing had been, a call that
    /// somebody asked for ends with the reason.
    pub(super) fn give_back(&mut self, calls: Vec<CallId>, why: &str, now: Instant) {
        let (mut released, mut campaigns) = (Vec::new(), Vec::new());
        for id in calls {
            let live = self.calls.get(&id);
            match live.map(|live| live.call.origin) {
                Some(Origin::Campaign) => {
                    campaigns.extend(live.and_then(|live| live.call.campaign));
                    self.forget(id);
                    released.push(id);
                }
                Some(Origin::Manual | Origin::Dialplan) => {
                    self.finish(
                        id,
                        Outcome::Cancelled,
                        Cause::text(format!("never dialed: {why}")),
                        now,
                    );
                }
                None => {}
            }
        }
        if released.is_empty() {
            return;
        }
        campaigns.dedup();
        match self.records.write(Entry::Release(released)) {
            Some(reply) => {
                self.follow_up(async move { Stored::Released(campaigns, written(reply).await) });
            }
            None => self.decide_pause(),
        }
    }
}
