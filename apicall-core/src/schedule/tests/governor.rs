//! The governor, alone and before a switch that takes so many calls a second and no more.

use crate::model::Reactions;
use crate::schedule::{Governor, Missing};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(100);
/// What waits there at most, as the scheduler keeps it.
const UNANSWERED: usize = 100;
const QUICK: Duration = Duration::from_millis(2);

/// A switch that sets up so many calls a second, one after the other, dialed as fast as its governor lets it be.
struct Plant {
    governor: Governor,
    now: Instant,
    capacity: f64,
    /// When what waits was asked for.
    queue: VecDeque<Instant>,
    credit: f64,
    work: f64,
    wanted: f64,
    longest_wait: Duration,
}

impl Plant {
    fn new(wanted: f64, capacity: f64) -> Self {
        Self {
            governor: Governor::new(wanted),
            now: Instant::now(),
            capacity,
            queue: VecDeque::new(),
            credit: 0.0,
            work: 0.0,
            wanted,
            longest_wait: Duration::ZERO,
        }
    }

    /// Goes on for a tenth of a second, and reports; what was done meanwhile.
    fn tick(&mut self) -> u32 {
        let slowed = self.governor.slowed(self.now);
        let rate = slowed.map_or(self.wanted, |slowed| slowed.cps.per_second());
        let (mut done, mut times) = (0, vec![]);
        for step in 0..10 {
            let at = self.now + TICK / 10 * step;
            self.credit += rate / 100.0;
            while self.credit >= 1.0 {
                self.credit -= 1.0;
                if self.queue.len() < UNANSWERED {
                    self.queue.push_back(at);
                }
            }
            self.work += self.capacity / 100.0;
            while self.work >= 1.0 && !self.queue.is_empty() {
                self.work -= 1.0;
                let asked = self.queue.pop_front().unwrap();
                times.push(at - asked + QUICK);
                done += 1;
            }
            if self.queue.is_empty() {
                self.work = self.work.min(1.0);
            }
        }
        self.now += TICK;
        times.sort();
        let waiting = self
            .queue
            .front()
            .map_or(Duration::ZERO, |asked| self.now - *asked);
        self.longest_wait = self.longest_wait.max(waiting);
        let seen = Reactions {
            originates: done,
            typical: times.get(times.len() / 2).copied(),
            waiting,
        };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small rate"
        )]
        self.governor.reacted(seen, rate as u32, self.now);
        done
    }

    /// What is done in a second, over so many.
    fn run(&mut self, seconds: u32) -> f64 {
        let done: u32 = (0..seconds * 10).map(|_| self.tick()).sum();
        f64::from(done) / f64::from(seconds)
    }
}

#[test]
fn a_quick_switch_is_never_slowed() {
    let mut plant = Plant::new(100.0, 1_000.0);
    for _ in 0..1_000 {
        plant.tick();
        assert_eq!(plant.governor.slowed(plant.now), None);
    }
}

#[test]
fn an_overloaded_switch_is_dialed_near_its_capacity_and_never_drowned() {
    for (wanted, capacity) in [(100.0, 20.0), (400.0, 50.0), (60.0, 50.0), (1_000.0, 10.0)] {
        let mut plant = Plant::new(wanted, capacity);
        plant.run(30);
        let before = plant.longest_wait;
        plant.longest_wait = Duration::ZERO;
        let reached = plant.run(120) / capacity;
        assert!(
            reached >= 0.7,
            "{wanted}/s on {capacity}/s: {reached:.2} of what it can do"
        );
        assert!(
            plant.longest_wait < Duration::from_millis(2_500),
            "{:?}",
            plant.longest_wait
        );
        let most = Duration::from_secs_f64((0.6 * wanted).min(100.0) / capacity);
        assert!(before <= most, "{wanted}/s on {capacity}/s: {before:?} at first");
    }
}

#[test]
fn a_switch_that_becomes_stronger_is_dialed_faster() {
    let mut plant = Plant::new(100.0, 20.0);
    plant.run(30);
    plant.capacity = 80.0;
    plant.run(40);
    assert!(plant.run(60) >= 0.7 * 80.0);
    plant.capacity = 1_000.0;
    plant.run(60);
    assert_eq!(plant.governor.slowed(plant.now), None, "back at the full rate");
}

