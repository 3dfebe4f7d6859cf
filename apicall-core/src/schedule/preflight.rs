//! What would keep a campaign from dialing well, before it starts.
//!
//! Every check is a function of what is known; together they are a table. They ask the rules that dial.
//!
//! Deliberately absent: looking up what is known.

mod pace;
mod people;

use super::why::Ways;
use super::{caller_id, eligible, exits};
use crate::model::{
    CalendarDay, CallerIdFacts, Campaign, Hold, Limits, Obstacle, ObstacleKind, PastCall, PhoneNumber,
    Preflight, Project, ProjectTrunk, Severity, SoundName, Timestamp, TrunkId, Waits, WhenNone,
};
use people::Fate;
use std::time::Duration;

/// What is known of a campaign that is to start.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its project.
    pub project: Project,
    /// The campaign.
    pub campaign: Campaign,
    /// All its contacts.
    pub contacts: u64,
    /// Those that wait to be called.
    pub pending: u64,
    /// Those that are in a call.
    pub in_calls: u64,
    /// Some of those that wait, from all over the list.
    pub sample: Vec<Sampled>,
    /// What was counted of the project's caller IDs, in their order.
    pub caller_ids: Vec<CallerIdFacts>,
    /// The day whose uses they tell.
    pub day: CalendarDay,
    /// The ways out.
    pub ways: Ways,
    /// The limits of each trunk: the lower of its own and those of its switch.
    pub trunk_limits: Vec<(TrunkId, Limits)>,
    /// The engine's limits.
    pub engine_limits: Limits,
    /// How long a call of the project holds its channel, by those that it made of late.
    pub mean_call: Option<Duration>,
    /// What the flow plays and nobody has found.
    pub missing: Vec<SoundName>,
    /// Why the engine does not dial.
    pub fault: Option<String>,
}

/// A contact that waits to be called.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// Its number.
    pub number: PhoneNumber,
    /// When its next try is due, or it is looked at again.
    pub due: Option<Timestamp>,
    /// Whether a do-not-call list has it.
    pub is_listed: bool,
    /// The project's calls to it, as far back as its caps reach.
    pub past: Vec<PastCall>,
}

/// A plan at a moment, and what is to become of the contacts of its sample.
struct Seen<'a> {
    plan: &'a Plan,
    now: Timestamp,
    fates: Vec<Fate>,
}

