//! Placing a call, and a channel's way to an answer.

use super::super::course::{Course, Step, strokes};
use super::super::machine::CallKey;
use super::cause::Cause;
use super::channel::{CallState, Channel, Core, Order};
use super::pbx::{Due, Pbx};
use super::sip::Ending;
use super::strings::{DialString, split};
use super::transfer::wanted;
use super::variables::Variables;
use crate::model::{CALLEE_VARIABLE, Callee, Deed, TRANSFER_CALLEE_VARIABLE};
use std::sync::Arc;
use std::time::{Duration, Instant};

const USAGE: &str = "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] \
                     [<cid_num>] [<timeout_sec>]\n";
/// How long it rings when nothing is said.
const RINGS_S: u64 = 60;

/// Where a dial string leads.
enum Endpoint {
    /// `sofia/gateway/GATEWAY/NUMBER`
    Gateway { name: String, number: String },
    /// `loopback/EXTENSION/CONTEXT`; there is no dialplan, so it is a number.
    Loopback { number: String },
    /// `loopback/APPLICATIONS/CONTEXT/inline`: nobody is called. Of the two channels that FreeSWITCH makes there is one here, which is
    /// its own other.
    Beside { applications: String },
    /// It fails before there is a channel.
    Fails(Cause),
}

impl Endpoint {
    fn parse(text: &str) -> Self {
        let mut parts = text.splitn(4, '/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("sofia"), Some("gateway"), Some(name), Some(number)) => Self::Gateway {
                name: name.to_owned(),
                number: number.to_owned(),
            },
            (Some("loopback"), Some(applications), Some(_), Some("inline")) => Self::Beside {
                applications: applications.to_owned(),
            },
            (Some("loopback"), Some(number), ..) => Self::Loopback {
                number: number.to_owned(),
            },
            (Some("error"), Some(name), ..) => {
                Self::Fails(Cause::named(name).unwrap_or(Cause::NORMAL_CLEARING))
            }
            (Some("user"), ..) => Self::Fails(Cause::SUBSCRIBER_ABSENT),
            _ => Self::Fails(Cause::CHAN_NOT_IMPLEMENTED),
        }
    }
}

impl Pbx {
    /// `originate`, for whoever asked.
    pub(super) fn originate(&mut self, order: Order, arguments: &str, now: Instant) {
        let words = split(arguments, ' ', 10);
        if !(2..=7).contains(&words.len()) {
            return self.finish(order, USAGE, now);
        }
        let Some(dial) = DialString::parse(&words[0]) else {
            return self.fail(order, Cause::DESTINATION_OUT_OF_ORDER, now);
        };
        let timeout = words.get(6).and_then(|seconds| seconds.parse().ok());
        if let Ok(key) = self.place(order, dial, &[], timeout.unwrap_or(RINGS_S), now)
            && let Some(channel) = self.channels.get_mut(&key)
        {
            let dialplan = words.get(2).map_or("XML", String::as_str);
            (channel.wanted, channel.after) = match application(&words[1]) {
                Some(application) => (application, Default::default()),
                None => wanted(&words[1], dialplan),
            };
        }
    }

    /// Makes a channel and dials; without one whoever ordered it is told.
    pub(super) fn place(
        &mut self,
        order: Order,
        dial: DialString,
        inherited: &[(String, String)],
        timeout_s: u64,
        now: Instant,
    ) -> Result<CallKey, ()> {
        let given = |name: &str| dial.variables.iter().rev().find(|(known, _)| known == name);
        let uuid = given("origination_uuid").map(|(_, uuid)| uuid.clone());
        let uuid = uuid.unwrap_or_else(|| self.draw_uuid());
        if self.is_full() || self.uuids.contains_key(&uuid) {
            self.fail(order, Cause::DESTINATION_OUT_OF_ORDER, now);
            return Err(());
        }
        let endpoint = Endpoint::parse(&dial.endpoint);
        let beside = matches!(endpoint, Endpoint::Beside { .. });
        let (gateway, number) = match endpoint {
            Endpoint::Gateway { name, number } => (name, number),
            Endpoint::Loopback { number: to } | Endpoint::Beside { applications: to } => {
                ("loopback".to_owned(), to)
            }
            Endpoint::Fails(cause) => {
                self.fail(order, cause, now);
                return Err(());
            }
        };
        self.keys += 1;
        let key = self.keys;
        let name = format!("sofia/external/{number}");
        let mut channel = Channel::new(uuid, name, &number, &gateway, key);
        if let Some(cause) = self.gateway_fault(&gateway) {
            self.stillborn(channel);
            self.fail(order, cause, now);
            return Err(());
        }
        let bridged = matches!(order, Order::Bridge(_));
        channel.dialed_with(&dial.variables);
        let variable = if bridged {
            TRANSFER_CALLEE_VARIABLE
        } else {
            CALLEE_VARIABLE
        };
        channel.course = if beside {
            channel.is_its_own_other();
            Course::of(Arc::default())
        } else {
            Course::of(self.callee_of(variable, inherited, &channel))
        };
        channel.order = Some(order);
        let timeout_s = given("originate_timeout")
            .and_then(|(_, seconds)| seconds.parse().ok())
            .unwrap_or(timeout_s);
        self.uuids.insert(channel.uuid.clone(), key);
        self.channels.insert(key, channel);
        self.dial(key, timeout_s, now);
        Ok(key)
    }

