//! The judge of a call: each expectation against the record and the timeline, and where in the call it was decided.

use super::expect::{Expectations, ExpectedTransfer, ExpectedWebhook, Wanted};
use super::file::Case;
use crate::api::CallDetail;
use crate::model::{Moment, TimelineEvent, Timestamp};
use serde::Serialize;
use std::fmt::Display;

/// How one expectation came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its key: `outcome`, `variables.agent`.
    pub key: String,
    /// Whether it is met.
    pub met: bool,
    /// What was expected.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// The moment of the timeline by which it was decided, counted from 0; `None` when the timeline is empty.
    pub at: Option<usize>,
}

/// What nothing is called.
const NONE: &str = "none";

/// Judges a call that has ended. Every expectation has a verdict, in the order of the file format's keys.
pub fn judge(expected: &Expectations, detail: &CallDetail) -> Vec<Verdict> {
    let mut bench = Bench {
        detail,
        verdicts: Vec::new(),
    };
    bench.ending(expected);
    bench.prompts(expected);
    bench.digits(expected);
    bench.transfer(expected);
    bench.variables(expected);
    bench.webhooks(expected);
    bench.recordings(expected);
    bench.times(expected);
    bench.verdicts
}

/// On a real switch whom a call is transferred to is whoever its flow calls: that has to be the number which stands for
/// the case's `transfer_callee`. Nothing is told of a call without a transfer.
pub fn judge_transfer_number(case: &Case, detail: &CallDetail) -> Option<Verdict> {
    let number = case.transfer_number.as_ref()?;
    let started = detail.timeline.iter().enumerate().rev();
    let (at, target) = started.into_iter().find_map(|(at, moment)| match &moment.event {
        TimelineEvent::TransferStarted { target } => Some((at, target)),
        _ => None,
    })?;
    Some(Verdict {
        key: "transfer_callee".to_owned(),
        met: number == target,
        expected: number.clone(),
        seen: target.clone(),
        at: Some(at),
    })
}

struct Bench<'a> {
    detail: &'a CallDetail,
    verdicts: Vec<Verdict>,
}

