//! What must not be forgotten, what must not be dialed, and what is fetched ahead.

use super::*;

const MOMENT: Duration = Duration::from_millis(10);

fn settings(limits: Limits) -> LaneSettings {
    LaneSettings {
        project: project(0),
        trunk: trunk(0),
        limits,
        weight: 10,
    }
}

fn rate(cps: f64) -> Limits {
    limits(Some(cps), None)
}

/// Starts one call and ends it, so that nothing is in use any more.
fn start_and_end(scheduler: &mut Scheduler, now: Instant) {
    let call = scheduler.start(now).expect("the first may start");
    scheduler.ended(call);
}

#[test]
fn a_campaign_that_was_paused_has_not_forgotten_its_window() {
    for (cps, away, free_after) in [(1.0, MOMENT, 1_001), (0.01, Duration::from_secs(50), 100_001)] {
        let now = Instant::now();
        let mut scheduler = one_lane(Limits::default(), now);
        scheduler.open_lane(lane(0), settings(rate(cps)));
        start_and_end(&mut scheduler, now);
        scheduler.close_lane(lane(0));
        let back = now + away;
        assert_eq!(scheduler.start(back), None);
        scheduler.open_lane(lane(0), settings(rate(cps)));
        scheduler.offer(lane(0), CallId::draw());
        assert_eq!(scheduler.start(back), None, "{cps} per second, gone for {away:?}");
        let free = now + Duration::from_millis(free_after);
        assert!(
            scheduler
                .start(free + Duration::from_millis(free_after / 200))
                .is_some()
        );
    }
}

#[test]
fn a_trunk_or_project_that_was_removed_has_not_forgotten_its_window() {
    let now = Instant::now();
    let mut scheduler = one_lane(Limits::default(), now);
    let back = now + MOMENT;
    scheduler.set_trunk(trunk(0), switch(0), rate(1.0), true);
    start_and_end(&mut scheduler, now);
    scheduler.remove_trunk(trunk(0));
    assert_eq!(scheduler.start(back), None);
    scheduler.set_trunk(trunk(0), switch(0), rate(1.0), true);
    assert_eq!(scheduler.start(back), None);
    scheduler.set_trunk(trunk(0), switch(0), Limits::default(), true);
    scheduler.set_project(project(0), rate(1.0));
    assert_eq!(scheduler.start(back), None);
    scheduler.remove_project(project(0));
    assert_eq!(scheduler.start(back), None);
    scheduler.set_project(project(0), rate(1.0));
    assert_eq!(scheduler.start(back), None);
    assert!(scheduler.start(now + Duration::from_millis(1_010)).is_some());
}

#[test]
fn a_slower_rate_set_later_counts_what_was_started_before() {
    let now = Instant::now();
    let mut scheduler = one_lane(rate(10.0), now);
    start_and_end(&mut scheduler, now);
    scheduler.close_lane(lane(0));
    open(&mut scheduler, 1);
    let later = now + Duration::from_secs(30);
    scheduler.offer(lane(1), CallId::draw());
    start_and_end(&mut scheduler, later);
    scheduler.open_lane(lane(0), settings(rate(0.01)));
    scheduler.offer(lane(0), CallId::draw());
    assert_eq!(scheduler.start(later + Duration::from_secs(1)), None);
}

#[test]
fn what_nobody_uses_is_forgotten_in_the_end() {
    let now = Instant::now();
    let mut scheduler = one_lane(Limits::default(), now);
    start_and_end(&mut scheduler, now);
    scheduler.close_lane(lane(0));
    scheduler.remove_trunk(trunk(0));
    scheduler.remove_project(project(0));
    assert_eq!(scheduler.load(now).len(), 2, "the engine and its switch");
    assert_eq!(scheduler.known_levels(), 5);
    scheduler.look_again();
    assert_eq!(scheduler.start(now + Duration::from_secs(1_002)), None);
    assert_eq!(scheduler.known_levels(), 2);
}

