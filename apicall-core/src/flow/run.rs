//! One walk through a flow.

use super::definition::{
    Detect, Flow, Gather, Next as Target, Play, Record, Set, Step, Transfer, TransferTo,
};
use super::template::{fill, fill_name};
use crate::model::{
    AmdVerdict, AnsweredBy, Digit, DigitSet, Digits, FlowResult, LegCommand, LegReply, Recording,
    TimelineEvent, TransferReport, TransferStatus, TransferTarget, Variables,
};
use std::sync::Arc;
use std::time::Duration;

/// A walk ends after this many steps, whatever its loops.
const MOST_STEPS: u32 = 1_000;
/// Transfers that one walk tries, so that a loop over a failing one does not hammer the carrier.
const MOST_TRANSFERS: u32 = 10;

/// What a walk wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This done, and [`handle`](Run::handle) called with what came of it.
    Do(LegCommand),
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
    /// All keys pressed at prompts, in order.
    pub digits: Digits,
    /// The last transfer.
    pub transfer: Option<TransferReport>,
}

/// A walk through a flow, for one call.
#[derive(Debug)]
pub struct Run {
    flow: Arc<Flow>,
    variables: Variables,
    at: Place,
    steps: u32,
    transfers: u32,
    /// How often the current step has asked, and whether it heard anything.
    tries: u8,
    heard: bool,
    /// The result if the caller leaves now.
    reached: FlowResult,
    events: Vec<TimelineEvent>,
    report: Report,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// About to begin a step.
    Before(String),
    /// A command of a step is under way.
    In(String),
    /// To ask again in a step.
    Again(String),
    Over,
}

impl Run {
    /// Begins; the variables are the call's own.
    pub fn new(flow: Arc<Flow>, variables: &Variables) -> Self {
        let at = Place::Before(flow.start.clone());
        let report = Report {
            result: None,
            answered_by: AnsweredBy::Unknown,
            digits: Digits::default(),
            transfer: None,
        };
        Self {
            flow,
            variables: variables.clone(),
            at,
            steps: 0,
            transfers: 0,
            tries: 0,
            heard: false,
            reached: FlowResult::HUNG_UP,
            events: Vec::new(),
            report,
        }
    }

    /// What to do next. Asked again without a [`handle`](Self::handle) between, the walk ends with `error`.
    pub fn advance(&mut self) -> Next {
        loop {
            match self.at.clone() {
                Place::Over => return Next::Exit(self.report.result.clone().unwrap_or(FlowResult::ERROR)),
                Place::In(_) => self.exit(FlowResult::ERROR),
                Place::Before(name) => {
                    if let Some(command) = self.begin(name) {
                        return Next::Do(command);
                    }
                }
                Place::Again(name) => {
                    if let Some(Step::Gather(gather)) = self.flow.clone().steps.get(&name) {
                        let prompt = gather
                            .retry_sounds
                            .iter()
                            .chain(&gather.sounds)
                            .cloned()
                            .collect();
                        self.at = Place::In(name);
                        return Next::Do(gather_command(gather, prompt));
                    }
                    self.exit(FlowResult::ERROR);
                }
            }
        }
    }

