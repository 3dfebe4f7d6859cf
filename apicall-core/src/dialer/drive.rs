//! Walks one answered call through its flow.

use super::webhook::Webhooks;
use crate::flow::{Flow, Next, Report, Run};
use crate::model::{Call, CallId, Clock, LegCommand, LegReply, Moment, TimelineEvent, Variables};
use crate::switch::Leg;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a walk tells the owner.
#[derive(Debug)]
pub(super) enum Walked {
    /// What happened.
    Moments(Vec<Moment>),
    /// A second leg is dialed, and counts as a channel.
    TransferBegan,
    /// It is over.
    TransferEnded,
    /// The flow came to its exit, and whether the leg saw the channel's end; nothing follows.
    Done(Report, bool),
}

/// What a walk needs beside its leg.
#[derive(Debug)]
pub(super) struct Walk {
    pub call: CallId,
    pub flow: Arc<Flow>,
    pub variables: Variables,
    /// Whether the call ends with its flow; a visitor goes on in its dialplan, unless a step `hangup` ends it.
    pub hang_up: bool,
    pub webhooks: Arc<dyn Webhooks>,
    pub clock: Clock,
    pub tell: mpsc::UnboundedSender<(CallId, Walked)>,
}

/// What a flow knows of its call from the start: the contact's columns, and who is called by which call.
pub(super) fn variables(call: &Call) -> Variables {
    let mut variables = call.variables.clone();
    let number = call.number.as_ref().map(ToString::to_string);
    for (name, value) in [("call_id", Some(call.id.to_string())), ("number", number)] {
        if let Some(value) = value.filter(|_| variables.find(name).is_none()) {
            variables.set(name, &value).expect("ids and numbers are one line");
        }
    }
    variables
}

impl Walk {
    /// Walks to the exit. Every command of a leg has a deadline, and a flow a bounded number of steps.
    pub(super) async fn walk(self, mut leg: Box<dyn Leg>) {
        let mut run = Run::new(self.flow.clone(), &self.variables);
        loop {
            let next = run.advance();
            self.tell_moments(run.drain_events());
            match next {
                Next::Do(command) => run.handle(self.execute(leg.as_mut(), command).await),
                Next::Send(request) => {
                    let (reply, took) = self.send(leg.as_mut(), request).await;
                    run.handle_webhook(reply, took);
                }
                Next::Exit(_) => break,
            }
            self.tell_moments(run.drain_events());
        }
        if self.hang_up || run.report().hang_up {
            leg.execute(LegCommand::Hangup).await;
        }
        let saw_end = leg.saw_end();
        drop(leg);
        self.tell(Walked::Done(run.report(), saw_end));
    }

    async fn execute(&self, leg: &mut dyn Leg, command: LegCommand) -> LegReply {
        let transfers = matches!(command, LegCommand::Transfer { .. });
        if transfers {
            self.tell(Walked::TransferBegan);
        }
        let reply = leg.execute(command).await;
        if transfers {
            self.tell(Walked::TransferEnded);
        }
        reply
    }

    fn tell_moments(&self, events: Vec<TimelineEvent>) {
        if events.is_empty() {
            return;
        }
        let at = self.clock.now();
        self.tell(Walked::Moments(
            events.into_iter().map(|event| Moment { at, event }).collect(),
        ));
    }

    fn tell(&self, what: Walked) {
        // The owner is only gone when the process is about to be.
        let _ = self.tell.send((self.call, what));
    }
}
