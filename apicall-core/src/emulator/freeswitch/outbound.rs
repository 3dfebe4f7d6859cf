//! Connections that FreeSWITCH makes itself: the application `socket` hands its channel to whoever listens at an address, and
//! parks it as long as the connection lives. Then the channel goes on with what comes after.
//!
//! Deliberately absent: any but `async full`, which the adapter asks for; several addresses; `myevents`, `linger`, `divert_events`.

use super::super::machine::{CallKey, Output, SessionId};
use super::applications::Work;
use super::channel::live;
use super::pbx::Pbx;
use super::session::{GOODBYE, Session};
use crate::wire::esl::Request;
use std::time::Instant;

/// Sessions of connections that were made here bear this mark, and their channel's key; those of clients are counted from one.
const MADE_HERE: SessionId = 1 << 63;
const APPLICATION: &str = "socket";

/// The session of a channel's connection.
const fn session_of(key: CallKey) -> SessionId {
    MADE_HERE | key
}

/// Whose connection a session's is, when it was made here.
fn made_for(id: SessionId) -> Option<CallKey> {
    (id & MADE_HERE != 0).then_some(id & !MADE_HERE)
}

/// What is for a session, as the shell has to be told of it.
pub(super) fn addressed(output: Output) -> Output {
    match output {
        Output::Say(id, bytes) => match made_for(id) {
            Some(key) => Output::LegSay(key, bytes),
            None => Output::Say(id, bytes),
        },
        Output::Close(id) | Output::Reset(id) if made_for(id).is_some() => Output::LegClose(id & !MADE_HERE),
        other => other,
    }
}

impl Pbx {
    /// `socket`: first of all somebody has to be there.
    pub(super) fn connect_out(&mut self, key: CallKey, argument: &str, now: Instant) {
        let address = argument.split_whitespace().next().unwrap_or_default();
        self.busy(key, Work::Connect, None, now);
        self.out.push_back(Output::LegConnect(key, address.to_owned()));
    }

    /// Somebody is there, who needs no login.
    pub(super) fn connected_out(&mut self, key: CallKey, now: Instant) {
        if !self.runs_socket(key) {
            return self.out.push_back(Output::LegClose(key));
        }
        let mut session = Session::new(now);
        session.known = true;
        self.desk.sessions.insert(session_of(key), session);
    }

    pub(super) fn said_out(&mut self, key: CallKey, bytes: &[u8], now: Instant) {
        let id = session_of(key);
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.decoder.feed(bytes);
            self.work_for(id, now);
        }
    }

    /// Nobody was there, or is any more.
    pub(super) fn left_out(&mut self, key: CallKey, now: Instant) {
        self.desk.sessions.remove(&session_of(key));
        self.out.push_back(Output::LegClose(key));
        self.leave_socket(key, now);
    }

    /// `connect`: all there is to know of the channel. Then it is parked.
    pub(super) fn connect(&mut self, id: SessionId, _: &Request, _: &str, now: Instant) {
        let Some(key) = made_for(id).filter(|key| self.runs_socket(*key)) else {
            return self.reply(id, "-ERR command not found");
        };
        if let Some(channel) = self.channels.get(&key) {
            self.desk.introduce(channel, id);
        }
        self.busy(key, Work::Park { heard_at: None }, None, now);
        if let Some(channel) = self.channels.get(&key) {
            self.desk.of("CHANNEL_PARK", channel, &[]);
        }
    }

    /// `resume`
    pub(super) fn resume(&mut self, id: SessionId, _: &Request, _: &str, _: Instant) {
        let channel = made_for(id).and_then(|key| self.channels.get_mut(&key));
        let Some(channel) = channel else {
            return self.reply(id, "-ERR command not found");
        };
        channel.variables.set("socket_resume", "true");
        self.reply(id, "+OK");
    }

    fn runs_socket(&mut self, key: CallKey) -> bool {
        let channel = live(&mut self.channels, key);
        channel.is_some_and(|channel| {
            let mut running = channel.running.iter();
            running.any(|running| running.execute.application == APPLICATION)
        })
    }

    /// Ends the application, and with it what runs within.
    fn leave_socket(&mut self, key: CallKey, now: Instant) {
        if let Some(channel) = live(&mut self.channels, key) {
            channel.queue.clear();
        }
        while self.runs_socket(key) {
            self.stop(key, "break", now);
        }
    }

    /// The channel was hung up: so is its connection.
    pub(super) fn hang_up_out(&mut self, key: CallKey) {
        self.end_session(session_of(key), GOODBYE);
    }
}
