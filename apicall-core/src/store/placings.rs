//! Calls that somebody wants to be made, one by one: each is checked against what may be called, gets what it shows, and is
//! written. Those that come together are checked and written together, by some few statements whatever their number, and
//! each is answered for itself.
//!
//! Each is judged as if those before it were on disk already: what two of them would be too many for, the second waits for.
//!
//! Deliberately absent: the calls of campaigns, which `journal` claims, and those that are there already when the store
//! hears of them, which are `records`.

use super::caller_ids::{CallerIdRule, Numbers, Shows};
use super::db::Connection;
use super::holds::{Barred, Gate};
use super::journal::Reply;
use super::line::Line;
use super::tallies::Tallies;
use super::{Answer, StoreError, records};
use crate::model::{Call, ProjectId, Waits};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A call that is to be made, if it may be.
#[derive(Debug)]
pub(super) struct Placing {
    /// As it would be made.
    row: Line,
    gate: Gate,
    /// By what it shows one of several numbers.
    rule: Option<Arc<dyn CallerIdRule>>,
    /// Whether it is made.
    verdict: Result<(), StoreError>,
    reply: Option<Answer<Call>>,
}

impl Placing {
    pub(super) fn new(gate: Gate, shows: Shows, mut call: Call) -> (Self, Reply<Call>) {
        let (reply, answer) = oneshot::channel();
        let rule = match shows {
            Shows::Always(caller_id) => {
                call.caller_id = caller_id;
                None
            }
            Shows::Chosen(rule) => Some(rule),
        };
        let placing = Self {
            row: call.into(),
            gate,
            rule,
            verdict: Ok(()),
            reply: Some(reply),
        };
        (placing, answer)
    }

    pub(super) fn settle(&mut self, result: Result<(), StoreError>) {
        if let Some(reply) = self.reply.take() {
            let verdict = std::mem::replace(&mut self.verdict, Ok(()));
            // Whoever asked may be gone; the call is there all the same.
            let _ = reply.send(result.and(verdict).map(|()| self.row.call.clone()));
        }
    }

    const fn project(&self) -> ProjectId {
        self.row.call.project
    }

    /// Whether both are given what they show from the same numbers.
    fn shows_with(&self, other: &Self) -> bool {
        match (&self.rule, &other.rule) {
            (None, None) => true,
            (Some(one), Some(other)) => one.day() == other.day() && one.numbers() == other.numbers(),
            _ => false,
        }
    }

    /// Whether it may be made, and with what it shows. `numbers` are those of its rule, if it has one.
    fn judge(
        &mut self,
        barred: &mut Barred,
        numbers: Option<&mut Numbers>,
        tallies: &mut Tallies,
    ) -> Result<(), StoreError> {
        let held = |Waits { reason, until }| Err(StoreError::Held { reason, until });
        if self.row.call.number.is_none() {
            return Err(StoreError::Refused("a call without a number".to_owned()));
        }
        barred.waits(&self.gate, &self.row.call).map_or(Ok(()), held)?;
        if let Some((numbers, rule)) = numbers.zip(self.rule.as_deref()) {
            let mut call = self.row.call.clone();
            numbers.show(&mut call, rule, tallies).map_or(Ok(()), held)?;
            self.row = call.into();
        }
        barred.count(&self.row.call);
        Ok(())
    }
}

/// Judges calls, and writes those that are made.
pub(super) async fn place(
    connection: &mut Connection,
    engine: &str,
    mut placings: Vec<&mut Placing>,
) -> Result<(), StoreError> {
    let asked = placings.iter().map(|placing| (&placing.gate, &placing.row.call));
    let mut barred = Barred::among(connection, asked).await?;
    // In the order of projects, as `Barred` goes; the calls of each stay in theirs.
    placings.sort_by_key(|placing| placing.project());
    let together = |a: &&mut Placing, b: &&mut Placing| a.project() == b.project() && a.shows_with(b);
    for alike in placings.chunk_by_mut(together) {
        judge(connection, engine, &mut barred, alike).await?;
    }
    let made = placings.iter().filter(|placing| placing.verdict.is_ok());
    records::insert(connection, engine, made.map(|placing| &placing.row)).await
}

/// Judges calls of a project that are given what they show from the same numbers.
async fn judge(
    connection: &mut Connection,
    engine: &str,
    barred: &mut Barred,
    placings: &mut [&mut Placing],
) -> Result<(), StoreError> {
    let rule = placings
        .first()
        .and_then(|first| Some((first.project(), first.rule.clone()?)));
    let mut numbers = match rule {
        Some((project, rule)) => Some(Numbers::lock(connection, engine, project, &rule).await?),
        None => None,
    };
    let mut tallies = Tallies::default();
    for placing in placings {
        placing.verdict = placing.judge(barred, numbers.as_mut(), &mut tallies);
    }
    if let Some(numbers) = numbers {
        numbers.keep_turns(connection).await?;
    }
    tallies.write(connection, engine).await
}
