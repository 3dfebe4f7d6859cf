//! What the legs of all switches have in common: a command is done, refused, or finds the channel gone; how long that may
//! take; and keys.

use crate::model::{Digit, DigitSet, Digits, LegReply};
use crate::wire::InvalidValue;
use std::time::Duration;

/// For a command that takes no time of its own.
pub(super) const AT_ONCE: Duration = Duration::from_secs(10);
/// The longest sound that is waited for.
pub(super) const LONGEST_SOUND: Duration = Duration::from_secs(900);
/// Added to what a command takes of its own.
pub(super) const SLACK: Duration = Duration::from_secs(15);

/// Why a command brought nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// The channel is gone.
    Gone,
    /// It is there, and would not.
    Refused(String),
}

/// What came of a command, or of a part of it.
pub(super) type Outcome<T> = Result<T, Failure>;

impl From<InvalidValue> for Failure {
    fn from(invalid: InvalidValue) -> Self {
        Self::Refused(invalid.to_string())
    }
}

impl From<Failure> for LegReply {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Gone => Self::Gone,
            Failure::Refused(reason) => Self::Failed(reason),
        }
    }
}

/// A leg whose keys come one after the other.
pub(super) trait Keypad: Send {
    /// The next key, when it comes in time.
    fn wait_for_key(&mut self, timeout: Duration) -> impl Future<Output = Outcome<Option<Digit>>> + Send;

    /// Keys until there are enough, one ends them, or none comes in time: the `first`, which may be there already, and
    /// each further one have times of their own.
    fn collect(
        &mut self,
        first: Option<Digit>,
        max_digits: u32,
        terminators: DigitSet,
        (first_timeout, next_timeout): (Duration, Duration),
    ) -> impl Future<Output = Outcome<Digits>> + Send {
        async move {
            let mut keys = Digits::default();
            let mut pressed = match first {
                Some(key) => Some(key),
                None => self.wait_for_key(first_timeout).await?,
            };
            while let Some(key) = pressed {
                if terminators.contains(key) {
                    break;
                }
                keys.push(key);
                if keys.len() >= max_digits as usize {
                    break;
                }
                pressed = self.wait_for_key(next_timeout).await?;
            }
            Ok(keys)
        }
    }
}

/// Whole milliseconds.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
