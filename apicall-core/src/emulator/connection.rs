//! One connection: its task moves bytes, and knows nothing else.

use super::machine::Input;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// What a connection's task is given.
#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    Reset,
}

/// The owner's end of a connection. Dropping it closes the connection once all is written.
#[derive(Debug)]
pub(super) struct Pipe {
    pieces: mpsc::UnboundedSender<Piece>,
    unwritten: Arc<AtomicUsize>,
}

/// The task's end.
#[derive(Debug)]
pub(super) struct Waiting {
    pieces: mpsc::UnboundedReceiver<Piece>,
    unwritten: Arc<AtomicUsize>,
}

impl Pipe {
    pub(super) fn new() -> (Self, Waiting) {
        let (sender, pieces) = mpsc::unbounded_channel();
        let unwritten = Arc::new(AtomicUsize::new(0));
        let waiting = Waiting {
            pieces,
            unwritten: unwritten.clone(),
        };
        let pipe = Self {
            pieces: sender,
            unwritten,
        };
        (pipe, waiting)
    }

    /// Hands bytes over; how many have not been written yet.
    pub(super) fn say(&self, bytes: Vec<u8>) -> usize {
        let count = bytes.len();
        let before = self.unwritten.fetch_add(count, Ordering::Relaxed);
        // A connection that is gone has said so, or is about to.
        let _ = self.pieces.send(Piece::Bytes(bytes));
        before + count
    }

    /// Breaks it off.
    pub(super) fn reset(self) {
        let _ = self.pieces.send(Piece::Reset);
    }
}

/// Moves a connection's bytes both ways until either side is done with it.
pub(super) async fn carry(
    mut stream: TcpStream,
    mut waiting: Waiting,
    inputs: &mpsc::Sender<Input>,
    said: impl Fn(Vec<u8>) -> Input,
) {
    // Without it replies are late, and nothing is wrong.
    let _ = stream.set_nodelay(true);
    let mut input = [0; 1_024];
    loop {
        tokio::select! {
            read = stream.read(&mut input) => match read {
                Ok(count) if count > 0 => {
                    if inputs.send(said(input[..count].to_vec())).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            piece = waiting.pieces.recv() => match piece {
                Some(Piece::Bytes(bytes)) => {
                    let wrote = stream.write_all(&bytes).await;
                    waiting.unwritten.fetch_sub(bytes.len(), Ordering::Relaxed);
                    if wrote.is_err() {
                        return;
                    }
                }
                Some(Piece::Reset) => {
                    // Without it the connection ends in good order: a milder fault.
                    let _ = stream.set_zero_linger();
                    return;
                }
                None => return,
            }
        }
    }
}
