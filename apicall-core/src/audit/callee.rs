//! Who was called, when and from which number: a start within calling hours and schedule, to nobody who stood on a list, and
//! from a number of the project's.
//!
//! All are asked of the start alone, with the rules that were in force then. Around a change both the old and the new count,
//! as everywhere ([`ALLOWANCE`]): a call that is on its way when its number is listed may still leave.

use super::{ALLOWANCE, Findings, History, Rule, Violation};
use crate::model::{Attempt, Call, Listing, Origin, PhoneNumber, Rules, Scope, Timestamp, Waits};
use crate::schedule::eligible;

/// Why a start cannot be judged.
const UNKNOWN: &str = "started before its hours were written down";
const UNOWNED: &str = "started before the project's numbers were written down";

/// A call that left, to a number: what the dialer itself asks about. What a dialplan sends has no callee of ours.
pub(super) fn left(start: &Attempt) -> Option<(Timestamp, &PhoneNumber)> {
    let number = start.number.as_ref().filter(|_| start.origin != Origin::Dialplan);
    Some((start.dialed_at?, number?))
}

/// Looks at the hours of project and campaign, where the callee is, and the campaign's schedule.
pub fn check_hours(start: &Attempt, history: &History, findings: &mut Findings) {
    let Some((at, number)) = left(start) else { return };
    let projects = history.between(&Scope::Project(start.project), at, at);
    let campaigns: Option<Vec<Option<&Rules>>> = match start.campaign {
        Some(campaign) => {
            let rules = history.between(&Scope::Campaign(campaign), at, at);
            rules.map(|rules| rules.map(Some).collect())
        }
        None => Some(vec![None]),
    };
    let (Some(projects), Some(campaigns)) = (projects, campaigns) else {
        return findings.pass_over(Rule::Hours, UNKNOWN);
    };
    findings.judge(Rule::Hours);
    let mut broken = None;
    for project in projects {
        for campaign in &campaigns {
            match eligible::by_rules(project, *campaign, number, at) {
                None => return,
                Some(waits) => broken = Some(waits),
            }
        }
    }
    let Some(Waits { reason, until }) = broken else {
        return;
    };
    let until = until.map_or_else(
        || "until it is changed".to_owned(),
        |until| format!("until {until}"),
    );
    findings.break_rule(Violation {
        rule: Rule::Hours,
        at,
        whose: whose(start),
        limit: format!("{reason}: nobody {until}"),
        seen: format!("a start at {at}"),
        calls: vec![start.id],
    });
}

/// Looks at the lists: `listings` has, in any order, at least those of the call's number.
pub fn check_lists(start: &Attempt, listings: &[Listing], findings: &mut Findings) {
    let Some((at, number)) = left(start) else { return };
    findings.judge(Rule::DoNotCall);
    let concerns = |listing: &&Listing| {
        listing.number == *number && listing.project.is_none_or(|project| project == start.project)
    };
    let Some(listing) = listings
        .iter()
        .filter(concerns)
        .find(|listing| stood(listing, at))
    else {
        return;
    };
    findings.break_rule(Violation {
        rule: Rule::DoNotCall,
        at,
        whose: whose(start),
        limit: format!("not called by {} since {}", by(listing), listing.added_at),
        seen: format!("a start at {at}"),
        calls: vec![start.id],
    });
}

/// Looks at the number that the callee saw, as `record` has it. A call that showed none showed nobody else's.
pub fn check_caller_id(start: &Attempt, record: &Call, history: &History, findings: &mut Findings) {
    let (Some((at, _)), Some(shown)) = (left(start), &record.caller_id) else {
        return;
    };
    let rules = history.between(&Scope::Project(start.project), at, at);
    let owned: Option<Vec<_>> =
        rules.and_then(|rules| rules.map(|rules| rules.caller_ids.as_ref()).collect());
    let Some(owned) = owned else {
        return findings.pass_over(Rule::CallerId, UNOWNED);
    };
    findings.judge(Rule::CallerId);
    if owned.iter().any(|numbers| numbers.contains(shown)) {
        return;
    }
    findings.break_rule(Violation {
        rule: Rule::CallerId,
        at,
        whose: whose(start),
        limit: "a number of the project's".to_owned(),
        seen: format!("a start from {shown}"),
        calls: vec![start.id],
    });
}

/// Whether a number stood on the list for longer than a change takes, and for longer still.
fn stood(listing: &Listing, at: Timestamp) -> bool {
    listing.added_at.plus(ALLOWANCE) < at
        && listing
            .removed_at
            .is_none_or(|removed| at.plus(ALLOWANCE) < removed)
}

fn by(listing: &Listing) -> String {
    listing
        .project
        .map_or_else(|| "anybody".to_owned(), |project| format!("project {project}"))
}

pub(super) fn whose(start: &Attempt) -> String {
    match start.campaign {
        Some(campaign) => format!("project {}, campaign {campaign}", start.project),
        None => format!("project {}", start.project),
    }
}
