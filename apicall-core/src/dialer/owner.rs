//! The one task that owns all live calls.

use super::book::{Book, Station};
use super::campaigns::Feed;
use super::deadline::{Deadlines, Due};
use super::drive::Walked;
use super::handle::Request;
use super::lists::Lists;
use super::live::Live;
use super::metronome::Metronome;
use super::overload::Governed;
use super::records::{Entry, Records};
use super::requests::Drain;
use super::sharing::Sharing;
use super::stored::Pending;
use super::trust::Breakers;
use super::webhook::Webhooks;
use super::{DialerError, DialerSettings, SwitchSlot};
use crate::model::{CallId, CallState, CampaignId, Clock, Cps, SwitchName};
use crate::schedule::Scheduler;
use crate::store::{Health, Store};
use crate::switch::{self, Command, Originate, WayOut};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Records the store had no room for are offered again this often.
const RECORDS_RETRY: Duration = Duration::from_millis(50);

/// What is taken in at most before the next start is looked at.
const TOGETHER: usize = 16;

/// The owner.
pub(super) struct Owner {
    pub clock: Clock,
    pub webhooks: Arc<dyn Webhooks>,
    pub store: Store,
    pub records: Records,
    pub book: Arc<Book>,
    /// The book as others read it.
    published: watch::Sender<Arc<Book>>,
    pub scheduler: Scheduler,
    pub calls: HashMap<CallId, Live>,
    pub deadlines: Deadlines,
    pub feeds: HashMap<CampaignId, Feed>,
    pub pending: FuturesUnordered<Pending>,
    /// Legs of visitors whose records are being written.
    pub visitors: HashMap<CallId, Box<dyn switch::Leg>>,
    pub drain: Option<Drain>,
    pub lists: Lists,
    pub governed: HashMap<SwitchName, Governed>,
    /// When the governors are to be asked again.
    pub govern_at: Option<Instant>,
    pub breakers: Breakers,
    pub sharing: Sharing,
    pub walked: mpsc::UnboundedSender<(CallId, Walked)>,
    walks: mpsc::UnboundedReceiver<(CallId, Walked)>,
    requests: mpsc::Receiver<Request>,
    events: mpsc::UnboundedReceiver<switch::Event>,
    health: watch::Receiver<Health>,
    pub next_feed: Instant,
    /// Whether nothing is dialed because the engine's lease is not certain.
    lapsed: bool,
}

impl Owner {
    /// Reads what was going on before.
    pub(super) async fn wake_up(
        settings: DialerSettings,
        store: Store,
        switches: Vec<SwitchSlot>,
        requests: mpsc::Receiver<Request>,
        events: mpsc::UnboundedReceiver<switch::Event>,
        webhooks: Arc<dyn Webhooks>,
        clock: Clock,
    ) -> Result<Self, DialerError> {
        let now = now();
        let (walked, walks) = mpsc::unbounded_channel();
        let mut owner = Self {
            clock,
            webhooks,
            records: Records::new(store.journal()),
            book: Arc::default(),
            published: watch::Sender::default(),
            scheduler: Scheduler::new(settings.limits, now + settings.hold_after_start),
            calls: HashMap::new(),
            deadlines: Deadlines::default(),
            feeds: HashMap::new(),
            pending: FuturesUnordered::new(),
            visitors: HashMap::new(),
            drain: None,
            lists: Lists::default(),
            governed: HashMap::new(),
            govern_at: None,
            breakers: Breakers::default(),
            sharing: Sharing::new(settings.limits_span_engines.then_some(settings.limits)),
            walked,
            walks,
            requests,
            events,
            health: store.health_watch(),
            next_feed: now,
            lapsed: false,
            store,
        };
        owner.know_switches(switches, &settings, now);
        owner.recover(&settings, now).await?;
        owner.publish();
        Ok(owner)
    }

    /// The book, for those who read along.
    pub(super) fn read_along(&self) -> watch::Receiver<Arc<Book>> {
        self.published.subscribe()
    }

