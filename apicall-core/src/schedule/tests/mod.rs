//! What the scheduler does, in sentences and in simulated worlds.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]

mod governor;
mod memory;
mod sent;
mod shares;
mod world;

use super::*;
use crate::model::{CallId, CampaignId, Channels, Cps, Limits, ProjectId, SwitchName, TrunkId};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::{Duration, Instant};
use world::{World, campaign_of, open_world, path, simulate};

fn limits(cps: Option<f64>, channels: Option<u32>) -> Limits {
    Limits {
        cps: cps.map(|cps| Cps::try_from(cps).unwrap()),
        channels: channels.map(|cap| Channels::try_from(cap).unwrap()),
    }
}

fn id(number: usize) -> i64 {
    i64::try_from(number).unwrap() + 1
}
fn project(number: usize) -> ProjectId {
    ProjectId::try_from(id(number)).unwrap()
}
fn trunk(number: usize) -> TrunkId {
    TrunkId::try_from(id(number)).unwrap()
}
fn campaign(number: usize) -> CampaignId {
    CampaignId::try_from(id(number)).unwrap()
}
fn switch(number: usize) -> SwitchName {
    format!("pbx{}", number + 1).parse().unwrap()
}
fn lane(number: usize) -> Lane {
    Lane::Campaign(campaign(number), trunk(0))
}

/// No window holds more starts than the rate allows, counted on whole milliseconds with both ends included.
fn check_rate(cps: f64, starts: &[Duration]) {
    let cps = Cps::try_from(cps).unwrap();
    let millis: Vec<_> = starts.iter().map(Duration::as_millis).collect();
    for (at, from) in millis.iter().enumerate() {
        let within = millis[at..]
            .iter()
            .take_while(|at| **at - from <= cps.window().as_millis());
        let most = within.count();
        assert!(
            most <= cps.starts_per_window(),
            "{most} starts in a window of {cps}"
        );
    }
}

#[test]
fn every_rate_is_reached_and_never_exceeded() {
    for rate in [0.25, 1.0, 3.0, 20.0, 100.0, 333.0] {
        for late_us in [0, 500, 2_000] {
            let seconds = if rate < 2.0 { 400 } else { 60 };
            let world = World {
                engine: limits(Some(rate), None),
                late_us,
                seconds,
                ..open_world()
            };
            let starts = simulate(&world);
            #[allow(clippy::cast_precision_loss)]
            let reached = starts.len() as f64 / (rate * world.seconds as f64);
            assert!(
                reached >= 0.995,
                "{rate} per second, wake-ups up to {late_us} us late: {reached:.4}"
            );
        }
    }
}

/// One lane of endless work at a rate, asked whenever it says, on a machine that about once a second stalls for 10 to
/// 60 ms.
fn starts_with_hiccups(cps: f64, seconds: u64) -> Vec<Duration> {
    let epoch = Instant::now();
    let mut random = StdRng::seed_from_u64(7);
    let mut scheduler = one_lane(limits(Some(cps), None), epoch);
    let (mut starts, mut now, mut stalls_at) = (vec![], epoch, epoch);
    while now < epoch + Duration::from_secs(seconds) {
        while let Some(call) = scheduler.start(now) {
            starts.push(now - epoch);
            scheduler.ended(call);
            scheduler.offer(lane(0), CallId::draw());
        }
        now = scheduler.next_wakeup().unwrap();
        if now >= stalls_at {
            now = now.max(stalls_at + Duration::from_millis(random.random_range(10..60)));
            stalls_at += Duration::from_millis(random.random_range(500..1_500));
        }
    }
    starts
}

#[test]
fn what_a_busy_machine_missed_is_made_up_without_a_burst() {
    for cps in [10.0, 100.0, 1_000.0] {
        let starts = starts_with_hiccups(cps, 120);
        check_rate(cps, &starts);
        #[allow(clippy::cast_precision_loss)]
        let reached = starts.len() as f64 / (cps * 120.0);
        assert!(reached >= 0.995, "{cps} per second: {reached:.4}");
        let half = Duration::from_secs_f64(0.5 / cps);
        let closest = starts.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
        assert!(closest >= half, "{cps} per second: two starts within {closest:?}");
    }
}

