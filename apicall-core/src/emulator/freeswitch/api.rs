//! API commands, of a connection or in the background.

use super::super::machine::SessionId;
use super::applications::{Execute, KeySource};
use super::cause::Cause;
use super::channel::{Channel, Job, Order};
use super::pbx::{Alarm, Due, Pbx};
use super::strings::split;
use super::variables::Variables;
use crate::wire::esl::{Format, Message};
use serde_json::json;
use std::time::{Duration, Instant};

/// A command, how to use it, and what it does.
type Entry = (
    &'static str,
    &'static str,
    fn(&mut Pbx, &[String], Instant) -> String,
);

const COMMANDS: [Entry; 20] = [
    ("create_uuid", "", |pbx, _, _| pbx.draw_uuid()),
    (
        "fsctl",
        "[hupall|pause|resume|pause_check|max_sessions|sps]",
        Pbx::fsctl,
    ),
    ("global_getvar", "<var>", |_, _, _| String::from("")),
    ("hostname", "", |_, _, _| String::from("emulated")),
    ("hupall", "[cause] [variable] [value]", Pbx::hang_up_all),
    (
        "sched_api",
        "[+@]<time> <group_name> <command_string>[&]",
        Pbx::sched_api,
    ),
    ("sched_del", "<task_id>|<group_id>", Pbx::sched_del),
    ("sched_hangup", "[+]<time> <uuid> [<cause>]", Pbx::sched_hangup),
    ("show", "channels [as json]", Pbx::show),
    ("status", "", |pbx, _, now| pbx.status(now)),
    ("uuid_break", "<uuid> [all]", Pbx::uuid_break),
    ("uuid_broadcast", "<uuid> <path>", Pbx::uuid_broadcast),
    ("uuid_dump", "<uuid> [format]", Pbx::uuid_dump),
    ("uuid_exists", "<uuid>", Pbx::uuid_exists),
    ("uuid_getvar", "<uuid> <var>", Pbx::uuid_getvar),
    ("uuid_kill", "<uuid> [cause]", Pbx::uuid_kill),
    ("uuid_recv_dtmf", "<uuid> <dtmf_data>", Pbx::uuid_recv_dtmf),
    ("uuid_setvar", "<uuid> <var> [value]", Pbx::uuid_setvar),
    (
        "uuid_transfer",
        "<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]",
        Pbx::uuid_transfer,
    ),
    ("version", "", |_, _, _| {
        String::from("FreeSWITCH Version 1.10.12-release~64bit ( 64bit)\n")
    }),
];
const NO_CHANNEL: &str = "-ERR No such channel!\n";

impl Pbx {
    /// Runs a command for a session, which waits for it.
    pub(super) fn run_api(&mut self, id: SessionId, command: &str, arguments: &str, now: Instant) {
        let blocks = match command {
            "originate" => {
                self.block(id);
                return self.originate(Order::Api(id), arguments, now);
            }
            "msleep" => Some(Duration::from_millis(arguments.parse().unwrap_or(0))),
            _ => None,
        };
        if let Some(time) = blocks {
            self.block(id);
            return self.timers.set(now + time, Alarm::ApiOver(id));
        }
        let text = self.print(command, arguments, now);
        self.respond(id, text);
    }

    /// Runs one in the background.
    pub(super) fn run_job(&mut self, job: Job, now: Instant) {
        let (command, arguments) = (job.command.clone(), job.arguments.clone());
        if command == "originate" {
            return self.originate(Order::Job(job), &arguments, now);
        }
        let text = self.print(&command, &arguments, now);
        self.desk.job_done(&job, &text);
    }

    pub(super) fn print(&mut self, command: &str, arguments: &str, now: Instant) -> String {
        let Some((_, usage, run)) = COMMANDS.iter().find(|(name, ..)| *name == command) else {
            return format!("-ERR {command} Command not found!\n");
        };
        let most = if ["uuid_setvar", "sched_api"].contains(&command) {
            3
        } else {
            10
        };
        let words = split(arguments, ' ', most);
        let needed = usage.split(' ').filter(|word| word.starts_with('<')).count();
        if words.len() < needed {
            return format!("-USAGE: {usage}\n");
        }
        run(self, &words, now)
    }

