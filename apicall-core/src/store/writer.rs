//! The one task that writes.
//!
//! It puts what waits into one transaction. Deliberately absent: what is written.

use super::db::{Connection, sql};
use super::link::{self, Link, Lost};
use super::work::{Edit, Job, Kind, Step, Work};
use super::{StoreError, placings, records, tenure};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Work that waits at most; beyond that the store is full.
const QUEUE: usize = 32_768;
/// Work of one transaction at most.
const BATCH: usize = 1_024;
/// Between the beginnings of two transactions, for work that nobody waits for: more joins it meanwhile, and at any rate of
/// calls the disk sees some tens of transactions a second.
const LINGER: Duration = Duration::from_millis(30);
/// Work of one transaction at most when each is tried apart, which takes several statements for each.
const APART: usize = 64;
/// How often a batch is tried again because another's transaction was in the way, and the first wait before that.
const COLLISIONS: u32 = 10;
const COLLIDED: Duration = Duration::from_millis(5);
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
    /// It can, but not by this engine: others took it for dead and do its work.
    Fenced,
}

/// Where work is handed over.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    work: mpsc::Sender<Work>,
    /// Told when somebody waits for what was handed over, or a batch is full.
    awaited: Arc<Notify>,
    /// How much work makes a batch whole, beside what the writer has taken already.
    missing: Arc<AtomicUsize>,
    written: Arc<AtomicU64>,
    closing: CancellationToken,
}

impl Queue {
    /// Lets the writer end once nothing waits any more, whoever else holds the queue.
    pub(super) fn close(&self) {
        self.closing.cancel();
    }

    /// Transactions written since the start.
    pub(super) fn transactions(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// A place for work that nobody waits for; `None` while there is none.
    pub(super) fn room(&self) -> Option<mpsc::Permit<'_, Work>> {
        let room = self.work.try_reserve().ok()?;
        if QUEUE - self.work.capacity() >= self.missing.load(Ordering::Relaxed) {
            // A whole batch waits: there is no sense in waiting for more.
            self.awaited.notify_one();
        }
        Some(room)
    }

    pub(super) fn submit(&self, work: Work) -> Result<(), StoreError> {
        let kind = work.kind();
        self.work.try_send(work).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Full,
            mpsc::error::TrySendError::Closed(_) => StoreError::Away("the writer has stopped".to_owned()),
        })?;
        if kind.is_urgent() {
            self.awaited.notify_one();
        }
        Ok(())
    }
}

/// Starts the writer of this link; it runs until nobody holds its queue.
pub(super) fn start(link: Link, engine: Arc<str>) -> (Queue, Signs) {
    let (work, queue) = mpsc::channel(QUEUE);
    let awaited = Arc::new(Notify::new());
    let missing = Arc::new(AtomicUsize::new(BATCH));
    let written = Arc::new(AtomicU64::new(0));
    let (says, health) = watch::channel(Health::Up);
    // Nothing is known of a lease that was taken a moment ago, until it is renewed.
    let lapsed = link.heartbeat().map(|_| tokio::time::Instant::now().into_std());
    let (renews, lease) = watch::channel(lapsed);
    let closing = CancellationToken::new();
    let writer = Writer {
        link,
        engine,
        unsure: None,
        queue,
        awaited: Arc::clone(&awaited),
        missing: Arc::clone(&missing),
        last: None,
        written: Arc::clone(&written),
        closing: closing.clone(),
        health: says,
        lease: renews,
    };
    tokio::spawn(writer.run());
    let queue = Queue {
        work,
        awaited,
        missing,
        written,
        closing,
    };
    (queue, Signs { health, lease })
}

/// What the writer lets others see.
#[derive(Debug, Clone)]
pub(super) struct Signs {
    pub health: watch::Receiver<Health>,
    /// Until when an engine's lease is known to hold; `None` where there is none.
    pub lease: watch::Receiver<Option<Instant>>,
}

/// The writer.
struct Writer {
    link: Link,
    /// Whose calls these are.
    engine: Arc<str>,
    /// A batch that was written or was not: the connection was lost over its end.
    unsure: Option<(Vec<Work>, Results)>,
    queue: mpsc::Receiver<Work>,
    awaited: Arc<Notify>,
    missing: Arc<AtomicUsize>,
    /// When the last transaction began.
    last: Option<tokio::time::Instant>,
    written: Arc<AtomicU64>,
    closing: CancellationToken,
    /// Gone when the writer has ended.
    health: watch::Sender<Health>,
    lease: watch::Sender<Option<Instant>>,
}

