//! What a switch's task says to the dialer.

use super::{Event, Leg, News, Sign};
use crate::model::{CallId, Cause, Outcome, Reactions, SwitchName};
use tokio::sync::mpsc;

/// The way from a switch to the dialer.
#[derive(Debug)]
pub(super) struct Reporter {
    switch: SwitchName,
    events: mpsc::UnboundedSender<Event>,
    /// Why it was last said to be down; said once as long as it stays so.
    down: Option<String>,
}

impl Reporter {
    pub(super) fn new(switch: SwitchName, events: mpsc::UnboundedSender<Event>) -> Self {
        let down = None;
        Self { switch, events, down }
    }

    /// It is up, with these calls.
    pub(super) fn up(&mut self, live: Vec<CallId>) {
        self.down = None;
        self.tell(News::Up { live });
    }

    /// It is down.
    pub(super) fn down(&mut self, reason: String) {
        if self.down.as_ref() != Some(&reason) {
            self.down = Some(reason.clone());
            self.tell(News::Down { reason });
        }
    }

    pub(super) fn reacted(&self, seen: Reactions) {
        self.tell(News::Reacted(seen));
    }

    pub(super) fn sign(&self, call: CallId, sign: Sign) {
        self.tell(News::Call { call, sign });
    }

    pub(super) fn leg(&self, call: CallId, leg: Box<dyn Leg>) {
        self.tell(News::Leg { call, leg });
    }

    /// A call ends that was never tried.
    pub(super) fn never_tried(&self, call: CallId, why: &str) {
        let (outcome, cause) = (Outcome::Failed, Cause::text(why));
        self.sign(call, Sign::Ended { outcome, cause });
    }

    fn tell(&self, news: News) {
        let switch = self.switch.clone();
        // The dialer is only gone when the process is about to be.
        let _ = self.events.send(Event { switch, news });
    }
}
