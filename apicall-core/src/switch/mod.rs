//! THE PORT. What a dialer may ask of a PBX, and what it hears from it.
//!
//! A switch is one task behind a [`Switch`] handle: [`Command`]s go in, [`Event`]s come out. Whatever the vendor
//! calls things, only these words cross the port. Every originate is answered by exactly one [`Sign::Ended`], sooner
//! or later: the adapter reports what the switch says, the dialer keeps the deadlines.
//!
//! Deliberately absent: retries, pacing, flows, records.

pub mod asterisk;
mod attempt;
mod deadlines;
mod dial;
mod door;
pub mod freeswitch;
mod hangups;
mod leg;
mod library;
mod pulse;
mod reporter;
mod socket;
mod visitor;

pub use dial::DialTemplate;
pub use leg::{GoneFuture, Leg, LegFuture, WayOut};
pub use library::{Library, Links, Supply, is_good};
pub use socket::Timing;
pub use visitor::Visitor;

use crate::model::{
    CallId, CallerId, Cause, Outcome, PhoneNumber, ProjectId, Reactions, SwitchName, Variables,
};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;

/// A dialer's hold on one switch.
#[derive(Debug, Clone)]
pub struct Switch {
    /// Its name.
    pub name: SwitchName,
    /// Where commands go. The adapter always drains it, whether its PBX is there or not.
    pub commands: mpsc::UnboundedSender<Command>,
}

/// Why a switch cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address where it connects to us is not to be had.
    #[error("{key} {address}: {source}; choose a free address of this machine")]
    Listen {
        /// The key of the configuration that names it.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Its spool cannot be used.
    #[error("spool_dir {}: {source}; it and its parent must be writable", dir.display())]
    Spool {
        /// The directory.
        dir: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// What a dialer may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Place a call. While the switch is down it ends at once as `failed`.
    Originate(Box<Originate>),
    /// End a call, whatever its state. Unknown calls are ignored.
    Hangup(CallId),
    /// Follow a call that an earlier run of the engine placed: report its signs, accept its leg.
    Adopt(CallId),
    /// Stop following a call; nothing more is reported of it.
    Forget(CallId),
}

/// A call to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Originate {
    /// Its id.
    pub call: CallId,
    /// The project it is for.
    pub project: ProjectId,
    /// Whom to call.
    pub number: PhoneNumber,
    /// How it leaves.
    pub way: WayOut,
    /// What the callee sees.
    pub caller_id: Option<CallerId>,
    /// How long it may ring.
    pub ring_timeout: Duration,
    /// Channel variables.
    pub variables: Variables,
}

/// What a dialer hears, with the name of the switch that says it.
#[derive(Debug)]
pub struct Event {
    /// Who says it.
    pub switch: SwitchName,
    /// What.
    pub news: News,
}

/// What a switch can say.
#[derive(Debug)]
pub enum News {
    /// Connected and ready. `live` are all the calls the switch has, by our ids: whatever the dialer thinks live
    /// on this switch and is not among them has ended unseen.
    Up {
        /// Our calls that live on the switch.
        live: Vec<CallId>,
    },
    /// Not connected; why.
    Down {
        /// In words for an operator.
        reason: String,
    },
    /// How quick it is, ten times a second while it is asked anything.
    Reacted(Reactions),
    /// Something about one call.
    Call {
        /// Which.
        call: CallId,
        /// What.
        sign: Sign,
    },
    /// An answered call of ours is ready to be driven by its flow.
    Leg {
        /// Which.
        call: CallId,
        /// The hold on it.
        leg: Box<dyn Leg>,
    },
    /// The switch's dialplan hands over a channel of its own, to run a project's flow on it.
    Visitor(Box<Visitor>),
}

/// What can be told of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// The switch has sent it on its way to the far end, or begun to. Nobody tells of a call file.
    Sent,
    /// The far end rings.
    Ringing,
    /// Answered.
    Answered,
    /// Gone, with the one outcome. Nothing follows.
    Ended {
        /// Why.
        outcome: Outcome,
        /// The raw reasons.
        cause: Cause,
    },
}
