//! One leg of a call, as Asterisk shows it.

use super::super::course::Course;
use std::time::{Duration, Instant};

/// Asterisk's states of a channel, as far as calls that go out know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Down,
    Ringing,
    Up,
}

impl State {
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Down => "0",
            Self::Ringing => "5",
            Self::Up => "6",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Down => "Down",
            Self::Ringing => "Ringing",
            Self::Up => "Up",
        }
    }
}

/// A caller ID; what is not known is shown as `<unknown>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Party {
    pub num: Option<String>,
    pub name: Option<String>,
}

impl Party {
    /// As in `"Name" <number>`, or a number alone.
    pub(super) fn parse(text: &str) -> Self {
        let known = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        match text.split_once('<') {
            Some((name, num)) => Self {
                num: known(num.trim_end().trim_end_matches('>')),
                name: known(name.trim().trim_matches('"')),
            },
            None if text.bytes().all(|b| b.is_ascii_digit() || b"+*#".contains(&b)) => Self {
                num: known(text),
                name: None,
            },
            None => Self {
                num: None,
                name: known(text.trim_matches('"')),
            },
        }
    }
}

/// A leg.
#[derive(Debug)]
pub(super) struct Channel {
    pub name: String,
    pub uniqueid: String,
    pub linkedid: String,
    pub state: State,
    /// The number dialed, and what was dialed without its technology.
    pub number: String,
    pub trunk: String,
    pub dial_string: String,
    pub caller: Party,
    pub connected: Party,
    pub account: String,
    pub exten: &'static str,
    /// Who is called, and where they are.
    pub course: Course,
    pub answered_at: Option<Instant>,
    /// Q.850, and the SIP status it was made of.
    pub cause: u16,
    pub tech: Option<u16>,
}

impl Channel {
    /// One that is to be dialed, of a call that is its own.
    pub(super) fn to(destination: Destination, uniqueid: String) -> Self {
        let Destination {
            number,
            trunk,
            dial_string,
            ..
        } = destination;
        Self {
            name: String::new(),
            linkedid: uniqueid.clone(),
            uniqueid,
            state: State::Down,
            number,
            trunk,
            dial_string,
            caller: Party::default(),
            connected: Party::default(),
            account: String::new(),
            exten: "s",
            course: Course::default(),
            answered_at: None,
            cause: 0,
            tech: None,
        }
    }

    /// How long ago it was answered.
    pub(super) fn up_for_ms(&self, now: Instant) -> u64 {
        let up = self.answered_at.map_or(Duration::ZERO, |at| now - at);
        u64::try_from(up.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Where a dial string leads: `PJSIP/number@trunk` or `SIP/trunk/number`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub technology: String,
    pub number: String,
    pub trunk: String,
    /// Without the technology.
    pub dial_string: String,
}

impl Destination {
    pub(super) fn parse(channel: &str) -> Option<Self> {
        let (technology, dial_string) = channel.split_once('/')?;
        let (number, trunk) = match (dial_string.rsplit_once('@'), dial_string.split_once('/')) {
            (Some((number, trunk)), _) => (number, trunk),
            (None, Some((trunk, number))) => (number, trunk),
            (None, None) => (dial_string, dial_string),
        };
        Some(Self {
            technology: technology.to_owned(),
            number: number.to_owned(),
            trunk: trunk.to_owned(),
            dial_string: dial_string.to_owned(),
        })
    }
}

/// Q.850 causes with Asterisk's names for them.
pub(super) fn cause_text(cause: u16) -> &'static str {
    match cause {
        1 => "Unallocated (unassigned) number",
        3 => "No route to destination",
        16 => "Normal Clearing",
        17 => "User busy",
        18 => "No user responding",
        19 => "User alerting, no answer",
        21 => "Call Rejected",
        22 => "Number changed",
        27 => "Destination out of order",
        28 => "Invalid number format",
        29 => "Facility rejected",
        34 => "Circuit/channel congestion",
        38 => "Network out of order",
        58 => "Bearer capability not available",
        102 => "Recover on timer expiry",
        127 => "Interworking, unspecified",
        _ => "Unknown",
    }
}

/// The cause Asterisk makes of a SIP status (recording `sip_codes`).
pub(super) fn cause_of(status: u16) -> u16 {
    match status {
        401 | 403 | 407 | 603 => 21,
        404 | 485 | 604 => 1,
        408 => 18,
        410 => 22,
        420 => 3,
        480 | 483 => 19,
        484 => 28,
        486 | 600 => 17,
        488 | 606 => 58,
        500 => 38,
        501 => 29,
        502 => 27,
        503 | 513 => 34,
        504 => 102,
        _ => 127,
    }
}

/// The status of `DialEnd` for a cause.
pub(super) fn dial_status(cause: u16) -> &'static str {
    match cause {
        17 => "BUSY",
        34 | 42 => "CONGESTION",
        3 | 20 => "CHANUNAVAIL",
        _ => "NOANSWER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caller_ids_are_read_as_asterisk_does() {
        let party = |num: Option<&str>, name: Option<&str>| Party {
            num: num.map(str::to_owned),
            name: name.map(str::to_owned),
        };
        for (text, expected) in [
            ("\"APICALL\" <5551000>", party(Some("5551000"), Some("APICALL"))),
            ("<5551000>", party(Some("5551000"), None)),
            ("+5716000", party(Some("+5716000"), None)),
            ("", party(None, None)),
            ("Somebody", party(None, Some("Somebody"))),
        ] {
            assert_eq!(Party::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn destinations_are_read_in_both_forms() {
        for (text, number, trunk) in [
            ("PJSIP/0057300@carrier", "0057300", "carrier"),
            ("SIP/trunk-1/57300", "57300", "trunk-1"),
            ("PJSIP/carrier", "carrier", "carrier"),
        ] {
            let read = Destination::parse(text).expect("a destination");
            assert_eq!(
                (read.number.as_str(), read.trunk.as_str()),
                (number, trunk),
                "{text}"
            );
        }
        assert_eq!(Destination::parse("nothing"), None);
    }
}
