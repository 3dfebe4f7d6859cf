//! Events, header by header as in the recordings, and who hears them.

use super::super::machine::SessionId;
use super::super::timers::Timers;
use super::super::unrest::Unrest;
use super::channel::{CallState, Channel, Job, Role};
use super::made::{CONNECTED, WRITE_CODEC, made_in};
use super::session::Session;
use crate::wire::esl::{Event, Format, Frame, Message};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::time::Instant;

/// An event that is being written.
#[derive(Debug, Default)]
pub(super) struct Sheet(Event);

impl Sheet {
    pub(super) fn header(&mut self, name: &str, value: &str) {
        let event = std::mem::take(&mut self.0);
        // Those of variables are checked when they are set.
        self.0 = event.with(name, value).expect("a name that can be written");
    }

    pub(super) fn headers<'a>(&mut self, headers: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (name, value) in headers {
            self.header(name, value);
        }
    }

    pub(super) fn body(&mut self, text: &str) {
        self.0 = std::mem::take(&mut self.0).with_body(text);
    }

    pub(super) fn event(self) -> Event {
        self.0
    }
}

/// All sessions, and what is told to them.
#[derive(Debug)]
pub(super) struct Desk {
    pub sessions: BTreeMap<SessionId, Session>,
    /// When to look for events of whom.
    pub looks: Timers<SessionId>,
    /// What happens to events on their way, and those that are.
    pub unrest: Unrest,
    pub late: Timers<(SessionId, Vec<u8>)>,
    pub random: StdRng,
    /// The time of what is being told.
    pub now: Instant,
    born_at: Instant,
    epoch_us: u64,
    pub core_uuid: String,
    sequence: u64,
    /// The second that was last shown, for people.
    shown: (u64, String, String),
}

impl Desk {
    pub(super) fn new(seed: u64, now: Instant, epoch_s: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let core_uuid = uuid::Builder::from_random_bytes(random.random())
            .into_uuid()
            .to_string();
        Self {
            sessions: BTreeMap::new(),
            looks: Timers::default(),
            unrest: Unrest::default(),
            late: Timers::default(),
            random,
            now,
            born_at: now,
            epoch_us: epoch_s * 1_000_000,
            core_uuid,
            sequence: 0,
            shown: Default::default(),
        }
    }

    /// Microseconds since 1970.
    pub(super) fn micros(&self) -> u64 {
        let since = self.now.saturating_duration_since(self.born_at).as_micros();
        self.epoch_us + u64::try_from(since).unwrap_or(0)
    }

    /// The time on FreeSWITCH's own clock, for people.
    pub(super) fn local(&mut self, micros: u64) -> &str {
        self.show(micros / 1_000_000);
        &self.shown.1
    }

    fn show(&mut self, second: u64) {
        if self.shown.0 != second || self.shown.1.is_empty() {
            let time = i64::try_from(second)
                .ok()
                .and_then(|s| Timestamp::from_second(s).ok());
            let time = time.unwrap_or(Timestamp::UNIX_EPOCH);
            let local = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
            let gmt = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            self.shown = (second, local, gmt);
        }
    }

    /// The headers that every event begins with.
    fn head(&mut self, name: &str, made: &str) -> Sheet {
        let micros = self.micros();
        self.show(micros / 1_000_000);
        let mut sheet = Sheet::default();
        sheet.headers([
            ("Event-Name", name),
            ("Core-UUID", &self.core_uuid),
            ("FreeSWITCH-Hostname", "emulated"),
            ("FreeSWITCH-Switchname", "emulated"),
            ("FreeSWITCH-IPv4", "127.0.0.1"),
            ("FreeSWITCH-IPv6", "::1"),
            ("Event-Date-Local", &self.shown.1),
            ("Event-Date-GMT", &self.shown.2),
            ("Event-Date-Timestamp", &micros.to_string()),
        ]);
        sheet.headers(made_in(made).into_iter().flatten());
        sheet.header("Event-Sequence", &self.sequence.to_string());
        sheet
    }

    /// Tells an event to all who want to hear it.
    pub(super) fn tell(&mut self, name: &'static str, write: impl FnOnce(&mut Sheet)) {
        self.tell_made(name, name, write);
    }

    fn tell_made(&mut self, name: &'static str, made: &str, write: impl FnOnce(&mut Sheet)) {
        self.sequence += 1;
        if !self.sessions.values().any(|session| session.hears(name)) {
            return;
        }
        let mut sheet = self.head(name, made);
        write(&mut sheet);
        let event = sheet.event();
        let hears = |(id, session): (&SessionId, &Session)| {
            (session.hears(name) && session.filters.pass(&event)).then_some((*id, session.format))
        };
        let hearers: Vec<_> = self.sessions.iter().filter_map(hears).collect();
        let message = Message::Event(event);
        let mut written: Vec<(Format, Vec<u8>)> = Vec::new();
        for (id, format) in hearers {
            if !written.iter().any(|(of, _)| *of == format) {
                written.push((format, message.encode(format)));
            }
            let bytes = written.iter().find(|(of, _)| *of == format);
            let Some((_, bytes)) = bytes else { continue };
            if !self.unrest.any() {
                self.hand(id, bytes);
                continue;
            }
            let (delay, times) = self.unrest.fate(&mut self.random);
            for _ in 0..times {
                self.late.set(self.now + delay, (id, bytes.clone()));
            }
        }
    }

