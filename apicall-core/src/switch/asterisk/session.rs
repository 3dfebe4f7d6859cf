//! One AMI connection: bytes in and out, the login, the keep-alive.

use super::config::Timing;
use crate::wire::ami::{Action, Block, Decoder, Message};
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use std::collections::VecDeque;
use std::fmt::Write;
use std::io;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Events that outcomes are made of; all others stay at Asterisk. Kept by old and new versions alike.
const EVENTS_WANTED: &str = "^Event: (DialState|DialEnd|OriginateResponse|Hangup|FullyBooted)[[:space:]]";

/// A connection.
#[derive(Debug)]
pub(super) struct Session {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    decoder: Decoder,
    out: Vec<u8>,
    input: Box<[u8]>,
    heard_at: Instant,
    asked: bool,
    /// Actions without a reply yet, in the order they were sent, and until when that is bearable.
    unanswered: VecDeque<(Instant, String)>,
    timing: Timing,
    ids: u64,
}

/// Why a connection is of no use.
pub(super) type Broken = String;

impl Session {
    /// Connects and logs in; on return Asterisk is fully booted and tells of calls.
    pub(super) async fn open(
        address: &str,
        user: &str,
        secret: &SecretString,
        timing: Timing,
    ) -> Result<Self, Broken> {
        let connecting = tokio::time::timeout(timing.login, TcpStream::connect(address)).await;
        let stream = connecting
            .map_err(|_| format!("no connection to {address} within {:?}", timing.login))?
            .map_err(|error| format!("cannot connect to {address}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (reader, writer) = stream.into_split();
        let mut session = Self {
            reader,
            writer,
            decoder: Decoder::default(),
            out: Vec::new(),
            input: vec![0; 64 * 1024].into(),
            heard_at: now(),
            asked: false,
            unanswered: VecDeque::new(),
            timing,
            ids: 0,
        };
        session.log_in(user, secret).await?;
        session.await_boot().await?;
        session.choose_events().await?;
        Ok(session)
    }

    async fn log_in(&mut self, user: &str, secret: &SecretString) -> Result<(), Broken> {
        let challenge = self.ask("Challenge", &[("AuthType", "MD5")]).await?;
        let answer = match challenge.find("Challenge") {
            Some(challenge) => {
                let key = md5_hex(challenge, secret);
                let login = [
                    ("AuthType", "MD5"),
                    ("Username", user),
                    ("Key", &key),
                    ("Events", "system"),
                ];
                self.ask("Login", &login).await?
            }
            None => {
                let login = [
                    ("Username", user),
                    ("Secret", secret.expose_secret()),
                    ("Events", "system"),
                ];
                self.ask("Login", &login).await?
            }
        };
        if answer.name() == "Success" {
            return Ok(());
        }
        let said = answer.find("Message").unwrap_or("no reason given").to_owned();
        Err(format!(
            "login of {user} refused: {said}; check user, secret and permit in manager.conf"
        ))
    }

    /// Asterisk takes logins before it can place calls.
    async fn await_boot(&mut self) -> Result<(), Broken> {
        let booted = |message: &Message| match message {
            Message::Event(event) => event.name() == "FullyBooted",
            _ => false,
        };
        let limit = self.timing.login * 6;
        let waited = tokio::time::timeout(limit, async {
            while !booted(&self.message().await?) {}
            Ok(())
        });
        waited
            .await
            .unwrap_or_else(|_| Err(format!("not fully booted within {limit:?}")))
    }

    async fn choose_events(&mut self) -> Result<(), Broken> {
        let filter = [("Operation", "Add"), ("Filter", EVENTS_WANTED)];
        let answer = self.ask("Filter", &filter).await?;
        if answer.name() != "Success" {
            let said = answer.find("Message").unwrap_or_default();
            tracing::warn!(
                said,
                "Asterisk sends all call events: it took no filter; give the user write permission `system`"
            );
        }
        let answer = self.ask("Events", &[("EventMask", "call,system")]).await?;
        if answer.name() == "Error" {
            return Err(
                "Asterisk sends no events to this user; give it read permission `call,system`".to_owned(),
            );
        }
        Ok(())
    }

    /// Sends an action and waits for its response. Only before calls are followed: events meanwhile are dropped.
    async fn ask(&mut self, name: &str, headers: &[(&str, &str)]) -> Result<Block, Broken> {
        let id = self.draw_id();
        let mut action = Action::new(name, &id).map_err(|error| error.to_string())?;
        for (header, value) in headers {
            action = action.header(header, value).map_err(|error| error.to_string())?;
        }
        self.send(&action, &id);
        let answered = tokio::time::timeout(self.timing.login, async {
            loop {
                if let Message::Response(block) = self.message().await?
                    && block.find("ActionID") == Some(&id)
                {
                    return Ok(block);
                }
            }
        });
        answered
            .await
            .unwrap_or_else(|_| Err(format!("no answer to {name} within {:?}", self.timing.login)))
    }

    /// An id for an action of no further interest.
    pub(super) fn draw_id(&mut self) -> String {
        self.ids += 1;
        format!("s{}", self.ids)
    }

    /// Queues an action with its id; it leaves while messages are waited for.
    pub(super) fn send(&mut self, action: &Action, id: &str) {
        self.unanswered
            .push_back((now() + self.timing.reply, id.to_owned()));
        self.out.extend(action.encode());
    }

    /// A message that has come already.
    pub(super) fn poll(&mut self) -> Option<Message> {
        loop {
            let decoded = self.decoder.poll()?;
            match decoded.item {
                Ok(message) => {
                    self.settle(&message);
                    return Some(message);
                }
                Err(malformed) => tracing::warn!(%malformed, "Asterisk sent something unreadable"),
            }
        }
    }

    fn settle(&mut self, message: &Message) {
        let Message::Response(response) = message else {
            return;
        };
        let id = response.find("ActionID");
        // Replies come in the order of the actions, so it is nearly always the first.
        let place = self
            .unanswered
            .iter()
            .position(|(_, waiting)| Some(waiting.as_str()) == id);
        if let Some(place) = place {
            self.unanswered.remove(place);
        }
    }

    /// The next message. Safe to drop at any time.
    pub(super) async fn message(&mut self) -> Result<Message, Broken> {
        loop {
            if let Some(message) = self.poll() {
                return Ok(message);
            }
            self.move_bytes().await?;
        }
    }

    /// Reads or writes some bytes, and asks a silent Asterisk for a sign of life. Safe to drop at any time.
    pub(super) async fn move_bytes(&mut self) -> Result<(), Broken> {
        let patience = if self.asked {
            self.timing.ping_after + self.timing.pong_within
        } else {
            self.timing.ping_after
        };
        let silent_at = self.heard_at + patience;
        let bearable_until = self.unanswered.front().map(|(until, _)| *until);
        tokio::select! {
            read = self.reader.read(&mut self.input) => self.heard(read),
            wrote = self.writer.write(&self.out), if !self.out.is_empty() => {
                let count = wrote.map_err(|error| format!("connection lost: {error}"))?;
                self.out.drain(..count);
                Ok(())
            }
            () = tokio::time::sleep_until(silent_at.into()) => self.silent(),
            () = sleep_until(bearable_until) => {
                Err(format!("Asterisk left an action unanswered for {:?}", self.timing.reply))
            }
        }
    }

    fn heard(&mut self, read: io::Result<usize>) -> Result<(), Broken> {
        match read {
            Ok(0) => Err("Asterisk closed the connection".to_owned()),
            Ok(count) => {
                self.heard_at = now();
                self.asked = false;
                self.decoder.feed(&self.input[..count]);
                Ok(())
            }
            Err(error) => Err(format!("connection lost: {error}")),
        }
    }

    fn silent(&mut self) -> Result<(), Broken> {
        if self.asked {
            return Err("connection half open: no answer to a Ping".to_owned());
        }
        let id = self.draw_id();
        let ping = Action::new("Ping", &id).map_err(|error| error.to_string())?;
        self.send(&ping, &id);
        self.asked = true;
        Ok(())
    }
}

fn md5_hex(challenge: &str, secret: &SecretString) -> String {
    let digest = Md5::digest(format!("{challenge}{}", secret.expose_secret()));
    digest.iter().fold(String::with_capacity(32), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
        text
    })
}

/// Sleeps for ever when nothing is due.
pub(super) async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The moment. This adapter's shells are the ones to ask.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
