//! What the machine does about faults.

use super::super::faults::Fault;
use super::super::machine::{Output, SessionId};
use super::cause::Cause;
use super::pbx::Pbx;
use super::scheduler::Tasks;
use std::time::{Duration, Instant};

/// Between two frames: a head that has no kind.
const NONSENSE: &[u8] = b"\xff\xfe nonsense\n\n";
const SHUT_DOWN: &str = "The system is being shut down.\n";

/// Faults that last.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// Clients are told nothing until then.
    pub stalled_until: Option<Instant>,
    /// Nobody may log in.
    pub turns_away: bool,
    /// What is executed begins so much later, or never.
    pub leg_slow: Duration,
    pub leg_never: bool,
    /// No more calls; how long nobody listens when the last one is over.
    pub stopping: Option<Duration>,
}

impl Pbx {
    /// Something goes wrong.
    pub(super) fn suffer(&mut self, fault: Fault, now: Instant) {
        self.desk.now = now;
        match fault {
            Fault::Cut => self.leave_clients(Output::Reset),
            Fault::Close => {
                for id in self.desk.sessions.keys().copied().collect::<Vec<_>>() {
                    self.end_session(id, SHUT_DOWN);
                }
            }
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
            Fault::LegSlow(time) => self.troubles.leg_slow = time,
            Fault::LegNever => self.troubles.leg_never = true,
            Fault::Crash(down) => self.crash(down, now),
            Fault::Stop(down) => {
                self.troubles.stopping = Some(down);
                self.stop_when_idle(now);
            }
            // The machine's, not FreeSWITCH's.
            Fault::Strength(_) => {}
            Fault::Mend => self.mend(now),
        }
    }

    fn mend(&mut self, now: Instant) {
        self.troubles.stalled_until = None;
        self.troubles.turns_away = false;
        self.troubles.leg_slow = Duration::ZERO;
        self.desk.unrest.end();
        if std::mem::take(&mut self.troubles.leg_never) {
            for key in self.channels.keys().copied().collect::<Vec<_>>() {
                self.execute_next(key, now);
            }
        }
    }

    fn leave_clients(&mut self, how: fn(SessionId) -> Output) {
        for id in std::mem::take(&mut self.desk.sessions).into_keys() {
            self.out.push_back(how(id));
        }
    }

    /// All of it is gone at once: clients see the end of their connections, and that is all (recording
    /// `server_crash_sigkill`).
    fn crash(&mut self, down: Duration, now: Instant) {
        self.leave_clients(Output::Close);
        self.channels.clear();
        self.uuids.clear();
        self.timers.clear();
        self.tasks = Tasks::default();
        self.desk.looks.clear();
        self.desk.late.clear();
        self.desk.unrest.end();
        self.troubles = Troubles::default();
        self.paused = false;
        self.desk.core_uuid = self.draw_uuid();
        self.out.push_back(Output::Down(now + down));
        self.booted_at = now + down;
    }

    /// A stop waits for the last call.
    pub(super) fn stop_when_idle(&mut self, now: Instant) {
        let Some(down) = self.troubles.stopping.filter(|_| self.channels.is_empty()) else {
            return;
        };
        self.say_goodbye();
        self.crash(down, now);
    }

    /// Tells clients that it ends, hangs up what there is, and closes their connections (recording `server_sigterm`).
    pub(super) fn say_goodbye(&mut self) {
        self.desk.tell("SHUTDOWN", |sheet| {
            sheet.header("Event-Info", "System Shutting Down")
        });
        let now = self.desk.now;
        for key in self.channels.keys().copied().collect::<Vec<_>>() {
            self.hang_up(key, Cause::SYSTEM_SHUTDOWN, now);
        }
        for session in self.desk.sessions.values_mut() {
            session.out.append(&mut session.events);
        }
        for id in self.desk.sessions.keys().copied().collect::<Vec<_>>() {
            self.end_session(id, SHUT_DOWN);
        }
    }
}
