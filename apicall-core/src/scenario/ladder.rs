//! A call as a ladder: who did what, in order. Only its data; how it is drawn is up to whoever shows it.

use crate::api::CallDetail;
use crate::model::{CallState, TimelineEvent};
use serde::Serialize;
use std::time::Duration;

/// One rung: a moment of the timeline, in words. There are as many rungs as moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// Milliseconds since the first moment.
    pub after_ms: u64,
    /// Who does it.
    pub side: Side,
    /// What, in a few words.
    pub text: String,
    /// More about it; may be empty.
    pub detail: String,
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The engine, to the callee.
    Out,
    /// The callee, or the network between.
    In,
    /// The engine, by itself.
    Here,
}

/// The ladder of a call.
pub fn ladder(detail: &CallDetail) -> Vec<Rung> {
    let Some(first) = detail.timeline.first().map(|moment| moment.at) else {
        return Vec::new();
    };
    let number = detail
        .call
        .number
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let rung = |moment: &crate::model::Moment| {
        let (side, text, detail) = words(&moment.event, &number);
        let after_ms = u64::try_from(moment.at.since(first).as_millis()).unwrap_or(u64::MAX);
        Rung {
            after_ms,
            side,
            text,
            detail,
        }
    };
    detail.timeline.iter().map(rung).collect()
}

fn words(event: &TimelineEvent, number: &str) -> (Side, String, String) {
    use Side::{Here, In, Out};
    let plain = |side, text: String| (side, text, String::new());
    match event {
        TimelineEvent::State { state } => match state {
            CallState::Queued => plain(Here, "queued".to_owned()),
            CallState::Dialing => plain(Out, format!("dial {number}")),
            CallState::Ringing => plain(In, "rings".to_owned()),
            CallState::Up => plain(In, "answers".to_owned()),
            CallState::Ended => plain(Here, "ended".to_owned()),
        },
        TimelineEvent::Step { step, kind, by } => (Here, format!("{step}: {kind}"), led(by.as_deref())),
        TimelineEvent::Played { sounds } => plain(Out, format!("play {}", sounds.join(", "))),
        TimelineEvent::Detected { verdict, reason } => (In, format!("sounds {verdict}"), reason.clone()),
        TimelineEvent::HeardOut { end } => (In, "greets".to_owned(), led(Some(end.as_str()))),
        TimelineEvent::Digits { digits } => plain(In, format!("press {digits}")),
        TimelineEvent::TransferStarted { target } => plain(Here, format!("transfer to {target}")),
        TimelineEvent::TransferEnded(report) => {
            let talked = seconds(report.talked_ms);
            (
                Here,
                format!("transfer {}", report.status),
                format!("talked {talked} s"),
            )
        }
        TimelineEvent::Recorded { name, length_ms } => (
            In,
            format!("recorded {name}"),
            format!("{} s", seconds(*length_ms)),
        ),
        TimelineEvent::VariableSet { name, value } => plain(Here, format!("{name} = {value}")),
        TimelineEvent::Webhook {
            url,
            status,
            error,
            took_ms,
        } => {
            let status = status.map(|status| status.to_string());
            let told: Vec<_> = [status.as_ref(), error.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .collect();
            (
                Here,
                format!("asks {url}"),
                format!("{} after {took_ms} ms", told.join(", ")),
            )
        }
        TimelineEvent::OptedOut => plain(In, "opts out".to_owned()),
        TimelineEvent::StepFailed { reason } => (Here, "failed".to_owned(), reason.clone()),
        TimelineEvent::Result { result, by } => (Here, format!("result {result}"), led(by.as_deref())),
        TimelineEvent::Note { text } => (Here, "note".to_owned(), text.clone()),
        TimelineEvent::Ended { outcome, cause } => (
            In,
            format!("ended {outcome}"),
            cause.text.clone().unwrap_or_default(),
        ),
    }
}

fn led(by: Option<&str>) -> String {
    by.map(|exit| format!("by {exit}")).unwrap_or_default()
}

fn seconds(ms: u64) -> String {
    format!("{:.1}", Duration::from_millis(ms).as_secs_f64())
}
