//! One walk through a flow. `begin` says what a step asks for, `react` where its reply leads.

mod begin;
mod contradict;
mod react;

use super::definition::Flow;
use super::step::{Step, Target};
use crate::model::{
    AnsweredBy, Contradiction, Digits, FlowResult, LegCommand, LegReply, SoundName, TimelineEvent,
    TransferReport, Variables, WebhookReply, WebhookRequest,
};
use std::sync::Arc;
use std::time::Duration;

/// What a walk wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This done, and [`handle`](Run::handle) called with what came of it.
    Do(LegCommand),
    /// This sent, and [`handle_webhook`](Run::handle_webhook) called with what came of it.
    Send(WebhookRequest),
    /// Nothing more.
    Exit(FlowResult),
}

/// What came of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How it ended; `None` while it goes on.
    pub result: Option<FlowResult>,
    /// What answered.
    pub answered_by: AnsweredBy,
    /// What speaks against that.
    pub contradiction: Option<Contradiction>,
    /// All keys pressed at prompts, in order.
    pub digits: Digits,
    /// The last transfer.
    pub transfer: Option<TransferReport>,
    /// Whether a step `hangup` ended it.
    pub hang_up: bool,
}

/// A walk through a flow, for one call.
#[derive(Debug)]
pub struct Run {
    flow: Arc<Flow>,
    variables: Variables,
    at: Place,
    steps: u32,
    transfers: u32,
    webhooks: u32,
    /// How often the current step has asked, and whether it heard anything: keys, or a greeting to its end.
    tries: u32,
    heard: bool,
    /// The result if the caller leaves now.
    reached: FlowResult,
    events: Vec<TimelineEvent>,
    report: Report,
    /// Whether the callee asked not to be called again.
    opted_out: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// About to begin a step, by this exit of the one before.
    Before(String, Option<String>),
    /// A command of a step is under way.
    In(String),
    /// To go on in a step: to ask again, or to leave the message when the greeting is over.
    Within(String),
    Over,
}

impl Run {
    /// Begins; the variables are the call's own.
    pub fn new(flow: Arc<Flow>, variables: &Variables) -> Self {
        let at = Place::Before(flow.start.clone(), None);
        let report = Report {
            result: None,
            answered_by: AnsweredBy::Unknown,
            contradiction: None,
            digits: Digits::default(),
            transfer: None,
            hang_up: false,
        };
        Self {
            flow,
            variables: variables.clone(),
            at,
            steps: 0,
            transfers: 0,
            webhooks: 0,
            tries: 0,
            heard: false,
            reached: FlowResult::HUNG_UP,
            events: Vec::new(),
            report,
            opted_out: false,
        }
    }

    /// What to do next. Asked again without a [`handle`](Self::handle) between, the walk ends with `error`.
    pub fn advance(&mut self) -> Next {
        loop {
            match self.at.clone() {
                Place::Over => return Next::Exit(self.report.result.clone().unwrap_or(FlowResult::ERROR)),
                Place::In(_) => self.end(FlowResult::ERROR, None),
                Place::Before(name, by) => {
                    if let Some(next) = self.begin(name, by) {
                        return next;
                    }
                }
                Place::Within(name) => match self.go_on_within(name) {
                    Some(command) => return Next::Do(command),
                    None => self.end(FlowResult::ERROR, None),
                },
            }
        }
    }

