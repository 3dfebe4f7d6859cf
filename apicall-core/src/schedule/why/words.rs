//! What rules looked at, in words.
//!
//! Times are told by the project's clock.

use super::{Facts, Way, waiting};
use crate::model::{
    Call, CallCap, CallingHours, CapPolicy, Contact, Counts, DncEntry, HoursZone, Judged, RuleVerdict,
    Timestamp,
};
use crate::schedule::eligible::Clocks;
use crate::schedule::hours::civil;
use crate::schedule::{Level, Load, zones};
use jiff::tz::TimeZone;

/// Clocks that are shown; of a number that may be in more places, so many are counted.
const CLOCKS: usize = 4;

/// Words about a project.
pub(super) struct Words<'a> {
    facts: &'a Facts,
    zone: TimeZone,
}

impl<'a> Words<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let zone = zones::named(&facts.project.timezone).unwrap_or(TimeZone::UTC);
        Self { facts, zone }
    }

    pub(super) fn time(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_millisecond(at.millis()) {
            Ok(time) => {
                let time = time.to_zoned(self.zone.clone());
                time.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
            }
            Err(_) => at.to_string(),
        }
    }

    pub(super) fn schedule(&self, at: Option<Timestamp>) -> Option<String> {
        at.map(|at| self.time(at))
    }

    pub(super) fn listing(&self, entry: &DncEntry) -> String {
        let whose = match entry.project {
            Some(_) => "this project's list",
            None => "the list of all projects",
        };
        let since = self.time(entry.added_at);
        let reason = match entry.reason.as_str() {
            "" => String::new(),
            reason => format!(", {reason}"),
        };
        let call = entry
            .call
            .map(|call| format!(", call {call}"))
            .unwrap_or_default();
        format!("on {whose} since {since} by {}{reason}{call}", entry.origin)
    }

    /// The hours of project and campaign, and what their clocks show; `None` when there are none.
    pub(super) fn hours(&self, at: Timestamp) -> Option<String> {
        let facts = self.facts;
        let campaign = facts.campaign.as_ref();
        let all = [
            ("the project's", facts.project.hours.as_ref()),
            (
                "the campaign's",
                campaign.and_then(|campaign| campaign.hours.as_ref()),
            ),
        ];
        let told = all.into_iter().filter_map(|(whose, hours)| {
            let hours = hours?;
            let windows: Vec<_> = hours.windows().iter().map(ToString::to_string).collect();
            Some(format!(
                "{whose} {} {}",
                windows.join(", "),
                self.clocks(hours, at)
            ))
        });
        let told: Vec<_> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    fn clocks(&self, hours: &CallingHours, at: Timestamp) -> String {
        let clocks = Clocks::of(&self.facts.project, &self.facts.number);
        let zones = clocks.read(hours).map_or(&[][..], |read| read.zones);
        let mut each: Vec<_> = zones
            .iter()
            .take(CLOCKS)
            .map(|zone| clock(hours, zone, at))
            .collect();
        if zones.len() > CLOCKS {
            each.push(format!("{} more", zones.len() - CLOCKS));
        }
        let each = each.join(", ");
        match (hours.zone(), zones.len()) {
            (HoursZone::Project, 0) => {
                let named = &self.facts.project.timezone;
                format!("by the project's clock, and its timezone `{named}` is none; correct it")
            }
            (HoursZone::Callee, 0) => {
                "by the callee's clock, and nobody can say where the number is".to_owned()
            }
            (HoursZone::Project, _) => format!("by the project's clock, {each}"),
            (HoursZone::Callee, 1) => format!("by the callee's clock, {each}"),
            (HoursZone::Callee, _) => {
                format!(
                    "by the callee's clock; the number may be in any of these, and all have to be within: {each}"
                )
            }
        }
    }
}

fn clock(hours: &CallingHours, zone: &TimeZone, at: Timestamp) -> String {
    let name = zone.iana_name().unwrap_or("an unnamed zone");
    let Some(now) = civil(at, zone) else {
        return format!("{name} (no date)");
    };
    let holiday = match hours.is_holiday(now.date()) {
        true => ", a holiday",
        false => "",
    };
    format!("{name} ({}{holiday})", now.strftime("%a %H:%M"))
}

pub(super) fn contact(contact: &Contact, most: u32) -> String {
    let last = match (contact.last_outcome, contact.held_by) {
        (_, Some(rule)) if contact.next_attempt_at.is_none() => format!(", passed over by {rule}"),
        (Some(outcome), _) => format!(", the last one {outcome}"),
        _ => String::new(),
    };
    format!(
        "contact {} is {}, {} of {most} calls made{last}",
        contact.id, contact.state, contact.attempts
    )
}

