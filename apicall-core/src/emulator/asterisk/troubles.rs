//! What the machine does about faults.

use super::super::faults::Fault;
use super::super::machine::{CONNECTS_WITHIN, CallKey, Output, SessionId};
use super::super::spool::Fate;
use super::classes::Classes;
use super::pbx::{Alarm, Due, Pbx};
use crate::wire::ami::Outgoing;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Between two messages: no headers, no text, and an empty line at the end.
const NONSENSE: &[u8] = b"\xff\xfe\0 nonsense\r\n: \r\n\r\n";

/// Faults that last.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// Managers are told nothing until then.
    pub stalled_until: Option<Instant>,
    /// Nobody may log in.
    pub turns_away: bool,
    pub agi_never: bool,
    agi_slow: Duration,
    /// What is late for FastAGI sessions, by session; `None` closes it.
    late: BTreeMap<CallKey, VecDeque<Option<Vec<u8>>>>,
    /// No more calls and logins; how long nobody listens when the last call is over.
    pub stopping: Option<Duration>,
}

impl Pbx {
    /// Something goes wrong.
    pub(super) fn suffer(&mut self, fault: Fault, now: Instant) {
        match fault {
            Fault::Cut => self.leave_managers(Output::Reset),
            Fault::Close => self.leave_managers(Output::Close),
            Fault::HalfOpen => {
                for session in self.desk.sessions.values_mut() {
                    session.mute();
                }
            }
            Fault::Stall(time) => self.troubles.stalled_until = Some(now + time),
            Fault::Events(fault) => self.desk.unrest.begin(fault),
            Fault::Garbage => {
                for session in self.desk.sessions.values_mut() {
                    session.out.extend_from_slice(NONSENSE);
                }
            }
            Fault::TurnAway => self.troubles.turns_away = true,
            Fault::LegSlow(time) => self.troubles.agi_slow = time,
            Fault::LegNever => self.troubles.agi_never = true,
            Fault::Crash(down) => self.crash(down, now),
            Fault::Stop(down) => {
                self.troubles.stopping = Some(down);
                self.stop_when_idle(now);
            }
            // The machine's, not Asterisk's.
            Fault::Strength(_) => {}
            Fault::Mend => self.mend(),
        }
    }

    fn mend(&mut self) {
        let troubles = &mut self.troubles;
        troubles.stalled_until = None;
        troubles.turns_away = false;
        troubles.agi_never = false;
        troubles.agi_slow = Duration::ZERO;
        self.desk.unrest.end();
    }

    fn leave_managers(&mut self, how: fn(SessionId) -> Output) {
        for id in std::mem::take(&mut self.desk.sessions).into_keys() {
            self.out.push_back(how(id));
        }
    }

    /// All of it is gone at once: clients see the end of their connections, and that is all (recording `kill9`).
    fn crash(&mut self, down: Duration, now: Instant) {
        self.leave_managers(Output::Close);
        for (key, call) in std::mem::take(&mut self.calls) {
            if call.agi.is_some() {
                self.out.push_back(Output::LegClose(key));
            }
            self.files.extend(call.order.placed.file().map(Fate::Again));
        }
        self.uniqueids.clear();
        self.globals.clear();
        self.timers.clear();
        self.troubles = Troubles::default();
        self.desk.unrest.end();
        self.desk.late.clear();
        self.channels = 0;
        self.out.push_back(Output::Down(now + down));
        self.booted_at = now + down;
        self.keys_at_boot = self.keys;
    }

    /// A stop waits for the last call.
    pub(super) fn stop_when_idle(&mut self, now: Instant) {
        let Some(down) = self.troubles.stopping.filter(|_| self.calls.is_empty()) else {
            return;
        };
        self.say_goodbye();
        self.crash(down, now);
    }

    /// Tells managers that it ends, and closes their connections.
    pub(super) fn say_goodbye(&mut self) {
        self.desk.tell(Classes::SYSTEM, "Shutdown", |sheet| {
            sheet.header("Shutdown", "Cleanly");
            sheet.header("Restart", "False");
        });
        for id in self.desk.sessions.keys().copied().collect::<Vec<_>>() {
            self.end_session(id);
        }
    }

    /// Says something in a FastAGI session, late if that is wanted; `None` closes it.
    pub(super) fn agi_say(&mut self, key: CallKey, bytes: Option<Vec<u8>>, now: Instant) {
        let delayed = !self.troubles.agi_slow.is_zero() || self.troubles.late.contains_key(&key);
        if delayed {
            self.troubles.late.entry(key).or_default().push_back(bytes);
            self.alarm(key, now + self.troubles.agi_slow, Due::AgiLate);
        } else {
            self.out.push_back(agi_output(key, bytes));
        }
    }

    /// What was late is said.
    pub(super) fn agi_late(&mut self, key: CallKey) {
        let Some(waiting) = self.troubles.late.get_mut(&key) else {
            return;
        };
        if let Some(bytes) = waiting.pop_front() {
            self.out.push_back(agi_output(key, bytes));
        }
        if self.troubles.late.get(&key).is_some_and(VecDeque::is_empty) {
            self.troubles.late.remove(&key);
        }
    }

    /// A FastAGI session that does not come about.
    pub(super) fn agi_never(&mut self, key: CallKey, now: Instant) {
        self.timers
            .set(now + CONNECTS_WITHIN, Alarm::Call(key, Due::AgiNever));
    }
}

fn agi_output(key: CallKey, bytes: Option<Vec<u8>>) -> Output {
    match bytes {
        Some(bytes) => Output::LegSay(key, bytes),
        None => Output::LegClose(key),
    }
}

/// The words for whoever logs in or calls while it stops (recording `stop_gracefully_calls`).
pub(super) const STOPPING: &str = "Asterisk is shutting down";

/// The bytes of an event that is on its way.
pub(super) fn bytes_of(event: &Outgoing) -> Vec<u8> {
    let mut bytes = Vec::new();
    event.encode_to(&mut bytes);
    bytes
}
