//! A channel as FreeSWITCH shows it: states, the caller's profile, times, variables.

use super::super::course::Course;
use super::super::machine::{CallKey, SessionId};
use super::applications::{Execute, Running};
use super::cause::Cause;
use super::transfer::Transfer;
use super::variables::Variables;
use std::collections::{BTreeMap, VecDeque};

/// The state of a call on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallState {
    Down,
    Ringing,
    Early,
    Active,
    Hangup,
}

impl CallState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::Ringing => "RINGING",
            Self::Early => "EARLY",
            Self::Active => "ACTIVE",
            Self::Hangup => "HANGUP",
        }
    }

    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Down => "0",
            Self::Ringing => "2",
            Self::Early => "3",
            Self::Active => "4",
            Self::Hangup => "8",
        }
    }
}

/// The state it runs in, and the number of the one it is to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Core(pub &'static str, pub u8);

/// When what happened, in microseconds since 1970; 0 when it did not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub created: u64,
    pub answered: u64,
    pub progress: u64,
    pub progress_media: u64,
    pub hangup: u64,
    pub bridged: u64,
}

/// Who waits for what comes of an originate.
#[derive(Debug)]
pub(super) enum Order {
    /// A job, with the command's words.
    Job(Job),
    /// A session, which does nothing else meanwhile.
    Api(SessionId),
    /// Another channel, which is to be connected.
    Bridge(CallKey),
}

/// What a `BACKGROUND_JOB` is about.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub uuid: String,
    pub command: String,
    pub arguments: String,
}

/// A channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub uuid: String,
    pub name: String,
    pub number: String,
    pub gateway: String,
    /// Counted from the start.
    pub serial: u64,
    pub core: Core,
    pub call_state: CallState,
    /// `ringing`, `early`, `answered`, `hangup`
    pub answer_state: &'static str,
    pub hit_dialplan: bool,
    pub has_network: bool,
    pub read_codec: Option<&'static str>,
    /// After the answer whoever was called is the caller, to FreeSWITCH.
    pub flipped: bool,
    pub times: Times,
    pub variables: Variables,
    pub course: Course,
    pub cause: Option<Cause>,
    /// Who is still to be told how the originate went.
    pub order: Option<Order>,
    /// The application it was originated for, and its argument.
    pub wanted: (String, String),
    /// And those after it.
    pub after: VecDeque<(String, String)>,
    /// It was transferred.
    pub transfer: Option<Transfer>,
    /// Applications under way, each within the one before.
    pub running: Vec<Running>,
    /// And those that wait.
    pub queue: VecDeque<Execute>,
    /// The last application, for the record.
    pub last: Option<(String, String)>,
    /// Keys that were pressed.
    pub digits: String,
    /// The other channel of a bridge, and whether it was ours that dialed it.
    pub other: Option<(CallKey, Role)>,
}

/// Which side of a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Originator,
    Originatee,
}

/// A channel that was not hung up.
pub(super) fn live(channels: &mut BTreeMap<CallKey, Channel>, key: CallKey) -> Option<&mut Channel> {
    channels.get_mut(&key).filter(|channel| channel.cause.is_none())
}

impl Channel {
    /// One that is to be dialed.
    pub(super) fn new(uuid: String, name: String, number: &str, gateway: &str, serial: u64) -> Self {
        Self {
            uuid,
            name,
            number: number.to_owned(),
            gateway: gateway.to_owned(),
            serial,
            core: Core("CS_NONE", 1),
            call_state: CallState::Down,
            answer_state: "ringing",
            hit_dialplan: false,
            has_network: false,
            read_codec: None,
            flipped: false,
            times: Times::default(),
            variables: Variables::default(),
            course: Course::default(),
            cause: None,
            order: None,
            wanted: Default::default(),
            after: VecDeque::new(),
            transfer: None,
            running: Vec::new(),
            queue: VecDeque::new(),
            last: None,
            digits: String::new(),
            other: None,
        }
    }

    /// The number shown to whoever is called.
    pub(super) fn caller_number(&self) -> &str {
        let given = self.variables.find("origination_caller_id_number");
        given.unwrap_or("0000000000")
    }

    /// A variable that says yes.
    pub(super) fn is_true(&self, variable: &str) -> bool {
        let value = self.variables.find(variable);
        value.is_some_and(|value| {
            matches!(
                value,
                "true" | "yes" | "1" | "on" | "enabled" | "active" | "allow"
            )
        })
    }
}