    /// Shows what has changed in the book.
    pub(super) fn publish(&self) {
        self.published.send_if_modified(|known| {
            let changed = !Arc::ptr_eq(known, &self.book);
            known.clone_from(&self.book);
            changed
        });
    }

    fn know_switches(&mut self, switches: Vec<SwitchSlot>, settings: &DialerSettings, now: Instant) {
        for slot in switches {
            let name = slot.switch.name.clone();
            self.scheduler
                .set_switch(name.clone(), slot.limits, slot.max_unanswered);
            self.scheduler.set_switch_up(&name, false);
            if slot.governed {
                let rates = [slot.limits.cps, settings.limits.cps];
                let rates = rates.into_iter().flatten().map(Cps::per_second);
                self.governed.insert(name.clone(), Governed::new(rates));
            }
            let station = Station {
                slot,
                down: Some("not connected yet".to_owned()),
                since: self.clock.timestamp(now),
            };
            Arc::make_mut(&mut self.book).stations.insert(name, station);
        }
    }

    /// Runs until drained, or until nobody holds the dialer any more.
    pub(super) async fn run(mut self) {
        let mut metronome = Metronome::start();
        loop {
            let now = now();
            self.offer_records();
            self.expire(now);
            self.govern(now);
            self.tick_breakers(now);
            self.feed(now);
            self.settle(now);
            if self.dial() {
                // A start counts from its grant: its switch is to have it before anything else is done here.
                tokio::task::yield_now().await;
            }
            if self.drained(now) {
                return;
            }
            self.publish();
            let (turn, wake) = (self.scheduler.next_wakeup(), self.wake_at(now));
            tokio::select! {
                biased;
                Some(event) = self.events.recv() => {
                    self.hear(event);
                    self.hear_more();
                }
                Some((call, what)) = self.walks.recv() => self.follow(call, what),
                Some(done) = self.pending.next() => {
                    self.take(done);
                    self.take_more();
                }
                request = self.requests.recv() => match request {
                    Some(request) => {
                        self.answer(request);
                        self.answer_more();
                    }
                    None => return,
                },
                Ok(()) = self.health.changed() => self.decide_pause(),
                () = metronome.wait_until(turn.unwrap_or(wake)), if turn.is_some() => {}
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Takes in what came together with something from a switch: looking at everything else once for all of it.
    fn hear_more(&mut self) {
        for _ in 0..TOGETHER {
            if let Ok(event) = self.events.try_recv() {
                self.hear(event);
            } else if let Ok((call, what)) = self.walks.try_recv() {
                self.follow(call, what);
            } else {
                return;
            }
        }
    }

    /// Answers others who ask at the same moment.
    fn answer_more(&mut self) {
        for _ in 0..TOGETHER {
            match self.requests.try_recv() {
                Ok(request) => self.answer(request),
                Err(_) => return,
            }
        }
    }

    /// Takes in what the store has done in the same transaction.
    fn take_more(&mut self) {
        for _ in 0..TOGETHER {
            match self.pending.next().now_or_never() {
                Some(Some(done)) => self.take(done),
                _ => return,
            }
        }
    }

    /// When to look again, beside the next turn in dialing, which is kept more exactly.
    fn wake_at(&mut self, now: Instant) -> Instant {
        let records = (!self.records.is_clear()).then(|| now + RECORDS_RETRY);
        let drain = self.drain.as_ref().map(|drain| drain.until);
        [
            self.deadlines.next(),
            records,
            drain,
            self.govern_at,
            self.breakers.next,
            (!self.feeds.is_empty()).then_some(self.next_feed),
            self.sharing.next(),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(now + Duration::from_secs(1))
    }

    /// Gives every call whose turn it is to its switch; whether there was one.
    fn dial(&mut self) -> bool {
        let (now, mut dialed) = (now(), false);
        let lapsed = !self.store.may_dial(now);
        if lapsed != self.lapsed {
            self.lapsed = lapsed;
            self.decide_pause();
        }
        while let Some(id) = self.scheduler.start(now) {
            if self.held_back(id, now) {
                continue;
            }
            if let Some(why) = self.shows_no_more(id, now) {
                self.scheduler.ended(id);
                self.give_back(vec![id], why, now);
                continue;
            }
            let Some((switch, originate)) = self.originate(id) else {
                self.scheduler.ended(id);
                self.give_back(vec![id], "its trunk or project is gone", now);
                continue;
            };
            self.enter(id, CallState::Dialing, now);
            self.wait_for(id, Due::Answer, now);
            if let Some(trunk) = self.calls.get(&id).and_then(|live| live.call.trunk) {
                self.leaves_by(trunk, now);
            }
            self.command(&switch, Command::Originate(Box::new(originate)));
            self.save(id);
            dialed = true;
        }
        dialed
    }

    fn originate(&self, id: CallId) -> Option<(SwitchName, Originate)> {
        let call = &self.calls.get(&id)?.call;
        let tenant = self.book.tenants.get(&call.project)?;
        let trunk = self.book.trunks.get(&call.trunk?)?;
        let originate = Originate {
            call: id,
            project: call.project,
            number: call.number.clone()?,
            way: WayOut::from(trunk),
            caller_id: call
                .caller_id
                .as_ref()
                .map(|number| trunk.caller_id_format.write(number)),
            ring_timeout: tenant.project.ring_timeout(),
            variables: call.variables.clone(),
        };
        Some((call.switch.clone()?, originate))
    }

    /// Tells a switch something. A switch's task ends only with the engine; a deadline ends its calls then.
    pub(super) fn command(&self, switch: &SwitchName, command: Command) {
        if let Some(station) = self.book.stations.get(switch) {
            let _ = station.slot.switch.commands.send(command);
        }
    }

    /// Takes a live call to a state; says whether the table of a call's life allowed it.
    pub(super) fn enter(&mut self, id: CallId, state: CallState, now: Instant) -> bool {
        let at = self.clock.timestamp(now);
        self.calls.get_mut(&id).is_some_and(|live| live.enter(state, at))
    }

    /// Sets what a live call waits for.
    pub(super) fn wait_for(&mut self, id: CallId, due: Due, now: Instant) {
        let Some(live) = self.calls.get_mut(&id) else {
            return;
        };
        let project = self
            .book
            .tenants
            .get(&live.call.project)
            .map(|tenant| &tenant.project);
        let until = now + due.limit(project);
        self.deadlines.set(id, live.deadline.replace(until), until);
        live.due = due;
    }

    /// Hands a live call's record to the store as it is. Nobody waits for it: the call's last record is written after it.
    pub(super) fn save(&mut self, id: CallId) {
        if let Some(live) = self.calls.get_mut(&id) {
            let entry = Entry::Save(live.call.clone(), live.settled());
            if self.records.write(entry).is_none() {
                self.decide_pause();
            }
        }
    }

    /// Hands an entry to the store; while some of them have to wait, nothing is dialed.
    pub(super) fn write(&mut self, entry: Entry) {
        match self.records.write(entry) {
            Some(reply) => self.await_written(reply),
            None => self.decide_pause(),
        }
    }

    fn offer_records(&mut self) {
        if self.records.is_clear() {
            return;
        }
        for reply in self.records.retry() {
            self.await_written(reply);
        }
        if self.records.is_clear() {
            // What was written late may have set contacts free.
            self.look_everywhere(now());
        }
        self.decide_pause();
    }

    /// Nothing is dialed while the store is away or behind, or the engine stops.
    pub(super) fn decide_pause(&mut self) {
        let away = *self.health.borrow_and_update() != Health::Up;
        let paused = away || self.lapsed || !self.records.is_clear() || self.drain.is_some();
        self.scheduler.set_paused(paused);
    }
}

/// The moment. The owner and its start are the only ones in the dialer to ask; everybody else is told.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
