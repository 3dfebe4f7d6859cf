//! Wall time, read in one place.
//!
//! A [`Clock`] anchors the wall clock once and then follows the monotonic one, so that two timestamps of one run
//! are exactly as far apart as the events were: a limiter that is exact in monotonic time is exact in the records.

use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant, SystemTime};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From epoch milliseconds.
    pub const fn from_millis(epoch_ms: i64) -> Self {
        Self(epoch_ms)
    }

    /// Epoch milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The time that much later; saturates.
    pub fn plus(self, later: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(later.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The time that much earlier; saturates.
    pub fn minus(self, earlier: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(earlier.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier`; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// How far tests have set the wall clock of this process, in a build that lets them: a machine's is not theirs to set.
#[cfg(feature = "settable-clock")]
fn set_by_ms() -> i64 {
    let set = std::env::var("APICALL_TEST_CLOCK_SET_BY_S").ok();
    set.and_then(|seconds| seconds.parse::<i64>().ok()).unwrap_or(0) * 1_000
}

#[cfg(not(feature = "settable-clock"))]
const fn set_by_ms() -> i64 {
    0
}

/// Turns monotonic instants into timestamps.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    instant: Instant,
    epoch_ms_at_instant: i64,
    submillis: Duration,
}

impl Clock {
    /// Reads the wall clock, once.
    #[allow(clippy::disallowed_methods, reason = "the one place where wall time is read")]
    pub fn anchor() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            instant: Instant::now(),
            epoch_ms_at_instant: i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX) + set_by_ms(),
            submillis: Duration::from_nanos(u64::from(since_epoch.subsec_nanos() % 1_000_000)),
        }
    }

    /// An anchor of the caller's choosing, for tests.
    pub const fn anchored(instant: Instant, at: Timestamp) -> Self {
        Self {
            instant,
            epoch_ms_at_instant: at.0,
            submillis: Duration::ZERO,
        }
    }

    /// The instant at which the wall clock was read: one that may stand for any beginning.
    pub const fn anchored_at(&self) -> Instant {
        self.instant
    }

    /// The timestamp of `instant`, rounded down to the millisecond.
    pub fn timestamp(&self, instant: Instant) -> Timestamp {
        let anchor = Timestamp(self.epoch_ms_at_instant);
        match instant.checked_duration_since(self.instant) {
            Some(later) => anchor.plus(later + self.submillis),
            None => Timestamp(
                anchor.0
                    - i64::try_from(self.instant.duration_since(instant).as_millis()).unwrap_or(i64::MAX),
            ),
        }
    }

    /// The timestamp of this moment.
    #[allow(
        clippy::disallowed_methods,
        reason = "the clock is where shells get their time"
    )]
    pub fn now(&self) -> Timestamp {
        self.timestamp(Instant::now())
    }
}
