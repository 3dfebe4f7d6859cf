//! The lease of our calls. FreeSWITCH hangs them up by itself once nobody renews it, so that an engine that is gone leaves
//! no call parked.
//!
//! It is one task of FreeSWITCH's own scheduler for all calls: it hangs up every channel that bears our mark. Renewing it
//! costs two commands, however many calls there are. The new task is there before the old one is deleted.
//!
//! Deliberately absent: how long a call may last at most; that each channel is told itself (`originate`).

use super::originate::TIMEOUT;
use crate::model::CallId;
use crate::wire::InvalidValue;
use crate::wire::esl::Command;
use std::time::{Duration, Instant};

/// The channel variable that is our mark, and any engine's. No variable of a call or a flow can have that name: theirs begin with `apicall_`.
pub(super) const MARK: &str = "held_by_apicall";
/// It is renewed so many times while it lasts.
const RENEWALS: u32 = 4;

/// The right of our calls to live.
#[derive(Debug)]
pub(super) struct Lease {
    /// Who we are, in this run.
    holder: String,
    lasts: Duration,
    /// Which of two tasks is the one that counts.
    turn: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// FreeSWITCH has been asked for nothing yet, or is away.
    Away,
    /// Whether a task may be deleted. One that could not be would end all calls in time.
    Asked,
    /// When it is to be renewed.
    Held(Instant),
    /// We may not.
    Refused,
}

impl Lease {
    /// One that lasts so long after each renewal.
    pub(super) fn new(lasts: Duration) -> Self {
        Self {
            holder: format!("{:016x}", rand::random::<u64>()),
            lasts,
            turn: 0,
            state: State::Away,
        }
    }

    /// The variable, and its value, by which it is known that a call is ours.
    pub(super) fn mark(&self) -> (&'static str, &str) {
        (MARK, &self.holder)
    }

    /// Makes a call of an earlier run ours.
    pub(super) fn take_over(&self, call: CallId) -> Result<Command, InvalidValue> {
        Command::api("uuid_setvar")
            .word("channel", &call.to_string())?
            .word("variable", MARK)?
            .word("value", &self.holder)
    }

    /// There is a connection: what asks whether it can be had. It deletes a task that does not count.
    pub(super) fn ask(&mut self) -> Result<Command, InvalidValue> {
        self.state = State::Asked;
        Command::api("sched_del").word("task", &task(&self.holder, 1 - self.turn))
    }

    /// Whether it is not known yet if it can be had.
    pub(super) fn is_asked(&self) -> bool {
        self.state == State::Asked
    }

    /// A reply to one of its commands. The first is the word to renew it, at once.
    pub(super) fn replied(&mut self, refused: bool, now: Instant) {
        self.state = match self.state {
            _ if refused => State::Refused,
            State::Asked => State::Held(now),
            state => state,
        };
    }

    /// What renews it, when that is due.
    pub(super) fn renewal(&mut self, now: Instant) -> Option<Result<[Command; 2], InvalidValue>> {
        self.next_due().filter(|due| *due <= now)?;
        self.state = State::Held(now + self.lasts / RENEWALS);
        let old = task(&self.holder, self.turn);
        self.turn = 1 - self.turn;
        Some(self.renewed(&old))
    }

    /// When the next renewal is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        match self.state {
            State::Held(due) => Some(due),
            State::Away | State::Asked | State::Refused => None,
        }
    }

    fn renewed(&self, old: &str) -> Result<[Command; 2], InvalidValue> {
        let ends = Command::api("sched_api")
            .word("time", &format!("+{}", self.lasts.as_secs().max(1)))?
            .word("task", &task(&self.holder, self.turn))?
            .word("command", "hupall")?
            .word("cause", TIMEOUT)?
            .word("variable", MARK)?
            .word("value", &self.holder)?;
        Ok([ends, Command::api("sched_del").word("task", old)?])
    }
}

/// The name of one of our two tasks.
fn task(holder: &str, turn: usize) -> String {
    format!("apicall-{holder}-{turn}")
}
