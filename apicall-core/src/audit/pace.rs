//! Rates and channel caps, on the merged record of all engines.
//!
//! Fed with calls in the order of their starts. Of each level the last starts are remembered, as many as its rate ever
//! allowed in a window, and of all levels which calls still live. Second legs of transfers are not looked at: they wait for
//! no limit. What is looked at holds without them: a first leg waits for a full window and a full cap, whoever filled it.

use super::gone::REMOVED;
use super::{Findings, Gone, History, Rule, Violation};
use crate::model::{Attempt, CallId, Channels, Cps, Rules, Scope, Timestamp};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

/// The window of the slowest rate there is.
const LONGEST_WINDOW: Duration = Duration::from_secs(1_000);
/// Why a start cannot be judged.
const UNKNOWN: &str = "started before its limits were written down";
const TWICE: &str = "the machine's clock went back, and this time came twice";
const VAGUE: &str = "its engine died, and when it ended nobody knows";

/// The machine.
#[derive(Debug)]
pub struct Pace<'h> {
    history: &'h History,
    /// Times that came twice: a start of an engine before the newest originate that was there already.
    twice: Vec<(Timestamp, Timestamp)>,
    gone: Gone,
    levels: HashMap<Scope, usize>,
    uses: Vec<Use>,
    /// Ends to come, and the levels of the calls that end.
    ends: BinaryHeap<Reverse<(Timestamp, Vec<usize>)>>,
}

/// How a level is used at the moment.
#[derive(Debug, Default)]
struct Use {
    starts: VecDeque<(Timestamp, CallId)>,
    live: u32,
}

impl<'h> Pace<'h> {
    /// With the rules, the times that came twice, and what is gone.
    pub fn new(history: &'h History, twice: Vec<(Timestamp, Timestamp)>, gone: Gone) -> Self {
        // A window that reaches back into such a time cannot be judged either.
        let reaching = |(from, to): (Timestamp, Timestamp)| (from, to.plus(LONGEST_WINDOW));
        Self {
            history,
            twice: twice.into_iter().map(reaching).collect(),
            gone,
            levels: HashMap::new(),
            uses: Vec::new(),
            ends: BinaryHeap::new(),
        }
    }

    /// Takes the next start. One without a time never left.
    pub fn handle(&mut self, start: &Attempt, findings: &mut Findings) {
        let Some(at) = start.dialed_at else { return };
        self.end_until(at);
        let scopes = scopes(start);
        let places: Vec<_> = scopes.iter().map(|scope| self.place(scope)).collect();
        for place in &places {
            let level = &mut self.uses[*place];
            level.starts.push_back((at, start.id));
            level.live += u32::from(!start.taken_over);
        }
        if let Some(why) = self.unsure(at) {
            findings.pass_over(Rule::Rate, why);
            findings.pass_over(Rule::Channels, why);
        } else {
            self.judge(start, at, &scopes, &places, findings);
        }
        for place in &places {
            self.uses[*place].forget(at);
        }
        if !start.taken_over
            && let Some(end) = start.ended_at
        {
            self.ends.push(Reverse((end, places)));
        }
    }

    /// Why nothing is known of a start at this time.
    fn unsure(&self, at: Timestamp) -> Option<&'static str> {
        let within = |(from, to): &(Timestamp, Timestamp)| (*from..=*to).contains(&at);
        // A window may reach back to a call that is gone; whoever was up later ended later, and is there.
        let gone = self
            .gone
            .calls
            .is_some_and(|gone| at <= gone.plus(LONGEST_WINDOW));
        let twice = self.twice.iter().any(within).then_some(TWICE);
        twice.or(gone.then_some(REMOVED))
    }

    /// How much is remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.ends.len() + self.uses.iter().map(|level| level.starts.len()).sum::<usize>()
    }

    fn judge(
        &self,
        start: &Attempt,
        at: Timestamp,
        scopes: &[Scope],
        places: &[usize],
        findings: &mut Findings,
    ) {
        let mut known = true;
        for (scope, place) in scopes.iter().zip(places) {
            let level = &self.uses[*place];
            let rates = self.history.between(scope, at, at);
            let Some(rules) = rates else {
                known &= !is_written_down(scope);
                continue;
            };
            if let Some((cps, first)) = level.too_fast(at, rules.clone()) {
                // Looked at again with all that was in force since the window began.
                let since = first.0;
                let all = self.history.between(scope, since, at);
                if all.is_none_or(|all| level.too_fast(at, all).is_some()) {
                    findings.break_rule(fast(scope, at, cps, first, start.id));
                }
            }
            if let Some(cap) = level.too_many(rules)
                && !start.taken_over
            {
                findings.break_rule(crowded(scope, at, cap, level.live, start.id));
            }
        }
        if known {
            findings.judge(Rule::Rate);
        } else {
            findings.pass_over(Rule::Rate, UNKNOWN);
        }
        match (known, start.taken_over) {
            (false, _) => findings.pass_over(Rule::Channels, UNKNOWN),
            (true, true) => findings.pass_over(Rule::Channels, VAGUE),
            (true, false) => findings.judge(Rule::Channels),
        }
    }

    /// Channels are free from the moment at which their calls end.
    fn end_until(&mut self, at: Timestamp) {
        while self.ends.peek().is_some_and(|Reverse((end, _))| *end <= at) {
            let Some(Reverse((_, places))) = self.ends.pop() else {
                return;
            };
            for place in places {
                self.uses[place].live -= 1;
            }
        }
    }

    fn place(&mut self, scope: &Scope) -> usize {
        if let Some(place) = self.levels.get(scope) {
            return *place;
        }
        self.uses.push(Use::default());
        self.levels.insert(scope.clone(), self.uses.len() - 1);
        self.uses.len() - 1
    }
}

