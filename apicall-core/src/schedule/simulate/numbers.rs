//! The project's caller IDs in a simulation: chosen as in earnest, with books that are kept here.

use super::Setup;
use crate::model::{CalendarDay, CallerIdFacts, Hold, Outcome, PhoneNumber, Timestamp, Waits, WhenNone};
use crate::schedule::caller_id::{self, Choice, Today};
use std::collections::HashMap;

/// What is counted of the project's numbers.
#[derive(Debug)]
pub(super) struct Numbers {
    facts: Vec<CallerIdFacts>,
    today: Option<Today>,
    turn: u64,
    /// The numbers that contacts in a call are shown, by their places.
    shown: HashMap<u32, usize>,
}

impl Numbers {
    pub(super) fn new(setup: &Setup) -> Self {
        let facts = setup.caller_ids.clone();
        Self {
            turn: facts.iter().map(|facts| facts.turn).max().unwrap_or(0),
            facts,
            today: None,
            shown: HashMap::new(),
        }
    }

    /// Until when there is no number to show; `None` when there is one, or none is needed.
    pub(super) fn wait(&mut self, setup: &Setup, at: Timestamp) -> Option<Waits> {
        let ids = setup.project.caller_ids.as_ref()?;
        if ids.when_none() == WhenNone::OwnCallerId {
            return None;
        }
        let today = self.today(setup, at);
        let until = caller_id::all_busy_until(ids, &self.facts, at, today)?;
        Some(Waits {
            reason: Hold::CallerId,
            until: Some(until),
        })
    }

    /// Chooses the number that a contact sees.
    pub(super) fn show(
        &mut self,
        setup: &Setup,
        person: u32,
        callee: &PhoneNumber,
        at: Timestamp,
        random: u64,
    ) {
        let Some(ids) = &setup.project.caller_ids else {
            return;
        };
        let today = self.today(setup, at);
        for facts in &mut self.facts {
            *facts = caller_id::judge(ids, facts, at);
        }
        if let Choice::Number(place, _) = caller_id::choose(ids, &self.facts, callee, at, today, random) {
            self.turn += 1;
            self.facts[place].used_today += 1;
            self.facts[place].turn = self.turn;
            self.shown.insert(person, place);
        }
    }

    /// Counts a call that has ended of the number that it showed.
    pub(super) fn ended(&mut self, person: u32, outcome: Outcome, is_human: bool) {
        let reaches = [
            Outcome::Answered,
            Outcome::NoAnswer,
            Outcome::Busy,
            Outcome::Rejected,
        ];
        if let Some(place) = self.shown.remove(&person)
            && reaches.contains(&outcome)
        {
            self.facts[place].tried += 1;
            self.facts[place].answered += u32::from(is_human);
        }
    }

    /// The day of the project's calendar; with a new one uses are counted anew.
    fn today(&mut self, setup: &Setup, at: Timestamp) -> Today {
        match self.today {
            Some(today) if at < today.ends => today,
            before => {
                let today = caller_id::today(&setup.project, at);
                let known: CalendarDay = before.map_or(setup.day, |before| before.day);
                if known != today.day {
                    self.facts.iter_mut().for_each(|facts| facts.used_today = 0);
                }
                self.today = Some(today);
                today
            }
        }
    }
}
