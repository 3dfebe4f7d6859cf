//! A contact and its calls: one at a time, no more than the project's policy allows, and the contact stands where they leave it.
//! Where a trunk failed a call, another one of the project's may carry the next at once.

use super::{Findings, History, Rule, Violation};
use crate::model::{Attempt, CallId, ContactState, Hold, Rules, Scope, Standing, Timestamp, TrunkId};
use crate::schedule::exits;
use crate::schedule::retry::{self, Next};

/// Why something cannot be judged.
const UNKNOWN: &str = "ended before the retries of its project were written down";
const REMOVED: &str = "an earlier call to the contact was removed";

/// Looks at a contact and at all its calls that are on record, in any order. `removed` says whether old calls have been removed.
pub fn check(
    contact: &Standing,
    calls: &mut [Attempt],
    history: &History,
    removed: bool,
    findings: &mut Findings,
) {
    calls.sort_by_key(|call| (call.attempt, call.created_at, call.id));
    let look = Look {
        contact,
        history,
        removed,
    };
    for pair in calls.windows(2) {
        look.one_at_a_time(&pair[0], &pair[1], findings);
    }
    findings.judge(Rule::OneCall);
    look.numbered(calls, findings);
    for pair in calls
        .windows(2)
        .filter(|pair| pair[0].attempt + 1 == pair[1].attempt)
    {
        look.due(&pair[0], &pair[1], findings);
    }
    look.stands(calls.last(), findings);
}

struct Look<'a> {
    contact: &'a Standing,
    history: &'a History,
    removed: bool,
}

impl Look<'_> {
    fn one_at_a_time(&self, earlier: &Attempt, later: &Attempt, findings: &mut Findings) {
        let ended = earlier.ended_at;
        if ended.is_some_and(|ended| ended <= later.created_at) {
            return;
        }
        let end = ended.map_or("is open".to_owned(), |ended| format!("ended at {ended}"));
        findings.break_rule(self.violation(
            Rule::OneCall,
            later.created_at,
            "one call at a time".to_owned(),
            format!(
                "attempt {} {end}, attempt {} began at {}",
                earlier.attempt, later.attempt, later.created_at
            ),
            vec![earlier.id, later.id],
        ));
    }

    /// The numbers of the attempts: each once, up to as many as the contact counts. Those removed are the first.
    fn numbered(&self, calls: &[Attempt], findings: &mut Findings) {
        let first = match calls.first() {
            _ if !self.removed => 1,
            Some(call) => call.attempt,
            None => self.contact.attempts + 1,
        };
        let expected = first..=self.contact.attempts;
        let numbers: Vec<_> = calls.iter().map(|call| call.attempt).collect();
        if first == 0 || numbers != expected.collect::<Vec<_>>() {
            findings.break_rule(
                self.violation(
                    Rule::Attempts,
                    calls
                        .last()
                        .map_or(Timestamp::from_millis(0), |call| call.created_at),
                    format!("{} attempts, each once", self.contact.attempts),
                    format!("attempts {numbers:?}"),
                    calls.iter().map(|call| call.id).collect(),
                ),
            );
        }
    }

    /// A call follows another only if the policy says so, and not before it says.
    fn due(&self, earlier: &Attempt, later: &Attempt, findings: &mut Findings) {
        let Some(rules) = self.rules(earlier) else {
            return findings.pass_over(Rule::Attempts, UNKNOWN);
        };
        findings.judge(Rule::Attempts);
        let allowed = |next: Next| matches!(next, Next::RetryAt(at) if at <= later.created_at);
        let at_once = |rules: &Rules| {
            later.instead_of.is_some()
                && later.instead_of == earlier.trunk
                && others(rules, earlier).any(|trunk| later.trunk == Some(trunk))
        };
        let follows = |rules: &&Rules| nexts(rules, earlier).any(allowed) || at_once(rules);
        if earlier.ended_at.is_none() || rules.iter().any(follows) {
            return;
        }
        findings.break_rule(self.violation(
            Rule::Attempts,
            later.created_at,
            format!("after {}: {}", ending(earlier), told(&rules, earlier)),
            format!("attempt {} at {}", later.attempt, later.created_at),
            vec![earlier.id, later.id],
        ));
    }

    /// The contact is where its last call leaves it.
    fn stands(&self, last: Option<&Attempt>, findings: &mut Findings) {
        let contact = self.contact;
        // A number that was listed is done, whatever the policy would have made of it.
        let listed = contact.state == ContactState::Done && contact.held_by == Some(Hold::DoNotCall);
        let Some(last) = last else {
            return match contact.attempts {
                0 if contact.state == ContactState::Pending || listed => findings.judge(Rule::Standing),
                0 => self.astray(None, "pending, for it was never called".to_owned(), findings),
                _ => findings.pass_over(Rule::Standing, REMOVED),
            };
        };
        if last.ended_at.is_none() {
            findings.judge(Rule::Standing);
            if contact.state != ContactState::Claimed {
                self.astray(
                    Some(last),
                    "claimed, for its last call is open".to_owned(),
                    findings,
                );
            }
            return;
        }
        let Some(rules) = self.rules(last) else {
            return findings.pass_over(Rule::Standing, UNKNOWN);
        };
        findings.judge(Rule::Standing);
        let stands = |next: Next| match next {
            Next::Done => contact.state == ContactState::Done,
            Next::RetryAt(at) => {
                contact.state == ContactState::Pending && contact.next_attempt_at >= Some(at)
            }
        };
        let follows = listed || rules.iter().any(|rules| nexts(rules, last).any(stands));
        if !follows || contact.last_outcome != last.outcome {
            let expected = format!("after {}: {}", ending(last), told(&rules, last));
            self.astray(Some(last), expected, findings);
        }
    }

    fn astray(&self, last: Option<&Attempt>, expected: String, findings: &mut Findings) {
        let contact = self.contact;
        let due = contact
            .next_attempt_at
            .map_or(String::new(), |at| format!(", due at {at}"));
        let outcome = contact.last_outcome.map_or("none", |outcome| outcome.as_str());
        let at = last
            .and_then(|last| last.ended_at)
            .unwrap_or(Timestamp::from_millis(0));
        findings.break_rule(self.violation(
            Rule::Standing,
            at,
            expected,
            format!("{}{due}, last outcome {outcome}", contact.state),
            last.map(|last| last.id).into_iter().collect(),
        ));
    }

    /// The rules that were in force when a call ended; `None` when none was written down then.
    fn rules(&self, call: &Attempt) -> Option<Vec<&Rules>> {
        let at = call.ended_at.unwrap_or(call.created_at);
        let rules = self.history.between(&Scope::Project(call.project), at, at)?;
        Some(rules.filter(|rules| rules.retry.is_some()).collect())
    }

    fn violation(
        &self,
        rule: Rule,
        at: Timestamp,
        limit: String,
        seen: String,
        calls: Vec<CallId>,
    ) -> Violation {
        Violation {
            rule,
            at,
            whose: format!(
                "contact {} of campaign {}",
                self.contact.contact, self.contact.campaign
            ),
            limit,
            seen,
            calls,
        }
    }
}

