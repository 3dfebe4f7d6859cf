//! The whole PBX as one machine without sockets and clocks: it is handed what comes in, with the time, and asked what
//! goes out.

use super::super::faults::Fault;
use super::super::machine::{CallKey, Input, Machine, Output, SessionId};
use super::super::spool::Fate;
use super::super::strain::{Work, count};
use super::super::timers::Timers;
use super::agi::Agi;
use super::channel::{Channel, Party};
use super::config::Config;
use super::dial::Second;
use super::events::Desk;
use super::session::Session;
use super::troubles::Troubles;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A client that says nothing is closed after this (`authtimeout`).
const LOGIN_WITHIN: Duration = Duration::from_secs(30);

/// What is due at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarm {
    /// A manager that has not logged in is closed, and one that was refused is told so.
    LoginOver(SessionId),
    /// Something of a call.
    Call(CallKey, Due),
}

/// What is due of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It is dialed.
    Dial,
    /// What the callee does next on the way to an answer.
    Next(Side),
    /// Nobody waits longer for an answer.
    GiveUp(Side),
    /// An act of the callee, by its place.
    Act(Side, usize),
    /// Two have talked as long as they may.
    Part(Side),
    /// The caller has pressed a key.
    Key(char),
    /// A command's own time is over.
    Command(u32),
    /// An application's time is over.
    Application,
    /// What was late in its session is said.
    AgiLate,
    /// Its session has not come about.
    AgiNever,
}

/// Which leg of a call; second legs are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Second(u32),
}

/// A call that was originated, until its channel is gone.
#[derive(Debug)]
pub(super) struct Call {
    pub first: Channel,
    pub second: Option<Second>,
    pub seconds: u32,
    pub order: super::originate::Order,
    pub variables: Vec<(String, String)>,
    /// Shown once it is dialed.
    pub caller_id: Party,
    pub account: String,
    pub agi: Option<Agi>,
    /// Hung up, while its AGI session may go on.
    pub dead: bool,
    pub began_at: Instant,
}

/// The machine.
#[derive(Debug)]
pub(super) struct Pbx {
    pub config: Config,
    pub desk: Desk,
    pub calls: BTreeMap<CallKey, Call>,
    /// Live calls by their channel's Uniqueid.
    pub uniqueids: HashMap<String, CallKey>,
    pub globals: Vec<(String, String)>,
    pub timers: Timers<Alarm>,
    pub random: StdRng,
    pub out: VecDeque<Output>,
    /// What becomes of call files.
    pub files: VecDeque<Fate>,
    /// Counted for names and ids.
    pub keys: u64,
    /// What they were when it started.
    pub keys_at_boot: u64,
    pub channels: u32,
    pub commands: u32,
    pub booted_at: Instant,
    /// A moment, and its seconds since 1970.
    pub born_at: Instant,
    pub epoch_s: u64,
    pub troubles: Troubles,
}

impl Pbx {
    pub(super) fn new(config: Config, now: Instant, epoch_s: u64) -> Self {
        Self {
            desk: Desk::new(config.version, config.seed, now),
            random: StdRng::seed_from_u64(config.seed),
            config,
            calls: BTreeMap::new(),
            uniqueids: HashMap::new(),
            globals: Vec::new(),
            timers: Timers::default(),
            out: VecDeque::new(),
            files: VecDeque::new(),
            keys: 0,
            keys_at_boot: 0,
            channels: 0,
            commands: 0,
            booted_at: now,
            born_at: now,
            troubles: Troubles::default(),
            epoch_s,
        }
    }

    fn call_due(&mut self, key: CallKey, due: Due, now: Instant) {
        match due {
            Due::Dial => self.dial_first(key, now),
            Due::Next(side) => self.proceed(key, side, now),
            Due::GiveUp(side) => self.give_up(key, side, now),
            Due::Act(side, place) => self.act(key, side, place, now),
            Due::Part(side) => self.part_at_limit(key, side, now),
            Due::Key(pressed) => self.key_pressed(key, pressed, now),
            Due::Command(turn) => self.command_over(key, turn, now),
            Due::AgiLate => self.agi_late(key),
            Due::AgiNever => self.agi_over(key, "FAILURE", now),
            Due::Application => self.hang_up(key, 0, now),
        }
    }

    pub(super) fn alarm(&mut self, key: CallKey, at: Instant, due: Due) {
        self.timers.set(at, Alarm::Call(key, due));
    }

    /// A name for a new channel.
    pub(super) fn channel_name(&mut self, technology: &str, trunk: &str) -> String {
        let name = format!("{technology}/{trunk}-{:08x}", self.channels);
        self.channels = self.channels.wrapping_add(1);
        name
    }

    /// An id as Asterisk makes them: seconds, and a count.
    pub(super) fn draw_uniqueid(&self, now: Instant) -> String {
        let seconds = self.epoch_s + (now - self.born_at).as_secs();
        format!("{seconds}.{}", self.channels)
    }
}

impl Machine for Pbx {
    fn spool(&self) -> Option<PathBuf> {
        self.config.spool.clone()
    }

    fn poll_file(&mut self) -> Option<Fate> {
        self.files.pop_front()
    }

    /// Asterisk closes it (`docs/emulator.md`, observed with 22.10).
    const UNREAD_BYTES: usize = 4 * 1024 * 1024;

