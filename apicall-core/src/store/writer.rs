//! The one task that writes.
//!
//! A job is a function of the connection, and may be run again: when the disk refuses, or when another job of its
//! transaction was refused by the database.

use super::StoreError;
use sqlx::{Connection, SqliteConnection};
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Jobs that wait at most; beyond that the store is full.
pub(super) const QUEUE: usize = 32_768;
/// Jobs of one transaction at most.
const BATCH: usize = 512;
/// Between two tries while the disk refuses.
const RETRY: Duration = Duration::from_millis(200);

/// Whether the store can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It can.
    Up,
    /// It cannot.
    Away {
        /// Why.
        reason: String,
    },
}

/// What a step returns.
pub(super) type StepFuture<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Work on the connection.
pub(super) type Step<T> = Box<dyn for<'c> Fn(&'c mut SqliteConnection) -> StepFuture<'c, T> + Send>;

/// A job and who waits for it.
pub(super) struct Task<T> {
    step: Step<T>,
    done: Option<T>,
    reply: Option<oneshot::Sender<Result<T, StoreError>>>,
    /// Whether it must be written in the end, however long that takes.
    kept: bool,
}

/// A job, whatever it returns.
pub(super) trait Job: Send {
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> StepFuture<'c, ()>;
    fn settle(&mut self, result: Result<(), StoreError>);
    fn is_kept(&self) -> bool;
}

impl<T: Send + 'static> Task<T> {
    pub(super) fn with_reply(
        kept: bool,
        step: Step<T>,
    ) -> (Box<dyn Job>, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (
            Box::new(Self {
                step,
                done: None,
                reply: Some(reply),
                kept,
            }),
            answer,
        )
    }
}

impl<T: Send> Job for Task<T> {
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> StepFuture<'c, ()> {
        Box::pin(async move {
            self.done = Some((self.step)(connection).await?);
            Ok(())
        })
    }

    fn settle(&mut self, result: Result<(), StoreError>) {
        let Some(reply) = self.reply.take() else { return };
        let done = self.done.take();
        let result =
            result.and_then(|()| done.ok_or_else(|| StoreError::Away("the job was not run".to_owned())));
        // Whoever asked may be gone; the work is done all the same.
        let _ = reply.send(result);
    }

    fn is_kept(&self) -> bool {
        self.kept
    }
}

/// The writer.
pub(super) struct Writer {
    pub connection: SqliteConnection,
    pub jobs: mpsc::Receiver<Box<dyn Job>>,
    pub health: watch::Sender<Health>,
}

impl Writer {
    /// Writes until everybody who could ask is gone.
    pub(super) async fn run(mut self) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                match self.jobs.recv().await {
                    Some(job) => waiting.push_back(job),
                    None => break,
                }
            }
            while waiting.len() < BATCH
                && let Ok(job) = self.jobs.try_recv()
            {
                waiting.push_back(job);
            }
            if let Err(reason) = self.write(&mut waiting).await {
                self.wait_out(reason, &mut waiting).await;
            } else {
                self.health
                    .send_if_modified(|health| std::mem::replace(health, Health::Up) != Health::Up);
            }
        }
        let _ = self.connection.close().await;
    }

    /// Writes a batch in one transaction. A job the database refuses is answered and left out, and the rest run again.
    async fn write(&mut self, waiting: &mut VecDeque<Box<dyn Job>>) -> Result<(), String> {
        let mut batch: Vec<_> = waiting.drain(..waiting.len().min(BATCH)).collect();
        while !batch.is_empty() {
            match self.transaction(&mut batch).await {
                Ok(()) => {
                    for job in &mut batch {
                        job.settle(Ok(()));
                    }
                    return Ok(());
                }
                Err((Some(refused), error)) if !matches!(error, StoreError::Away(_)) => {
                    batch.remove(refused).settle(Err(error));
                }
                Err((_, error)) => {
                    for job in batch.into_iter().rev() {
                        waiting.push_front(job);
                    }
                    return Err(error.to_string());
                }
            }
        }
        Ok(())
    }

    async fn transaction(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), (Option<usize>, StoreError)> {
        let connection = &mut self.connection;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut *connection)
            .await
            .map_err(|error| (None, error.into()))?;
        let mut failed = None;
        for (place, job) in batch.iter_mut().enumerate() {
            if let Err(error) = job.run(connection).await {
                failed = Some((Some(place), error));
                break;
            }
        }
        if failed.is_none() {
            let committed = sqlx::query("COMMIT").execute(&mut *connection).await;
            failed = committed.err().map(|error| (None, error.into()));
        }
        match failed {
            None => Ok(()),
            Some(failure) => {
                // A full disk may have rolled back already; then this fails, and nothing is lost by it.
                let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                Err(failure)
            }
        }
    }

    /// The disk refuses: jobs that can be refused are, the others wait, in order.
    async fn wait_out(&mut self, reason: String, waiting: &mut VecDeque<Box<dyn Job>>) {
        if *self.health.borrow() == Health::Up {
            tracing::error!(%reason, "the store is away");
        }
        self.health.send_replace(Health::Away {
            reason: reason.clone(),
        });
        let until = tokio::time::Instant::now() + RETRY;
        let refuse = |job: &mut Box<dyn Job>| job.settle(Err(StoreError::Away(reason.clone())));
        waiting.iter_mut().filter(|job| !job.is_kept()).for_each(refuse);
        waiting.retain(|job| job.is_kept());
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                Some(mut job) = self.jobs.recv(), if waiting.len() < QUEUE => {
                    if job.is_kept() { waiting.push_back(job) } else { refuse(&mut job) }
                }
            }
        }
    }
}
