//! What clients ask for on their connections.

use super::super::machine::SessionId;
use super::applications::Execute;
use super::cause::Cause;
use super::channel::Job;
use super::pbx::{Due, Pbx};
use super::session::GOODBYE;
use super::unicast::wanted_at;
use crate::wire::esl::{Format, Request};
use secrecy::ExposeSecret;
use std::time::Instant;

/// A command, and what it does with the rest of its line.
type Entry = (&'static str, fn(&mut Pbx, SessionId, &Request, &str, Instant));

/// All commands of a client that is logged in.
const COMMANDS: [Entry; 16] = [
    ("api", Pbx::api),
    ("bgapi", Pbx::bgapi),
    ("connect", Pbx::connect),
    ("divert_events", |pbx, id, _, _, _| {
        pbx.reply(id, "-ERR not controlling a session.");
    }),
    ("event", Pbx::choose_events),
    ("exit", |pbx, id, _, _, _| pbx.leave(id)),
    ("filter", Pbx::filter),
    ("linger", |pbx, id, _, _, _| {
        pbx.reply(id, "-ERR not controlling a session")
    }),
    ("log", |pbx, id, _, rest, _| {
        let level = if rest.is_empty() { "7" } else { rest };
        pbx.reply(id, &format!("+OK log level {level} [{level}]"));
    }),
    ("myevents", Pbx::my_events),
    ("nixevent", Pbx::drop_events),
    ("noevents", Pbx::drop_all_events),
    ("nolinger", |pbx, id, _, _, _| {
        pbx.reply(id, "-ERR not controlling a session")
    }),
    ("nolog", |pbx, id, _, _, _| pbx.reply(id, "+OK no longer logging")),
    ("resume", Pbx::resume),
    ("sendmsg", Pbx::send_message),
];

impl Pbx {
    /// Carries out what a session has said, as far as it is complete and nothing keeps it.
    pub(super) fn work_for(&mut self, id: SessionId, now: Instant) {
        while let Some(session) = self.desk.sessions.get_mut(&id) {
            if session.closing || session.blocked {
                break;
            }
            match session.decoder.poll().map(|request| request.item) {
                Some(Ok(request)) => {
                    session.worked(now);
                    self.obey(id, &request, now);
                }
                Some(Err(_)) => session.reply("-ERR command not found"),
                None => break,
            }
        }
        self.desk.wake(id);
    }

    fn obey(&mut self, id: SessionId, request: &Request, now: Instant) {
        let (verb, rest) = request.verb();
        let rest = rest.trim();
        let known = self.desk.sessions.get(&id).is_some_and(|session| session.known);
        if !known {
            return match verb {
                "auth" => self.log_in(id, rest, None),
                "userauth" => match rest.split_once(':') {
                    Some((user, password)) => self.log_in(id, password, Some(user)),
                    None => self.refuse(id),
                },
                "exit" => self.leave(id),
                _ => self.reply(id, "-ERR command not found"),
            };
        }
        match COMMANDS.iter().find(|(name, _)| *name == verb) {
            Some((_, run)) => run(self, id, request, rest, now),
            None => self.reply(id, "-ERR command not found"),
        }
    }

    pub(super) fn reply(&mut self, id: SessionId, text: &str) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.reply(text);
        }
    }

    fn log_in(&mut self, id: SessionId, password: &str, user: Option<&str>) {
        let named = match user {
            None => true,
            Some(user) => self.config.user.as_deref() == Some(user),
        };
        if !named || password != self.config.password.expose_secret() {
            return self.refuse(id);
        }
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        session.known = true;
        match user {
            None => session.reply("+OK accepted"),
            Some(_) => session.raw(
                "Content-Type: command/reply\nReply-Text: +OK accepted\nAllowed-Events: all\n\
                 Allowed-API: all\nAllowed-LOG: true\n\n",
            ),
        }
    }

    fn refuse(&mut self, id: SessionId) {
        self.reply(id, "-ERR invalid");
        self.end_session(id, GOODBYE);
    }

    fn leave(&mut self, id: SessionId) {
        self.reply(id, "+OK bye");
        self.end_session(id, GOODBYE);
    }

    fn choose_events(&mut self, id: SessionId, _: &Request, rest: &str, _: Instant) {
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        let mut words: Vec<_> = rest.split_whitespace().collect();
        let format = match words.first().copied() {
            Some("plain") => Some(Format::Plain),
            Some("json") => Some(Format::Json),
            Some("xml") => Some(Format::Xml),
            _ => None,
        };
        if format.is_some() {
            words.remove(0);
        }
        let format = format.unwrap_or(Format::Plain);
        if !session.wanted.add(&words) {
            return session.reply("-ERR no keywords supplied");
        }
        session.format = format;
        session.reply(&format!("+OK event listener enabled {}", format.word()));
    }

    fn drop_events(&mut self, id: SessionId, _: &Request, rest: &str, _: Instant) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            let words: Vec<_> = rest.split_whitespace().collect();
            let known = session.wanted.remove(&words);
            session.reply(if known {
                "+OK events nixed"
            } else {
                "-ERR no keywords supplied"
            });
        }
    }

    fn drop_all_events(&mut self, id: SessionId, _: &Request, _: &str, _: Instant) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            let listened = std::mem::take(&mut session.wanted).listens();
            session.reply(if listened {
                "+OK no longer listening for events"
            } else {
                "-ERR not listening for events"
            });
        }
    }

    fn my_events(&mut self, id: SessionId, _: &Request, rest: &str, _: Instant) {
        self.reply(
            id,
            // Only of a connection that FreeSWITCH made, or of a channel that is there.
            match rest {
                "" => "-ERR command not found",
                uuid if self.uuids.contains_key(uuid) => "-ERR not supported by this emulator",
                _ => "+OK Events Enabled",
            },
        );
    }

    fn filter(&mut self, id: SessionId, _: &Request, rest: &str, _: Instant) {
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        if let Some(which) = rest.strip_prefix("delete ") {
            let (header, value) = which.split_once(' ').unwrap_or((which, ""));
            session.filters.remove(header, value);
            return session.reply(&format!("+OK filter deleted. [{header}][{value}]"));
        }
        match rest.split_once(' ') {
            Some((header, value)) => {
                session.filters.add(header, value);
                session.reply(&format!("+OK filter added. [{header}]=[{value}]"));
            }
            None if rest.is_empty() => session.reply("-ERR command not found"),
            None => session.reply("-ERR invalid syntax"),
        }
    }

    fn api(&mut self, id: SessionId, _: &Request, rest: &str, now: Instant) {
        if rest.is_empty() {
            return self.reply(id, "-ERR command not found");
        }
        let (command, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
        self.run_api(id, command, arguments.trim(), now);
    }

    fn bgapi(&mut self, id: SessionId, request: &Request, rest: &str, now: Instant) {
        let given = request.headers.find("Job-UUID");
        let uuid = given.map_or_else(|| self.draw_uuid(), str::to_owned);
        let (command, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.raw(&format!(
                "Content-Type: command/reply\nReply-Text: +OK Job-UUID: {uuid}\nJob-UUID: {uuid}\n\n"
            ));
        }
        let job = Job {
            uuid,
            command: command.to_owned(),
            arguments: arguments.trim().to_owned(),
        };
        self.run_job(job, now);
    }

    /// `sendmsg UUID` with what to do in its headers. That it is `+OK` means only that it waits.
    fn send_message(&mut self, id: SessionId, request: &Request, rest: &str, now: Instant) {
        let Some(key) = self.uuids.get(rest).copied() else {
            return self.reply(id, &format!("-ERR invalid session id [{rest}]"));
        };
        self.reply(id, "+OK");
        let header = |name| request.headers.find(name).unwrap_or_default().to_owned();
        match header("call-command").as_str() {
            "execute" => {
                let application = header("execute-app-name");
                let argument = match header("execute-app-arg") {
                    text if text.is_empty() => request.body.clone(),
                    text => text,
                };
                let uuid = match header("Event-UUID") {
                    text if text.is_empty() => self.draw_uuid(),
                    text => text,
                };
                let lock = header("event-lock") == "true";
                let execute = Execute {
                    application,
                    argument,
                    uuid,
                    lock,
                };
                self.queue(key, execute, now);
            }
            "hangup" => {
                let cause = Cause::named(&header("hangup-cause")).unwrap_or(Cause::NORMAL_CLEARING);
                self.alarm(key, now, Due::HangUp(cause));
            }
            "unicast" => {
                if let Some(to) = wanted_at(request) {
                    self.unicast(key, to, now);
                }
            }
            // Others are taken and lost.
            _ => {}
        }
    }
}
