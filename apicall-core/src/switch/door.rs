//! Where a PBX connects to us: allowed addresses come in, as many at once as there is room for.
//!
//! Neither FastAGI nor FreeSWITCH's outbound event socket has any authentication.
//!
//! Deliberately absent: what is said inside.

use ipnet::IpNet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Who may be in at once. The kernel's limit of open files is usually 20,000 or more where this is used.
const SEATS: usize = 12_000;
/// Who may wait to be let in. Beyond the system's usual 128 to 1,024 a burst of answers would wait for TCP to try again, a
/// second at least.
const BACKLOG: u32 = 4_096;
/// After a failed accept, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// An address that is listened on.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    allow: Vec<IpNet>,
    /// The key of the configuration that says who is allowed.
    allow_key: &'static str,
    seats: Arc<Semaphore>,
}

/// Who came in.
#[derive(Debug)]
pub(super) struct Guest {
    pub stream: TcpStream,
    pub from: IpAddr,
    /// To be kept as long as the connection is.
    pub seat: OwnedSemaphorePermit,
}

impl Door {
    /// Listens. `allow_key` is named to an operator whose switch is turned away.
    pub(super) fn open(address: SocketAddr, allow: Vec<IpNet>, allow_key: &'static str) -> io::Result<Self> {
        Ok(Self {
            listener: listen(address)?,
            allow,
            allow_key,
            seats: Arc::new(Semaphore::new(SEATS)),
        })
    }

    /// Where it is.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The next who may come in.
    pub(super) async fn admit(&self) -> Guest {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    if let Some(guest) = self.look_at(stream, peer) {
                        return guest;
                    }
                }
                Err(error) => {
                    let door = self.address().ok();
                    tracing::warn!(%error, ?door, "cannot accept a connection of the switch");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn look_at(&self, stream: TcpStream, peer: SocketAddr) -> Option<Guest> {
        let from = peer.ip().to_canonical();
        if !self.allow.iter().any(|net| net.contains(&from)) {
            let key = self.allow_key;
            tracing::warn!(%from, "refused a connection; allow the address with {key} if it is the switch");
            return None;
        }
        let Ok(seat) = self.seats.clone().try_acquire_owned() else {
            tracing::error!(
                most = SEATS,
                "refused a connection of the switch: too many at once"
            );
            return None;
        };
        Some(Guest { stream, from, seat })
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart must not wait for connections of the run before to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
