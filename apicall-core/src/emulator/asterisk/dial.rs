//! `Dial`: a second leg, and the two talking.

use super::super::course::Course;
use super::super::machine::CallKey;
use super::channel::{Channel, Destination, Party, State, cause_of, dial_status};
use super::config::Version;
use super::pbx::{Call, Due, Pbx, Side};
use crate::model::TRANSFER_CALLEE_VARIABLE;
use crate::wire::agi::Reply;
use rand::RngExt;
use std::time::{Duration, Instant};

/// The longest that is waited for an answer when `Dial` does not say (`app_dial.c`: for ever).
const FOR_EVER: Duration = Duration::from_secs(86_400);

/// A second leg, and what `Dial` was told.
#[derive(Debug)]
pub(super) struct Second {
    pub channel: Channel,
    pub began_at: Instant,
    /// The bridge's id, once they talk.
    pub bridge: Option<String>,
    /// As they were given.
    pub arguments: String,
    /// Option `g`: the caller goes on when the other hangs up.
    goes_on: bool,
    /// Option `i`: a redirect is a refusal.
    ignores_redirects: bool,
    /// Option `L`: how long they may talk.
    limit: Option<Duration>,
}

/// `channel,timeout,options`
#[derive(Debug)]
struct Arguments {
    to: Option<Destination>,
    timeout: Duration,
    goes_on: bool,
    ignores_redirects: bool,
    limit: Option<Duration>,
}

impl Arguments {
    fn parse(text: &str) -> Self {
        let mut parts = text.splitn(3, ',');
        let to = parts.next().and_then(Destination::parse);
        let seconds = parts.next().and_then(|seconds| seconds.parse::<f64>().ok());
        let options = parts.next().unwrap_or_default();
        let (plain, limit) = match options.split_once("L(") {
            Some((before, rest)) => {
                let (limit, after) = rest.split_once(')').unwrap_or((rest, ""));
                let ms = limit.split(':').next().and_then(|ms| ms.parse().ok());
                (format!("{before}{after}"), ms.map(Duration::from_millis))
            }
            None => (options.to_owned(), None),
        };
        let timeout = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self {
            to,
            timeout: timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(FOR_EVER),
            goes_on: plain.contains('g'),
            ignores_redirects: plain.contains('i'),
            limit,
        }
    }
}

/// What became of a dial, as `DIALSTATUS`.
fn status_of(cause: u16) -> &'static str {
    match cause {
        16 | 19 => "NOANSWER",
        17 => "BUSY",
        34 | 42 => "CONGESTION",
        _ => "CHANUNAVAIL",
    }
}

impl Pbx {
    /// Begins a dial; its reply when it is over at once.
    pub(super) fn dial(&mut self, key: CallKey, text: &str, now: Instant) -> Option<Reply> {
        let arguments = Arguments::parse(text);
        let known = |to: &Destination| to.technology == "Local" || self.config.version.speaks(&to.technology);
        let to = arguments.to.clone().filter(known);
        let name = to.as_ref().map(|to| (to.technology.clone(), to.trunk.clone()));
        let name = name.map(|(technology, trunk)| self.channel_name(&technology, &trunk));
        let uniqueid = self.draw_uniqueid(now);
        let given = self.calls.get(&key).map(|call| &call.variables)?;
        let callee = to
            .as_ref()
            .map(|to| self.callee_of(TRANSFER_CALLEE_VARIABLE, given, &to.number));
        let call = self.calls.get_mut(&key)?;
        for name in ["DIALSTATUS", "DIALEDTIME", "ANSWEREDTIME", "DIALEDPEERNAME"] {
            call.set_variable(name, "");
        }
        let (Some(to), Some(name), Some(callee)) = (to, name, callee) else {
            call.set_variable("DIALSTATUS", "CHANUNAVAIL");
            call.first.cause = 3;
            return Some(Reply::of(0));
        };
        let mut channel = Channel::to(to, uniqueid);
        (channel.name, channel.course) = (name, Course::of(callee));
        channel.linkedid.clone_from(&call.first.uniqueid);
        channel.account.clone_from(&call.first.account);
        let wait = channel.course.begin();
        call.seconds += 1;
        let side = Side::Second(call.seconds);
        call.second = Some(Second {
            channel,
            began_at: now,
            bridge: None,
            arguments: text.to_owned(),
            goes_on: arguments.goes_on,
            ignores_redirects: arguments.ignores_redirects,
            limit: arguments.limit,
        });
        self.tell_of_second(key);
        self.alarm(key, now + arguments.timeout, Due::GiveUp(side));
        self.alarm(key, now + wait, Due::Next(side));
        None
    }

    /// The second leg comes to be.
    fn tell_of_second(&mut self, key: CallKey) {
        let Some(Call {
            first,
            second: Some(Second { channel, .. }),
            ..
        }) = self.calls.get_mut(&key)
        else {
            return;
        };
        self.desk.new_channel(channel);
        self.desk.new_exten(channel, "AppDial", "(Outgoing Line)");
        channel.caller = Party {
            num: Some("s".to_owned()),
            name: first.caller.name.clone(),
        };
        self.desk.new_caller_id(channel);
        channel.connected = first.caller.clone();
        self.desk.new_connected_line(channel);
        self.desk.dial_begun(Some(first), channel);
        self.desk.new_connected_line(first);
    }

