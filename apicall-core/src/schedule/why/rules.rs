//! The rules, each asked on its own.
//!
//! What the store asks of a contact when it is fetched (it is pending, and due) is said here once more, in
//! [`contact`] and [`retry`]; everything else is asked of the functions that dial.

use super::words::{self, Words};
use super::{Facts, Way};
use crate::model::{
    CallCap, CallRule, CallerIdFacts, CampaignState, CapPolicy, ContactState, Judged, NumberCap,
    ProjectTrunk, Timestamp, TrunkId, Waits,
};
use crate::schedule::caller_id::{self, Choice};
use crate::schedule::eligible::{Asked, RULES, Rule};
use crate::schedule::exits::{self, Usable};
use crate::schedule::{Level, Load, caps};

/// What a policy that learns is asked with: of a hundred calls one that does not explore.
const NOT_EXPLORING: u64 = 99;

/// What every rule says, in the order in which they are applied.
pub(super) fn judge(facts: &Facts, at: Timestamp) -> Vec<Judged> {
    let before = [number, engine, campaign, trunk, contact, retry, do_not_call];
    let mut judged: Vec<_> = before.iter().map(|rule| rule(facts, at)).collect();
    for (name, rule) in RULES {
        match name {
            CallRule::NumberCap => judged.extend(number_caps(facts, at, rule)),
            _ => judged.push(about_time(facts, at, name, rule)),
        }
    }
    judged.extend([caller_id(facts, at), limits(facts, at)]);
    judged
}

fn number(facts: &Facts, _: Timestamp) -> Judged {
    let (asked, country) = (&facts.asked, facts.project.country);
    let input = match *asked == facts.number.to_string() {
        true => "it is in E.164".to_owned(),
        false => format!("`{asked}` in {country} is {}", facts.number),
    };
    Judged::passes(CallRule::Number, input)
}

fn engine(facts: &Facts, _: Timestamp) -> Judged {
    match &facts.fault {
        Some(fault) => Judged::waits(CallRule::Engine, format!("nothing is dialed: {fault}"), None),
        None => Judged::passes(CallRule::Engine, "it dials"),
    }
}

fn campaign(facts: &Facts, _: Timestamp) -> Judged {
    const RULE: CallRule = CallRule::Campaign;
    let Some(campaign) = &facts.campaign else {
        return Judged::not_applicable(RULE, "a single call");
    };
    let state = campaign.state;
    let remedy = match state {
        CampaignState::Running => return Judged::passes(RULE, format!("it is {state}")),
        CampaignState::Paused => "resume it",
        CampaignState::Created | CampaignState::Stopped | CampaignState::Finished => "start it",
    };
    Judged::waits(RULE, format!("it is {state}; {remedy}"), None)
}

fn trunk(facts: &Facts, at: Timestamp) -> Judged {
    const RULE: CallRule = CallRule::Trunk;
    if let Some(fault) = &facts.ways.fault {
        return Judged::waits(RULE, fault, None);
    }
    let all = &facts.ways.all;
    let ways: Vec<ProjectTrunk> = all.iter().map(|way| way.of).collect();
    let usable = |trunk: TrunkId| {
        let way = all.iter().find(|way| way.of.trunk == trunk);
        way.map_or(Usable::Not, |way| usable_at(way, at))
    };
    let open = exits::open(&ways, usable);
    if open.is_empty() {
        let until = all.iter().filter_map(|way| way.tried_at).min();
        return Judged::waits(RULE, words::troubles(all), until);
    }
    let open = all.iter().filter(|way| open.contains(&way.of));
    Judged::passes(RULE, words::ways(open))
}

/// A breaker that is open tries some calls when its time has come.
fn usable_at(way: &Way, at: Timestamp) -> Usable {
    match way.tried_at {
        Some(tried_at) if way.usable == Usable::Not && tried_at <= at => Usable::OnTrial,
        _ => way.usable,
    }
}

fn contact(facts: &Facts, at: Timestamp) -> Judged {
    const RULE: CallRule = CallRule::Contact;
    let is_ahead = facts.is_ahead(at);
    let live = |said: &str| words::live(&facts.live, is_ahead, said);
    let Some(campaign) = &facts.campaign else {
        return Judged::not_applicable(RULE, live("a single call"));
    };
    let Some(contact) = &facts.contact else {
        let input = format!("campaign {} has no contact with this number", campaign.id);
        return Judged::refused(RULE, input);
    };
    let input = words::contact(contact, facts.project.retry.max_attempts());
    match contact.state {
        ContactState::Pending => Judged::passes(RULE, live(&input)),
        ContactState::Claimed if is_ahead => {
            let unknown = "whether it is called again is decided by how that call ends";
            Judged::waits(RULE, format!("{}; {unknown}", live(&input)), None)
        }
        ContactState::Claimed => Judged::waits(RULE, live(&input), None),
        ContactState::Done => Judged::refused(RULE, input),
    }
}

fn retry(facts: &Facts, at: Timestamp) -> Judged {
    const RULE: CallRule = CallRule::Retry;
    let pending = facts
        .contact
        .as_ref()
        .filter(|contact| contact.state == ContactState::Pending);
    let Some(contact) = pending else {
        return Judged::not_applicable(RULE, "no contact that waits");
    };
    match contact.next_attempt_at {
        None => Judged::passes(RULE, "it is due"),
        Some(due) if due <= at => {
            Judged::passes(RULE, format!("it is due since {}", Words::of(facts).time(due)))
        }
        Some(due) => {
            let input = match contact.held_by {
                Some(rule) => format!("{rule} held it back; it is looked at again then"),
                None => "its next try is yet to come".to_owned(),
            };
            Judged::waits(RULE, input, Some(due))
        }
    }
}

