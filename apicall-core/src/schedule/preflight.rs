//! What would keep a campaign from dialing well, before it starts.
//!
//! Every check is a function of what is known; together they are a table. They ask the rules that dial.
//!
//! Deliberately absent: looking up what is known, and how long calls take, which nobody knows before.

use super::why::Ways;
use super::{caller_id, caps, eligible, exits};
use crate::model::{
    CalendarDay, CallerIdFacts, Campaign, Cps, Hold, Obstacle, ObstacleKind, PastCall, PhoneNumber,
    Preflight, Project, ProjectTrunk, Severity, SoundName, Timestamp, TrunkId, Waits, WhenNone,
};
use std::time::Duration;

/// Open time is walked in such steps.
const STEP: Duration = Duration::from_secs(300);
/// So far ahead it is looked for.
const HORIZON: Duration = Duration::from_secs(400 * 86_400);

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
    /// Some of those.
    pub sample: Vec<Sampled>,
    /// What was counted of the project's caller IDs, in their order.
    pub caller_ids: Vec<CallerIdFacts>,
    /// The day whose uses they tell.
    pub day: CalendarDay,
    /// The ways out.
    pub ways: Ways,
    /// The rate of each trunk that has one, by its own limits and those of its switch.
    pub trunk_cps: Vec<(TrunkId, Cps)>,
    /// The engine's rate.
    pub engine_cps: Option<Cps>,
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
    /// Whether a do-not-call list has it.
    pub is_listed: bool,
    /// The project's calls to it, as far back as its caps reach.
    pub past: Vec<PastCall>,
}

type Check = fn(&Plan, Timestamp) -> Vec<Obstacle>;

const CHECKS: [Check; 10] = [
    engine, contacts, trunk, audio, when, listed, capped, nowhere, caller_ids, rates,
];

/// Looks for everything that is in the way.
pub fn look(plan: &Plan, now: Timestamp) -> Preflight {
    let mut obstacles: Vec<_> = CHECKS.iter().flat_map(|check| check(plan, now)).collect();
    let done_at = first_calls_done_at(plan, now);
    obstacles.extend(too_long(plan, done_at));
    obstacles.sort_by_key(|obstacle| obstacle.severity);
    Preflight {
        campaign: plan.campaign.id,
        at: now,
        pending: plan.pending,
        sampled: plan.sample.len() as u64,
        first_calls_done_at: done_at,
        obstacles,
    }
}

fn engine(plan: &Plan, _: Timestamp) -> Vec<Obstacle> {
    let fault = plan.fault.iter();
    let told = fault.map(|fault| {
        let says = format!("the engine dials nobody: {fault}");
        error(
            ObstacleKind::Engine,
            says,
            "mend its store; `apicall-engine check` tells more",
        )
    });
    told.collect()
}

fn contacts(plan: &Plan, _: Timestamp) -> Vec<Obstacle> {
    const WHAT: ObstacleKind = ObstacleKind::Contacts;
    match (plan.contacts, plan.pending) {
        (0, _) => vec![error(WHAT, "it has no contacts", "import a number list")],
        (all, 0) => vec![error(
            WHAT,
            format!("none of its {all} contacts waits to be called"),
            "import further contacts",
        )],
        _ => Vec::new(),
    }
}

