//! One table from FreeSWITCH's signs to the outcome.
//!
//! The far end's SIP status tells most; without one it is the name of the cause, which an originate that made no
//! channel gives as well. Rate, session limit, pause and a uuid in use all say `DESTINATION_OUT_OF_ORDER` then: the
//! switch had no room, as far as anybody can tell.

use crate::model::{Cause, Outcome};

/// What was seen of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// It rang, or sent early media.
    pub rang: bool,
    /// It was answered.
    pub answered: bool,
    /// A channel came to be and is gone.
    pub hung_up: bool,
    /// The hang-up's cause, by name and number, the far end's SIP status, and who hung up.
    pub cause: Option<String>,
    pub q850: Option<u16>,
    pub sip: Option<u16>,
    pub disposition: Option<String>,
    /// What the originate said, of a failure.
    pub refusal: Option<String>,
}

/// The outcome of a call that is gone, and the raw reasons.
pub(super) fn decide(signs: &Signs) -> (Outcome, Cause) {
    (outcome(signs), cause(signs))
}

fn outcome(signs: &Signs) -> Outcome {
    if signs.answered {
        return Outcome::Answered;
    }
    signs
        .sip
        .and_then(|status| by_status(status, signs))
        .unwrap_or_else(|| by_cause(signs))
}

/// Final SIP statuses of the far end; none for what says nothing of the callee.
fn by_status(status: u16, signs: &Signs) -> Option<Outcome> {
    Some(match status {
        300 | 301 | 302 | 305 => Outcome::Rejected,
        404 | 410 | 484 | 485 | 604 => Outcome::InvalidNumber,
        486 | 600 => Outcome::Busy,
        480 | 483 => Outcome::unanswered(signs.rang),
        401 | 403 | 407 | 603 | 607 | 608 => Outcome::Rejected,
        408 | 500 | 502 | 504 => Outcome::Unreachable,
        503 | 513 => Outcome::Congestion,
        _ => return None,
    })
}

fn by_cause(signs: &Signs) -> Outcome {
    let refusal = signs
        .refusal
        .as_deref()
        .and_then(|text| text.strip_prefix("-ERR "));
    match signs.cause.as_deref().or(refusal).unwrap_or_default() {
        "UNALLOCATED_NUMBER" | "NUMBER_CHANGED" | "INVALID_NUMBER_FORMAT" => Outcome::InvalidNumber,
        "USER_BUSY" => Outcome::Busy,
        "CALL_REJECTED" => Outcome::Rejected,
        "NO_ROUTE_DESTINATION"
        | "NO_ROUTE_TRANSIT_NET"
        | "SUBSCRIBER_ABSENT"
        | "USER_NOT_REGISTERED"
        | "NETWORK_OUT_OF_ORDER"
        | "RECOVERY_ON_TIMER_EXPIRE"
        | "PROGRESS_TIMEOUT" => Outcome::Unreachable,
        // The far end's, or an application that does not exist.
        "DESTINATION_OUT_OF_ORDER" if signs.hung_up => Outcome::Unreachable,
        "DESTINATION_OUT_OF_ORDER"
        | "NORMAL_CIRCUIT_CONGESTION"
        | "NORMAL_TEMPORARY_FAILURE"
        | "SWITCH_CONGESTION"
        | "REQUESTED_CHAN_UNAVAIL" => Outcome::Congestion,
        // Ended from our side: by a ring timeout, when nobody asked for it.
        "NO_ANSWER" | "NO_USER_RESPONSE" | "ORIGINATOR_CANCEL" | "ALLOTTED_TIMEOUT" | "MANAGER_REQUEST"
        | "NORMAL_CLEARING" | "NORMAL_UNSPECIFIED" => Outcome::unanswered(signs.rang),
        // A gateway that is down or not there, a wrong dial string, and whatever else is no word about the callee.
        _ => Outcome::Failed,
    }
}

fn cause(signs: &Signs) -> Cause {
    let refusal = signs.refusal.as_ref().filter(|_| !signs.hung_up);
    let refusal = refusal.map(|text| format!("originate {text}"));
    let words = [refusal, signs.cause.clone(), signs.disposition.clone()];
    Cause::told(signs.q850, signs.sip, words.into_iter().flatten())
}
