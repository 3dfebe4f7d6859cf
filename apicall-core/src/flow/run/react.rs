//! Where each reply leads.

use super::super::step::{Detect, Gather, LeaveMessage, Play, Record, Transfer};
use super::super::webhook::Webhook;
use super::{Place, Run};
use crate::model::{
    AmdVerdict, AnsweredBy, Digit, Digits, FlowResult, GreetingEnd, Recording, TimelineEvent, TransferReport,
    TransferStatus, WebhookReply, url_origin,
};
use std::collections::BTreeMap;
use std::time::Duration;

impl Run {
    pub(super) fn detected(&mut self, detect: &Detect, verdict: AmdVerdict, reason: String) {
        self.events.push(TimelineEvent::Detected { verdict, reason });
        let (by, exit, target) = match verdict {
            AmdVerdict::Human => (AnsweredBy::Human, "human", &detect.human),
            AmdVerdict::Machine => (AnsweredBy::Machine, "machine", &detect.machine),
            AmdVerdict::Unsure if detect.unsure.is_some() => (AnsweredBy::Unknown, "unsure", &detect.unsure),
            AmdVerdict::Unsure => (AnsweredBy::Unknown, "human", &detect.human),
        };
        (self.report.answered_by, self.report.contradiction) = (by, None);
        self.remember("answered_by", by.as_str());
        match verdict {
            AmdVerdict::Machine => self.go_or(exit, target, FlowResult::MACHINE),
            _ => self.go(exit, target),
        }
    }

    pub(super) fn heard_out(&mut self, name: &str, leave: &LeaveMessage, end: GreetingEnd) {
        self.events.push(TimelineEvent::HeardOut { end });
        self.heard = true;
        match end {
            GreetingEnd::Silence | GreetingEnd::Beep => self.at = Place::Within(name.to_owned()),
            GreetingEnd::TooLong => self.go_or("too_long", &leave.too_long, FlowResult::MACHINE),
        }
    }

    pub(super) fn message_played(&mut self, leave: &LeaveMessage, key: Option<Digit>) {
        if !self.left_by_key(key, &leave.on) {
            if self.reached == FlowResult::HUNG_UP {
                self.reached = FlowResult::VOICEMAIL_LEFT;
            }
            self.go("next", &leave.next);
        }
    }

    pub(super) fn played(&mut self, play: &Play, key: Option<Digit>) {
        if !self.left_by_key(key, &play.on) {
            self.go("next", &play.next);
        }
    }

    /// Takes a key that stopped sounds; whether the step is left by it.
    fn left_by_key(&mut self, key: Option<Digit>, on: &BTreeMap<Digit, String>) -> bool {
        let Some(key) = key else { return false };
        self.press(&Digits::from(key));
        let target = on.get(&key);
        if let Some(target) = target {
            self.pressed_expected();
            self.leave(&format!("on.{key}"), target);
        }
        target.is_some()
    }

    pub(super) fn gathered(&mut self, name: &str, gather: &Gather, keys: &Digits) {
        self.tries += 1;
        if keys.is_empty() {
            self.remember("digits", "");
        } else {
            self.heard = true;
            self.press(keys);
        }
        let any = gather.any.as_ref().filter(|_| !keys.is_empty());
        let taken = match gather.on.get(keys.as_str()) {
            Some(target) => Some((format!("on.{keys}"), target)),
            None => any.map(|target| ("any".to_owned(), target)),
        };
        if let Some((exit, target)) = taken {
            self.pressed_expected();
            if let Some(variable) = &gather.save_as {
                self.remember(variable, keys.as_str());
                let (name, value) = (variable.clone(), keys.to_string());
                self.events.push(TimelineEvent::VariableSet { name, value });
            }
            self.leave(&exit, target);
        } else if self.tries < gather.tries {
            self.at = Place::Within(name.to_owned());
        } else if self.heard {
            self.go_or("wrong", &gather.wrong, FlowResult::WRONG_INPUT);
        } else {
            self.stayed_silent();
            self.go_or("no_input", &gather.no_input, FlowResult::NO_INPUT);
        }
    }

    pub(super) fn transferred(&mut self, transfer: &Transfer, report: TransferReport) {
        let status = report.status;
        self.events.push(TimelineEvent::TransferEnded(report.clone()));
        self.report.transfer = Some(report);
        let result = match status {
            TransferStatus::Answered => FlowResult::TRANSFERRED,
            TransferStatus::Cancelled => FlowResult::HUNG_UP,
            _ => FlowResult::TRANSFER_FAILED,
        };
        if status == TransferStatus::Answered {
            self.reached = FlowResult::TRANSFERRED;
        }
        let target = transfer.on.get(&status).cloned();
        self.go_or(&format!("on.{status}"), &target, result);
    }

    pub(super) fn recorded(&mut self, record: &Record, recording: &Recording) {
        let length_ms = u64::try_from(recording.length.as_millis()).unwrap_or(u64::MAX);
        self.events.push(TimelineEvent::Recorded {
            name: recording.name.to_string(),
            length_ms,
        });
        self.go("next", &record.next);
    }
    pub(super) fn webhook_came(&mut self, webhook: &Webhook, reply: WebhookReply, took: Duration) {
        let left = reply == WebhookReply::CallerLeft;
        let (status, came) = match reply {
            WebhookReply::Answered { status, body } => (Some(status), webhook.taken(status, &body)),
            WebhookReply::Failed(reason) => (None, Err(reason)),
            WebhookReply::CallerLeft => (None, Err("the caller hung up before the answer".to_owned())),
        };
        self.events.push(TimelineEvent::Webhook {
            url: url_origin(&webhook.url.0).to_owned(),
            status,
            error: came.as_ref().err().cloned(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
        match came {
            Ok((exit, target, values)) => {
                for (name, value) in values {
                    self.remember(&name, &value);
                    self.events.push(TimelineEvent::VariableSet { name, value });
                }
                self.go(&exit, &target);
            }
            Err(_) if left => self.end(self.reached.clone(), None),
            Err(reason) => self.fail_to(&webhook.failed, reason),
        }
    }
}