/// What is said, and the calls to the number that go on; of a moment to come they are what goes on now.
pub(super) fn live(live: &[Call], is_ahead: bool, said: &str) -> String {
    let now = if is_ahead { " now" } else { "" };
    let calls: Vec<_> = live
        .iter()
        .map(|call| format!("call {} is {}{now}", call.id, call.state))
        .collect();
    match calls.is_empty() {
        true => said.to_owned(),
        false => format!("{said}; {}", calls.join(", ")),
    }
}

pub(super) fn cap(cap: CallCap, policy: Option<CapPolicy>, used: usize, open: usize) -> String {
    let kind = match cap.counts() {
        Counts::Calls => "",
        Counts::Answered => " answered",
    };
    let by = policy.map(|policy| format!(" of {policy}")).unwrap_or_default();
    let open = match open {
        0 => String::new(),
        _ => format!(", with {open} going on"),
    };
    format!("{cap}{by}: {used} of {}{kind} calls made{open}", cap.most())
}

pub(super) fn ways<'a>(open: impl Iterator<Item = &'a Way>) -> String {
    let each = open.map(|way| {
        let trouble = way
            .trouble
            .as_ref()
            .map(|trouble| format!(", on trial: {trouble}"));
        format!(
            "{} (priority {}, weight {}{})",
            way.name,
            way.of.priority,
            way.of.weight,
            trouble.unwrap_or_default()
        )
    });
    each.collect::<Vec<_>>().join(", ")
}

pub(super) fn troubles(all: &[Way]) -> String {
    let each = all.iter().map(|way| {
        let trouble = way.trouble.as_deref().unwrap_or("not to be used");
        format!("{}: {trouble}", way.name)
    });
    each.collect::<Vec<_>>().join("; ")
}

pub(super) fn limits(limits: &[Load], ways: &[Way]) -> String {
    let each = limits.iter().map(|load| {
        let level = match &load.level {
            Level::Engine => "engine".to_owned(),
            Level::Switch(name) => format!("switch {name}"),
            Level::Trunk(id) => {
                let way = ways.iter().find(|way| way.of.trunk == *id);
                way.map_or_else(|| format!("trunk {id}"), |way| format!("trunk {}", way.name))
            }
            Level::Project(_) => "project".to_owned(),
            Level::Campaign(_) => "campaign".to_owned(),
        };
        let of = load
            .channels
            .map(|channels| format!(" of {channels}"))
            .unwrap_or_default();
        let channels = match (load.live, load.channels) {
            (1, None) => "channel",
            _ => "channels",
        };
        let cps = load
            .cps
            .map(|cps| format!(", at most {cps}/s"))
            .unwrap_or_default();
        format!("{level} {}{of} {channels}{cps}", load.live)
    });
    each.collect::<Vec<_>>().join("; ")
}

/// Why it is never called, as things are.
pub(super) fn never(judged: &[Judged]) -> String {
    let refusing = judged.iter().filter(|rule| rule.verdict == RuleVerdict::Refused);
    let each: Vec<_> = refusing
        .map(|rule| format!("{}: {}", rule.rule, rule.input))
        .collect();
    match each.is_empty() {
        true => "no moment was found at which all rules let it be called".to_owned(),
        false => format!("it is not called, however long one waits: {}", each.join("; ")),
    }
}

/// When it is called, and what else has to happen.
pub(super) fn answer(facts: &Facts, judged: &[Judged], next: Timestamp) -> String {
    let (timed, others): (Vec<_>, Vec<_>) = waiting(judged).partition(|rule| rule.until.is_some());
    let others: Vec<_> = others
        .iter()
        .map(|rule| format!("{}: {}", rule.rule, rule.input))
        .collect();
    let names: Vec<_> = timed.iter().map(|rule| rule.rule.as_str()).collect();
    let mut names = names;
    names.dedup();
    let when = format!("{} ({})", Words::of(facts).time(next), names.join(", "));
    match (timed.is_empty(), others.is_empty()) {
        (true, true) => "it may be called".to_owned(),
        (false, true) => format!("it may be called from {when} on"),
        (true, false) => format!("it waits for {}", others.join("; ")),
        (false, false) => format!(
            "it may be called from {when} on, and waits for {}",
            others.join("; ")
        ),
    }
}
