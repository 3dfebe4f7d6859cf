//! The scheduler in simulated time, judged by a model that knows nothing of it: the plain list of all starts.

#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a test may take any instant as the beginning of its time, and counts little"
)]

use super::*;
use crate::model::{CallId, CampaignId, Channels, Cps, Limits, ProjectId, SwitchName, TrunkId};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::{Duration, Instant};

fn limits(cps: Option<f64>, channels: Option<u32>) -> Limits {
    Limits {
        cps: cps.map(|cps| Cps::try_from(cps).unwrap()),
        channels: channels.map(|cap| Channels::try_from(cap).unwrap()),
    }
}

fn project() -> ProjectId {
    ProjectId::try_from(1).unwrap()
}
fn trunk() -> TrunkId {
    TrunkId::try_from(1).unwrap()
}
fn campaign(id: usize) -> CampaignId {
    CampaignId::try_from(i64::try_from(id).unwrap() + 1).unwrap()
}
fn switch() -> SwitchName {
    "pbx1".parse().unwrap()
}

/// What is simulated: limits at every level, and campaigns that always have somebody to call.
#[derive(Debug, Clone)]
struct World {
    engine: Limits,
    switch: Limits,
    max_unanswered: u32,
    trunk: Limits,
    project: Limits,
    campaigns: Vec<(Limits, u32)>,
    /// Calls last between these, in milliseconds.
    call_ms: std::ops::Range<u64>,
    /// Wake-ups come this late at most, in microseconds.
    late_us: u64,
    seed: u64,
    seconds: u64,
}

/// What happened: every start with its campaign, and the most calls at once.
struct History {
    starts: Vec<(Duration, usize)>,
    most_live: u32,
    most_live_of: Vec<u32>,
    most_unanswered: u32,
}

fn simulate(world: &World) -> History {
    let epoch = Instant::now();
    let end = epoch + Duration::from_secs(world.seconds);
    let mut random = StdRng::seed_from_u64(world.seed);
    let mut scheduler = Scheduler::new(world.engine, epoch);
    scheduler.set_switch(switch(), world.switch, world.max_unanswered);
    scheduler.set_trunk(trunk(), switch(), world.trunk, true);
    scheduler.set_project(project(), world.project);
    for (id, (limits, weight)) in world.campaigns.iter().enumerate() {
        let settings = LaneSettings {
            project: project(),
            trunk: trunk(),
            limits: *limits,
            weight: *weight,
        };
        scheduler.open_lane(Lane::Campaign(campaign(id)), settings);
    }
    let mut owner_of = BTreeMap::new();
    let mut ends: BinaryHeap<std::cmp::Reverse<(Instant, bool, CallId)>> = BinaryHeap::new();
    let (mut live, mut unanswered) = (vec![0_u32; world.campaigns.len()], 0_u32);
    let mut history = History {
        starts: vec![],
        most_live: 0,
        most_live_of: live.clone(),
        most_unanswered: 0,
    };
    let mut now = epoch;
    while now < end {
        for id in 0..world.campaigns.len() {
            let lane = Lane::Campaign(campaign(id));
            for _ in 0..scheduler
                .wanted(lane)
                .max(1)
                .saturating_sub(scheduler.waiting(lane))
            {
                let call = CallId::draw();
                owner_of.insert(call, id);
                scheduler.offer(lane, call);
            }
        }
        while let Some(std::cmp::Reverse((at, over, call))) = ends.peek().copied() {
            if at > now {
                break;
            }
            ends.pop();
            if over {
                scheduler.ended(call);
                live[owner_of.remove(&call).expect("a call ends once")] -= 1;
            } else {
                scheduler.answered(call);
                unanswered -= 1;
            }
        }
        while let Some(call) = scheduler.start(now) {
            let id = owner_of[&call];
            history.starts.push((now - epoch, id));
            let total = Duration::from_millis(random.random_range(world.call_ms.clone()));
            ends.push(std::cmp::Reverse((now + total.mul_f64(0.3), false, call)));
            ends.push(std::cmp::Reverse((now + total, true, call)));
            live[id] += 1;
            unanswered += 1;
            history.most_live = history.most_live.max(live.iter().sum());
            history.most_live_of[id] = history.most_live_of[id].max(live[id]);
            history.most_unanswered = history.most_unanswered.max(unanswered);
        }
        let load = scheduler.load(now);
        assert_eq!(load[0].level, Level::Engine);
        assert_eq!(
            (load[0].live, load[0].unanswered),
            (live.iter().sum(), unanswered)
        );
        let next_end = ends.peek().map(|next| next.0.0);
        let wake = [scheduler.next_wakeup(), next_end].into_iter().flatten().min();
        let late = Duration::from_micros(random.random_range(0..=world.late_us));
        now = wake.unwrap_or(end).max(now) + late + Duration::from_micros(1);
    }
    history
}

