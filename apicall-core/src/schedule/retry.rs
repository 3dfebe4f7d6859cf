//! What becomes of a contact after a call.

use crate::model::{AnsweredBy, Outcome, RetryKey, RetryPolicy, Timestamp};
use std::time::Duration;

/// What comes next for a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another call, not before this time.
    RetryAt(Timestamp),
    /// Nothing.
    Done,
}

/// Decides by the policy, after the `attempts`-th call ended so. A person reached, or a call we gave up, is final.
pub fn after(
    policy: &RetryPolicy,
    attempts: u32,
    outcome: Outcome,
    answered_by: Option<AnsweredBy>,
    ended_at: Timestamp,
) -> Next {
    if attempts >= policy.max_attempts() {
        return Next::Done;
    }
    let delay_s = RetryKey::of(outcome, answered_by).and_then(|key| policy.delay_s(key));
    delay_s.map_or(Next::Done, |delay_s| {
        Next::RetryAt(ended_at.plus(Duration::from_secs(delay_s.into())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_follow_the_policy() {
        let policy = RetryPolicy::default();
        let at = Timestamp::from_millis(1_000_000);
        let next = |attempts, outcome, by| after(&policy, attempts, outcome, by, at);
        assert_eq!(
            next(1, Outcome::Busy, None),
            Next::RetryAt(Timestamp::from_millis(1_300_000))
        );
        assert_eq!(next(3, Outcome::Busy, None), Next::Done);
        assert_eq!(next(1, Outcome::InvalidNumber, None), Next::Done);
        assert_eq!(next(1, Outcome::Cancelled, None), Next::Done);
        assert_eq!(next(1, Outcome::Answered, Some(AnsweredBy::Human)), Next::Done);
        let machine = next(1, Outcome::Answered, Some(AnsweredBy::Machine));
        assert_eq!(machine, Next::RetryAt(Timestamp::from_millis(4_600_000)));
    }
}