fn do_not_call(facts: &Facts, _: Timestamp) -> Judged {
    const RULE: CallRule = CallRule::DoNotCall;
    let each: Vec<_> = facts
        .listed
        .iter()
        .map(|entry| Words::of(facts).listing(entry))
        .collect();
    match each.is_empty() {
        true => Judged::passes(RULE, "it is on no list"),
        false => said(RULE, each.join("; "), Some(Waits::LISTED)),
    }
}

fn about_time(facts: &Facts, at: Timestamp, name: CallRule, rule: Rule) -> Judged {
    let words = Words::of(facts);
    let input = match name {
        CallRule::ScheduledStart => {
            words.schedule(facts.campaign.as_ref().and_then(|campaign| campaign.starts_at))
        }
        CallRule::ScheduledEnd => {
            words.schedule(facts.campaign.as_ref().and_then(|campaign| campaign.ends_at))
        }
        _ => words.hours(at),
    };
    match input {
        Some(input) => said(name, input, rule(&asked(facts, &[]), at)),
        None => Judged::not_applicable(name, "there is none"),
    }
}

fn number_caps(facts: &Facts, at: Timestamp, rule: Rule) -> Vec<Judged> {
    const RULE: CallRule = CallRule::NumberCap;
    let given = facts.project.number_caps.given().iter();
    let each = given.flat_map(|cap| match cap {
        NumberCap::Policy(policy) => {
            let caps = policy.caps().into_iter();
            caps.map(|cap| (cap, Some(*policy))).collect()
        }
        NumberCap::Own(cap) => vec![(*cap, None)],
    });
    let one = |(cap, policy): (CallCap, Option<CapPolicy>)| {
        let used = caps::used(cap, &facts.past, at);
        let open = facts.past.iter().filter(|call| call.open).count();
        let input = words::cap(cap, policy, used, open);
        said(RULE, input, rule(&asked(facts, &[cap]), at))
    };
    let judged: Vec<_> = each.map(one).collect();
    match judged.is_empty() {
        true => vec![Judged::not_applicable(RULE, "the project has no caps per number")],
        false => judged,
    }
}

fn asked<'a>(facts: &'a Facts, caps: &'a [CallCap]) -> Asked<'a> {
    Asked {
        project: &facts.project,
        campaign: facts.campaign.as_ref(),
        number: &facts.number,
        caps,
        past: &facts.past,
    }
}

/// What a rule that dials said: what no time ends is refused.
fn said(rule: CallRule, input: String, waits: Option<Waits>) -> Judged {
    match waits {
        None => Judged::passes(rule, input),
        Some(Waits { until: None, .. }) => Judged::refused(rule, input),
        Some(Waits { until, .. }) => Judged::waits(rule, input, until),
    }
}

fn caller_id(facts: &Facts, at: Timestamp) -> Judged {
    const RULE: CallRule = CallRule::CallerId;
    let own = || match &facts.project.caller_id {
        Some(own) => format!("the project's own, {own}"),
        None => "the project has none; the trunk shows its own".to_owned(),
    };
    let Some(ids) = &facts.project.caller_ids else {
        return Judged::passes(RULE, own());
    };
    let today = caller_id::today(&facts.project, at);
    let judge = |known: &CallerIdFacts| {
        let mut known = caller_id::judge(ids, known, at);
        if today.day != facts.day {
            known.used_today = 0;
        }
        known
    };
    let known: Vec<_> = facts.caller_ids.iter().map(judge).collect();
    match caller_id::choose(ids, &known, &facts.number, at, today, NOT_EXPLORING) {
        Choice::Number(place, by) => {
            let number = &ids.numbers()[place];
            Judged::passes(RULE, format!("{number}, chosen by {by}, policy {}", ids.policy()))
        }
        Choice::Own => Judged::passes(RULE, format!("none of the numbers is free; {}", own())),
        Choice::Wait(until) => {
            let input = format!("of {} numbers none is free", ids.numbers().len());
            Judged::waits(RULE, input, Some(until))
        }
    }
}

fn limits(facts: &Facts, at: Timestamp) -> Judged {
    const RULE: CallRule = CallRule::Limits;
    let all_full = |which: fn(&Level) -> bool| {
        let mut those = facts.limits.iter().filter(|load| which(&load.level)).peekable();
        let is_full = |load: &Load| load.channels.is_some_and(|channels| load.live >= channels.get());
        those.peek().is_some() && those.all(is_full)
    };
    let input = words::limits(&facts.limits, &facts.ways.all);
    if facts.is_ahead(at) {
        return Judged::passes(RULE, format!("as they are used now: {input}"));
    }
    // One of several trunks and switches is enough.
    let levels: [fn(&Level) -> bool; 5] = [
        |level| matches!(level, Level::Engine),
        |level| matches!(level, Level::Switch(_)),
        |level| matches!(level, Level::Trunk(_)),
        |level| matches!(level, Level::Project(_)),
        |level| matches!(level, Level::Campaign(_)),
    ];
    if levels.into_iter().any(all_full) {
        return Judged::waits(RULE, format!("every channel is in use: {input}"), None);
    }
    Judged::passes(RULE, input)
}
