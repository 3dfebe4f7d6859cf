//! What a carrier got, held against the calls on record: nobody was called without a record, and no record called twice.
//!
//! Calls are fed in the order of their starts, INVITEs in the order of time, each after the calls that it may belong to
//! ([`Carrier::reaches`]). An INVITE that no such call explains may still be a transfer's second leg, or belong to a call that left in the
//! moment before a crash, so that its record does not tell when; what is left after these is a violation.

use super::gone::REMOVED;
use super::{Findings, Gone, Rule, Violation};
use crate::model::{Attempt, CallId, Origin, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// A carrier's clock may be this much behind ours. More, and an INVITE would be taken for that of a later call to the number.
const BEHIND: Duration = Duration::from_secs(1);
/// An INVITE may come this long after its call's record has ended.
const SLACK: Duration = Duration::from_secs(5);
/// Expired calls are forgotten after so many new ones.
const TIDY: usize = 10_000;
/// Why an answered call without an INVITE is none of this carrier's business.
const ELSEWHERE: &str = "answered, and not by this carrier";

/// Something that a carrier got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// When.
    pub at: Timestamp,
    /// The number as it was dialed, without a plus sign.
    pub number: String,
}

/// A line that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has no {0}; write a time and a number, as `dev/lab invites` does")]
pub struct InviteError(&'static str);

impl std::str::FromStr for Invite {
    type Err = InviteError;

    /// A time and a number, and whatever follows, between spaces, tabs or commas. The time is in seconds since 1970 or as in
    /// RFC 3339; a date and a time of day before the seconds are passed over.
    fn from_str(line: &str) -> Result<Self, InviteError> {
        let split = |c: char| c.is_whitespace() || c == ',';
        let words: Vec<_> = line.split(split).filter(|word| !word.is_empty()).collect();
        let found = words
            .iter()
            .take(3)
            .enumerate()
            .find_map(|(place, word)| Some((place, time(word)?)));
        let (place, at) = found.ok_or(InviteError("time"))?;
        let number = words.get(place + 1).map(|number| number.trim_start_matches('+'));
        let number =
            number.filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        Ok(Self {
            at,
            number: number.ok_or(InviteError("number"))?.to_owned(),
        })
    }
}

fn time(word: &str) -> Option<Timestamp> {
    if let Ok(time) = word.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_millis(time.as_millisecond()));
    }
    let (seconds, fraction) = word.split_once('.').unwrap_or((word, ""));
    // Eleven digits would be milliseconds, or a number.
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(9..=10).contains(&seconds.len()) || !plain(seconds) || !plain(fraction) {
        return None;
    }
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    Some(Timestamp::from_millis(
        seconds.parse::<i64>().ok()? * 1_000 + millis,
    ))
}

/// The machine.
#[derive(Debug)]
pub struct Carrier {
    /// Whether all calls on record went to this carrier.
    all: bool,
    gone: Gone,
    /// Calls that an INVITE is awaited for, by number.
    open: HashMap<String, Vec<Open>>,
    since_tidy: usize,
    /// INVITEs that no call explains so far, by number.
    unexplained: HashMap<String, Vec<Timestamp>>,
    /// When the carrier's record begins and ends.
    covers: Option<(Timestamp, Timestamp)>,
}

#[derive(Debug)]
struct Open {
    call: CallId,
    from: Timestamp,
    /// `None` while it is live.
    to: Option<Timestamp>,
    answered: bool,
    seen: bool,
}

impl Open {
    fn may_be(&self, at: Timestamp) -> bool {
        fits(at, self.from, self.to)
    }

    /// Whether no INVITE to come can belong to it. INVITEs lie as far behind the starts that are fed as they may belong to them.
    fn is_over(&self, fed: Timestamp) -> bool {
        self.to.is_some_and(|to| to.plus(BEHIND + SLACK) < fed)
    }
}

impl Carrier {
    /// A carrier; `all` says whether all calls on record went to it, and `gone` what of them is not there any more.
    pub fn new(all: bool, gone: Gone) -> Self {
        Self {
            all,
            gone,
            open: HashMap::new(),
            since_tidy: 0,
            unexplained: HashMap::new(),
            covers: None,
        }
    }

    /// Whether an INVITE of this time may belong to a call that started then: such calls are fed first.
    pub fn reaches(invite: Timestamp, start: Timestamp) -> bool {
        start <= invite.plus(BEHIND)
    }

