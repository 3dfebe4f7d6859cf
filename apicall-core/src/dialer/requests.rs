//! What is asked of the dialer.

use super::DialerError;
use super::campaigns::PARTS;
use super::deadline::Due;
use super::handle::{Changed, DialerLoad, PlaceRequest, Request};
use super::live::Live;
use super::owner::{Owner, now};
use super::stored::{Asker, Reading, Stored, written};
use crate::model::{Call, CallId, CallState, Cause, Digits, Origin, Outcome, TimelineEvent, Timestamp};
use crate::schedule::{Lane, LaneSettings, eligible};
use crate::store::StoreError;
use rand::RngExt;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Most single calls that may wait for a slot, per project and trunk. They wait ten minutes at most.
const WAITING_MOST: usize = 10_000;
/// Their share against campaigns of the same path.
const MANUAL_WEIGHT: u32 = 100 * PARTS;
/// When to try again after a refusal because too many wait, in seconds.
const FULL_RETRY_S: u32 = 5;
/// After the time limit of a drain, hung-up calls get this long to end.
const LAST_CALLS: Duration = Duration::from_secs(10);

/// A graceful stop under way.
pub(super) struct Drain {
    /// Until when live calls may go on.
    pub until: Instant,
    /// Whether they have been hung up.
    hung_up: bool,
    replies: Vec<oneshot::Sender<bool>>,
}

impl Owner {
    /// Answers a request, now or once the store has done its part.
    pub(super) fn answer(&mut self, request: Request) {
        let now = now();
        match request {
            Request::Place(asked, asker) => self.place(asked, asker, now),
            Request::Hangup(call, asker) => self.end_call(call, asker, now),
            Request::Order(campaign, order, asker) => self.order(campaign, order, asker, now),
            Request::Refresh(changed, asker) => self.refresh(changed, asker),
            Request::Lists(change, reply) => {
                self.heed(change, now);
                let _ = reply.send(());
            }
            Request::Load(reply) => {
                let _ = reply.send(DialerLoad {
                    levels: self.scheduler.load(now),
                    switches: self.book.switches(|name| self.governed.get(name)?.slowed),
                    breakers: self.breaker_health(),
                });
            }
            Request::Moments(call, reply) => {
                let live = self.calls.get(&call);
                let _ = reply.send(live.map(|live| live.moments.clone()).unwrap_or_default());
            }
            Request::Drain(limit, reply) => self.begin_drain(limit, reply, now),
        }
    }

    fn place(&mut self, asked: PlaceRequest, asker: Asker<Call>, now: Instant) {
        let placed = self.new_call(asked, self.clock.timestamp(now)).and_then(|call| {
            let gate = super::holds::gate(&self.book, call.project, None, call.created_at);
            let shows = super::numbers::shows(&self.book, call.project, call.created_at);
            let reply = self.records.journal().place_through(gate, shows, call.clone());
            let reply = reply.map_err(StoreError::from)?;
            Ok((call, reply))
        });
        match placed {
            Ok((call, reply)) => {
                let id = call.id;
                let mut live = Live::new(call, Due::Slot);
                live.lists = self.lists.generation;
                live.note(
                    live.call.created_at,
                    TimelineEvent::State {
                        state: CallState::Queued,
                    },
                );
                self.calls.insert(id, live);
                self.wait_for(id, Due::Slot, now);
                self.follow_up(async move { Stored::Placed(id, written(reply).await.map(Box::new), asker) });
            }
            Err(error) => {
                let _ = asker.send(Err(error));
            }
        }
    }

