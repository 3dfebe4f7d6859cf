//! The one task that writes.
//!
//! A job is a function of the connection, and may be run again: when the disk refuses, or when another job of its
//! transaction was refused by the database. Deliberately absent: what the jobs write.

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
        while self.gather(&mut waiting).await {
            if let Err(reason) = self.write(&mut waiting).await {
                self.wait_out(reason, &mut waiting).await;
            } else {
                self.health
                    .send_if_modified(|health| std::mem::replace(health, Health::Up) != Health::Up);
            }
        }
        let _ = self.connection.close().await;
    }

    /// Waits for work and takes what there is; whether anybody is left to bring some.
    async fn gather(&mut self, waiting: &mut VecDeque<Box<dyn Job>>) -> bool {
        if waiting.is_empty() && !self.is_up() && !self.jobs.is_closed() {
            // Who dials waits for the store and asks for nothing: only a try of our own shows that it is back.
            waiting.push_back(probe());
        }
        if waiting.is_empty() {
            match self.jobs.recv().await {
                Some(job) => waiting.push_back(job),
                None => return false,
            }
        }
        while waiting.len() < BATCH
            && let Ok(job) = self.jobs.try_recv()
        {
            waiting.push_back(job);
        }
        true
    }

    fn is_up(&self) -> bool {
        *self.health.borrow() == Health::Up
    }

    /// Writes a batch in one transaction. When the database refuses one of its jobs, the batch is written again with a
    /// savepoint around each, so that a refusal costs only the job itself.
    async fn write(&mut self, waiting: &mut VecDeque<Box<dyn Job>>) -> Result<(), String> {
        let mut batch: Vec<_> = waiting.drain(..waiting.len().min(BATCH)).collect();
        let mut written = self.transaction(&mut batch, false).await;
        if matches!(&written, Err(error) if !is_away(error)) {
            written = self.transaction(&mut batch, true).await;
        }
        match written {
            Ok(results) => {
                for (job, result) in batch.iter_mut().zip(results) {
                    job.settle(result);
                }
                Ok(())
            }
            Err(error) => {
                for job in batch.into_iter().rev() {
                    waiting.push_front(job);
                }
                Err(error.to_string())
            }
        }
    }

    /// What became of each job, once all is on disk; an error when nothing is.
    async fn transaction(&mut self, batch: &mut [Box<dyn Job>], apart: bool) -> Result<Results, StoreError> {
        let written = self.run_all(batch, apart).await;
        if written.is_err() {
            // A full disk may have rolled back already; then this fails, and nothing is lost by it.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        }
        written
    }

    async fn run_all(&mut self, batch: &mut [Box<dyn Job>], apart: bool) -> Result<Results, StoreError> {
        let connection = &mut self.connection;
        execute(connection, "BEGIN IMMEDIATE").await?;
        let mut results = Vec::with_capacity(batch.len());
        for job in batch {
            if !apart {
                job.run(connection).await?;
                results.push(Ok(()));
                continue;
            }
            execute(connection, "SAVEPOINT job").await?;
            let result = job.run(connection).await;
            match &result {
                Err(error) if is_away(error) => return result.map(|()| results),
                Err(_) => execute(connection, "ROLLBACK TO job").await?,
                Ok(()) => {}
            }
            execute(connection, "RELEASE job").await?;
            results.push(result);
        }
        execute(connection, "COMMIT").await?;
        Ok(results)
    }

    /// The disk refuses: jobs that can be refused are, the others wait, in order.
    async fn wait_out(&mut self, reason: String, waiting: &mut VecDeque<Box<dyn Job>>) {
        if self.is_up() {
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

/// What became of the jobs of a batch, in their order.
type Results = Vec<Result<(), StoreError>>;

fn is_away(error: &StoreError) -> bool {
    matches!(error, StoreError::Away(_))
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreError> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}

/// A write that changes nothing, and reaches the disk all the same.
fn probe() -> Box<dyn Job> {
    let step: Step<()> = Box::new(|connection| {
        Box::pin(execute(
            connection,
            "UPDATE sequences SET last = last WHERE name = 'project'",
        ))
    });
    Task::with_reply(false, step).0
}