#[test]
fn starts_are_even() {
    let world = World {
        engine: limits(Some(50.0), None),
        late_us: 1_000,
        ..open_world()
    };
    let starts = simulate(&world);
    for pair in starts.windows(2) {
        let gap = pair[1].at - pair[0].at;
        assert!(
            (Duration::from_millis(18)..=Duration::from_millis(23)).contains(&gap),
            "a gap of {gap:?}"
        );
    }
}

#[test]
fn late_slots_are_not_made_up() {
    let now = Instant::now();
    let mut scheduler = one_lane(limits(Some(10.0), None), now);
    assert!(scheduler.start(now).is_some());
    let later = now + Duration::from_secs(5);
    assert!(scheduler.start(later).is_some());
    assert!(
        scheduler.start(later).is_none(),
        "one slot, not the fifty that were missed"
    );
    assert!(scheduler.next_wakeup().unwrap() >= later + Duration::from_millis(100));
}

#[test]
fn nested_limits_all_hold_and_the_outer_is_used_up() {
    let world = World {
        engine: limits(Some(100.0), None),
        campaigns: vec![
            campaign_of(Some(10.0), 10),
            campaign_of(Some(30.0), 10),
            campaign_of(None, 10),
        ],
        ..open_world()
    };
    let starts = simulate(&world);
    let of = |id| starts.iter().filter(|start| start.campaign == id).count();
    assert!(starts.len() >= 2_985, "{}", starts.len());
    assert!(of(0) >= 298 && of(1) >= 895, "{} and {}", of(0), of(1));
}

#[test]
fn shares_follow_weights() {
    let world = World {
        engine: limits(Some(100.0), None),
        campaigns: vec![campaign_of(None, 10), campaign_of(None, 30)],
        ..open_world()
    };
    let starts = simulate(&world);
    let first = starts.iter().filter(|start| start.campaign == 0).count();
    let quarter = starts.len() / 4;
    assert!(first.abs_diff(quarter) <= 2, "{first} of {}", starts.len());
}

#[test]
fn a_lane_that_waited_does_not_make_up_for_it() {
    let now = Instant::now();
    let mut scheduler = Scheduler::new(limits(Some(100.0), None), now);
    open(&mut scheduler, 0);
    open(&mut scheduler, 1);
    let mut order = vec![];
    let mut at = now;
    for step in 0..200 {
        scheduler.offer(lane(0), CallId::draw());
        if step >= 100 {
            let call = CallId::draw();
            scheduler.offer(lane(1), call);
            order.push(call);
        }
        at += Duration::from_millis(11);
        scheduler.start(at).unwrap();
    }
    let still_waiting = scheduler.withdraw(lane(1)).len();
    assert!(
        (48..=52).contains(&(order.len() - still_waiting)),
        "half of the turns since it came: {still_waiting}"
    );
}

#[test]
fn a_full_cap_makes_calls_wait() {
    let now = Instant::now();
    let mut scheduler = one_lane(limits(None, Some(2)), now);
    let first = scheduler.start(now).unwrap();
    assert!(scheduler.start(now).is_some());
    assert_eq!(scheduler.start(now), None);
    assert_eq!(scheduler.next_wakeup(), None, "time alone frees no channel");
    scheduler.ended(first);
    scheduler.ended(first);
    assert!(scheduler.start(now).is_some());
    assert_eq!(scheduler.start(now), None);
}

#[test]
fn a_second_leg_is_a_channel() {
    let now = Instant::now();
    let mut scheduler = one_lane(limits(None, Some(2)), now);
    let call = scheduler.start(now).unwrap();
    scheduler.extra_leg_started(call, now);
    assert_eq!(scheduler.start(now), None);
    scheduler.ended(call);
    assert_eq!(scheduler.load(now)[0].live, 0);
    assert!(scheduler.start(now).is_some());
}

