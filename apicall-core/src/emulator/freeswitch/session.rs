//! A connection of a client: who it is, what it wants to hear, and what it has not been sent yet.

use crate::wire::esl::{Event, Format, Message, RequestDecoder};
use regex::Regex;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long FreeSWITCH waits for input before it looks for events.
const LOOKS_EVERY: Duration = Duration::from_millis(20);
/// How long a command keeps a connection from its events: some 860 jobs a second go through one.
const COMMAND_TAKES: Duration = Duration::from_micros(1_160);
/// Longest `Reply-Text`.
const REPLY_BYTES: usize = 511;

pub(super) const GOODBYE: &str = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";

/// A connection.
#[derive(Debug)]
pub(super) struct Session {
    pub decoder: RequestDecoder,
    /// Logged in.
    pub known: bool,
    /// About to be closed; nothing more is read.
    pub closing: bool,
    /// Half open: nothing is heard of it, and nothing comes to it.
    muted: bool,
    /// An API command is under way, and nothing else is done.
    pub blocked: bool,
    pub format: Format,
    /// Names of events; `None` for all.
    pub wanted: Wanted,
    pub filters: Filters,
    /// What is to be sent.
    pub out: Vec<u8>,
    /// Events that wait until no input is pending.
    pub events: Vec<u8>,
    looked_at: Instant,
    busy_until: Instant,
    /// It will be looked for events.
    pub looks: bool,
}

impl Session {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            decoder: RequestDecoder::default(),
            known: false,
            closing: false,
            muted: false,
            blocked: false,
            format: Format::Plain,
            wanted: Wanted::default(),
            filters: Filters::default(),
            out: Vec::new(),
            events: Vec::new(),
            looked_at: now,
            busy_until: now,
            looks: false,
        }
    }

    pub(super) fn send(&mut self, message: &Message) {
        if !self.muted {
            self.out.extend(message.encode(Format::Plain));
        }
    }

    /// Replies to a command.
    pub(super) fn reply(&mut self, text: &str) {
        let mut end = REPLY_BYTES.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let reply = Message::reply(&text[..end].replace(['\r', '\n'], " "));
        self.send(&reply.expect("what would end the line was taken out"));
    }

    pub(super) fn raw(&mut self, text: &str) {
        if !self.muted {
            self.out.extend_from_slice(text.as_bytes());
        }
    }

    /// The notice before the end of a connection.
    pub(super) fn part(&mut self, words: &str) {
        self.closing = true;
        let length = words.len();
        self.raw(&format!(
            "Content-Type: text/disconnect-notice\nContent-Length: {length}\n\n{words}"
        ));
    }

    /// From now on it is half open.
    pub(super) fn mute(&mut self) {
        self.muted = true;
        self.closing = true;
        self.out.clear();
        self.events.clear();
    }

    pub(super) fn hears(&self, name: &str) -> bool {
        self.known && !self.muted && self.wanted.has(name)
    }

    /// Bytes of an event, which wait.
    pub(super) fn hear(&mut self, event: &[u8]) {
        if !self.muted {
            self.events.extend_from_slice(event);
        }
    }

    /// A command was carried out, which takes its time from events.
    pub(super) fn worked(&mut self, now: Instant) {
        self.busy_until = self.busy_until.max(now) + COMMAND_TAKES;
        self.looked_at = now;
    }

    /// Whether events have to wait for more than time.
    fn is_held(&self) -> bool {
        self.blocked || self.decoder.unfinished().is_some()
    }

    /// When to look for events next, if they wait and nobody is about to.
    pub(super) fn look_at(&mut self, now: Instant) -> Option<Instant> {
        if self.looks || self.events.is_empty() || self.is_held() {
            return None;
        }
        self.looks = true;
        if self.busy_until > now {
            return Some(self.busy_until);
        }
        let waited = now.saturating_duration_since(self.looked_at);
        let rounds = waited.as_millis() / LOOKS_EVERY.as_millis() + 1;
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        Some(self.looked_at + LOOKS_EVERY * rounds)
    }

    /// Looks for events. Input that is pending comes first.
    pub(super) fn look(&mut self, now: Instant) {
        self.looks = false;
        if !self.is_held() && self.busy_until <= now {
            self.looked_at = now;
            self.out.append(&mut self.events);
        }
    }
}

/// What a session wants to hear.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Something was wanted once, and not all of it taken back at once.
    listens: bool,
    all: bool,
    names: BTreeSet<&'static str>,
}

impl Wanted {
    /// Adds names, of which those that are none count for nothing; whether there was one.
    pub(super) fn add(&mut self, names: &[&str]) -> bool {
        let known = known(names);
        self.all |= known.contains(&"ALL");
        self.names.extend(&known);
        self.listens |= !known.is_empty();
        !known.is_empty()
    }

    /// Takes names away; whether there was one.
    pub(super) fn remove(&mut self, names: &[&str]) -> bool {
        let known = known(names);
        if std::mem::take(&mut self.all) {
            self.names.extend(EVENT_NAMES);
        }
        self.names.retain(|name| !known.contains(name));
        !known.is_empty()
    }

    pub(super) fn listens(&self) -> bool {
        self.listens
    }

    fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }
}