impl Bench<'_> {
    fn ending(&mut self, expected: &Expectations) {
        let call = &self.detail.call;
        if let Some(outcome) = &expected.outcome {
            self.compare("outcome", outcome.to_string(), shown(call.outcome), self.end());
        }
        if let Some(by) = &expected.answered_by {
            let detected = self.last(|event| matches!(event, TimelineEvent::Detected { .. }));
            let at = detected.or_else(|| self.answer()).or(self.end());
            self.compare("answered_by", wanted(by), shown(call.answered_by), at);
        }
        if let Some(result) = &expected.result {
            self.compare(
                "result",
                wanted(result),
                shown(call.result.as_ref()),
                self.flow_end(),
            );
        }
    }

    fn prompts(&mut self, expected: &Expectations) {
        let Some(prompts) = &expected.prompts else { return };
        let wanted: Vec<_> = prompts.iter().map(ToString::to_string).collect();
        let mut seen: Vec<String> = Vec::new();
        let mut at = None;
        for (index, moment) in self.moments() {
            if let TimelineEvent::Played { sounds } = &moment.event {
                seen.extend(sounds.iter().cloned());
                at = at.or_else(|| (!wanted.starts_with(&seen)).then_some(index));
            }
        }
        let at = at.or_else(|| self.flow_end());
        self.compare("prompts", list(&wanted), list(&seen), at);
    }

    fn digits(&mut self, expected: &Expectations) {
        let Some(digits) = &expected.digits else { return };
        let expected = match digits {
            Wanted::This(keys) => keys.as_str(),
            Wanted::Nothing => "",
        };
        let mut pressed = String::new();
        let mut at = None;
        for (index, moment) in self.moments() {
            if let TimelineEvent::Digits { digits } = &moment.event {
                pressed.push_str(digits.as_str());
                at = at.or_else(|| (!expected.starts_with(&pressed)).then_some(index));
            }
        }
        let at = at.or_else(|| self.flow_end());
        let seen = self.detail.call.digits.as_str();
        self.compare("digits", or_none(expected), or_none(seen), at);
    }

    fn transfer(&mut self, expected: &Expectations) {
        let Some(transfer) = &expected.transfer else {
            return;
        };
        let begun = self.last(|event| matches!(event, TimelineEvent::TransferStarted { .. }));
        let ended = self.last(|event| matches!(event, TimelineEvent::TransferEnded(_)));
        let target = begun.and_then(|at| match &self.detail.timeline[at].event {
            TimelineEvent::TransferStarted { target } => Some(target.clone()),
            _ => None,
        });
        let at = ended.or(begun).or_else(|| self.flow_end());
        match transfer {
            Wanted::Nothing => self.compare("transfer", NONE.to_owned(), shown(target), at),
            Wanted::This(ExpectedTransfer { target: to, result }) => {
                if let Some(to) = to {
                    self.compare("transfer.target", to.clone(), shown(target), begun.or(at));
                }
                if let Some(result) = result {
                    let status = self.detail.call.transfer.as_ref().map(|report| report.status);
                    self.compare("transfer.result", result.to_string(), shown(status), at);
                }
            }
        }
    }

    fn variables(&mut self, expected: &Expectations) {
        for (name, value) in &expected.variables {
            let set = self.moments().filter_map(|(index, moment)| match &moment.event {
                TimelineEvent::VariableSet { name: set, value } if set == name => {
                    Some((index, value.as_str()))
                }
                _ => None,
            });
            let (at, seen) = match set.last() {
                Some((index, value)) => (Some(index), Some(value)),
                None => (self.flow_end(), self.detail.call.variables.find(name)),
            };
            self.verdicts.push(Verdict {
                key: format!("variables.{name}"),
                met: seen == Some(value.as_str()),
                expected: value.clone(),
                seen: seen.map_or_else(|| "(not set)".to_owned(), str::to_owned),
                at,
            });
        }
    }

    fn webhooks(&mut self, expected: &Expectations) {
        let Some(wanted) = &expected.webhooks else { return };
        let mut step = None;
        let (mut seen, mut at): (Vec<String>, _) = (Vec::new(), None);
        for (index, moment) in self.moments() {
            match &moment.event {
                TimelineEvent::Step { step: name, .. } => step = Some(name.as_str()),
                TimelineEvent::Webhook {
                    url, status, error, ..
                } => {
                    let wanted = wanted.get(seen.len());
                    let sent = ExpectedWebhook {
                        step: step.map(str::to_owned),
                        url: Some(url.clone()),
                        status: *status,
                        failed: Some(error.is_some()),
                    };
                    let told = hook(&sent, wanted.unwrap_or(&sent));
                    let as_wanted = wanted.is_some_and(|wanted| hook(wanted, wanted) == told);
                    at = at.or_else(|| (!as_wanted).then_some(index));
                    seen.push(told);
                }
                _ => {}
            }
        }
        let at = at.or_else(|| self.flow_end());
        let wanted: Vec<_> = wanted.iter().map(|wanted| hook(wanted, wanted)).collect();
        self.compare("webhooks", list(&wanted), list(&seen), at);
    }

    fn recordings(&mut self, expected: &Expectations) {
        let Some(wanted) = &expected.recordings else {
            return;
        };
        let mut seen: Vec<String> = Vec::new();
        let mut at = None;
        for (index, moment) in self.moments() {
            if let TimelineEvent::Recorded { name, .. } = &moment.event {
                seen.push(name.clone());
                at = at.or_else(|| (!wanted.starts_with(&seen)).then_some(index));
            }
        }
        let at = at.or_else(|| self.flow_end());
        self.compare("recordings", list(wanted), list(&seen), at);
    }

    fn times(&mut self, expected: &Expectations) {
        let call = &self.detail.call;
        if let Some(most) = expected.answered_within_ms {
            self.within(
                "answered_within_ms",
                most,
                call.answered_at,
                self.answer().or(self.end()),
            );
        }
        if let Some(most) = expected.ended_within_ms {
            self.within("ended_within_ms", most, call.ended_at, self.end());
        }
    }

    fn within(&mut self, key: &str, most: u32, until: Option<Timestamp>, at: Option<usize>) {
        let took = self
            .detail
            .call
            .dialed_at
            .zip(until)
            .map(|(from, until)| until.since(from).as_millis());
        self.verdicts.push(Verdict {
            key: key.to_owned(),
            met: took.is_some_and(|took| took <= u128::from(most)),
            expected: format!("at most {most}"),
            seen: shown(took),
            at,
        });
    }

    fn compare(&mut self, key: &str, expected: String, seen: String, at: Option<usize>) {
        self.verdicts.push(Verdict {
            key: key.to_owned(),
            met: expected == seen,
            expected,
            seen,
            at,
        });
    }

    fn moments(&self) -> impl Iterator<Item = (usize, &Moment)> {
        self.detail.timeline.iter().enumerate()
    }

    fn last(&self, is: impl Fn(&TimelineEvent) -> bool) -> Option<usize> {
        self.detail.timeline.iter().rposition(|moment| is(&moment.event))
    }

    fn answer(&self) -> Option<usize> {
        let up = crate::model::CallState::Up;
        self.last(|event| matches!(event, TimelineEvent::State { state } if *state == up))
    }

    /// Where the flow came to its exit; the end of the call when it has none.
    fn flow_end(&self) -> Option<usize> {
        self.last(|event| matches!(event, TimelineEvent::Result { .. }))
            .or_else(|| self.end())
    }

    fn end(&self) -> Option<usize> {
        self.detail.timeline.len().checked_sub(1)
    }
}

/// A webhook in words, as far as somebody asks about it.
fn hook(webhook: &ExpectedWebhook, asked: &ExpectedWebhook) -> String {
    let of = |asked: bool, text: Option<String>| asked.then(|| shown(text));
    let failed = webhook
        .failed
        .map(|failed| if failed { "failed" } else { "useful" }.to_owned());
    let parts = [
        of(asked.step.is_some(), webhook.step.clone()),
        of(asked.url.is_some(), webhook.url.clone()),
        of(
            asked.status.is_some(),
            webhook.status.map(|status| status.to_string()),
        ),
        of(asked.failed.is_some(), failed),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn wanted<T: Display>(value: &Wanted<T>) -> String {
    match value {
        Wanted::Nothing => NONE.to_owned(),
        Wanted::This(value) => value.to_string(),
    }
}

fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

fn or_none(text: &str) -> String {
    shown(Some(text).filter(|text| !text.is_empty()))
}

/// A list in words: two lists that differ are told differently, whatever their items hold.
fn list(items: &[String]) -> String {
    let plain = |item: &&String| !item.is_empty() && !item.contains(", ") && *item != NONE;
    let items: Vec<_> = items
        .iter()
        .map(|item| {
            if plain(&item) {
                item.clone()
            } else {
                format!("{item:?}")
            }
        })
        .collect();
    or_none(&items.join(", "))
}
