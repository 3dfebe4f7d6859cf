//! What is asked of FreeSWITCH's events, and no more: one of a channel has some 6,000 bytes, which take FreeSWITCH longer to copy and
//! write than us to read.
//!
//! Deliberately absent: what events mean; visitors, who have a connection and wishes of their own.

use super::lease::MARK;
use crate::wire::InvalidValue;
use crate::wire::esl::{Command, Format};

/// Kinds of events, whomever they are of.
const KINDS: [&str; 9] = [
    "BACKGROUND_JOB",
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_ANSWER",
    "CHANNEL_PARK",
    "CHANNEL_BRIDGE",
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_HANGUP_COMPLETE",
    "DTMF",
];

/// Kinds that say nothing of a mark.
const UNMARKED: [&str; 2] = ["BACKGROUND_JOB", "DTMF"];

/// Applications whose end nobody asks for: that which parks a call, and that which bounds its length.
const OUR_OWN: [&str; 2] = ["park", "sched_hangup"];

/// The commands that ask for them. Filters come first, so that nothing comes that is not wanted: of all channels that a FreeSWITCH
/// has, those that an engine placed; a transfer's second leg, for one, is none of them.
pub(super) fn wishes() -> Result<Vec<Command>, InvalidValue> {
    let marked = Command::filter(&format!("variable_{MARK}"), "/./");
    let unmarked = UNMARKED.map(|kind| Command::filter("Event-Name", kind));
    let our_own = OUR_OWN.map(|application| Command::filter("Application", &format!("-{application}")));
    let kinds = Command::events(Format::Plain, KINDS);
    [marked]
        .into_iter()
        .chain(unmarked)
        .chain(our_own)
        .chain([kinds])
        .collect()
}