    fn new_call(&mut self, asked: PlaceRequest, at: Timestamp) -> Result<Call, DialerError> {
        if self.drain.is_some() {
            return Err(DialerError::Draining);
        }
        let route = match asked.trunk {
            Some(trunk) => self.book.route(asked.project, trunk)?,
            None => self.book.pick(asked.project, rand::rng().random())?,
        };
        route.open()?;
        if let Some(waits) = eligible::number(&route.tenant.project, None, &asked.number, at) {
            return Err(waits.into());
        }
        let lane = Lane::Manual(asked.project, route.trunk.id);
        let settings = LaneSettings {
            project: asked.project,
            trunk: route.trunk.id,
            limits: crate::model::Limits::default(),
            weight: MANUAL_WEIGHT,
        };
        let waiting = self.scheduler.waiting(lane);
        if waiting >= WAITING_MOST {
            return Err(DialerError::Full {
                waiting,
                retry_after_s: FULL_RETRY_S,
            });
        }
        let call = Call {
            project: asked.project,
            number: Some(asked.number),
            switch: Some(route.trunk.switch.clone()),
            trunk: Some(route.trunk.id),
            variables: asked.variables,
            ..blank(Origin::Manual, asked.project, at)
        };
        self.scheduler.open_lane(lane, settings);
        Ok(call)
    }

    /// A placed call is on disk, or was refused by the store.
    pub(super) fn placed(
        &mut self,
        id: CallId,
        result: Result<Box<Call>, StoreError>,
        asker: Asker<Call>,
        now: Instant,
    ) {
        let answer = match result {
            Ok(made) => match self.calls.get_mut(&id) {
                Some(live) => {
                    live.call.caller_id.clone_from(&made.caller_id);
                    live.call.caller_id_choice = made.caller_id_choice;
                    Ok(live.call.clone())
                }
                None => Err(DialerError::Draining),
            },
            Err(error) => {
                self.forget(id);
                Err(error.into())
            }
        };
        if let Ok(call) = &answer
            && let Some(trunk) = call.trunk
        {
            self.scheduler.offer(Lane::Manual(call.project, trunk), id);
            self.wait_for(id, Due::Slot, now);
        }
        // Whoever asked and left still gets the call: it is durable by now.
        let _ = asker.send(answer);
    }

    fn end_call(&mut self, id: CallId, asker: Asker<Call>, now: Instant) {
        let Some(live) = self.calls.get(&id) else {
            let store = self.store.clone();
            self.follow_up(async move {
                Stored::Looked(id, store.call(id).await.map(|call| call.map(Box::new)), asker)
            });
            return;
        };
        let answer = match (live.call.origin, live.call.state) {
            (Origin::Dialplan, _) => Err(DialerError::Conflict(format!(
                "call {id} came from the switch's dialplan, which owns its channel; hang it up there"
            ))),
            (_, CallState::Queued) => {
                let mut call = live.call.clone();
                self.finish(
                    id,
                    Outcome::Cancelled,
                    Cause::text("hung up before it was dialed"),
                    now,
                );
                call.state = CallState::Ended;
                call.outcome = Some(Outcome::Cancelled);
                call.ended_at = Some(self.clock.timestamp(now));
                Ok(call)
            }
            _ => {
                let call = live.call.clone();
                self.hang_up(id, Some(Outcome::Cancelled), now);
                Ok(call)
            }
        };
        let _ = asker.send(answer);
    }

    fn refresh(&mut self, changed: Changed, asker: Asker<()>) {
        let store = self.store.clone();
        self.follow_up(async move {
            let reading = match changed {
                Changed::Project(id) => store
                    .project(id)
                    .await
                    .map(|project| Reading::Project(id, project.map(Box::new))),
                Changed::Trunk(id) => store.trunk(id).await.map(|trunk| Reading::Trunk(id, trunk)),
                Changed::Campaign(id) => store
                    .campaign(id)
                    .await
                    .map(|campaign| Reading::Campaign(id, campaign)),
            };
            Stored::Read(reading, asker)
        });
    }

