//! Applications on a channel: what is executed, within what, and how it ends.
//!
//! What a client sends runs within what runs already, unless that came with `event-lock`; then it waits (recording
//! `outbound_async_full_queue_break_errors`). What runs within holds up what is around it.

use super::super::machine::CallKey;
use super::cause::Cause;
use super::channel::{Channel, live};
use super::gather::Gather;
use super::pbx::{Due, Pbx};
use super::sip::Ending;
use super::strings::DialString;
use super::transfer::EXECUTES;
use super::variables::Variables;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Something to be executed.
#[derive(Debug, Clone)]
pub(super) struct Execute {
    pub application: String,
    pub argument: String,
    /// `Event-UUID`, which comes back as `Application-UUID`.
    pub uuid: String,
    /// Nothing else begins before it has ended.
    pub lock: bool,
}

/// An application under way.
#[derive(Debug)]
pub(super) struct Running {
    pub execute: Execute,
    pub work: Work,
    /// Sent by a client.
    sent: bool,
    /// By which its alarms know it.
    pub turn: u32,
    began_at: Instant,
    /// When its own time is over, if it has one; while it is held up, how much is left.
    until: Option<Instant>,
    left: Option<Duration>,
}

/// What an application is busy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// Its end follows at once.
    Instant,
    /// Somebody is to be connected to, who will drive the channel.
    Connect,
    /// Who is sent what is heard meanwhile.
    Park {
        heard_at: Option<SocketAddr>,
    },
    Play(String),
    Record(String),
    Gather(Box<Gather>),
    Sleep,
    /// The channel that is dialed or connected.
    Bridge(Option<CallKey>),
}

/// Where a key comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeySource {
    /// The callee, by RFC 2833.
    Callee,
    /// A client says so.
    Client,
}

impl KeySource {
    fn name(self) -> &'static str {
        match self {
            Self::Callee => "RTP",
            Self::Client => "APP",
        }
    }

    fn duration(self) -> &'static str {
        match self {
            Self::Callee => "800",
            Self::Client => "2000",
        }
    }
}

/// Those that are known, and are more than a word in the log.
const KNOWN: [&str; 16] = [
    "answer",
    "bridge",
    "echo",
    "hangup",
    "info",
    "log",
    "park",
    "play_and_get_digits",
    "playback",
    "pre_answer",
    "record",
    "sched_hangup",
    "set",
    "sleep",
    "socket",
    "unset",
];
impl Pbx {
    /// Begins what the channel was originated for.
    pub(super) fn run_wanted(&mut self, key: CallKey, now: Instant) {
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        let (application, argument) = channel.wanted.clone();
        channel.core = EXECUTES;
        channel.hit_dialplan = true;
        self.desk.plain("CHANNEL_STATE", channel, &[]);
        if application.is_empty() {
            return self.end(key, Cause::NO_ROUTE_DESTINATION, Ending::Ours, now);
        }
        self.run_own(key, application, argument, now);
    }

    /// `execute_on_answer`
    pub(super) fn on_answer(&mut self, key: CallKey, now: Instant) {
        let uuid = self.draw_uuid();
        let told = self.channels.get(&key).and_then(|channel| {
            let told = channel.variables.find("execute_on_answer")?;
            let (application, argument) = told.split_once(' ').unwrap_or((told, ""));
            Some((application.to_owned(), argument.to_owned()))
        });
        if let Some((application, argument)) = told {
            let execute = Execute {
                application,
                argument,
                uuid,
                lock: false,
            };
            self.begin(key, execute, false, now);
        }
    }

    /// Begins what waits, as long as nothing that runs forbids it.
    pub(super) fn execute_next(&mut self, key: CallKey, now: Instant) {
        while let Some(channel) = self.channels.get_mut(&key) {
            let locked = channel.running.iter().any(|running| running.execute.lock);
            let never = self.troubles.leg_never;
            if never || channel.running.is_empty() || locked || channel.cause.is_some() {
                return;
            }
            let Some(execute) = channel.queue.pop_front() else {
                return;
            };
            self.begin(key, execute, true, now);
        }
    }

    fn begin(&mut self, key: CallKey, execute: Execute, sent: bool, now: Instant) {
        if !KNOWN.contains(&execute.application.as_str()) {
            return self.end(key, Cause::DESTINATION_OUT_OF_ORDER, Ending::Ours, now);
        }
        self.turns = self.turns.wrapping_add(1);
        let turn = self.turns;
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        if let Some(around) = channel.running.last_mut() {
            around.hold_up(now);
        }
        channel.begins(&execute, sent);
        let told = execute.told(None);
        self.desk.of("CHANNEL_EXECUTE", channel, &told);
        if !execute.argument.is_empty() {
            channel
                .variables
                .set("current_application", execute.application.clone());
        }
        let began = execute.clone();
        channel.running.push(Running {
            execute,
            work: Work::Instant,
            sent,
            turn,
            began_at: now,
            until: None,
            left: None,
        });
        self.start(key, &began, now);
    }