    /// Takes the next call. `number` is what was dialed.
    pub fn handle_call(&mut self, call: &Attempt, number: String, findings: &mut Findings) {
        let Some(from) = call.dialed_at.filter(|_| call.origin != Origin::Dialplan) else {
            return;
        };
        let open = Open {
            call: call.id,
            from,
            to: call.ended_at,
            answered: call.answered_at.is_some(),
            seen: false,
        };
        self.open.entry(number).or_default().push(open);
        self.since_tidy += 1;
        if self.since_tidy >= TIDY {
            self.since_tidy = 0;
            self.tidy(Some(from), findings);
        }
    }

    /// Takes the next INVITE.
    pub fn handle_invite(&mut self, invite: Invite) {
        let since = self.covers.map_or(invite.at, |(since, _)| since);
        self.covers = Some((since, invite.at));
        let open = self.open.get_mut(&invite.number);
        let mut fitting = open
            .into_iter()
            .flatten()
            .filter(|open| !open.seen && open.may_be(invite.at));
        match fitting.next() {
            Some(open) => open.seen = true,
            None => self.unexplained.entry(invite.number).or_default().push(invite.at),
        }
    }

    /// After all of those: a transfer's second leg, which may explain an INVITE.
    pub fn handle_second_leg(&mut self, at: Timestamp, number: &str, findings: &mut Findings) {
        if self.explain(number, at, Some(at.plus(SLACK))) {
            findings.judge(Rule::Carrier);
        }
    }

    /// After all of those: a call whose record does not say whether it left.
    pub fn handle_undialed(&mut self, call: &Attempt, number: &str, findings: &mut Findings) {
        if call.origin != Origin::Dialplan && self.explain(number, call.created_at, call.ended_at) {
            findings.judge(Rule::Carrier);
        }
    }

    /// The end of all: what is not explained now never will be.
    pub fn finish(mut self, findings: &mut Findings) {
        self.tidy(None, findings);
        let mut left: Vec<_> = std::mem::take(&mut self.unexplained).into_iter().collect();
        left.sort();
        for (number, at) in left
            .into_iter()
            .flat_map(|(number, at)| at.into_iter().map(move |at| (number.clone(), at)))
        {
            let explained =
                Timestamp::from_millis(at.millis() - i64::try_from(SLACK.as_millis()).unwrap_or(0));
            if self.gone.has_calls_of(explained) || self.gone.has_timelines_of(explained) {
                findings.pass_over(Rule::Carrier, REMOVED);
                continue;
            }
            findings.judge(Rule::Carrier);
            findings.break_rule(Violation {
                rule: Rule::Carrier,
                at,
                whose: format!("number {number}"),
                limit: "one INVITE a call on record".to_owned(),
                seen: format!("an INVITE at {at}, and no call then, or one INVITE more than calls"),
                calls: Vec::new(),
            });
        }
    }

    fn explain(&mut self, number: &str, from: Timestamp, to: Option<Timestamp>) -> bool {
        let Some(times) = self.unexplained.get_mut(number) else {
            return false;
        };
        let Some(place) = times.iter().position(|invite| fits(*invite, from, to)) else {
            return false;
        };
        times.remove(place);
        true
    }

    /// Forgets calls that no INVITE to come can belong to; all at the end.
    fn tidy(&mut self, now: Option<Timestamp>, findings: &mut Findings) {
        let (covers, all) = (self.covers, self.all);
        self.open.retain(|_, open| {
            open.retain(|open| {
                let stays = now.is_some_and(|now| !open.is_over(now));
                if !stays {
                    judge(open, covers, all, findings);
                }
                stays
            });
            !open.is_empty()
        });
    }
}

/// Whether an INVITE of a time may belong to what went on from a time to another.
fn fits(invite: Timestamp, from: Timestamp, to: Option<Timestamp>) -> bool {
    from <= invite.plus(BEHIND) && to.is_none_or(|to| invite <= to.plus(SLACK))
}

/// A call that nothing more is to be heard of: one that was answered must have been seen.
fn judge(open: &Open, covers: Option<(Timestamp, Timestamp)>, all: bool, findings: &mut Findings) {
    let covered = covers.is_some_and(|(since, until)| since <= open.from && open.from.plus(SLACK) <= until);
    if open.seen || !open.answered || !covered {
        if open.seen {
            findings.judge(Rule::Carrier);
        }
        return;
    }
    if !all {
        return findings.pass_over(Rule::Carrier, ELSEWHERE);
    }
    findings.judge(Rule::Carrier);
    findings.break_rule(Violation {
        rule: Rule::Carrier,
        at: open.from,
        whose: format!("call {}", open.call),
        limit: "an INVITE for every call that was answered".to_owned(),
        seen: "no INVITE".to_owned(),
        calls: vec![open.call],
    });
}
