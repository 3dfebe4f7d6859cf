//! A channel that leaves what runs on it for something else (recording `unicast_and_park_again`).

use super::super::machine::CallKey;
use super::channel::{Core, live};
use super::pbx::{Due, Pbx};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What runs is left when the channel reads its next frame.
const LEAVES_WITHIN: Duration = Duration::from_millis(20);
/// The state in which applications run, and whose end with the last of them is the channel's.
pub(super) const EXECUTES: Core = Core("CS_EXECUTE", 4);
/// It leaves them for others.
const LEAVES: Core = Core("CS_EXECUTE", 2);
const ROUTING: Core = Core("CS_ROUTING", 2);
/// So often a channel may be transferred.
const MOST: u32 = 70;

/// The last time that a channel was transferred.
#[derive(Debug)]
pub(super) struct Transfer {
    pub destination: String,
    pub dialplan: String,
    /// As variables tell of it.
    pub source: String,
    pub at: u64,
    /// How often it was by then.
    pub times: u32,
}

impl Pbx {
    /// `uuid_transfer`: the channel is told, and leaves what runs on it with its next frame.
    pub(super) fn transfer(&mut self, key: CallKey, destination: &str, dialplan: &str, now: Instant) {
        let micros = self.desk.micros();
        let drawn = self.draw_uuid();
        let Some(channel) = live(&mut self.channels, key) else {
            return;
        };
        let seconds = micros / 1_000_000;
        let source = format!("{seconds}:{drawn}:bl_xfer:{destination}/default/{dialplan}");
        let times = channel.transfer.as_ref().map_or(0, |last| last.times) + 1;
        (channel.wanted, channel.after) = wanted(destination, dialplan);
        let left = (MOST + 1).saturating_sub(times).to_string();
        channel.variables.set("max_forwards", left);
        channel.variables.set("transfer_history", source.clone());
        channel.variables.set("transfer_source", source.clone());
        channel.transfer = Some(Transfer {
            destination: destination.to_owned(),
            dialplan: dialplan.to_owned(),
            source,
            at: micros,
            times,
        });
        self.alarm(key, now + LEAVES_WITHIN, Due::Transfer);
    }

    /// It leaves what runs, and begins what it was transferred to.
    pub(super) fn transferred(&mut self, key: CallKey, now: Instant) {
        let Some(channel) = live(&mut self.channels, key).filter(|channel| channel.core == EXECUTES) else {
            return;
        };
        channel.core = LEAVES;
        channel.queue.clear();
        self.unwind(key, now);
        let Some(channel) = live(&mut self.channels, key) else {
            return;
        };
        channel.core = ROUTING;
        self.desk.plain("CHANNEL_STATE", channel, &[]);
        let uuid = channel.uuid.clone();
        channel.variables.set("call_uuid", uuid);
        self.run_wanted(key, now);
    }
}

/// An application and its argument, and those after it. The dialplan `inline` is a list of them, which may say what stands between
/// two (`m:+:answer+park`); there is no other.
pub(super) fn wanted(destination: &str, dialplan: &str) -> ((String, String), VecDeque<(String, String)>) {
    if dialplan != "inline" {
        return ((String::new(), destination.to_owned()), VecDeque::new());
    }
    let one = |text: &str| {
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        (name.to_owned(), argument.to_owned())
    };
    let (between, all) = match destination.strip_prefix("m:").map(|rest| rest.split_once(':')) {
        Some(Some((between, all))) => (between, all),
        _ => (",", destination),
    };
    let mut all: VecDeque<_> = all.split(between).map(one).collect();
    (all.pop_front().unwrap_or_default(), all)
}
