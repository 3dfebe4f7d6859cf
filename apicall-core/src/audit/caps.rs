//! Caps on the calls to a number: no call leaves when one of its project is full.
//!
//! Fed with calls in the order of their starts. Of projects that ever had caps the starts are remembered for as long as the
//! longest of them looks back. Where that is more than fits, the calls are gone through several times, each time for the numbers of
//! one share.

use super::callee::{left, whose};
use super::gone::REMOVED;
use super::{Findings, Gone, History, Rule, Violation};
use crate::model::{AnsweredBy, Attempt, CallCap, PastCall, PhoneNumber, ProjectId, Rules, Scope, Timestamp};
use crate::schedule::caps;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

/// Why a start cannot be judged.
const UNKNOWN: &str = "started before its caps were written down";

/// Which numbers are looked at: those of one share of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which, from 0.
    pub part: u64,
    /// Of how many.
    pub of: u64,
}

/// A project, a number's digits, and when a call to it started.
type Key = (ProjectId, u64, Timestamp);

/// Calls of one key: all, and those that were answered, unless by a machine.
#[derive(Debug, Default)]
struct Started {
    calls: u32,
    answered: u32,
}

/// The machine.
#[derive(Debug)]
pub struct NumberCaps<'h> {
    history: &'h History,
    share: Share,
    gone: Gone,
    /// How far back a project's caps ever looked.
    reaches: HashMap<ProjectId, Option<Duration>>,
    longest: Duration,
    starts: BTreeMap<Key, Started>,
    order: VecDeque<Key>,
}

impl<'h> NumberCaps<'h> {
    /// For a share of the numbers.
    pub fn new(history: &'h History, share: Share, gone: Gone) -> Self {
        Self {
            history,
            share,
            gone,
            reaches: HashMap::new(),
            longest: Duration::ZERO,
            starts: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Takes the next start.
    pub fn handle(&mut self, start: &Attempt, findings: &mut Findings) {
        let Some((at, number)) = left(start) else { return };
        let Some(digits) = self.in_share(number) else {
            return;
        };
        self.forget(at);
        let reach = self.reach(start.project);
        self.judge(start, at, digits, findings);
        if let Some(reach) = reach {
            self.longest = self.longest.max(reach);
            let answered = start.answered_at.is_some() && start.answered_by != Some(AnsweredBy::Machine);
            let key = (start.project, digits, at);
            let started = self.starts.entry(key).or_default();
            started.calls += 1;
            started.answered += u32::from(answered);
            self.order.push_back(key);
        }
    }

    /// How much is remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.order.len()
    }

    fn judge(&self, start: &Attempt, at: Timestamp, digits: u64, findings: &mut Findings) {
        let Some(rules) = self.history.between(&Scope::Project(start.project), at, at) else {
            return findings.pass_over(Rule::NumberCaps, UNKNOWN);
        };
        let mut broken = None;
        for Rules { number_caps, .. } in rules {
            let reach = number_caps.reach().unwrap_or_default();
            if self.gone.calls.is_some_and(|gone| at <= gone.plus(reach)) && !number_caps.is_empty() {
                return findings.pass_over(Rule::NumberCaps, REMOVED);
            }
            let caps = number_caps.all();
            let Some(until) = caps::wait(&caps, &self.past(start.project, digits, at, reach), at) else {
                return findings.judge(Rule::NumberCaps);
            };
            broken = Some((caps, until));
        }
        findings.judge(Rule::NumberCaps);
        let Some((caps, until)) = broken else { return };
        let caps: Vec<_> = caps.iter().map(CallCap::to_string).collect();
        findings.break_rule(Violation {
            rule: Rule::NumberCaps,
            at,
            whose: whose(start),
            limit: format!("{}: not again before {until}", caps.join(", ")),
            seen: format!("a start at {at}"),
            calls: vec![start.id],
        });
    }

    /// Earlier calls of a project to a number.
    fn past(&self, project: ProjectId, digits: u64, at: Timestamp, reach: Duration) -> Vec<PastCall> {
        let back = i64::try_from(reach.as_millis()).unwrap_or(i64::MAX);
        let since = Timestamp::from_millis(at.millis().saturating_sub(back));
        let found = self
            .starts
            .range((project, digits, since)..=(project, digits, at));
        let calls = found.flat_map(|((_, _, at), started)| {
            let (at, answered) = (*at, started.answered);
            (0..started.calls).map(move |n| PastCall {
                at,
                open: false,
                answered: n < answered,
            })
        });
        calls.collect()
    }

    fn reach(&mut self, project: ProjectId) -> Option<Duration> {
        let history = self.history;
        let longest = || {
            let scope = Scope::Project(project);
            let rules = history.of(&scope);
            rules.filter_map(|rules| rules.number_caps.reach()).max()
        };
        *self.reaches.entry(project).or_insert_with(longest)
    }

    /// The digits of a number that is looked at.
    fn in_share(&self, number: &PhoneNumber) -> Option<u64> {
        let digits: u64 = number.digits().parse().ok()?;
        (digits % self.share.of == self.share.part).then_some(digits)
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(key) = self.order.front().filter(|key| now.since(key.2) > self.longest) {
            self.starts.remove(key);
            self.order.pop_front();
        }
    }
}