fn trunk(plan: &Plan, _: Timestamp) -> Vec<Obstacle> {
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

fn audio(plan: &Plan, _: Timestamp) -> Vec<Obstacle> {
    if plan.missing.is_empty() {
        return Vec::new();
    }
    let names: Vec<_> = plan.missing.iter().map(SoundName::as_str).collect();
    let says = format!(
        "the engine's audio directory has no file for what the flow plays: {}",
        names.join(", ")
    );
    let remedy = "make sure that the switch has it, or put it there";
    vec![warning(ObstacleKind::Audio, says, remedy)]
}

/// Schedule and hours, as far as they are the same for everybody.
fn when(plan: &Plan, now: Timestamp) -> Vec<Obstacle> {
    let Some(Waits { reason, until }) = eligible::campaign(&plan.project, &plan.campaign, now) else {
        return Vec::new();
    };
    let what = match reason {
        Hold::ScheduledStart | Hold::ScheduledEnd => ObstacleKind::Schedule,
        _ => ObstacleKind::CallingHours,
    };
    let opens = first_open(plan, now);
    let told = match (reason, until, opens) {
        (Hold::ScheduledEnd, ..) => error(what, "its scheduled end has passed", "move or clear ends_at"),
        (Hold::UnknownZone, ..) => error(
            what,
            format!("the project's timezone `{}` is none", plan.project.timezone),
            "correct it",
        ),
        (_, None, _) => error(
            what,
            "its hours never open",
            "change the hours of project or campaign",
        ),
        (_, _, None) => error(
            what,
            "the hours do not open between its scheduled start and its scheduled end",
            "move ends_at, or change the hours",
        ),
        (_, _, Some(opens)) => warning(
            what,
            format!("{reason}: nobody is called before {opens}"),
            "start it all the same, it goes on by itself; or change that",
        ),
    };
    vec![told]
}

/// The first moment at which the campaign as a whole may call.
fn first_open(plan: &Plan, now: Timestamp) -> Option<Timestamp> {
    let mut at = now;
    // At most a scheduled start and then the hours.
    for _ in 0..4 {
        match eligible::campaign(&plan.project, &plan.campaign, at) {
            None => return Some(at),
            Some(waits) => at = waits.until?,
        }
    }
    None
}

fn listed(plan: &Plan, _: Timestamp) -> Vec<Obstacle> {
    let count = plan.sample.iter().filter(|one| one.is_listed).count();
    let remedy = "none is needed: they are passed over";
    some_of(
        plan,
        ObstacleKind::DoNotCall,
        count,
        "on a do-not-call list",
        remedy,
    )
}

fn capped(plan: &Plan, now: Timestamp) -> Vec<Obstacle> {
    let caps = plan.project.number_caps.all();
    let is_capped = |one: &&Sampled| caps::wait(&caps, &one.past, now).is_some();
    let count = plan.sample.iter().filter(is_capped).count();
    let says = "at a cap on the calls to a number";
    let remedy = "none is needed: each waits until it may be called";
    some_of(plan, ObstacleKind::NumberCap, count, says, remedy)
}

/// Contacts of whom nobody can say what time it is there.
fn nowhere(plan: &Plan, now: Timestamp) -> Vec<Obstacle> {
    let is_nowhere = |one: &&Sampled| {
        let waits = eligible::number(&plan.project, Some(&plan.campaign), &one.number, now);
        waits.is_some_and(|waits| waits.reason == Hold::UnknownZone)
    };
    let count = plan.sample.iter().filter(is_nowhere).count();
    let says = "of a number of which nobody can say what time it is there";
    let remedy = "read the hours by the project's clock, or leave these contacts out";
    some_of(plan, ObstacleKind::CallingHours, count, says, remedy)
}

/// How many of the sample something is said of: all of them are an error.
fn some_of(plan: &Plan, what: ObstacleKind, count: usize, says: &str, remedy: &str) -> Vec<Obstacle> {
    let all = plan.sample.len();
    let severity = match count {
        0 => return Vec::new(),
        _ if count == all => Severity::Error,
        _ => Severity::Warning,
    };
    let says = format!("of the first {all} contacts that wait, {count} are {says}");
    vec![obstacle(severity, what, says, remedy)]
}

fn caller_ids(plan: &Plan, now: Timestamp) -> Vec<Obstacle> {
    const WHAT: ObstacleKind = ObstacleKind::CallerId;
    let project = &plan.project;
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
    let known: Vec<_> = plan
        .caller_ids
        .iter()
        .map(|known| caller_id::judge(ids, known, now))
        .collect();
    let mut told = Vec::new();
    if let Some(until) = caller_id::all_busy_until(ids, &known, now, today) {
        let says = format!(
            "none of its {} caller IDs is free before {until}",
            ids.numbers().len()
        );
        let severity = match ids.when_none() {
            WhenNone::Wait => Severity::Error,
            WhenNone::OwnCallerId => Severity::Warning,
        };
        told.push(obstacle(
            severity,
            WHAT,
            says,
            "wait, add numbers, or raise the daily cap",
        ));
    } else if let Some(cap) = ids.daily_cap().filter(|_| ids.when_none() == WhenNone::Wait) {
        let free = known
            .iter()
            .map(|known| u64::from(cap.saturating_sub(known.used_today)));
        let room: u64 = free.sum();
        if room < plan.pending {
            let says = format!(
                "its caller IDs may be shown {room} more times today, and {} contacts wait",
                plan.pending
            );
            told.push(warning(
                WHAT,
                says,
                "add numbers, or raise the daily cap; else it takes several days",
            ));
        }
    }
    told
}

fn rates(plan: &Plan, _: Timestamp) -> Vec<Obstacle> {
    let Some(own) = plan.campaign.limits.cps else {
        return Vec::new();
    };
    let others = [
        ("the project's", plan.project.limits.cps.map(Cps::per_second)),
        ("the engine's", plan.engine_cps.map(Cps::per_second)),
        ("that of its trunks", trunks_cps(plan)),
    ];
    let slower = others.into_iter().filter_map(|(whose, cps)| {
        let cps = cps.filter(|cps| *cps < own.per_second())?;
        let says = format!("its rate is {own}/s, and {whose} is {cps}/s");
        Some(warning(
            ObstacleKind::Rate,
            says,
            "raise the lower one, or take the campaign's back",
        ))
    });
    slower.collect()
}

/// The rate of the open trunks together; `None` when one of them has none.
fn trunks_cps(plan: &Plan) -> Option<f64> {
    let open = open(plan);
    let each = open.iter().map(|way| {
        let of = plan.trunk_cps.iter().find(|(trunk, _)| *trunk == way.trunk);
        of.map(|(_, cps)| cps.per_second())
    });
    let each: Option<Vec<_>> = each.collect();
    each.filter(|each| !each.is_empty()).map(|each| each.iter().sum())
}

/// When every contact that waits can have been called once at the earliest, were nobody else called.
fn first_calls_done_at(plan: &Plan, now: Timestamp) -> Option<Timestamp> {
    let own = [plan.campaign.limits.cps, plan.project.limits.cps, plan.engine_cps];
    let rates = own
        .into_iter()
        .flatten()
        .map(Cps::per_second)
        .chain(trunks_cps(plan));
    let slowest = rates.min_by(f64::total_cmp)?;
    #[allow(
        clippy::cast_precision_loss,
        reason = "of more contacts than 2^52 nobody waits for the end"
    )]
    let mut left = Duration::try_from_secs_f64(plan.pending as f64 / slowest).ok()?;
    let mut at = now;
    while at < now.plus(HORIZON) {
        match eligible::campaign(&plan.project, &forever(plan), at) {
            None if left <= STEP => return Some(at.plus(left)),
            None => (at, left) = (at.plus(STEP), left.saturating_sub(STEP)),
            Some(waits) => at = waits.until?,
        }
    }
    None
}

/// The campaign without its end.
fn forever(plan: &Plan) -> Campaign {
    Campaign {
        ends_at: None,
        ..plan.campaign.clone()
    }
}

fn too_long(plan: &Plan, done_at: Option<Timestamp>) -> Option<Obstacle> {
    let (ends_at, done_at) = (plan.campaign.ends_at?, done_at?);
    let says = format!("at its rate the first calls alone take until {done_at}, and it ends at {ends_at}");
    let remedy = "raise the rate, widen the hours, or move ends_at";
    (done_at > ends_at).then(|| warning(ObstacleKind::Duration, says, remedy))
}

fn error(what: ObstacleKind, says: impl Into<String>, remedy: &str) -> Obstacle {
    obstacle(Severity::Error, what, says, remedy)
}

fn warning(what: ObstacleKind, says: impl Into<String>, remedy: &str) -> Obstacle {
    obstacle(Severity::Warning, what, says, remedy)
}

fn obstacle(severity: Severity, what: ObstacleKind, says: impl Into<String>, remedy: &str) -> Obstacle {
    Obstacle {
        severity,
        what,
        says: says.into(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests;
