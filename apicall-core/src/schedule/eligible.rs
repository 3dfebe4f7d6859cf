//! Who may be called at a moment: the rules about time, in the order in which they are applied.
//!
//! | rule | of | holds until |
//! |---|---|---|
//! | `scheduled_start` | the campaign | its start |
//! | `scheduled_end` | the campaign | somebody moves it |
//! | `unknown_zone` | project and number | somebody corrects the zone, or the hours |
//! | `calling_hours` | project and campaign, both together | they open |
//!
//! Deliberately absent: lists and counts, which are the store's to look up.

use super::hours::{HoursIn, is_open, opens_at};
use super::zones;
use crate::model::{CallingHours, Campaign, Hold, HoursZone, PhoneNumber, Project, Timestamp, Waits};
use jiff::tz::TimeZone;

/// What keeps all of a campaign waiting, whoever is called; `None` when nothing does.
pub fn campaign(project: &Project, campaign: &Campaign, now: Timestamp) -> Option<Waits> {
    decide(project, Some(campaign), None, now)
}

/// What keeps a number from being called for a project, by a campaign of it or singly; `None` when nothing does.
pub fn number(
    project: &Project,
    campaign: Option<&Campaign>,
    number: &PhoneNumber,
    now: Timestamp,
) -> Option<Waits> {
    decide(project, campaign, Some(number), now)
}

/// Where a callee may be: by the number, else where the project is.
pub fn zones_of(project: Option<&Project>, number: &PhoneNumber) -> Vec<TimeZone> {
    match zones::of_number(number) {
        [] => project
            .and_then(|project| zones::named(&project.timezone))
            .into_iter()
            .collect(),
        zones => zones.to_vec(),
    }
}

fn decide(
    project: &Project,
    campaign: Option<&Campaign>,
    number: Option<&PhoneNumber>,
    now: Timestamp,
) -> Option<Waits> {
    let starts_at = campaign.and_then(|campaign| campaign.starts_at);
    let ends_at = campaign.and_then(|campaign| campaign.ends_at);
    if let Some(starts_at) = starts_at.filter(|at| now < *at) {
        return waits(Hold::ScheduledStart, Some(starts_at));
    }
    if ends_at.is_some_and(|at| now >= at) {
        return waits(Hold::ScheduledEnd, None);
    }
    let all = [
        project.hours.as_ref(),
        campaign.and_then(|campaign| campaign.hours.as_ref()),
    ];
    if all == [None, None] {
        return None;
    }
    let own: Option<[TimeZone; 1]> = zones::named(&project.timezone).map(|zone| [zone]);
    let own: &[TimeZone] = own.as_ref().map_or(&[], |zone| zone);
    let theirs = number.map(zones::of_number);
    let rules: Vec<_> = all
        .into_iter()
        .flatten()
        .filter_map(|hours| read(hours, own, theirs))
        .collect();
    if is_open(&rules, now) {
        None
    } else if rules.iter().any(|rule| rule.zones.is_empty()) {
        waits(Hold::UnknownZone, None)
    } else {
        waits(Hold::CallingHours, opens_at(&rules, now))
    }
}

/// Hours where they are read; `None` while it is not asked about a number that they depend on.
fn read<'a>(
    hours: &'a CallingHours,
    own: &'a [TimeZone],
    theirs: Option<&'a [TimeZone]>,
) -> Option<HoursIn<'a>> {
    let zones = match hours.zone() {
        HoursZone::Project => own,
        HoursZone::Callee => theirs?,
    };
    Some(HoursIn { hours, zones })
}

const fn waits(reason: Hold, until: Option<Timestamp>) -> Option<Waits> {
    Some(Waits { reason, until })
}

#[cfg(test)]
mod tests;
