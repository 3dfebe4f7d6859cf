//! After a start, a crash or a lost connection: what was going on, and what of it still lives.

use super::book::Tenant;
use super::deadline::Due;
use super::live::Live;
use super::owner::Owner;
use super::stored::Stored;
use super::visitors::path;
use super::{DialerError, DialerSettings};
use crate::model::{
    Call, CallId, CallState, CampaignState, Cause, Cps, Limits, Origin, Outcome, Project, ProjectId,
    SwitchName, TimelineEvent, Trunk, TrunkId,
};
use crate::schedule::Path;
use crate::store::{Health, Start};
use crate::switch::Command;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The cause of a call whose end was missed.
pub(super) const UNSEEN: &str = "it was gone when the switch came back";

impl Owner {
    /// Reads everything that goes on from the store.
    pub(super) async fn recover(
        &mut self,
        settings: &DialerSettings,
        now: Instant,
    ) -> Result<(), DialerError> {
        for trunk in self.store.trunks().await? {
            self.keep_trunk(trunk);
        }
        for project in self.store.projects().await? {
            self.keep_project(project);
        }
        let running = self.store.campaigns(None, Some(CampaignState::Running)).await?;
        let at = self.clock.timestamp(now);
        let seen = running.iter().map(|campaign| campaign.limits);
        let window = self.longest_window(seen.chain([settings.limits]));
        let since = crate::model::Timestamp::from_millis(
            at.millis() - i64::try_from(window.as_millis()).unwrap_or(i64::MAX),
        );
        for start in self.store.recent_starts(since, at).await? {
            self.count_past(start, now);
        }
        for call in self.store.own_open_calls().await? {
            self.find_again(call, now);
        }
        for campaign in running {
            self.keep_campaign(campaign, now);
        }
        self.portion_all();
        if let Health::Away { reason } = self.store.health() {
            tracing::warn!(%reason, "the store is away");
        }
        self.decide_pause();
        Ok(())
    }

    /// The longest sliding window that any limiter counts in.
    fn longest_window(&self, more: impl Iterator<Item = Limits>) -> Duration {
        let tenants = self.book.tenants.values().map(|tenant| tenant.project.limits);
        let trunks = self.book.trunks.values().map(|trunk| trunk.limits);
        let switches = self.book.stations.values().map(|station| station.slot.limits);
        let all = tenants.chain(trunks).chain(switches).chain(more);
        all.filter_map(|limits| limits.cps.map(Cps::window))
            .max()
            .unwrap_or(Duration::from_secs(1))
    }

    fn count_past(&mut self, start: Start, now: Instant) {
        let ago = self.clock.timestamp(now).since(start.at);
        let path = Path {
            project: start.project,
            trunk: Some(start.trunk),
            switch: start.switch,
            campaign: start.campaign,
        };
        if let Some(at) = now.checked_sub(ago) {
            self.scheduler.past_start(at, &path);
        }
    }

    /// A call of an earlier run. Whether it lives only its switch can say.
    fn find_again(&mut self, call: Call, now: Instant) {
        let stations = &self.book.stations;
        let known = call
            .switch
            .as_ref()
            .is_some_and(|switch| stations.contains_key(switch));
        let gone = (!known).then_some("its switch is no longer configured");
        self.take_up(call, "the engine started again", gone, now);
    }

    /// A call of an engine that died: its switch was that engine's, and nobody here can ask it.
    pub(super) fn inherit(&mut self, call: Call, now: Instant) {
        self.take_up(call, "its engine died", Some("its engine died"), now);
    }

    /// Goes on with a call that began elsewhere: waits for the word of its switch, or loses it when there is none to ask.
    fn take_up(&mut self, call: Call, why: &str, gone: Option<&str>, now: Instant) {
        let id = call.id;
        let up = call.state == CallState::Up;
        let visitor = call.origin == Origin::Dialplan;
        if let Some(path) = path(&call) {
            self.scheduler.adopt(id, &path, up);
        }
        let mut live = Live::new(call, Due::Switch);
        if live.call.state == CallState::Queued {
            // It may have left without its record telling so.
            live.call.state = CallState::Dialing;
        }
        live.note(
            self.clock.timestamp(now),
            TimelineEvent::Note { text: why.to_owned() },
        );
        self.calls.insert(id, live);
        self.wait_for(id, Due::Switch, now);
        if visitor {
            self.finish(id, Outcome::Answered, Cause::text(why), now);
        } else if let Some(gone) = gone {
            self.lose(id, gone, now);
        }
    }