    /// Neither paused, nor stopping, nor at its limits. Of N sessions a second N - 1 are let in.
    fn is_full(&mut self) -> bool {
        let second = self.desk.micros() / 1_000_000;
        if self.second.0 != second {
            self.second = (second, 0);
        }
        if self.paused || self.troubles.stopping.is_some() || self.channels.len() >= self.config.capacity {
            return true;
        }
        self.second.1 += 1;
        let most = self.config.sessions_per_second;
        most.is_some_and(|most| self.second.1 >= most)
    }

    fn gateway_fault(&self, name: &str) -> Option<Cause> {
        let listed = |list: &[String]| list.iter().any(|known| known == name);
        if listed(&self.config.gateways_missing) {
            Some(Cause::INVALID_GATEWAY)
        } else if listed(&self.config.gateways_down) {
            Some(Cause::GATEWAY_DOWN)
        } else {
            None
        }
    }

    /// A channel that came to nothing: all that is heard of it is its end (recording `originate_gateway_down`).
    fn stillborn(&mut self, mut channel: Channel) {
        channel.core = Core("CS_NONE", 0);
        channel.name = "N/A".to_owned();
        channel.made();
        self.desk.of("CHANNEL_DESTROY", &channel, &[]);
    }

    /// How a callee behaves: as the call says, or for a second leg the call that dials it; else by the rules.
    fn callee_of(&self, variable: &str, inherited: &[(String, String)], channel: &Channel) -> Arc<Callee> {
        let told = inherited.iter().find(|(name, _)| name == variable);
        let told = told.map(|(_, value)| value.as_str());
        let told = told.or_else(|| channel.variables.find(variable));
        let number = &channel.number;
        self.config.callees.told(told, variable, self.config.seed, number)
    }

    fn dial(&mut self, key: CallKey, timeout_s: u64, now: Instant) {
        let micros = self.desk.micros();
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        channel.times.created = micros;
        self.desk.plain("CHANNEL_OUTGOING", channel, &[]);
        channel.core = Core("CS_INIT", 1);
        self.desk.plain("CHANNEL_STATE", channel, &[]);
        channel.core = Core("CS_INIT", 2);
        self.desk.of("CHANNEL_CREATE", channel, &[]);
        self.desk.of("CHANNEL_ORIGINATE", channel, &[]);
        for core in [Core("CS_ROUTING", 2), Core("CS_CONSUME_MEDIA", 7)] {
            channel.core = core;
            self.desk.plain("CHANNEL_STATE", channel, &[]);
        }
        let silent = channel.course.begin();
        // Its clock has whole seconds (recording `originate_no_answer_timeout`).
        let until = (micros / 1_000_000 + timeout_s) * 1_000_000;
        self.alarm(key, now + Duration::from_micros(until - micros), Due::GiveUp);
        self.alarm(key, now + silent, Due::Next);
    }

    /// The callee's next step.
    pub(super) fn proceed(&mut self, key: CallKey, now: Instant) {
        let micros = self.desk.micros();
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        match channel.course.step() {
            None => {}
            Some(Step::Ring(lasts)) => {
                channel.reached();
                channel.times.progress = micros;
                self.desk.of("CHANNEL_PROGRESS", channel, &[]);
                self.desk.call_state(channel, CallState::Ringing);
                self.alarm(key, now + lasts, Due::Next);
            }
            Some(Step::EarlyMedia(lasts)) => {
                channel.early_media();
                channel.times.progress_media = micros;
                channel.answer_state = "early";
                self.desk.of("CHANNEL_PROGRESS_MEDIA", channel, &[]);
                self.desk.call_state(channel, CallState::Early);
                channel.early_codecs();
                self.desk.codecs(channel);
                self.alarm(key, now + lasts, Due::Next);
                self.early(key, now);
            }
            Some(Step::Answer) => self.answered(key, now),
            Some(Step::Refuse(status @ (300..=302 | 305))) if channel.is_true("outbound_redirect_fatal") => {
                self.end(
                    key,
                    Cause::REQUESTED_CHAN_UNAVAIL,
                    Ending::Redirected(status),
                    now,
                );
            }
            Some(Step::Refuse(status)) => {
                self.end(key, Cause::of_status(status), Ending::Refused(status), now);
            }
        }
    }

