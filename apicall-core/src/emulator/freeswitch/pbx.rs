//! The whole FreeSWITCH as one machine without sockets and clocks.

use super::super::faults::Fault;
use super::super::machine::{CallKey, Input, Machine, Output, SessionId};
use super::super::strain::{Work, count};
use super::super::timers::Timers;
use super::applications::KeySource;
use super::cause::Cause;
use super::channel::Channel;
use super::config::Config;
use super::events::Desk;
use super::outbound::addressed;
use super::scheduler::Tasks;
use super::session::{GOODBYE, Session};
use super::troubles::Troubles;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// A client that does not log in is closed after this (recording `auth_timeout_silent_client`).
const LOGIN_WITHIN: Duration = Duration::from_millis(24_600);

const TURNED_AWAY: &str =
    "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n";

/// What is due at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarm {
    /// A client that has not logged in is closed.
    LoginOver(SessionId),
    /// An API command that took its time is done.
    ApiOver(SessionId),
    /// A command that was to be run later.
    Task(u32),
    /// Something of a channel.
    Channel(CallKey, Due),
}

/// What is due of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// What the callee does next on the way to an answer.
    Next,
    /// Nobody waits longer for an answer.
    GiveUp,
    /// An act of the callee, by its place.
    Act(usize),
    /// The callee has pressed a key.
    Key(char),
    /// An application's own time is over.
    Application(u32),
    /// What waits to be executed is begun.
    Execute,
    /// A frame of audio, for whoever listens while that application runs.
    Frame(u32),
    /// It leaves what runs, for what it was transferred to.
    Transfer,
    /// `sched_hangup`
    HangUp(Cause),
}

/// The machine.
#[derive(Debug)]
pub(super) struct Pbx {
    pub config: Config,
    pub desk: Desk,
    pub channels: BTreeMap<CallKey, Channel>,
    /// Channels by their uuid.
    pub uuids: HashMap<String, CallKey>,
    pub timers: Timers<Alarm>,
    pub tasks: Tasks,
    pub random: StdRng,
    pub out: VecDeque<Output>,
    /// Channels and applications are counted.
    pub keys: u64,
    pub turns: u32,
    /// `fsctl pause`
    pub paused: bool,
    /// How many sessions there were in the second that is under way.
    pub second: (u64, u32),
    pub booted_at: Instant,
    pub troubles: Troubles,
}

impl Pbx {
    pub(super) fn new(config: Config, now: Instant, epoch_s: u64) -> Self {
        Self {
            desk: Desk::new(config.seed, now, epoch_s),
            random: StdRng::seed_from_u64(config.seed),
            config,
            channels: BTreeMap::new(),
            uuids: HashMap::new(),
            timers: Timers::default(),
            tasks: Tasks::default(),
            out: VecDeque::new(),
            keys: 0,
            turns: 0,
            paused: false,
            second: (0, 0),
            booted_at: now,
            troubles: Troubles::default(),
        }
    }

    pub(super) fn alarm(&mut self, key: CallKey, at: Instant, due: Due) {
        self.timers.set(at, Alarm::Channel(key, due));
    }

    pub(super) fn draw_uuid(&mut self) -> String {
        let drawn = uuid::Builder::from_random_bytes(self.random.random());
        drawn.into_uuid().to_string()
    }

    /// Asks a client who it is; who is not on the list is turned away (recording `acl_rude_rejection`).
    fn receive(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        if self.troubles.turns_away {
            session.raw(TURNED_AWAY);
            return self.end_session(id, GOODBYE);
        }
        session.raw("Content-Type: auth/request\n\n");
        self.timers.set(now + LOGIN_WITHIN, Alarm::LoginOver(id));
    }

    /// Ends a session, after what it has been sent.
    pub(super) fn end_session(&mut self, id: SessionId, words: &str) {
        if let Some(mut session) = self.desk.sessions.remove(&id) {
            session.part(words);
            self.out.push_back(Output::Say(id, session.out));
            self.out.push_back(Output::Close(id));
        }
    }