    fn start(&mut self, key: CallKey, execute: &Execute, now: Instant) {
        let argument = execute.argument.as_str();
        match execute.application.as_str() {
            "park" => {
                self.busy(key, Work::Park { heard_at: None }, None, now);
                if let Some(channel) = self.channels.get(&key) {
                    self.desk.of("CHANNEL_PARK", channel, &[]);
                }
            }
            "socket" => self.connect_out(key, argument, now),
            "echo" => self.busy(key, Work::Sleep, None, now),
            "sleep" => {
                let time = Duration::from_millis(argument.parse().unwrap_or(0));
                self.busy(key, Work::Sleep, Some(time), now);
            }
            "play_and_get_digits" => self.gather(key, argument, now),
            "playback" => self.play(key, argument, now),
            "record" => self.record(key, argument, now),
            "bridge" => self.dial_second(key, argument, now),
            "hangup" => {
                let cause = Cause::named(argument).unwrap_or(Cause::NORMAL_CLEARING);
                self.end(key, cause, Ending::Ours, now);
            }
            "sched_hangup" => {
                let mut words = argument.split_whitespace();
                let after = words.next().map(|word| word.trim_start_matches('+'));
                let after = after.and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
                let cause = words.next().and_then(Cause::named);
                let due = Due::HangUp(cause.unwrap_or(Cause::ALLOTTED_TIMEOUT));
                self.alarm(key, now + Duration::from_secs(after), due);
                self.complete(key, now);
            }
            "set" | "unset" => {
                let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
                if let Some(channel) = self.channels.get_mut(&key).filter(|_| Variables::is_name(name)) {
                    channel.variables.unset(name);
                    if !value.is_empty() {
                        channel.variables.set(name, value);
                    }
                }
                self.complete(key, now);
            }
            _ => self.complete(key, now),
        }
    }

    pub(super) fn busy(&mut self, key: CallKey, work: Work, time: Option<Duration>, now: Instant) {
        let channel = self.channels.get_mut(&key);
        let Some(running) = channel.and_then(|channel| channel.running.last_mut()) else {
            return;
        };
        running.work = work;
        running.began_at = now;
        running.until = time.map(|time| now + time);
        if let Some(until) = running.until {
            let turn = running.turn;
            self.alarm(key, until, Due::Application(turn));
        }
    }

    /// Dials somebody to be connected to.
    fn dial_second(&mut self, key: CallKey, argument: &str, now: Instant) {
        self.busy(key, Work::Bridge(None), None, now);
        let Some(dial) = DialString::parse(argument) else {
            return self.not_bridged(key, Cause::DESTINATION_OUT_OF_ORDER, now);
        };
        let inherited: Vec<_> = self
            .channels
            .get(&key)
            .map(Channel::callees_told)
            .unwrap_or_default();
        let order = super::channel::Order::Bridge(key);
        let Ok(second) = self.place(order, dial, &inherited, 60, now) else {
            return;
        };
        let channel = self.channels.get_mut(&key);
        if let Some(running) = channel.and_then(|channel| channel.running.last_mut()) {
            running.work = Work::Bridge(Some(second));
        }
    }

    /// An application's own time is over.
    pub(super) fn application_over(&mut self, key: CallKey, turn: u32, now: Instant) {
        let channel = self.channels.get(&key);
        let running = channel.and_then(|channel| channel.running.last());
        let over =
            |running: &&Running| running.turn == turn && running.until.is_some_and(|until| until <= now);
        match running.filter(over).map(|running| running.work.clone()) {
            Some(Work::Gather(gather)) => self.gather_over(key, *gather, now),
            Some(_) => self.stop(key, "done", now),
            None => {}
        }
    }

    /// A key was pressed: by the callee, or as somebody says (`uuid_recv_dtmf`).
    pub(super) fn key_pressed(&mut self, key: CallKey, pressed: char, source: KeySource, now: Instant) {
        let Some(channel) = live(&mut self.channels, key) else {
            return;
        };
        channel.digits.push(pressed);
        let digit = pressed.to_string();
        let told = [
            ("DTMF-Digit", digit.as_str()),
            ("DTMF-Duration", source.duration()),
            ("DTMF-Source", source.name()),
        ];
        self.desk.plain("DTMF", channel, &told);
        let stops = match channel.variables.find("playback_terminators").unwrap_or("*") {
            "none" => false,
            "any" => true,
            keys => keys.contains(pressed),
        };
        let work = channel.running.last().map(|running| &running.work);
        if let Some(Work::Gather(gather)) = work {
            let gather = Gather::clone(gather);
            return self.gather_key(key, gather, pressed, now);
        }
        if stops && matches!(work, Some(Work::Play(_) | Work::Record(_))) {
            channel.variables.set("playback_terminator_used", digit);
            self.stop(key, "break", now);
        }
    }