/// What may follow a call: what the policy says, and what is left of a call by another trunk that did not come to pass.
fn nexts(rules: &Rules, call: &Attempt) -> impl Iterator<Item = Next> {
    let by_policy = match (&rules.retry, call.outcome, call.ended_at) {
        (Some(policy), Some(outcome), Some(ended_at)) => {
            retry::after(policy, call.attempt, outcome, call.answered_by, ended_at)
        }
        _ => Next::Done,
    };
    let late = call.ended_at.filter(|_| others(rules, call).next().is_some());
    let late = late.map(|ended_at| Next::RetryAt(ended_at.plus(exits::ELSEWHERE_WITHIN)));
    [Some(by_policy), late].into_iter().flatten()
}

/// The other trunks by which a contact may be called at once, its trunk having failed it.
fn others(rules: &Rules, call: &Attempt) -> impl Iterator<Item = TrunkId> {
    let policy = rules.retry.as_ref();
    let goes = policy.zip(call.outcome).is_some_and(|(policy, outcome)| {
        exits::goes_elsewhere(policy, call.attempt, outcome, call.instead_of)
    });
    let trunks = rules.trunks.iter().flatten().copied();
    trunks.filter(move |trunk| goes && call.trunk != Some(*trunk))
}

fn ending(call: &Attempt) -> String {
    let outcome = call.outcome.map_or("no outcome", |outcome| outcome.as_str());
    format!("attempt {} ({outcome})", call.attempt)
}

/// What the rules make of a call, in words.
fn told(rules: &[&Rules], call: &Attempt) -> String {
    let mut words: Vec<_> = rules
        .iter()
        .flat_map(|rules| nexts(rules, call))
        .map(|next| match next {
            Next::Done => "nothing more".to_owned(),
            Next::RetryAt(at) => format!("another from {at} on"),
        })
        .collect();
    words.dedup();
    words.join(", or ")
}
