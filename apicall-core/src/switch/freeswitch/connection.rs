//! One connection to the event socket: the login, and replies by their order.

use super::config::FreeSwitchConfig;
use crate::switch::Timing;
use crate::switch::socket::{Broken, Moved, Socket};
use crate::wire::InvalidValue;
use crate::wire::esl::{Command, Decoder, Event, Frame, Message, is_refusal};
use secrecy::ExposeSecret;
use std::net::IpAddr;
use tokio::net::TcpStream;

/// A connection, whose commands each carry a `T` to know its reply by: replies come in the order of the commands.
#[derive(Debug)]
pub(super) struct Connection<T> {
    /// Nothing is to be known of a sign of life, nor of what the login asks.
    pub socket: Socket<Decoder, Option<T>>,
}

/// What comes over a connection.
#[derive(Debug)]
pub(super) enum Heard<T> {
    /// A reply, or the output of an API command.
    Reply(T, String),
    /// An event.
    Event(Event),
}

impl<T> Connection<T> {
    /// Connects and logs in.
    pub(super) async fn open(config: &FreeSwitchConfig) -> Result<Self, Broken> {
        let timing = config.timing;
        let socket = Socket::open("FreeSWITCH", &config.esl, timing).await?;
        let mut connection = Self { socket };
        let logging_in = tokio::time::timeout(timing.login, connection.log_in(config)).await;
        logging_in.unwrap_or_else(|_| Err(format!("no login within {:?}", timing.login)))?;
        Ok(connection)
    }

    /// One that FreeSWITCH has made. It needs no login.
    pub(super) fn over(stream: TcpStream, timing: Timing) -> Result<Self, Broken> {
        let socket = Socket::over("FreeSWITCH", stream, timing)?;
        Ok(Self { socket })
    }

    /// This end's address, as FreeSWITCH reaches it.
    pub(super) fn own_address(&self) -> Option<IpAddr> {
        self.socket.own_address()
    }

    async fn log_in(&mut self, config: &FreeSwitchConfig) -> Result<(), Broken> {
        match self.message().await? {
            Message::AuthRequest => {}
            Message::Rejected(_) => {
                return Err(
                    "FreeSWITCH does not talk to this address; see apply-inbound-acl in \
                    event_socket.conf.xml"
                        .to_owned(),
                );
            }
            _ => return Err("what answers is no FreeSWITCH".to_owned()),
        }
        let password = config.password.expose_secret();
        let login = match &config.user {
            Some(user) => Command::userauth(user, password),
            None => Command::auth(password),
        };
        let said = self.ask(&login.map_err(in_words)?).await?;
        if is_refusal(&said) {
            return Err(format!(
                "login refused: {said}; check the password in event_socket.conf.xml"
            ));
        }
        Ok(())
    }

    /// Sends a command and waits for what its reply says. Only before calls are followed: events meanwhile are dropped.
    pub(super) async fn ask(&mut self, command: &Command) -> Result<String, Broken> {
        let reply = self.ask_for_all(command).await?;
        Ok(if reply.body.is_empty() {
            reply.text().to_owned()
        } else {
            reply.body
        })
    }

    /// The same, for a reply that has more to say, or for an output, which is its body.
    pub(super) async fn ask_for_all(&mut self, command: &Command) -> Result<Frame, Broken> {
        self.socket.send(&command.encode(), None);
        loop {
            let reply = match self.message().await? {
                Message::Reply(frame) => frame,
                Message::Response(body) => Frame {
                    body,
                    ..Frame::default()
                },
                _ => continue,
            };
            self.socket.answered(|_| true);
            return Ok(reply);
        }
    }

    async fn message(&mut self) -> Result<Message, Broken> {
        loop {
            if let Some(message) = self.next_message()? {
                return Ok(message);
            }
            self.move_bytes().await?;
        }
    }

    /// Queues a command; it leaves while bytes are moved.
    pub(super) fn send(&mut self, command: &Command, about: T) {
        self.socket.send(&command.encode(), Some(about));
    }

    /// Has FreeSWITCH look for events now. As long as nobody says anything it does so every 20 ms, and at once when somebody does: an
    /// empty line will do, which has no reply (`read_packet`, 1.10.12).
    pub(super) fn nudge(&mut self) {
        self.socket.nudge(b'\n');
    }

    /// What has come already.
    pub(super) fn poll(&mut self) -> Result<Option<Heard<T>>, Broken> {
        while let Some(message) = self.next_message()? {
            let text = match message {
                Message::Event(event) => return Ok(Some(Heard::Event(event))),
                Message::Reply(frame) => frame.text().to_owned(),
                Message::Response(output) => output,
                _ => continue,
            };
            match self.socket.answered(|_| true) {
                Some(Some(about)) => return Ok(Some(Heard::Reply(about, text))),
                Some(None) => {}
                None => return Err("FreeSWITCH answered what was not asked".to_owned()),
            }
        }
        Ok(None)
    }

    /// The next message that has come. Behind something unreadable nobody knows which reply is whose.
    fn next_message(&mut self) -> Result<Option<Message>, Broken> {
        let Some(decoded) = self.socket.poll() else {
            return Ok(None);
        };
        match decoded.item {
            Ok(Message::Disconnect(notice)) if notice.lingers().is_none() => {
                let said = notice.body.lines().next().unwrap_or_default();
                Err(format!("FreeSWITCH ended the connection: {said}"))
            }
            Ok(message) => Ok(Some(message)),
            Err(malformed) => Err(format!("FreeSWITCH sent something unreadable: {malformed}")),
        }
    }

    /// Reads or writes some bytes, and asks a silent FreeSWITCH for a sign of life. Safe to drop at any time.
    pub(super) async fn move_bytes(&mut self) -> Result<(), Broken> {
        if self.socket.move_bytes().await? == Moved::Silent {
            self.socket.send(&Command::api("hostname").encode(), None);
        }
        Ok(())
    }
}

/// Why a command cannot be sent, for an operator.
pub(super) fn in_words(invalid: InvalidValue) -> Broken {
    format!("cannot be sent to FreeSWITCH: {invalid}")
}
