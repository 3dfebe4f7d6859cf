//! Keeps running campaigns fed with contacts, and carries out orders.

use super::book::Book;
use super::deadline::Due;
use super::live::Live;
use super::owner::Owner;
use super::records::Entry;
use super::stored::{Asker, Stored, written};
use super::{DialerError, Order};
use crate::model::{
    Call, CallState, Campaign, CampaignId, CampaignState, ContactId, TimelineEvent, Timestamp, TrunkId,
};
use crate::schedule::{Lane, LaneSettings};
use crate::store::{Claim, Claimed, Store, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Campaigns are looked after this often; a claim fetches more than is dialed in between.
const FEED_EVERY: Duration = Duration::from_millis(50);
/// Contacts of one claim at most: more at once would hold up everything else for longer than a start may be late.
const CLAIM_MOST: usize = 250;
/// After a claim that failed.
pub(super) const CLAIM_RETRY: Duration = Duration::from_secs(1);

/// A campaign's weight is divided among its trunks in so many parts.
pub(super) const PARTS: u32 = 100;

/// A running campaign.
#[derive(Debug)]
pub(super) struct Feed {
    pub campaign: Campaign,
    /// The trunks by which its calls leave now; without one it waits for a change.
    lanes: Vec<TrunkId>,
    /// Those by which only calls leave that another failed.
    reserve: Vec<TrunkId>,
    /// How many times contacts are being fetched.
    claiming: usize,
    /// When to look for contacts again; `None` until something changes.
    pub look_at: Option<Instant>,
    /// Its scheduled end is being carried out; when to try again.
    pub ending: Option<Instant>,
}

/// A contact that is to be called at once by another trunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Again {
    pub campaign: CampaignId,
    pub contact: ContactId,
    /// The trunk that could not carry its call.
    pub failed: TrunkId,
    /// The one by which it is called now.
    pub by: TrunkId,
}

impl Owner {
    /// Looks for contacts of a running campaign at a time, or earlier.
    pub(super) fn look(&mut self, id: CampaignId, at: Instant) {
        if let Some(feed) = self.feeds.get_mut(&id) {
            feed.look_at = Some(feed.look_at.map_or(at, |set| set.min(at)));
        }
    }

    /// Looks for contacts of all running campaigns.
    pub(super) fn look_everywhere(&mut self, now: Instant) {
        for feed in self.feeds.values_mut() {
            feed.look_at = Some(now);
        }
    }

    /// Fetches contacts for campaigns that would run dry.
    pub(super) fn feed(&mut self, now: Instant) {
        if now < self.next_feed {
            return;
        }
        self.next_feed = now + FEED_EVERY;
        self.end_scheduled(now);
        let due: Vec<_> = self
            .feeds
            .values()
            .filter(|feed| {
                !feed.lanes.is_empty() && feed.claiming == 0 && feed.look_at.is_some_and(|at| at <= now)
            })
            .map(|feed| feed.campaign.id)
            .collect();
        for id in due {
            if self.is_held(id, now) {
                continue;
            }
            let lanes = self.feeds.get(&id).map(|feed| feed.lanes.clone());
            for trunk in lanes.unwrap_or_default() {
                let wanted = self.scheduler.wanted(Lane::Campaign(id, trunk), now);
                if wanted > 0 {
                    let limit = u32::try_from(wanted.min(CLAIM_MOST)).unwrap_or(u32::MAX);
                    self.claim(id, trunk, limit, None, now);
                }
            }
        }
    }

    /// Fetches a contact once more, to be called by another trunk.
    pub(super) fn claim_again(&mut self, again: Again, now: Instant) {
        if self.drain.is_none() {
            let of = Some((again.contact, again.failed));
            self.claim(again.campaign, again.by, 1, of, now);
        }
    }

    fn claim(
        &mut self,
        id: CampaignId,
        trunk: TrunkId,
        limit: u32,
        again: Option<(ContactId, TrunkId)>,
        now: Instant,
    ) {
        let Some(feed) = self.feeds.get_mut(&id) else {
            return;
        };
        let Ok(route) = self.book.route(feed.campaign.project, trunk) else {
            return;
        };
        let claim = Claim {
            campaign: id,
            project: feed.campaign.project,
            trunk: route.trunk.id,
            switch: route.trunk.switch.clone(),
            again,
            shows: super::numbers::shows(&self.book, feed.campaign.project, self.clock.timestamp(now)),
            limit,
            now: self.clock.timestamp(now),
            gate: super::holds::gate(
                &self.book,
                feed.campaign.project,
                Some(&feed.campaign),
                self.clock.timestamp(now),
            ),
        };
        match self.records.journal().claim(claim) {
            Ok(reply) => {
                feed.claiming += 1;
                let lists = self.lists.generation;
                self.follow_up(async move { Stored::Claimed(id, lists, written(reply).await) });
            }
            Err(_full) => feed.look_at = Some(now + CLAIM_RETRY),
        }
    }