    /// Takes over what was read again.
    pub(super) fn read(&mut self, reading: Reading, now: Instant) {
        self.sharing.changed();
        match reading {
            Reading::Campaign(_, Some(campaign)) => return self.keep_campaign(campaign, now),
            Reading::Campaign(id, None) => return self.drop_campaign(id, now),
            Reading::Project(_, Some(project)) => self.keep_project(*project),
            Reading::Project(id, None) => self.drop_project(id),
            Reading::Trunk(_, Some(trunk)) => self.keep_trunk(trunk),
            Reading::Trunk(id, None) => self.drop_trunk(id),
        }
        // Whoever is told that the change is in force may read along.
        self.publish();
        self.ways_changed(now);
    }

    /// Fits everything that waits to what projects and trunks are now.
    pub(super) fn ways_changed(&mut self, now: Instant) {
        self.portion_all();
        let running: Vec<_> = self.feeds.keys().copied().collect();
        for campaign in running {
            self.reopen(campaign, now);
        }
        let moved = self.calls_where(|live| {
            let trunk = live.call.trunk.and_then(|id| self.book.trunks.get(&id));
            live.due == Due::Slot && trunk.map(|trunk| &trunk.switch) != live.call.switch.as_ref()
        });
        self.give_back(moved, "its trunk leads elsewhere now", now);
    }

    /// A second wish is answered together with the first; the earlier limit counts.
    fn begin_drain(&mut self, limit: Duration, reply: oneshot::Sender<bool>, now: Instant) {
        if let Some(drain) = &mut self.drain {
            drain.replies.push(reply);
            drain.until = drain.until.min(now + limit);
            return;
        }
        tracing::info!(live = self.calls.len(), "stopping: dialing nobody new");
        self.drain = Some(Drain {
            until: now + limit,
            hung_up: false,
            replies: vec![reply],
        });
        self.decide_pause();
        let running: Vec<_> = self.feeds.keys().copied().collect();
        for campaign in running {
            self.drop_campaign(campaign, now);
        }
        let waiting = self.calls_where(|live| live.due == Due::Slot);
        self.give_back(waiting, "the engine stopped", now);
    }

    /// Whether a graceful stop has come to its end.
    pub(super) fn drained(&mut self, now: Instant) -> bool {
        let Some(drain) = &mut self.drain else {
            return false;
        };
        let all_done = self.calls.is_empty() && self.pending.is_empty() && self.records.is_clear();
        let out_of_time = now >= drain.until;
        if all_done || (out_of_time && drain.hung_up) {
            for reply in drain.replies.drain(..) {
                let _ = reply.send(all_done);
            }
            return true;
        }
        if out_of_time {
            drain.hung_up = true;
            drain.until = now + LAST_CALLS;
            let live = self.calls_where(|live| live.due != Due::Slot && live.due != Due::Switch);
            tracing::warn!(live = live.len(), "hanging up the calls that are left");
            for call in live {
                self.hang_up(call, Some(Outcome::Cancelled), now);
            }
        }
        false
    }

    /// The live calls of some kind.
    pub(super) fn calls_where(&self, which: impl Fn(&Live) -> bool) -> Vec<CallId> {
        let of_kind = self.calls.iter().filter(|(_, live)| which(live));
        of_kind.map(|(id, _)| *id).collect()
    }
}

/// A record of which nothing has happened yet.
pub(super) fn blank(origin: Origin, project: crate::model::ProjectId, at: Timestamp) -> Call {
    Call {
        id: CallId::draw(),
        origin,
        project,
        campaign: None,
        contact: None,
        attempt: 1,
        number: None,
        switch: None,
        trunk: None,
        instead_of: None,
        caller_id: None,
        caller_id_choice: None,
        variables: crate::model::Variables::default(),
        state: CallState::Queued,
        created_at: at,
        dialed_at: None,
        ringing_at: None,
        answered_at: None,
        ended_at: None,
        outcome: None,
        answered_by: None,
        contradiction: None,
        result: None,
        cause: Cause::default(),
        digits: Digits::default(),
        transfer: None,
    }
}
