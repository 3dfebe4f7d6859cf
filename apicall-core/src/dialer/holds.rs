//! Calls that wait for a rule about time: whole campaigns, contacts that are fetched, and calls whose turn comes when they
//! may not leave any more.
//!
//! Deliberately absent: the rules themselves, which are `schedule::eligible`.

use super::book::Book;
use super::campaigns::CLAIM_RETRY;
use super::owner::Owner;
use super::records::Entry;
use super::stored::{Stored, written};
use super::{DialerError, Order};
use crate::model::{
    CallId, Campaign, CampaignId, Cause, NumberCaps, Origin, Outcome, PastCall, PhoneNumber, ProjectId,
    Timestamp, Waits,
};
use crate::schedule::eligible::{self, Asked};
use crate::store::Gate;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What time alone does not end is looked at again after this; whoever changes something has it looked at then.
const LOOK_AGAIN: Duration = Duration::from_secs(3_600);

/// Who may be called for a project at a time, by a campaign of it or singly.
pub(super) fn gate(book: &Arc<Book>, project: ProjectId, campaign: Option<&Campaign>, at: Timestamp) -> Gate {
    let own = book
        .tenants
        .get(&project)
        .map(|tenant| &tenant.project.number_caps);
    let reach = own.and_then(NumberCaps::reach);
    let caps = own.map(NumberCaps::all).unwrap_or_default();
    let (book, campaign) = (Arc::clone(book), campaign.cloned());
    Gate::with_past(reach, move |number: &PhoneNumber, past: &[PastCall]| {
        let asked = Asked {
            project: &book.tenants.get(&project)?.project,
            campaign: campaign.as_ref(),
            number,
            caps: &caps,
            past,
        };
        eligible::admit(&asked, at)
    })
}

impl Owner {
    /// Whether all of a campaign has to wait; it is looked at again when that is over.
    pub(super) fn is_held(&mut self, id: CampaignId, now: Instant) -> bool {
        let at = self.clock.timestamp(now);
        let Some(feed) = self.feeds.get_mut(&id) else {
            return false;
        };
        let Some(tenant) = self.book.tenants.get(&feed.campaign.project) else {
            return false;
        };
        let Some(waits) = eligible::campaign(&tenant.project, &feed.campaign, at) else {
            return false;
        };
        let wait = waits.until.map_or(LOOK_AGAIN, |until| until.since(at));
        feed.look_at = Some(now + wait.min(LOOK_AGAIN));
        true
    }

    /// Stops campaigns whose scheduled end has come.
    pub(super) fn end_scheduled(&mut self, now: Instant) {
        let at = self.clock.timestamp(now);
        let mut over = Vec::new();
        for feed in self.feeds.values_mut() {
            let due = feed.campaign.ends_at.is_some_and(|ends| ends <= at);
            if due && feed.ending.is_none_or(|again| again <= now) {
                feed.ending = Some(now + CLAIM_RETRY);
                over.push(feed.campaign.id);
            }
        }
        for id in over {
            // Nobody waits for the answer: should the store refuse, it is tried again.
            let (nobody, _) = oneshot::channel();
            self.order(id, Order::Stop, nobody, now);
        }
    }

    /// Holds a call back that may not leave although its turn has come, and with it all of its campaign that wait and may
    /// not leave either.
    pub(super) fn held_back(&mut self, id: CallId, now: Instant) -> bool {
        let Some(waits) = self.waits(id, now) else {
            return self.is_out_of_date(id, now);
        };
        self.scheduler.ended(id);
        let campaign = self.calls.get(&id).and_then(|live| live.call.campaign);
        let beside = campaign.map(|campaign| self.scheduler.waiting_of(campaign));
        let beside = beside.into_iter().flatten();
        let beside: Vec<_> = beside.filter_map(|id| Some((id, self.waits(id, now)?))).collect();
        let mut held = vec![(id, waits)];
        held.extend(beside);
        self.hold(held, now);
        true
    }

    /// The rule that a call would break if it left now.
    fn waits(&self, id: CallId, now: Instant) -> Option<Waits> {
        let call = &self.calls.get(&id)?.call;
        let tenant = self.book.tenants.get(&call.project)?;
        let feed = call.campaign.and_then(|campaign| self.feeds.get(&campaign));
        let campaign = feed.map(|feed| &feed.campaign);
        let number = call.number.as_ref()?;
        if self.lists.has(call.project, number) {
            return Some(Waits::LISTED);
        }
        eligible::number(&tenant.project, campaign, number, self.clock.timestamp(now))
    }

    /// Gives up calls that never left: a campaign's contacts wait for the rule's end, a call that somebody asked for ends.
    pub(super) fn hold(&mut self, calls: Vec<(CallId, Waits)>, now: Instant) {
        let (mut held, mut campaigns) = (Vec::new(), Vec::new());
        for (id, waits) in calls {
            let live = self.calls.get(&id);
            match live.map(|live| (live.call.origin, live.call.campaign)) {
                Some((Origin::Campaign, campaign)) => {
                    campaigns.extend(campaign);
                    self.forget(id);
                    held.push((id, waits));
                }
                Some(_) => {
                    let cause = Cause::text(DialerError::from(waits).to_string());
                    self.finish(id, Outcome::Cancelled, cause, now);
                }
                None => {}
            }
        }
        if held.is_empty() {
            return;
        }
        campaigns.dedup();
        match self.records.write(Entry::Hold(held, self.clock.timestamp(now))) {
            Some(reply) => {
                self.follow_up(async move { Stored::Released(campaigns, written(reply).await) });
            }
            None => self.decide_pause(),
        }
    }
}

impl From<Waits> for DialerError {
    fn from(Waits { reason, until }: Waits) -> Self {
        Self::Held { reason, until }
    }
}
