//! What is to become of the contacts that were looked at: who is called, from when on, and who is not, and why.
//!
//! Each is followed through the rules that dial, from its next try on, by the clocks of its own number.
//!
//! Deliberately absent: rates and channels, which decide when its turn comes.

use super::{Plan, Sampled, Seen, error, obstacle, opening, warning};
use crate::model::{CallCap, Hold, Obstacle, ObstacleKind, Severity, Timestamp, Waits};
use crate::schedule::{caps, eligible};

/// Moments that are tried before it is said that none was found.
const TRIES: usize = 100;

/// What is to become of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A list has it: it is passed over.
    Listed,
    /// A rule holds it that no time ends.
    Never(Hold),
    /// A rule holds it until the campaign has ended.
    Late(Hold),
    /// It may be called from then on; a rule held it until then.
    From(Timestamp, Option<Hold>),
}

/// What is to become of each of the sample.
pub(super) fn fates(plan: &Plan, now: Timestamp) -> Vec<Fate> {
    let caps = plan.project.number_caps.all();
    let sample = plan.sample.iter();
    sample.map(|one| fate(plan, &caps, one, now)).collect()
}

fn fate(plan: &Plan, caps: &[CallCap], one: &Sampled, now: Timestamp) -> Fate {
    if one.is_listed {
        return Fate::Listed;
    }
    let past = caps::as_ended(&one.past, now);
    let asked = eligible::Asked {
        project: &plan.project,
        campaign: Some(&plan.campaign),
        number: &one.number,
        caps,
        past: &past,
    };
    let (mut at, mut by) = match one.due {
        Some(due) if due > now => (due, Some(Hold::Retry)),
        _ => (now, None),
    };
    for _ in 0..TRIES {
        match eligible::admit(&asked, at) {
            None => return Fate::From(at, by),
            Some(Waits {
                reason: Hold::ScheduledEnd,
                ..
            }) => {
                return Fate::Late(by.unwrap_or(Hold::ScheduledEnd));
            }
            Some(Waits { reason, until }) => match until {
                Some(until) => (at, by) = (until, Some(reason)),
                None => return Fate::Never(reason),
            },
        }
    }
    Fate::Never(Hold::CallingHours)
}

/// Says what is in the way of some, or of all.
pub(super) fn check(seen: &Seen<'_>) -> Vec<Obstacle> {
    let mut told: Vec<_> = [listed(seen), capped(seen)].into_iter().flatten().collect();
    // What keeps everybody is told once, of the campaign.
    if opening(seen.plan, seen.now).is_ok() {
        let held = HELD.iter().filter_map(|held| held.told(seen));
        told.extend(held);
        told.extend(not_yet(seen));
    }
    let has_error = told.iter().any(|one| one.severity == Severity::Error);
    if !has_error && !told.is_empty() && nobody(seen) && opening(seen.plan, seen.now).is_ok() {
        told.push(error(
            ObstacleKind::Contacts,
            format!(
                "of {} contacts looked at nobody would be called, each for one of these reasons",
                seen.fates.len()
            ),
            "do what the others say, or import further contacts",
        ));
    }
    told
}

/// Whether none of the sample would be called at all.
fn nobody(seen: &Seen<'_>) -> bool {
    !seen.fates.is_empty() && !seen.fates.iter().any(|fate| matches!(fate, Fate::From(..)))
}

fn listed(seen: &Seen<'_>) -> Option<Obstacle> {
    let count = seen.fates.iter().filter(|fate| **fate == Fate::Listed).count();
    let remedies = [
        "none is needed: they are passed over",
        "import contacts that may be called; `apicall-cli dnc list` tells who lists these",
    ];
    some_of(
        seen,
        ObstacleKind::DoNotCall,
        count,
        "on a do-not-call list",
        remedies,
    )
}

fn capped(seen: &Seen<'_>) -> Option<Obstacle> {
    let caps = seen.plan.project.number_caps.all();
    let sample = seen.plan.sample.iter();
    let waits = sample.filter_map(|one| caps::wait(&caps, &one.past, seen.now));
    let waits: Vec<_> = waits.collect();
    let first = waits.iter().min()?;
    let remedies = [
        "none is needed: each waits until it may be called".to_owned(),
        format!("wait until {first}, when the first of them may be called again, or change number_caps"),
    ];
    let says = "at a cap on the calls to a number";
    some_of(seen, ObstacleKind::NumberCap, waits.len(), says, remedies)
}

/// A fate that keeps contacts from being called at all, and what to say of it.
struct Held {
    fate: Fate,
    what: ObstacleKind,
    says: &'static str,
    remedy: &'static str,
}

const HELD: [Held; 5] = [
    Held {
        fate: Fate::Never(Hold::UnknownZone),
        what: ObstacleKind::CallingHours,
        says: "of a number of which nobody can say what time it is there",
        remedy: "read the hours by the project's clock, or leave these contacts out",
    },
    Held {
        fate: Fate::Never(Hold::CallingHours),
        what: ObstacleKind::CallingHours,
        says: "of a number that is never within the hours in all places where it may be",
        remedy: "widen the hours, or read them by the project's clock",
    },
    Held {
        fate: Fate::Late(Hold::CallingHours),
        what: ObstacleKind::CallingHours,
        says: "where the hours open only after the scheduled end",
        remedy: "move ends_at, or widen the hours",
    },
    Held {
        fate: Fate::Late(Hold::NumberCap),
        what: ObstacleKind::NumberCap,
        says: "at a cap on the calls to a number until after the scheduled end",
        remedy: "move ends_at, or change number_caps",
    },
    Held {
        fate: Fate::Late(Hold::Retry),
        what: ObstacleKind::Schedule,
        says: "due for their next try only after the scheduled end",
        remedy: "move ends_at",
    },
];

impl Held {
    fn told(&self, seen: &Seen<'_>) -> Option<Obstacle> {
        let count = seen.fates.iter().filter(|fate| **fate == self.fate).count();
        some_of(seen, self.what, count, self.says, [self.remedy; 2])
    }
}

/// The hours are closed now wherever somebody would be called.
fn not_yet(seen: &Seen<'_>) -> Option<Obstacle> {
    let called = seen.fates.iter().filter_map(|fate| match fate {
        Fate::From(at, by) => Some((*at, *by)),
        _ => None,
    });
    let (first, by) = called.min_by_key(|(at, _)| *at)?;
    // Of the campaign as a whole it is told already.
    let opens = opening(seen.plan, seen.now).ok()?;
    (by == Some(Hold::CallingHours) && first > opens).then(|| {
        warning(
            ObstacleKind::CallingHours,
            format!("by their own clocks none of those looked at is called before {first}"),
            "once started it begins by itself then; to call earlier, change the hours",
        )
    })
}

/// How many of the sample something is said of: of all of them it is an error. The remedies are for some, and for all.
fn some_of(
    seen: &Seen<'_>,
    what: ObstacleKind,
    count: usize,
    says: &str,
    remedies: [impl Into<String>; 2],
) -> Option<Obstacle> {
    let all = seen.plan.sample.len();
    let [of_some, of_all] = remedies;
    let says = format!("of {all} contacts looked at, {says}: {count}");
    match count {
        0 => None,
        _ if count == all => Some(obstacle(Severity::Error, what, says, of_all)),
        _ => Some(obstacle(Severity::Warning, what, says, of_some)),
    }
}
