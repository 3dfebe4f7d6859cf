//! When a delivery that failed is tried again, and when it is given up.

use crate::model::Timestamp;
use std::time::Duration;

/// The waits after the first attempts, in seconds; the last one stays.
const WAITS_S: [u64; 8] = [5, 30, 2 * 60, 10 * 60, 30 * 60, 60 * 60, 2 * 60 * 60, 4 * 60 * 60];
/// A wait is longer or shorter by at most this share, so that what failed together does not come back together.
const SPREAD_PERCENT: u64 = 20;

/// When to try again after so many attempts, of which the last failed now; `None` when that would be too late. `draw` is a
/// random number.
pub fn again(attempts: u32, now: Timestamp, give_up_at: Timestamp, draw: u32) -> Option<Timestamp> {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait_ms = WAITS_S[place.min(WAITS_S.len() - 1)] * 1_000;
    let least = wait_ms * (100 - SPREAD_PERCENT) / 100;
    let spread = wait_ms * 2 * SPREAD_PERCENT / 100;
    let drawn = least + u64::from(draw) * spread / u64::from(u32::MAX);
    let at = now.plus(Duration::from_millis(drawn));
    (at <= give_up_at).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Delivery;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn waits_grow_and_are_spread_by_a_fifth() {
        let far = NOW.plus(Delivery::PATIENCE);
        let wait = |attempts, draw| again(attempts, NOW, far, draw).unwrap().since(NOW).as_millis();
        for (attempts, least, most) in [
            (0, 4_000, 6_000),
            (1, 4_000, 6_000),
            (2, 24_000, 36_000),
            (3, 96_000, 144_000),
            (8, 11_520_000, 17_280_000),
            (u32::MAX, 11_520_000, 17_280_000),
        ] {
            assert_eq!(
                (wait(attempts, 0), wait(attempts, u32::MAX)),
                (least, most),
                "{attempts}"
            );
            let middle = wait(attempts, u32::MAX / 2);
            assert!((least..=most).contains(&middle), "{attempts}: {middle}");
        }
    }

    #[test]
    fn a_delivery_is_given_up_after_a_day_and_not_before() {
        let give_up_at = NOW.plus(Delivery::PATIENCE);
        let (mut now, mut attempts) = (NOW, 1);
        while let Some(next) = again(attempts, now, give_up_at, u32::MAX / 2) {
            assert!(next > now && next <= give_up_at);
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!(attempts, 13);
        assert!(now.since(NOW) > Delivery::PATIENCE - Duration::from_secs(4 * 60 * 60 * 6 / 5));
    }
}
