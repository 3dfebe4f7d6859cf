//! Placing a call: the action, and the first leg's way to an answer or an end.

use super::super::callees::full;
use super::super::course::Course;
use super::super::machine::{CallKey, SessionId};
use super::super::spool::Fate;
use super::channel::{Channel, Destination, Party, State, cause_of, dial_status};
use super::classes::Classes;
use super::config::Config;
use super::pbx::{Call, Due, Pbx, Side, set};
use crate::model::{CALLEE_VARIABLE, Callee};
use crate::wire::ami::{Block, Outgoing, variables};
use rand::RngExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long after the response the channel shows (recordings `out_*`: 2 to 8 ms).
const SET_UP: Duration = Duration::from_millis(3);
/// Applications that can run programs have one of these in their name; they need the class `system` as well (recording
/// `permissions`).
const RUNNING_PROGRAMS: [&str; 6] = ["system", "exec", "agi", "mixmonitor", "externalivr", "originate"];
/// Longest Uniqueid.
const UNIQUEID_BYTES: usize = 149;

/// Who asked for a call.
#[derive(Debug)]
pub(super) enum Placed {
    /// A manager.
    Action {
        session: SessionId,
        id: Option<String>,
        /// Whether the response was sent before the call ended up somewhere.
        asynchronous: bool,
    },
    /// A call file of that name.
    File(String),
}

impl Placed {
    /// The name of the call file.
    pub(super) fn file(&self) -> Option<String> {
        match self {
            Self::File(name) => Some(name.clone()),
            Self::Action { .. } => None,
        }
    }

    fn is_asynchronous(&self) -> bool {
        matches!(
            self,
            Self::Action {
                asynchronous: true,
                ..
            }
        )
    }
}

/// What was asked for.
#[derive(Debug)]
pub(super) struct Order {
    pub placed: Placed,
    /// As it was given.
    pub channel: String,
    pub application: String,
    pub data: String,
    pub timeout: Duration,
}

/// How a call shows that is asked for.
#[derive(Debug)]
pub(super) struct Guise {
    pub uniqueid: String,
    pub account: String,
    pub variables: Vec<(String, String)>,
    pub caller_id: Party,
}

impl Pbx {
    pub(super) fn originate(&mut self, id: SessionId, action: &Block, now: Instant) {
        if self.troubles.stopping.is_some() {
            return self.respond(id, "Error", action, super::troubles::STOPPING);
        }
        let (order, to) = match read(id, action) {
            Ok(read) => read,
            Err(words) => return self.respond(id, "Error", action, words),
        };
        let application = order.application.to_lowercase();
        let runs = RUNNING_PROGRAMS
            .iter()
            .any(|program| application.contains(program));
        let session = self.desk.sessions.get(&id);
        if runs && session.is_some_and(|session| !session.may(Classes::SYSTEM)) {
            return self.respond(id, "Error", action, self.config.version.forbids_application());
        }
        let wanted = action.find("ChannelId").filter(|wanted| !wanted.is_empty());
        if wanted.is_some_and(|wanted| wanted.len() > UNIQUEID_BYTES) {
            let words = format!("Uniqueid length exceeds maximum of {UNIQUEID_BYTES}\n");
            return self.respond(id, "Error", action, &words);
        }
        if wanted.is_some_and(|wanted| self.uniqueids.contains_key(wanted)) {
            return self.respond(id, "Error", action, "Uniqueid already in use");
        }
        if order.placed.is_asynchronous() {
            self.respond(id, "Success", action, "Originate successfully queued");
        }
        let uniqueid = wanted.map_or_else(|| self.draw_uniqueid(now), str::to_owned);
        if !self.config.version.speaks(&to.technology) {
            return self.tell_response(&order, None, &uniqueid, 0, &Party::default());
        }
        let mut given = Vec::new();
        for (name, value) in action.all("Variable").flat_map(variables) {
            set(&mut given, &name, &value);
        }
        let guise = Guise {
            uniqueid,
            account: action.find("Account").unwrap_or_default().to_owned(),
            variables: given,
            caller_id: Party::parse(action.find("CallerID").unwrap_or_default()),
        };
        self.call(order, to, guise, now);
    }