/// The most starts in any window, counted on whole milliseconds with both ends included.
fn most_in_window(starts: impl Iterator<Item = Duration>, window: Duration) -> usize {
    let millis: Vec<_> = starts.map(|at| at.as_millis()).collect();
    let within = |from: usize| {
        millis[from..]
            .iter()
            .take_while(|at| **at - millis[from] <= window.as_millis())
            .count()
    };
    (0..millis.len()).map(within).max().unwrap_or(0)
}

fn check_rate(limits: Limits, starts: &[Duration]) {
    if let Some(cps) = limits.cps {
        let most = most_in_window(starts.iter().copied(), cps.window());
        assert!(
            most <= cps.starts_per_window(),
            "{most} starts in a window of {cps}"
        );
    }
}

fn check(world: &World, history: &History) {
    let all: Vec<_> = history.starts.iter().map(|(at, _)| *at).collect();
    for level in [world.engine, world.switch, world.trunk, world.project] {
        check_rate(level, &all);
        assert!(level.channels.is_none_or(|cap| history.most_live <= cap.get()));
    }
    assert!(history.most_unanswered <= world.max_unanswered);
    for (id, (limits, _)) in world.campaigns.iter().enumerate() {
        let own: Vec<_> = history
            .starts
            .iter()
            .filter(|(_, of)| *of == id)
            .map(|(at, _)| *at)
            .collect();
        check_rate(*limits, &own);
        assert!(
            limits
                .channels
                .is_none_or(|cap| history.most_live_of[id] <= cap.get())
        );
    }
}

fn open_world() -> World {
    World {
        engine: Limits::default(),
        switch: Limits::default(),
        max_unanswered: 1_000_000,
        trunk: Limits::default(),
        project: Limits::default(),
        campaigns: vec![(Limits::default(), 10)],
        call_ms: 50..100,
        late_us: 2_000,
        seed: 7,
        seconds: 30,
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
            let history = simulate(&world);
            check(&world, &history);
            let reached = history.starts.len() as f64 / (rate * world.seconds as f64);
            assert!(
                reached >= 0.995,
                "{rate} per second, wake-ups up to {late_us} us late: {reached:.4}"
            );
        }
    }
}

/// One lane of endless work at a rate, on a machine that about once a second stalls for 10 to 60 ms.
fn starts_with_hiccups(cps: f64, seconds: u64) -> Vec<Duration> {
    let epoch = Instant::now();
    let mut random = StdRng::seed_from_u64(7);
    let mut scheduler = one_lane(limits(Some(cps), None), epoch);
    let (mut starts, mut now, mut stalls_at) = (vec![], epoch, epoch);
    while now < epoch + Duration::from_secs(seconds) {
        while let Some(call) = scheduler.start(now) {
            starts.push(now - epoch);
            scheduler.ended(call);
            scheduler.offer(Lane::Campaign(campaign(0)), CallId::draw());
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
        check_rate(limits(Some(cps), None), &starts);
        let reached = starts.len() as f64 / (cps * 120.0);
        assert!(reached >= 0.995, "{cps} per second: {reached:.4}");
        let half = Duration::from_secs_f64(0.5 / cps);
        assert!(
            starts.windows(2).all(|pair| pair[1] - pair[0] >= half),
            "{cps} per second"
        );
    }
}

#[test]
fn starts_are_even() {
    let world = World {
        engine: limits(Some(50.0), None),
        late_us: 1_000,
        ..open_world()
    };
    let starts = simulate(&world).starts;
    for pair in starts.windows(2) {
        let gap = pair[1].0 - pair[0].0;
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
            (limits(Some(10.0), None), 10),
            (limits(Some(30.0), None), 10),
            (Limits::default(), 10),
        ],
        ..open_world()
    };
    let history = simulate(&world);
    check(&world, &history);
    let of = |id| history.starts.iter().filter(|(_, of)| *of == id).count();
    assert!(history.starts.len() >= 2_985, "{}", history.starts.len());
    assert!(of(0) >= 298 && of(1) >= 895, "{} and {}", of(0), of(1));
}

