//! The events of calls, header by header as in the recordings.

use super::super::machine::SessionId;
use super::super::timers::Timers;
use super::super::unrest::Unrest;
use super::channel::{Channel, Party, cause_text};
use super::classes::Classes;
use super::config::Version;
use super::session::Session;
use super::troubles::bytes_of;
use crate::wire::ami::Outgoing;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::time::Instant;

/// All sessions, and what is told to them.
#[derive(Debug)]
pub(super) struct Desk {
    pub sessions: BTreeMap<SessionId, Session>,
    /// In which events are written.
    sheet: Outgoing,
    tells_tech_cause: bool,
    /// What happens to events on their way, and those that are.
    pub unrest: Unrest,
    pub late: Timers<(SessionId, Vec<u8>)>,
    pub random: StdRng,
    /// The time of what is being told.
    pub now: Instant,
}

impl Desk {
    pub(super) fn new(version: Version, seed: u64, now: Instant) -> Self {
        Self {
            unrest: Unrest::default(),
            late: Timers::default(),
            random: StdRng::seed_from_u64(seed),
            now,
            sessions: BTreeMap::new(),
            sheet: Outgoing::default(),
            tells_tech_cause: version.tells_tech_cause(),
        }
    }

    /// Tells an event to all who hear its class.
    pub(super) fn tell(&mut self, class: Classes, name: &'static str, write: impl FnOnce(&mut Outgoing)) {
        let mut hearers = self.sessions.values_mut();
        if !hearers.any(|session| session.listens(class)) {
            return;
        }
        self.sheet.begin_event(name);
        self.sheet.header("Privilege", class.privilege());
        write(&mut self.sheet);
        for (id, session) in &mut self.sessions {
            if !session.hears(class, &self.sheet) {
                continue;
            }
            if !self.unrest.any() {
                session.send(&self.sheet);
                continue;
            }
            let (delay, times) = self.unrest.fate(&mut self.random);
            for _ in 0..times {
                self.late.set(self.now + delay, (*id, bytes_of(&self.sheet)));
            }
        }
    }