    /// Queues fetched contacts, each a call on disk by now.
    /// `lists` are the do-not-call lists that they were held against.
    pub(super) fn claimed(
        &mut self,
        id: CampaignId,
        lists: u64,
        result: Result<Claimed, StoreError>,
        now: Instant,
    ) {
        let Some(feed) = self.feeds.get_mut(&id) else {
            // Stopped meanwhile: they never leave.
            let calls = result.map(|claimed| claimed.calls).unwrap_or_default();
            self.write(Entry::Release(calls.iter().map(|call| call.id).collect()));
            return;
        };
        feed.claiming = feed.claiming.saturating_sub(1);
        let claimed = match result {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(campaign = %id, %error, "cannot fetch contacts");
                feed.look_at = Some(now + CLAIM_RETRY);
                return;
            }
        };
        let at = self.clock.timestamp(now);
        // When none of the project's numbers is free, those who come next would wait for the same.
        let next_due = claimed.stalled.map_or(claimed.next_due, |waits| waits.until);
        feed.look_at = next_due.map(|due| now + due.since(at));
        let lanes = if self.drain.is_none() {
            [&feed.lanes[..], &feed.reserve].concat()
        } else {
            Vec::new()
        };
        if claimed.exhausted {
            self.exhaust(id, now);
        }
        if claimed.calls.len() + claimed.held == CLAIM_MOST && claimed.stalled.is_none() {
            self.next_feed = now;
        }
        // Its trunks may have changed meanwhile: such calls go back, and come again with the right one.
        let is_astray = |call: &Call| {
            let trunk = call.trunk.filter(|trunk| lanes.contains(trunk));
            let trunk = trunk.and_then(|trunk| self.book.trunks.get(&trunk));
            trunk.is_none_or(|trunk| Some(&trunk.switch) != call.switch.as_ref())
        };
        let astray = claimed.calls.iter().filter(|call| is_astray(call));
        let astray: Vec<_> = astray.map(|call| call.id).collect();
        for call in claimed.calls {
            self.queue(id, lists, call, now);
        }
        self.give_back(astray, "the campaign changed its way", now);
    }

    /// Lets a fetched call wait for its turn.
    fn queue(&mut self, id: CampaignId, lists: u64, call: Call, now: Instant) {
        let (call_id, created_at, trunk) = (call.id, call.created_at, call.trunk);
        let mut live = Live::new(call, Due::Slot);
        live.lists = lists;
        live.note(
            created_at,
            TimelineEvent::State {
                state: CallState::Queued,
            },
        );
        self.calls.insert(call_id, live);
        self.wait_for(call_id, Due::Slot, now);
        if let Some(trunk) = trunk {
            self.scheduler.offer(Lane::Campaign(id, trunk), call_id);
        }
    }

    /// Nobody is left to call: the campaign has finished, unless somebody told it otherwise meanwhile or brings more.
    fn exhaust(&mut self, id: CampaignId, now: Instant) {
        let (store, at) = (self.store.clone(), self.clock.timestamp(now));
        self.follow_up(async move { Stored::Exhausted(id, store.finish_campaign(id, at).await) });
    }

    pub(super) fn exhausted(&mut self, id: CampaignId, result: Result<Campaign, StoreError>, now: Instant) {
        match result {
            Ok(campaign) if campaign.state == CampaignState::Running => {}
            Ok(campaign) => {
                self.sharing.changed();
                return self.keep_campaign(campaign, now);
            }
            Err(error) => tracing::warn!(campaign = %id, %error, "cannot mark a campaign as finished"),
        }
        // Contacts are on their way, or came in the same moment.
        self.look(id, now + CLAIM_RETRY);
    }

    /// Carries out an order: first on disk, then here.
    pub(super) fn order(&mut self, id: CampaignId, order: Order, asker: Asker<Campaign>, now: Instant) {
        if self.drain.is_some() && matches!(order, Order::Start | Order::Resume) {
            let _ = asker.send(Err(DialerError::Draining));
            return;
        }
        let (store, book) = (self.store.clone(), Arc::clone(&self.book));
        let at = self.clock.timestamp(now);
        self.follow_up(async move {
            let result = carry_out(&store, &book, id, order, at).await;
            Stored::Ordered(order, result, asker)
        });
    }

    pub(super) fn ordered(
        &mut self,
        order: Order,
        result: Result<Campaign, DialerError>,
        asker: Asker<Campaign>,
        now: Instant,
    ) {
        if let Ok(campaign) = &result {
            self.sharing.changed();
            tracing::info!(campaign = %campaign.id, ?order, state = %campaign.state, "campaign ordered");
            self.keep_campaign(campaign.clone(), now);
        }
        let _ = asker.send(result);
    }

    /// Takes over a campaign as it is now: opens, changes or closes its lane.
    pub(super) fn keep_campaign(&mut self, campaign: Campaign, now: Instant) {
        let id = campaign.id;
        if campaign.state != CampaignState::Running {
            self.drop_campaign(id, now);
            return;
        }
        let feed = self.feeds.entry(id).or_insert_with(|| Feed {
            campaign: campaign.clone(),
            lanes: Vec::new(),
            reserve: Vec::new(),
            claiming: 0,
            look_at: None,
            ending: None,
        });
        feed.campaign = campaign;
        feed.look_at = Some(now);
        self.reopen(id, now);
    }

    /// Fits a running campaign's lanes to what its project and trunks are now.
    pub(super) fn reopen(&mut self, id: CampaignId, now: Instant) {
        let Some(feed) = self.feeds.get_mut(&id) else {
            return;
        };
        let ways: Vec<_> = match self.book.routes(feed.campaign.project) {
            Ok(routes) => routes
                .iter()
                .map(|route| (route.trunk.id, &route.trunk.switch, route.weight))
                .collect(),
            Err(error) => {
                tracing::warn!(campaign = %id, %error, "a running campaign has no way out and waits");
                Vec::new()
            }
        };
        let mut before = std::mem::take(&mut feed.lanes);
        before.append(&mut feed.reserve);
        feed.lanes = ways.iter().map(|(trunk, ..)| *trunk).collect();
        let reserve = self.book.reserve(feed.campaign.project, &feed.lanes);
        feed.reserve = reserve.iter().map(|route| route.trunk.id).collect();
        if !ways.is_empty() {
            feed.look_at = Some(now);
        }
        let all: u32 = ways.iter().map(|(.., weight)| weight).sum();
        let mut moved = Vec::new();
        let reserve = reserve.iter().filter(|_| all > 0);
        let reserve = reserve.map(|route| (route.trunk.id, &route.trunk.switch, route.weight));
        for (trunk, switch, weight) in ways.into_iter().chain(reserve) {
            let settings = LaneSettings {
                project: feed.campaign.project,
                trunk,
                limits: feed.campaign.limits,
                weight: (feed.campaign.weight * PARTS * weight / all).max(1),
            };
            let lane = Lane::Campaign(id, trunk);
            self.scheduler.open_lane(lane, settings);
            // Calls that wait for another way go back, and come again with the right one.
            let mut astray = self.scheduler.waiting_calls(lane);
            astray.retain(|call| {
                let call = self.calls.get(call).map(|live| &live.call);
                Some(switch) != call.and_then(|call| call.switch.as_ref())
            });
            moved.extend(astray);
        }
        before.retain(|trunk| !feed.lanes.contains(trunk) && !feed.reserve.contains(trunk));
        for gone in before {
            moved.extend(self.scheduler.close_lane(Lane::Campaign(id, gone)));
        }
        self.portion_campaign(id);
        self.give_back(moved, "the campaign changed its way", now);
    }

    /// Stops feeding a campaign; who waited waits on disk again.
    pub(super) fn drop_campaign(&mut self, id: CampaignId, now: Instant) {
        let Some(feed) = self.feeds.remove(&id) else {
            return;
        };
        let lanes = feed.lanes.into_iter().chain(feed.reserve);
        let lanes = lanes.map(|trunk| Lane::Campaign(id, trunk));
        let waiting = lanes.flat_map(|lane| self.scheduler.close_lane(lane)).collect();
        self.give_back(waiting, "the campaign stopped", now);
    }
}