#[test]
fn one_hiccup_is_no_overload_and_a_slow_line_is_none_either() {
    let mut governor = Governor::new(100.0);
    let mut now = Instant::now();
    let seen = |ms| Reactions {
        originates: 25,
        typical: Some(Duration::from_millis(ms)),
        waiting: Duration::from_millis(ms),
    };
    for tick in 0..200 {
        now += TICK;
        governor.reacted(seen(if tick % 4 == 3 { 2_000 } else { 2 }), 100, now);
        assert_eq!(governor.slowed(now), None);
    }
    let mut far = Governor::new(100.0);
    for _ in 0..200 {
        now += TICK;
        far.reacted(seen(350), 100, now);
        assert_eq!(far.slowed(now), None, "it always takes that long");
    }
}

#[test]
fn a_switch_that_was_held_up_is_dialed_as_before_as_soon_as_it_goes_on() {
    let mut plant = Plant::new(100.0, 1_000.0);
    plant.run(5);
    plant.capacity = 0.0;
    (0..8).for_each(|_| {
        plant.tick();
    });
    assert!(plant.governor.slowed(plant.now).is_some(), "nobody knows yet");
    plant.capacity = 1_000.0;
    plant.tick();
    plant.tick();
    assert_eq!(
        plant.governor.slowed(plant.now),
        None,
        "it worked off what waited at once"
    );
}

#[test]
fn a_hang_up_that_is_missing_slows_down_and_the_rate_comes_back() {
    let mut governor = Governor::new(100.0);
    let mut now = Instant::now();
    governor.missed(Missing::Hangup, 100, now);
    let slowed = governor.slowed(now).unwrap();
    assert_eq!((slowed.cps.per_second(), slowed.percent), (70.0, 70));
    assert_eq!(slowed.why.to_string(), "it did not confirm a hang-up");
    governor.missed(Missing::Hangup, 100, now + TICK);
    let again = governor.slowed(now + TICK).unwrap();
    assert_eq!(again, slowed, "those that went missing together count once");
    let well = Reactions {
        originates: 20,
        typical: Some(QUICK),
        waiting: QUICK,
    };
    let mut last = slowed.cps;
    while let Some(slowed) = governor.slowed(now) {
        assert!(slowed.cps >= last, "{slowed:?}");
        last = slowed.cps;
        now += TICK;
        governor.reacted(well, 70, now);
    }
    assert!(last.per_second() >= 90.0);
}

#[test]
fn at_least_one_call_a_second_goes_on_to_see_whether_there_is_more() {
    let mut governor = Governor::new(100.0);
    let mut now = Instant::now();
    let dead = Reactions {
        waiting: Duration::from_secs(30),
        ..Reactions::default()
    };
    for _ in 0..400 {
        now += TICK;
        governor.reacted(dead, 0, now);
    }
    let slowed = governor.slowed(now).unwrap();
    assert_eq!((slowed.cps.per_second(), slowed.percent), (1.0, 1));
    assert!(slowed.why.to_string().starts_with("it takes 30.0 s to react"));
}

#[test]
fn a_rate_below_the_least_is_never_raised() {
    let mut governor = Governor::new(0.5);
    let mut now = Instant::now();
    for _ in 0..8 {
        now += TICK;
        let slow = Reactions {
            waiting: Duration::from_secs(5),
            ..Reactions::default()
        };
        governor.reacted(slow, 0, now);
        assert_eq!(governor.slowed(now), None);
    }
}

#[test]
fn answered_calls_that_are_handed_over_late_are_overload_too() {
    let mut governor = Governor::new(100.0);
    let mut now = Instant::now();
    for took in [QUICK, Duration::from_secs(2)] {
        assert_eq!(governor.slowed(now), None);
        for _ in 0..40 {
            now += Duration::from_millis(100);
            governor.handed_over(took, 40, now);
        }
    }
    let slowed = governor.slowed(now).unwrap();
    assert!(slowed.cps.per_second() < 30.0, "{slowed:?}");
}
