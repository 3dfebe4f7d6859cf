//! What every emulated PBX is to the shell that gives it sockets and a clock.

use super::faults::Fault;
use super::speech::Frame;
use super::spool::{Fate, Spooled};
use super::strain::Work;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A connection of a client, by the order in which they came.
pub(super) type SessionId = u64;
/// A call, by the order in which they came.
pub(super) type CallKey = u64;

/// A connection that the PBX makes for a leg comes about within this, or not at all.
pub(super) const CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// A whole PBX without sockets and clocks: it is handed what comes in, with the time, and asked what goes out.
pub(super) trait Machine: Send + 'static {
    /// A client that does not read is closed with so much before it.
    const UNREAD_BYTES: usize;

    /// How much of a call's work an input is for it.
    fn work(input: &Input) -> Work;

    /// Takes something in.
    fn handle(&mut self, input: Input, now: Instant);

    /// Something goes wrong.
    fn inflict(&mut self, fault: Fault, now: Instant);

    /// Does what is due by now.
    fn expire(&mut self, now: Instant);

    /// When to [`expire`](Self::expire) next.
    fn next_due(&self) -> Option<Instant>;

    /// What goes out next.
    fn poll(&mut self) -> Option<Output>;

    /// Tells its clients that it ends.
    fn farewell(&mut self);

    /// Where it finds call files, if it takes any.
    fn spool(&self) -> Option<PathBuf> {
        None
    }

    /// What becomes of a call file next.
    fn poll_file(&mut self) -> Option<Fate> {
        None
    }
}

/// What comes in.
#[derive(Debug)]
pub(super) enum Input {
    /// A client has connected.
    Opened(SessionId),
    /// And says something.
    Said(SessionId, Vec<u8>),
    /// And is gone.
    Left(SessionId),
    /// A leg's connection that was asked for is there.
    LegOpened(CallKey),
    /// Or could not be had.
    LegRefused(CallKey),
    /// Its server says something.
    LegSaid(CallKey, Vec<u8>),
    /// It is gone.
    LegLeft(CallKey),
    /// A call file has come.
    Filed(Spooled),
}

/// What goes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Bytes for a client.
    Say(SessionId, Vec<u8>),
    /// Close a client's connection, when all is said.
    Close(SessionId),
    /// Break a client's connection off, with a reset.
    Reset(SessionId),
    /// Stop listening, until then.
    Down(Instant),
    /// Connect to the server that drives a leg, `host:port`.
    LegConnect(CallKey, String),
    /// Bytes for it.
    LegSay(CallKey, Vec<u8>),
    /// Close its connection, when all is said.
    LegClose(CallKey),
    /// A frame of a call's audio, for whoever listens there.
    Sound(SocketAddr, Frame),
}