    /// Tells the events whose time has come.
    pub(super) fn tell_late(&mut self) {
        while let Some((_, (id, bytes))) = self.late.pop(self.now) {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.send_bytes(&bytes);
            }
        }
    }

    fn of(
        &mut self,
        class: Classes,
        name: &'static str,
        channel: &Channel,
        more: impl FnOnce(&mut Outgoing),
    ) {
        self.tell(class, name, |sheet| {
            snapshot(sheet, "", channel);
            more(sheet);
        });
    }

    pub(super) fn new_channel(&mut self, channel: &Channel) {
        self.of(Classes::CALL, "Newchannel", channel, |_| {});
    }

    pub(super) fn new_exten(&mut self, channel: &Channel, application: &str, data: &str) {
        self.of(Classes::DIALPLAN, "Newexten", channel, |sheet| {
            sheet.header("Extension", channel.exten);
            sheet.header("Application", application);
            sheet.header("AppData", data);
        });
    }

    pub(super) fn variable_set(&mut self, channel: &Channel, name: &str, value: &str) {
        self.of(Classes::DIALPLAN, "VarSet", channel, |sheet| {
            sheet.header("Variable", name);
            sheet.header("Value", value);
        });
    }

    pub(super) fn new_account_code(&mut self, channel: &Channel) {
        self.of(Classes::CALL, "NewAccountCode", channel, |sheet| {
            sheet.header("OldAccountCode", "");
        });
    }

    pub(super) fn new_caller_id(&mut self, channel: &Channel) {
        self.of(Classes::CALL, "NewCallerid", channel, |sheet| {
            sheet.header("CID-CallingPres", "0 (Presentation Allowed, Not Screened)");
        });
    }

    pub(super) fn new_connected_line(&mut self, channel: &Channel) {
        self.of(Classes::CALL, "NewConnectedLine", channel, |_| {});
    }

    pub(super) fn new_state(&mut self, channel: &Channel) {
        self.of(Classes::CALL, "Newstate", channel, |_| {});
    }

    pub(super) fn dial_begun(&mut self, caller: Option<&Channel>, callee: &Channel) {
        self.dial("DialBegin", caller, callee, "DialString", &callee.dial_string);
    }

    pub(super) fn dial_state(&mut self, caller: Option<&Channel>, callee: &Channel, status: &str) {
        self.dial("DialState", caller, callee, "DialStatus", status);
    }

    pub(super) fn dial_ended(&mut self, caller: Option<&Channel>, callee: &Channel, status: &str) {
        self.dial("DialEnd", caller, callee, "DialStatus", status);
    }

    /// The far end names another number instead.
    pub(super) fn dial_redirected(&mut self, callee: &Channel, to: &str) {
        self.tell(Classes::CALL, "DialEnd", |sheet| {
            snapshot(sheet, "Dest", callee);
            sheet.header("Forward", to);
            sheet.header("DialStatus", "CANCEL");
        });
    }

    fn dial(
        &mut self,
        name: &'static str,
        caller: Option<&Channel>,
        callee: &Channel,
        header: &'static str,
        value: &str,
    ) {
        self.tell(Classes::CALL, name, |sheet| {
            if let Some(caller) = caller {
                snapshot(sheet, "", caller);
            }
            snapshot(sheet, "Dest", callee);
            sheet.header(header, value);
        });
    }

    /// The far end asks to hang up; an end without a word of why has no cause.
    pub(super) fn hangup_requested(&mut self, channel: &Channel) {
        let tech = channel.tech.filter(|_| self.tells_tech_cause);
        self.of(Classes::CALL, "HangupRequest", channel, |sheet| {
            if channel.cause != 0 {
                sheet.number("Cause", channel.cause);
            }
            if let Some(status) = tech {
                sheet.number("TechCause", status);
            }
        });
    }

    pub(super) fn soft_hangup_requested(&mut self, channel: &Channel, cause: u16) {
        self.of(Classes::CALL, "SoftHangupRequest", channel, |sheet| {
            sheet.number("Cause", cause);
        });
    }

    pub(super) fn hung_up(&mut self, channel: &Channel) {
        let tech = channel.tech.filter(|_| self.tells_tech_cause);
        self.of(Classes::CALL, "Hangup", channel, |sheet| {
            sheet.number("Cause", channel.cause);
            sheet.header("Cause-txt", cause_text(channel.cause));
            if let Some(status) = tech {
                sheet.number("TechCause", status);
            }
        });
    }

    pub(super) fn key_pressed(&mut self, channel: &Channel, key: char, duration_ms: u32) {
        self.of(Classes::DTMF, "DTMFBegin", channel, |sheet| {
            sheet.number("Digit", key);
            sheet.header("Direction", "Received");
        });
        self.of(Classes::DTMF, "DTMFEnd", channel, |sheet| {
            sheet.number("Digit", key);
            sheet.number("DurationMs", duration_ms);
            sheet.header("Direction", "Received");
        });
    }

    pub(super) fn agi_begun(&mut self, channel: &Channel, id: u32, command: &str) {
        self.of(Classes::AGI, "AGIExecStart", channel, |sheet| {
            sheet.number("CommandId", id);
            sheet.header("Command", command);
        });
    }

    pub(super) fn agi_ended(&mut self, channel: &Channel, id: u32, command: &str, code: i32, result: &str) {
        self.of(Classes::AGI, "AGIExecEnd", channel, |sheet| {
            sheet.number("CommandId", id);
            sheet.header("Command", command);
            sheet.number("ResultCode", code);
            sheet.header("Result", result);
        });
    }

    pub(super) fn bridge(
        &mut self,
        name: &'static str,
        bridge: &str,
        channels: u8,
        channel: Option<&Channel>,
    ) {
        let technology = if name == "BridgeLeave" || name == "BridgeDestroy" {
            "native_rtp"
        } else {
            "simple_bridge"
        };
        self.tell(Classes::CALL, name, |sheet| {
            sheet.header("BridgeUniqueid", bridge);
            sheet.header("BridgeType", "basic");
            sheet.header("BridgeTechnology", technology);
            sheet.header("BridgeCreator", "<unknown>");
            sheet.header("BridgeName", "<unknown>");
            sheet.number("BridgeNumChannels", channels);
            sheet.header("BridgeVideoSourceMode", "none");
            if let Some(channel) = channel {
                snapshot(sheet, "", channel);
            }
        });
    }
}

/// The headers that show a channel, with a prefix where an event shows two.
pub(super) fn snapshot(sheet: &mut Outgoing, prefix: &'static str, channel: &Channel) {
    fn shown(part: Option<&String>) -> &str {
        part.map_or("<unknown>", String::as_str)
    }
    let Party { num, name } = &channel.caller;
    let connected = &channel.connected;
    for (header, value) in [
        ("Channel", channel.name.as_str()),
        ("ChannelState", channel.state.number()),
        ("ChannelStateDesc", channel.state.text()),
        ("CallerIDNum", shown(num.as_ref())),
        ("CallerIDName", shown(name.as_ref())),
        ("ConnectedLineNum", shown(connected.num.as_ref())),
        ("ConnectedLineName", shown(connected.name.as_ref())),
        ("Language", "en"),
        ("AccountCode", &channel.account),
        ("Context", super::CONTEXT),
        ("Exten", channel.exten),
        ("Priority", "1"),
        ("Uniqueid", &channel.uniqueid),
        ("Linkedid", &channel.linkedid),
    ] {
        sheet.prefixed(prefix, header, value);
    }
}
