//! One AMI connection: the login, and replies by their id.

use crate::switch::socket::{Broken, Moved, Socket, Timing};
use crate::wire::ami::{Action, Block, Decoder, Message};
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use std::fmt::Write;

/// Events that outcomes are made of; all others stay at Asterisk. Kept by old and new versions alike.
const EVENTS_WANTED: &str =
    "^Event: (DialBegin|DialState|DialEnd|OriginateResponse|Hangup|FullyBooted)[[:space:]]";

/// A connection.
#[derive(Debug)]
pub(super) struct Session {
    /// Its requests are known by their ActionIDs.
    pub socket: Socket<Decoder, String>,
    ids: u64,
}

impl Session {
    /// Connects and logs in; on return Asterisk is fully booted and tells of calls.
    pub(super) async fn open(
        address: &str,
        user: &str,
        secret: &SecretString,
        timing: Timing,
    ) -> Result<Self, Broken> {
        let socket = Socket::open("Asterisk", address, timing).await?;
        let mut session = Self { socket, ids: 0 };
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
        let limit = self.socket.timing.login * 6;
        let waited = tokio::time::timeout(limit, async {
            while !booted(&self.message().await?) {}
            Ok(())
        });
        waited
            .await
            .unwrap_or_else(|_| Err(format!(
                "Asterisk did not say within {limit:?} that it is fully booted; if it is, give the user read permission `system`"
            )))
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
        let answered = tokio::time::timeout(self.socket.timing.login, async {
            loop {
                if let Message::Response(block) = self.message().await?
                    && block.find("ActionID") == Some(&id)
                {
                    return Ok(block);
                }
            }
        });
        answered.await.unwrap_or_else(|_| {
            Err(format!(
                "no answer to {name} within {:?}",
                self.socket.timing.login
            ))
        })
    }

    /// An id for an action of no further interest.
    pub(super) fn draw_id(&mut self) -> String {
        self.ids += 1;
        format!("s{}", self.ids)
    }

    /// Queues an action with its id; it leaves while messages are waited for.
    pub(super) fn send(&mut self, action: &Action, id: &str) {
        self.socket.send(&action.encode(), id.to_owned());
    }

    /// A message that has come already.
    pub(super) fn poll(&mut self) -> Option<Message> {
        loop {
            let decoded = self.socket.poll()?;
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
        if let Some(id) = response.find("ActionID") {
            // Replies come in the order of the actions, so it is nearly always the first.
            self.socket.answered(|waiting| waiting == id);
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
        if self.socket.move_bytes().await? == Moved::Silent {
            let id = self.draw_id();
            let ping = Action::new("Ping", &id).map_err(|error| error.to_string())?;
            self.send(&ping, &id);
        }
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
