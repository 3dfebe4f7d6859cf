//! Who may be called at a moment: the rules, in the order in which they are applied.
//!
//! | rule | of | holds until |
//! |---|---|---|
//! | `scheduled_start` | the campaign | its start |
//! | `scheduled_end` | the campaign | somebody moves it |
//! | `unknown_zone` | project and number | somebody corrects the zone, or the hours |
//! | `calling_hours` | project and campaign, both together | they open |
//! | `number_cap` | project and number | enough calls to it are long enough ago |
//!
//! Deliberately absent: do-not-call lists, which the store asks before all of these, and looking calls up.

use super::hours::{HoursIn, is_open, opens_at};
use super::{caps, zones};
use crate::model::{
    CallCap, CallRule, CallingHours, Campaign, Hold, HoursZone, PastCall, PhoneNumber, Project, Rules,
    Timestamp, Waits,
};
use jiff::tz::TimeZone;

/// A call that somebody wants to make, and what the rules ask about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// For whom.
    pub project: &'a Project,
    /// By which of its campaigns; `None` is singly.
    pub campaign: Option<&'a Campaign>,
    /// To which number.
    pub number: &'a PhoneNumber,
    /// How often the number may be called.
    pub caps: &'a [CallCap],
    /// The project's calls to it, as far back as the caps reach.
    pub past: &'a [PastCall],
}

/// Says what holds a call back at a moment.
pub type Rule = fn(&Asked<'_>, Timestamp) -> Option<Waits>;

/// The rules by their names. The first that holds a call back is the one that is told.
pub const RULES: [(CallRule, Rule); 4] = [
    (CallRule::ScheduledStart, |asked, now| {
        starts(asked.campaign.map(Terms::from), now)
    }),
    (CallRule::ScheduledEnd, |asked, now| {
        ends(asked.campaign.map(Terms::from), now)
    }),
    (CallRule::CallingHours, |asked, now| {
        let campaign = asked.campaign.map(Terms::from);
        hours(asked.project.into(), campaign, Some(asked.number), now)
    }),
    (CallRule::NumberCap, |asked, now| {
        let until = caps::wait(asked.caps, asked.past, now)?;
        waits(Hold::NumberCap, Some(until))
    }),
];

/// What keeps a call from being made, of all these rules; `None` when nothing does.
pub fn admit(asked: &Asked<'_>, now: Timestamp) -> Option<Waits> {
    RULES.iter().find_map(|(_, rule)| rule(asked, now))
}

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

/// The clocks by which hours are read.
#[derive(Debug, Clone)]
pub struct Clocks {
    own: Option<TimeZone>,
    theirs: Option<&'static [TimeZone]>,
}

impl Clocks {
    /// The project's, and those of all places where the number may be.
    pub fn of(project: &Project, number: &PhoneNumber) -> Self {
        Self::by(Some(&project.timezone), Some(number))
    }

    fn by(timezone: Option<&str>, number: Option<&PhoneNumber>) -> Self {
        Self {
            own: timezone.and_then(zones::named),
            theirs: number.map(zones::of_number),
        }
    }

    /// Hours where they are read; `None` while it is not asked about a number that they depend on.
    pub fn read<'a>(&'a self, hours: &'a CallingHours) -> Option<HoursIn<'a>> {
        let zones = match hours.zone() {
            HoursZone::Project => self.own.as_slice(),
            HoursZone::Callee => self.theirs?,
        };
        Some(HoursIn { hours, zones })
    }
}

fn decide(
    project: Terms<'_>,
    campaign: Option<Terms<'_>>,
    number: Option<&PhoneNumber>,
    now: Timestamp,
) -> Option<Waits> {
    starts(campaign, now)
        .or_else(|| ends(campaign, now))
        .or_else(|| hours(project, campaign, number, now))
}

fn starts(campaign: Option<Terms<'_>>, now: Timestamp) -> Option<Waits> {
    let starts_at = campaign?.starts_at.filter(|at| now < *at)?;
    waits(Hold::ScheduledStart, Some(starts_at))
}

fn ends(campaign: Option<Terms<'_>>, now: Timestamp) -> Option<Waits> {
    campaign?.ends_at.filter(|at| now >= *at)?;
    waits(Hold::ScheduledEnd, None)
}

fn hours(
    project: Terms<'_>,
    campaign: Option<Terms<'_>>,
    number: Option<&PhoneNumber>,
    now: Timestamp,
) -> Option<Waits> {
    let all = [project.hours, campaign.and_then(|campaign| campaign.hours)];
    if all == [None, None] {
        return None;
    }
    let clocks = Clocks::by(project.timezone, number);
    let rules: Vec<_> = all
        .into_iter()
        .flatten()
        .filter_map(|hours| clocks.read(hours))
        .collect();
    if is_open(&rules, now) {
        None
    } else if rules.iter().any(|rule| rule.zones.is_empty()) {
        waits(Hold::UnknownZone, None)
    } else {
        waits(Hold::CallingHours, opens_at(&rules, now))
    }
}

const fn waits(reason: Hold, until: Option<Timestamp>) -> Option<Waits> {
    Some(Waits { reason, until })
}

#[cfg(test)]
mod tests;
