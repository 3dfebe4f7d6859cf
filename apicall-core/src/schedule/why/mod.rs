//! Why a number is called, or not: every rule in the order in which it is applied, what it looked at, what it says, and when
//! all of them let the number be called.
//!
//! The rules are those that dial: the table of `eligible`, `caps`, `caller_id`, `exits`. Here they are only asked one by one,
//! and their answers put into words.
//!
//! What is to come is foreseen by asking again at the moment until which the rules wait, until none does. It is taken
//! that nothing else happens meanwhile: no call to the number, no change of a rule. A call under way counts, from the next
//! moment on, as one that was made when it was looked up, was answered and has ended, which is what its caps take it for;
//! what becomes of its contact nobody knows. Channels that are in use say nothing about a moment to come.
//!
//! Deliberately absent: looking up what is known of the number, and what somebody ought to do about it.

mod rules;
#[cfg(test)]
mod tests;
mod words;

use super::exits::Usable;
use super::{Load, caps};
use crate::model::{
    CalendarDay, Call, CallRule, CallerIdFacts, Campaign, Contact, DncEntry, Judged, PastCall, PhoneNumber,
    Project, ProjectTrunk, RuleVerdict, SwitchName, Timestamp, Trace,
};

/// Moments that are tried before it is said that none was found.
const TRIES: usize = 100;

/// What is known of a number for a project, and of the ways to call it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The project.
    pub project: Project,
    /// Its campaign that would call; `None` is a single call.
    pub campaign: Option<Campaign>,
    /// The number, as it was asked for.
    pub asked: String,
    /// The same in E.164.
    pub number: PhoneNumber,
    /// The campaign's contact with the number.
    pub contact: Option<Contact>,
    /// When all this was looked up.
    pub known_at: Timestamp,
    /// The project's calls to it that went on then.
    pub live: Vec<Call>,
    /// What lists it.
    pub listed: Vec<DncEntry>,
    /// The project's calls to it, as far back as its caps reach.
    pub past: Vec<PastCall>,
    /// What was counted of the project's caller IDs, in their order.
    pub caller_ids: Vec<CallerIdFacts>,
    /// The day whose uses they tell.
    pub day: CalendarDay,
    /// Why the engine dials nobody; `None` when it does.
    pub fault: Option<String>,
    /// The ways out.
    pub ways: Ways,
    /// The limits that its call would count in, and how they are used.
    pub limits: Vec<Load>,
}

/// A project's ways out, as the engine finds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// Its trunks.
    pub all: Vec<Way>,
    /// Why none of its calls can be made; `None` when they could be, were all well.
    pub fault: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The trunk, and its place among the others.
    pub of: ProjectTrunk,
    /// Its name.
    pub name: String,
    /// The switch that it leads out of.
    pub switch: Option<SwitchName>,
    /// Whether calls may leave by it.
    pub usable: Usable,
    /// Why not, or not all.
    pub trouble: Option<String>,
    /// When its breaker lets some of them through, should that be what keeps them.
    pub tried_at: Option<Timestamp>,
}

impl Facts {
    /// Whether a moment is yet to come for those who looked.
    fn is_ahead(&self, at: Timestamp) -> bool {
        at > self.known_at
    }

    /// The same once the calls that go on have ended.
    fn later(&self) -> Self {
        Self {
            past: caps::as_ended(&self.past, self.known_at),
            ..self.clone()
        }
    }
}

/// Asks every rule about a call at a moment, the one at which the facts were looked up or one to come.
pub fn trace(facts: &Facts, at: Timestamp) -> Trace {
    match facts.is_ahead(at) {
        true => told(&facts.later(), at),
        false => told(facts, at),
    }
}

fn told(facts: &Facts, at: Timestamp) -> Trace {
    let judged = rules::judge(facts, at);
    let (verdict, next, because, answer) = match refusing(&judged) {
        Some(because) => (RuleVerdict::Refused, None, because, words::never(&judged)),
        None => match foresee(facts, at) {
            Ok(next) => {
                let because: Vec<_> = waiting(&judged).map(|rule| rule.rule).collect();
                let verdict = match because.is_empty() {
                    true => RuleVerdict::Passes,
                    false => RuleVerdict::Waits,
                };
                (verdict, Some(next), because, words::answer(facts, &judged, next))
            }
            Err(later) => {
                let because = refusing(&later).unwrap_or_default();
                (RuleVerdict::Refused, None, because, words::never(&later))
            }
        },
    };
    Trace {
        project: facts.project.id,
        campaign: facts.campaign.as_ref().map(|campaign| campaign.id),
        contact: facts.contact.as_ref().map(|contact| contact.id),
        number: facts.number.clone(),
        at,
        rules: judged,
        verdict,
        next_eligible_at: next,
        because: unique(because),
        answer,
    }
}

/// The first moment at which no rule waits for a time; what is said at the moment after which none will come.
fn foresee(facts: &Facts, at: Timestamp) -> Result<Timestamp, Vec<Judged>> {
    let (mut judged, mut moment) = (rules::judge(facts, at), at);
    let later = facts.later();
    for _ in 0..TRIES {
        if refusing(&judged).is_some() {
            return Err(judged);
        }
        match judged.iter().filter_map(|rule| rule.until).max() {
            Some(until) if until > moment => moment = until,
            _ => return Ok(moment),
        }
        judged = rules::judge(&later, moment);
    }
    Err(judged)
}

fn refusing(judged: &[Judged]) -> Option<Vec<CallRule>> {
    let refusing = judged.iter().filter(|rule| rule.verdict == RuleVerdict::Refused);
    let names: Vec<_> = refusing.map(|rule| rule.rule).collect();
    (!names.is_empty()).then_some(names)
}

fn waiting(judged: &[Judged]) -> impl Iterator<Item = &Judged> {
    judged.iter().filter(|rule| rule.verdict == RuleVerdict::Waits)
}

/// Several caps are one rule.
fn unique(mut rules: Vec<CallRule>) -> Vec<CallRule> {
    rules.dedup();
    rules
}
