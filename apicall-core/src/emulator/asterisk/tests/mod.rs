//! The machine on a manual clock: a manager and a FastAGI server that the test plays.

mod recordings;
mod spool;
mod stories;

use super::super::machine::{CallKey, Input, Machine, Output};
use super::config::Config;
use super::pbx::Pbx;
use crate::wire::agi::{self, Inbound};
use crate::wire::ami::{Block, Decoder, Message};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const MANAGER: u64 = 1;

/// The machine, its clock, and what it has said.
pub(super) struct Bench {
    pub(super) pbx: Pbx,
    started: Instant,
    pub(super) now: Instant,
    manager: Decoder,
    /// Everything a manager was told, banner first.
    pub(super) told: Vec<Message>,
    pub(super) closed: bool,
    pub(super) sessions: BTreeMap<CallKey, Session>,
    pub(super) down_until: Option<Instant>,
}

/// A FastAGI server's side of a session.
#[derive(Default)]
pub(super) struct Session {
    decoder: agi::Decoder,
    pub(super) heard: Vec<Inbound>,
    pub(super) closed: bool,
}

impl Bench {
    #[allow(clippy::disallowed_methods, reason = "a beginning as good as any other")]
    pub(super) fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("apicall", "apicall-secret".to_owned().into());
        change(&mut config);
        let now = Instant::now();
        let mut bench = Self {
            pbx: Pbx::new(config, now, 1_795_223_000),
            started: now,
            now,
            manager: Decoder::default(),
            told: Vec::new(),
            closed: false,
            sessions: BTreeMap::new(),
            down_until: None,
        };
        bench.take(Input::Opened(MANAGER));
        bench
    }

    /// One whose manager has logged in and hears these classes.
    pub(super) fn logged_in(classes: &str, change: impl FnOnce(&mut Config)) -> Self {
        let mut bench = Self::new(change);
        bench.ask(&format!(
            "Action: Login\r\nActionID: l\r\nUsername: apicall\r\nSecret: apicall-secret\r\nEvents: {classes}\r\n\r\n"
        ));
        bench
    }

    fn take(&mut self, input: Input) {
        self.pbx.handle(input, self.now);
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        while let Some(output) = self.pbx.poll() {
            match output {
                Output::Say(_, bytes) => self.hear(&bytes),
                Output::Close(_) | Output::Reset(_) => self.closed = true,
                Output::Down(until) => self.down_until = Some(until),
                Output::LegConnect(key, address) => {
                    assert_eq!(address, "127.0.0.1:4573");
                    self.sessions.insert(key, Session::default());
                    self.pbx.handle(Input::LegOpened(key), self.now);
                }
                Output::LegSay(key, bytes) => {
                    let session = self.sessions.get_mut(&key).expect("a session that was asked for");
                    session.decoder.feed(&bytes);
                    let heard = std::iter::from_fn(|| session.decoder.poll());
                    session.heard.extend(heard.map(|message| message.item.unwrap()));
                }
                Output::Sound(..) => panic!("an Asterisk sends no audio"),
                Output::LegClose(key) => {
                    self.sessions
                        .get_mut(&key)
                        .expect("a session that was asked for")
                        .closed = true;
                }
            }
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.manager.feed(bytes);
        while let Some(message) = self.manager.poll() {
            if let Ok(message) = message.item {
                self.told.push(message);
            }
        }
    }

    /// Says something as the manager; the response to it, if there was one at once.
    pub(super) fn ask(&mut self, text: &str) -> Option<Block> {
        let before = self.told.len();
        self.take(Input::Said(MANAGER, text.as_bytes().to_vec()));
        self.told[before..].iter().find_map(|message| match message {
            Message::Response(block) => Some(block.clone()),
            _ => None,
        })
    }

    pub(super) fn originate(&mut self, number: &str, more: &str) {
        let answer = self.ask(&format!(
            "Action: Originate\r\nActionID: o\r\nChannel: PJSIP/{number}@carrier\r\nChannelId: c-{number}\r\n\
             Async: true\r\nTimeout: 9000\r\nApplication: AGI\r\nData: agi://127.0.0.1:4573/x\r\n{more}\r\n"
        ));
        assert_eq!(answer.unwrap().name(), "Success");
    }

    /// Says something as the FastAGI server of a call.
    pub(super) fn command(&mut self, key: CallKey, line: &str) {
        self.take(Input::LegSaid(key, format!("{line}\n").into_bytes()));
    }

    pub(super) fn leave_agi(&mut self, key: CallKey) {
        self.take(Input::LegLeft(key));
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

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.started
    }

    pub(super) fn events(&self) -> impl Iterator<Item = &Block> {
        self.told.iter().filter_map(|message| match message {
            Message::Event(event) => Some(event),
            _ => None,
        })
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.events().map(Block::name).collect()
    }

    pub(super) fn event(&self, name: &str) -> &Block {
        let found = self.events().find(|event| event.name() == name);
        found.unwrap_or_else(|| panic!("no {name} among {:?}", self.names()))
    }

    /// The last reply of a session, as it was sent.
    pub(super) fn reply(&self, key: CallKey) -> String {
        let replies = self.sessions[&key].heard.iter().rev();
        let reply = replies.into_iter().find_map(|message| match message {
            Inbound::Reply(reply) => Some(format!("{} {}", reply.code, reply.text)),
            _ => None,
        });
        reply.expect("a reply")
    }
}