    fn block(&mut self, id: SessionId) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.blocked = true;
        }
    }

    /// The command that a session waited for is done.
    pub(super) fn api_over(&mut self, id: SessionId, text: &str, now: Instant) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.blocked = false;
            self.respond(id, text.to_owned());
            self.work_for(id, now);
        }
    }

    fn respond(&mut self, id: SessionId, text: String) {
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            let empty = text.is_empty();
            session.send(&Message::Response(if empty {
                "-ERR no reply\n".to_owned()
            } else {
                text
            }));
        }
    }

    fn channel(&self, uuid: &str) -> Option<&Channel> {
        self.uuids.get(uuid).and_then(|key| self.channels.get(key))
    }

    fn fsctl(&mut self, words: &[String], now: Instant) -> String {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["pause", ..] => {
                self.paused = true;
                "+OK\n".into()
            }
            ["resume", ..] => {
                self.paused = false;
                "+OK\n".into()
            }
            ["pause_check", ..] => if self.paused { "true" } else { "false" }.into(),
            ["hupall", ..] => self.hang_up_all(&[], now),
            ["max_sessions", ref most @ ..] => {
                self.config.capacity = number(most).unwrap_or(self.config.capacity);
                format!("+OK max sessions: {}\n", self.config.capacity)
            }
            ["sps", ref most @ ..] => {
                self.config.sessions_per_second = number(most).or(self.config.sessions_per_second);
                let most = self.config.sessions_per_second.unwrap_or(0);
                format!("+OK sessions per second: {most}\n")
            }
            _ => "-ERR\n".into(),
        }
    }

    fn hang_up_all(&mut self, words: &[String], now: Instant) -> String {
        let named = words.first().and_then(|name| Cause::named(name));
        let cause = named.unwrap_or(Cause::MANAGER_REQUEST);
        let meant = |channel: &Channel| match words {
            [_, name, value, ..] => channel.variables.find(name) == Some(value),
            _ => true,
        };
        let meant = self.channels.iter().filter(|(_, channel)| meant(channel));
        for key in meant.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.alarm(key, now, Due::HangUp(cause));
        }
        let which = match words {
            [_, name, value, ..] => format!("matching [{name}]=[{value}] with cause:"),
            _ => "with cause".to_owned(),
        };
        format!("+OK hangup all channels {which} {}\n", cause.name())
    }

    fn sched_hangup(&mut self, words: &[String], now: Instant) -> String {
        let Some(key) = self.uuids.get(&words[1]).copied() else {
            return NO_CHANNEL.into();
        };
        let named = words.get(2).and_then(|name| Cause::named(name));
        let after = words[0].trim_start_matches('+').parse().unwrap_or(0);
        let cause = named.unwrap_or(Cause::ALLOTTED_TIMEOUT);
        self.alarm(key, now + Duration::from_secs(after), Due::HangUp(cause));
        "+OK\n".into()
    }

    fn uuid_kill(&mut self, words: &[String], now: Instant) -> String {
        let Some(key) = self.uuids.get(&words[0]).copied() else {
            return NO_CHANNEL.into();
        };
        let named = words.get(1).and_then(|name| Cause::named(name));
        self.alarm(key, now, Due::HangUp(named.unwrap_or(Cause::NORMAL_CLEARING)));
        "+OK\n".into()
    }

    fn uuid_exists(&mut self, words: &[String], _: Instant) -> String {
        if self.uuids.contains_key(&words[0]) {
            "true"
        } else {
            "false"
        }
        .into()
    }

    fn uuid_getvar(&mut self, words: &[String], _: Instant) -> String {
        match self.channel(&words[0]) {
            None => NO_CHANNEL.into(),
            Some(channel) => channel.variables.find(&words[1]).unwrap_or("_undef_").into(),
        }
    }

    fn uuid_setvar(&mut self, words: &[String], _: Instant) -> String {
        let key = self.uuids.get(&words[0]);
        let Some(channel) = key.and_then(|key| self.channels.get_mut(key)) else {
            return NO_CHANNEL.into();
        };
        if !Variables::is_name(&words[1]) {
            return "-ERR No variable specified\n".into();
        }
        match words.get(2).filter(|value| !value.is_empty()) {
            Some(value) => channel.variables.set(&words[1], value.clone()),
            None => channel.variables.unset(&words[1]),
        }
        "+OK\n".into()
    }

    fn uuid_dump(&mut self, words: &[String], _: Instant) -> String {
        let format = match words.get(1).map(String::as_str) {
            Some("json") => Format::Json,
            Some("xml") => Format::Xml,
            _ => Format::Plain,
        };
        let key = self.uuids.get(&words[0]);
        match key.and_then(|key| self.channels.get(key)) {
            Some(channel) => self.desk.dump(channel, format),
            None => NO_CHANNEL.into(),
        }
    }

    fn uuid_break(&mut self, words: &[String], now: Instant) -> String {
        let Some(key) = self.uuids.get(&words[0]).copied() else {
            return NO_CHANNEL.into();
        };
        let all = words.get(1).is_some_and(|word| word == "all");
        self.break_off(key, all, now);
        "+OK\n".into()
    }

    fn uuid_recv_dtmf(&mut self, words: &[String], now: Instant) -> String {
        let Some(key) = self.uuids.get(&words[0]).copied() else {
            return NO_CHANNEL.into();
        };
        for pressed in words[1].chars() {
            self.key_pressed(key, pressed, KeySource::Client, now);
        }
        format!("+OK {} received DTMF {}.\n", words[0], words[1])
    }

    fn uuid_broadcast(&mut self, words: &[String], now: Instant) -> String {
        let Some(key) = self.uuids.get(&words[0]).copied() else {
            return NO_CHANNEL.into();
        };
        let execute = Execute {
            application: "playback".to_owned(),
            argument: words[1].clone(),
            uuid: self.draw_uuid(),
            lock: false,
        };
        self.queue(key, execute, now);
        "+OK Message sent\n".into()
    }

    /// Only of a channel itself, not of whom it talks with.
    fn uuid_transfer(&mut self, words: &[String], now: Instant) -> String {
        let Some(key) = self.uuids.get(&words[0]).copied() else {
            return NO_CHANNEL.into();
        };
        let dialplan = words.get(2).map_or("XML", String::as_str);
        self.transfer(key, &words[1], dialplan, now);
        "+OK\n".into()
    }

    fn status(&mut self, now: Instant) -> String {
        let up = now.saturating_duration_since(self.booted_at);
        let (seconds, ms, us) = (up.as_secs(), up.subsec_millis(), up.subsec_micros() % 1_000);
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let (live, most, rate) = (self.channels.len(), self.config.capacity, self.second.1);
        let allowed = self.config.sessions_per_second.unwrap_or(1_000_000);
        format!(
            "UP 0 years, {days} days, {hours} hours, {minutes} minutes, {} seconds, {ms} milliseconds, {us} \
             microseconds\nFreeSWITCH (Version 1.10.12-release  64bit) is ready\n{} session(s) since startup\n\
             {live} session(s) - peak {live}, last 5min {live} \n{rate} session(s) per Sec out of max {allowed}, \
             peak {rate}, last 5min {rate} \n{most} session(s) max\nmin idle cpu 0.00/99.00\n",
            seconds % 60,
            self.keys,
        )
    }

    /// `show channels`, in its two forms.
    fn show(&mut self, words: &[String], _: Instant) -> String {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let channels: Vec<_> = self
            .channels
            .values()
            .filter(|channel| channel.times.created > 0)
            .collect();
        let count = channels.len();
        match words[..] {
            ["channels", "as", "json"] if count == 0 => "{\"row_count\":0}".into(),
            ["channels", "as", "json"] => {
                let rows: Vec<_> = channels.iter().map(|channel| row(channel)).collect();
                json!({ "row_count": count, "rows": rows }).to_string()
            }
            ["channels", "count"] => format!("\n{count} total.\n"),
            ["channels", ..] => {
                let mut text = String::new();
                if count > 0 {
                    text.push_str("uuid,direction,created_epoch,name,state,cid_num,dest,callstate\n");
                }
                for channel in channels {
                    let (shown, created) = (channel.caller_number(), channel.times.created / 1_000_000);
                    let Channel {
                        uuid, name, number, ..
                    } = channel;
                    let (state, call) = (channel.core.0, channel.call_state.name());
                    text.push_str(&format!(
                        "{uuid},outbound,{created},{name},{state},{shown},{number},{call}\n"
                    ));
                }
                format!("{text}\n{count} total.\n")
            }
            _ => "-USAGE: channels [as json]\n".into(),
        }
    }

    /// An execute that a client sent.
    pub(super) fn queue(&mut self, key: u64, execute: Execute, now: Instant) {
        if let Some(channel) = self.channels.get_mut(&key) {
            channel.queue.push_back(execute);
            if !self.troubles.leg_never {
                self.alarm(key, now + self.troubles.leg_slow, Due::Execute);
            }
        }
    }
}

fn number<T: std::str::FromStr>(words: &[&str]) -> Option<T> {
    words.first().and_then(|word| word.parse().ok())
}

/// A row of `show channels as json`; its values are text.
fn row(channel: &Channel) -> serde_json::Value {
    let application = channel.running.last();
    let (name, argument) = application.map_or(("", ""), |running| {
        (
            running.execute.application.as_str(),
            running.execute.argument.as_str(),
        )
    });
    let created = channel.times.created / 1_000_000;
    json!({
        "uuid": channel.uuid, "direction": "outbound", "created_epoch": created.to_string(),
        "name": channel.name, "state": channel.core.0, "cid_num": channel.caller_number(),
        "ip_addr": if channel.has_network { "127.0.0.1" } else { "" }, "dest": channel.number,
        "application": name, "application_data": argument, "context": "default",
        "read_codec": channel.read_codec.unwrap_or_default(), "hostname": "emulated",
        "callstate": channel.call_state.name(), "callee_num": channel.number,
        "call_uuid": channel.variables.find("call_uuid").unwrap_or_default(),
    })
}
