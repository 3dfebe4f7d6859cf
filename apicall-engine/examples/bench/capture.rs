//! When originates were on the wire, by the kernel's clock: tcpdump keeps what goes to a switch's manager.
//!
//! A process that stands between the two would be late itself on a machine whose processors it shares with them.

use super::on::On;
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
    let mut sent = vec![];
    while rest.len() >= PACKET_HEAD {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let at = i64::from(number(0)) * 1_000_000 + i64::from(number(4));
        let length = number(8) as usize;
        let Some(packet) = rest.get(PACKET_HEAD..PACKET_HEAD + length) else {
            break;
        };
        let count = packet
            .windows(originate.len())
            .filter(|bytes| *bytes == originate);
        sent.extend(std::iter::repeat_n(at, count.count()));
        rest = &rest[PACKET_HEAD + length..];
    }
    sent.sort_unstable();
    sent
}