    /// `uuid_break`: what waits counts only with `all`. A channel that is only parked has nothing to break.
    pub(super) fn break_off(&mut self, key: CallKey, all: bool, now: Instant) {
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        if all {
            channel.queue.clear();
        }
        let work = channel.running.last().map(|running| &running.work);
        if matches!(work, Some(Work::Play(_) | Work::Record(_) | Work::Sleep)) {
            self.stop(key, "break", now);
        }
    }

    /// Ends the application that runs within all others.
    pub(super) fn stop(&mut self, key: CallKey, how: &str, now: Instant) {
        self.say_stopped(key, how, "FILE PLAYED", now);
        self.complete(key, now);
    }

    /// The innermost application has ended: says so, and goes on with the one around it.
    pub(super) fn complete(&mut self, key: CallKey, now: Instant) {
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        let Some(running) = channel.running.pop() else {
            return;
        };
        let response = channel.variables.find("current_application_response");
        let response = response.unwrap_or("_none_").to_owned();
        let told = running.execute.told(Some(&response));
        self.desk.of("CHANNEL_EXECUTE_COMPLETE", channel, &told);
        if running.sent {
            channel.variables.unset("current_loop");
            channel.variables.unset("total_loops");
        }
        if channel.cause.is_some() {
            return;
        }
        let executes = channel.core == EXECUTES;
        match channel.running.last_mut() {
            None if executes => return self.run_after(key, now),
            None => return,
            Some(around) => {
                if let Some(left) = around.left.take() {
                    let (turn, until) = (around.turn, now + left);
                    around.until = Some(until);
                    self.alarm(key, until, Due::Application(turn));
                }
            }
        }
        self.execute_next(key, now);
    }

    /// Runs an application that nobody sent.
    fn run_own(&mut self, key: CallKey, application: String, argument: String, now: Instant) {
        let execute = Execute {
            application,
            argument,
            uuid: self.draw_uuid(),
            lock: false,
        };
        self.begin(key, execute, false, now);
        self.execute_next(key, now);
    }

    /// The next application of its dialplan, after which there may be none.
    fn run_after(&mut self, key: CallKey, now: Instant) {
        let channel = self.channels.get_mut(&key);
        let Some((application, argument)) = channel.and_then(|channel| channel.after.pop_front()) else {
            return self.end(key, Cause::NORMAL_CLEARING, Ending::Ours, now);
        };
        self.run_own(key, application, argument, now);
    }

    /// The channel is hung up: all that runs on it ends, from within.
    pub(super) fn unwind(&mut self, key: CallKey, now: Instant) {
        while let Some(running) = self.channels.get(&key).and_then(|channel| channel.running.last()) {
            let drives = running.execute.application == "socket";
            if let Work::Bridge(Some(second)) = running.work {
                self.leave_second(key, second, now);
            }
            if drives {
                self.hang_up_out(key);
            }
            self.say_stopped(key, "done", "PLAYBACK ERROR", now);
            self.complete(key, now);
        }
    }
}

impl Execute {
    /// As events show it.
    fn told<'a>(&'a self, response: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
        let mut told = vec![("Application", self.application.as_str())];
        if !self.argument.is_empty() {
            told.push(("Application-Data", &self.argument));
        }
        told.extend(response.map(|response| ("Application-Response", response)));
        told.push(("Application-UUID", &self.uuid));
        told
    }
}

impl Running {
    /// Something runs within: its own time stands still, and alarms it has set are void.
    fn hold_up(&mut self, now: Instant) {
        if let Some(until) = self.until.take() {
            self.left = Some(until.saturating_duration_since(now));
            self.turn = self.turn.wrapping_add(u32::MAX / 2);
        }
    }

    pub(super) fn took(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began_at)
    }
}

impl Channel {
    /// The variables that an application finds.
    fn begins(&mut self, execute: &Execute, sent: bool) {
        let Execute {
            application,
            argument,
            ..
        } = execute;
        self.last = Some((application.clone(), argument.clone()));
        self.variables.unset("current_application_response");
        if sent {
            self.variables.set("current_loop", "1");
            self.variables.set("total_loops", "1");
        }
        self.variables.set("current_application", application.clone());
        if argument.is_empty() {
            self.variables.unset("current_application_data");
        } else {
            self.variables.set("current_application_data", argument.clone());
        }
    }

    /// What the call says of whom it is transferred to.
    fn callees_told(&self) -> Vec<(String, String)> {
        let name = crate::model::TRANSFER_CALLEE_VARIABLE;
        let told = self.variables.find(name);
        told.map(|told| (name.to_owned(), told.to_owned()))
            .into_iter()
            .collect()
    }
}
