//! When originates were on the wire, by the kernel's clock: tcpdump keeps what goes to a switch's manager.
//!
//! A process that stands between the two would be late itself on a machine whose processors it shares with them.

use super::on::On;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Of a capture: its head, and the head of each packet.
const FILE_HEAD: usize = 24;
const PACKET_HEAD: usize = 16;
/// What a capture on a little-endian machine begins with, times in microseconds.
const MAGIC: [u8; 4] = [0xd4, 0xc3, 0xb2, 0xa1];
/// How long the last packets may take to reach the file: the kernel hands them over by the block, a second old at most.
const SETTLE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(100);

/// A capture that goes on.
pub(crate) struct Capture {
    tcpdump: Child,
    file: tempfile::TempPath,
    originate: &'static [u8],
}

impl Capture {
    /// Begins, and is there to see everything from now on.
    pub(crate) fn start(on: On, manager: SocketAddr) -> Self {
        let (file, path) = tempfile::NamedTempFile::new().unwrap().into_parts();
        let filter = format!("tcp dst port {} and greater 100", manager.port());
        let mut tcpdump = Command::new("tcpdump")
            .args([
                "-i", "lo", "-U", "-n", "-s", "0", "-B", "16384", "-w", "-", &filter,
            ])
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(Stdio::piped())
            .spawn()
            .expect("tcpdump is there: run by dev/bench, which installs it");
        let mut says = BufReader::new(tcpdump.stderr.take().unwrap()).lines();
        let listens = says.any(|line| line.is_ok_and(|line| line.contains("listening on")));
        assert!(listens, "tcpdump captures on loopback; it needs the right to");
        // It goes on to say things, and is not to end for want of somebody who reads them.
        std::thread::spawn(move || says.for_each(drop));
        Self {
            tcpdump,
            file: path,
            originate: on.originate(),
        }
    }

    /// Ends once it has so many; when each originate was sent, in microseconds.
    pub(crate) async fn finish(mut self, count: usize) -> Vec<i64> {
        let (file, originate) = (self.file, self.originate);
        let captured = || originates(&std::fs::read(&file).unwrap(), originate);
        let all = async {
            while captured().len() < count {
                tokio::time::sleep(LOOK).await;
            }
        };
        let found = tokio::time::timeout(SETTLE, all).await;
        self.tcpdump.kill().unwrap();
        self.tcpdump.wait().unwrap();
        let sent = captured();
        assert!(
            found.is_ok(),
            "{} originates were captured, of {count}",
            sent.len()
        );
        sent
    }
}

fn originates(capture: &[u8], originate: &[u8]) -> Vec<i64> {
    let Some(mut rest) = capture.get(FILE_HEAD..) else {
        return Vec::new();
    };
    assert_eq!(capture[..4], MAGIC, "a capture as tcpdump writes it");
    let mut streams: HashMap<u16, Stream> = HashMap::new();
    let mut sent = vec![];
    while rest.len() >= PACKET_HEAD {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let at = i64::from(number(0)) * 1_000_000 + i64::from(number(4));
        let length = number(8) as usize;
        let Some(packet) = rest.get(PACKET_HEAD..PACKET_HEAD + length) else {
            break;
        };
        let segment = Segment::of(packet);
        let stream = streams.entry(segment.from).or_insert_with(|| Stream {
            next: segment.sequence,
            before: Vec::new(),
        });
        let new = stream.take(&segment, originate.len());
        let count = new.windows(originate.len()).filter(|bytes| *bytes == originate);
        sent.extend(std::iter::repeat_n(at, count.count()));
        rest = &rest[PACKET_HEAD + length..];
    }
    sent.sort_unstable();
    sent
}

/// What a packet carries: Ethernet as the loopback device has it, IPv4, TCP.
struct Segment<'a> {
    from: u16,
    sequence: u32,
    bytes: &'a [u8],
}

impl<'a> Segment<'a> {
    fn of(packet: &'a [u8]) -> Self {
        const ETHERNET: usize = 14;
        // Headers count themselves in words of four bytes.
        let words = |count: u8| usize::from(count & 0xf) * 4;
        let ip = &packet[ETHERNET..];
        assert_eq!(ip[0] >> 4, 4, "the manager's address is of IPv4");
        let whole = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
        let tcp = &ip[words(ip[0])..whole];
        Self {
            from: u16::from_be_bytes([tcp[0], tcp[1]]),
            sequence: u32::from_be_bytes(tcp[4..8].try_into().unwrap()),
            bytes: &tcp[words(tcp[12] >> 4)..],
        }
    }
}

/// One direction of a connection: which byte comes next, and the last that came, in which an originate may have begun.
struct Stream {
    next: u32,
    before: Vec<u8>,
}

impl Stream {
    /// What a segment brings, behind what came just before. What is sent again brings nothing; where small packets are
    /// missing, which are not captured, nothing came before.
    fn take(&mut self, segment: &Segment<'_>, originate: usize) -> Vec<u8> {
        let known = self.next.wrapping_sub(segment.sequence).cast_signed();
        if known < 0 {
            self.before.clear();
        }
        let known = usize::try_from(known).unwrap_or(0);
        let Some(new) = segment.bytes.get(known..).filter(|new| !new.is_empty()) else {
            return Vec::new();
        };
        let length = u32::try_from(segment.bytes.len()).expect("a packet is small");
        self.next = segment.sequence.wrapping_add(length);
        let whole = [self.before.as_slice(), new].concat();
        self.before = whole[whole.len().saturating_sub(originate - 1)..].to_vec();
        whole
    }
}
