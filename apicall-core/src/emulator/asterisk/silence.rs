//! What `WaitForSilence(milliseconds[,times[,seconds]])` waits for, over speech that is data.
//!
//! While frames come silence is counted in them, a time anew; while none come it waits for as long as the silence is to be. Its
//! time-out is in whole seconds. From the application's published source (`app_waitforsilence.c`).

use super::super::speech::{FRAME_MS, Frame};
use crate::model::Greeting;

/// When nobody says how much silence there is to be.
const USUAL_MS: u32 = 500;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waited {
    /// `WAITSTATUS`
    pub status: &'static str,
    /// How long it took.
    pub took_ms: u64,
}

/// Waits from that time after the answer on.
pub(super) fn wait(says: Greeting, from_ms: u64, data: &str) -> Waited {
    let number = |place: usize| {
        data.split(',')
            .nth(place)
            .and_then(|text| text.trim().parse::<u32>().ok())
    };
    let silence_ms = u64::from(number(0).unwrap_or(USUAL_MS));
    let times = u64::from(number(1).unwrap_or(1));
    let timeout_ms = number(2)
        .filter(|seconds| *seconds > 0)
        .map(|seconds| u64::from(seconds) * 1_000);
    let silent_ms = match says {
        Greeting::Nothing => silence_ms * times,
        says => silent_after(says, from_ms, silence_ms, times),
    };
    match timeout_ms {
        Some(timeout_ms) if timeout_ms < silent_ms => Waited {
            status: "TIMEOUT",
            took_ms: timeout_ms,
        },
        _ => Waited {
            status: "SILENCE",
            took_ms: silent_ms,
        },
    }
}

/// When there was so much silence so often. Whatever is said ends, so there is a time.
fn silent_after(says: Greeting, from_ms: u64, silence_ms: u64, times: u64) -> u64 {
    let (mut took_ms, mut silent_ms, mut left) = (0, 0, times);
    while left > 0 {
        let loud = Frame::of(says, from_ms + took_ms).is_loud();
        took_ms += u64::from(FRAME_MS);
        silent_ms = if loud { 0 } else { silent_ms + u64::from(FRAME_MS) };
        if silent_ms >= silence_ms {
            (silent_ms, left) = (0, left - 1);
        }
    }
    took_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_waited_for_as_long_as_it_takes_or_may_take() {
        for (says, from_ms, data, status, took_ms) in [
            // Beside the beep nobody is silent for two seconds.
            (Greeting::Voicemail, 1_800, "2000,1,30", "SILENCE", 5_400),
            (Greeting::Voicemail, 1_800, "400,1,30", "SILENCE", 2_900),
            (Greeting::Voicemail, 1_800, "400,2,30", "SILENCE", 3_800),
            (Greeting::Machine, 1_800, "2000,1,5", "TIMEOUT", 5_000),
            (Greeting::Machine, 1_800, "2000", "SILENCE", 8_500),
            (Greeting::Nothing, 0, "2000,1,30", "SILENCE", 2_000),
            (Greeting::Nothing, 0, "2000,1,1", "TIMEOUT", 1_000),
            (Greeting::Human, 0, "", "SILENCE", 1_400),
        ] {
            let expected = Waited { status, took_ms };
            assert_eq!(wait(says, from_ms, data), expected, "{says} {data}");
        }
    }
}