    fn login_over(&mut self, id: SessionId) {
        let waits = self.desk.sessions.get(&id).is_some_and(|session| !session.known);
        if waits {
            self.end_session(id, GOODBYE);
        }
    }

    fn channel_due(&mut self, key: CallKey, due: Due, now: Instant) {
        match due {
            Due::Next => self.proceed(key, now),
            Due::GiveUp => self.give_up(key, now),
            Due::Act(place) => self.act(key, place, now),
            Due::Key(pressed) => self.key_pressed(key, pressed, KeySource::Callee, now),
            Due::Application(turn) => self.application_over(key, turn, now),
            Due::Execute => self.execute_next(key, now),
            Due::Frame(turn) => self.frame_due(key, turn, now),
            Due::Transfer => self.transferred(key, now),
            Due::HangUp(cause) => self.hang_up(key, cause, now),
        }
    }
}

impl Machine for Pbx {
    /// A real one loses events instead, from 100,000 on, and has others wait (`docs/emulator.md`).
    const UNREAD_BYTES: usize = 256 * 1024 * 1024;

    /// A call's work begins with its originate.
    fn work(input: &Input) -> Work {
        let Input::Said(_, bytes) = input else {
            return Work {
                calls: 0.0,
                hangs_up: false,
            };
        };
        let calls = count(bytes, b"api originate ");
        let hangs_up = calls == 0.0 && count(bytes, b"api uuid_kill ") > 0.0;
        Work { calls, hangs_up }
    }

    fn handle(&mut self, input: Input, now: Instant) {
        self.desk.now = now;
        match input {
            Input::Opened(id) => {
                self.desk.sessions.insert(id, Session::new(now));
                self.receive(id, now);
            }
            Input::Said(id, bytes) => {
                if let Some(session) = self.desk.sessions.get_mut(&id) {
                    session.decoder.feed(&bytes);
                }
                self.work_for(id, now);
                if bytes.iter().all(u8::is_ascii_whitespace) {
                    self.desk.look(id);
                }
            }
            Input::Left(id) => {
                self.desk.sessions.remove(&id);
            }
            Input::LegOpened(key) => self.connected_out(key, now),
            Input::LegRefused(key) | Input::LegLeft(key) => self.left_out(key, now),
            Input::LegSaid(key, bytes) => self.said_out(key, &bytes, now),
            // It reads no call files.
            Input::Filed(_) => {}
        }
    }

    fn inflict(&mut self, fault: Fault, now: Instant) {
        self.suffer(fault, now);
    }

    fn expire(&mut self, now: Instant) {
        while let Some((at, alarm)) = self.timers.pop(now) {
            self.desk.now = at;
            match alarm {
                Alarm::LoginOver(id) => self.login_over(id),
                Alarm::ApiOver(id) => self.api_over(id, "+OK", at),
                Alarm::Task(id) => self.task_due(id, at),
                Alarm::Channel(key, due) => self.channel_due(key, due, at),
            }
        }
        self.desk.now = now;
        self.desk.tell_late();
        if self.troubles.stopping.is_some() {
            self.stop_when_idle(now);
        }
        self.troubles.stalled_until = self.troubles.stalled_until.filter(|until| *until > now);
    }

    fn next_due(&self) -> Option<Instant> {
        let all = [
            self.timers.next(),
            self.desk.late.next(),
            self.desk.looks.next(),
            self.troubles.stalled_until,
        ];
        all.into_iter().flatten().min()
    }

    fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.out.pop_front() {
            return Some(addressed(output));
        }
        if self.troubles.stalled_until.is_some() {
            return None;
        }
        let waiting = self.desk.sessions.iter_mut().find(|(_, s)| !s.out.is_empty());
        waiting.map(|(id, session)| addressed(Output::Say(*id, std::mem::take(&mut session.out))))
    }

    fn farewell(&mut self) {
        self.say_goodbye();
    }
}
