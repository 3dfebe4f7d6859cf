//! How often a number may be called: caps over rolling windows, against the calls that were made to it.
//!
//! A call counts from the moment it left until one window later; at that moment another may leave. One that has not left, or
//! not ended, counts as one that leaves now, and as one that will be answered.
//!
//! Deliberately absent: where the calls come from.

use crate::model::{CallCap, Counts, PastCall, Timestamp};
use std::time::Duration;

/// How a call ends that has not ended is looked at again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// When a number may be called by all of these caps; `None` is now.
pub fn wait(caps: &[CallCap], past: &[PastCall], now: Timestamp) -> Option<Timestamp> {
    caps.iter().filter_map(|cap| wait_for(*cap, past, now)).max()
}

/// How many calls a cap counts at a moment.
pub fn used(cap: CallCap, past: &[PastCall], now: Timestamp) -> usize {
    counted_until(cap, past, now).len()
}

/// The same calls once those that go on have ended: each counts as one that leaves now and is answered.
pub fn as_ended(past: &[PastCall], now: Timestamp) -> Vec<PastCall> {
    let ended = PastCall {
        at: now,
        open: false,
        answered: true,
    };
    let each = past.iter().map(|call| if call.open { ended } else { *call });
    each.collect()
}

fn wait_for(cap: CallCap, past: &[PastCall], now: Timestamp) -> Option<Timestamp> {
    let mut ends = counted_until(cap, past, now);
    ends.sort_unstable();
    let room = usize::try_from(cap.most()).unwrap_or(usize::MAX);
    // As many have to stop as there are too many, and one more for the next call.
    ends.len().checked_sub(room).map(|over| ends[over])
}

/// When each of the calls that count stops to do so.
fn counted_until(cap: CallCap, past: &[PastCall], now: Timestamp) -> Vec<Timestamp> {
    let counted = past
        .iter()
        .filter(|call| cap.counts() == Counts::Calls || call.answered || call.open);
    let ends = counted.map(|call| {
        if call.open {
            now.plus(LOOK_AGAIN.min(cap.window()))
        } else {
            call.at.plus(cap.window())
        }
    });
    ends.filter(|end| *end > now).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * 3_600_000)
    }

    fn call(hours: i64, answered: bool) -> PastCall {
        PastCall {
            at: at(hours),
            open: false,
            answered,
        }
    }

    fn caps(texts: &[&str]) -> Vec<CallCap> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_oldest_makes_room_when_its_window_ends() {
        let three = caps(&["3/24h"]);
        let past = [call(100, false), call(101, false), call(110, false)];
        assert_eq!(wait(&three, &past[..2], at(111)), None);
        assert_eq!(wait(&three, &past, at(111)), Some(at(124)));
        assert_eq!(wait(&three, &past, at(124)), None, "to the millisecond");
        let four = [
            call(100, false),
            call(101, false),
            call(110, false),
            call(111, false),
        ];
        assert_eq!(wait(&three, &four, at(112)), Some(at(125)), "two have to leave");
    }

    #[test]
    fn every_cap_is_kept_and_answered_ones_are_counted_apart() {
        let law = crate::model::CapPolicy::UsRegulationF.caps();
        let past = [call(100, false), call(101, true)];
        assert_eq!(wait(&law, &past, at(102)), Some(at(101 + 168)));
        assert_eq!(wait(&law, &past[..1], at(102)), None);
        let many: Vec<_> = (0..7).map(|n| call(100 + n, false)).collect();
        assert_eq!(wait(&law, &many, at(110)), Some(at(100 + 168)));
    }

    #[test]
    fn a_call_that_goes_on_counts_as_what_it_may_become() {
        let open = [PastCall {
            at: at(100),
            open: true,
            answered: false,
        }];
        let once = caps(&["1 answered/7d"]);
        assert_eq!(wait(&once, &open, at(200)), Some(at(200).plus(LOOK_AGAIN)));
        assert_eq!(wait(&caps(&["2/24h"]), &open, at(200)), None);
    }

    /// Calls whenever they may: no window of the model ever holds more, and none waits longer than it must.
    #[test]
    fn whoever_calls_when_they_may_keeps_every_cap() {
        for seed in 0..200 {
            let mut random = StdRng::seed_from_u64(seed);
            let caps: Vec<CallCap> = (0..random.random_range(1..4))
                .map(|_| {
                    let counts = if random.random_bool(0.3) { " answered" } else { "" };
                    format!(
                        "{}{counts}/{}h",
                        random.random_range(1..5),
                        random.random_range(1..72)
                    )
                    .parse()
                    .unwrap()
                })
                .collect();
            let (mut past, mut now): (Vec<PastCall>, _) = (Vec::new(), at(0));
            for _ in 0..60 {
                now = now.plus(Duration::from_secs(random.random_range(0..7_200)));
                if let Some(until) = wait(&caps, &past, now) {
                    assert!(until > now);
                    let early = Timestamp::from_millis(until.millis() - 1);
                    assert!(
                        !fits(&caps, &past, early),
                        "seed {seed}: it could have been called before {until}"
                    );
                    now = until;
                }
                assert!(fits(&caps, &past, now), "seed {seed}");
                past.push(PastCall {
                    at: now,
                    open: false,
                    answered: random.random_bool(0.4),
                });
            }
        }
    }

    /// The rule from its words: with one more call now, no window that ends now holds too many.
    fn fits(caps: &[CallCap], past: &[PastCall], now: Timestamp) -> bool {
        caps.iter().all(|cap| {
            let begins = now.millis() - i64::try_from(cap.window().as_millis()).unwrap();
            let counted = past.iter().filter(|call| {
                (cap.counts() == Counts::Calls || call.answered)
                    && call.at.millis() > begins
                    && call.at <= now
            });
            counted.count() < usize::try_from(cap.most()).unwrap()
        })
    }
}
