//! Sockets and a clock for a PBX that is a machine.
//!
//! One task owns the machine. A connection has one task, which waits for bytes and writes what it is given. The owner takes in all that has come,
//! then gives out all that came of it, so that what belongs together leaves in one write.

use super::connection::{Pipe, carry};
use super::faults::{Fault, Planned};
use super::machine::{CONNECTS_WITHIN, CallKey, Input, Machine, Output, SessionId};
use super::speech::Frame;
use super::spool::{Spool, Spooled};
use super::strain::Strained;
use super::timers::Timers;
use crate::model::Clock;
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Inputs that wait for the owner; a connection that finds no room waits.
const WAITING: usize = 4_096;
/// Inputs taken before outputs are given.
const BATCH: usize = 256;
/// Before an address that could not be had is tried again.
const LISTEN_AGAIN: Duration = Duration::from_millis(100);

/// A running emulator. It ends with the token it was started with.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    faults: mpsc::UnboundedSender<Fault>,
    tasks: TaskTracker,
}

impl Emulator {
    /// Where it listens for clients.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets something go wrong, now.
    pub fn inflict(&self, fault: Fault) {
        // It is only gone when it was told to be.
        let _ = self.faults.send(fault);
    }

    /// Waits until it has ended and said its last.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Why an emulator cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its address is not to be had.
    #[error("cannot listen on {address}; choose a free address of this machine, or port 0")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// Its spool is no directory that can be read.
    #[error("the spool {dir} cannot be read; give a directory that is there")]
    Spool {
        /// The directory.
        dir: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// Starts what `machine` makes of the moment and its seconds since 1970. It runs until `shutdown`.
pub(super) async fn start<M: Machine>(
    address: SocketAddr,
    faults: &[Planned],
    machine: impl FnOnce(Instant, u64) -> M,
    shutdown: CancellationToken,
) -> Result<Emulator, StartError> {
    let listen = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let epoch_s = u64::try_from(Clock::anchor().now().millis() / 1_000).unwrap_or(0);
    let started = now();
    let mut planned = Timers::default();
    for Planned { fault, after } in faults {
        planned.set(started + *after, *fault);
    }
    let (inputs, waiting) = mpsc::channel(WAITING);
    let (inflict, troubles) = mpsc::unbounded_channel();
    let tasks = TaskTracker::new();
    let pbx = machine(started, epoch_s);
    let spool = pbx.spool().map(|dir| {
        let refused = |source| StartError::Spool {
            dir: dir.clone(),
            source,
        };
        Spool::watch(dir.clone()).map_err(refused)
    });
    let server = Server {
        pbx: Strained::new(pbx, started),
        spool: spool.transpose()?,
        address,
        listener: Ok(listener),
        inputs,
        waiting,
        planned,
        troubles,
        clients: HashMap::new(),
        sessions: HashMap::new(),
        opened: 0,
        mouth: None,
        tasks: tasks.clone(),
    };
    tasks.spawn(server.run(shutdown));
    let faults = inflict;
    Ok(Emulator {
        address,
        faults,
        tasks,
    })
}

#[derive(Debug)]
struct Server<M> {
    pbx: M,
    spool: Option<Spool>,
    address: SocketAddr,
    /// Or when to listen again.
    listener: Result<TcpListener, Instant>,
    inputs: mpsc::Sender<Input>,
    waiting: mpsc::Receiver<Input>,
    planned: Timers<Fault>,
    troubles: mpsc::UnboundedReceiver<Fault>,
    clients: HashMap<SessionId, (Pipe, AbortHandle)>,
    sessions: HashMap<CallKey, Pipe>,
    opened: SessionId,
    /// Where all audio is sent from, once there is any.
    mouth: Option<UdpSocket>,
    tasks: TaskTracker,
}

impl<M: Machine> Server<M> {
    async fn run(mut self, shutdown: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            self.give_out();
            let due = [
                self.pbx.next_due(),
                self.planned.next(),
                self.listener.as_ref().err().copied(),
            ];
            let due = due.into_iter().flatten().min();
            tokio::select! {
                count = self.waiting.recv_many(&mut batch, BATCH) => {
                    // The owner holds a sender itself.
                    debug_assert!(count > 0);
                }
                accepted = accept(&self.listener) => match accepted {
                    Ok(stream) => self.open(stream),
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        self.listener = Err(now() + LISTEN_AGAIN);
                    }
                },
                Some(file) = next_file(&mut self.spool) => self.pbx.handle(Input::Filed(file), now()),
                Some(fault) = self.troubles.recv() => self.pbx.inflict(fault, now()),
                () = sleep_until(due) => {}
                () = shutdown.cancelled() => break,
            }
            let now = now();
            for input in batch.drain(..) {
                self.pbx.handle(input, now);
            }
            while let Some((_, fault)) = self.planned.pop(now) {
                self.pbx.inflict(fault, now);
            }
            self.pbx.expire(now);
            self.listen_again(now).await;
        }
        self.pbx.farewell();
        self.give_out();
    }

