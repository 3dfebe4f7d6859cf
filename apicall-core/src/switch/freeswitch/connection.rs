//! One connection to the event socket: bytes in and out, the login, the keep-alive.

use super::config::{FreeSwitchConfig, Timing};
use crate::wire::InvalidValue;
use crate::wire::esl::{Command, Decoder, Event, Message, is_refusal};
use secrecy::ExposeSecret;
use std::collections::VecDeque;
use std::io;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Why a connection is of no use.
pub(super) type Broken = String;

/// A connection, whose commands each carry a `T` to know its reply by: replies come in the order of the commands.
#[derive(Debug)]
pub(super) struct Connection<T> {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    decoder: Decoder,
    out: Vec<u8>,
    input: Box<[u8]>,
    heard_at: Instant,
    asked: bool,
    /// Commands without a reply yet, and until when that is bearable. Nothing is to be known of a sign of life.
    unanswered: VecDeque<(Instant, Option<T>)>,
    timing: Timing,
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
        let (address, timing) = (&config.esl, config.timing);
        let connecting = tokio::time::timeout(timing.login, TcpStream::connect(address)).await;
        let stream = connecting
            .map_err(|_| format!("no connection to {address} within {:?}", timing.login))?
            .map_err(|error| format!("cannot connect to {address}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (reader, writer) = stream.into_split();
        let mut connection = Self {
            reader,
            writer,
            decoder: Decoder::default(),
            out: Vec::new(),
            input: vec![0; 64 * 1024].into(),
            heard_at: now(),
            asked: false,
            unanswered: VecDeque::new(),
            timing,
        };
        let logging_in = tokio::time::timeout(timing.login, connection.log_in(config)).await;
        logging_in.unwrap_or_else(|_| Err(format!("no login within {:?}", timing.login)))?;
        Ok(connection)
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

    /// Sends a command and waits for its reply. Only before calls are followed: events meanwhile are dropped.
    pub(super) async fn ask(&mut self, command: &Command) -> Result<String, Broken> {
        self.out.extend(command.encode());
        loop {
            match self.message().await? {
                Message::Reply(frame) => return Ok(frame.text().to_owned()),
                Message::Response(output) => return Ok(output),
                _ => {}
            }
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
        self.queue(command, Some(about));
    }

    fn queue(&mut self, command: &Command, about: Option<T>) {
        self.unanswered.push_back((now() + self.timing.reply, about));
        self.out.extend(command.encode());
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
            match self.unanswered.pop_front() {
                Some((_, Some(about))) => return Ok(Some(Heard::Reply(about, text))),
                Some((_, None)) => {}
                None => return Err("FreeSWITCH answered what was not asked".to_owned()),
            }
        }
        Ok(None)
    }

    /// The next message that has come. Behind something unreadable nobody knows which reply is whose.
    fn next_message(&mut self) -> Result<Option<Message>, Broken> {
        let Some(decoded) = self.decoder.poll() else {
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
                Err(format!("FreeSWITCH left a command unanswered for {:?}", self.timing.reply))
            }
        }
    }

    fn heard(&mut self, read: io::Result<usize>) -> Result<(), Broken> {
        match read {
            Ok(0) => Err("FreeSWITCH closed the connection".to_owned()),
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
            return Err("connection half open: no sign of life".to_owned());
        }
        self.queue(&Command::api("hostname"), None);
        self.asked = true;
        Ok(())
    }
}

/// Why a command cannot be sent, for an operator.
pub(super) fn in_words(invalid: InvalidValue) -> Broken {
    format!("cannot be sent to FreeSWITCH: {invalid}")
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
