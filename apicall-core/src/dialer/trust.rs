//! Keeps calls away from trunks that fail: what calls tell of their trunk goes to its breaker, and what this allows to the
//! scheduler and to the ways of projects.
//!
//! Deliberately absent: when a breaker opens and closes, which is `schedule::breaker`.

use super::campaigns::Again;
use super::owner::Owner;
use crate::model::{Call, Timestamp, TrunkId};
use crate::schedule::breaker::{self, Allowed, Breaker, State};
use crate::schedule::exits::{self, Usable};
use rand::RngExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The breakers of trunks that were used.
#[derive(Debug, Default)]
pub(super) struct Breakers {
    of: HashMap<TrunkId, Breaker>,
    /// When one of them changes by time alone.
    pub next: Option<Instant>,
}

/// How a trunk's breaker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerHealth {
    /// Whose.
    pub trunk: TrunkId,
    /// `closed`, `ramp`, `open` or `half_open`.
    pub state: &'static str,
    /// When that changes by time alone.
    pub until: Option<Timestamp>,
    /// Why it opened last; empty when it never did.
    pub why: String,
}

impl Owner {
    /// A call leaves by a trunk.
    pub(super) fn leaves_by(&mut self, trunk: TrunkId, now: Instant) {
        if let Some(breaker) = self.breakers.of.get_mut(&trunk) {
            breaker.started();
            if matches!(breaker.state(), State::HalfOpen(..)) {
                self.apply(trunk, now);
            }
        }
    }

    /// A call that had left has ended.
    pub(super) fn tells_of_trunk(&mut self, call: &Call, now: Instant) {
        let (Some(trunk), Some(dialed), Some(outcome)) = (call.trunk, call.dialed_at, call.outcome) else {
            return;
        };
        if !self.book.trunks.get(&trunk).is_some_and(|trunk| trunk.breaker) {
            return;
        }
        let reached = call.ringing_at.or(call.answered_at);
        let delay = reached.map(|reached| reached.since(dialed));
        let breaker = self.breakers.of.entry(trunk).or_default();
        let before = breaker.state();
        breaker.ended(breaker::sign(outcome, delay), now);
        if breaker.state() != before {
            self.apply(trunk, now);
        }
    }

    /// Lets time pass for breakers.
    pub(super) fn tick_breakers(&mut self, now: Instant) {
        if self.breakers.next.is_none_or(|next| now < next) {
            return;
        }
        self.breakers.next = None;
        let all: Vec<_> = self.breakers.of.keys().copied().collect();
        for trunk in all {
            if let Some(breaker) = self.breakers.of.get_mut(&trunk) {
                breaker.tick(now);
            }
            self.apply(trunk, now);
        }
    }

    /// Forgets what is known of a trunk whose breaker is turned off, or that is gone.
    pub(super) fn trust_again(&mut self, trunk: TrunkId) {
        if self.breakers.of.remove(&trunk).is_some() {
            self.scheduler.trust_trunk(trunk, true, None);
            Arc::make_mut(&mut self.book).trials.remove(&trunk);
        }
    }

    /// How the breakers stand.
    pub(super) fn breaker_health(&self) -> Vec<BreakerHealth> {
        let told = self.breakers.of.iter().map(|(trunk, breaker)| BreakerHealth {
            trunk: *trunk,
            state: match breaker.state() {
                State::Closed(None) => "closed",
                State::Closed(Some(_)) => "ramp",
                State::Open(_) => "open",
                State::HalfOpen(..) => "half_open",
            },
            until: match breaker.state() {
                State::Open(until) => Some(self.clock.timestamp(until)),
                _ => None,
            },
            why: breaker.why().to_owned(),
        });
        told.collect()
    }

    /// The call by another trunk that is made at once for a contact, since this one could not carry its call. There is one such
    /// call at most, then its retries apply.
    pub(super) fn again(&self, call: &Call) -> Option<Again> {
        let (campaign, contact, failed) = (call.campaign?, call.contact?, call.trunk?);
        let project = &self.book.tenants.get(&call.project)?.project;
        let may = exits::goes_elsewhere(&project.retry, call.attempt, call.outcome?, call.instead_of);
        let mut others = project.ways_out();
        others.retain(|way| way.trunk != failed);
        let open = exits::open(&others, |trunk| self.book.usable(trunk));
        let by = exits::pick(&open, rand::rng().random()).filter(|_| may)?;
        Some(Again {
            campaign,
            contact,
            failed,
            by,
        })
    }

    /// Lets through a trunk what its breaker allows.
    fn apply(&mut self, trunk: TrunkId, now: Instant) {
        let Some(breaker) = self.breakers.of.get(&trunk) else {
            return;
        };
        if let Some(next) = breaker.next(now) {
            // A step of the ramp that is due this moment was taken already.
            let next = next.max(now + Duration::from_millis(1));
            self.breakers.next = Some(self.breakers.next.map_or(next, |set| set.min(next)));
        }
        let (open, cps) = match breaker.allowed(now) {
            Allowed::None => (false, None),
            Allowed::AtMost(cps) => (true, Some(cps)),
            Allowed::All => (true, None),
        };
        self.scheduler.trust_trunk(trunk, open, cps);
        let usable = match breaker.state() {
            State::Closed(None) => Usable::Fully,
            State::Open(_) => Usable::Not,
            State::Closed(Some(_)) | State::HalfOpen(..) => Usable::OnTrial,
        };
        if self.book.trials.get(&trunk).copied().unwrap_or(Usable::Fully) != usable {
            let (state, why) = (breaker.state(), breaker.why());
            tracing::warn!(%trunk, ?usable, ?state, why, "a trunk is trusted otherwise");
            Arc::make_mut(&mut self.book).trials.insert(trunk, usable);
            self.ways_changed(now);
        }
    }
}
