//! A PBX that gets no more done than its machine can: past that it is slow, then loses hang-ups, then is lost itself.
//!
//! Whatever comes in waits for the one processor that there is, and a call is work for it twice: when it is placed, and
//! when somebody begins to drive it. So latency grows as calls come faster than the strength allows, and falls again when they
//! do not. That is how Asterisk and FreeSWITCH behave: 7 to 9 ms of a core for a call with an AGI, 1 % of a core a call per
//! second; latency explodes first, then hang-ups are missing, and what has collapsed stays so until it is started again.
//!
//! Deliberately absent: what the work is. A machine says how much of a call's work an input is.

use super::faults::Fault;
use super::machine::{Input, Machine, Output};
use super::spool::Fate;
use crate::model::Cps;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// With so much work waiting hang-ups are lost,
const LOSES_HANGUPS: Duration = Duration::from_secs(4);
/// and with so much all of it.
const COLLAPSES: Duration = Duration::from_secs(8);

/// A machine with the strength of a real one, once it is told how much that is.
#[derive(Debug)]
pub(super) struct Strained<M> {
    pbx: M,
    /// Calls a second; `None` has no limit.
    strength: Option<Cps>,
    /// When the processor has nothing more to do.
    free_at: Instant,
    /// What waits for it, and when it is done.
    waiting: VecDeque<(Instant, Input)>,
    collapsed: bool,
    /// Call files that nobody came to; they are called when it is started again.
    unread: Vec<String>,
}

/// What an input costs, in calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Work {
    pub calls: f64,
    /// Whether it ends a call, and does nothing else.
    pub hangs_up: bool,
}

impl<M> Strained<M> {
    pub(super) fn new(pbx: M, now: Instant) -> Self {
        Self {
            pbx,
            strength: None,
            free_at: now,
            waiting: VecDeque::new(),
            collapsed: false,
            unread: Vec::new(),
        }
    }

    /// Nothing comes any more of what waits.
    fn drop_waiting(&mut self) {
        for (_, input) in self.waiting.drain(..) {
            if let Input::Filed(file) = input {
                self.unread.push(file.name);
            }
        }
    }

    /// It is as after a start.
    fn rest(&mut self, now: Instant) {
        self.drop_waiting();
        self.free_at = now;
        self.collapsed = false;
    }
}

impl<M: Machine> Machine for Strained<M> {
    const UNREAD_BYTES: usize = M::UNREAD_BYTES;

    fn work(input: &Input) -> Work {
        M::work(input)
    }

    fn handle(&mut self, input: Input, now: Instant) {
        if self.collapsed {
            if let Input::Filed(file) = input {
                self.unread.push(file.name);
            }
            return;
        }
        let Some(strength) = self.strength else {
            if self.waiting.is_empty() {
                return self.pbx.handle(input, now);
            }
            return self.waiting.push_back((self.free_at, input));
        };
        let work = M::work(&input);
        let behind = self.free_at.saturating_duration_since(now);
        if behind >= COLLAPSES {
            tracing::warn!("the emulated switch has collapsed");
            self.waiting.push_back((self.free_at, input));
            self.collapsed = true;
            self.drop_waiting();
        } else if !(work.hangs_up && behind >= LOSES_HANGUPS) {
            let takes = Duration::from_secs_f64(work.calls / strength.per_second());
            self.free_at = self.free_at.max(now) + takes;
            self.waiting.push_back((self.free_at, input));
        }
    }

    fn inflict(&mut self, fault: Fault, now: Instant) {
        match fault {
            Fault::Strength(cps) => self.strength = Some(cps),
            Fault::Mend => {
                self.strength = None;
                self.pbx.inflict(fault, now);
            }
            Fault::Crash(_) => {
                self.rest(now);
                self.pbx.inflict(fault, now);
            }
            _ => self.pbx.inflict(fault, now),
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some((at, input)) = self.waiting.pop_front_if(|(at, _)| *at <= now) {
            self.pbx.expire(at);
            self.pbx.handle(input, at);
        }
        self.pbx.expire(now);
    }

    fn next_due(&self) -> Option<Instant> {
        let done = self.waiting.front().map(|(at, _)| *at);
        [done, self.pbx.next_due()].into_iter().flatten().min()
    }

    fn poll(&mut self) -> Option<Output> {
        if !self.collapsed {
            return self.pbx.poll();
        }
        // Nothing of what goes on in it comes out any more.
        while let Some(output) = self.pbx.poll() {
            if let Output::Down(_) = output {
                return Some(output);
            }
        }
        None
    }

    fn farewell(&mut self) {
        self.pbx.farewell();
    }

    fn spool(&self) -> Option<PathBuf> {
        self.pbx.spool()
    }

    fn poll_file(&mut self) -> Option<Fate> {
        if self.collapsed {
            return None;
        }
        self.pbx
            .poll_file()
            .or_else(|| self.unread.pop().map(Fate::Again))
    }
}

/// How often something is said.
pub(super) fn count(bytes: &[u8], what: &[u8]) -> f64 {
    let found = bytes
        .windows(what.len())
        .filter(|here| here.eq_ignore_ascii_case(what));
    found.fold(0.0, |count, _| count + 1.0)
}

#[cfg(test)]
mod tests;
