//! What a rate is at the far end, when a switch takes longer for one call than for another.

use super::*;
use std::collections::BinaryHeap;

const SECONDS: u64 = 60;

/// From the grant to the far end: some milliseconds, and now and then as long as a busy machine takes.
fn way(random: &mut StdRng) -> Duration {
    let more_us = match random.random_range(0..100) {
        0 => random.random_range(7_000..20_000),
        1..5 => random.random_range(2_000..7_000),
        _ => random.random_range(0..2_000),
    };
    Duration::from_micros(1_000 + more_us)
}

/// When the starts of a lane of endless work at a rate come to the far end; who is told of each does so a little later.
fn arrivals(cps: f64, told: bool) -> Vec<Duration> {
    let epoch = Instant::now();
    let mut random = StdRng::seed_from_u64(11);
    let mut scheduler = one_lane(limits(Some(cps), None), epoch);
    let (mut arrived, mut now) = (vec![], epoch);
    // Those under way, the one that is told first on top.
    let mut under_way = BinaryHeap::new();
    while now < epoch + Duration::from_secs(SECONDS) {
        while let Some(call) = scheduler.start(now) {
            let way = way(&mut random);
            arrived.push(now + way - epoch);
            let tells_at = now + way + Duration::from_micros(random.random_range(0..1_000));
            under_way.push((std::cmp::Reverse(tells_at), call));
            scheduler.offer(lane(0), CallId::draw());
        }
        let due = scheduler.next_wakeup().unwrap();
        match under_way.peek().copied() {
            Some((std::cmp::Reverse(tells_at), call)) if tells_at < due => {
                under_way.pop();
                now = tells_at;
                if told {
                    scheduler.sent(call, now);
                }
                scheduler.ended(call);
            }
            _ => now = due,
        }
    }
    arrived.sort_unstable();
    arrived
}

fn most_in_a_second(arrived: &[Duration]) -> usize {
    let within = |from: usize| {
        let second = arrived[from..].iter();
        second
            .take_while(|at| **at - arrived[from] < Duration::from_secs(1))
            .count()
    };
    (0..arrived.len()).map(within).max().unwrap()
}

#[test]
fn what_comes_late_to_the_far_end_counts_from_there() {
    for (cps, most) in [(10.0, 10), (50.0, 50), (100.0, 100), (1_000.0, 1_000)] {
        let arrived = arrivals(cps, true);
        assert!(
            most_in_a_second(&arrived) <= most,
            "{} at {cps} per second",
            most_in_a_second(&arrived)
        );
        #[allow(clippy::cast_precision_loss)]
        let reached = arrived.len() as f64 / (cps * SECONDS as f64);
        assert!(reached >= 0.995, "{cps} per second: {reached:.4}");
    }
}

#[test]
fn a_switch_that_does_not_tell_lets_one_too_many_come_at_once() {
    assert!(most_in_a_second(&arrivals(100.0, false)) > 100);
}