fn known(names: &[&str]) -> Vec<&'static str> {
    let known = |name: &&str| EVENT_NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
    names.iter().filter_map(known).copied().collect()
}

/// Filters of a session: an event passes if there are none, or by those that it meets.
#[derive(Debug, Default)]
pub(super) struct Filters(Vec<Filter>);

#[derive(Debug)]
struct Filter {
    header: String,
    /// As it was written.
    value: String,
    /// What meets it goes no further.
    stops: bool,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Is(String),
    Matches(Regex),
    Never,
}

impl Filters {
    /// Of values that begin with a sign none is an expression (`event_handler`).
    pub(super) fn add(&mut self, header: &str, value: &str) {
        let meant = value.trim_start_matches(['+', '-', ' ']);
        let signs = &value[..value.len() - meant.len()];
        let pattern = meant.strip_prefix('/').filter(|_| signs.is_empty());
        let test = match pattern.map(|rest| rest.trim_end_matches('/')) {
            Some(pattern) => Regex::new(pattern).map_or(Test::Never, Test::Matches),
            None => Test::Is(meant.to_owned()),
        };
        self.0.push(Filter {
            header: header.to_owned(),
            value: value.to_owned(),
            stops: signs.trim_end().ends_with('-'),
            test,
        });
    }

    /// Takes back all of a header, or the one of that value.
    pub(super) fn remove(&mut self, header: &str, value: &str) {
        let gone = |filter: &Filter| {
            header == "all" || (filter.header == header && (value.is_empty() || filter.value == value))
        };
        self.0.retain(|filter| !gone(filter));
    }

    /// One that lets it through has to be there, if any is, and none that stops it.
    pub(super) fn pass(&self, event: &Event) -> bool {
        let hits = |filter: &&Filter| {
            let value = event.find(&filter.header);
            value.is_some_and(|value| match &filter.test {
                Test::Is(text) => value.eq_ignore_ascii_case(text),
                Test::Matches(regex) => regex.is_match(value),
                Test::Never => false,
            })
        };
        let mut hitting = self.0.iter().filter(hits).peekable();
        self.0.is_empty() || (hitting.peek().is_some() && hitting.all(|filter| !filter.stops))
    }
}

/// All there are (`switch_event.c`, 1.10.12).
const EVENT_NAMES: [&str; 93] = [
    "CUSTOM",
    "CLONE",
    "CHANNEL_CREATE",
    "CHANNEL_DESTROY",
    "CHANNEL_STATE",
    "CHANNEL_CALLSTATE",
    "CHANNEL_ANSWER",
    "CHANNEL_HANGUP",
    "CHANNEL_HANGUP_COMPLETE",
    "CHANNEL_EXECUTE",
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_HOLD",
    "CHANNEL_UNHOLD",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_OUTGOING",
    "CHANNEL_PARK",
    "CHANNEL_UNPARK",
    "CHANNEL_APPLICATION",
    "CHANNEL_ORIGINATE",
    "CHANNEL_UUID",
    "API",
    "LOG",
    "INBOUND_CHAN",
    "OUTBOUND_CHAN",
    "STARTUP",
    "SHUTDOWN",
    "PUBLISH",
    "UNPUBLISH",
    "TALK",
    "NOTALK",
    "SESSION_CRASH",
    "MODULE_LOAD",
    "MODULE_UNLOAD",
    "DTMF",
    "MESSAGE",
    "PRESENCE_IN",
    "NOTIFY_IN",
    "PRESENCE_OUT",
    "PRESENCE_PROBE",
    "MESSAGE_WAITING",
    "MESSAGE_QUERY",
    "ROSTER",
    "CODEC",
    "BACKGROUND_JOB",
    "DETECTED_SPEECH",
    "DETECTED_TONE",
    "PRIVATE_COMMAND",
    "HEARTBEAT",
    "TRAP",
    "ADD_SCHEDULE",
    "DEL_SCHEDULE",
    "EXE_SCHEDULE",
    "RE_SCHEDULE",
    "RELOADXML",
    "NOTIFY",
    "PHONE_FEATURE",
    "PHONE_FEATURE_SUBSCRIBE",
    "SEND_MESSAGE",
    "RECV_MESSAGE",
    "REQUEST_PARAMS",
    "CHANNEL_DATA",
    "GENERAL",
    "COMMAND",
    "SESSION_HEARTBEAT",
    "CLIENT_DISCONNECTED",
    "SERVER_DISCONNECTED",
    "SEND_INFO",
    "RECV_INFO",
    "RECV_RTCP_MESSAGE",
    "SEND_RTCP_MESSAGE",
    "CALL_SECURE",
    "NAT",
    "RECORD_START",
    "RECORD_STOP",
    "PLAYBACK_START",
    "PLAYBACK_STOP",
    "CALL_UPDATE",
    "FAILURE",
    "SOCKET_DATA",
    "MEDIA_BUG_START",
    "MEDIA_BUG_STOP",
    "CONFERENCE_DATA_QUERY",
    "CONFERENCE_DATA",
    "CALL_SETUP_REQ",
    "CALL_SETUP_RESULT",
    "CALL_DETAIL",
    "DEVICE_STATE",
    "TEXT",
    "SHUTDOWN_REQUESTED",
    "ALL",
];