    /// Takes in what came of the last command.
    pub fn handle(&mut self, reply: LegReply) {
        let Place::In(name) = self.at.clone() else { return };
        let flow = self.flow.clone();
        match (&flow.steps[&name], reply) {
            (step, LegReply::Gone) => {
                if matches!(step, Step::LeaveMessage(_)) && !self.heard {
                    self.left_greeting();
                }
                self.end(self.reached.clone(), None);
            }
            (step, LegReply::Failed(reason)) => self.fail(step, reason),
            (Step::Answer(answer), LegReply::Done) => self.go("next", &answer.next),
            (Step::Detect(detect), LegReply::Detected(verdict, reason)) => {
                self.detected(detect, verdict, reason)
            }
            (Step::LeaveMessage(leave), LegReply::HeardOut(end)) if !self.heard => {
                self.heard_out(&name, leave, end)
            }
            (Step::LeaveMessage(leave), LegReply::Played(key)) if self.heard => {
                self.message_played(leave, key)
            }
            (Step::Play(play), LegReply::Played(key)) => self.played(play, key),
            (Step::Gather(gather), LegReply::Gathered(keys)) => self.gathered(&name, gather, &keys),
            (Step::Transfer(transfer), LegReply::Transferred(report)) => self.transferred(transfer, report),
            (Step::Record(record), LegReply::Recorded(recording)) => self.recorded(record, &recording),
            (Step::Set(set), LegReply::Done) => self.go("next", &set.next),
            (step, other) => self.fail(
                step,
                format!("the switch gave an answer to something else: {other:?}"),
            ),
        }
    }

    /// Takes in what came of the last webhook, and how long that took.
    pub fn handle_webhook(&mut self, reply: WebhookReply, took: Duration) {
        let Place::In(name) = self.at.clone() else { return };
        let flow = self.flow.clone();
        match &flow.steps[&name] {
            Step::Webhook(webhook) => self.webhook_came(webhook, reply, took),
            step => self.fail(step, "a webhook was answered that was not sent".to_owned()),
        }
    }

    /// What happened since this was last asked.
    pub fn drain_events(&mut self) -> Vec<TimelineEvent> {
        std::mem::take(&mut self.events)
    }

    /// What has come of it so far.
    pub fn report(&self) -> Report {
        self.report.clone()
    }

    fn opted_out(&mut self) {
        if !std::mem::replace(&mut self.opted_out, true) {
            self.events.push(TimelineEvent::OptedOut);
        }
    }

    fn press(&mut self, keys: &Digits) {
        let all = format!("{}{keys}", self.report.digits);
        self.report.digits = all.parse().expect("two sequences of keys make one");
        self.report.contradiction = self.report.contradiction.filter(|kind| kind.of_machine());
        self.remember("digits", keys.as_str());
        self.events.push(TimelineEvent::Digits { digits: keys.clone() });
    }

    fn remember(&mut self, name: &str, value: &str) {
        let set = self.variables.set(name, value);
        set.expect("the name was checked with the flow, and keys and verdicts are one line");
    }

    fn log_sounds(&mut self, sounds: &[SoundName]) {
        if !sounds.is_empty() {
            let sounds = sounds.iter().map(ToString::to_string).collect();
            self.events.push(TimelineEvent::Played { sounds });
        }
    }

    fn fail(&mut self, step: &Step, reason: String) {
        self.fail_to(step.failed().unwrap_or(&None), reason);
    }

    fn fail_to(&mut self, target: &Target, reason: String) {
        self.events.push(TimelineEvent::StepFailed { reason });
        self.go_or("failed", target, FlowResult::ERROR);
    }

    /// Leaves by an exit whose default is the end.
    fn go(&mut self, exit: &str, target: &Target) {
        let connected = self.reached != FlowResult::HUNG_UP;
        let end = if connected {
            self.reached.clone()
        } else {
            FlowResult::COMPLETED
        };
        self.go_or(exit, target, end);
    }

    /// As [`go`](Self::go), with a result of its own for the end.
    fn go_or(&mut self, exit: &str, target: &Target, end: FlowResult) {
        match target {
            Some(name) => self.leave(exit, name),
            None => self.end(end, Some(exit.to_owned())),
        }
    }

    fn leave(&mut self, exit: &str, name: &str) {
        self.at = Place::Before(name.to_owned(), Some(exit.to_owned()));
    }

    fn end(&mut self, result: FlowResult, by: Option<String>) {
        self.at = Place::Over;
        self.events.push(TimelineEvent::Result {
            result: result.clone(),
            by,
        });
        self.report.result = Some(result);
    }
}
