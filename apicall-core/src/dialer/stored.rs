//! What the store has done for the owner, and what follows from it.

use super::campaigns::Again;
use super::owner::Owner;
use super::sharing;
use super::{DialerError, Order};
use crate::model::{
    Call, CallId, CallState, Campaign, CampaignId, Project, ProjectId, SwitchName, Trunk, TrunkId,
};
use crate::store::{Claimed, Reply, StoreError};
use crate::switch::Command;
use std::pin::Pin;
use std::time::Instant;
use tokio::sync::oneshot;

/// Who waits for an answer, and for which.
pub(super) type Asker<T> = oneshot::Sender<Result<T, DialerError>>;

/// Work of the store that is under way.
pub(super) type Pending = Pin<Box<dyn Future<Output = Stored> + Send>>;

/// Something the store has done.
pub(super) enum Stored {
    /// Some record.
    Written(Result<(), StoreError>),
    /// The last record of a call; the campaign to be looked after for it, and when; another call that is to be made instead.
    Finished(
        CallId,
        Option<(CampaignId, Instant)>,
        Option<Again>,
        Result<(), StoreError>,
    ),
    /// Contacts that wait again, of these campaigns.
    Released(Vec<CampaignId>, Result<(), StoreError>),
    /// A new call somebody asked for.
    Placed(CallId, Result<Box<Call>, StoreError>, Asker<Call>),
    /// The call of a visitor.
    Visited(CallId, Result<(), StoreError>),
    /// Contacts to be called.
    Claimed(CampaignId, u64, Result<Claimed, StoreError>),
    /// Whether a call that waits is to a number that was listed meanwhile; the lists it was held against.
    Checked(CallId, u64, Result<bool, StoreError>),
    /// A campaign after somebody's order.
    Ordered(Order, Result<Campaign, DialerError>, Asker<Campaign>),
    /// A campaign that had nobody left to call.
    Exhausted(CampaignId, Result<Campaign, StoreError>),
    /// What somebody changed, as it is now.
    Read(Result<Reading, StoreError>, Asker<()>),
    /// A call that was over when somebody asked for its end.
    Looked(CallId, Result<Option<Box<Call>>, StoreError>, Asker<Call>),
    /// What was settled with other engines.
    Settled(Box<sharing::Round>),
    /// Whether a call that lives on a switch, and not with us, was ever ours.
    Stray(SwitchName, CallId, Result<bool, StoreError>),
}

/// Something read again; `None` when it is gone.
pub(super) enum Reading {
    Project(ProjectId, Option<Box<Project>>),
    Trunk(TrunkId, Option<Trunk>),
    Campaign(CampaignId, Option<Campaign>),
}

/// The store's answer; a journal that stopped without one is away.
pub(super) async fn written<T>(reply: Reply<T>) -> Result<T, StoreError> {
    reply
        .await
        .unwrap_or_else(|_| Err(StoreError::Away("the store has stopped".to_owned())))
}

impl Owner {
    /// Lets work of the store go on, and hears of its end in time.
    pub(super) fn follow_up(&mut self, work: impl Future<Output = Stored> + Send + 'static) {
        self.pending.push(Box::pin(work));
    }

    pub(super) fn await_written(&mut self, reply: Reply<()>) {
        self.follow_up(async { Stored::Written(written(reply).await) });
    }

    /// Goes on with what the store has done.
    pub(super) fn take(&mut self, done: Stored) {
        let now = super::owner::now();
        match done {
            Stored::Written(result) => report("a record", result),
            Stored::Finished(call, look, again, result) => {
                if let Some(again) = again.filter(|_| result.is_ok()) {
                    self.claim_again(again, now);
                }
                report(&format!("the end of call {call}"), result);
                if let Some((id, at)) = look {
                    self.look(id, at);
                }
            }
            Stored::Released(campaigns, result) => {
                report("contacts given back", result);
                for id in campaigns {
                    self.look(id, now);
                }
            }
            Stored::Placed(call, result, asker) => self.placed(call, result, asker, now),
            Stored::Visited(call, result) => self.visited(call, result, now),
            Stored::Claimed(campaign, lists, result) => self.claimed(campaign, lists, result, now),
            Stored::Checked(call, lists, result) => self.checked(call, lists, result, now),
            Stored::Ordered(order, result, asker) => self.ordered(order, result, asker, now),
            Stored::Exhausted(campaign, result) => self.exhausted(campaign, result, now),
            Stored::Read(result, asker) => {
                let _ = asker.send(result.map(|reading| self.read(reading, now)).map_err(Into::into));
            }
            Stored::Looked(id, result, asker) => {
                let _ = asker.send(result.map_err(Into::into).and_then(|call| self.looked(id, call)));
            }
            Stored::Settled(round) => self.settled(*round, now),
            Stored::Stray(switch, call, ours) => {
                if matches!(ours, Ok(true)) {
                    tracing::warn!(%switch, %call, "hanging up a call that lives on although its record has ended");
                    self.command(&switch, Command::Hangup(call));
                }
            }
        }
    }
}

impl Owner {
    /// A call that is not live here: it has ended, or is another engine's.
    fn looked(&self, id: CallId, call: Option<Box<Call>>) -> Result<Call, DialerError> {
        match call {
            Some(call) if self.store.is_shared() && call.state != CallState::Ended => Err(
                DialerError::Conflict(format!("call {id} lives on another engine; end it there")),
            ),
            Some(call) => Ok(*call),
            None => Err(DialerError::NotFound {
                what: "call",
                id: id.to_string(),
            }),
        }
    }
}

fn report(what: &str, result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::error!(%error, "the store refused {what}");
    }
}