    /// Takes in what came of the last command.
    pub fn handle(&mut self, reply: LegReply) {
        let Place::In(name) = self.at.clone() else { return };
        let flow = self.flow.clone();
        match (&flow.steps[&name], reply) {
            (_, LegReply::Gone) => self.exit(self.reached.clone()),
            (step, LegReply::Failed(reason)) => self.fail(step, reason),
            (Step::Answer(hop), _) => self.go(&hop.next),
            (Step::Detect(detect), LegReply::Detected(verdict, reason)) => {
                self.detected(detect, verdict, reason)
            }
            (Step::Play(play), LegReply::Played(key)) => self.played(play, key),
            (Step::Gather(gather), LegReply::Gathered(keys)) => self.gathered(&name, gather, &keys),
            (Step::Transfer(transfer), LegReply::Transferred(report)) => self.transferred(transfer, report),
            (Step::Record(record), LegReply::Recorded(recording)) => self.recorded(record, &recording),
            (Step::Set(set), LegReply::Done) => self.go(&set.next),
            (step, other) => self.fail(
                step,
                format!("the switch gave an answer to something else: {other:?}"),
            ),
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

    /// Begins a step: its command, or `None` when it is done without one.
    fn begin(&mut self, name: String) -> Option<LegCommand> {
        self.steps += 1;
        let flow = self.flow.clone();
        let step = &flow.steps[&name];
        if self.steps > MOST_STEPS {
            self.fail_hard(format!("the flow took more than {MOST_STEPS} steps"));
            return None;
        }
        self.events.push(TimelineEvent::Step {
            step: name.clone(),
            kind: kind(step).to_owned(),
            by: None,
        });
        self.at = Place::In(name);
        (self.tries, self.heard) = (0, false);
        match step {
            Step::Answer(_) => Some(LegCommand::Answer),
            Step::Detect(detect) => Some(LegCommand::Detect(detect.amd)),
            Step::Play(play) => Some(self.play_command(play)),
            Step::Gather(gather) => {
                self.log_sounds(&gather.sounds);
                Some(gather_command(gather, gather.sounds.clone()))
            }
            Step::Branch(branch) => {
                let value = self.variables.find(&branch.variable).unwrap_or_default();
                let target = branch.on.get(value).cloned().or_else(|| branch.otherwise.clone());
                self.go(&target);
                None
            }
            Step::Transfer(transfer) => self.transfer_command(step, transfer),
            Step::Record(record) => self.record_command(step, record),
            Step::Set(set) => self.set_command(step, set),
            Step::Hangup(hangup) => {
                self.exit(hangup.result.clone());
                None
            }
        }
    }

    fn play_command(&mut self, play: &Play) -> LegCommand {
        self.log_sounds(&play.sounds);
        let interrupt: String = play.on.keys().map(|key| key.as_char()).collect();
        LegCommand::Play {
            sounds: play.sounds.clone(),
            interrupt: interrupt.parse().unwrap_or(DigitSet::NONE),
        }
    }

    fn transfer_command(&mut self, step: &Step, transfer: &Transfer) -> Option<LegCommand> {
        let (text, target) = match &transfer.to {
            TransferTo::Number(number) => {
                let number = fill(number, &self.variables);
                (
                    number.clone(),
                    number
                        .parse()
                        .map(TransferTarget::Number)
                        .map_err(|e| e.to_string()),
                )
            }
            TransferTo::Extension(extension) => {
                let extension = fill(extension, &self.variables);
                (extension.clone(), Ok(TransferTarget::Extension(extension)))
            }
        };
        let target = match target {
            Ok(_) if self.transfers == MOST_TRANSFERS => {
                Err(format!("one call tries at most {MOST_TRANSFERS} transfers"))
            }
            target => target,
        };
        match target {
            Ok(target) => {
                self.transfers += 1;
                self.events.push(TimelineEvent::TransferStarted { target: text });
                Some(LegCommand::Transfer {
                    target,
                    caller_id: transfer.caller_id.clone(),
                    ring_timeout: Duration::from_secs(transfer.ring_timeout_s.into()),
                    max_talk: Duration::from_secs(transfer.max_talk_s.into()),
                })
            }
            Err(reason) => {
                self.fail(step, reason);
                None
            }
        }
    }

    fn record_command(&mut self, step: &Step, record: &Record) -> Option<LegCommand> {
        match fill_name(&record.name, &self.variables).parse() {
            Ok(name) => Some(LegCommand::Record {
                name,
                max_length: Duration::from_secs(record.max_length_s.into()),
                silence: Duration::from_secs(record.silence_s.into()),
                stop_on: record.stop_on,
                beep: record.beep,
            }),
            Err(invalid) => {
                self.fail(step, invalid.to_string());
                None
            }
        }
    }

    fn set_command(&mut self, step: &Step, set: &Set) -> Option<LegCommand> {
        let value = fill(&set.value, &self.variables);
        if let Err(invalid) = self.variables.set(&set.variable, &value) {
            self.fail(step, invalid.to_string());
            return None;
        }
        self.events.push(TimelineEvent::VariableSet {
            name: set.variable.clone(),
            value: value.clone(),
        });
        Some(LegCommand::SetVariable {
            name: set.variable.clone(),
            value,
        })
    }

    fn detected(&mut self, detect: &Detect, verdict: AmdVerdict, reason: String) {
        self.events.push(TimelineEvent::Detected { verdict, reason });
        let (by, target) = match verdict {
            AmdVerdict::Human => (AnsweredBy::Human, &detect.human),
            AmdVerdict::Machine => (AnsweredBy::Machine, &detect.machine),
            AmdVerdict::Unsure if detect.unsure.is_some() => (AnsweredBy::Unknown, &detect.unsure),
            AmdVerdict::Unsure => (AnsweredBy::Unknown, &detect.human),
        };
        self.report.answered_by = by;
        self.remember("answered_by", by.as_str());
        if verdict == AmdVerdict::Machine && target.is_none() {
            self.exit(FlowResult::MACHINE);
        } else {
            self.go(target);
        }
    }

    fn played(&mut self, play: &Play, key: Option<Digit>) {
        let Some(key) = key else {
            return self.go(&play.next);
        };
        self.press(&Digits::from(key));
        let target = play.on.get(&key).cloned().or_else(|| play.next.clone());
        self.go(&target);
    }

    fn gathered(&mut self, name: &str, gather: &Gather, keys: &Digits) {
        self.tries += 1;
        if keys.is_empty() {
            self.remember("digits", "");
        } else {
            self.heard = true;
            self.press(keys);
        }
        let target = gather
            .on
            .get(keys.as_str())
            .or(gather.any.as_ref().filter(|_| !keys.is_empty()));
        if let Some(target) = target {
            if let Some(variable) = &gather.save_as {
                self.remember(variable, keys.as_str());
            }
            return self.go(&Some(target.clone()));
        }
        if self.tries < gather.tries {
            self.log_sounds(&gather.retry_sounds);
            self.log_sounds(&gather.sounds);
            self.at = Place::Again(name.to_owned());
            return;
        }
        let (target, result) = if self.heard {
            (&gather.wrong, FlowResult::WRONG_INPUT)
        } else {
            (&gather.no_input, FlowResult::NO_INPUT)
        };
        if target.is_some() {
            self.go(target)
        } else {
            self.exit(result)
        }
    }

    fn transferred(&mut self, transfer: &Transfer, report: TransferReport) {
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
        match transfer.on.get(&status) {
            Some(target) => self.go(&Some(target.clone())),
            None => self.exit(result),
        }
    }

    fn recorded(&mut self, record: &Record, recording: &Recording) {
        let length_ms = u64::try_from(recording.length.as_millis()).unwrap_or(u64::MAX);
        self.events.push(TimelineEvent::Recorded {
            name: recording.name.to_string(),
            length_ms,
        });
        self.go(&record.next);
    }

    fn press(&mut self, keys: &Digits) {
        let all = format!("{}{keys}", self.report.digits);
        self.report.digits = all.parse().expect("two sequences of keys make one");
        self.remember("digits", keys.as_str());
        self.events.push(TimelineEvent::Digits { digits: keys.clone() });
    }

    fn remember(&mut self, name: &str, value: &str) {
        let set = self.variables.set(name, value);
        set.expect("the name was checked with the flow, and keys and verdicts are one line");
    }

    fn log_sounds(&mut self, sounds: &[crate::model::SoundName]) {
        if !sounds.is_empty() {
            let sounds = sounds.iter().map(ToString::to_string).collect();
            self.events.push(TimelineEvent::Played { sounds });
        }
    }

    fn fail(&mut self, step: &Step, reason: String) {
        let target = match step {
            Step::Detect(Detect { failed, .. })
            | Step::Play(Play { failed, .. })
            | Step::Gather(Gather { failed, .. })
            | Step::Transfer(Transfer { failed, .. })
            | Step::Record(Record { failed, .. })
            | Step::Set(Set { failed, .. }) => failed,
            Step::Answer(_) | Step::Branch(_) | Step::Hangup(_) => &None,
        };
        if target.is_some() {
            self.events.push(TimelineEvent::StepFailed { reason });
            self.go(target);
        } else {
            self.fail_hard(reason);
        }
    }

    fn fail_hard(&mut self, reason: String) {
        self.events.push(TimelineEvent::StepFailed { reason });
        self.exit(FlowResult::ERROR);
    }

    fn go(&mut self, target: &Target) {
        match target {
            Some(name) => self.at = Place::Before(name.clone()),
            None => {
                let end = if self.reached == FlowResult::HUNG_UP {
                    FlowResult::COMPLETED
                } else {
                    self.reached.clone()
                };
                self.exit(end);
            }
        }
    }

    fn exit(&mut self, result: FlowResult) {
        self.at = Place::Over;
        self.events.push(TimelineEvent::Result {
            result: result.clone(),
            by: None,
        });
        self.report.result = Some(result);
    }
}

fn gather_command(gather: &Gather, prompt: Vec<crate::model::SoundName>) -> LegCommand {
    LegCommand::Gather {
        prompt,
        max_digits: gather.max_digits,
        terminators: gather.terminators,
        first_timeout: Duration::from_millis(gather.first_timeout_ms.into()),
        next_timeout: Duration::from_millis(gather.next_timeout_ms.into()),
    }
}

fn kind(step: &Step) -> &'static str {
    match step {
        Step::Answer(_) => "answer",
        Step::Detect(_) => "detect",
        Step::Play(_) => "play",
        Step::Gather(_) => "gather",
        Step::Branch(_) => "branch",
        Step::Transfer(_) => "transfer",
        Step::Record(_) => "record",
        Step::Set(_) => "set",
        Step::Hangup(_) => "hangup",
    }
}
