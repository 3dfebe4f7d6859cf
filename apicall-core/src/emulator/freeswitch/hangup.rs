//! Two channels connected, and a channel's end.

use super::super::machine::CallKey;
use super::applications::Work;
use super::cause::Cause;
use super::channel::{CallState, Channel, Core, Role, Times, live};
use super::events::Desk;
use super::pbx::Pbx;
use super::sip::Ending;
use rand::RngExt;
use std::time::Instant;

/// How often an originate's failure is told before the hang-up of its channel; they come in either order.
const TOLD_FIRST: f64 = 0.25;

impl Pbx {
    /// Connects a second leg that was answered.
    pub(super) fn bridge(&mut self, first: CallKey, second: CallKey, now: Instant) {
        let micros = self.desk.micros();
        let Some(mut peer) = self.channels.remove(&second) else {
            return;
        };
        let Some(caller) = live(&mut self.channels, first) else {
            self.channels.insert(second, peer);
            return self.end(second, Cause::ORIGINATOR_CANCEL, Ending::Ours, now);
        };
        for (name, value) in [("originate_disposition", "SUCCESS"), ("DIALSTATUS", "SUCCESS")] {
            caller.variables.set(name, value);
        }
        peer.variables.set("call_uuid", caller.uuid.clone());
        peer.core = Core("CS_EXCHANGE_MEDIA", 5);
        (caller.times.bridged, peer.times.bridged) = (micros, micros);
        (caller.other, peer.other) = (Some((second, Role::Originator)), Some((first, Role::Originatee)));
        self.desk.plain("CHANNEL_STATE", &peer, &[]);
        self.desk.of_two("CHANNEL_BRIDGE", caller, &peer.uuid);
        caller.is_connected_to(&peer);
        peer.is_connected_to(caller);
        self.channels.insert(second, peer);
    }

    /// A second leg came to nothing.
    pub(super) fn not_bridged(&mut self, first: CallKey, cause: Cause, now: Instant) {
        let Some(caller) = live(&mut self.channels, first) else {
            return;
        };
        let status = match cause.name() {
            "ORIGINATOR_CANCEL" => "CANCEL",
            "USER_BUSY" => "BUSY",
            "NO_ANSWER" => "NOANSWER",
            "DESTINATION_OUT_OF_ORDER" => "INVALIDARGS",
            "CALL_REJECTED" => "DONTCALL",
            name => name,
        };
        for (name, value) in [
            ("originate_disposition", cause.name()),
            ("DIALSTATUS", status),
            ("originate_failed_cause", cause.name()),
        ] {
            caller.variables.set(name, value);
        }
        let goes_on = caller.is_true("continue_on_fail");
        if goes_on {
            self.complete(first, now);
        } else {
            self.end(first, cause, Ending::Ours, now);
        }
    }

    /// Whoever dialed is gone: the second leg goes as well.
    pub(super) fn leave_second(&mut self, first: CallKey, second: CallKey, now: Instant) {
        let talks = self
            .channels
            .get(&second)
            .is_some_and(|peer| peer.other.is_some());
        if let Some(peer) = self.channels.get_mut(&second) {
            peer.other = None;
        }
        let cause = if talks {
            Cause::NORMAL_CLEARING
        } else {
            Cause::ORIGINATOR_CANCEL
        };
        self.end(second, cause, Ending::Ours, now);
        if talks {
            self.unbridge(first, cause);
        }
    }

    /// Two are no longer connected.
    fn unbridge(&mut self, first: CallKey, cause: Cause) {
        let Some(caller) = self.channels.get_mut(&first) else {
            return;
        };
        caller.other = None;
        let peer = caller
            .variables
            .find("bridge_uuid")
            .unwrap_or_default()
            .to_owned();
        caller.variables.unset("bridge_to");
        caller.variables.set("bridge_hangup_cause", cause.name());
        self.desk.of_two("CHANNEL_UNBRIDGE", caller, &peer);
    }