    /// An originate, or a call file, and the beginning of its session are half of a call's work each.
    fn work(input: &Input) -> Work {
        let (calls, hangs_up) = match input {
            Input::Said(_, bytes) => {
                let hangs_up = count(bytes, b"Action: Hangup") > 0.0;
                let originates = count(bytes, b"Action: Originate");
                (originates * 0.5, hangs_up && originates == 0.0)
            }
            Input::LegSaid(_, bytes) => (0.0, bytes.starts_with(b"HANGUP")),
            Input::LegOpened(_) | Input::Filed(_) => (0.5, false),
            _ => (0.0, false),
        };
        Work { calls, hangs_up }
    }

    fn handle(&mut self, input: Input, now: Instant) {
        self.desk.now = now;
        match input {
            Input::Opened(id) => {
                let mut session = Session::new();
                session.out = crate::wire::ami::banner(self.config.version.ami());
                self.desk.sessions.insert(id, session);
                self.timers.set(now + LOGIN_WITHIN, Alarm::LoginOver(id));
            }
            Input::Said(id, bytes) => self.manager_said(id, &bytes, now),
            Input::Left(id) => {
                self.desk.sessions.remove(&id);
            }
            Input::LegOpened(key) => self.agi_opened(key, now),
            Input::LegRefused(key) => self.agi_over(key, "FAILURE", now),
            Input::LegSaid(key, bytes) => self.agi_said(key, &bytes, now),
            Input::LegLeft(key) => self.agi_left(key, now),
            Input::Filed(file) => self.call_by_file(file, now),
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some((at, alarm)) = self.timers.pop(now) {
            self.desk.now = at;
            match alarm {
                Alarm::LoginOver(id) => self.login_over(id),
                Alarm::Call(key, due) => self.call_due(key, due, at),
            }
        }
        self.desk.now = now;
        self.desk.tell_late();
        if self.troubles.stopping.is_some() {
            self.stop_when_idle(now);
        }
        let stall_over = self.troubles.stalled_until.filter(|until| *until <= now);
        if stall_over.is_some() {
            self.troubles.stalled_until = None;
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let all = [
            self.timers.next(),
            self.desk.late.next(),
            self.troubles.stalled_until,
        ];
        all.into_iter().flatten().min()
    }

    fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.out.pop_front() {
            return Some(output);
        }
        if self.troubles.stalled_until.is_some() {
            return None;
        }
        let waiting = self.desk.sessions.iter_mut().find(|(_, s)| !s.out.is_empty());
        waiting.map(|(id, session)| Output::Say(*id, std::mem::take(&mut session.out)))
    }

    fn inflict(&mut self, fault: Fault, now: Instant) {
        self.suffer(fault, now);
    }

    fn farewell(&mut self) {
        self.say_goodbye();
    }
}

impl Call {
    /// Whether it shows: for a moment after its originate it does not.
    pub(super) fn has_channel(&self) -> bool {
        !self.first.course.is_queued()
    }

    /// The leg of that side, unless another took its place.
    pub(super) fn leg(&mut self, side: Side) -> Option<&mut Channel> {
        match side {
            Side::First => Some(&mut self.first),
            Side::Second(count) if count == self.seconds => {
                self.second.as_mut().map(|second| &mut second.channel)
            }
            Side::Second(_) => None,
        }
    }

    /// Both legs of a side's dial: who is dialed, and who dials if it is a transfer.
    pub(super) fn legs(&self, side: Side) -> Option<(Option<&Channel>, &Channel)> {
        match (side, &self.second) {
            (Side::First, _) => Some((None, &self.first)),
            (Side::Second(count), Some(second)) if count == self.seconds => {
                Some((Some(&self.first), &second.channel))
            }
            _ => None,
        }
    }

    /// A channel variable, as the dialplan sees it.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let Party { num, name: shown } = &self.first.caller;
        match name {
            "CALLERID(num)" => num.clone(),
            "CALLERID(name)" => shown.clone(),
            "CHANNEL" | "CHANNEL(name)" => Some(self.first.name.clone()),
            "CHANNEL(state)" => Some(self.first.state.text().to_owned()),
            "UNIQUEID" | "CHANNEL(uniqueid)" => Some(self.first.uniqueid.clone()),
            "LINKEDID" => Some(self.first.linkedid.clone()),
            "ACCOUNTCODE" => Some(self.first.account.clone()),
            "EXTEN" => Some(self.first.exten.to_owned()),
            "HANGUPCAUSE" => Some(self.first.cause.to_string()),
            _ => find(&self.variables, name).map(str::to_owned),
        }
    }

    /// Sets one.
    pub(super) fn set_variable(&mut self, name: &str, value: &str) {
        match name {
            "CALLERID(num)" => self.first.caller.num = Some(value.to_owned()),
            "CALLERID(name)" => self.first.caller.name = Some(value.to_owned()),
            _ => set(&mut self.variables, name, value),
        }
    }
}

/// The value of a variable; inherited ones are asked for without their underscores.
pub(super) fn find<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = variables.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// Sets a variable; leading underscores make it inherited, and are no part of its name.
pub(super) fn set(variables: &mut Vec<(String, String)>, name: &str, value: &str) {
    let name = name.trim_start_matches('_');
    match variables.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => value.clone_into(old),
        None => variables.push((name.to_owned(), value.to_owned())),
    }
}