    fn hand(&mut self, id: SessionId, bytes: &[u8]) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.hear(bytes);
        }
        self.wake(id);
    }

    /// Sees to it that events of a session are looked for.
    pub(super) fn wake(&mut self, id: SessionId) {
        let session = self.sessions.get_mut(&id);
        if let Some(at) = session.and_then(|session| session.look_at(self.now)) {
            self.looks.set(at, id);
        }
    }

    /// Somebody said nothing: their events are looked for all the same.
    pub(super) fn look(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.look(self.now);
        }
        self.wake(id);
    }

    /// Tells the events whose time has come, and looks for those that wait.
    pub(super) fn tell_late(&mut self) {
        while let Some((_, (id, bytes))) = self.late.pop(self.now) {
            self.hand(id, &bytes);
        }
        while let Some((_, id)) = self.looks.pop(self.now) {
            self.look(id);
        }
    }

    /// An event of a channel that shows its variables, and more.
    pub(super) fn of(&mut self, name: &'static str, channel: &Channel, more: &[(&str, &str)]) {
        self.tell(name, |sheet| {
            data(sheet, channel);
            sheet.headers(channel.variables.headers());
            sheet.headers(more.iter().copied());
        });
    }

    /// The same, with headers in front.
    pub(super) fn fronted(&mut self, name: &'static str, front: &[(&str, &str)], channel: &Channel) {
        self.tell(name, |sheet| {
            sheet.headers(front.iter().copied());
            data(sheet, channel);
            sheet.headers(channel.variables.headers());
        });
    }

    /// An event of a channel without its variables.
    pub(super) fn plain(&mut self, name: &'static str, channel: &Channel, more: &[(&str, &str)]) {
        self.tell(name, |sheet| {
            data(sheet, channel);
            sheet.headers(more.iter().copied());
        });
    }

    /// What it listens and talks with is known.
    pub(super) fn codecs(&mut self, channel: &Channel) {
        let bits = ["channel-read-codec-bit-rate", "Channel-Write-codec-bit-rate"];
        let names = [
            ("CODEC", "channel-read-codec-name", "channel-read-codec-rate"),
            (
                WRITE_CODEC,
                "Channel-Write-Codec-Name",
                "Channel-Write-Codec-Rate",
            ),
        ];
        for ((made, name, rate), bits) in names.into_iter().zip(bits) {
            self.tell_made("CODEC", made, |sheet| {
                data(sheet, channel);
                sheet.headers([(name, "PCMU"), (rate, "8000"), (bits, "64000")]);
            });
        }
    }

    pub(super) fn call_state(&mut self, channel: &mut Channel, state: CallState) {
        let before = std::mem::replace(&mut channel.call_state, state);
        self.tell("CHANNEL_CALLSTATE", |sheet| {
            sheet.header("Original-Channel-Call-State", before.name());
            sheet.header("Channel-Call-State-Number", state.number());
            data(sheet, channel);
        });
    }

    pub(super) fn job_done(&mut self, job: &Job, output: &str) {
        self.tell("BACKGROUND_JOB", |sheet| {
            sheet.header("Job-UUID", &job.uuid);
            sheet.header("Job-Command", &job.command);
            if !job.arguments.is_empty() {
                sheet.header("Job-Command-Arg", &job.arguments);
            }
            sheet.body(output);
        });
    }

    /// What `uuid_dump` shows.
    pub(super) fn dump(&mut self, channel: &Channel, format: Format) -> String {
        let mut sheet = self.head("CHANNEL_DATA", "CHANNEL_DATA");
        data(&mut sheet, channel);
        sheet.headers(channel.variables.headers());
        sheet.event().encode(format)
    }

    /// What a connection that was made for a channel is told first.
    pub(super) fn introduce(&mut self, channel: &Channel, to: SessionId) {
        let mut sheet = self.head("CHANNEL_DATA", CONNECTED);
        profile(&mut sheet, "Channel", channel);
        data(&mut sheet, channel);
        sheet.headers(channel.variables.headers());
        sheet.headers([
            ("Content-Type", "command/reply"),
            ("Reply-Text", "+OK\n"),
            ("Socket-Mode", "async"),
            ("Control", "full"),
        ]);
        let told = Frame {
            headers: sheet.event().headers().clone(),
            body: String::new(),
        };
        if let Some(session) = self.sessions.get_mut(&to) {
            session.send(&Message::Reply(told));
        }
    }
}