impl Use {
    /// Whether the last start came too early for each of these rates: for which, and the start that it came too soon after.
    fn too_fast<'a>(
        &self,
        at: Timestamp,
        rules: impl Iterator<Item = &'a Rules>,
    ) -> Option<(Cps, (Timestamp, CallId))> {
        let mut fastest = None;
        for rules in rules {
            let cps = rules.limits.cps?;
            let first = self.starts.len().checked_sub(cps.starts_per_window() + 1);
            let first = first.and_then(|place| self.starts.get(place))?;
            if at.since(first.0) >= cps.window() {
                return None;
            }
            if fastest.is_none_or(|(fastest, _)| cps > fastest) {
                fastest = Some((cps, *first));
            }
        }
        fastest
    }

    /// The largest of these caps, when even that is exceeded.
    fn too_many<'a>(&self, rules: impl Iterator<Item = &'a Rules>) -> Option<Channels> {
        let mut largest = None;
        for rules in rules {
            let cap = rules.limits.channels?;
            if self.live <= cap.get() {
                return None;
            }
            largest = largest.max(Some(cap));
        }
        largest
    }

    /// Forgets starts that no window reaches back to: of those older than a second the last alone matters, to rates below one.
    fn forget(&mut self, now: Timestamp) {
        let old =
            |start: Option<&(Timestamp, CallId)>, age| start.is_some_and(|(at, _)| now.since(*at) > age);
        while old(self.starts.get(1), Duration::from_secs(1)) {
            self.starts.pop_front();
        }
        if old(self.starts.front(), LONGEST_WINDOW) {
            self.starts.pop_front();
        }
    }
}

/// The levels that a call passes.
fn scopes(start: &Attempt) -> Vec<Scope> {
    let engine = start.engine.to_string();
    let switch = start
        .switch
        .clone()
        .map(|switch| Scope::Switch(engine.clone(), switch));
    let mut scopes = vec![
        Scope::Engine(engine),
        Scope::Engines,
        Scope::Project(start.project),
    ];
    scopes.extend(switch);
    scopes.extend(start.trunk.map(Scope::Trunk));
    scopes.extend(start.campaign.map(Scope::Campaign));
    scopes
}

/// Whether there must be rules of it: limits that span engines there are only where an engine has some.
fn is_written_down(scope: &Scope) -> bool {
    *scope != Scope::Engines
}

fn fast(scope: &Scope, at: Timestamp, cps: Cps, first: (Timestamp, CallId), last: CallId) -> Violation {
    let starts = cps.starts_per_window() + 1;
    Violation {
        rule: Rule::Rate,
        at,
        whose: scope.to_string(),
        limit: format!(
            "{cps}/s: {} starts in {} ms",
            starts - 1,
            cps.window().as_millis()
        ),
        seen: format!("{starts} starts in {} ms", at.since(first.0).as_millis()),
        calls: vec![first.1, last],
    }
}

fn crowded(scope: &Scope, at: Timestamp, cap: Channels, live: u32, last: CallId) -> Violation {
    Violation {
        rule: Rule::Channels,
        at,
        whose: scope.to_string(),
        limit: format!("{cap} channels"),
        seen: format!("{live} channels when a call started"),
        calls: vec![last],
    }
}
