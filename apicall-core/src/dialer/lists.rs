//! Do-not-call lists, against calls that were fetched before an entry came.
//!
//! Fetched calls were held against the lists in the transaction that fetched them. An entry that comes later stops the calls to
//! its number that wait, and for a while those that are just being fetched. When many come, every call is held against the lists
//! once more before it leaves.
//!
//! Deliberately absent: the lists, which are the store's.

use super::deadline::Due;
use super::owner::Owner;
use super::records::Entry;
use super::stored::Stored;
use crate::model::{CallId, DncEntry, DncOrigin, Origin, PhoneNumber, ProjectId, Waits};
use crate::schedule::Lane;
use crate::store::{NewDnc, StoreError};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// No fetch takes this long: entries that are older are known to every one that goes on.
const FETCHING: Duration = Duration::from_secs(600);
/// New entries read at once; when there are more, they are many.
pub(super) const SOME: u32 = 1_000;
/// Entries before the last one that are looked at again: of two that are written at once, the earlier may be seen later.
const AGAIN: i64 = 200;

/// What changed in the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListChange {
    /// A number is not to be called: by a project, or by all.
    Added(PhoneNumber, Option<ProjectId>),
    /// It may be called again.
    Removed(PhoneNumber, Option<ProjectId>),
    /// Many came.
    Many,
}

/// What is known of the lists beside what the store tells with each fetch.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Numbers that came lately, with when.
    fresh: HashMap<(PhoneNumber, Option<ProjectId>), Instant>,
    /// How often many came. A call that was held against an earlier one has to be held against the lists again.
    pub generation: u64,
    /// The last entry that is known, where others add some.
    last: Option<i64>,
}

impl Lists {
    /// The entry after which to look for what others listed.
    pub(super) fn looked_until(&self) -> Option<i64> {
        self.last.map(|last| last.saturating_sub(AGAIN))
    }

    /// Whether a number came lately.
    pub(super) fn has(&self, project: ProjectId, number: &PhoneNumber) -> bool {
        // Nearly always empty; the keys are owned.
        !self.fresh.is_empty()
            && [None, Some(project)]
                .into_iter()
                .any(|whose| self.fresh.contains_key(&(number.clone(), whose)))
    }

    fn add(&mut self, number: PhoneNumber, project: Option<ProjectId>, now: Instant) {
        self.fresh
            .retain(|_, since| now.duration_since(*since) < FETCHING);
        self.fresh.insert((number, project), now);
    }
}

impl Owner {
    /// Heeds a change of the lists.
    pub(super) fn heed(&mut self, change: ListChange, now: Instant) {
        match change {
            ListChange::Added(number, project) => {
                self.lists.add(number.clone(), project, now);
                let waiting = self.calls_where(|live| {
                    live.due == Due::Slot
                        && live.call.number.as_ref() == Some(&number)
                        && project.is_none_or(|project| project == live.call.project)
                });
                // One that is not yet offered is stopped when its turn comes.
                let waiting = waiting
                    .into_iter()
                    .filter(|call| self.scheduler.withdraw_call(*call));
                let held: Vec<_> = waiting.map(|call| (call, Waits::LISTED)).collect();
                self.hold(held, now);
            }
            ListChange::Removed(number, project) => {
                self.lists.fresh.remove(&(number, project));
            }
            ListChange::Many => self.lists.generation += 1,
        }
    }

    /// Heeds what other engines listed since the last look, and some of what came before it.
    pub(super) fn heed_others(&mut self, entries: Vec<DncEntry>, now: Instant) {
        let newest = entries.iter().map(|entry| entry.id).max().unwrap_or(0);
        let before = self.lists.last.replace(newest.max(self.lists.last.unwrap_or(0)));
        if before.is_none() || entries.len() >= SOME as usize {
            return self.heed(ListChange::Many, now);
        }
        for entry in entries {
            let whose = (entry.number, entry.project);
            if !self.lists.fresh.contains_key(&whose) {
                self.heed(ListChange::Added(whose.0, whose.1), now);
            }
        }
    }

    /// A callee does not want to be called again.
    pub(super) fn opt_out(&mut self, id: CallId, now: Instant) {
        let Some(live) = self.calls.get(&id) else { return };
        let Some(number) = live.call.number.clone() else {
            return tracing::warn!(call = %id, "somebody without a number opted out; nobody can be listed");
        };
        let project = Some(live.call.project);
        let entry = NewDnc {
            number: number.clone(),
            project,
            origin: DncOrigin::OptOut,
            reason: String::new(),
            call: Some(id),
        };
        self.write(Entry::List(entry, self.clock.timestamp(now)));
        self.heed(ListChange::Added(number, project), now);
    }

    /// Whether a call whose turn it is was held against lists that are no longer all. Campaigns fetch theirs again; a single
    /// one is asked about, and comes back when it may leave.
    pub(super) fn is_out_of_date(&mut self, id: CallId, now: Instant) -> bool {
        let generation = self.lists.generation;
        let Some(live) = self.calls.get(&id).filter(|live| live.lists != generation) else {
            return false;
        };
        self.scheduler.ended(id);
        if live.call.origin == Origin::Campaign {
            let beside = live
                .call
                .campaign
                .map(|campaign| self.scheduler.waiting_of(campaign));
            let mut old: Vec<_> = beside.into_iter().flatten().collect();
            old.retain(|call| self.calls.get(call).is_some_and(|live| live.lists != generation));
            old.push(id);
            self.give_back(old, "do-not-call lists changed", now);
            return true;
        }
        let (store, project, number) = (self.store.clone(), live.call.project, live.call.number.clone());
        self.follow_up(async move {
            let listed = store.listed(project, number.into_iter().collect()).await;
            Stored::Checked(id, generation, listed.map(|listed| !listed.is_empty()))
        });
        true
    }

    /// A single call was held against the lists once more. What could not be looked up is a no.
    pub(super) fn checked(&mut self, id: CallId, lists: u64, listed: Result<bool, StoreError>, now: Instant) {
        let Some(live) = self.calls.get_mut(&id).filter(|live| live.due == Due::Slot) else {
            return;
        };
        match listed {
            Ok(false) => {
                live.lists = lists;
                if let Some(trunk) = live.call.trunk {
                    self.scheduler.offer(Lane::Manual(live.call.project, trunk), id);
                }
            }
            Ok(true) => self.hold(vec![(id, Waits::LISTED)], now),
            Err(error) => {
                tracing::warn!(call = %id, %error, "cannot look a number up in the do-not-call lists");
                self.hold(vec![(id, Waits::LISTED)], now);
            }
        }
    }
}
