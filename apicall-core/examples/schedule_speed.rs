//! What a start costs the scheduler, by the number of campaigns that compete: all ready, and most held up.
//!
//!     cargo run --release -p apicall-core --example schedule_speed
//!
//! Deliberately absent: a verdict. `docs/pacing.md` says what was measured where.
#![allow(clippy::print_stdout, reason = "an example's output is its purpose")]

use apicall_core::model::{CallId, CampaignId, Cps, Invalid, Limits, ProjectId, SwitchName, TrunkId};
use apicall_core::schedule::{Lane, LaneSettings, Scheduler};
use std::time::{Duration, Instant};

/// Starts of one measurement.
const STARTS: u32 = 20_000;
/// The engine's rate.
const CPS: u32 = 2_000;

fn main() -> Result<(), Invalid> {
    for campaigns in [1, 10, 200, 1_000] {
        for held_up in [false, true] {
            measure(campaigns, held_up)?;
        }
    }
    Ok(())
}

/// All campaigns have work. When held up, nine of ten have a rate of their own that lets them through now and then.
fn measure(campaigns: u32, held_up: bool) -> Result<(), Invalid> {
    let begin = tokio::time::Instant::now().into_std();
    let limit = |cps| {
        Ok::<_, Invalid>(Limits {
            cps: Some(Cps::whole(cps)?),
            channels: None,
        })
    };
    let mut scheduler = Scheduler::new(limit(CPS)?, begin);
    let (project, trunk) = (ProjectId::try_from(1)?, TrunkId::try_from(1)?);
    let switch: SwitchName = "pbx1".parse()?;
    scheduler.set_switch(switch.clone(), Limits::default(), 100_000);
    scheduler.set_trunk(trunk, switch, Limits::default(), true);
    scheduler.set_project(project, Limits::default());
    for number in 1..=campaigns {
        let slow = held_up && number % 10 != 0 && campaigns > 1;
        let limits = if slow { limit(1)? } else { Limits::default() };
        let lane = Lane::Campaign(CampaignId::try_from(i64::from(number))?, trunk);
        scheduler.open_lane(
            lane,
            LaneSettings {
                project,
                trunk,
                limits,
                weight: 10,
            },
        );
        for _ in 0..(2 * STARTS / campaigns).max(60) {
            scheduler.offer(lane, CallId::draw());
        }
    }
    let (mut now, mut started) = (begin, 0);
    let clock = tokio::time::Instant::now();
    while started < STARTS {
        match scheduler.start(now) {
            Some(call) => {
                scheduler.answered(call);
                scheduler.ended(call);
                started += 1;
            }
            None => now = next(&scheduler, now),
        }
    }
    let each = clock.elapsed() / STARTS;
    let title = if held_up { "most held up" } else { "all ready" };
    println!(
        "{campaigns:>5} campaigns, {title:<12}: {each:>8.2?} a start, {:.2} % of a core at {CPS}/s",
        each.as_secs_f64() * f64::from(CPS) * 100.0
    );
    Ok(())
}

fn next(scheduler: &Scheduler, now: Instant) -> Instant {
    scheduler
        .next_wakeup()
        .map_or(now + Duration::from_millis(1), |at| at.max(now))
}
