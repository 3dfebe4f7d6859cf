//! How fast a campaign can be dialed, and how long its first calls take at the earliest.
//!
//! Calls start no faster than the lowest rate lets them, and no faster than channels become free: so many a second as there
//! are channels, divided by how long a call holds one. That is known once the project has made calls.
//!
//! Deliberately absent: what else the engine dials, retries and second legs. With them it takes longer.

use super::people::Fate;
use super::{Plan, Seen, open, warning};
use crate::model::{
    Campaign, Channels, Cps, HoursZone, Limits, Obstacle, ObstacleKind, PhoneNumber, Timestamp,
};
use crate::schedule::{eligible, zones};
use std::time::Duration;

/// Open time is walked in such steps.
const STEP: Duration = Duration::from_secs(300);
/// So far ahead it is looked for.
const HORIZON: Duration = Duration::from_secs(400 * 86_400);

/// Rates below the campaign's.
pub(super) fn rates(seen: &Seen<'_>) -> Vec<Obstacle> {
    let plan = seen.plan;
    let Some(own) = plan.campaign.limits.cps else {
        return Vec::new();
    };
    let others = [
        ("the project's", plan.project.limits.cps.map(Cps::per_second)),
        ("the engine's", plan.engine_limits.cps.map(Cps::per_second)),
        ("that of its trunks", of_trunks(plan, cps)),
    ];
    let slower = others.into_iter().filter_map(|(whose, cps)| {
        let cps = cps.filter(|cps| *cps < own.per_second())?;
        let says = format!("its rate is {own}/s, and {whose} is {cps}/s");
        let remedy = "raise the lower one, or lower the campaign's";
        Some(warning(ObstacleKind::Rate, says, remedy))
    });
    slower.collect()
}

fn cps(limits: Limits) -> Option<f64> {
    limits.cps.map(Cps::per_second)
}

fn channels(limits: Limits) -> Option<f64> {
    limits.channels.map(Channels::get).map(f64::from)
}

/// What the open trunks let through together; `None` when one of them has no such limit.
fn of_trunks(plan: &Plan, limit: fn(Limits) -> Option<f64>) -> Option<f64> {
    let open = open(plan);
    let each = open.iter().map(|way| {
        let of = plan.trunk_limits.iter().find(|(trunk, _)| *trunk == way.trunk);
        of.and_then(|(_, limits)| limit(*limits))
    });
    let each: Option<Vec<_>> = each.collect();
    each.filter(|each| !each.is_empty()).map(|each| each.iter().sum())
}

/// The lowest of such a limit at all levels.
fn lowest(plan: &Plan, limit: fn(Limits) -> Option<f64>) -> Option<f64> {
    let levels = [plan.campaign.limits, plan.project.limits, plan.engine_limits];
    let each = levels.into_iter().filter_map(limit);
    each.chain(of_trunks(plan, limit)).min_by(f64::total_cmp)
}

/// Calls a second at best; `None` when nothing that is known keeps it.
fn per_second(plan: &Plan) -> Option<f64> {
    let by_rate = lowest(plan, cps);
    let by_channels = by_channels(plan);
    by_rate.into_iter().chain(by_channels).min_by(f64::total_cmp)
}

fn by_channels(plan: &Plan) -> Option<f64> {
    let mean = plan.mean_call.filter(|mean| !mean.is_zero())?;
    Some(lowest(plan, channels)? / mean.as_secs_f64())
}

/// When every contact that waits can have been called once at the earliest, were nobody else called.
pub(super) fn first_calls_done_at(seen: &Seen<'_>) -> Option<Timestamp> {
    let (plan, now) = (seen.plan, seen.now);
    #[allow(
        clippy::cast_precision_loss,
        reason = "of more contacts than 2^52 nobody waits for the end"
    )]
    let mut left = Duration::try_from_secs_f64(plan.pending as f64 / per_second(plan)?).ok()?;
    let (hours, mut at) = (Hours::of(plan), now);
    while at < now.plus(HORIZON) {
        match hours.closed_until(at) {
            None if left <= STEP => return Some(at.plus(left)).max(last_turn(seen)),
            None => (at, left) = (at.plus(STEP), left.saturating_sub(STEP)),
            Some(until) => at = until?,
        }
    }
    None
}

/// When the last of the sample may be called first.
fn last_turn(seen: &Seen<'_>) -> Option<Timestamp> {
    let turns = seen.fates.iter().filter_map(|fate| match fate {
        Fate::From(at, _) => Some(*at),
        _ => None,
    });
    turns.max()
}

/// When somebody may be called: by the hours of project and campaign, at one of the places where the contacts are.
struct Hours<'a> {
    plan: &'a Plan,
    campaign: Campaign,
    /// A number of each place, when the hours are read there.
    places: Vec<&'a PhoneNumber>,
}

impl<'a> Hours<'a> {
    fn of(plan: &'a Plan) -> Self {
        let all = [&plan.project.hours, &plan.campaign.hours];
        let by_callee = all
            .into_iter()
            .flatten()
            .any(|hours| hours.zone() == HoursZone::Callee);
        let mut places: Vec<&PhoneNumber> = Vec::new();
        for one in plan.sample.iter().filter(|_| by_callee) {
            let here = zones::of_number(&one.number);
            if !places
                .iter()
                .any(|known| std::ptr::eq(zones::of_number(known), here))
            {
                places.push(&one.number);
            }
        }
        let campaign = Campaign {
            ends_at: None,
            ..plan.campaign.clone()
        };
        Self {
            plan,
            campaign,
            places,
        }
    }

    /// Until when nobody may be called: `None` when somebody may be now, and no time when nobody ever may.
    fn closed_until(&self, at: Timestamp) -> Option<Option<Timestamp>> {
        let (project, campaign) = (&self.plan.project, &self.campaign);
        if self.places.is_empty() {
            return eligible::campaign(project, campaign, at).map(|waits| waits.until);
        }
        let mut first = None;
        for number in &self.places {
            match eligible::number(project, Some(campaign), number, at) {
                None => return None,
                Some(waits) => first = first.into_iter().chain(waits.until).min(),
            }
        }
        Some(first)
    }
}

/// The campaign ends before all were called.
pub(super) fn too_long(plan: &Plan, done_at: Option<Timestamp>) -> Option<Obstacle> {
    let (ends_at, done_at) = (plan.campaign.ends_at?, done_at?);
    let few_channels = by_channels(plan).is_some_and(|by| lowest(plan, cps).is_none_or(|rate| by < rate));
    let (by, remedy) = match few_channels {
        true => (
            "with its channels",
            "add channels, widen the hours, or move ends_at",
        ),
        false => ("at its rate", "raise the rate, widen the hours, or move ends_at"),
    };
    let says = format!("{by} the first calls alone take until {done_at}, and it ends at {ends_at}");
    (done_at > ends_at).then(|| warning(ObstacleKind::Duration, says, remedy))
}
