//! When reports come, and what is in them.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]
use super::*;

#[test]
fn reports_come_now_and_then_and_only_when_there_is_something_to_tell() {
    let (begin, ms) = (Instant::now(), Duration::from_millis);
    let mut pulse = Pulse::new(begin);
    assert_eq!(
        (pulse.next_due(None), pulse.report(None, begin + EVERY)),
        (None, None)
    );
    for took in [3, 1, 900] {
        pulse.replied(ms(took));
    }
    pulse.originated();
    assert_eq!(pulse.report(None, begin), None, "not yet");
    let due = pulse.next_due(None).unwrap_or(begin);
    let seen = pulse.report(Some(begin), due);
    let expected = Reactions {
        originates: 1,
        typical: Some(ms(3)),
        waiting: EVERY,
    };
    assert_eq!(seen, Some(expected));
    assert_eq!(pulse.report(None, due + EVERY), None, "all told");
    let waits = pulse.report(Some(due), due + EVERY).map(|seen| seen.waiting);
    assert_eq!(waits, Some(EVERY), "who waits for a reply tells so");
}
