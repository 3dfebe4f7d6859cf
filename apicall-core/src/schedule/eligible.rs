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
use crate::model::{CallingHours, Campaign, Hold, HoursZone, PhoneNumber, Project, Rules, Timestamp, Waits};
use jiff::tz::TimeZone;

/// What keeps all of a campaign waiting, whoever is called; `None` when nothing does.
pub fn campaign(project: &Project, campaign: &Campaign, now: Timestamp) -> Option<Waits> {
    decide(project.into(), Some(campaign.into()), None, now)
}

/// What keeps a number from being called for a project, by a campaign of it or singly; `None` when nothing does.
pub fn number(
    project: &Project,
    campaign: Option<&Campaign>,
    number: &PhoneNumber,
    now: Timestamp,
) -> Option<Waits> {
    decide(project.into(), campaign.map(Terms::from), Some(number), now)
}

/// The same by rules that were written down: what kept the number from being called then.
pub fn by_rules(
    project: &Rules,
    campaign: Option<&Rules>,
    number: &PhoneNumber,
    then: Timestamp,
) -> Option<Waits> {
    decide(project.into(), campaign.map(Terms::from), Some(number), then)
}

/// What a project or a campaign says about time.
#[derive(Debug, Clone, Copy)]
struct Terms<'a> {
    hours: Option<&'a CallingHours>,
    timezone: Option<&'a str>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
}

impl<'a> From<&'a Project> for Terms<'a> {
    fn from(project: &'a Project) -> Self {
        Self {
            hours: project.hours.as_ref(),
            timezone: Some(&project.timezone),
            starts_at: None,
            ends_at: None,
        }
    }
}

impl<'a> From<&'a Campaign> for Terms<'a> {
    fn from(campaign: &'a Campaign) -> Self {
        Self {
            hours: campaign.hours.as_ref(),
            timezone: None,
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
        }
    }
}

impl<'a> From<&'a Rules> for Terms<'a> {
    fn from(rules: &'a Rules) -> Self {
        Self {
            hours: rules.hours.as_ref(),
            timezone: rules.timezone.as_deref(),
            starts_at: rules.starts_at,
            ends_at: rules.ends_at,
        }
    }
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
    project: Terms<'_>,
    campaign: Option<Terms<'_>>,
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
    let all = [project.hours, campaign.and_then(|campaign| campaign.hours)];
    if all == [None, None] {
        return None;
    }
    let own: Option<[TimeZone; 1]> = project.timezone.and_then(zones::named).map(|zone| [zone]);
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
