//! A FastAGI session: Asterisk connects, tells its environment, and does what it is told, one command at a time.

use super::super::machine::{CallKey, Output};
use super::super::spool::Fate;
use super::pbx::{Call, Due, Pbx};
use super::work::Work;
use crate::wire::agi::{CommandDecoder, HANGUP, Reply, environment};
use std::time::{Duration, Instant};

/// A session.
#[derive(Debug, Default)]
pub(super) struct Agi {
    decoder: CommandDecoder,
    open: bool,
    /// The server has closed it, while a command goes on.
    left: bool,
    /// The server was told of the hang-up.
    told: bool,
    pub running: Option<Running>,
}

/// A command under way.
#[derive(Debug)]
pub(super) struct Running {
    /// Its id, and by which its alarms know it.
    pub turn: u32,
    pub line: String,
    pub work: Work,
    pub began_at: Instant,
}

/// `agi://host:port/script,argument,…`
struct Target<'a> {
    url: &'a str,
    address: String,
    script: &'a str,
    arguments: std::str::Split<'a, char>,
}

impl<'a> Target<'a> {
    fn parse(data: &'a str) -> Option<Self> {
        let (url, arguments) = data.split_once(',').unwrap_or((data, ""));
        let rest = url.strip_prefix("agi://")?;
        let (host, script) = rest.split_once('/').unwrap_or((rest, ""));
        let numbered = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if numbered {
            host.to_owned()
        } else {
            format!("{host}:4573")
        };
        Some(Self {
            url,
            address,
            script,
            arguments: arguments.split(','),
        })
    }
}

impl Pbx {
    /// Runs the originate's application on the answered channel.
    pub(super) fn run_application(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        match call.order.application.as_str() {
            "AGI" => match Target::parse(&call.order.data) {
                Some(target) => {
                    call.agi = Some(Agi::default());
                    if self.troubles.agi_never {
                        return self.agi_never(key, now);
                    }
                    self.out.push_back(Output::LegConnect(key, target.address));
                }
                None => self.agi_over(key, "FAILURE", now),
            },
            "Wait" => {
                let seconds = call.order.data.parse().ok();
                let wait = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
                self.alarm(key, now + wait.unwrap_or_default(), Due::Application);
            }
            // Whatever else it is called, it is not loaded.
            _ => self.alarm(key, now, Due::Application),
        }
    }

    pub(super) fn agi_opened(&mut self, key: CallKey, now: Instant) {
        let version = self.config.version.full();
        let Some(call) = self.calls.get_mut(&key) else {
            return self.out.push_back(Output::LegClose(key));
        };
        let mut bytes = session_environment(call, version);
        let Some(agi) = &mut call.agi else { return };
        agi.open = true;
        if call.dead {
            agi.told = true;
            bytes.extend_from_slice(HANGUP);
        }
        self.agi_say(key, Some(bytes), now);
    }

    pub(super) fn agi_said(&mut self, key: CallKey, bytes: &[u8], now: Instant) {
        if let Some(agi) = self.calls.get_mut(&key).and_then(|call| call.agi.as_mut()) {
            agi.decoder.feed(bytes);
        }
        self.next_commands(key, now);
    }

    /// Carries out what has been said, up to a command that takes its time.
    fn next_commands(&mut self, key: CallKey, now: Instant) {
        while let Some(agi) = self.calls.get_mut(&key).and_then(|call| call.agi.as_mut()) {
            if agi.running.is_some() {
                return;
            }
            match agi.decoder.poll_line().map(|line| line.item) {
                Some(Ok(line)) => self.command(key, line, now),
                Some(Err(malformed)) => tracing::warn!(%malformed, "an AGI command that cannot be read"),
                None => return,
            }
        }
    }

    fn command(&mut self, key: CallKey, line: String, now: Instant) {
        self.commands = self.commands.wrapping_add(1);
        let turn = self.commands;
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        self.desk.agi_begun(&call.first, turn, &line);
        if let Some(agi) = &mut call.agi {
            agi.running = Some(Running {
                turn,
                line: line.clone(),
                work: Work::Instant,
                began_at: now,
            });
        }
        if let Some(reply) = self.carry_out(key, turn, &line, now) {
            self.reply(key, &reply, now);
            self.after_command(key, now);
        }
    }