/// Checks an order against the campaign as it is on disk, and writes what it leads to.
async fn carry_out(
    store: &Store,
    book: &Book,
    id: CampaignId,
    order: Order,
    at: Timestamp,
) -> Result<Campaign, DialerError> {
    let campaign = store.campaign(id).await?.ok_or(DialerError::NotFound {
        what: "campaign",
        id: id.to_string(),
    })?;
    let Some(next) = order
        .apply(campaign.state)
        .map_err(|remedy| conflict(&campaign, remedy))?
    else {
        return Ok(campaign);
    };
    if next == CampaignState::Running {
        book.routes(campaign.project)?;
        if campaign.ends_at.is_some_and(|ends| ends <= at) {
            return Err(conflict(
                &campaign,
                "its scheduled end has passed; move or clear ends_at first",
            ));
        }
        let (done, all) = store.campaign_progress(id).await?;
        if done == all {
            return Err(conflict(
                &campaign,
                "it has no contact left to call; import contacts first",
            ));
        }
    }
    let step = move |campaign: &mut Campaign| {
        if let Ok(Some(next)) = order.apply(campaign.state) {
            enter(campaign, next, at);
        }
    };
    let after = store.update_campaign(id, at, step).await?;
    if after.state == next {
        Ok(after)
    } else {
        Err(conflict(
            &after,
            "it was changed by somebody else at the same time; look and try again",
        ))
    }
}

fn conflict(campaign: &Campaign, remedy: &str) -> DialerError {
    DialerError::Conflict(format!(
        "campaign {} is {}: {remedy}",
        campaign.id, campaign.state
    ))
}

fn enter(campaign: &mut Campaign, state: CampaignState, at: Timestamp) {
    campaign.state = state;
    match state {
        CampaignState::Running => {
            campaign.started_at = campaign.started_at.or(Some(at));
            campaign.ended_at = None;
        }
        CampaignState::Stopped | CampaignState::Finished => campaign.ended_at = Some(at),
        CampaignState::Created | CampaignState::Paused => {}
    }
}
