//! What the writer is given: a call's record, a call to be placed, or an edit, a function of the connection.
//!
//! Each may be run again: when the disk refuses, or when other work of its transaction was refused by the database.

use super::db::Connection;
use super::placings::Placing;
use super::records::{Fresh, Record};
use super::{Answer, StoreError};
use std::fmt;
use std::pin::Pin;
use tokio::sync::oneshot;

/// How an edit is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody waits for it: written at once, refused while the disk refuses.
    AwaitedByPerson,
    /// Done ahead of need: may linger, refused while the disk refuses.
    Ahead,
    /// Must be written in the end, however long that takes; may linger.
    Kept,
    /// Must be written in the end, and somebody waits for it.
    Promised,
}

impl Kind {
    /// Whether it is written at once, with all that waits.
    pub(super) const fn is_urgent(self) -> bool {
        matches!(self, Self::AwaitedByPerson | Self::Promised)
    }

    /// Whether it waits for a disk that refuses.
    pub(super) const fn is_kept(self) -> bool {
        matches!(self, Self::Kept | Self::Promised)
    }
}

/// What a step returns.
pub(super) type StepFuture<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Work on the connection.
pub(super) type Step<T> = Box<dyn for<'c> Fn(&'c mut Connection) -> StepFuture<'c, T> + Send>;

/// What the writer is given.
#[derive(Debug)]
pub(super) enum Work {
    /// Anything.
    Edit(Box<dyn Job>),
    /// A call's record; those that stand together are written together.
    Record(Box<Record>),
    /// A new call that somebody waits for; the same.
    Fresh(Box<Fresh>),
    /// A call that is to be made, if it may be; the same.
    Place(Box<Placing>),
}

impl Work {
    pub(super) fn settle(&mut self, result: Result<(), StoreError>) {
        match self {
            Self::Edit(job) => job.settle(result),
            Self::Record(record) => record.settle(result),
            Self::Fresh(fresh) => fresh.settle(result),
            Self::Place(placing) => placing.settle(result),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Edit(job) => job.kind(),
            Self::Record(_) => Kind::Kept,
            Self::Fresh(_) | Self::Place(_) => Kind::AwaitedByPerson,
        }
    }

    /// Whether two may be written by the same statements.
    pub(super) const fn goes_with(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Record(_), Self::Record(_))
                | (Self::Fresh(_), Self::Fresh(_))
                | (Self::Place(_), Self::Place(_))
        )
    }
}

/// An edit and who waits for it.
pub(super) struct Edit<T> {
    step: Step<T>,
    done: Option<T>,
    reply: Option<Answer<T>>,
    kind: Kind,
}

/// An edit, whatever it returns.
pub(super) trait Job: fmt::Debug + Send {
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> StepFuture<'c, ()>;
    fn settle(&mut self, result: Result<(), StoreError>);
    fn kind(&self) -> Kind;
}

impl<T: Send + 'static> Edit<T> {
    pub(super) fn with_reply(
        kind: Kind,
        step: Step<T>,
    ) -> (Box<dyn Job>, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (
            Box::new(Self {
                step,
                done: None,
                reply: Some(reply),
                kind,
            }),
            answer,
        )
    }
}

impl<T> fmt::Debug for Edit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl<T: Send> Job for Edit<T> {
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> StepFuture<'c, ()> {
        Box::pin(async move {
            self.done = Some((self.step)(connection).await?);
            Ok(())
        })
    }

    fn settle(&mut self, result: Result<(), StoreError>) {
        let Some(reply) = self.reply.take() else { return };
        let done = self.done.take();
        let result =
            result.and_then(|()| done.ok_or_else(|| StoreError::Away("the edit was not run".to_owned())));
        // Whoever asked may be gone; the work is done all the same.
        let _ = reply.send(result);
    }

    fn kind(&self) -> Kind {
        self.kind
    }
}