/// What is shown of a channel.
fn data(sheet: &mut Sheet, channel: &Channel) {
    let call_uuid = channel.variables.find("call_uuid").unwrap_or(&channel.uuid);
    sheet.headers([
        ("Channel-State", channel.core.0),
        ("Channel-Call-State", channel.call_state.name()),
        ("Channel-State-Number", &channel.core.1.to_string()),
        ("Channel-Name", &channel.name),
        ("Unique-ID", &channel.uuid),
        ("Call-Direction", "outbound"),
        ("Presence-Call-Direction", "outbound"),
        ("Channel-HIT-Dialplan", yes(channel.hit_dialplan)),
        ("Channel-Call-UUID", call_uuid),
        ("Answer-State", channel.answer_state),
    ]);
    if let Some(cause) = channel.cause {
        sheet.header("Hangup-Cause", cause.name());
    }
    if let Some(codec) = channel.read_codec {
        let bits = if codec == "L16" { "128000" } else { "64000" };
        sheet.headers([
            ("Channel-Read-Codec-Name", codec),
            ("Channel-Read-Codec-Rate", "8000"),
            ("Channel-Read-Codec-Bit-Rate", bits),
            ("Channel-Write-Codec-Name", "PCMU"),
            ("Channel-Write-Codec-Rate", "8000"),
            ("Channel-Write-Codec-Bit-Rate", "64000"),
        ]);
    }
    if channel.times.created > 0 {
        profile(sheet, "Caller", channel);
    }
}

/// The number of the state in which a channel is routed.
const ON_ITS_WAY: u8 = 2;

/// The caller's profile, under the names that begin with this. After a transfer it is another, which on its way is told where to.
fn profile(sheet: &mut Sheet, of: &'static str, channel: &Channel) {
    let mut profile = Profile { sheet, of };
    let transfer = channel.transfer.as_ref();
    let bound = transfer.filter(|_| channel.core.1 == ON_ITS_WAY);
    let callee = channel.number.as_str();
    profile.header("Direction", "outbound");
    let bridges = channel.other.is_some_and(|(_, role)| role == Role::Originator);
    let calls = bridges || transfer.is_some();
    profile.header("Logical-Direction", if calls { "inbound" } else { "outbound" });
    if let Some(transfer) = transfer {
        profile.header("Dialplan", &transfer.dialplan);
    }
    profile.parties(channel);
    let destination = bound.map_or(callee, |transfer| &transfer.destination);
    profile.header("ANI", channel.caller_number());
    profile.header("Destination-Number", destination);
    profile.header("Unique-ID", &channel.uuid);
    profile.header("Source", "src/switch_ivr_originate.c");
    if let Some(transfer) = transfer {
        profile.header("Transfer-Source", &transfer.source);
    }
    profile.header("Context", "default");
    if bound.is_some() {
        profile.header("RDNIS", callee);
    }
    profile.header("Channel-Name", &channel.name);
    let index = 1 + transfer.map_or(0, |transfer| transfer.times);
    profile.header("Profile-Index", &index.to_string());
    profile.times(channel);
    profile.header("Screen-Bit", "true");
    profile.header("Privacy-Hide-Name", "false");
    profile.header("Privacy-Hide-Number", "false");
}

/// A profile that is being written.
struct Profile<'a> {
    sheet: &'a mut Sheet,
    of: &'static str,
}

impl Profile<'_> {
    fn header(&mut self, name: &str, value: &str) {
        self.sheet.header(&format!("{}-{name}", self.of), value);
    }

    /// Who calls whom.
    fn parties(&mut self, channel: &Channel) {
        let (caller, callee) = (channel.caller_number(), channel.number.as_str());
        if channel.flipped {
            self.header("Caller-ID-Name", "Outbound Call");
        } else if let Some(name) = channel.variables.find("origination_caller_id_name") {
            self.header("Caller-ID-Name", name);
        }
        let (shown, other) = if channel.flipped {
            (callee, caller)
        } else {
            (caller, callee)
        };
        self.header("Caller-ID-Number", shown);
        self.header("Orig-Caller-ID-Number", caller);
        if !channel.flipped {
            self.header("Callee-ID-Name", "Outbound Call");
        }
        self.header("Callee-ID-Number", other);
        if channel.has_network {
            self.header("Network-Addr", "127.0.0.1");
        }
    }

    /// When what happened.
    fn times(&mut self, channel: &Channel) {
        let times = &channel.times;
        let transfer = channel.transfer.as_ref();
        for (name, time) in [
            (
                "Profile-Created-Time",
                transfer.map_or(times.created, |transfer| transfer.at),
            ),
            ("Channel-Created-Time", times.created),
            ("Channel-Answered-Time", times.answered),
            ("Channel-Progress-Time", times.progress),
            ("Channel-Progress-Media-Time", times.progress_media),
            ("Channel-Hangup-Time", times.hangup),
            ("Channel-Transfer-Time", 0),
            ("Channel-Resurrect-Time", 0),
            ("Channel-Bridged-Time", times.bridged),
            ("Channel-Last-Hold", 0),
            ("Channel-Hold-Accum", 0),
        ] {
            self.header(name, &time.to_string());
        }
    }
}

fn yes(it_is: bool) -> &'static str {
    if it_is { "true" } else { "false" }
}