    /// Somebody on our side ends a channel.
    pub(super) fn hang_up(&mut self, key: CallKey, cause: Cause, now: Instant) {
        self.end(key, cause, Ending::Ours, now);
    }

    /// Ends a channel, once.
    pub(super) fn end(&mut self, key: CallKey, cause: Cause, ending: Ending, now: Instant) {
        let Some(channel) = live(&mut self.channels, key) else {
            return;
        };
        channel.course.end();
        channel.queue.clear();
        channel.cause = Some(cause);
        channel.answer_state = "hangup";
        channel.core.1 = 10;
        channel.hangup_begins(ending);
        self.desk.of("CHANNEL_HANGUP", channel, &[]);
        channel.hangup_begun(ending);
        self.unwind(key, now);
        let told_first = self.random.random_bool(TOLD_FIRST);
        if told_first {
            self.tell_failure(key, cause, now);
        }
        self.report(key, ending);
        self.tell_failure(key, cause, now);
        let Some(mut channel) = self.channels.remove(&key) else {
            return;
        };
        self.uuids.remove(&channel.uuid);
        channel.core.1 = 12;
        self.desk.of("CHANNEL_DESTROY", &channel, &[]);
        channel.core.0 = "CS_DESTROY";
        self.desk.plain("CHANNEL_STATE", &channel, &[]);
        if let Some((first, Role::Originatee)) = channel.other {
            self.peer_left(first, cause, now);
        }
    }

    fn tell_failure(&mut self, key: CallKey, cause: Cause, now: Instant) {
        let order = self
            .channels
            .get_mut(&key)
            .and_then(|channel| channel.order.take());
        if let Some(order) = order {
            self.fail(order, cause, now);
        }
    }

    /// The last that is told of a channel, with all its times.
    fn report(&mut self, key: CallKey, ending: Ending) {
        let micros = self.desk.micros();
        let Some(channel) = self.channels.get_mut(&key) else {
            return;
        };
        channel.core = Core("CS_HANGUP", 10);
        self.desk.plain("CHANNEL_STATE", channel, &[]);
        self.desk.call_state(channel, CallState::Hangup);
        channel.core = Core("CS_REPORTING", 11);
        self.desk.plain("CHANNEL_STATE", channel, &[]);
        channel.times.hangup = micros;
        channel.set_record(&mut self.desk);
        channel.hangup_ends(ending);
        let cause = channel.cause.map_or("NONE", Cause::name);
        self.desk
            .fronted("CHANNEL_HANGUP_COMPLETE", &[("Hangup-Cause", cause)], channel);
    }

    /// Whoever was called hung up: the caller is no longer talking, and goes on.
    fn peer_left(&mut self, first: CallKey, cause: Cause, now: Instant) {
        self.unbridge(first, cause);
        let Some(caller) = live(&mut self.channels, first) else {
            return;
        };
        if caller.is_true("hangup_after_bridge") {
            return self.end(first, Cause::NORMAL_CLEARING, Ending::Ours, now);
        }
        let bridges = caller.running.last().map(|running| &running.work);
        if matches!(bridges, Some(Work::Bridge(_))) {
            self.complete(first, now);
        }
    }
}

impl Desk {
    /// An event of two that are, or were, connected.
    fn of_two(&mut self, name: &'static str, caller: &Channel, peer: &str) {
        let ids = [
            ("Bridge-A-Unique-ID", caller.uuid.as_str()),
            ("Bridge-B-Unique-ID", peer),
        ];
        self.fronted(name, &ids, caller);
    }
}

impl Channel {
    fn is_connected_to(&mut self, other: &Channel) {
        for (name, value) in [
            ("bridge_to", &other.uuid),
            ("last_bridge_to", &other.uuid),
            ("bridge_channel", &other.name),
            ("bridge_uuid", &other.uuid),
            ("signal_bond", &other.uuid),
        ] {
            self.variables.set(name, value.clone());
        }
    }