    async fn listen_again(&mut self, now: Instant) {
        if self.listener.as_ref().is_err_and(|at| *at <= now) {
            self.listener = TcpListener::bind(self.address).await.map_err(|error| {
                tracing::warn!(address = %self.address, %error, "cannot listen");
                now + LISTEN_AGAIN
            });
        }
    }

    fn open(&mut self, stream: TcpStream) {
        self.opened += 1;
        let id = self.opened;
        let (pipe, waiting) = Pipe::new();
        self.pbx.handle(Input::Opened(id), now());
        let inputs = self.inputs.clone();
        let task = self.tasks.spawn(async move {
            let said = |bytes| Input::Said(id, bytes);
            carry(stream, waiting, &inputs, said).await;
            let _ = inputs.send(Input::Left(id)).await;
        });
        self.clients.insert(id, (pipe, task.abort_handle()));
    }

    fn connect(&mut self, key: CallKey, address: String) {
        let (pipe, waiting) = Pipe::new();
        self.sessions.insert(key, pipe);
        let inputs = self.inputs.clone();
        self.tasks.spawn(async move {
            let connecting = TcpStream::connect(address);
            let Ok(Ok(stream)) = tokio::time::timeout(CONNECTS_WITHIN, connecting).await else {
                let _ = inputs.send(Input::LegRefused(key)).await;
                return;
            };
            if inputs.send(Input::LegOpened(key)).await.is_ok() {
                let said = |bytes| Input::LegSaid(key, bytes);
                carry(stream, waiting, &inputs, said).await;
                let _ = inputs.send(Input::LegLeft(key)).await;
            }
        });
    }

    fn give_out(&mut self) {
        while let Some(output) = self.pbx.poll() {
            match output {
                Output::Say(id, bytes) => self.say(id, bytes),
                Output::Close(id) => drop(self.clients.remove(&id)),
                Output::Reset(id) => {
                    if let Some((pipe, _)) = self.clients.remove(&id) {
                        pipe.reset();
                    }
                }
                // Dropped, it is closed, and connections that wait to be accepted are refused.
                Output::Down(until) => self.listener = Err(until),
                Output::LegConnect(key, address) => self.connect(key, address),
                Output::LegSay(key, bytes) => {
                    if let Some(pipe) = self.sessions.get(&key) {
                        pipe.say(bytes);
                    }
                }
                Output::LegClose(key) => drop(self.sessions.remove(&key)),
                Output::Sound(to, frame) => self.sound(to, frame),
            }
        }
        if let Some(spool) = &self.spool {
            while let Some(fate) = self.pbx.poll_file() {
                spool.decide(fate);
            }
        }
    }

    /// Audio that cannot be sent, or that nobody is there for, is lost, as on any network.
    fn sound(&mut self, to: SocketAddr, frame: Frame) {
        if self.mouth.is_none() {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0));
            let socket = socket.and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
            match socket {
                Ok(socket) => self.mouth = Some(socket),
                Err(error) => tracing::warn!(%error, "cannot send audio"),
            }
        }
        if let Some(mouth) = &self.mouth {
            let _ = mouth.send_to(frame.bytes(), to);
        }
    }

    fn say(&mut self, id: SessionId, bytes: Vec<u8>) {
        let Some((pipe, task)) = self.clients.get(&id) else {
            return;
        };
        if pipe.say(bytes) > M::UNREAD_BYTES {
            tracing::warn!("closed a connection that did not read");
            task.abort();
            self.clients.remove(&id);
            self.pbx.handle(Input::Left(id), now());
        }
    }
}

async fn next_file(spool: &mut Option<Spool>) -> Option<Spooled> {
    match spool {
        Some(spool) => spool.next().await,
        None => std::future::pending().await,
    }
}

async fn accept(listener: &Result<TcpListener, Instant>) -> io::Result<TcpStream> {
    match listener {
        Ok(listener) => listener.accept().await.map(|(stream, _)| stream),
        Err(_) => std::future::pending().await,
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The moment. This shell is the one to ask.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
