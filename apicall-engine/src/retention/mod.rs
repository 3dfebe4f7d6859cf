//! Removes what is older than it is to be kept, and writes it to files before, where that is asked for.
//!
//! A task beside the engine: it takes a portion, hands it to the disk, removes it, and rests nine times as long as the removal
//! took, so that the store's writer has nine tenths of its time for calls, however much is old and however slow the disk.
//!
//! Deliberately absent: what goes with what, and what stays because a rule needs it; that is the store's.

mod files;
#[cfg(test)]
mod tests;

pub(crate) use files::Files;

use crate::config;
use anyhow::Context;
use apicall_core::model::{Clock, Timestamp};
use apicall_core::store::{Old, OldRecord, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks for what has become old.
const LOOK: Duration = Duration::from_secs(60);
/// How many times as long as a removal took comes the next one.
const REST: u32 = 9;
/// What the clock does not tell.
const TICK: Duration = Duration::from_millis(1);

/// Something that is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub what: Old,
    /// Of calls that ended before.
    pub before: Timestamp,
}

impl config::Retention {
    /// What is to go at a time. Calls first: their timelines go with them.
    fn orders(&self, now: Timestamp) -> Vec<Order> {
        let of = [
            (Old::Calls, self.calls_days),
            (Old::Timelines, self.timelines_days),
        ];
        let order = |(what, days): (Old, Option<u32>)| {
            let age_ms = i64::from(days?) * 86_400_000;
            let before = Timestamp::from_millis(now.millis().saturating_sub(age_ms));
            Some(Order { what, before })
        };
        of.into_iter().filter_map(order).collect()
    }

    /// Whether anything ever goes.
    pub(crate) const fn is_for_ever(&self) -> bool {
        self.calls_days.is_none() && self.timelines_days.is_none()
    }
}

/// Removes what becomes old, until it is told to stop.
pub(crate) async fn keep(policy: config::Retention, store: Store, clock: Clock, stop: CancellationToken) {
    // A portion that is given up midway is there still, or gone as a whole.
    tokio::select! { () = watch(policy, store, clock) => {}, () = stop.cancelled() => {} }
}

async fn watch(policy: config::Retention, store: Store, clock: Clock) {
    let mut pruner = Pruner::new(store, policy.export.as_deref().map(Files::new));
    loop {
        if let Err(error) = pruner.look(&policy, clock).await {
            // Nothing is lost by it, and the next look tries again.
            tracing::warn!(error = format!("{error:#}"), "old records are not removed");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Removes old records.
pub(crate) struct Pruner {
    store: Store,
    files: Option<Files>,
}

impl Pruner {
    pub(crate) const fn new(store: Store, files: Option<Files>) -> Self {
        Self { store, files }
    }

    async fn look(&mut self, policy: &config::Retention, clock: Clock) -> anyhow::Result<()> {
        if !self.store.is_to_prune().await? {
            return Ok(());
        }
        for order in policy.orders(clock.now()) {
            let gone = self.carry_out(order, clock, REST).await?;
            if gone > 0 {
                tracing::info!(what = ?order.what, gone, before = %order.before, "old records are removed");
            }
        }
        while self.store.remove_leftovers().await? {}
        Ok(())
    }

    /// Removes all that may go; of how many calls. Between two removals it rests so many times as long as the first took.
    pub(crate) async fn carry_out(&mut self, order: Order, clock: Clock, rest: u32) -> anyhow::Result<u64> {
        let mut pruning = self.store.prune(order.what, order.before).await?;
        let mut gone = 0;
        // It may take hours, and another engine may have come meanwhile.
        while self.store.is_to_prune().await?
            && let Some(portion) = pruning.next(clock.now()).await?
        {
            self.write(order.what, &portion, clock.now()).await?;
            gone += portion.len() as u64;
            let began = clock.now();
            pruning.remove(portion).await?;
            tokio::time::sleep((clock.now().since(began) + TICK) * rest).await;
        }
        Ok(gone)
    }

    /// Brings a portion to the disk of the files, if there are any.
    async fn write(&mut self, what: Old, portion: &Arc<[OldRecord]>, now: Timestamp) -> anyhow::Result<()> {
        let Some(mut files) = self.files.take() else {
            return Ok(());
        };
        let (directory, portion) = (files.directory().to_owned(), Arc::clone(portion));
        self.files = Some(Files::new(&directory));
        let engine = self.store.engine_name().to_owned();
        let writing = tokio::task::spawn_blocking(move || {
            let written = files.append(what, &engine, &portion, now);
            (files, written)
        });
        let (files, written) = writing.await?;
        self.files = Some(files);
        written.with_context(|| {
            format!(
                "{}: nothing is removed before it is written there",
                directory.display()
            )
        })
    }
}