    pub(super) fn second_answered(&mut self, key: CallKey, now: Instant) {
        let bridge = uuid::Builder::from_random_bytes(self.random.random()).into_uuid();
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(second) = &mut call.second else { return };
        second.channel.state = State::Up;
        second.channel.answered_at = Some(now);
        let bridge = bridge.to_string();
        self.desk.new_state(&second.channel);
        self.desk.dial_ended(Some(&call.first), &second.channel, "ANSWER");
        second.channel.exten = "";
        self.desk.bridge("BridgeCreate", &bridge, 0, None);
        self.desk.bridge("BridgeEnter", &bridge, 1, Some(&second.channel));
        self.desk.bridge("BridgeEnter", &bridge, 2, Some(&call.first));
        second.bridge = Some(bridge);
        let (side, limit) = (Side::Second(call.seconds), second.limit);
        if call.dead {
            return self.part(key, now, -1);
        }
        if let Some(limit) = limit {
            self.alarm(key, now + limit, Due::Part(side));
        }
        self.act_unprompted(key, side, now);
    }

    pub(super) fn second_refused(&mut self, key: CallKey, status: u16, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(mut second) = call.second.take() else {
            return;
        };
        let channel = &mut second.channel;
        if second.ignores_redirects && (300..400).contains(&status) {
            // `app_dial.c`, and the lab's 24.
            call.set_variable("DIALSTATUS", "BUSY");
            let to = channel.number.clone();
            self.desk.dial_redirected(channel, &to);
        } else {
            let cause = cause_of(status);
            (channel.cause, channel.tech) = (cause, Some(status));
            (call.first.cause, call.first.tech) = (cause, Some(status));
            call.set_variable("DIALSTATUS", status_of(cause));
            self.desk.hangup_requested(channel);
            self.desk
                .dial_ended(Some(&call.first), channel, dial_status(cause));
        }
        self.finish_command(key, &Reply::of(0), now);
        self.desk.hung_up(&second.channel);
    }

    pub(super) fn second_not_answered(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(second) = call.second.take() else { return };
        call.set_variable("DIALSTATUS", "NOANSWER");
        self.desk
            .dial_ended(Some(&call.first), &second.channel, "NOANSWER");
        self.finish_command(key, &Reply::of(0), now);
        self.desk.hung_up(&second.channel);
    }

    /// Who was called hangs up.
    pub(super) fn second_leaves(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(second) = &mut call.second else { return };
        if self.config.version == Version::V22 {
            second.channel.cause = 16;
        }
        self.desk.hangup_requested(&second.channel);
        let result = if second.goes_on { 0 } else { -1 };
        self.part(key, now, result);
    }

    /// They have talked as long as they may.
    pub(super) fn part_at_limit(&mut self, key: CallKey, side: Side, now: Instant) {
        let talking = self.calls.get_mut(&key).and_then(|call| call.leg(side)).is_some();
        if talking {
            self.part(key, now, 0);
        }
    }

    /// Ends a talk, and the dial with it.
    fn part(&mut self, key: CallKey, now: Instant, result: i8) {
        if self.end_second(key, now) {
            self.finish_command(key, &Reply::of(result), now);
        }
    }

    /// Ends the second leg, whatever its state, and says how the dial went; whether there was one.
    pub(super) fn end_second(&mut self, key: CallKey, now: Instant) -> bool {
        let Some(call) = self.calls.get_mut(&key) else {
            return false;
        };
        let Some(mut second) = call.second.take() else {
            return false;
        };
        let Some(bridge) = &second.bridge else {
            call.set_variable("DIALSTATUS", "CANCEL");
            self.desk.dial_ended(Some(&call.first), &second.channel, "CANCEL");
            self.desk.hung_up(&second.channel);
            return true;
        };
        let (leaves, stays) = if call.dead {
            (&call.first, &second.channel)
        } else {
            (&second.channel, &call.first)
        };
        self.desk.bridge("BridgeLeave", bridge, 1, Some(leaves));
        self.desk.bridge("BridgeLeave", bridge, 0, Some(stays));
        self.desk.bridge("BridgeDestroy", bridge, 0, None);
        second.channel.cause = 16;
        self.desk.hung_up(&second.channel);
        call.first.cause = 16;
        // Counted from the caller's own answer, as recorded.
        let answered_at = call.first.answered_at.unwrap_or(now);
        let peer = second.channel.name;
        call.set_variable("DIALSTATUS", "ANSWER");
        call.set_variable("DIALEDTIME", &(now - second.began_at).as_secs().to_string());
        call.set_variable("ANSWEREDTIME", &(now - answered_at).as_secs().to_string());
        call.set_variable("DIALEDPEERNAME", &peer);
        true
    }
}
