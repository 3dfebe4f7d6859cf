//! The connection to a switch, whatever is spoken over it: bytes in and out, replies that have to come, a sign of life
//! when it is silent.
//!
//! Deliberately absent: logins, and what messages mean.

use super::pulse::Pulse;
use crate::model::Reactions;
use crate::wire::{Decoded, ami, esl};
use rand::RngExt;
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Deadlines of a switch's connections.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// For connecting and for each step of the login.
    pub login: Duration,
    /// A silent connection is asked for a sign of life after this.
    pub ping_after: Duration,
    /// And given up when there is none after this much more.
    pub pong_within: Duration,
    /// For the reply to any request. An overloaded switch is slow; one that never replies is of no use.
    pub reply: Duration,
    /// First pause before connecting again; it doubles.
    pub backoff_least: Duration,
    /// Longest pause.
    pub backoff_most: Duration,
    /// For what a connection that the switch makes says first: the environment of a FastAGI session, a visitor's data.
    pub environment: Duration,
    /// Before a FreeSWITCH is asked for its channels: its list is behind them.
    pub settle: Duration,
    /// For so long the calls of an engine that is gone live on at a FreeSWITCH.
    pub lease: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            login: Duration::from_secs(10),
            ping_after: Duration::from_secs(10),
            pong_within: Duration::from_secs(5),
            reply: Duration::from_secs(60),
            backoff_least: Duration::from_millis(250),
            backoff_most: Duration::from_secs(10),
            environment: Duration::from_secs(5),
            settle: Duration::from_secs(1),
            lease: Duration::from_secs(60),
        }
    }
}

/// Why a connection is of no use.
pub(super) type Broken = String;

/// A decoder of what a switch sends.
pub(super) trait Decode: Default {
    /// What it makes of the bytes.
    type Message;
    /// Takes in bytes.
    fn feed(&mut self, bytes: &[u8]);
    /// The next message, when it is complete.
    fn poll(&mut self) -> Option<Decoded<Self::Message>>;
}

/// A connection. Each request carries a `T`, by which its reply is known.
#[derive(Debug)]
pub(super) struct Socket<D, T> {
    /// Who is at the other end, for an operator.
    switch: &'static str,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    decoder: D,
    out: Vec<u8>,
    input: Box<[u8]>,
    heard_at: Instant,
    asked: bool,
    /// Requests without a reply yet, in their order, and until when that is bearable.
    unanswered: VecDeque<(Instant, T)>,
    pub(super) timing: Timing,
    pulse: Pulse,
}

/// What came of moving bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// Some were moved.
    Bytes,
    /// None came for long: the switch is to be asked something, now.
    Silent,
}

impl<D: Decode, T> Socket<D, T> {
    pub(super) async fn open(switch: &'static str, address: &str, timing: Timing) -> Result<Self, Broken> {
        let connecting = tokio::time::timeout(timing.login, TcpStream::connect(address)).await;
        let stream = connecting
            .map_err(|_| format!("no connection to {address} within {:?}", timing.login))?
            .map_err(|error| format!("cannot connect to {address}: {error}"))?;
        Self::over(switch, stream, timing)
    }

    /// One that the switch has made.
    pub(super) fn over(switch: &'static str, stream: TcpStream, timing: Timing) -> Result<Self, Broken> {
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (reader, writer) = stream.into_split();
        Ok(Self {
            switch,
            reader,
            writer,
            decoder: D::default(),
            out: Vec::new(),
            input: vec![0; 64 * 1024].into(),
            heard_at: now(),
            asked: false,
            unanswered: VecDeque::new(),
            timing,
            pulse: Pulse::new(now()),
        })
    }

    /// This end's address, as the switch reaches it.
    pub(super) fn own_address(&self) -> Option<IpAddr> {
        self.reader.local_addr().ok().map(|address| address.ip())
    }

    /// Sends a request: at once, as far as the connection takes it, for what was granted now is to leave now; the rest
    /// leaves while bytes are moved.
    pub(super) fn send(&mut self, request: &[u8], about: T) {
        self.unanswered.push_back((now() + self.timing.reply, about));
        let written = if self.out.is_empty() {
            // A connection that is lost says so where bytes are moved.
            self.writer.try_write(request).unwrap_or(0)
        } else {
            0
        };
        self.out.extend_from_slice(&request[written..]);
    }

