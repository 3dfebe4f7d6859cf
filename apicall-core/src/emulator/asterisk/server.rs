//! Sockets and a clock for the machine.
//!
//! A connection has one task, which waits for bytes and writes what it is given. The owner takes in all that has come,
//! then gives out all that came of it, so that what belongs together leaves in one write.

use super::config::Config;
use super::events::SessionId;
use super::pbx::{CallKey, Input, Output, Pbx};
use crate::model::Clock;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Inputs that wait for the owner; a connection that finds no room waits.
const WAITING: usize = 4_096;
/// Inputs taken before outputs are given.
const BATCH: usize = 256;
/// A FastAGI server that does not accept is given up after this.
const AGI_CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// A running emulator. It ends with the token it was started with.
#[derive(Debug)]
pub struct Emulator {
    ami: SocketAddr,
}

impl Emulator {
    /// Where its manager listens.
    pub fn ami(&self) -> SocketAddr {
        self.ami
    }
}

/// Why an emulator cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its manager's address is not to be had.
    #[error("cannot listen on {address}: {source}; choose a free address of this machine, or port 0")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Starts an emulated Asterisk. It runs until `shutdown`.
pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Emulator, StartError> {
    let address = config.ami;
    let listen = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let ami = listener.local_addr().map_err(listen)?;
    let clock = Clock::anchor();
    let epoch_s = u64::try_from(clock.now().millis() / 1_000).unwrap_or(0);
    let (inputs, waiting) = mpsc::channel(WAITING);
    let server = Server {
        pbx: Pbx::new(config, now(), epoch_s),
        listener,
        inputs,
        waiting,
        managers: HashMap::new(),
        sessions: HashMap::new(),
        opened: 0,
    };
    tokio::spawn(async move { shutdown.run_until_cancelled(server.run()).await });
    Ok(Emulator { ami })
}

/// Where a connection's task gets its bytes; dropping it closes the connection once all is written.
type Bytes = mpsc::UnboundedSender<Vec<u8>>;

#[derive(Debug)]
struct Server {
    pbx: Pbx,
    listener: TcpListener,
    inputs: mpsc::Sender<Input>,
    waiting: mpsc::Receiver<Input>,
    managers: HashMap<SessionId, Bytes>,
    sessions: HashMap<CallKey, Bytes>,
    opened: SessionId,
}

impl Server {
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            self.give_out();
            let due = self.pbx.next_due();
            tokio::select! {
                count = self.waiting.recv_many(&mut batch, BATCH) => {
                    // The owner holds a sender itself.
                    debug_assert!(count > 0);
                }
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => self.open(stream),
                    Err(error) => tracing::warn!(%error, "cannot accept a manager's connection"),
                },
                () = sleep_until(due) => {}
            }
            let now = now();
            for input in batch.drain(..) {
                self.pbx.handle(input, now);
            }
            self.pbx.expire(now);
        }
    }

    fn open(&mut self, stream: TcpStream) {
        self.opened += 1;
        let id = self.opened;
        let (bytes, waiting) = mpsc::unbounded_channel();
        self.managers.insert(id, bytes);
        self.pbx.handle(Input::Opened(id), now());
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let said = |bytes| Input::Said(id, bytes);
            carry(stream, waiting, &inputs, said).await;
            let _ = inputs.send(Input::Left(id)).await;
        });
    }

    fn connect(&mut self, key: CallKey, address: String) {
        let (bytes, waiting) = mpsc::unbounded_channel();
        self.sessions.insert(key, bytes);
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let connecting = TcpStream::connect(address);
            let Ok(Ok(stream)) = tokio::time::timeout(AGI_CONNECTS_WITHIN, connecting).await else {
                let _ = inputs.send(Input::AgiRefused(key)).await;
                return;
            };
            if inputs.send(Input::AgiOpened(key)).await.is_ok() {
                let said = |bytes| Input::AgiSaid(key, bytes);
                carry(stream, waiting, &inputs, said).await;
                let _ = inputs.send(Input::AgiLeft(key)).await;
            }
        });
    }

    fn give_out(&mut self) {
        while let Some(output) = self.pbx.poll() {
            match output {
                Output::Say(id, bytes) => send(self.managers.get(&id), bytes),
                Output::Close(id) => drop(self.managers.remove(&id)),
                Output::AgiConnect(key, address) => self.connect(key, address),
                Output::AgiSay(key, bytes) => send(self.sessions.get(&key), bytes),
                Output::AgiClose(key) => drop(self.sessions.remove(&key)),
            }
        }
    }
}

fn send(to: Option<&Bytes>, bytes: Vec<u8>) {
    if let Some(to) = to {
        // A connection that is gone has said so, or is about to.
        let _ = to.send(bytes);
    }
}

/// Moves a connection's bytes both ways until either side is done with it.
async fn carry(
    mut stream: TcpStream,
    mut waiting: mpsc::UnboundedReceiver<Vec<u8>>,
    inputs: &mpsc::Sender<Input>,
    said: impl Fn(Vec<u8>) -> Input,
) {
    // Without it replies are late, and nothing is wrong.
    let _ = stream.set_nodelay(true);
    let (mut reader, mut writer) = stream.split();
    let mut input = [0; 2_048];
    loop {
        tokio::select! {
            read = reader.read(&mut input) => match read {
                Ok(count) if count > 0 => {
                    if inputs.send(said(input[..count].to_vec())).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            bytes = waiting.recv() => {
                let Some(bytes) = bytes else { return };
                if writer.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
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
