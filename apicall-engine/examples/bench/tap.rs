//! Stands between an engine and its switch's manager, and notes when each originate is on the wire.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// How an originate begins.
const ORIGINATE: &[u8] = b"Action: Originate\r\n";

/// When originates came by.
#[derive(Clone, Default)]
pub(crate) struct Tap {
    seen: Arc<Mutex<Vec<Instant>>>,
}

impl Tap {
    /// Listens for the engine, and hands everything on to `ami`; the address to connect to.
    pub(crate) async fn open(ami: SocketAddr) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tap = Self::default();
        let noting = tap.clone();
        tokio::spawn(async move {
            loop {
                let (engine, _) = listener.accept().await.unwrap();
                let switch = TcpStream::connect(ami).await.unwrap();
                engine.set_nodelay(true).unwrap();
                switch.set_nodelay(true).unwrap();
                let (from_engine, to_engine) = engine.into_split();
                let (from_switch, to_switch) = switch.into_split();
                tokio::spawn(noting.clone().note(from_engine, to_switch));
                tokio::spawn(Self::default().note(from_switch, to_engine));
            }
        });
        (tap, address)
    }

    async fn note(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut bytes = vec![0; 64 * 1024];
        // The end of what came before: an action may begin in one read and go on in the next.
        let mut tail = Vec::new();
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            let now = Instant::now();
            tail.extend_from_slice(&bytes[..count]);
            let found = tail.windows(ORIGINATE.len()).filter(|bytes| *bytes == ORIGINATE);
            let found = found.count();
            self.seen.lock().unwrap().extend(std::iter::repeat_n(now, found));
            let keep = tail.len().saturating_sub(ORIGINATE.len() - 1);
            tail.drain(..keep);
            if to.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    }

    /// The originates since the last time, as seconds since the first of them.
    pub(crate) fn take(&self) -> Vec<f64> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        let first = seen.first().copied();
        seen.iter()
            .filter_map(|at| Some(at.duration_since(first?).as_secs_f64()))
            .collect()
    }
}