    /// Says something that has no reply, if the connection takes it at once: there is no use in saying it later.
    pub(super) fn nudge(&mut self, byte: u8) {
        if self.out.is_empty() {
            // A connection that is lost says so where bytes are moved.
            let _ = self.writer.try_write(&[byte]);
        }
    }

    /// Takes the first request without a reply that is one of these.
    pub(super) fn answered(&mut self, is_one: impl Fn(&T) -> bool) -> Option<T> {
        let place = self.unanswered.iter().position(|(_, about)| is_one(about))?;
        let (until, about) = self.unanswered.remove(place)?;
        self.pulse
            .replied(now().saturating_duration_since(self.sent(until)));
        Some(about)
    }

    /// An originate was among what was answered.
    pub(super) fn originated(&mut self) {
        self.pulse.originated();
    }

    /// How quick the switch was, when a report is due.
    pub(super) fn reactions(&mut self) -> Option<Reactions> {
        let oldest = self.oldest();
        self.pulse.report(oldest, now())
    }

    /// When a report is due.
    pub(super) fn report_due(&self) -> Option<Instant> {
        self.pulse.next_due(self.oldest())
    }

    /// When the oldest request was sent that has no reply.
    fn oldest(&self) -> Option<Instant> {
        self.unanswered.front().map(|(until, _)| self.sent(*until))
    }

    /// When a request was sent whose reply is awaited until then.
    fn sent(&self, until: Instant) -> Instant {
        until.checked_sub(self.timing.reply).unwrap_or(until)
    }

    /// What has come already.
    pub(super) fn poll(&mut self) -> Option<Decoded<D::Message>> {
        self.decoder.poll()
    }

    /// Reads or writes some bytes. Safe to drop at any time.
    pub(super) async fn move_bytes(&mut self) -> Result<Moved, Broken> {
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
                Ok(Moved::Bytes)
            }
            () = tokio::time::sleep_until(silent_at.into()) => self.silent(),
            () = sleep_until(bearable_until) => {
                Err(format!("{} left a request unanswered for {:?}", self.switch, self.timing.reply))
            }
        }
    }

    fn heard(&mut self, read: io::Result<usize>) -> Result<Moved, Broken> {
        match read {
            Ok(0) => Err(format!("{} closed the connection", self.switch)),
            Ok(count) => {
                self.heard_at = now();
                self.asked = false;
                self.decoder.feed(&self.input[..count]);
                Ok(Moved::Bytes)
            }
            Err(error) => Err(format!("connection lost: {error}")),
        }
    }

    fn silent(&mut self) -> Result<Moved, Broken> {
        if std::mem::replace(&mut self.asked, true) {
            return Err("connection half open: no sign of life".to_owned());
        }
        Ok(Moved::Silent)
    }
}

/// Pauses between attempts to connect: each is twice as long as the one before, and a little longer or shorter than that.
#[derive(Debug)]
pub(super) struct Backoff {
    timing: Timing,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(timing: Timing) -> Self {
        Self {
            timing,
            next: timing.backoff_least,
        }
    }

    /// It went well: the next pause is the shortest again.
    pub(super) fn reset(&mut self) {
        self.next = self.timing.backoff_least;
    }

    /// The next pause.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(rand::rng().random_range(0.75..1.25));
        self.next = (self.next * 2).min(self.timing.backoff_most);
        pause
    }
}

impl Decode for ami::Decoder {
    type Message = ami::Message;
    fn feed(&mut self, bytes: &[u8]) {
        self.feed(bytes);
    }
    fn poll(&mut self) -> Option<Decoded<ami::Message>> {
        self.poll()
    }
}

impl Decode for esl::Decoder {
    type Message = esl::Message;
    fn feed(&mut self, bytes: &[u8]) {
        self.feed(bytes);
    }
    fn poll(&mut self) -> Option<Decoded<esl::Message>> {
        self.poll()
    }
}

/// Sleeps for ever when nothing is due.
pub(super) async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The moment. The adapters' shells are the ones to ask.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
