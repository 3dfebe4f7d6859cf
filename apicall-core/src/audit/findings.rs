//! What was found: of each rule how much was looked at, and what broke it.

use crate::model::text::text_enum;
use crate::model::{CallId, Timestamp};
use std::collections::BTreeMap;

text_enum! {
    /// What is looked at.
    Rule as "rule" {
        /// No sliding window of a rate holds more starts than it allows.
        Rate = "rate",
        /// No call starts while a cap is full.
        Channels = "channels",
        /// A call ends once, with one outcome, and its columns, its record and its timeline agree.
        OneOutcome = "one_outcome",
        /// A contact is never in two calls.
        OneCall = "one_call",
        /// A contact is called as often as its policy allows, and not before.
        Attempts = "attempts",
        /// A contact stands where its calls leave it.
        Standing = "standing",
        /// What a carrier got is what was recorded.
        Carrier = "carrier",
        /// Nobody is called outside the hours of project and campaign, or the campaign's schedule.
        Hours = "hours",
        /// No number is called more often than the caps of the project allow.
        NumberCaps = "number_caps",
        /// Nobody is called who must not be.
        DoNotCall = "do_not_call",
        /// Nobody is called from a number that is not the project's.
        CallerId = "caller_id",
    }
}

/// Something that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// When.
    pub at: Timestamp,
    /// Whose it was: a trunk, a contact, a call.
    pub whose: String,
    /// What is allowed.
    pub limit: String,
    /// What was seen.
    pub seen: String,
    /// The calls that show it.
    pub calls: Vec<CallId>,
}

/// How a rule came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Looked at.
    pub judged: u64,
    /// Not to be judged, and why not.
    pub unjudged: BTreeMap<&'static str, u64>,
    /// What broke it.
    pub violations: u64,
}

/// All that was found. Violations are counted, and the first of each rule kept.
#[derive(Debug)]
pub struct Findings {
    keep: usize,
    tallies: BTreeMap<Rule, Tally>,
    kept: BTreeMap<Rule, Vec<Violation>>,
}

impl Findings {
    /// Nothing yet; so many violations of a rule are kept.
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            tallies: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// One more was looked at.
    pub fn judge(&mut self, rule: Rule) {
        self.tallies.entry(rule).or_default().judged += 1;
    }

    /// One more could not be judged.
    pub fn pass_over(&mut self, rule: Rule, why: &'static str) {
        let tally = self.tallies.entry(rule).or_default();
        *tally.unjudged.entry(why).or_default() += 1;
    }

    /// Something broke a rule.
    pub fn break_rule(&mut self, violation: Violation) {
        self.tallies.entry(violation.rule).or_default().violations += 1;
        let kept = self.kept.entry(violation.rule).or_default();
        if kept.len() < self.keep {
            kept.push(violation);
        }
    }

    /// How a rule came out.
    pub fn tally(&self, rule: Rule) -> Tally {
        self.tallies.get(&rule).cloned().unwrap_or_default()
    }

    /// Violations that were kept, rule by rule.
    pub fn kept(&self) -> impl Iterator<Item = &Violation> {
        self.kept.values().flatten()
    }

    /// All that broke a rule.
    pub fn violations(&self) -> u64 {
        self.tallies.values().map(|tally| tally.violations).sum()
    }
}