    /// A switch is there, with all the calls it has.
    pub(super) fn switch_up(&mut self, name: &SwitchName, live: Vec<CallId>, now: Instant) {
        tracing::info!(switch = %name, calls = live.len(), "switch up");
        self.mark_switch(name, None, now);
        let live: HashSet<_> = live.into_iter().collect();
        let ours = self.calls_where(|call| {
            call.call.switch.as_ref() == Some(name)
                && call.call.origin != Origin::Dialplan
                && call.due != Due::Slot
        });
        for id in &live {
            if self.calls.contains_key(id) {
                self.command(name, Command::Adopt(*id));
            } else {
                self.ask_whose(name, *id);
            }
        }
        for id in ours {
            if live.contains(&id) {
                self.found_alive(id, now);
            } else {
                self.command(name, Command::Forget(id));
                self.end_unseen(id, now);
            }
        }
    }

    /// A call ended while nobody was told. What its flow has to say is waited for, shortly: its leg may know more.
    fn end_unseen(&mut self, id: CallId, now: Instant) {
        let Some(live) = self.calls.get(&id) else { return };
        if live.flow.is_some() {
            self.wait_for(id, Due::LastWord, now);
        } else {
            self.lose(id, UNSEEN, now);
        }
    }

    /// A call lives on. One that was answered in an earlier run has lost its flow, and is hung up.
    fn found_alive(&mut self, id: CallId, now: Instant) {
        let Some(live) = self.calls.get(&id) else { return };
        if live.due != Due::Switch {
            return;
        }
        if live.call.state != CallState::Up {
            self.wait_for(id, Due::Answer, now);
        } else if live.flow.is_none() {
            self.hang_up(id, None, now);
        }
    }

    /// A call that lives on the switch and not with us: it is hung up if it was ours, left alone if it never was.
    fn ask_whose(&mut self, switch: &SwitchName, id: CallId) {
        let (store, switch) = (self.store.clone(), switch.clone());
        self.follow_up(async move {
            let ours = store.call(id).await.map(|call| call.is_some());
            Stored::Stray(switch, id, ours)
        });
    }

    /// A switch is gone. Its calls keep their deadlines; nothing new is dialed through it.
    pub(super) fn switch_down(&mut self, name: &SwitchName, reason: String, now: Instant) {
        tracing::warn!(switch = %name, %reason, "switch down");
        self.mark_switch(name, Some(reason), now);
        for id in self.calls_where(|live| live.unheard && live.call.switch.as_ref() == Some(name)) {
            self.heard(id);
        }
    }

    fn mark_switch(&mut self, name: &SwitchName, down: Option<String>, now: Instant) {
        let at = self.clock.timestamp(now);
        self.scheduler.set_switch_up(name, down.is_none());
        if let Some(station) = Arc::make_mut(&mut self.book).stations.get_mut(name) {
            if station.down.is_some() != down.is_some() {
                station.since = at;
            }
            station.down = down;
        }
        // Projects with several trunks may leave by others now.
        if self
            .book
            .tenants
            .values()
            .any(|tenant| tenant.project.trunks.all().len() > 1)
        {
            self.ways_changed(now);
        }
    }

    pub(super) fn keep_project(&mut self, project: Project) {
        self.scheduler.set_project(project.id, project.limits);
        let tenant = Tenant::new(project);
        let before = self
            .book
            .tenants
            .get(&tenant.project.id)
            .map(|tenant| &tenant.project.number_caps);
        if before.is_some_and(|before| *before != tenant.project.number_caps) {
            // What waits was counted by the caps before.
            self.lists.generation += 1;
        }
        Arc::make_mut(&mut self.book)
            .tenants
            .insert(tenant.project.id, tenant);
    }

    pub(super) fn drop_project(&mut self, id: ProjectId) {
        self.scheduler.remove_project(id);
        Arc::make_mut(&mut self.book).tenants.remove(&id);
    }

    pub(super) fn keep_trunk(&mut self, trunk: Trunk) {
        if !trunk.breaker || !trunk.enabled {
            self.trust_again(trunk.id);
        }
        self.scheduler
            .set_trunk(trunk.id, trunk.switch.clone(), trunk.limits, trunk.enabled);
        Arc::make_mut(&mut self.book).trunks.insert(trunk.id, trunk);
    }

    pub(super) fn drop_trunk(&mut self, id: TrunkId) {
        self.trust_again(id);
        self.scheduler.remove_trunk(id);
        Arc::make_mut(&mut self.book).trunks.remove(&id);
    }
}