type Check = fn(&Seen<'_>) -> Vec<Obstacle>;

const CHECKS: [Check; 8] = [
    engine,
    contacts,
    trunk,
    audio,
    when,
    people::check,
    caller_ids,
    pace::rates,
];

/// Looks for everything that is in the way.
pub fn look(plan: &Plan, now: Timestamp) -> Preflight {
    let fates = people::fates(plan, now);
    let seen = Seen { plan, now, fates };
    let mut obstacles: Vec<_> = CHECKS.iter().flat_map(|check| check(&seen)).collect();
    // Where nobody is called nothing is ever done.
    let is_dialed = obstacles.iter().all(|one| one.severity != Severity::Error);
    let done_at = is_dialed.then(|| pace::first_calls_done_at(&seen)).flatten();
    obstacles.extend(pace::too_long(plan, done_at));
    obstacles.sort_by_key(|obstacle| obstacle.severity);
    Preflight {
        campaign: plan.campaign.id,
        at: now,
        pending: plan.pending,
        sampled: plan.sample.len() as u64,
        mean_call_ms: plan
            .mean_call
            .map(|mean| u64::try_from(mean.as_millis()).unwrap_or(u64::MAX)),
        first_calls_done_at: done_at,
        obstacles,
    }
}

fn engine(seen: &Seen<'_>) -> Vec<Obstacle> {
    let fault = seen.plan.fault.iter();
    let told = fault.map(|fault| {
        let says = format!("the engine dials nobody: {fault}");
        error(
            ObstacleKind::Engine,
            says,
            "see that it runs and that its store can be written; `apicall-engine check` tells more",
        )
    });
    told.collect()
}

fn contacts(seen: &Seen<'_>) -> Vec<Obstacle> {
    const WHAT: ObstacleKind = ObstacleKind::Contacts;
    match (seen.plan.contacts, seen.plan.pending, seen.plan.in_calls) {
        (0, ..) => vec![error(WHAT, "it has no contacts", "import a number list")],
        (all, 0, 0) => vec![error(
            WHAT,
            format!("all of its contacts were called, or passed over: {all}"),
            "import further contacts",
        )],
        (_, 0, live) => vec![error(
            WHAT,
            format!("no contact waits to be called, and in a call are {live}"),
            "wait and see how these calls end, or import further contacts",
        )],
        _ => Vec::new(),
    }
}

fn trunk(seen: &Seen<'_>) -> Vec<Obstacle> {
    let plan = seen.plan;
    const WHAT: ObstacleKind = ObstacleKind::Trunk;
    if let Some(fault) = &plan.ways.fault {
        return vec![error(WHAT, fault, "mend the project's trunk or flow")];
    }
    let is_open = !open(plan).is_empty();
    let troubled = plan
        .ways
        .all
        .iter()
        .filter_map(|way| Some((way, way.trouble.as_ref()?)));
    let told = troubled.map(|(way, trouble)| {
        let severity = if is_open {
            Severity::Warning
        } else {
            Severity::Error
        };
        let says = format!("trunk {}: {trouble}", way.name);
        obstacle(
            severity,
            WHAT,
            says,
            "see `apicall-cli trunk show` and `switch list`",
        )
    });
    told.collect()
}

/// The trunks by which calls would leave now.
fn open(plan: &Plan) -> Vec<ProjectTrunk> {
    let all: Vec<_> = plan.ways.all.iter().map(|way| way.of).collect();
    exits::open(&all, |trunk| {
        let way = plan.ways.all.iter().find(|way| way.of.trunk == trunk);
        way.map_or(exits::Usable::Not, |way| way.usable)
    })
}

fn audio(seen: &Seen<'_>) -> Vec<Obstacle> {
    let plan = seen.plan;
    if plan.missing.is_empty() {
        return Vec::new();
    }
    let names: Vec<_> = plan.missing.iter().map(SoundName::as_str).collect();
    let says = format!("nobody has what the flow plays: {}", names.join(", "));
    let remedy = "upload it, or declare it to be on the switches; until then the campaign is not started";
    vec![error(ObstacleKind::Audio, says, remedy)]
}

/// Schedule and hours, as far as they are the same for everybody.
fn when(seen: &Seen<'_>) -> Vec<Obstacle> {
    use ObstacleKind::{CallingHours, Schedule};
    let (plan, now) = (seen.plan, seen.now);
    let waits = eligible::campaign(&plan.project, &plan.campaign, now).map(|waits| waits.reason);
    let told = match (opening(plan, now), waits) {
        (Ok(_), None) => return Vec::new(),
        (Ok(opens), Some(Hold::ScheduledStart)) => warning(
            Schedule,
            format!("nobody is called before {opens}, by its scheduled start and the hours"),
            "once started it begins by itself then; to call earlier, move starts_at",
        ),
        (Ok(opens), Some(_)) => warning(
            CallingHours,
            format!("nobody is called before {opens}, when the hours open"),
            "once started it begins by itself then; to call earlier, change the hours",
        ),
        (Err(Hold::ScheduledEnd), Some(Hold::ScheduledEnd)) => {
            error(Schedule, "its scheduled end has passed", "move or clear ends_at")
        }
        (Err(Hold::ScheduledEnd), _) => error(
            CallingHours,
            "the hours do not open before its scheduled end",
            "move ends_at, or change the hours",
        ),
        (Err(Hold::UnknownZone), _) => error(
            CallingHours,
            format!("the project's timezone `{}` is none", plan.project.timezone),
            "give the project one by its IANA name, as in America/Bogota",
        ),
        (Err(_), _) => error(
            CallingHours,
            "its hours never open",
            "change the hours of project or campaign",
        ),
    };
    vec![told]
}

/// The first moment at which the campaign as a whole may call, or what time does not end.
fn opening(plan: &Plan, now: Timestamp) -> Result<Timestamp, Hold> {
    let mut at = now;
    while let Some(Waits { reason, until }) = eligible::campaign(&plan.project, &plan.campaign, at) {
        // At most a scheduled start, then the hours, then the scheduled end: each is later.
        at = until.filter(|until| *until > at).ok_or(reason)?;
    }
    Ok(at)
}

fn caller_ids(seen: &Seen<'_>) -> Vec<Obstacle> {
    const WHAT: ObstacleKind = ObstacleKind::CallerId;
    let (plan, now, project) = (seen.plan, seen.now, &seen.plan.project);
    let Some(ids) = &project.caller_ids else {
        return match project.caller_id {
            Some(_) => Vec::new(),
            None => vec![warning(
                WHAT,
                "the project has no caller ID; callees see what the trunk shows",
                "give the project one, or several",
            )],
        };
    };
    let today = caller_id::today(project, now);
    let known = plan.caller_ids.iter();
    let known: Vec<_> = known.map(|known| caller_id::judge(ids, known, now)).collect();
    if let Some(until) = caller_id::all_busy_until(ids, &known, now, today) {
        let says = format!("of its {} caller IDs none is free before {until}", known.len());
        let used_up = |known: &CallerIdFacts| ids.daily_cap().is_some_and(|cap| known.used_today >= cap);
        let remedy = match known.iter().any(used_up) {
            true => "wait, add numbers, or raise the daily cap",
            false => "wait, add numbers, or let them rest for less long",
        };
        let severity = match ids.when_none() {
            WhenNone::Wait => Severity::Error,
            WhenNone::OwnCallerId => Severity::Warning,
        };
        return vec![obstacle(severity, WHAT, says, remedy)];
    }
    let Some(cap) = ids.daily_cap().filter(|_| ids.when_none() == WhenNone::Wait) else {
        return Vec::new();
    };
    let free = known.iter();
    let free = free.map(|known| u64::from(cap.saturating_sub(known.used_today)));
    let room: u64 = free.sum();
    if room >= plan.pending {
        return Vec::new();
    }
    let says = format!(
        "today its caller IDs may be shown {room} times more, and the contacts that wait are {}",
        plan.pending
    );
    let remedy = "add numbers, or raise the daily cap; else it takes several days";
    vec![warning(WHAT, says, remedy)]
}

fn error(what: ObstacleKind, says: impl Into<String>, remedy: impl Into<String>) -> Obstacle {
    obstacle(Severity::Error, what, says, remedy)
}

fn warning(what: ObstacleKind, says: impl Into<String>, remedy: impl Into<String>) -> Obstacle {
    obstacle(Severity::Warning, what, says, remedy)
}

fn obstacle(
    severity: Severity,
    what: ObstacleKind,
    says: impl Into<String>,
    remedy: impl Into<String>,
) -> Obstacle {
    Obstacle {
        severity,
        what,
        says: says.into(),
        remedy: remedy.into(),
    }
}

#[cfg(test)]
mod tests;