    /// Makes a call, which shows after a moment.
    pub(super) fn call(&mut self, order: Order, to: Destination, guise: Guise, now: Instant) {
        let mut first = Channel::to(to, guise.uniqueid.clone());
        first.name = self.channel_name(technology(&order.channel), &first.trunk);
        first.course = Course::of(if self.calls.len() < self.config.capacity {
            self.callee_of(CALLEE_VARIABLE, &guise.variables, &first.number)
        } else {
            full()
        });
        self.keys += 1;
        let key = self.keys;
        self.uniqueids.insert(guise.uniqueid, key);
        let call = Call {
            first,
            second: None,
            seconds: 0,
            order,
            variables: guise.variables,
            caller_id: guise.caller_id,
            account: guise.account,
            agi: None,
            dead: false,
            began_at: now,
        };
        self.calls.insert(key, call);
        self.alarm(key, now + SET_UP, Due::Dial);
    }

    /// How a callee behaves: as the call says, else by the rules.
    pub(super) fn callee_of(&self, variable: &str, given: &[(String, String)], number: &str) -> Arc<Callee> {
        let told = super::pbx::find(given, variable);
        let Config { callees, seed, .. } = &self.config;
        callees.told(told, variable, *seed, number)
    }

    /// The channel comes to be, and is dialed.
    pub(super) fn dial_first(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let delay = call.first.course.begin();
        self.desk.new_channel(&call.first);
        self.desk.new_exten(&call.first, "AppDial2", "(Outgoing Line)");
        for (name, value) in &call.variables {
            self.desk.variable_set(&call.first, name, value);
        }
        if !call.account.is_empty() {
            call.first.account = std::mem::take(&mut call.account);
            self.desk.new_account_code(&call.first);
        }
        if call.caller_id != Party::default() {
            call.first.caller = std::mem::take(&mut call.caller_id);
            self.desk.new_caller_id(&call.first);
            call.first.connected = call.first.caller.clone();
            self.desk.new_connected_line(&call.first);
        }
        self.desk.dial_begun(None, &call.first);
        let timeout = call.order.timeout;
        self.alarm(key, now + timeout, Due::GiveUp(Side::First));
        self.alarm(key, now + delay, Due::Next(Side::First));
    }

    /// The first leg was answered: three signs, in an order that varies.
    pub(super) fn first_answered(&mut self, key: CallKey, now: Instant) {
        let place = self.random.random_range(0..3_u8);
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        call.first.state = State::Up;
        call.first.answered_at = Some(now);
        for step in 0..3 {
            if step == place {
                self.tell_success(key);
            }
            let Some(call) = self.calls.get(&key) else { return };
            match step {
                0 => self.desk.new_state(&call.first),
                1 => self.desk.dial_ended(None, &call.first, "ANSWER"),
                _ => {}
            }
        }
        self.act_unprompted(key, Side::First, now);
        self.run_application(key, now);
    }

    fn tell_success(&mut self, key: CallKey) {
        if let Some(call) = self.calls.get(&key) {
            let (order, first) = (&call.order, &call.first);
            respond_at_last(&mut self.desk, order, true);
            tell(
                &mut self.desk,
                order,
                Some(&first.name),
                &first.uniqueid,
                4,
                &first.caller,
            );
        }
    }

    /// The first leg was refused with a SIP status, or by our own hang-up: DialEnd, response and end, in an order
    /// that varies.
    pub(super) fn first_failed(&mut self, key: CallKey, status: Option<&'static str>, reason: u8) {
        let order = self.random.random_range(0..3_u8);
        let Some(call) = self.calls.remove(&key) else {
            return;
        };
        self.uniqueids.remove(&call.first.uniqueid);
        let response_at = if status.is_some() { order } else { order.max(1) };
        for step in 0..3 {
            if step == response_at {
                respond_at_last(&mut self.desk, &call.order, false);
                let uniqueid = &call.first.uniqueid;
                tell(
                    &mut self.desk,
                    &call.order,
                    None,
                    uniqueid,
                    reason,
                    &call.first.caller,
                );
            }
            match (step, status) {
                (0, Some(status)) => self.desk.dial_ended(None, &call.first, status),
                (1, _) => self.desk.hung_up(&call.first),
                _ => {}
            }
        }
        self.files.extend(call.order.placed.file().map(Fate::Remove));
    }

