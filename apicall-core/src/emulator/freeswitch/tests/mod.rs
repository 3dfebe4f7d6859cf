//! The machine on a manual clock: clients that the test plays.

mod audio;
mod recordings;
mod scheduler;
mod stories;

use super::super::machine::{Input, Machine, Output, SessionId};
use super::super::speech::Frame;
use super::config::Config;
use super::pbx::Pbx;
use crate::wire::esl::{Decoder, Dial, Event, Message};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The first client.
const CLIENT: SessionId = 1;

/// A client's side of a connection.
#[derive(Default)]
pub(super) struct Client {
    decoder: Decoder,
    /// Everything it was told, and how long after the start.
    pub(super) told: Vec<(Duration, Message)>,
    pub(super) closed: bool,
}

/// The machine, its clock, and what it has said.
pub(super) struct Bench {
    pub(super) pbx: Pbx,
    started: Instant,
    pub(super) now: Instant,
    pub(super) clients: BTreeMap<SessionId, Client>,
    /// Audio that was sent, where to, and how long after the start.
    pub(super) sounds: Vec<(Duration, SocketAddr, Frame)>,
}

impl Bench {
    /// One whose first client has connected.
    #[allow(clippy::disallowed_methods, reason = "a beginning as good as any other")]
    pub(super) fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("ClueCon".to_owned().into());
        change(&mut config);
        let now = Instant::now();
        let mut bench = Self {
            pbx: Pbx::new(config, now, 1_795_223_000),
            started: now,
            now,
            clients: BTreeMap::new(),
            sounds: Vec::new(),
        };
        bench.connect(CLIENT);
        bench
    }

    /// One whose first client has logged in and hears these events.
    pub(super) fn hearing(events: &str, change: impl FnOnce(&mut Config)) -> Self {
        let mut bench = Self::new(change);
        bench.say(&format!("auth ClueCon\n\nevent plain {events}\n\n"));
        bench
    }

    pub(super) fn connect(&mut self, id: SessionId) {
        self.clients.insert(id, Client::default());
        self.take(Input::Opened(id));
    }

    fn take(&mut self, input: Input) {
        self.pbx.handle(input, self.now);
        self.pbx.expire(self.now);
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        let at = self.now - self.started;
        while let Some(output) = self.pbx.poll() {
            match output {
                Output::Say(id, bytes) => {
                    let client = self.clients.get_mut(&id).expect("a client that connected");
                    client.decoder.feed(&bytes);
                    while let Some(message) = client.decoder.poll() {
                        if let Ok(message) = message.item {
                            client.told.push((at, message));
                        }
                    }
                }
                Output::Close(id) | Output::Reset(id) => {
                    self.clients.get_mut(&id).expect("a client that connected").closed = true;
                }
                Output::Down(_) => {}
                Output::Sound(to, frame) => self.sounds.push((at, to, frame)),
                other => panic!("{other:?} from a FreeSWITCH that connects to nobody"),
            }
        }
    }

    /// Says something as the first client.
    pub(super) fn say(&mut self, text: &str) {
        self.say_as(CLIENT, text.as_bytes());
    }

    pub(super) fn say_as(&mut self, id: SessionId, bytes: &[u8]) {
        self.take(Input::Said(id, bytes.to_vec()));
    }

    /// Places a call, with the number for its uuid.
    pub(super) fn originate(&mut self, number: &str, variables: &[(&str, &str)]) {
        let dial = Dial::to(&format!("sofia/gateway/carrier/{number}")).unwrap();
        let usual = [("origination_uuid", number), ("ignore_early_media", "true")];
        let given = usual.iter().chain(variables);
        let dial = given.fold(dial, |dial, (name, value)| dial.variable(name, value).unwrap());
        self.say(&format!(
            "bgapi originate {} &park()\nJob-UUID: {number}\n\n",
            dial.api_word()
        ));
    }

    pub(super) fn execute(&mut self, number: &str, application: &str, argument: &str, lock: bool) {
        let lock = if lock { "event-lock: true\n" } else { "" };
        self.say(&format!(
            "sendmsg {number}\ncall-command: execute\nexecute-app-name: {application}\n\
             execute-app-arg: {argument}\n{lock}Event-UUID: {argument}\n\n"
        ));
    }

    /// Lets time pass, alarm by alarm.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.pbx.next_due().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.pbx.expire(self.now);
            self.drain();
        }
        self.now = until;
        self.pbx.expire(self.now);
        self.drain();
    }

    pub(super) fn pass_ms(&mut self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    pub(super) fn told(&self) -> impl Iterator<Item = &Message> {
        self.clients[&CLIENT].told.iter().map(|(_, message)| message)
    }

    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.told().filter_map(|message| match message {
            Message::Event(event) => Some(event),
            _ => None,
        })
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.events().map(Event::name).collect()
    }

    pub(super) fn event(&self, name: &str) -> &Event {
        let found = self.events().find(|event| event.name() == name);
        found.unwrap_or_else(|| panic!("no {name} among {:?}", self.names()))
    }

    /// All replies and outputs, as they were sent.
    pub(super) fn replies(&self) -> Vec<&str> {
        self.told()
            .filter_map(|message| match message {
                Message::Reply(frame) => Some(frame.text()),
                Message::Response(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }
}