    /// A command that took its time is over.
    pub(super) fn finish_command(&mut self, key: CallKey, reply: &Reply, now: Instant) {
        self.reply(key, reply, now);
        self.after_command(key, now);
        self.next_commands(key, now);
    }

    fn reply(&mut self, key: CallKey, reply: &Reply, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(agi) = &mut call.agi else { return };
        let Some(running) = agi.running.take() else { return };
        let (code, words) = result_of(reply);
        self.desk
            .agi_ended(&call.first, running.turn, &running.line, code, words);
        if agi.open && !agi.left {
            self.agi_say(key, Some(reply.encode()), now);
        }
    }

    /// Between two commands a hang-up is told, and a session that has lost its server ends.
    fn after_command(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(agi) = &mut call.agi else { return };
        if agi.left {
            let status = if call.dead { "HANGUP" } else { "SUCCESS" };
            return self.agi_over(key, status, now);
        }
        if call.dead && agi.open && !std::mem::replace(&mut agi.told, true) {
            self.agi_say(key, Some(HANGUP.to_vec()), now);
        }
    }

    /// The server has closed the session. A command under way is not disturbed.
    pub(super) fn agi_left(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(agi) = &mut call.agi else { return };
        if agi.running.is_some() {
            agi.left = true;
            return;
        }
        let status = if call.dead { "HANGUP" } else { "SUCCESS" };
        self.agi_over(key, status, now);
    }

    /// The channel is hung up: what goes on ends, and the session is told.
    pub(super) fn die(&mut self, key: CallKey, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        call.dead = true;
        let dialed = self.end_second(key, now);
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(agi) = &mut call.agi else {
            return self.gone(key);
        };
        match &agi.running {
            Some(_) if dialed => self.finish_command(key, &Reply::of(-1), now),
            Some(_) => self.break_off(key, now),
            None => {
                self.after_command(key, now);
            }
        }
    }

    /// The session is over, and the channel with it: the originate's application was its only purpose.
    pub(super) fn agi_over(&mut self, key: CallKey, status: &'static str, now: Instant) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        self.desk.variable_set(&call.first, "AGISTATUS", status);
        if call.agi.take().is_some_and(|agi| agi.open) {
            self.agi_say(key, None, now);
        }
        self.gone(key);
    }

    fn gone(&mut self, key: CallKey) {
        if let Some(call) = self.calls.remove(&key) {
            self.uniqueids.remove(&call.first.uniqueid);
            self.desk.hung_up(&call.first);
            self.files.extend(call.order.placed.file().map(Fate::Remove));
        }
    }
}

/// What `AGIExecEnd` says of a reply.
fn result_of(reply: &Reply) -> (i32, &str) {
    match (reply.code, reply.number()) {
        (200, Some(-1)) if reply.endpos.is_some() => (-1, "Failure"),
        (200, Some(result)) if result >= 0 => (200, "Success"),
        (200, _) => (200, "Unknown Result"),
        (code, _) => (code.into(), &reply.text),
    }
}

fn session_environment(call: &Call, version: &str) -> Vec<u8> {
    let first = &call.first;
    let Some(target) = Target::parse(&call.order.data) else {
        return Vec::new();
    };
    let unknown = |part: &Option<String>| part.clone().unwrap_or_else(|| "unknown".to_owned());
    let (number, name) = (unknown(&first.caller.num), unknown(&first.caller.name));
    let technology = first.name.split('/').next().unwrap_or_default();
    let mut variables = vec![
        ("network", "yes"),
        ("network_script", target.script),
        ("request", target.url),
        ("channel", &first.name),
        ("language", "en"),
        ("type", technology),
        ("uniqueid", &first.uniqueid),
        ("version", version),
        ("callerid", &number),
        ("calleridname", &name),
        ("callingpres", "0"),
        ("callingani2", "0"),
        ("callington", "0"),
        ("callingtns", "0"),
        ("dnid", "unknown"),
        ("rdnis", "unknown"),
        ("context", super::CONTEXT),
        ("extension", first.exten),
        ("priority", "1"),
        ("enhanced", "0.0"),
        ("accountcode", &first.account),
        ("threadid", "139966904567488"),
    ];
    let arguments: Vec<_> = target.arguments.filter(|argument| !argument.is_empty()).collect();
    let names: Vec<_> = (1..=arguments.len())
        .map(|count| format!("arg_{count}"))
        .collect();
    variables.extend(names.iter().map(String::as_str).zip(arguments));
    environment(variables)
}
