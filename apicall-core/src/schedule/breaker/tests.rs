//! The breaker by its table, and against a trunk that breaks and comes back.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]

use super::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn cps(rate: f64) -> Allowed {
    Allowed::AtMost(Cps::try_from(rate).unwrap())
}

fn opened(now: Instant) -> Breaker {
    let mut breaker = Breaker::default();
    for _ in 0..ENOUGH {
        breaker.ended(Some(Sign::Failed), now);
    }
    breaker
}

#[test]
fn what_speaks_of_the_callee_is_good_for_the_trunk() {
    for outcome in Outcome::ALL {
        let expected = match outcome {
            Outcome::Cancelled | Outcome::Lost => None,
            Outcome::Congestion | Outcome::Failed => Some(Sign::Failed),
            _ => Some(Sign::Good),
        };
        assert_eq!(sign(*outcome, Some(seconds(3))), expected, "{outcome}");
    }
    assert_eq!(sign(Outcome::NoAnswer, Some(seconds(16))), Some(Sign::Slow));
    assert_eq!(sign(Outcome::Congestion, Some(seconds(16))), Some(Sign::Failed));
}

#[test]
fn half_of_ten_in_a_minute_open_it() {
    let now = Instant::now();
    let mut breaker = Breaker::default();
    for second in 0..9 {
        breaker.ended(Some(Sign::Failed), now + seconds(second));
    }
    assert_eq!(breaker.allowed(now), Allowed::All, "nine tell nothing");
    let mut old = breaker.clone();
    breaker.ended(None, now + seconds(9));
    assert_eq!(
        breaker.state(),
        State::Closed(None),
        "and what tells nothing does not count"
    );
    breaker.ended(Some(Sign::Good), now + seconds(9));
    assert_eq!(breaker.state(), State::Open(now + seconds(39)));
    assert!(
        breaker.why().contains("of the last 10 calls, 9 failed"),
        "{}",
        breaker.why()
    );
    old.ended(Some(Sign::Failed), now + seconds(61));
    assert_eq!(
        old.state(),
        State::Closed(None),
        "those of the first second are forgotten"
    );
    let mut slow = Breaker::default();
    for n in 0..10 {
        let sign = if n % 2 == 0 { Sign::Slow } else { Sign::Good };
        slow.ended(Some(sign), now);
    }
    assert_eq!(slow.allowed(now), Allowed::None);
}

#[test]
fn it_is_tried_and_comes_back_with_a_ramp() {
    let now = Instant::now();
    let mut breaker = opened(now);
    assert!(!breaker.tick(now + seconds(29)));
    assert_eq!(
        (breaker.allowed(now), breaker.next(now)),
        (Allowed::None, Some(now + seconds(30)))
    );
    let now = now + seconds(30);
    assert!(breaker.tick(now));
    for _ in 0..3 {
        assert_eq!(breaker.allowed(now), cps(0.2));
        breaker.started();
    }
    assert_eq!(breaker.allowed(now), Allowed::None, "three are out");
    breaker.ended(None, now);
    assert_eq!(breaker.allowed(now), cps(0.2), "one told nothing");
    breaker.started();
    for _ in 0..3 {
        breaker.ended(Some(Sign::Good), now);
    }
    for (second, rate) in [(0, 1.0), (9, 1.0), (10, 2.0), (25, 4.0), (59, 32.0)] {
        assert_eq!(breaker.allowed(now + seconds(second)), cps(rate), "{second} s");
    }
    assert_eq!(breaker.next(now + seconds(25)), Some(now + seconds(30)));
    assert!(breaker.tick(now + seconds(60)));
    assert_eq!(breaker.allowed(now + seconds(60)), Allowed::All);
}

#[test]
fn each_time_it_is_let_alone_longer() {
    let mut now = Instant::now();
    let mut breaker = opened(now);
    for expected in [30, 60, 120, 240, 480, 600, 600] {
        assert_eq!(breaker.state(), State::Open(now + seconds(expected)));
        now += seconds(expected);
        breaker.tick(now);
        breaker.started();
        breaker.ended(Some(Sign::Failed), now);
    }
    assert_eq!(breaker.why(), "a probe failed");
}

/// A trunk that is broken for a time: few calls are lost on it meanwhile, and afterwards it is used again.
#[test]
fn few_calls_go_to_a_trunk_that_is_broken_and_all_come_back() {
    for seed in 0..100 {
        let mut random = StdRng::seed_from_u64(seed);
        let began = Instant::now();
        let broken = seconds(random.random_range(60..200))..seconds(random.random_range(800..1_600));
        let (mut breaker, mut next_start, mut out) = (Breaker::default(), began, VecDeque::new());
        let (mut lost, mut last_rate) = (0, Allowed::All);
        for tick in 0..40_000_u32 {
            let passed = Duration::from_millis(100) * tick;
            let now = began + passed;
            breaker.tick(now);
            while out
                .front()
                .is_some_and(|(ends, _): &(Instant, Sign)| *ends <= now)
            {
                let sign = out.pop_front().map(|(_, sign)| sign);
                breaker.ended(sign, now);
            }
            last_rate = breaker.allowed(now);
            let distance = match last_rate {
                Allowed::None => continue,
                Allowed::AtMost(cps) => cps.interval(),
                Allowed::All => Duration::from_millis(100),
            };
            if now >= next_start {
                let bad = broken.contains(&passed);
                breaker.started();
                out.push_back((now + seconds(2), if bad { Sign::Failed } else { Sign::Good }));
                next_start = now + distance.max(Duration::from_millis(100));
                lost += u32::from(bad);
            }
        }
        let most = 700 + (broken.end - broken.start).as_secs() / 10;
        assert!(u64::from(lost) < most, "seed {seed}: {lost} of at most {most}");
        assert_eq!(last_rate, Allowed::All, "seed {seed}");
    }
}
