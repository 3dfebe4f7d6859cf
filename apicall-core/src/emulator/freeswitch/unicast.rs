//! The audio of a parked channel, sent to whoever asked for it, for as long as the parking lasts.

use super::super::machine::{CallKey, Output};
use super::super::speech::{FRAME_MS, Frame};
use super::applications::Work;
use super::channel::Role;
use super::pbx::{Due, Pbx};
use crate::wire::esl::Request;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);

/// Where a `unicast` wants the audio; by UDP alone.
pub(super) fn wanted_at(request: &Request) -> Option<SocketAddr> {
    let header = |name| request.headers.find(name);
    let ip: IpAddr = header("remote-ip")?.parse().ok()?;
    let port = header("remote-port")?.parse().ok()?;
    (header("transport")? == "udp").then(|| SocketAddr::new(ip, port))
}

impl Pbx {
    /// Begins to send what is heard of the callee. While it lasts a second one is not heard of.
    pub(super) fn unicast(&mut self, key: CallKey, to: SocketAddr, now: Instant) {
        let running = self.channels.get_mut(&key).map(|channel| &mut channel.running);
        for running in running.into_iter().flatten() {
            if let Work::Park {
                heard_at: nobody @ None,
            } = &mut running.work
            {
                *nobody = Some(to);
                let turn = running.turn;
                return self.alarm(key, now + FRAME, Due::Frame(turn));
            }
        }
    }

    /// One more frame has come in. What runs within the parking reads it for itself.
    pub(super) fn frame_due(&mut self, key: CallKey, turn: u32, now: Instant) {
        let micros = self.desk.micros();
        let Some(channel) = self.channels.get(&key) else {
            return;
        };
        let Some(parking) = channel.running.iter().find(|running| running.turn == turn) else {
            return;
        };
        let innermost = channel.running.last().is_some_and(|running| running.turn == turn);
        if innermost && let Work::Park { heard_at: Some(to) } = parking.work {
            let connected = match channel.other {
                Some((other, Role::Originatee)) => self.channels.get(&other),
                _ => None,
            };
            let speaker = connected.unwrap_or(channel);
            let at_ms = micros.saturating_sub(speaker.times.answered) / 1_000;
            // It came in while it was spoken.
            let frame = Frame::of(speaker.course.says(), at_ms.saturating_sub(FRAME_MS.into()));
            self.out.push_back(Output::Sound(to, frame));
        }
        self.alarm(key, now + FRAME, Due::Frame(turn));
    }
}