    /// A SIP status came for the first leg.
    pub(super) fn first_refused(&mut self, key: CallKey, status: u16) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        if (300..400).contains(&status) {
            // There is no dialplan that it could lead to (recording `out_redirect302`, and the lab's 24 with its cause).
            let to = call.first.number.clone();
            call.first.cause = 23;
            self.desk.hangup_requested(&call.first);
            self.desk.dial_redirected(&call.first, &to);
            return self.first_failed(key, None, 0);
        }
        call.first.cause = cause_of(status);
        call.first.tech = Some(status);
        self.desk.hangup_requested(&call.first);
        let word = dial_status(call.first.cause);
        self.first_failed(key, Some(word), 0);
    }

    fn tell_response(
        &mut self,
        order: &Order,
        channel: Option<&str>,
        uniqueid: &str,
        reason: u8,
        caller: &Party,
    ) {
        respond_at_last(&mut self.desk, order, reason == 4);
        tell(&mut self.desk, order, channel, uniqueid, reason, caller);
    }
}

/// The response to an originate that was to wait for its end.
fn respond_at_last(desk: &mut super::events::Desk, order: &Order, done: bool) {
    let Placed::Action {
        session,
        id,
        asynchronous: false,
    } = &order.placed
    else {
        return;
    };
    let (kind, words) = if done {
        ("Success", "Originate successfully queued")
    } else {
        ("Error", "Originate failed")
    };
    let mut answer = Outgoing::response(kind);
    if let Some(id) = id {
        answer.header("ActionID", id);
    }
    answer.header("Message", words);
    if let Some(session) = desk.sessions.get_mut(session) {
        session.send(&answer);
    }
}

/// `OriginateResponse`, which only an asynchronous originate has.
fn tell(
    desk: &mut super::events::Desk,
    order: &Order,
    channel: Option<&str>,
    uniqueid: &str,
    reason: u8,
    caller: &Party,
) {
    let Placed::Action {
        id,
        asynchronous: true,
        ..
    } = &order.placed
    else {
        return;
    };
    desk.tell(Classes::CALL, "OriginateResponse", |sheet| {
        if let Some(id) = id {
            sheet.header("ActionID", id);
        }
        sheet.header("Response", if reason == 4 { "Success" } else { "Failure" });
        sheet.header("Channel", channel.unwrap_or(&order.channel));
        sheet.header("Application", &order.application);
        sheet.header("Data", &order.data);
        sheet.number("Reason", reason);
        sheet.header("Uniqueid", uniqueid);
        sheet.header("CallerIDNum", caller.num.as_deref().unwrap_or("<unknown>"));
        sheet.header("CallerIDName", caller.name.as_deref().unwrap_or("<unknown>"));
    });
}

fn technology(channel: &str) -> &str {
    channel
        .split_once('/')
        .map_or(channel, |(technology, _)| technology)
}

/// What an action asks for; the words with which Asterisk refuses it.
fn read(session: SessionId, action: &Block) -> Result<(Order, Destination), &'static str> {
    let find = |name| action.find(name).unwrap_or_default();
    let channel = find("Channel");
    if channel.is_empty() {
        return Err("Channel not specified");
    }
    let to = Destination::parse(channel).ok_or("Invalid channel")?;
    let timeout_ms = match find("Timeout") {
        "" => 30_000,
        text => text.parse::<i64>().map_err(|_| "Invalid timeout")?,
    };
    let placed = Placed::Action {
        session,
        id: action.find("ActionID").map(str::to_owned),
        asynchronous: ["true", "yes", "1", "on", "y", "t"].contains(&find("Async").to_lowercase().as_str()),
    };
    let order = Order {
        placed,
        channel: channel.to_owned(),
        application: find("Application").to_owned(),
        data: find("Data").to_owned(),
        timeout: Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(30_000)),
    };
    Ok((order, to))
}
