//! The contacts of a simulation, in little room: a million of them are some tens of megabytes.
//!
//! Deliberately absent: what the rules say of them.

use crate::model::{Hold, PastCall, PhoneNumber};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

/// Contacts by their place, and those that wait, the earliest first.
#[derive(Debug, Default)]
pub(super) struct People {
    /// The digits of their numbers, which do not begin with 0.
    digits: Vec<u64>,
    attempts: Vec<u8>,
    /// When each that waits is due in milliseconds, and what it waits for.
    waiting: BinaryHeap<Reverse<(u64, u32, Hold)>>,
    /// Calls to some of them.
    past: HashMap<u32, Vec<PastCall>>,
}

impl People {
    pub(super) fn add(&mut self, number: &PhoneNumber, due: Duration, attempts: u32, past: Vec<PastCall>) {
        let person = u32::try_from(self.digits.len()).unwrap_or(u32::MAX);
        let digits = number.digits().parse();
        self.digits.push(digits.expect("at most 15 digits"));
        self.attempts.push(u8::try_from(attempts).unwrap_or(u8::MAX));
        if !past.is_empty() {
            self.past.insert(person, past);
        }
        self.wait(person, due, Hold::Retry);
    }

    pub(super) fn count(&self) -> u64 {
        self.digits.len() as u64
    }

    pub(super) fn number(&self, person: u32) -> PhoneNumber {
        let digits = self.digits[person as usize].to_string();
        digits.parse().expect("the digits of a number")
    }

    pub(super) fn attempts(&self, person: u32) -> u32 {
        self.attempts[person as usize].into()
    }

    pub(super) fn attempt(&mut self, person: u32) {
        let attempts = &mut self.attempts[person as usize];
        *attempts = attempts.saturating_add(1);
    }

    pub(super) fn past(&self, person: u32) -> &[PastCall] {
        self.past.get(&person).map_or(&[], Vec::as_slice)
    }

    pub(super) fn called(&mut self, person: u32, call: PastCall) {
        self.past.entry(person).or_default().push(call);
    }

    /// It waits until then; a part of a millisecond counts as one.
    pub(super) fn wait(&mut self, person: u32, until: Duration, by: Hold) {
        let due = u64::try_from(until.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        self.waiting.push(Reverse((due, person, by)));
    }

    /// Takes the first that is due.
    pub(super) fn due(&mut self, now: Duration) -> Option<u32> {
        if !self.is_due(now) {
            return None;
        }
        self.waiting.pop().map(|Reverse((_, person, _))| person)
    }

    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.next().is_some_and(|(due, _)| due <= now)
    }

    /// When the next one is due, and what it waits for.
    pub(super) fn next(&self) -> Option<(Duration, Hold)> {
        let Reverse((due, _, by)) = self.waiting.peek()?;
        Some((Duration::from_millis(*due), *by))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn left(&self) -> u64 {
        self.waiting.len() as u64
    }
}
