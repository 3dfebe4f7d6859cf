//! The number that a call shows: by which rule the store chooses it, and whether it may still be shown when the call leaves.
//!
//! Deliberately absent: the rule itself, which is `schedule::caller_id`.

use super::book::Book;
use super::owner::Owner;
use crate::model::{
    CalendarDay, CallId, CallerId, CallerIdChoice, CallerIdFacts, CallerIds, ChosenBy, Hold, Origin,
    PhoneNumber, Project, ProjectId, Timestamp, Waits,
};
use crate::schedule::caller_id::{self, Choice, Today};
use crate::store::{CallerIdRule, Chosen, Shows};
use rand::RngExt;
use std::sync::Arc;
use std::time::Instant;

/// What calls of a project show that are made at a time.
pub(super) fn shows(book: &Book, project: ProjectId, at: Timestamp) -> Shows {
    let project = book.tenants.get(&project).map(|tenant| &tenant.project);
    match project.and_then(|project| Rule::of(project, at, rand::rng().random())) {
        Some(rule) => Shows::Chosen(Arc::new(rule)),
        None => Shows::Always(project.and_then(|project| project.caller_id.clone())),
    }
}

/// The rule of a project at a moment.
#[derive(Debug)]
struct Rule {
    ids: CallerIds,
    own: Option<CallerId>,
    at: Timestamp,
    today: Today,
    seed: u64,
}

impl Rule {
    fn of(project: &Project, at: Timestamp, seed: u64) -> Option<Self> {
        Some(Self {
            ids: project.caller_ids.clone()?,
            own: project.caller_id.clone(),
            at,
            today: caller_id::today(project, at),
            seed,
        })
    }

    /// Another number for each call: the place of its use is.
    fn random(&self, facts: &[CallerIdFacts]) -> u64 {
        let turn = facts.iter().map(|facts| facts.turn).max().unwrap_or(0);
        // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
        let mut mixed = self.seed.wrapping_add(turn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl CallerIdRule for Rule {
    fn numbers(&self) -> &[CallerId] {
        self.ids.numbers()
    }

    fn day(&self) -> CalendarDay {
        self.today.day
    }

    fn judge(&self, facts: &CallerIdFacts) -> CallerIdFacts {
        caller_id::judge(&self.ids, facts, self.at)
    }

    fn choose(&self, facts: &[CallerIdFacts], callee: &PhoneNumber) -> Chosen {
        let because = |by| CallerIdChoice {
            by,
            day: self.today.day,
        };
        let random = self.random(facts);
        match caller_id::choose(&self.ids, facts, callee, self.at, self.today, random) {
            Choice::Number(place, by) => Chosen::Number(place, because(by)),
            Choice::Own => Chosen::Own(self.own.clone(), because(ChosenBy::NoneFree)),
            Choice::Wait(until) => Chosen::Wait(Waits {
                reason: Hold::CallerId,
                until: Some(until),
            }),
        }
    }
}

impl Owner {
    /// Why a call whose turn it is may not leave with the number that was chosen for it. A single number that was changed
    /// meanwhile is shown as it is now.
    pub(super) fn shows_no_more(&mut self, id: CallId, now: Instant) -> Option<&'static str> {
        let at = self.clock.timestamp(now);
        let call = &mut self.calls.get_mut(&id)?.call;
        let project = &self.book.tenants.get(&call.project)?.project;
        let Some(choice) = call.caller_id_choice else {
            if project.caller_ids.is_none() {
                call.caller_id.clone_from(&project.caller_id);
            }
            let shown = project.may_show(call.caller_id.as_ref());
            return (!shown).then_some("its caller ID is not one of the project's any more");
        };
        if !project.may_show(call.caller_id.as_ref()) {
            return Some("its caller ID is not one of the project's any more");
        }
        // Single calls count on the day on which they were asked for: they wait for minutes at most.
        let capped = project.caller_ids.as_ref().and_then(CallerIds::daily_cap);
        let late = call.origin == Origin::Campaign
            && capped.is_some()
            && caller_id::today(project, at).day != choice.day;
        late.then_some("its caller ID was chosen for another day")
    }
}
