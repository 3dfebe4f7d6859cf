//! What each step asks for.

use super::super::step::{Gather, Record, Set, Step, Transfer, TransferTo};
use super::super::template::{fill, fill_name};
use super::super::webhook::Webhook;
use super::{Next, Place, Run};
use crate::model::{
    Digit, DigitSet, FlowResult, LegCommand, SoundName, TimelineEvent, TransferTarget, WebhookRequest,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A walk ends after this many steps, whatever its loops.
const MOST_STEPS: u32 = 1_000;
/// Transfers that one walk tries, so that a loop over a failing one does not hammer the carrier.
const MOST_TRANSFERS: u32 = 10;
/// Webhooks that one walk sends, so that a loop does not hammer the service.
const MOST_WEBHOOKS: u32 = 20;

impl Run {
    /// Begins a step: its command, or `None` when it is done without one.
    pub(super) fn begin(&mut self, name: String, by: Option<String>) -> Option<Next> {
        self.steps += 1;
        let flow = self.flow.clone();
        let step = &flow.steps[&name];
        if self.steps > MOST_STEPS {
            let reason = format!("the flow took more than {MOST_STEPS} steps");
            self.events.push(TimelineEvent::StepFailed { reason });
            self.end(FlowResult::ERROR, None);
            return None;
        }
        self.events.push(TimelineEvent::Step {
            step: name.clone(),
            kind: step.kind().to_owned(),
            by,
        });
        self.at = Place::In(name);
        (self.tries, self.heard) = (0, false);
        let command = match step {
            Step::Answer(_) => Some(LegCommand::Answer),
            Step::Detect(detect) => Some(LegCommand::Detect(detect.amd)),
            Step::LeaveMessage(leave) => Some(LegCommand::HearOut {
                silence: Duration::from_millis(leave.silence_ms.into()),
                within: Duration::from_secs(leave.within_s.into()),
            }),
            Step::Play(play) => Some(self.play_command(&play.sounds, &play.on)),
            Step::Gather(gather) => {
                self.log_sounds(&gather.sounds);
                Some(gather_command(gather, gather.sounds.clone()))
            }
            Step::Branch(branch) => {
                let value = self.variables.find(&branch.variable).unwrap_or_default();
                match branch.on.get(value).cloned() {
                    Some(target) => self.leave(&format!("on.{value}"), &target),
                    None => self.go("otherwise", &branch.otherwise),
                }
                None
            }
            Step::Transfer(transfer) => self.transfer_command(step, transfer),
            Step::Record(record) => self.record_command(step, record),
            Step::Set(set) => self.set_command(step, set),
            Step::Webhook(webhook) => return self.webhook_request(step, webhook).map(Next::Send),
            Step::OptOut(opt_out) => {
                self.opted_out();
                self.go_or("next", &opt_out.next, FlowResult::OPTED_OUT);
                None
            }
            Step::Hangup(hangup) => {
                self.report.hang_up = true;
                if hangup.result == FlowResult::OPTED_OUT {
                    self.opted_out();
                }
                self.end(hangup.result.clone(), Some("result".to_owned()));
                None
            }
        };
        command.map(Next::Do)
    }

    /// The next command of a step that has more than one: a `gather` asks once more, a message follows the greeting.
    pub(super) fn go_on_within(&mut self, name: String) -> Option<LegCommand> {
        let flow = self.flow.clone();
        let command = match flow.steps.get(&name)? {
            Step::Gather(gather) => self.ask_again(gather),
            Step::LeaveMessage(leave) => self.play_command(&leave.sounds, &leave.on),
            _ => return None,
        };
        self.at = Place::In(name);
        Some(command)
    }

    fn ask_again(&mut self, gather: &Gather) -> LegCommand {
        self.log_sounds(&gather.retry_sounds);
        self.log_sounds(&gather.sounds);
        let prompt = gather.retry_sounds.iter().chain(&gather.sounds).cloned();
        gather_command(gather, prompt.collect())
    }

    fn play_command(&mut self, sounds: &[SoundName], on: &BTreeMap<Digit, String>) -> LegCommand {
        self.log_sounds(sounds);
        let interrupt: String = on.keys().map(|key| key.as_char()).collect();
        LegCommand::Play {
            sounds: sounds.to_vec(),
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

    fn webhook_request(&mut self, step: &Step, webhook: &Webhook) -> Option<WebhookRequest> {
        let request = if self.webhooks == MOST_WEBHOOKS {
            Err(format!("one call sends at most {MOST_WEBHOOKS} webhooks"))
        } else {
            webhook.request(&self.variables)
        };
        match request {
            Ok(request) => {
                self.webhooks += 1;
                Some(request)
            }
            Err(reason) => {
                self.fail(step, reason);
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
}

fn gather_command(gather: &Gather, prompt: Vec<SoundName>) -> LegCommand {
    LegCommand::Gather {
        prompt,
        max_digits: gather.max_digits,
        terminators: gather.terminators,
        first_timeout: Duration::from_millis(gather.first_timeout_ms.into()),
        next_timeout: Duration::from_millis(gather.next_timeout_ms.into()),
    }
}