impl Writer {
    /// Writes until everybody who could ask is gone.
    async fn run(mut self) {
        let mut waiting = VecDeque::new();
        while self.gather(&mut waiting).await {
            if let Err(error) = self.write(&mut waiting).await {
                self.wait_out(&error, &mut waiting).await;
            } else {
                self.health
                    .send_if_modified(|health| std::mem::replace(health, Health::Up) != Health::Up);
            }
        }
        self.link.close().await;
    }

    /// Waits for work and takes what there is; whether anybody is left to bring some.
    async fn gather(&mut self, waiting: &mut VecDeque<Work>) -> bool {
        if waiting.is_empty() && !self.is_up() && (self.unsure.is_some() || !self.queue.is_closed()) {
            // Who dials waits for the store and asks for nothing: only a try of our own shows that it is back.
            waiting.push_back(Work::Edit(probe()));
        }
        if waiting.is_empty() {
            match self.next().await {
                Some(work) => waiting.push_back(work),
                None => return false,
            }
        }
        self.take_waiting(waiting);
        let urgent = waiting.iter().any(|work| work.kind().is_urgent());
        let due = self.last.map(|last| last + LINGER);
        if let Some(due) = due.filter(|_| !urgent && waiting.len() < BATCH) {
            self.missing.store(BATCH - waiting.len(), Ordering::Relaxed);
            // A word left over from before ends this at once, and costs one small transaction.
            let _ = tokio::time::timeout_at(due, self.awaited.notified()).await;
            self.take_waiting(waiting);
        }
        self.last = Some(tokio::time::Instant::now());
        true
    }

    /// The next work; none for too long is itself a reason to write.
    async fn next(&mut self) -> Option<Work> {
        let heartbeat = self.link.heartbeat();
        tokio::select! {
            biased;
            work = self.queue.recv() => work,
            () = self.closing.cancelled() => None,
            () = tokio::time::sleep(heartbeat.unwrap_or_default()), if heartbeat.is_some() => Some(Work::Edit(probe())),
        }
    }

    fn take_waiting(&mut self, waiting: &mut VecDeque<Work>) {
        while waiting.len() < BATCH
            && let Ok(work) = self.queue.try_recv()
        {
            waiting.push_back(work);
        }
    }

    fn is_up(&self) -> bool {
        *self.health.borrow() == Health::Up
    }

    /// Writes a batch in one transaction. When the database refuses one of its jobs, the batch is written again with a
    /// savepoint around each, so that a refusal costs only the job itself; when another's transaction was in the way, it
    /// is written again as it is.
    async fn write(&mut self, waiting: &mut VecDeque<Work>) -> Result<(), StoreError> {
        self.make_sure(waiting).await?;
        let mut batch: Vec<_> = waiting.drain(..waiting.len().min(BATCH)).collect();
        let (mut apart, mut collisions) = (false, 0);
        let error = loop {
            match self.transaction(&mut batch, apart).await {
                Ok(results) => {
                    settle(batch, results);
                    return Ok(());
                }
                Err(Failure::Unsure(results, error)) => {
                    self.unsure = Some((batch, results));
                    return Err(error);
                }
                Err(Failure::Not(StoreError::Collided(_))) if collisions < COLLISIONS => {
                    collisions += 1;
                    tokio::time::sleep(COLLIDED * collisions).await;
                }
                Err(Failure::Not(error)) if !apart && !is_away(&error) => {
                    apart = true;
                    let rest = batch.split_off(batch.len().min(APART));
                    put_back(rest, waiting);
                }
                Err(Failure::Not(error)) => break error,
            }
        };
        put_back(batch, waiting);
        Err(error)
    }

    /// Finds out what became of a batch when the connection was lost over its end.
    async fn make_sure(&mut self, waiting: &mut VecDeque<Work>) -> Result<(), StoreError> {
        if self.unsure.is_none() {
            return Ok(());
        }
        let written = self.link.was_written().await?;
        if let Some((batch, results)) = self.unsure.take() {
            if written {
                settle(batch, results);
            } else {
                put_back(batch, waiting);
            }
        }
        Ok(())
    }

