//! The courier: sends what webhooks are to be told, one task an engine.
//!
//! Nobody waits for it: it reads its work from the store, where it stands since the event. Each webhook has a few places of its
//! own, and one that fails has one until it answers again, so that neither a slow nor a dead one holds up the others.
//! It claims what it sends, for longer than an attempt takes; what it did not live to write down is sent again.
//!
//! Deliberately absent: when to try again (`schedule::redelivery`), and who wants to know what (`store`).

use super::{Sender, signature};
use apicall_core::model::{Clock, Delivery, WebhookId, WebhookMethod, WebhookReply, WebhookRequest};
use apicall_core::schedule::redelivery;
use apicall_core::store::{Attempted, DeliveryFate, Outgoing, Store, StoreError};
use rand::RngExt;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How often it looks for what is due.
const LOOK: Duration = Duration::from_millis(500);
/// Within this the whole answer is there, or the attempt has failed.
const DEADLINE: Duration = Duration::from_secs(10);
/// So long nobody else sends what was claimed: an attempt, and all the time its record may take.
const CLAIM: Duration = Duration::from_secs(30);
/// Attempts under way at once: of all webhooks, of one, and of one whose last attempt failed.
const PLACES: usize = 256;
const PLACES_OF_ONE: usize = 16;
const PLACES_OF_FAILING: usize = 1;
/// How often what is old is removed, after how long, and how much at once.
const TIDY: Duration = Duration::from_secs(60);
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const SOME: u32 = 1_000;
/// When the engine stops, attempts under way get this long.
const LAST_ATTEMPTS: Duration = Duration::from_secs(3);

/// The courier.
pub(crate) struct Courier {
    store: Store,
    sender: Sender,
    clock: Clock,
    /// Attempts under way; each brings whether it was taken.
    attempts: JoinSet<bool>,
    /// To whom each of them is.
    busy: HashMap<Id, WebhookId>,
    /// Webhooks whose last attempt failed.
    failing: HashSet<WebhookId>,
    /// Webhooks that had as much as was asked for: there may be more.
    more: HashSet<WebhookId>,
    /// Who was asked last.
    last: Option<WebhookId>,
}

impl Courier {
    pub(crate) fn new(store: Store, sender: Sender, clock: Clock) -> Self {
        Self {
            store,
            sender,
            clock,
            attempts: JoinSet::new(),
            busy: HashMap::new(),
            failing: HashSet::new(),
            more: HashSet::new(),
            last: None,
        }
    }

    /// Works until the engine stops.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let (mut look, mut tidy) = (every(LOOK), every(TIDY));
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(done) = self.attempts.join_next_with_id() => {
                    if self.done(done) {
                        self.look().await;
                    }
                }
                _ = look.tick() => self.look().await,
                _ = tidy.tick() => self.tidy().await,
            }
        }
        let rest = async { while self.attempts.join_next().await.is_some() {} };
        // Whatever does not end in time is sent again by the next start.
        let _ = tokio::time::timeout(LAST_ATTEMPTS, rest).await;
    }

    /// Takes in that an attempt ended; whether its webhook may have more and has all its places free.
    fn done(&mut self, done: Result<(Id, bool), JoinError>) -> bool {
        let (id, delivered) = done.unwrap_or_else(|error| {
            tracing::error!(%error, "an attempt to tell a webhook broke off");
            (error.id(), false)
        });
        let Some(webhook) = self.busy.remove(&id) else {
            return false;
        };
        if delivered {
            self.failing.remove(&webhook);
        } else {
            self.failing.insert(webhook);
        }
        delivered && self.under_way(webhook) == 0 && self.more.remove(&webhook)
    }

    fn under_way(&self, webhook: WebhookId) -> usize {
        self.busy.values().filter(|busy| **busy == webhook).count()
    }

    /// Begins attempts at what is due.
    async fn look(&mut self) {
        match self.begin().await {
            // What could not be claimed waits in the store, which says by itself that it is away.
            Ok(())
            | Err(StoreError::Away(_) | StoreError::Full | StoreError::Collided(_) | StoreError::Fenced(_)) =>
                {}
            Err(error) => tracing::error!(%error, "cannot look for what webhooks are to be told"),
        }
    }

    /// Asks one webhook after the other, as far as there are places; those that had less than was asked for leave them to the next.
    async fn begin(&mut self) -> Result<(), StoreError> {
        if self.attempts.len() >= PLACES {
            return Ok(());
        }
        let due = self.store.due_webhooks(self.clock.now()).await?;
        let mut due = in_turn(due, self.last, &self.failing).into_iter();
        loop {
            let wanted = self.wanted(&mut due);
            let Some((last, _)) = wanted.last() else {
                return Ok(());
            };
            self.last = Some(*last);
            let now = self.clock.now();
            let claimed = self.store.claim_deliveries(wanted.clone(), now, now.plus(CLAIM));
            let claimed = claimed.await?;
            for (webhook, most) in wanted {
                let got = claimed.iter().filter(|one| one.webhook == webhook).count();
                if got == most as usize {
                    self.more.insert(webhook);
                }
            }
            claimed.into_iter().for_each(|one| self.attempt(one));
        }
    }

    /// How much to ask for of the next webhooks, until the free places are given away.
    fn wanted(&self, due: &mut impl Iterator<Item = WebhookId>) -> Vec<(WebhookId, u32)> {
        let mut free = PLACES.saturating_sub(self.attempts.len());
        let mut wanted = Vec::new();
        while free > 0 {
            let Some(webhook) = due.next() else { break };
            let places = self.places(webhook).min(free);
            if places > 0 {
                free -= places;
                wanted.push((webhook, u32::try_from(places).unwrap_or(u32::MAX)));
            }
        }
        wanted
    }

    fn places(&self, webhook: WebhookId) -> usize {
        let most = if self.failing.contains(&webhook) {
            PLACES_OF_FAILING
        } else {
            PLACES_OF_ONE
        };
        most.saturating_sub(self.under_way(webhook))
    }

    fn attempt(&mut self, outgoing: Outgoing) {
        let webhook = outgoing.webhook;
        let (store, sender, clock) = (self.store.clone(), self.sender.clone(), self.clock);
        let attempt = self.attempts.spawn(async move {
            let (attempted, delivered) = send(&sender, clock, &outgoing).await;
            let fate = if delivered {
                DeliveryFate::Delivered
            } else {
                let draw = rand::rng().random();
                redelivery::again(outgoing.attempts, attempted.at, outgoing.give_up_at, draw)
                    .map_or(DeliveryFate::Failed, DeliveryFate::RetryAt)
            };
            log(&outgoing, &attempted, fate);
            if let Err(error) = store.settle_delivery(outgoing.id, attempted, fate).await {
                tracing::error!(delivery = %outgoing.id, %error, "a delivery will be sent again, as its attempt could not be written");
            }
            delivered
        });
        self.busy.insert(attempt.id(), webhook);
    }

    /// Gives up what is too late, and removes what is old.
    async fn tidy(&self) {
        let now = self.clock.now();
        let before = now.minus(KEEP);
        loop {
            let late = self.store.give_up_deliveries(now, SOME).await;
            let old = self.store.prune_deliveries(before, SOME).await;
            match (late, old) {
                (Ok(late), Ok(old)) if late + old > 0 => {}
                // What did not work now is done the next time.
                _ => return,
            }
        }
    }
}

