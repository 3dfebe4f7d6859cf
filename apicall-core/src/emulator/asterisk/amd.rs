//! What `AMD()` makes of a greeting: the judge of the room `amd`, over speech that is data.
//!
//! It hears frames of 20 ms, so its times are multiples of that. Without any frame Asterisk counts in waits of 100 ms and
//! gives up one wait early (recording `agi_amd_no_rtp`: `TOOLONG-4900` of 5,000, after 5.0 s).

use super::super::speech::{FRAME_MS, Frame};
use crate::amd::{Judge, Reason, Sound};
use crate::model::{AmdSettings, AmdVerdict, Greeting};

const WAIT_MS: u32 = 100;

/// A verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `AMDSTATUS`
    pub status: &'static str,
    /// `AMDCAUSE`
    pub cause: String,
    /// How long it took.
    pub took_ms: u32,
}

/// Listens from that time after the answer on. Who says nothing sends nothing.
pub(super) fn listen(says: Greeting, from_ms: u64, settings: AmdSettings) -> Verdict {
    if says == Greeting::Nothing {
        return deaf(settings);
    }
    let mut judge = Judge::new(settings);
    let mut took_ms = 0;
    loop {
        let loud = Frame::of(says, from_ms + u64::from(took_ms)).is_loud();
        let sound = if loud { Sound::Voice } else { Sound::Silence };
        took_ms += FRAME_MS;
        if let Some(found) = judge.hear(sound, FRAME_MS) {
            let status = match found.verdict() {
                AmdVerdict::Human => "HUMAN",
                AmdVerdict::Machine => "MACHINE",
                AmdVerdict::Unsure => "NOTSURE",
            };
            let cause = found.reason.to_string();
            return Verdict {
                status,
                cause,
                took_ms,
            };
        }
    }
}

fn deaf(settings: AmdSettings) -> Verdict {
    let took_ms = settings.total_analysis_ms.div_ceil(WAIT_MS).max(1) * WAIT_MS;
    let total_ms = took_ms - WAIT_MS;
    Verdict {
        status: "NOTSURE",
        cause: Reason::TooLong { total_ms }.to_string(),
        took_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(says: Greeting, from_ms: u64, settings: &str) -> (&'static str, String, u32) {
        let settings = settings.parse().expect("settings");
        let Verdict {
            status,
            cause,
            took_ms,
        } = listen(says, from_ms, settings);
        (status, cause, took_ms)
    }

    /// The table of docs/lab.md, and recordings agi_amd_*.
    #[test]
    fn verdicts_are_those_of_the_lab() {
        let lab = "2500,1500,1000,5000,100,50,4,256";
        let bare = "2500,1500,800,5000,100,50,3,256";
        for (says, from_ms, settings, status, cause, took_ms) in [
            (Greeting::Human, 0, lab, "HUMAN", "HUMAN-1000-1000", 1_900),
            (Greeting::Human, 0, bare, "HUMAN", "HUMAN-800-800", 1_700),
            (
                Greeting::Machine,
                0,
                lab,
                "MACHINE",
                "LONGGREETING-1500-1500",
                1_800,
            ),
            (Greeting::Nothing, 0, lab, "NOTSURE", "TOOLONG-4900", 5_000),
            // Who has said their hello already is silent.
            (
                Greeting::Human,
                2_000,
                bare,
                "MACHINE",
                "INITIALSILENCE-2500-2500",
                2_500,
            ),
            (
                Greeting::Human,
                2_000,
                "5000,1500,800,3000,100,50,3,256",
                "NOTSURE",
                "TOOLONG-3000",
                3_000,
            ),
        ] {
            let expected = (status, cause.to_owned(), took_ms);
            assert_eq!(verdict(says, from_ms, settings), expected, "{says} {settings}");
        }
    }
}