    /// Early media that is not ignored is as good as an answer, to an originate.
    fn early(&mut self, key: CallKey, now: Instant) {
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        let bridge = matches!(channel.order, Some(Order::Bridge(_)));
        if !channel.is_true("ignore_early_media") && !bridge {
            self.connected(key, now);
        }
    }

    fn answered(&mut self, key: CallKey, now: Instant) {
        let micros = self.desk.micros();
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        let heard = channel.read_codec.is_some();
        channel.media();
        if !heard {
            self.desk.codecs(channel);
        }
        channel.times.answered = micros;
        channel.answer_state = "answered";
        self.desk.of("CHANNEL_ANSWER", channel, &[]);
        channel.variables.set("endpoint_disposition", "ANSWER");
        self.on_answer(key, now);
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        self.desk.call_state(channel, CallState::Active);
        for (after, place) in channel.course.unprompted() {
            self.alarm(key, now + after, Due::Act(place));
        }
        self.connected(key, now);
    }

    /// The originate has come to an end: whoever ordered it is told, and the channel does what it was made for.
    fn connected(&mut self, key: CallKey, now: Instant) {
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        let Some(order) = channel.order.take() else { return };
        if let Order::Bridge(originator) = order {
            self.bridge(originator, key, now);
            return self.run_beside(key, now);
        }
        let caller = channel.caller_number().to_owned();
        channel.variables.set("pre_transfer_caller_id_number", caller);
        channel.variables.set("channel_cid_flipped", "yes");
        channel.flipped = true;
        self.desk
            .fronted("CALL_UPDATE", &[("Direction", "RECV")], channel);
        let uuid = channel.uuid.clone();
        channel.variables.set("call_uuid", uuid.clone());
        self.finish(order, &format!("+OK {uuid}\n"), now);
        self.run_wanted(key, now);
    }

    /// Somebody is connected to a channel that has applications of its own.
    fn run_beside(&mut self, key: CallKey, now: Instant) {
        let channel = self.channels.get(&key);
        if channel.is_some_and(|channel| !channel.wanted.0.is_empty()) {
            self.run_wanted(key, now);
        }
    }

    /// The time to answer is over.
    pub(super) fn give_up(&mut self, key: CallKey, now: Instant) {
        let channel = self.channels.get_mut(&key);
        let waits = channel.is_some_and(|channel| channel.order.is_some() && channel.course.give_up());
        if waits {
            self.end(key, Cause::NO_ANSWER, Ending::Ours, now);
        }
    }

    /// An act's time has come.
    pub(super) fn act(&mut self, key: CallKey, place: usize, now: Instant) {
        let Some(channel) = self.channels.get(&key) else {
            return;
        };
        match channel.course.deed(place) {
            Some(Deed::HangUp) => self.end(key, Cause::NORMAL_CLEARING, Ending::Bye, now),
            Some(Deed::Press(keys)) => {
                for (after, pressed) in strokes(&keys) {
                    self.alarm(key, now + after, Due::Key(pressed));
                }
            }
            None => {}
        }
    }

    pub(super) fn fail(&mut self, order: Order, cause: Cause, now: Instant) {
        self.finish(order, &format!("-ERR {}\n", cause.name()), now);
    }

    /// Tells who ordered an originate what came of it.
    pub(super) fn finish(&mut self, order: Order, text: &str, now: Instant) {
        match order {
            Order::Job(job) => self.desk.job_done(&job, text),
            Order::Api(id) => self.api_over(id, text, now),
            Order::Bridge(originator) => {
                let cause = text.strip_prefix("-ERR ").map_or(text, str::trim_end);
                self.not_bridged(
                    originator,
                    Cause::named(cause).unwrap_or(Cause::NO_ROUTE_DESTINATION),
                    now,
                );
            }
        }
    }
}

impl Channel {
    /// The variables of a channel that is being dialed.
    fn dialed_with(&mut self, given: &[(String, String)]) {
        self.dialed();
        for (name, value) in given.iter().filter(|(name, _)| Variables::is_name(name)) {
            self.variables.set(name, value.clone());
        }
        self.invited();
    }

    /// Nobody is called by it: its applications run.
    fn is_its_own_other(&mut self) {
        let uuid = self.uuid.clone();
        self.variables.set("other_loopback_leg_uuid", uuid);
        (self.wanted, self.after) = wanted(&self.number, "inline");
    }
}

/// `&application(argument)`; anything else is an extension.
fn application(text: &str) -> Option<(String, String)> {
    let call = text.strip_prefix('&')?;
    let (name, argument) = call.split_once('(').unwrap_or((call, ""));
    let argument = argument.strip_suffix(')').unwrap_or(argument);
    Some((name.to_owned(), argument.to_owned()))
}