#[test]
fn shares_follow_weights() {
    let world = World {
        engine: limits(Some(100.0), None),
        campaigns: vec![(Limits::default(), 10), (Limits::default(), 30)],
        ..open_world()
    };
    let starts = simulate(&world).starts;
    let first = starts.iter().filter(|(_, id)| *id == 0).count();
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
        scheduler.offer(Lane::Campaign(campaign(0)), CallId::draw());
        if step >= 100 {
            let call = CallId::draw();
            scheduler.offer(Lane::Campaign(campaign(1)), call);
            order.push(call);
        }
        at += Duration::from_millis(11);
        scheduler.start(at).unwrap();
    }
    let still_waiting = scheduler.withdraw(Lane::Campaign(campaign(1))).len();
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
    scheduler.extra_leg_started(call);
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
        (
            scheduler.start(later),
            scheduler.wanted(Lane::Campaign(campaign(0)))
        ),
        (None, 0)
    );
    scheduler.set_paused(false);
    scheduler.set_switch_up(&switch(), false);
    assert_eq!(
        (
            scheduler.start(later),
            scheduler.wanted(Lane::Campaign(campaign(0)))
        ),
        (None, 0)
    );
    scheduler.set_switch_up(&switch(), true);
    assert!(scheduler.start(later).is_some());
    scheduler.set_trunk(trunk(), switch(), Limits::default(), false);
    assert_eq!(scheduler.start(later), None);
}

#[test]
fn what_an_earlier_run_did_counts() {
    let now = Instant::now() + Duration::from_secs(60);
    let path = Path {
        project: project(),
        trunk: trunk(),
        switch: switch(),
        campaign: Some(campaign(0)),
    };
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
    scheduler.offer(Lane::Campaign(campaign(0)), call);
    assert!(scheduler.withdraw_call(call));
    assert!(!scheduler.withdraw_call(call));
    assert_eq!(scheduler.load(now)[0].waiting, 10);
    assert_eq!(scheduler.close_lane(Lane::Campaign(campaign(0))).len(), 10);
    assert_eq!(scheduler.load(now)[0].waiting, 0);
    assert_eq!(scheduler.start(now), None);
}

fn open(scheduler: &mut Scheduler, id: usize) {
    scheduler.set_switch(switch(), Limits::default(), 1_000);
    scheduler.set_trunk(trunk(), switch(), Limits::default(), true);
    scheduler.set_project(project(), Limits::default());
    let settings = LaneSettings {
        project: project(),
        trunk: trunk(),
        limits: Limits::default(),
        weight: 10,
    };
    scheduler.open_lane(Lane::Campaign(campaign(id)), settings);
}

/// A scheduler with ten calls waiting in one campaign.
fn one_lane(engine: Limits, hold_until: Instant) -> Scheduler {
    let mut scheduler = Scheduler::new(engine, hold_until);
    open(&mut scheduler, 0);
    let calls: BTreeSet<_> = std::iter::repeat_with(CallId::draw).take(10).collect();
    for call in calls {
        scheduler.offer(Lane::Campaign(campaign(0)), call);
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
        (engine, switch, trunk, project) in (any_limits(), any_limits(), any_limits(), any_limits()),
        campaigns in proptest::collection::vec((any_limits(), 1..100_u32), 1..5),
        max_unanswered in 1..50_u32,
        late_us in 0..4_000_u64,
        seed in any::<u64>(),
    ) {
        let world = World {
            engine, switch, trunk, project, campaigns, max_unanswered,
            call_ms: 10..3_000, late_us, seed, seconds: 8,
        };
        check(&world, &simulate(&world));
    }
}
