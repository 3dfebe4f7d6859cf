//! What managers ask for.

use super::super::machine::{CallKey, Output, SessionId};
use super::channel::Channel;
use super::classes::Classes;
use super::events::snapshot;
use super::pbx::{Alarm, Call, Pbx, find, set};
use super::session::response;
use crate::wire::ami::{Block, Message, Outgoing};
use regex::Regex;
use std::time::{Duration, Instant};

/// An action, the classes of which its user needs one, if any, and what it does.
type Entry = (&'static str, Classes, fn(&mut Pbx, SessionId, &Block, Instant));

/// All actions, in the order in which they are listed. Those of the login are handled before.
const ACTIONS: [Entry; 13] = [
    (
        "CoreShowChannels",
        Classes::SYSTEM.union(Classes::REPORTING),
        Pbx::list_channels,
    ),
    (
        "CoreStatus",
        Classes::SYSTEM.union(Classes::REPORTING),
        Pbx::core_status,
    ),
    (
        "CoreSettings",
        Classes::SYSTEM.union(Classes::REPORTING),
        Pbx::core_settings,
    ),
    ("Events", Classes::NONE, Pbx::choose_events),
    ("Filter", Classes::SYSTEM, Pbx::add_filter),
    (
        "Getvar",
        Classes::CALL.union(Classes::REPORTING),
        Pbx::get_variable,
    ),
    ("Hangup", Classes::SYSTEM.union(Classes::CALL), Pbx::hang_up_named),
    ("ListCommands", Classes::NONE, Pbx::list_commands),
    ("Logoff", Classes::NONE, Pbx::log_off),
    ("Originate", Classes::ORIGINATE, Pbx::originate),
    ("Ping", Classes::NONE, Pbx::ping),
    ("Setvar", Classes::CALL, Pbx::set_a_variable),
    ("UserEvent", Classes::USER, Pbx::user_event),
];

impl Pbx {
    pub(super) fn manager_said(&mut self, id: SessionId, bytes: &[u8], now: Instant) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.decoder.feed(bytes);
        }
        // An action may end the session.
        while let Some(session) = self.desk.sessions.get_mut(&id).filter(|session| !session.closing) {
            match session.decoder.poll().map(|message| message.item) {
                Some(Ok(Message::Action(action))) => self.act_for(id, &action, now),
                Some(_) => session.send(&missing_action()),
                None => return,
            }
        }
    }

    fn act_for(&mut self, id: SessionId, action: &Block, now: Instant) {
        let name = action.name();
        if name.eq_ignore_ascii_case("Challenge") {
            return self.challenge(id, action);
        }
        if name.eq_ignore_ascii_case("Login") {
            return self.log_in(id, action, now);
        }
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        let found = ACTIONS
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name));
        match found {
            _ if !session.known && !name.eq_ignore_ascii_case("Logoff") => {
                session.respond("Error", action, "Permission denied");
            }
            Some((_, class, _)) if !session.may(*class) => self.forbid(id, action),
            Some((_, _, run)) => run(self, id, action, now),
            None => {
                let words = format!(
                    "Invalid/unknown command: {name}. Use Action: ListCommands to show available commands."
                );
                session.respond("Error", action, &words);
            }
        }
    }

    /// Answers with one line for people.
    pub(super) fn respond(&mut self, id: SessionId, kind: &'static str, action: &Block, message: &str) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.respond(kind, action, message);
        }
    }

    pub(super) fn send(&mut self, id: SessionId, outgoing: &Outgoing) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.send(outgoing);
        }
    }

    fn ping(&mut self, id: SessionId, action: &Block, now: Instant) {
        let mut pong = response("Success", action);
        pong.header("Ping", "Pong");
        let since = now - self.born_at;
        let seconds = self.epoch_s + since.as_secs();
        pong.number(
            "Timestamp",
            format_args!("{seconds}.{:06}", since.subsec_micros()),
        );
        self.send(id, &pong);
    }

    fn log_off(&mut self, id: SessionId, action: &Block, _now: Instant) {
        self.respond(id, "Goodbye", action, "Thanks for all the fish.");
        self.end_session(id);
    }

    /// Says what is left to be said, and closes.
    pub(super) fn end_session(&mut self, id: SessionId) {
        if let Some(session) = self.desk.sessions.remove(&id) {
            self.out.push_back(Output::Say(id, session.out));
            self.out.push_back(Output::Close(id));
        }
    }

    fn choose_events(&mut self, id: SessionId, action: &Block, _now: Instant) {
        let mask = action.find("EventMask").and_then(Classes::mask);
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        let Some(mask) = mask else {
            return session.respond("Error", action, "Invalid event mask");
        };
        session.mask = mask;
        let mut answer = response("Success", action);
        answer.header("Events", if mask == Classes::NONE { "Off" } else { "On" });
        session.send(&answer);
    }

    fn add_filter(&mut self, id: SessionId, action: &Block, _now: Instant) {
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        let adds = action
            .find("Operation")
            .is_some_and(|operation| operation.eq_ignore_ascii_case("add"));
        if !adds {
            return session.respond("Error", action, "Unknown operation");
        }
        match session.filters.add(action.find("Filter").unwrap_or_default()) {
            Ok(()) => session.respond("Success", action, "Success"),
            Err(words) => session.respond("Error", action, words),
        }
    }

    fn list_commands(&mut self, id: SessionId, action: &Block, _now: Instant) {
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        let mut list = response("Success", action);
        for (name, ..) in ACTIONS.iter().filter(|(_, class, _)| session.may(*class)) {
            list.prefixed("", name, "");
        }
        session.send(&list);
    }

    fn user_event(&mut self, id: SessionId, action: &Block, _now: Instant) {
        self.respond(id, "Success", action, "Event Sent");
        self.desk.tell(Classes::USER, "UserEvent", |sheet| {
            sheet.header("UserEvent", action.find("UserEvent").unwrap_or_default());
            if let Some(id) = action.find("ActionID") {
                sheet.header("ActionID", id);
            }
        });
    }

    fn core_status(&mut self, id: SessionId, action: &Block, _now: Instant) {
        let mut status = response("Success", action);
        let booted = self.booted_at - self.born_at;
        let started = Duration::from_secs(self.epoch_s) + booted;
        let (date, time) = date_and_time(started);
        for (name, value) in [
            ("CoreStartupDate", &date),
            ("CoreStartupTime", &time),
            ("CoreReloadDate", &date),
            ("CoreReloadTime", &time),
        ] {
            status.header(name, value);
        }
        status.number("CoreCurrentCalls", self.calls.len());
        status.number("CoreProcessedCalls", self.keys - self.keys_at_boot);
        self.send(id, &status);
    }

    fn core_settings(&mut self, id: SessionId, action: &Block, _now: Instant) {
        let mut settings = response("Success", action);
        for (name, value) in [
            ("AMIversion", self.config.version.ami()),
            ("AsteriskVersion", self.config.version.full()),
            ("SystemName", ""),
        ] {
            settings.header(name, value);
        }
        settings.number("CoreMaxCalls", self.config.capacity);
        self.send(id, &settings);
    }

    fn list_channels(&mut self, id: SessionId, action: &Block, now: Instant) {
        let mut answer = response("Success", action);
        answer.header("EventList", "start");
        answer.header("Message", "Channels will follow");
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        session.send(&answer);
        let mut count = 0;
        let mut entry = Outgoing::default();
        for call in self.calls.values().filter(|call| call.has_channel()) {
            for (channel, application, data) in shown(call) {
                entry.begin_event("CoreShowChannel");
                if let Some(id) = action.find("ActionID") {
                    entry.header("ActionID", id);
                }
                snapshot(&mut entry, "", channel);
                entry.header("Application", application);
                entry.header("ApplicationData", data);
                let age = (now - call.began_at).as_secs();
                let (hours, minutes) = (age / 3_600, age / 60 % 60);
                entry.number(
                    "Duration",
                    format_args!("{hours:02}:{minutes:02}:{:02}", age % 60),
                );
                let bridge = call.second.as_ref().and_then(|second| second.bridge.as_deref());
                entry.header("BridgeId", bridge.unwrap_or_default());
                session.send(&entry);
                count += 1;
            }
        }
        entry.begin_event("CoreShowChannelsComplete");
        if let Some(id) = action.find("ActionID") {
            entry.header("ActionID", id);
        }
        entry.header("EventList", "Complete");
        entry.number("ListItems", count);
        session.send(&entry);
    }

    /// Live calls whose channel has that name or Uniqueid; several for a pattern between slashes.
    fn named(&self, name: &str) -> Vec<CallKey> {
        if let Some(pattern) = name.strip_prefix('/').and_then(|name| name.strip_suffix('/')) {
            let Ok(pattern) = Regex::new(pattern) else {
                return Vec::new();
            };
            let live = self.calls.iter().filter(|(_, call)| call.has_channel());
            let found = live.filter(|(_, call)| pattern.is_match(&call.first.name));
            return found.map(|(key, _)| *key).collect();
        }
        let by_id = self.uniqueids.get(name).copied();
        let by_name = || self.calls.iter().find(|(_, call)| call.first.name == name);
        let found = by_id.or_else(|| by_name().map(|(key, _)| *key));
        let live = found.filter(|key| self.calls.get(key).is_some_and(Call::has_channel));
        live.into_iter().collect()
    }

    fn hang_up_named(&mut self, id: SessionId, action: &Block, now: Instant) {
        let Some(name) = action.find("Channel").filter(|name| !name.is_empty()) else {
            return self.respond(id, "Error", action, "No channel specified");
        };
        let found = self.named(name);
        let cause = action
            .find("Cause")
            .and_then(|cause| cause.parse().ok())
            .unwrap_or(0);
        if name.starts_with('/') {
            let mut answer = response("Success", action);
            answer.header("EventList", "start");
            answer.header("Message", "Channels hung up will follow");
            self.send(id, &answer);
            return self.hang_up_listed(id, action, &found, cause, now);
        }
        match found.first() {
            Some(key) => {
                self.respond(id, "Success", action, "Channel Hungup");
                self.hang_up(*key, cause, now);
            }
            None => self.respond(id, "Error", action, "No such channel"),
        }
    }

    fn hang_up_listed(&mut self, id: SessionId, action: &Block, found: &[CallKey], cause: u16, now: Instant) {
        let mut entry = Outgoing::default();
        for key in found {
            let Some(call) = self.calls.get(key) else { continue };
            entry.begin_event("ChannelHungup");
            entry.header("Channel", &call.first.name);
            entry.header("ActionID", action.find("ActionID").unwrap_or_default());
            self.send(id, &entry);
            self.hang_up(*key, cause, now);
        }
        entry.begin_event("ChannelsHungupListComplete");
        entry.header("ActionID", action.find("ActionID").unwrap_or_default());
        entry.header("EventList", "Complete");
        entry.number("ListItems", found.len());
        self.send(id, &entry);
    }

    fn get_variable(&mut self, id: SessionId, action: &Block, _now: Instant) {
        let Some(name) = action.find("Variable").filter(|name| !name.is_empty()) else {
            return self.respond(id, "Error", action, "No variable specified");
        };
        let value = match action.find("Channel").filter(|channel| !channel.is_empty()) {
            None => find(&self.globals, name).map(str::to_owned),
            Some(channel) => match self.named(channel).first().and_then(|key| self.calls.get(key)) {
                Some(call) => call.variable(name),
                None => return self.respond(id, "Error", action, "No such channel"),
            },
        };
        let mut answer = response("Success", action);
        answer.header("Variable", name);
        answer.header("Value", &value.unwrap_or_default());
        self.send(id, &answer);
    }

    fn set_a_variable(&mut self, id: SessionId, action: &Block, _now: Instant) {
        let Some(name) = action.find("Variable").filter(|name| !name.is_empty()) else {
            return self.respond(id, "Error", action, "No variable specified");
        };
        let value = action.find("Value").unwrap_or_default();
        match action.find("Channel").filter(|channel| !channel.is_empty()) {
            None => set(&mut self.globals, name, value),
            Some(channel) => {
                let key = self.named(channel).first().copied();
                let Some(call) = key.and_then(|key| self.calls.get_mut(&key)) else {
                    return self.respond(id, "Error", action, "No such channel");
                };
                call.set_variable(name, value);
                self.desk.variable_set(&call.first, name, value);
            }
        }
        self.respond(id, "Success", action, "Variable Set");
    }

    /// Closes who has not logged in by now.
    pub(super) fn login_over(&mut self, id: SessionId) {
        let Some(session) = self.desk.sessions.get_mut(&id).filter(|session| !session.known) else {
            return;
        };
        if let Some(words) = session.refused.take() {
            session.send(&words);
        }
        self.end_session(id);
    }

    /// Tells a refused login so, after the second that Asterisk takes to discourage guessing.
    pub(super) fn refuse_login(&mut self, id: SessionId, words: Outgoing, now: Instant) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.closing = true;
            session.refused = Some(words);
            self.timers
                .set(now + Duration::from_secs(1), Alarm::LoginOver(id));
        }
    }
}

/// What is said to something that is no action.
fn missing_action() -> Outgoing {
    let mut error = Outgoing::response("Error");
    error.header("Message", "Missing action in request");
    error
}

/// The channels of a call with their applications.
fn shown(call: &Call) -> impl Iterator<Item = (&Channel, &str, &str)> {
    const OUTGOING: &str = "(Outgoing Line)";
    let first = match (&call.agi, &call.second) {
        (None, _) => ("AppDial2", OUTGOING),
        (Some(_), Some(second)) => ("Dial", second.arguments.as_str()),
        (Some(_), None) => (call.order.application.as_str(), call.order.data.as_str()),
    };
    let second = call
        .second
        .as_ref()
        .map(|second| (&second.channel, "AppDial", OUTGOING));
    std::iter::once((&call.first, first.0, first.1)).chain(second)
}

fn date_and_time(epoch: Duration) -> (String, String) {
    let at = jiff::Timestamp::from_second(i64::try_from(epoch.as_secs()).unwrap_or(0)).unwrap_or_default();
    (
        at.strftime("%Y-%m-%d").to_string(),
        at.strftime("%H:%M:%S").to_string(),
    )
}