#[test]
fn nothing_starts_while_held_paused_or_down() {
    let now = Instant::now();
    let mut scheduler = one_lane(Limits::default(), now + Duration::from_secs(1));
    assert_eq!(scheduler.start(now), None);
    assert_eq!(scheduler.next_wakeup(), Some(now + Duration::from_secs(1)));
    let later = now + Duration::from_secs(2);
    scheduler.set_paused(true);
    assert_eq!(
        (scheduler.start(later), scheduler.wanted(lane(0), later)),
        (None, 0)
    );
    scheduler.set_paused(false);
    scheduler.set_switch_up(&switch(0), false);
    assert_eq!(
        (scheduler.start(later), scheduler.wanted(lane(0), later)),
        (None, 0)
    );
    scheduler.set_switch_up(&switch(0), true);
    assert!(scheduler.start(later).is_some());
    scheduler.set_trunk(trunk(0), switch(0), Limits::default(), false);
    assert_eq!(scheduler.start(later), None);
}

#[test]
fn what_an_earlier_run_did_counts() {
    let now = Instant::now() + Duration::from_secs(60);
    let path = path();
    let mut scheduler = one_lane(limits(Some(10.0), Some(12)), now);
    for ago in (1..=10).rev() {
        scheduler.past_start(now - Duration::from_millis(50 * ago), &path);
        scheduler.adopt(CallId::draw(), &path, ago > 5);
    }
    assert_eq!(scheduler.start(now), None);
    let load = scheduler.load(now);
    assert_eq!(
        (load[0].live, load[0].unanswered, load[0].starts_last_second),
        (10, 5, 10)
    );
    assert!(scheduler.start(now + Duration::from_millis(504)).is_some());
}

#[test]
fn waiting_calls_can_be_taken_back() {
    let now = Instant::now();
    let mut scheduler = one_lane(Limits::default(), now);
    let call = CallId::draw();
    scheduler.offer(lane(0), call);
    assert!(scheduler.withdraw_call(call));
    assert!(!scheduler.withdraw_call(call));
    assert_eq!(scheduler.load(now)[0].waiting, 10);
    assert_eq!(scheduler.close_lane(lane(0)).len(), 10);
    assert_eq!(scheduler.load(now)[0].waiting, 0);
    assert_eq!(scheduler.start(now), None);
}

fn open(scheduler: &mut Scheduler, id: usize) {
    scheduler.set_switch(switch(0), Limits::default(), 1_000);
    scheduler.set_trunk(trunk(0), switch(0), Limits::default(), true);
    scheduler.set_project(project(0), Limits::default());
    let settings = LaneSettings {
        project: project(0),
        trunk: trunk(0),
        limits: Limits::default(),
        weight: 10,
    };
    scheduler.open_lane(lane(id), settings);
}

/// A scheduler with ten calls waiting in one campaign.
fn one_lane(engine: Limits, hold_until: Instant) -> Scheduler {
    let mut scheduler = Scheduler::new(engine, hold_until);
    open(&mut scheduler, 0);
    for _ in 0..10 {
        scheduler.offer(lane(0), CallId::draw());
    }
    scheduler
}

fn any_limits() -> impl Strategy<Value = Limits> {
    let cps = proptest::option::of(prop_oneof![1..60_u32]).prop_map(|cps| cps.map(f64::from));
    (cps, proptest::option::of(1..40_u32)).prop_map(|(cps, channels)| limits(cps, channels))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_limit_is_ever_exceeded(
        engine in (1..120_u32, proptest::option::of(1..60_u32)),
        switches in proptest::collection::vec(any_limits(), 2),
        trunks in proptest::collection::vec((0..2_usize, any_limits()), 3),
        projects in proptest::collection::vec(any_limits(), 2),
        campaigns in proptest::collection::vec((any_limits(), 1..100_u32, 0..3_usize, 0..2_usize), 1..6),
        max_unanswered in 1..50_u32,
        late_us in 0..4_000_u64,
        second_legs in prop_oneof![Just(0), 1..60_u32],
        restless in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let campaign = |(limits, weight, trunk, project)| world::Campaign { limits, weight, trunk, project };
        simulate(&World {
            engine: limits(Some(engine.0.into()), engine.1),
            switches, trunks, projects, max_unanswered, late_us, second_legs, restless, seed,
            campaigns: campaigns.into_iter().map(campaign).collect(),
            call_ms: 10..3_000, seconds: 8,
        });
    }
}