    /// The variables of a call's record.
    fn set_record(&mut self, desk: &mut Desk) {
        let Some(cause) = self.cause else { return };
        let digits = if self.digits.is_empty() {
            "none"
        } else {
            &self.digits
        };
        let digits = digits.to_owned();
        self.variables.set("hangup_cause", cause.name());
        self.variables.set("hangup_cause_q850", cause.q850().to_string());
        self.variables.set("digits_dialed", digits);
        let Times {
            created,
            answered,
            progress,
            progress_media,
            hangup,
            bridged,
        } = self.times;
        let stamps = [
            ("start", created),
            ("profile_start", created),
            ("answer", answered),
            ("bridge", bridged),
            ("progress", progress),
            ("progress_media", progress_media),
            ("end", hangup),
        ];
        for (name, at) in stamps.into_iter().filter(|(_, at)| *at > 0) {
            let local = desk.local(at).to_owned();
            self.variables.set(&format!("{name}_stamp"), local);
        }
        self.set_epochs();
        if let Some((application, argument)) = self.last.clone() {
            self.variables.set("last_app", application);
            if !argument.is_empty() {
                self.variables.set("last_arg", argument);
            }
        }
        let caller_id = if self.flipped {
            format!("\"Outbound Call\" <{}>", self.number)
        } else {
            self.caller_number().to_owned()
        };
        self.variables.set("caller_id", caller_id);
        self.set_durations();
    }

    fn set_epochs(&mut self) {
        let times = self.times;
        let mut told = |name: &str, at: u64| {
            self.variables
                .set(&format!("{name}_epoch"), (at / 1_000_000).to_string());
            self.variables.set(&format!("{name}_uepoch"), at.to_string());
        };
        for (name, at) in [
            ("start", times.created),
            ("profile_start", times.created),
            ("answer", times.answered),
            ("bridge", times.bridged),
            ("last_hold", 0),
        ] {
            told(name, at);
        }
        for name in ["hold_accum_seconds", "hold_accum_usec", "hold_accum_ms"] {
            self.variables.set(name, "0");
        }
        let mut told = |name: &str, at: u64| {
            self.variables
                .set(&format!("{name}_epoch"), (at / 1_000_000).to_string());
            self.variables.set(&format!("{name}_uepoch"), at.to_string());
        };
        for (name, at) in [
            ("resurrect", 0),
            ("progress", times.progress),
            ("progress_media", times.progress_media),
            ("end", times.hangup),
        ] {
            told(name, at);
        }
    }

    /// In seconds of the whole-second clock, milliseconds and microseconds.
    fn set_durations(&mut self) {
        let Times {
            created,
            answered,
            progress,
            progress_media,
            hangup,
            bridged,
        } = self.times;
        let from = |at: u64, to: u64| if at > 0 && to > 0 { (at, to) } else { (0, 0) };
        let all = from(created, hangup);
        let spans = [
            ("duration", all),
            ("bill", from(answered, hangup)),
            ("progress", from(created, progress)),
            ("answer", from(created, answered)),
            ("wait", from(created, bridged)),
            ("progress_media", from(created, progress_media)),
            ("flow_bill", if answered > 0 { all } else { (0, 0) }),
        ];
        for (unit, divisor) in [("sec", 1_000_000), ("msec", 1_000), ("usec", 1)] {
            for (name, (begin, end)) in spans {
                let span = if unit == "sec" {
                    end / divisor - begin / divisor
                } else {
                    (end - begin) / divisor
                };
                let name = match (name, unit) {
                    ("duration", "sec") => "duration".to_owned(),
                    ("duration", unit) => format!("{}duration", &unit[..1]),
                    (name, unit) => format!("{name}{unit}"),
                };
                self.variables.set(&name, span.to_string());
            }
        }
    }
}
