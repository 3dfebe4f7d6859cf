//! Walks one answered call through its flow.

use crate::flow::{Flow, Next, Report, Run};
use crate::model::{CallId, Clock, LegCommand, LegReply, Moment, TimelineEvent, Variables};
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
    /// The flow came to its exit; nothing follows.
    Done(Report),
}

/// What a walk needs beside its leg.
#[derive(Debug)]
pub(super) struct Walk {
    pub call: CallId,
    pub flow: Arc<Flow>,
    pub variables: Variables,
    /// Whether the call ends with its flow; a visitor goes on in its dialplan.
    pub hang_up: bool,
    pub clock: Clock,
    pub tell: mpsc::UnboundedSender<(CallId, Walked)>,
}

impl Walk {
    /// Walks to the exit. Every command of a leg has a deadline, and a flow a bounded number of steps.
    pub(super) async fn walk(self, mut leg: Box<dyn Leg>) {
        let mut run = Run::new(self.flow.clone(), &self.variables);
        while let Next::Do(command) = run.advance() {
            self.tell_moments(run.drain_events());
            let reply = self.execute(leg.as_mut(), command).await;
            run.handle(reply);
            self.tell_moments(run.drain_events());
        }
        self.tell_moments(run.drain_events());
        if self.hang_up {
            leg.execute(LegCommand::Hangup).await;
        }
        drop(leg);
        self.tell(Walked::Done(run.report()));
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