#[test]
fn nothing_unknown_dials() {
    let now = Instant::now();
    let mut scheduler = Scheduler::new(Limits::default(), now);
    scheduler.open_lane(lane(0), settings(Limits::default()));
    scheduler.offer(lane(0), CallId::draw());
    let steps: [fn(&mut Scheduler); 3] = [
        |scheduler| scheduler.set_project(project(0), Limits::default()),
        |scheduler| scheduler.set_trunk(trunk(0), switch(0), Limits::default(), true),
        |scheduler| scheduler.set_switch(switch(0), Limits::default(), 100),
    ];
    for step in steps {
        scheduler.set_switch_up(&switch(0), true);
        assert_eq!((scheduler.start(now), scheduler.wanted(lane(0), now)), (None, 0));
        step(&mut scheduler);
    }
    assert!(scheduler.wanted(lane(0), now) > 0);
    assert!(scheduler.start(now).is_some());
    scheduler.offer(lane(0), CallId::draw());
    scheduler.remove_project(project(0));
    assert_eq!((scheduler.start(now), scheduler.wanted(lane(0), now)), (None, 0));
}

#[test]
fn a_trunk_that_moves_takes_its_lanes_along() {
    let now = Instant::now();
    let mut scheduler = one_lane(Limits::default(), now);
    scheduler.set_switch(switch(1), Limits::default(), 100);
    scheduler.set_switch_up(&switch(1), false);
    scheduler.set_trunk(trunk(0), switch(1), Limits::default(), true);
    assert_eq!(scheduler.start(now), None, "its new switch is down");
    let waiting = |scheduler: &Scheduler, number| {
        let load = scheduler.load(now);
        let level = Level::Switch(switch(number));
        load.into_iter().find(|load| load.level == level).unwrap().waiting
    };
    assert_eq!((waiting(&scheduler, 0), waiting(&scheduler, 1)), (0, 10));
    scheduler.set_switch_up(&switch(1), true);
    assert!(scheduler.start(now).is_some());
}

#[test]
fn who_waits_makes_room_for_second_legs() {
    let now = Instant::now();
    let mut scheduler = one_lane(rate(10.0), now);
    scheduler.open_lane(lane(0), settings(rate(5.0)));
    let call = scheduler.start(now).unwrap();
    for _ in 0..9 {
        scheduler.extra_leg_started(call, now + MOMENT);
    }
    let load = scheduler.load(now + MOMENT);
    let starts: Vec<_> = load.iter().map(|load| load.starts_last_second).collect();
    assert_eq!(starts, [10, 10, 10, 10, 1], "everywhere but at the campaign");
    assert_eq!(scheduler.start(now + Duration::from_millis(999)), None);
    assert!(scheduler.start(now + Duration::from_millis(1_020)).is_some());
}

#[test]
fn what_is_fetched_ahead_is_shared_and_grows_with_what_is_started() {
    let now = Instant::now();
    let mut scheduler = Scheduler::new(rate(100.0), now);
    for number in 0..200 {
        open(&mut scheduler, number);
    }
    let all: usize = (0..200).map(|number| scheduler.wanted(lane(number), now)).sum();
    assert!(all <= 400, "{all} calls for two seconds of 100/s");
    let (mut at, mut started) = (now, 0);
    while at < now + Duration::from_secs(10) {
        for _ in 0..scheduler.wanted(lane(7), at) {
            scheduler.offer(lane(7), CallId::draw());
        }
        let next_look = at + Duration::from_millis(100);
        while at < next_look {
            while let Some(call) = scheduler.start(at) {
                scheduler.ended(call);
                started += 1;
            }
            at += Duration::from_millis(1);
        }
    }
    assert!(
        started > 900,
        "the only one with work gets it all, soon: {started}"
    );
}

#[test]
fn a_full_cap_fetches_one_call_a_lane_and_no_more() {
    let now = Instant::now();
    let mut scheduler = Scheduler::new(limits(Some(100.0), Some(1)), now);
    open(&mut scheduler, 0);
    scheduler.offer(lane(0), CallId::draw());
    scheduler.start(now).unwrap();
    let later = now + Duration::from_secs(5);
    assert_eq!(scheduler.wanted(lane(0), later), 1);
    scheduler.offer(lane(0), CallId::draw());
    assert_eq!(scheduler.wanted(lane(0), later), 0);
}
