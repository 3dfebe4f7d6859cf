//! Hears what a parked channel hears. FreeSWITCH sends it over UDP (`unicast`): a packet a frame, of 16-bit samples in the
//! byte order of its machine, which has to be little-endian.
//!
//! Each detection has a socket of its own. A socket for all would have one small buffer for all, and FreeSWITCH does
//! not say which port it sends a call's audio from. `docs/decisions/0005-audio-from-freeswitch.md` has the alternatives.
//!
//! Deliberately absent: what is made of the audio.

use super::config::AudioConfig;
use crate::amd::Listener;
use crate::wire::InvalidValue;
use crate::wire::esl::Command;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Detections of one switch at once: what a process may have open is bounded.
const MOST_EARS: usize = 4_096;
/// Ports that are tried for one socket.
const MOST_PORTS: u16 = 100;
/// The largest packet: FreeSWITCH's frames are not larger.
const LARGEST_PACKET: usize = 8_192;
/// Packets that are taken in at once. What nobody sends in earnest need not be taken in.
const MOST_PACKETS: usize = 500;
/// What FreeSWITCH fills a frame with for which no audio came.
const FILLER: u8 = 0xFF;

/// Where the calls of a switch are heard. Its clones share what there is of places and ports.
#[derive(Debug, Clone)]
pub(super) struct Ears {
    config: AudioConfig,
    /// This end of the connection to FreeSWITCH.
    own: Option<IpAddr>,
    places: Arc<Semaphore>,
    next_port: Arc<AtomicU16>,
    /// Whether any call was heard.
    work: Arc<AtomicBool>,
}

impl Ears {
    pub(super) fn new(config: AudioConfig) -> Self {
        Self {
            config,
            own: None,
            places: Arc::new(Semaphore::new(MOST_EARS)),
            next_port: Arc::default(),
            work: Arc::default(),
        }
    }

    /// The same, of calls that are driven over a connection with this end.
    pub(super) fn at(&self, own: Option<IpAddr>) -> Arc<Self> {
        Arc::new(Self { own, ..self.clone() })
    }

    /// One more, or why there is none.
    pub(super) fn open(&self) -> Result<Ear, String> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| format!("{MOST_EARS} calls are listened to already"))?;
        let (address, bind) = match (self.config.address, self.own.map(|own| own.to_canonical())) {
            // It may be somebody else's address, who passes packets on.
            (Some(address), _) => (address, Ipv4Addr::UNSPECIFIED),
            (None, Some(IpAddr::V4(own))) => (own, own),
            (None, _) => {
                return Err(
                    "FreeSWITCH sends audio to IPv4 addresses only; set `audio_address` of the switch"
                        .to_owned(),
                );
            }
        };
        let socket = self.bind(bind).map_err(|error| {
            format!("cannot listen to audio on {bind}: {error}; see `audio_ports` of the switch")
        })?;
        let port = socket.local_addr().map_err(|error| error.to_string())?.port();
        Ok(Ear {
            socket,
            address: SocketAddrV4::new(address, port),
            from: None,
            work: self.work.clone(),
            _place: place,
        })
    }

    fn bind(&self, address: Ipv4Addr) -> io::Result<UdpSocket> {
        let socket = match &self.config.ports {
            None => UdpSocket::bind((address, 0))?,
            Some(ports) => self.bind_within(address, *ports.start(), *ports.end())?,
        };
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    /// The ports in turn: one that was just given up may still get what is under way.
    fn bind_within(&self, address: Ipv4Addr, first: u16, last: u16) -> io::Result<UdpSocket> {
        let count = u32::from(last.saturating_sub(first)) + 1;
        let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..count.min(MOST_PORTS.into()) {
            let turn = u32::from(self.next_port.fetch_add(1, Ordering::Relaxed)) % count;
            let port = u16::try_from(u32::from(first) + turn).unwrap_or(last);
            match UdpSocket::bind((address, port)) {
                Ok(socket) => return Ok(socket),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

/// Where one call is heard.
#[derive(Debug)]
pub(super) struct Ear {
    socket: UdpSocket,
    /// As FreeSWITCH is told.
    address: SocketAddrV4,
    /// Who sends. The first to do so is FreeSWITCH.
    from: Option<SocketAddr>,
    work: Arc<AtomicBool>,
    _place: OwnedSemaphorePermit,
}

impl Ear {
    /// Makes FreeSWITCH send what the channel hears, for as long as it stays parked.
    pub(super) fn wanted(&self, channel: &str) -> Result<Command, InvalidValue> {
        let here = if self.address.ip().is_loopback() {
            Ipv4Addr::LOCALHOST
        } else {
            Ipv4Addr::UNSPECIFIED
        };
        Command::sendmsg(channel, "unicast")?
            .header("local-ip", &here.to_string())?
            .header("local-port", "0")?
            .header("remote-ip", &self.address.ip().to_string())?
            .header("remote-port", &self.address.port().to_string())?
            .header("transport", "udp")
    }

    /// Gives a listener all that has come; how many samples, and the finding if there is one.
    pub(super) fn pass_on<L: Listener>(&mut self, listener: &mut L) -> (usize, Option<L::Finding>) {
        let mut packet = [0; LARGEST_PACKET];
        let mut passed = 0;
        for _ in 0..MOST_PACKETS {
            let Ok((length, from)) = self.socket.recv_from(&mut packet) else {
                break;
            };
            if self.from.is_none() {
                self.from = Some(from);
                self.work.store(true, Ordering::Relaxed);
                self.say_nothing(from);
            }
            if self.from != Some(from) {
                continue;
            }
            passed += length / 2;
            let found = hear(&packet[..length], listener);
            if found.is_some() {
                return (passed, found);
            }
        }
        (passed, None)
    }

    /// Tells the operator when no call of this switch was ever heard. One alone may have been mute.
    pub(super) fn warn_when_deaf(&self) {
        if !self.work.load(Ordering::Relaxed) {
            let address = self.address;
            tracing::warn!(%address, "FreeSWITCH has sent no audio yet; can it reach this address by UDP?");
        }
    }

    /// FreeSWITCH plays whatever comes back, from whoever it comes, until it gets an empty packet. The thread that
    /// waits for it ends then, too.
    fn say_nothing(&self, to: SocketAddr) {
        // Without it the call goes on as well.
        let _ = self.socket.send_to(&[], to);
    }
}

/// A packet's samples.
fn hear<L: Listener>(packet: &[u8], listener: &mut L) -> Option<L::Finding> {
    if packet.iter().all(|byte| *byte == FILLER) {
        return listener.miss(packet.len() / 2);
    }
    let samples = packet.chunks_exact(2);
    listener.hear(samples.map(|two| i16::from_le_bytes([two[0], two[1]])))
}