    /// What became of each job, once all is on disk.
    async fn transaction(&mut self, batch: &mut [Work], apart: bool) -> Result<Results, Failure> {
        let remote = self.link.is_remote();
        let began = tokio::time::Instant::now().into_std();
        let results = match link::bounded(remote, run_all(&mut self.link, &self.engine, batch, apart)).await {
            Ok(results) => results,
            Err(error) => {
                self.link.roll_back(&error).await;
                return Err(Failure::Not(error));
            }
        };
        match self.link.commit().await {
            Ok(()) => {
                self.written.fetch_add(1, Ordering::Relaxed);
                self.lease
                    .send_replace(self.link.heartbeat().map(|_| began + tenure::LEASE_KNOWN));
                Ok(results)
            }
            Err(Lost::Not(error)) => {
                self.link.roll_back(&error).await;
                Err(Failure::Not(error))
            }
            Err(Lost::Unsure(error)) => {
                self.link.roll_back(&error).await;
                Err(Failure::Unsure(results, error))
            }
        }
    }

    /// The disk refuses: jobs that can be refused are, the others wait, in order.
    async fn wait_out(&mut self, error: &StoreError, waiting: &mut VecDeque<Work>) {
        let reason = error.to_string();
        if self.is_up() {
            tracing::error!(%reason, "the store is away");
        }
        self.health.send_replace(match error {
            StoreError::Fenced(_) => Health::Fenced,
            _ => Health::Away {
                reason: reason.clone(),
            },
        });
        let until = tokio::time::Instant::now() + RETRY;
        let refuse = |work: &mut Work| work.settle(Err(StoreError::Away(reason.clone())));
        let is_kept = |work: &Work| work.kind().is_kept();
        waiting.iter_mut().filter(|work| !is_kept(work)).for_each(refuse);
        waiting.retain(is_kept);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                Some(mut work) = self.queue.recv(), if waiting.len() < QUEUE => {
                    if is_kept(&work) { waiting.push_back(work) } else { refuse(&mut work) }
                }
            }
        }
    }
}

/// What became of the jobs of a batch, in their order.
type Results = Vec<Result<(), StoreError>>;

/// A transaction that did not end well.
enum Failure {
    /// Nothing was written.
    Not(StoreError),
    /// All was, or nothing; what became of each job if all was.
    Unsure(Results, StoreError),
}

fn settle(batch: Vec<Work>, results: Results) {
    for (mut job, result) in batch.into_iter().zip(results) {
        job.settle(result);
    }
}

/// To the front, in their order.
fn put_back(batch: Vec<Work>, waiting: &mut VecDeque<Work>) {
    for job in batch.into_iter().rev() {
        waiting.push_front(job);
    }
}

/// What became of each job, all within one transaction.
async fn run_all(
    link: &mut Link,
    engine: &str,
    batch: &mut [Work],
    apart: bool,
) -> Result<Results, StoreError> {
    let connection = link.begin().await?;
    let mut results = Vec::with_capacity(batch.len());
    for group in batch.chunk_by_mut(|a, b| !apart && a.goes_with(b)) {
        if !apart {
            run_group(connection, engine, group).await?;
            results.extend(group.iter().map(|_| Ok(())));
            continue;
        }
        sql("SAVEPOINT work").run(connection).await?;
        let result = run_group(connection, engine, group).await;
        match &result {
            Err(StoreError::Away(_) | StoreError::Fenced(_) | StoreError::Collided(_)) => {
                return result.map(|()| results);
            }
            Err(_) => sql("ROLLBACK TO SAVEPOINT work").run(connection).await?,
            Ok(()) => 0,
        };
        sql("RELEASE SAVEPOINT work").run(connection).await?;
        results.push(result);
    }
    Ok(results)
}

fn is_away(error: &StoreError) -> bool {
    matches!(error, StoreError::Away(_) | StoreError::Fenced(_))
}

/// One edit, or work of another kind that stands together. What there is none of takes no statement.
async fn run_group(connection: &mut Connection, engine: &str, group: &mut [Work]) -> Result<(), StoreError> {
    let (mut records, mut fresh, mut placings) = (Vec::new(), Vec::new(), Vec::new());
    for work in group {
        match work {
            Work::Edit(job) => job.run(connection).await?,
            Work::Record(record) => records.push(&**record),
            Work::Fresh(new) => fresh.push(new.row()),
            Work::Place(placing) => placings.push(&mut **placing),
        }
    }
    records::update(connection, engine, &records).await?;
    records::insert(connection, engine, fresh.into_iter()).await?;
    placings::place(connection, engine, placings).await
}

/// A write that changes nothing, and reaches the disk all the same.
fn probe() -> Box<dyn Job> {
    let step: Step<()> = Box::new(|connection| {
        Box::pin(async {
            sql("UPDATE sequences SET last = last WHERE name = 'project'")
                .run(connection)
                .await?;
            Ok(())
        })
    });
    Edit::with_reply(Kind::Ahead, step).0
}
