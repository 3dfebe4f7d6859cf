//! What happened in a call, and when.

use super::{
    AmdVerdict, CallState, Cause, Digits, FlowResult, GreetingEnd, Outcome, Timestamp, TransferReport,
};
use serde::{Deserialize, Serialize};

/// One moment of a call's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: TimelineEvent,
}

/// What can happen in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TimelineEvent {
    /// The call came to a state; `ended` comes as [`Ended`](Self::Ended).
    State {
        /// Which.
        state: CallState,
    },
    /// A step of the flow began.
    Step {
        /// Its name in the flow.
        step: String,
        /// Its kind: `play`, `gather` …
        kind: String,
        /// The exit of the step before that led here, as the definition names it: `next`, `on.1`, `human` …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Sounds were played, in this order.
    Played {
        /// Their names.
        sounds: Vec<String>,
    },
    /// Detection came to a verdict.
    Detected {
        /// Which.
        verdict: AmdVerdict,
        /// The detector's own words.
        reason: String,
    },
    /// A greeting was heard out, or given up.
    HeardOut {
        /// What ended it.
        end: GreetingEnd,
    },
    /// Keys were pressed.
    Digits {
        /// Which.
        digits: Digits,
    },
    /// A transfer began.
    TransferStarted {
        /// Where to.
        target: String,
    },
    /// A transfer ended.
    TransferEnded(TransferReport),
    /// Something was recorded.
    Recorded {
        /// Name of the recording.
        name: String,
        /// Its length in milliseconds.
        length_ms: u64,
    },
    /// A variable was set.
    VariableSet {
        /// Its name.
        name: String,
        /// To what.
        #[serde(default)]
        value: String,
    },
    /// A webhook was sent.
    Webhook {
        /// Scheme, host and port of where to; the rest may hold secrets, and the step tells which it was.
        url: String,
        /// The HTTP status, when there was an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Why it was of no use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// How long it took, in milliseconds.
        took_ms: u64,
    },
    /// The callee does not want to be called again; the number is on the project's do-not-call list.
    OptedOut,
    /// A step could not be done.
    StepFailed {
        /// Why.
        reason: String,
    },
    /// The flow came to an exit.
    Result {
        /// Which.
        result: FlowResult,
        /// The exit of the last step that led to the end, as in [`Step`](Self::Step).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Something an operator should know.
    Note {
        /// What.
        text: String,
    },
    /// The call ended.
    Ended {
        /// Its outcome.
        outcome: Outcome,
        /// The raw reasons.
        cause: Cause,
    },
}

/// What happened so far: what is kept already, and what somebody still holds of it, which may overlap.
pub fn so_far(mut kept: Vec<Moment>, held: Vec<Moment>) -> Vec<Moment> {
    let same = |from: &usize| kept[*from..].iter().zip(&held).all(|(one, other)| one == other);
    let overlap = (0..=kept.len()).find(same).unwrap_or(kept.len());
    let known = kept.len() - overlap;
    kept.extend(held.into_iter().skip(known));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_timeline_kept_before_exits_were_told_still_reads() {
        let kept = json!([
            { "at": 1, "event": "step", "step": "menu", "kind": "gather" },
            { "at": 2, "event": "variable_set", "name": "x" },
            { "at": 3, "event": "result", "result": "no_input" },
        ]);
        let moments: Vec<Moment> = serde_json::from_value(kept.clone()).unwrap();
        assert!(matches!(&moments[0].event, TimelineEvent::Step { by: None, .. }));
        assert!(matches!(
            &moments[2].event,
            TimelineEvent::Result { by: None, .. }
        ));
        let mut written = serde_json::to_value(&moments).unwrap();
        assert_eq!(written[1]["value"].take(), "");
        assert_eq!((&written[0], &written[2]), (&kept[0], &kept[2]));
        let by = json!({ "at": 1, "event": "step", "step": "a", "kind": "play", "by": "on.1" });
        let read: Moment = serde_json::from_value(by.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), by);
    }

    #[test]
    fn what_is_held_goes_on_where_what_is_kept_ends() {
        let moment = |at: i64| Moment {
            at: Timestamp::from_millis(at),
            event: TimelineEvent::OptedOut,
        };
        let moments = |range: std::ops::Range<i64>| range.map(moment).collect::<Vec<_>>();
        for (kept, held, all) in [
            (0..3, 3..5, 0..5),
            (0..3, 1..5, 0..5),
            (0..5, 1..3, 0..5),
            (0..3, 0..0, 0..3),
            (0..0, 0..2, 0..2),
        ] {
            assert_eq!(so_far(moments(kept), moments(held)), moments(all));
        }
    }
}
