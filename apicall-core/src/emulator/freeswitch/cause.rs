//! FreeSWITCH's causes of a hang-up: names, Q.850 numbers, and what becomes of a SIP status (1.10.12:
//! `switch_channel.c`, `sofia_glue.c`).

/// A cause by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cause(&'static str);

/// Those that have a Q.850 number of their own.
const NUMBERED: [(u16, &str); 30] = [
    (1, "UNALLOCATED_NUMBER"),
    (2, "NO_ROUTE_TRANSIT_NET"),
    (3, "NO_ROUTE_DESTINATION"),
    (6, "CHANNEL_UNACCEPTABLE"),
    (7, "CALL_AWARDED_DELIVERED"),
    (16, "NORMAL_CLEARING"),
    (17, "USER_BUSY"),
    (18, "NO_USER_RESPONSE"),
    (19, "NO_ANSWER"),
    (20, "SUBSCRIBER_ABSENT"),
    (21, "CALL_REJECTED"),
    (22, "NUMBER_CHANGED"),
    (23, "REDIRECTION_TO_NEW_DESTINATION"),
    (25, "EXCHANGE_ROUTING_ERROR"),
    (27, "DESTINATION_OUT_OF_ORDER"),
    (28, "INVALID_NUMBER_FORMAT"),
    (29, "FACILITY_REJECTED"),
    (31, "NORMAL_UNSPECIFIED"),
    (34, "NORMAL_CIRCUIT_CONGESTION"),
    (38, "NETWORK_OUT_OF_ORDER"),
    (41, "NORMAL_TEMPORARY_FAILURE"),
    (42, "SWITCH_CONGESTION"),
    (44, "REQUESTED_CHAN_UNAVAIL"),
    (57, "BEARERCAPABILITY_NOTAUTH"),
    (63, "SERVICE_UNAVAILABLE"),
    (66, "CHAN_NOT_IMPLEMENTED"),
    (79, "SERVICE_NOT_IMPLEMENTED"),
    (88, "INCOMPATIBLE_DESTINATION"),
    (102, "RECOVERY_ON_TIMER_EXPIRE"),
    (127, "INTERWORKING"),
];
/// Those that Q.850 does not know; to it they are a normal clearing.
const OWN: [&str; 16] = [
    "SUCCESS",
    "ORIGINATOR_CANCEL",
    "CRASH",
    "SYSTEM_SHUTDOWN",
    "LOSE_RACE",
    "MANAGER_REQUEST",
    "BLIND_TRANSFER",
    "ATTENDED_TRANSFER",
    "ALLOTTED_TIMEOUT",
    "USER_CHALLENGE",
    "MEDIA_TIMEOUT",
    "USER_NOT_REGISTERED",
    "PROGRESS_TIMEOUT",
    "INVALID_GATEWAY",
    "GATEWAY_DOWN",
    "UNWANTED",
];

impl Cause {
    pub(super) const NORMAL_CLEARING: Self = Self("NORMAL_CLEARING");
    pub(super) const NO_ANSWER: Self = Self("NO_ANSWER");
    pub(super) const ORIGINATOR_CANCEL: Self = Self("ORIGINATOR_CANCEL");
    pub(super) const ALLOTTED_TIMEOUT: Self = Self("ALLOTTED_TIMEOUT");
    pub(super) const MANAGER_REQUEST: Self = Self("MANAGER_REQUEST");
    pub(super) const SYSTEM_SHUTDOWN: Self = Self("SYSTEM_SHUTDOWN");
    pub(super) const DESTINATION_OUT_OF_ORDER: Self = Self("DESTINATION_OUT_OF_ORDER");
    pub(super) const REQUESTED_CHAN_UNAVAIL: Self = Self("REQUESTED_CHAN_UNAVAIL");
    pub(super) const NO_ROUTE_DESTINATION: Self = Self("NO_ROUTE_DESTINATION");
    pub(super) const SUBSCRIBER_ABSENT: Self = Self("SUBSCRIBER_ABSENT");
    pub(super) const CHAN_NOT_IMPLEMENTED: Self = Self("CHAN_NOT_IMPLEMENTED");
    pub(super) const INVALID_GATEWAY: Self = Self("INVALID_GATEWAY");
    pub(super) const GATEWAY_DOWN: Self = Self("GATEWAY_DOWN");

    /// The cause of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let numbered = NUMBERED.iter().map(|(_, known)| *known);
        let mut known = numbered.chain(OWN);
        known.find(|known| known.eq_ignore_ascii_case(name)).map(Self)
    }

    /// What FreeSWITCH makes of a SIP status.
    pub(super) fn of_status(status: u16) -> Self {
        Self(match status {
            401..=403 | 407 | 603 | 608 => "CALL_REJECTED",
            607 => "UNWANTED",
            404 => "UNALLOCATED_NUMBER",
            485 | 604 => "NO_ROUTE_DESTINATION",
            408 | 504 => "RECOVERY_ON_TIMER_EXPIRE",
            410 => "NUMBER_CHANGED",
            413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => "INTERWORKING",
            480 => "NO_USER_RESPONSE",
            400 | 481 | 500 | 503 => "NORMAL_TEMPORARY_FAILURE",
            486 | 600 => "USER_BUSY",
            484 => "INVALID_NUMBER_FORMAT",
            488 | 606 => "INCOMPATIBLE_DESTINATION",
            502 => "NETWORK_OUT_OF_ORDER",
            405 => "SERVICE_UNAVAILABLE",
            406 | 415 | 501 => "SERVICE_NOT_IMPLEMENTED",
            482 | 483 => "EXCHANGE_ROUTING_ERROR",
            487 => "ORIGINATOR_CANCEL",
            _ => "NORMAL_UNSPECIFIED",
        })
    }

    pub(super) fn name(self) -> &'static str {
        self.0
    }

    pub(super) fn q850(self) -> u16 {
        let found = NUMBERED.iter().find(|(_, name)| *name == self.0);
        found.map_or(16, |(number, _)| *number)
    }
}

/// The words behind a status, as carriers say them.
pub(super) fn phrase(status: u16) -> &'static str {
    match status {
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        480 => "Temporarily Unavailable",
        486 => "Busy Here",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        603 => "Decline",
        _ => "Refused",
    }
}