/// The webhooks in the order of their turns: from the one after the last that was asked, and those that fail after all others.
fn in_turn(mut due: Vec<WebhookId>, last: Option<WebhookId>, failing: &HashSet<WebhookId>) -> Vec<WebhookId> {
    let next = due.partition_point(|webhook| Some(*webhook) <= last);
    due.rotate_left(next);
    due.sort_by_key(|webhook| failing.contains(webhook));
    due
}

/// Sends one: how it went, and whether it was taken.
async fn send(sender: &Sender, clock: Clock, outgoing: &Outgoing) -> (Attempted, bool) {
    let began = clock.now();
    let header = |name: &str, value: String| (name.to_owned(), value);
    let request = WebhookRequest {
        method: WebhookMethod::Post,
        url: outgoing.url.to_string(),
        headers: vec![
            header("apicall-delivery", outgoing.id.to_string()),
            header("apicall-event", outgoing.event.to_string()),
            header(
                signature::HEADER,
                signature::sign(&outgoing.secret, began, &outgoing.body),
            ),
        ],
        body: Some(outgoing.body.clone()),
        timeout: DEADLINE,
        read_body: false,
    };
    let reply = tokio::time::timeout(DEADLINE, sender.ask(request)).await;
    let (status, error) = match reply {
        Ok(Ok(WebhookReply::Answered { status, .. })) if (200..300).contains(&status) => (Some(status), None),
        Ok(Ok(WebhookReply::Answered { status, .. })) => {
            (Some(status), Some(format!("it answered {status}, not 2xx")))
        }
        Ok(Ok(WebhookReply::Failed(reason)) | Err(reason)) => (None, Some(reason)),
        Ok(Ok(WebhookReply::CallerLeft)) => (None, Some("it was not sent".to_owned())),
        Err(_) => (None, Some(format!("no answer within {} s", DEADLINE.as_secs()))),
    };
    let at = clock.now();
    let delivered = error.is_none();
    let attempted = Attempted {
        at,
        status,
        error,
        took: at.since(began),
    };
    (attempted, delivered)
}

fn log(outgoing: &Outgoing, attempted: &Attempted, fate: DeliveryFate) {
    let Outgoing {
        id,
        webhook,
        attempts,
        ..
    } = outgoing;
    let reason = attempted.error.as_deref().unwrap_or_default();
    match fate {
        DeliveryFate::Delivered => tracing::debug!(%webhook, delivery = %id, attempts, "a webhook was told"),
        DeliveryFate::RetryAt(at) => {
            tracing::debug!(%webhook, delivery = %id, attempts, reason, next = %at, "a webhook was not told");
        }
        DeliveryFate::Failed => {
            let hours = Delivery::PATIENCE.as_secs() / 3_600;
            tracing::warn!(%webhook, delivery = %id, attempts, reason, "gave up telling a webhook after {hours} h");
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_turn_and_those_that_fail_come_last() {
        let ids =
            |ids: &[i64]| -> Vec<WebhookId> { ids.iter().map(|id| (*id).try_into().unwrap()).collect() };
        let failing = ids(&[2, 5]).into_iter().collect();
        for (last, expected) in [
            (None, [1, 3, 4, 2, 5]),
            (Some(1), [3, 4, 1, 2, 5]),
            (Some(2), [3, 4, 1, 5, 2]),
            (Some(4), [1, 3, 4, 5, 2]),
            (Some(9), [1, 3, 4, 2, 5]),
        ] {
            let last = last.map(|id: i64| id.try_into().unwrap());
            assert_eq!(
                in_turn(ids(&[1, 2, 3, 4, 5]), last, &failing),
                ids(&expected),
                "{last:?}"
            );
        }
        assert!(in_turn(vec![], None, &failing).is_empty());
    }
}
